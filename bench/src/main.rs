//! Measures what `docs/benchmarks.md` shows, and prints it as that page's tables.
//!
//! Whole processes are run in turn with those they are compared with; times inside a process are
//! medians. Usage: `rvf-bench FOLDER PICTURE` (for the files it makes, and the plot), or `cargo xtask bench`;
//! `rvf-bench serve FILE [MODULE]` answers requests for `bench/peers.py`, and `rvf-bench sublinear FOLDER [MODULE]`
//! measures local answers alone, `rvf-bench engines FOLDER` one module through every path. What choosing a method
//! costs is counted, not timed, by a program of its own, `rvf-regret PICTURE`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is what it is for")]

mod data;
mod engines;
mod matrices;
mod native;
mod plot;
mod process;
mod published;
mod serve;
mod stats;
mod sublinear;

use native::Native;
use process::{run, tools};
use rvf_format::File;
use rvf_loader::abi::{ColumnData, Request};
use rvf_loader::engine::{Budget, Engine, Features, Sandbox, Wasmi, Wasmtime};
use rvf_loader::{Host, Limits, Profile, Rvf};
use serde_json::json;
use solver_microkernel::guests::{
    FULL_SCALAR, FULL_SIMD, KNN_SCALAR, KNN_SIMD, SCALAR, SIMD, SPARSE_SCALAR, SPARSE_SIMD,
};
use stats::{median, pair, repeat, shown, time};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

const ROWS: usize = 100_000;
const DIMENSION: usize = 128;
const PACK_ROWS: usize = 1_000_000;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.as_slice() {
        [verb, file, module @ ..] if verb == "serve" => {
            built(module).and_then(|module| serve::serve(Path::new(file), &module))
        }
        [verb, folder, module @ ..] if verb == "sublinear" => built(module).and_then(|module| {
            std::fs::create_dir_all(folder)?;
            sublinear::measure(Path::new(folder), &module, &Path::new(folder).join("sublinear.svg"))
        }),
        [verb, folder] if verb == "engines" => engines::measure(Path::new(folder)),
        [folder, picture @ ..] => measure(Path::new(folder), picture.first().map(Path::new)),
        [] => measure(&std::env::temp_dir(), None),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The guest that files get, or one that was built apart.
fn built(module: &[String]) -> Result<Vec<u8>> {
    Ok(match module.first() {
        Some(path) => std::fs::read(path)?,
        None => FULL_SIMD.to_vec(),
    })
}

fn measure(folder: &Path, picture: Option<&Path>) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    sizes();
    let bench = Bench::prepare(folder)?;
    bench.first_answer()?;
    bench.warm()?;
    bench.parts()?;
    bench.pack()?;
    engines::measure(folder)?;
    let beside = folder.join("sublinear.svg");
    sublinear::measure(folder, FULL_SIMD, picture.unwrap_or(&beside))
}

/// A host that knows the module, as `rvf-run` knows those that it was built with.
fn knowing(module: &[u8]) -> Host {
    // Kept for ever: a few modules in the life of this program.
    Host::new(Profile::Server).known([&*module.to_vec().leak()])
}

fn sizes() {
    println!("### Module sizes\n");
    println!("| operations | scalar, bytes | SIMD, bytes |\n|---|---|---|");
    for (name, scalar, simd) in [
        ("`knn`", KNN_SCALAR, KNN_SIMD),
        ("`knn`, `distances`, `normalize`, `stats`", SCALAR, SIMD),
        ("`knn` and the sparse ones", SPARSE_SCALAR, SPARSE_SIMD),
        ("everything", FULL_SCALAR, FULL_SIMD),
    ] {
        println!("| {name} | {} | {} |", scalar.len(), simd.len());
    }
    println!();
}

struct Bench {
    folder: PathBuf,
    file: PathBuf,
    query_file: PathBuf,
    query: Vec<f32>,
}

