//! Every hostile guest, on every engine: stopped, for the reason it should be stopped for.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::files::{Build, header};
use rvf_fixtures::{HostileGuest, hostile_guests};
use rvf_format::Metric;
use rvf_loader::abi::{AbiError, Request};
use rvf_loader::engine::{Engine, EngineError, LimitHit};
use rvf_loader::{Host, Limits, Profile, RunError, Rvf};

/// How a guest ended.
#[derive(Debug)]
enum End {
    /// With the verdict, for the message of a failing test.
    NotSelected(#[expect(dead_code, reason = "shown by Debug")] String),
    Failed(RunError),
    Finished,
}

fn limits() -> Limits {
    Profile::Embedded.limits().timeout(Duration::from_millis(400)).max_result_bytes(1 << 20)
}

fn end(guest: &HostileGuest, engine: Arc<dyn Engine>) -> End {
    let module = wat::parse_str(guest.wat).unwrap();
    let mut header = header(&module, 0);
    if guest.name == "simd-undeclared" {
        header.required_features = 0;
    }
    let file =
        Build::new(2, Metric::L2).vectors(&[1, 2], &[1.0, 2.0, 3.0, 4.0]).module(&header, &module).finish();
    let rvf = Rvf::open(file).unwrap();
    let host = Host::new(Profile::Server).with_engines(vec![engine]).max_memory_pages(64);
    let solver = match rvf.select(&host) {
        Ok(solver) => solver,
        Err(_) => return End::NotSelected(rvf.judge(&host).unwrap().verdicts[0].choice.to_string()),
    };
    let outcome = solver.start(&limits()).and_then(|mut session| {
        let operation = session.description().operations[0].name.clone();
        session.run(&Request::new(operation))
    });
    match outcome {
        Ok(_) => End::Finished,
        Err(error) => End::Failed(error),
    }
}

fn is_expected(guest: &HostileGuest, end: &End) -> bool {
    use AbiError::{Contract, Engine as Ended, Reported};
    use EngineError::{Limit, Memory, Trap};
    let End::Failed(RunError::Guest(error)) = end else {
        return match end {
            End::NotSelected(_) => matches!(guest.stopped_by, "inspection" | "abi" | "instantiation"),
            End::Finished => matches!(guest.stopped_by, "nothing" | "escaping"),
            End::Failed(_) => false,
        };
    };
    match guest.stopped_by {
        "abi" | "description" | "reads" => matches!(error, Contract { .. }),
        // A column that the description does not list is a lie in the description.
        "nothing" | "columns" => matches!(error, Contract { .. }),
        "protocol" => matches!(error, Contract { .. } | Reported { .. } | Ended(Trap { .. })),
        "budget" => {
            matches!(
                error,
                Ended(Limit(LimitHit::Timeout { .. } | LimitHit::Fuel { .. } | LimitHit::Result { .. }))
            )
        }
        "memory-cap" => matches!(error, Reported { status: -3, .. } | Contract { .. }),
        "stack-bound" => matches!(error, Ended(Limit(LimitHit::Stack))),
        "trap" => matches!(error, Ended(Trap { .. })),
        "instantiation" => matches!(error, Ended(Memory { .. } | Trap { .. } | EngineError::Invalid { .. })),
        "inspection" => matches!(error, Ended(EngineError::Invalid { .. } | Memory { .. })),
        "escaping" => matches!(error, Reported { .. } | Contract { .. }),
        other => panic!("the fixtures name an unknown defence: {other}"),
    }
}

fn all(engine: fn() -> Arc<dyn Engine>) {
    let mut wrong = Vec::new();
    for guest in hostile_guests() {
        let began = Instant::now();
        let end = end(guest, engine());
        let took = began.elapsed();
        if !is_expected(guest, &end) {
            wrong.push(format!("{} (stopped by {}): {end:?}", guest.name, guest.stopped_by));
        }
        if took > Duration::from_secs(20) {
            wrong.push(format!("{} took {took:?}", guest.name));
        }
    }
    assert!(wrong.is_empty(), "{} guests:\n{}", wrong.len(), wrong.join("\n"));
}

#[cfg(feature = "wasmi")]
#[test]
fn the_interpreter_stops_every_hostile_guest() {
    all(|| Arc::new(rvf_loader::engine::Wasmi));
}

#[cfg(feature = "jit")]
#[test]
fn the_compiler_stops_every_hostile_guest() {
    all(|| Arc::new(rvf_loader::engine::Wasmtime::new()));
}
