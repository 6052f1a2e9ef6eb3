//! The same module through every path: native Rust, compiled, interpreted, interpreted by an interpreter that
//! is compiled or interpreted itself, and linked with its interpreter into one module.

use crate::matrices::{self, Grid};
use crate::native::Native;
use crate::stats::{Pair, pair, repeat, shown};
use crate::{DIMENSION, Result, data, published};
use rvf_format::Metric;
use rvf_format::hash::Algorithm;
use rvf_format::write::{FileWriter, Options};
use rvf_loader::abi::Request;
use rvf_loader::engine::{Engine, Features, InFile, Tiny, Wasmi, Wasmtime};
use rvf_loader::learning::Training;
use rvf_loader::{Host, Limits, Profile, Rvf, Session};
use rvf_packer::combine::{Caps, combine};
use solver_microkernel::guests::{FULL_SCALAR, FULL_SIMD};
use solver_microkernel::learn::Learner;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const ROWS: usize = 10_000;
/// The grid has this many points a side.
const SIDE: u64 = 100;
/// Puzzles to learn from.
const PUZZLES: i32 = 100;

/// A way to run a module, and the modules for it.
struct Way {
    name: &'static str,
    engine: Arc<dyn Engine>,
    scalar: Arc<[u8]>,
    simd: Arc<[u8]>,
    /// Rounds: fewer where one takes seconds.
    rounds: usize,
}

fn in_file(engine: Arc<dyn Engine>) -> Result<Arc<dyn Engine>> {
    let module = interpreter::guests::SIMD;
    let needs = Features(rvf_wasm_inspect::inspect(module)?.features);
    Ok(Arc::new(InFile::new(engine, module.into(), needs).known()))
}

fn ways() -> Result<Vec<Way>> {
    let wasmtime: Arc<dyn Engine> = Arc::new(Wasmtime::new());
    let (wasmi, tiny): (Arc<dyn Engine>, Arc<dyn Engine>) = (Arc::new(Wasmi), Arc::new(Tiny));
    let (scalar, simd): (Arc<[u8]>, Arc<[u8]>) = (FULL_SCALAR.into(), FULL_SIMD.into());
    let linked = |program| combine(interpreter::guests::SIMD, program, Caps::default());
    let (both, both_simd): (Arc<[u8]>, Arc<[u8]>) = (linked(FULL_SCALAR)?.into(), linked(FULL_SIMD)?.into());
    let way = |name, engine: &Arc<dyn Engine>, rounds| Way {
        name,
        engine: Arc::clone(engine),
        scalar: Arc::clone(&scalar),
        simd: Arc::clone(&simd),
        rounds,
    };
    Ok(vec![
        way("compiled: wasmtime", &wasmtime, 15),
        way("interpreted: wasmi", &wasmi, 7),
        way("interpreted: tiny, ours", &tiny, 7),
        way("two stages: ours in wasmtime", &in_file(Arc::clone(&wasmtime))?, 7),
        Way { scalar: both, simd: both_simd, ..way("combined module in wasmtime", &wasmtime, 7) },
        way("two stages: ours in wasmi", &in_file(Arc::clone(&wasmi))?, 1),
        way("two stages: ours in tiny", &in_file(Arc::clone(&tiny))?, 1),
    ])
}

/// Vectors and nothing else.
fn vectors(path: &Path) -> Result<()> {
    let options = Options {
        dimension: DIMENSION as u16,
        metric: Metric::L2,
        algorithm: Algorithm::CrcRotation,
        timestamp_ns: 0,
    };
    let mut writer = FileWriter::new(Vec::new(), options);
    let ids: Vec<u64> = (0..ROWS as u64).collect();
    let rows: Vec<f32> = data::Floats(7).take(ROWS * DIMENSION).collect();
    writer.vectors(&ids, &rows).map_err(|e| format!("{e:?}"))?;
    std::fs::write(path, writer.finish().map_err(|e| format!("{e:?}"))?.1)?;
    Ok(())
}