impl Bench {
    fn prepare(folder: &Path) -> Result<Self> {
        let raw = folder.join("vectors.f32");
        data::write_raw(&raw, ROWS, DIMENSION)?;
        let query: Vec<f32> = data::Floats(99).take(DIMENSION).collect();
        let query_file = folder.join("query.f32");
        std::fs::write(&query_file, query.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>())?;
        let file = folder.join("vectors.rvf");
        pack(&raw, &file)?;
        Ok(Self { folder: folder.to_path_buf(), file, query_file, query })
    }

    /// Process start to printed answer, beside the published runtime on the same file.
    fn first_answer(&self) -> Result<()> {
        let ours = tools()?.join("rvf-run");
        let theirs = tools()?.join("peer-first-answer");
        let file = self.file.to_string_lossy();
        let list: Vec<String> = self.query.iter().map(f32::to_string).collect();
        let query = format!("--query={}", list.join(","));
        let query_file = self.query_file.to_string_lossy();
        println!("### Process start to first answer, {ROWS} x {DIMENSION} f32, k = 10\n");
        println!(
            "| `rvf-run` | ours | published runtime, exact | ratio (least..greatest) |\n|---|---|---|---|"
        );
        let rows: [(&str, &[&str]); 3] = [
            ("compiled, code cached", &["--engine", "jit"]),
            ("compiled, nothing cached", &["--engine", "jit", "--no-cache"]),
            ("interpreted", &["--engine", "wasmi"]),
        ];
        for (name, flags) in rows {
            let mut args = flags.to_vec();
            args.extend([&*file, "knn", &query, "--k", "10", "--json"]);
            let mut failure = None;
            let pair = pair(
                15,
                || failure = failure.take().or(run(&ours, &args).err()),
                || drop(run(&theirs, &[&file, &query_file])),
            );
            if let Some(failure) = failure {
                return Err(failure.into());
            }
            let (a, b) = (shown(pair.first), shown(pair.second));
            println!(
                "| {name} | {a} | {b} | {:.1} ({:.1}..{:.1}) |",
                pair.ratio, pair.spread.0, pair.spread.1
            );
        }
        println!();
        Ok(())
    }

    /// A query in a process that runs already: native, compiled and interpreted.
    fn warm(&self) -> Result<()> {
        println!("### Warm query, {ROWS} x {DIMENSION} f32, k = 10, one thread\n");
        println!("| engine | module | wasm | same Rust, native | wasm / native |\n|---|---|---|---|---|");
        let rvf = Rvf::open(self.file.as_path())?;
        let request = Request::new("knn").with("query", self.query.clone()).with("k", 10_u64);
        let mut native = Native::start(&rvf)?;
        let cases =
            [("wasmtime", SIMD, "SIMD", 21), ("wasmtime", SCALAR, "scalar", 21), ("wasmi", SIMD, "SIMD", 5)];
        for (engine, module, name, rounds) in cases {
            let host = knowing(module);
            let solver = rvf.with_module(module, &host)?.prefer(engine);
            let mut session = solver.start(&Limits::default())?;
            let answer = session.run(&request)?;
            let Some(ColumnData::U64(ids)) = answer.table.column("id").map(|column| &column.data) else {
                return Err("no ids".into());
            };
            let wanted = Some(json!(ids));
            let (_, packed) = request.encode(session.description())?;
            if session.engine() != engine {
                return Err(format!("{engine} is not in this build").into());
            }
            let pair = pair(
                rounds,
                || {
                    assert!(
                        native.run(&packed, true).is_ok_and(|(_, found)| found.get("id") == wanted.as_ref())
                    )
                },
                || assert!(session.run(&request).is_ok()),
            );
            let (native, wasm) = (shown(pair.first), shown(pair.second));
            println!("| {engine} | {name} | {wasm} | {native} | {:.2} |", pair.ratio);
        }
        println!();
        Ok(())
    }

