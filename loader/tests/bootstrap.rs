//! Files that run themselves: which of their modules run what, and that limits hold through all stages.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
#[path = "common/paths.rs"]
mod paths;

use std::sync::Arc;
use std::time::Duration;

use common::files::Build;
use rvf_fixtures::generate::Rng;
use rvf_format::Metric;
use rvf_format::read::wasm::{Role, Target};
use rvf_loader::abi::{AbiError, Request};
use rvf_loader::engine::{EngineError, LimitHit, Tiny};
use rvf_loader::job::Answer;
use rvf_loader::select::{Bootstrap, Choice};
use rvf_loader::solver::Origin;
use rvf_loader::{Host, Limits, Profile, RunError, Rvf};
use solver_microkernel::guests;

fn vectors() -> Build {
    let mut rng = Rng::new(3);
    let rows: Vec<f32> = (0..300 * 20).map(|_| rng.unit()).collect();
    let ids: Vec<u64> = (0..300).collect();
    Build::new(20, Metric::Cosine).vectors(&ids, &rows).delete(&[4])
}

fn interpreter(build: Build, priority: u8, name: &str) -> Build {
    build.of_role(Role::INTERPRETER, Target::WASM32, priority, &paths::interpreter(name))
}

/// Two interpreters and two solvers; priorities such that the interpreters come last, then first.
fn self_bootstrapping(interpreters: u8, solvers: u8) -> Vec<u8> {
    let build = interpreter(vectors(), interpreters, "interpreter-simd.wasm");
    let build = interpreter(build, interpreters, "interpreter-scalar.wasm");
    build
        .of_role(Role::MICROKERNEL, Target::WASM32, solvers, guests::SIMD)
        .of_role(Role::MICROKERNEL, Target::WASM32, solvers, guests::SCALAR)
        .finish()
}

fn knn() -> Request {
    let query: Vec<f32> = (0..40).map(|i| (i as f32 * 0.37).sin()).collect();
    Request::new("knn").with("query", query).with("k", 7_u64).with("exclude", vec![11_u64])
}

fn ask(rvf: &Rvf<'_>, host: &Host) -> (u32, &'static str, Answer) {
    let solver = rvf.select(host).unwrap();
    let Origin::Segment(segment) = *solver.origin() else { panic!() };
    let mut session = solver.start(&Limits::default()).unwrap();
    let answer = session.run(&knn()).unwrap();
    (segment, session.engine(), answer)
}

#[test]
fn an_interpreter_of_the_file_runs_its_solver_whatever_their_priorities() {
    for (interpreters, solvers) in [(50, 10), (10, 50)] {
        let bytes = self_bootstrapping(interpreters, solvers);
        let rvf = Rvf::open(&bytes[..]).unwrap();
        let (by_host, _, wanted) = ask(&rvf, &Host::default());
        let (in_file, engine, answer) = ask(&rvf, &Host::default().in_file());
        assert!(engine.starts_with("in-file"), "{engine}");
        assert_eq!((by_host, &wanted.table), (in_file, &answer.table), "the same module, the same bits");
        let selection = rvf.judge(&Host::default().in_file()).unwrap();
        let choices: Vec<&Choice> = selection.verdicts.iter().map(|verdict| &verdict.choice).collect();
        assert_eq!(choices, [&Choice::Interprets, &Choice::NotNeeded, &Choice::Chosen, &Choice::Acceptable]);
        let [first, .., microkernel, _] = selection.verdicts.as_slice() else { panic!() };
        let (interpreter, microkernel) = (first.segment, microkernel.segment);
        assert_eq!(selection.bootstrap(), Bootstrap::TwoStage { interpreter, microkernel });
    }
}

#[test]
fn a_host_without_simd_takes_the_parts_without_it() {
    let bytes = self_bootstrapping(10, 10);
    let rvf = Rvf::open(&bytes[..]).unwrap();
    let host = Host::new(Profile::Embedded).with_engines(vec![Arc::new(Tiny)]).in_file();
    let selection = rvf.judge(&host).unwrap();
    let chosen = &selection.verdicts[selection.chosen.unwrap()];
    assert_eq!(chosen.header.unwrap().required_features & 1, 0);
    assert_eq!(selection.verdicts[1].choice, Choice::Interprets);
}

