//! Modules that a host knows: they run without being interrupted, under the same limits.
#![cfg(feature = "wasmi")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::files::{Build, header, small};
use common::guest;
use rvf_format::Metric;
use rvf_loader::abi::{AbiError, Request};
use rvf_loader::engine::{Engine, EngineError, LimitHit};
use rvf_loader::learning::Training;
use rvf_loader::{Host, Limits, RunError, Rvf};
use solver_microkernel::guests;

fn engines() -> Vec<Arc<dyn Engine>> {
    common::engines().into_iter().map(Arc::from).collect()
}

/// A guest whose steps compute for a while, and never come to an end of the job.
fn slow() -> &'static [u8] {
    let step = "(param i32 i32) (result i32) (local $i i32)
        (loop $again (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 3000000))))
        i32.const 2";
    // Hosts refuse modules of many functions with next to nothing in them.
    let more = format!("(func {})", "nop ".repeat(800));
    let text = guest(&[("step", step), ("more", &more)]);
    wat::parse_str(text).unwrap().leak()
}

fn file(module: &[u8]) -> Vec<u8> {
    let header = header(module, 0);
    Build::new(2, Metric::L2).vectors(&[1, 2], &[1.0, 2.0, 3.0, 4.0]).module(&header, module).finish()
}

fn ended(module: &'static [u8], engine: &Arc<dyn Engine>, limits: &Limits) -> LimitHit {
    let bytes = file(module);
    let rvf = Rvf::open(bytes).unwrap();
    let host = Host::default().with_engines(vec![Arc::clone(engine)]).known([module]);
    let solver = rvf.select(&host).unwrap();
    assert!(!solver.sandbox(limits).interruptible);
    match solver.run(&Request::new("go"), limits) {
        Err(RunError::Guest(AbiError::Engine(EngineError::Limit(hit)))) => hit,
        other => panic!("{}: {other:?}", engine.name()),
    }
}

#[test]
fn time_and_fuel_end_a_known_module_between_its_steps() {
    let module = slow();
    for engine in engines() {
        let after = Duration::from_millis(150);
        let begun = Instant::now();
        let hit = ended(module, &engine, &Limits::default().timeout(after));
        assert_eq!(hit, LimitHit::Timeout { after }, "{}", engine.name());
        // Each step takes milliseconds: far less than this in any case.
        assert!(begun.elapsed() < Duration::from_secs(20));
        let hit = ended(module, &engine, &Limits::default().without_timeout().fuel(150_000_000));
        assert_eq!(hit, LimitHit::Fuel { granted: 150_000_000 }, "{}", engine.name());
    }
}

#[test]
fn only_the_very_same_bytes_are_known() {
    let module = slow();
    let mut other = module.to_vec();
    // An empty custom section named "x": the same program in other bytes.
    other.extend_from_slice(&[0, 2, 1, b'x']);
    let bytes = file(&other);
    let rvf = Rvf::open(bytes).unwrap();
    let solver = rvf.select(&Host::default().known([module])).unwrap();
    assert!(solver.sandbox(&Limits::default()).interruptible);
}

#[test]
fn answers_are_the_same_bits() {
    let rvf = Rvf::open(small()).unwrap();
    let request = Request::new("knn").with("query", vec![0.5_f32; 4]).with("k", 7_u64);
    for engine in engines() {
        let host = Host::default().with_engines(vec![engine]);
        let answer = |host: &Host| {
            let solver = rvf.select(host).unwrap();
            let known = !solver.sandbox(&Limits::default()).interruptible;
            (known, solver.run(&request, &Limits::default()).unwrap().table)
        };
        let (interrupted, table) = answer(&host);
        let (known, same) = answer(&host.known(guests::ALL));
        assert!(!interrupted && known);
        assert_eq!(table, same);
    }
}

#[test]
fn a_session_that_is_not_interrupted_does_not_train() {
    let rvf = Rvf::open(small()).unwrap();
    let training = Training { count: 1, least: 1, most: 1, seed: 7 };
    let host = Host::default();
    let solver = rvf.with_module(guests::FULL_SCALAR, &host).unwrap();
    assert!(solver.start(&Limits::default()).unwrap().train(&training).is_ok());
    let solver = rvf.with_module(guests::FULL_SCALAR, &host.known(guests::ALL)).unwrap();
    let error = solver.start(&Limits::default()).unwrap().train(&training).unwrap_err();
    assert!(error.to_string().contains("does not train"), "{error}");
}