    /// What the time before the first answer is made of.
    fn parts(&self) -> Result<()> {
        println!("### Parts\n\n| step | time |\n|---|---|");
        let bytes = std::fs::read(&self.file)?;
        let open = repeat(101, || {
            let file = File::open(&bytes).expect("a file just packed opens");
            assert!(file.segments_of(rvf_format::SegmentType::WASM).flatten().count() == 2);
        });
        println!("| open, locate the modules (bytes in memory) | {} |", shown(open));
        let open = repeat(101, || assert!(Rvf::open(self.file.as_path()).is_ok()));
        println!("| open (map the file, scan its tail) | {} |", shown(open));
        let rvf = Rvf::open(self.file.as_path())?;
        let host = Host::new(Profile::Server);
        let select = repeat(21, || assert!(rvf.select(&host).is_ok()));
        println!("| select (copy, hash, inspect both modules) | {} |", shown(select));
        let verify = repeat(5, || assert!(rvf.verify(&rvf_loader::Policy::default()).is_ok()));
        println!("| verify every byte, {:.1} MB | {} |", bytes.len() as f64 / 1e6, shown(verify));
        for engine in [&Wasmi as &dyn Engine, &Wasmtime::new()] {
            engine_parts(engine)?;
        }
        println!();
        Ok(())
    }

    /// Rows per second through the packer, and of a plain copy of the same bytes.
    fn pack(&self) -> Result<()> {
        let raw = self.folder.join("million.f32");
        data::write_raw(&raw, PACK_ROWS, DIMENSION)?;
        let out = self.folder.join("million.rvf");
        let copied = self.folder.join("million.copy");
        let mut failure = None;
        let pair = pair(
            5,
            || failure = failure.take().or(pack(&raw, &out).err()),
            || drop(std::fs::copy(&raw, &copied)),
        );
        if let Some(failure) = failure {
            return Err(failure);
        }
        println!("### Packing {PACK_ROWS} x {DIMENSION} f32 from raw bytes\n");
        println!("| | time | vectors per second |\n|---|---|---|");
        println!(
            "| `rvf-pack build` | {} | {:.2} M |",
            shown(pair.first),
            PACK_ROWS as f64 / pair.first / 1e6
        );
        println!("| copying the input, for comparison | {} | |\n", shown(pair.second));
        for path in [raw, out, copied] {
            std::fs::remove_file(path)?;
        }
        Ok(())
    }
}

fn pack(raw: &Path, out: &Path) -> Result<()> {
    let (raw, out) = (raw.to_string_lossy(), out.to_string_lossy());
    let dim = DIMENSION.to_string();
    let args =
        ["build", &raw, "--format", "raw", "--dtype", "f32", "--dim", &dim, "--force", "-q", "-o", &out];
    Ok(run(&tools()?.join("rvf-pack"), &args)?)
}

fn engine_parts(engine: &dyn Engine) -> Result<()> {
    let limits = Limits::default();
    let module: Arc<[u8]> = SIMD.into();
    let sandbox = Sandbox { features: Features(0x03), pages: limits.pages(), interruptible: false };
    let compile = || engine.compile(&module, sandbox, &Budget::start(&limits));
    let seconds = repeat(7, || assert!(compile().is_ok()));
    println!("| {}: compile the SIMD module | {} |", engine.name(), shown(seconds));
    let program = compile()?;
    let seconds = repeat(101, || assert!(program.instantiate(Budget::start(&limits)).is_ok()));
    println!("| {}: instantiate | {} |", engine.name(), shown(seconds));
    let mut guest = program.instantiate(Budget::start(&limits))?;
    let export = guest.export("rvf_solver_abi_version", 0, 1)?;
    let calls = 10_000;
    let times: Vec<f64> = (0..11)
        .map(|_| time(|| (0..calls).for_each(|_| assert!(matches!(guest.call(export, &[]), Ok(1))))))
        .collect();
    let seconds = median(&times) / f64::from(calls);
    println!("| {}: call an export | {:.0} ns |", engine.name(), seconds * 1e9);
    Ok(())
}