#[test]
fn a_simd_solver_needs_an_interpreter_with_simd() {
    let build = interpreter(vectors(), 10, "interpreter-scalar.wasm");
    let bytes = build.of_role(Role::MICROKERNEL, Target::WASM32, 5, guests::SIMD).finish();
    let rvf = Rvf::open(&bytes[..]).unwrap();
    assert!(rvf.select(&Host::default()).is_ok());
    let error = rvf.select(&Host::default().in_file()).err().unwrap().to_string();
    assert!(error.contains("none of the file's 2 modules"), "{error}");
    let selection = rvf.judge(&Host::default().in_file()).unwrap();
    assert!(
        selection.verdicts[1].choice.to_string().contains("SIMD, which the file's interpreter does not run")
    );
}

#[test]
fn without_an_interpreter_the_host_s_engine_runs_the_solver() {
    let bytes = vectors().solvers().finish();
    let rvf = Rvf::open(&bytes[..]).unwrap();
    let (_, engine, _) = ask(&rvf, &Host::default().in_file());
    assert!(!engine.starts_with("in-file"));
    let bootstrap = rvf.judge(&Host::default()).unwrap().bootstrap();
    assert!(matches!(bootstrap, Bootstrap::HostRequired { .. }), "{bootstrap}");
    let only = interpreter(vectors(), 1, "interpreter-scalar.wasm").finish();
    let rvf = Rvf::open(&only[..]).unwrap();
    assert_eq!(rvf.judge(&Host::default()).unwrap().bootstrap(), Bootstrap::None);
    assert!(rvf.select(&Host::default()).is_err() && rvf.select(&Host::default().in_file()).is_err());
}

/// A guest of one operation that does this in `step`, run through two stages.
fn hostile(step: &str, limits: &Limits) -> EngineError {
    let module = common::wat(&common::guest(&[("step", step)]));
    let build = interpreter(vectors(), 10, "interpreter-simd.wasm");
    let bytes = build.of_role(Role::MICROKERNEL, Target::WASM32, 5, &module).finish();
    let rvf = Rvf::open(&bytes[..]).unwrap();
    let mut found = None;
    for engine in paths::single() {
        let host = Host::default().with_engines(vec![Arc::clone(&engine)]).in_file();
        let error = match rvf.select(&host).unwrap().run(&Request::new("go"), limits) {
            Err(RunError::Guest(AbiError::Engine(error))) => error,
            other => panic!("{}: {other:?}", engine.name()),
        };
        assert_eq!(found.get_or_insert_with(|| error.clone()), &error, "{}", engine.name());
    }
    found.unwrap()
}

#[test]
fn time_fuel_stack_and_traps_hold_through_two_stages() {
    let spins = "(param i32 i32) (result i32) (loop (br 0)) i32.const 0";
    let timeout = Duration::from_millis(700);
    let error = hostile(spins, &Limits::default().timeout(timeout));
    assert_eq!(error, EngineError::Limit(LimitHit::Timeout { after: timeout }));
    let granted = 400_000_000;
    let error = hostile(spins, &Limits::default().fuel(granted));
    assert_eq!(error, EngineError::Limit(LimitHit::Fuel { granted }));
    let traps = "(param i32 i32) (result i32) unreachable";
    assert!(matches!(hostile(traps, &Limits::default()), EngineError::Trap { .. }));
    let sinks = "(param i32 i32) (result i32) (call $again)) (func $again (result i32) (i32.add (call $again) (i32.const 1))";
    assert_eq!(hostile(sinks, &Limits::default()), EngineError::Limit(LimitHit::Stack));
}

#[test]
fn a_guest_s_memory_stays_below_its_cap_inside_an_interpreter() {
    let grows = "(param i32 i32) (result i32) (local i32) (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (if (i32.gt_u (memory.size) (i32.const 20)) (then unreachable)) i32.const -6";
    let module = common::wat(&common::guest(&[("step", grows)]));
    for engine in paths::single() {
        let engine = paths::in_file(engine, "interpreter-scalar.wasm");
        let bytes = vectors().finish();
        let rvf = Rvf::open(&bytes[..]).unwrap();
        let host = Host::default().with_engines(vec![engine]);
        let limits = Limits::default().max_memory_pages(20);
        let error = rvf.with_module(&module, &host).unwrap().run(&Request::new("go"), &limits).unwrap_err();
        assert!(matches!(error, RunError::Guest(AbiError::Reported { status: -6, .. })), "{error}");
    }
}

