//! Interpreter and program in one module: the same bits as the program alone, in every engine.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
#[path = "common/paths.rs"]
mod paths;

use std::sync::Arc;

use common::files::Build;
use rvf_format::Metric;
use rvf_format::read::wasm::{Role, Target};
use rvf_loader::abi::Request;
use rvf_loader::engine::EngineError;
use rvf_loader::select::Bootstrap;
use rvf_loader::{Host, Limits, Rvf};
use rvf_packer::combine::{Caps, combine};
use solver_microkernel::guests;

fn combined(program: &[u8], interpreter: &str) -> Vec<u8> {
    combine(&paths::interpreter(interpreter), program, Caps::default()).unwrap()
}

fn file(modules: &[(Role, u8, &[u8])]) -> Vec<u8> {
    let rows: Vec<f32> = (0..40 * 17).map(|i| ((i * 7919) % 101) as f32 / 50.0 - 1.0).collect();
    let ids: Vec<u64> = (0..40).collect();
    let build = Build::new(17, Metric::L2).vectors(&ids, &rows);
    modules
        .iter()
        .fold(build, |build, (role, priority, module)| {
            build.of_role(*role, Target::WASM32, *priority, module)
        })
        .finish()
}

fn requests() -> Vec<Request> {
    let query: Vec<f32> = (0..34).map(|i| i as f32 / 20.0 - 0.8).collect();
    let mut all = vec![Request::new("stats"), Request::new("normalize").with("ids", vec![3_u64, 5])];
    for metric in ["l2", "ip", "cosine"] {
        let with = |name: &str| Request::new(name).with("query", query.clone()).with("metric", metric);
        all.extend([with("knn").with("k", 9_u64), with("distances")]);
    }
    all
}

#[test]
fn a_combined_solver_gives_the_program_s_bits_in_every_engine() {
    for (program, interpreter) in
        [(guests::SCALAR, "interpreter-scalar.wasm"), (guests::SIMD, "interpreter-simd.wasm")]
    {
        let combined = combined(program, interpreter);
        let alone = file(&[(Role::MICROKERNEL, 10, program)]);
        let together = file(&[(Role::COMBINED, 10, &combined)]);
        let (alone, together) = (Rvf::open(&alone[..]).unwrap(), Rvf::open(&together[..]).unwrap());
        let mut wanted = alone.select(&Host::default()).unwrap().start(&Limits::default()).unwrap();
        for engine in paths::single() {
            let host = Host::default().with_engines(vec![Arc::clone(&engine)]);
            let solver = together.select(&host).unwrap();
            assert!(solver.brings_interpreter());
            let mut session = solver.start(&Limits::default()).unwrap();
            for request in requests() {
                let (wanted, got) = (wanted.run(&request).unwrap(), session.run(&request).unwrap());
                assert_eq!(wanted.table, got.table, "{request:?} in {}", engine.name());
                assert_eq!(wanted.summary, got.summary);
                assert_eq!(wanted.stats, got.stats, "the memory is the program's, not the interpreter's");
            }
        }
    }
}

#[test]
fn the_format_s_resolution_puts_combined_first_in_file_and_last_by_host() {
    let combined = combined(guests::SCALAR, "interpreter-scalar.wasm");
    let interpreter = paths::interpreter("interpreter-scalar.wasm");
    let bytes = file(&[
        (Role::INTERPRETER, 1, &interpreter),
        (Role::MICROKERNEL, 10, guests::SCALAR),
        (Role::COMBINED, 10, &combined),
    ]);
    let rvf = Rvf::open(&bytes[..]).unwrap();
    let chosen = |host: &Host| {
        let selection = rvf.judge(host).unwrap();
        selection.verdicts[selection.chosen.unwrap()].header.unwrap().role
    };
    assert_eq!(chosen(&Host::default()), Role::MICROKERNEL);
    assert_eq!(chosen(&Host::default().in_file()), Role::COMBINED);
    let bootstrap = rvf.judge(&Host::default()).unwrap().bootstrap();
    assert!(matches!(bootstrap, Bootstrap::SelfContained { .. }), "{bootstrap}");
}

/// Every number type in every place, several results, and a trap.
const TYPED: &str = r#"(module
    (func (export "mix") (param i32 i64 f32 f64) (result f64 f32 i64 i32)
        local.get 3 local.get 2 local.get 1 local.get 0)
    (memory 1)
    (func (export "add") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1)))
    (func (export "half") (param f32) (result f32) (f32.mul (local.get 0) (f32.const 0.5)))
    (global (export "g") i32 (i32.const 1))
    (func (export "nothing"))
    (func (export "trap") (result i32) unreachable))"#;

#[test]
fn arguments_and_results_of_every_type_pass_through() {
    let program = wat::parse_str(TYPED).unwrap();
    let combined = combined(&program, "interpreter-scalar.wasm");
    let bytes = file(&[(Role::EXTENSION, 1, &program), (Role::EXTENSION, 2, &combined)]);
    let rvf = Rvf::open(&bytes[..]).unwrap();
    let mut engines = paths::single();
    engines.push(paths::two_stage());
    for engine in engines {
        let host = Host::default().with_engines(vec![Arc::clone(&engine)]);
        for segment in [2, 3] {
            let callable = rvf.callable(Some(segment), &host).unwrap();
            let mut live = callable.start(&Limits::default()).unwrap();
            assert_eq!(
                live.signature("mix").unwrap().to_string(),
                "(i32, i64, f32, f64) -> (f64, f32, i64, i32)"
            );
            let cells = [u64::from(u32::MAX), u64::MAX - 1, u64::from(1.5_f32.to_bits()), 0.1_f64.to_bits()];
            let mut wanted = cells;
            wanted.reverse();
            assert_eq!(live.call("mix", &cells).unwrap(), wanted, "{}", engine.name());
            assert_eq!(live.call("add", &[u64::MAX, 3]).unwrap(), [2]);
            assert_eq!(
                live.call("half", &[u64::from((-3.0_f32).to_bits())]).unwrap(),
                [u64::from((-1.5_f32).to_bits())]
            );
            assert!(live.call("nothing", &[]).unwrap().is_empty());
            assert!(matches!(live.call("add", &[1]), Err(EngineError::Trap { .. })), "one argument for two");
            assert!(matches!(live.call("g", &[]), Err(EngineError::Export { .. })), "a global");
            assert!(matches!(live.call("trap", &[]), Err(EngineError::Trap { .. })), "{}", engine.name());
        }
    }
}

#[test]
fn the_caps_of_the_program_inside_hold() {
    let program = wat::parse_str(
        r#"(module (memory (export "memory") 1)
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
            (func $deep (export "deep") (result i32) (i32.add (call $deep) (i32.const 1))))"#,
    )
    .unwrap();
    let caps = Caps { pages: 3, ..Caps::default() };
    let module = combine(&paths::interpreter("interpreter-scalar.wasm"), &program, caps);
    // The program's memory has the name of the interpreter's: it is reached through memory_base.
    let bytes = file(&[(Role::EXTENSION, 1, &module.unwrap())]);
    let rvf = Rvf::open(&bytes[..]).unwrap();
    let callable = rvf.callable(None, &Host::default()).unwrap();
    let mut live = callable.start(&Limits::default()).unwrap();
    assert_eq!(live.call("grow", &[2]).unwrap(), [1]);
    assert_eq!(live.call("grow", &[1]).unwrap(), [u64::from(u32::MAX)]);
    assert!(matches!(live.call("deep", &[]), Err(EngineError::Trap { .. })));
}