pub(crate) fn measure(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let (knn_file, grid_file) = (folder.join("engines-vectors.rvf"), folder.join("engines-grid.rvf"));
    vectors(&knn_file)?;
    matrices::write(&grid_file, Grid::Laplacian, SIDE)?;
    let query: Vec<f32> = data::Floats(99).take(DIMENSION).collect();
    let knn = Request::new("knn").with("query", query).with("k", 10_u64);
    let solve = Request::new("solve").with("method", "ic0-cg");
    let cases = [(knn_file, knn), (grid_file, solve)];
    println!(
        "### The same module through every path: k-NN over {ROWS} x {DIMENSION} f32, a {SIDE} x {SIDE} grid solved \
         to 1e-8 (ic0-cg), {PUZZLES} puzzles learned from\n"
    );
    println!(
        "Ratios to native Rust are of runs in turn; those to the compiled module are their quotients. Start: from \
         the module's bytes to its description read.\n"
    );
    println!(
        "| path | module | start | k-NN | / native | / compiled | solve | / native | / compiled | train | / native | \
         / compiled |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
    );
    let mut compiled = [[f64::NAN; 3]; 2];
    for (nth, way) in ways()?.into_iter().enumerate() {
        let modules = [("SIMD", &way.simd), ("scalar", &way.scalar)];
        for ((kind, module), compiled) in modules.into_iter().zip(&mut compiled) {
            let limits = Limits::default().timeout(Duration::from_secs(300)).fuel(u64::MAX >> 1);
            let mut cells = Vec::new();
            let mut starts = Vec::new();
            let mut pairs = Vec::new();
            for (path, request) in &cases {
                let rvf = Rvf::open(path.as_path())?;
                let host = crate::knowing(module).with_engines(vec![Arc::clone(&way.engine)]);
                let solver = rvf.with_module(module, &host)?;
                starts.push(repeat(3, || assert!(solver.start(&limits).is_ok())));
                let mut session: Session<'_> = solver.start(&limits)?;
                let (_, packed) = request.encode(session.description())?;
                let mut native = Native::start(&rvf)?;
                let mut failure = None;
                let pair = pair(
                    way.rounds,
                    || drop(native.run(&packed, false)),
                    || failure = failure.take().or(session.run(request).err()),
                );
                if let Some(failure) = failure {
                    return Err(failure.into());
                }
                pairs.push(pair);
            }
            // A session of a module that the host knows does not train.
            let [(path, _), _] = &cases;
            let rvf = Rvf::open(path.as_path())?;
            let host = Host::new(Profile::Server).with_engines(vec![Arc::clone(&way.engine)]);
            let solver = rvf.with_module(module, &host)?;
            pairs.push(train(&mut solver.start(&limits)?, way.rounds)?);
            for (pair, compiled) in pairs.iter().zip(compiled) {
                if nth == 0 {
                    *compiled = pair.ratio;
                }
                let (time, ratio) = (shown(pair.second), pair.ratio);
                cells.push(format!("{time} | {ratio:.2} | {:.1}", ratio / *compiled));
            }
            let start = starts.iter().copied().fold(f64::INFINITY, f64::min);
            println!("| {} | {kind} | {} | {} |", way.name, shown(start), cells.join(" | "));
        }
    }
    println!();
    let ways = ways()?;
    // Combined modules are this project's own; the others run any module.
    let any = ways.iter().filter(|way| !way.name.starts_with("combined"));
    published::measure(any.map(|way| (way.name, &*way.engine, way.rounds)))?;
    overhead(folder)
}

/// The learning solver, natively and in the module.
fn train(session: &mut Session<'_>, rounds: usize) -> Result<Pair> {
    let training = Training { count: PUZZLES, least: 1, most: 10, seed: 42 };
    let mut learner = Learner::default();
    let (mut natively, mut inside) = (0, 0);
    let mut failure = None;
    let pair = pair(
        rounds,
        || natively = learner.train(PUZZLES, 1, 10, 42).unwrap_or_default(),
        || match session.train(&training) {
            Ok(result) => {
                inside = result.get("correct").and_then(serde_json::Value::as_u64).unwrap_or_default()
            }
            Err(error) => failure = Some(error),
        },
    );
    match failure {
        Some(error) => Err(error.into()),
        None if u64::from(natively) != inside => {
            Err("the module does not solve what the same source solves".into())
        }
        None => Ok(pair),
    }
}

/// What a file pays for carrying solver and interpreter.
fn overhead(folder: &Path) -> Result<()> {
    println!(
        "### What carrying everything costs: `rvf-pack build --self-bootstrapping`, {DIMENSION} x f32\n"
    );
    println!("| vectors | without modules | with all of them | more | per cent |\n|---|---|---|---|---|");
    for rows in [1_000, 100_000] {
        let raw = folder.join("engines.f32");
        data::write_raw(&raw, rows, DIMENSION)?;
        let mut sizes = Vec::new();
        for flags in [&["--no-solver"][..], &["--self-bootstrapping"]] {
            let out = folder.join("engines.rvf");
            let (raw, out_name) = (raw.to_string_lossy(), out.to_string_lossy());
            let dim = DIMENSION.to_string();
            let mut args =
                vec!["build", &*raw, "--format", "raw", "--dtype", "f32", "--dim", &dim, "--force"];
            args.extend(["-q", "-o", &*out_name]);
            args.extend(flags);
            crate::run(&crate::tools()?.join("rvf-pack"), &args)?;
            sizes.push(std::fs::metadata(&out)?.len());
            std::fs::remove_file(&out)?;
        }
        if let [without, with] = sizes.as_slice() {
            let more = with - without;
            let percent = more as f64 / *without as f64 * 100.0;
            println!("| {rows} | {without} | {with} | {more} | {percent:.2} % |");
        }
        std::fs::remove_file(&raw)?;
    }
    println!();
    Ok(())
}