fn tile(module: &[u8]) -> Vec<u8> {
    vectors().of_role(Role::MICROKERNEL, Target::BARE_TILE, 10, module).finish()
}

#[test]
fn a_tile_finds_the_neighbours_that_the_solver_finds() {
    let mut rng = Rng::new(8);
    for (dimension, count) in [(1_usize, 3000), (20, 900), (384, 200), (8192, 9)] {
        // Few different values, so that there are ties; ids that do not ascend, some twice.
        let value = |rng: &mut Rng| (rng.below(9) as f32 - 4.0) / 3.0;
        let mut rows: Vec<f32> = (0..dimension * count).map(|_| value(&mut rng)).collect();
        rows[3 * dimension] = f32::NAN;
        let mut ids: Vec<u64> = (0..count as u64).map(|id| id ^ 3).collect();
        ids[5] = 1;
        for metric in [Metric::L2, Metric::InnerProduct, Metric::Cosine] {
            for ascending in [true, false] {
                let sorted: Vec<u64> = (0..count as u64).collect();
                let ids = if ascending { &sorted } else { &ids };
                let build = || Build::new(dimension as u16, metric).vectors(ids, &rows).delete(&[2]);
                let module = tile_microkernel::guests::SCALAR;
                let with_tile = build().of_role(Role::MICROKERNEL, Target::BARE_TILE, 10, module).finish();
                let with_solver = build().solvers().finish();
                let query: Vec<f32> = (0..2 * dimension).map(|_| rng.unit()).collect();
                let request =
                    Request::new("knn").with("query", query).with("k", 30_u64).with("exclude", vec![8_u64]);
                let answer = |bytes: &[u8]| {
                    let rvf = Rvf::open(bytes).unwrap();
                    let host = Host::new(Profile::Embedded);
                    rvf.select(&host).unwrap().run(&request, &Limits::default()).unwrap()
                };
                let (tile, solver) = (answer(&with_tile), answer(&with_solver));
                let what = format!("dimension {dimension}, {metric:?}, ascending {ascending}");
                assert_eq!(tile.table.columns, solver.table.columns, "{what}");
                for key in ["skipped", "deleted", "queries", "k", "rows", "metric", "excluded"] {
                    assert_eq!(tile.summary[key], solver.summary[key], "{what}: {key}");
                }
                assert_eq!(tile.stats.memory_bytes, 4 * 65_536);
            }
        }
    }
}

#[test]
fn a_tile_runs_through_every_path_and_refuses_what_does_not_fit() {
    let bytes = tile(tile_microkernel::guests::SIMD);
    let rvf = Rvf::open(&bytes[..]).unwrap();
    let wanted = ask(&rvf, &Host::default()).2;
    let mut engines = paths::single();
    engines.push(paths::two_stage());
    for engine in engines {
        let answer = ask(&rvf, &Host::default().with_engines(vec![engine])).2;
        assert_eq!(wanted.table, answer.table);
    }
    let run = |request: &Request| {
        let solver = rvf.select(&Host::default()).unwrap();
        solver.run(request, &Limits::default()).unwrap_err().to_string()
    };
    let query = |values: Vec<f32>| Request::new("knn").with("query", values);
    assert!(run(&query(vec![1.0; 19])).contains("dimension 20"));
    assert!(run(&query(vec![f32::NAN; 20])).contains("not finite"));
    assert!(run(&query(vec![1.0; 20]).with("k", 2_000_u64)).contains("from 1 to 1024"));
    assert!(run(&query(vec![3e38; 20]).with("metric", "l2")).contains("overflows"));
    let large = Build::new(9000, Metric::L2).vectors(&[1], &vec![0.5; 9000]);
    let module = tile_microkernel::guests::SCALAR;
    let large = large.of_role(Role::MICROKERNEL, Target::BARE_TILE, 1, module).finish();
    let rvf = Rvf::open(&large[..]).unwrap();
    let solver = rvf.select(&Host::default()).unwrap();
    let error = solver.run(&query(vec![1.0; 9000]), &Limits::default()).unwrap_err().to_string();
    assert!(error.contains("dimension 9000"), "{error}");
}

#[test]
fn names_of_engines_say_what_runs_in_what() {
    let names: Vec<&str> = paths::single()
        .into_iter()
        .map(|engine| paths::in_file(engine, "interpreter-scalar.wasm").name())
        .collect();
    assert!(names.contains(&"in-file in tiny"), "{names:?}");
}
