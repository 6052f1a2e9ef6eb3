//! Every hostile guest against the loader, on the interpreter: stopped where it says, and never with
//! more memory than its cap and what inspection and compilation take.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use rvf_fixtures::hostile::{echo_payload, raw};
use rvf_fixtures::{HostileGuest, echo_wasm, hostile_guests};
use rvf_format::read::wasm::{Role, Target};
use rvf_format::write::wasm::encode;
use rvf_loader::abi::{AbiError, ColumnData, Request};
use rvf_loader::engine::{EngineError, LimitHit};
use rvf_loader::{Host, Limits, Profile, RunError, Rvf, SelectError};
use std::time::{Duration, Instant};
use support::peak_of;

/// The embedded profile: 64 pages.
const CAP: usize = 4 << 20;
/// Beside the guest's memory: inspection, validation and compiled code, for modules up to 3 MB.
const ENGINE: usize = 64 << 20;

/// How a job ended.
#[derive(Debug)]
enum End {
    Refused,
    Failed(AbiError),
    Finished,
}

fn limits() -> Limits {
    Limits::default().max_memory_pages(64).fuel(5_000_000).timeout(Duration::from_millis(700))
}

/// Packs the module under a header that tells the truth, and runs its one operation.
fn end_of(module: &[u8]) -> End {
    let Ok(facts) = rvf_wasm_inspect::inspect(module) else { return End::Refused };
    let Ok(header) = facts.header(Role::MICROKERNEL, Target::WASM32, 0, module) else {
        return End::Refused;
    };
    run(encode(&header, module))
}

fn run(payload: Vec<u8>) -> End {
    let bytes = raw::file(&[raw::good_vectors(), raw::Segment::new(raw::kind::WASM, payload)]);
    let rvf = Rvf::open(bytes.as_slice()).unwrap();
    let solver = match rvf.select(&Host::new(Profile::Embedded)) {
        Ok(solver) => solver,
        Err(SelectError::NoneAcceptable(_)) => return End::Refused,
        Err(error) => panic!("{error}"),
    };
    match solver.run(&Request::new("go"), &limits()) {
        Ok(_) => End::Finished,
        Err(RunError::Guest(error)) => End::Failed(error),
        Err(error) => panic!("{error}"),
    }
}

/// True when the guest was stopped by what its text says.
fn is_right(guest: &HostileGuest, end: &End) -> bool {
    let failed = match end {
        End::Refused => return guest.stopped_by == "inspection",
        End::Finished => return matches!(guest.stopped_by, "escaping" | "nothing"),
        End::Failed(error) => error,
    };
    match (guest.stopped_by, failed) {
        ("inspection", AbiError::Engine(error)) => {
            matches!(
                error,
                EngineError::Invalid { .. } | EngineError::Memory { .. } | EngineError::Export { .. }
            )
        }
        ("budget", AbiError::Engine(EngineError::Limit(hit))) => *hit != LimitHit::Stack,
        ("stack-bound", AbiError::Engine(EngineError::Limit(hit))) => *hit == LimitHit::Stack,
        ("trap", AbiError::Engine(EngineError::Trap { .. })) => true,
        ("instantiation", AbiError::Engine(EngineError::Trap { .. } | EngineError::Memory { .. })) => true,
        ("memory-cap", AbiError::Reported { status, .. }) => *status == -3,
        ("memory-cap", AbiError::Contract { what }) => what.contains("alloc"),
        ("abi", AbiError::Contract { what }) => what.contains("version"),
        ("description", AbiError::Contract { what }) => what.contains("description"),
        ("reads" | "columns" | "protocol", AbiError::Contract { .. }) => true,
        // The guest's own word that something failed; what matters is that it did no harm.
        ("protocol" | "escaping", AbiError::Reported { .. }) => true,
        _ => false,
    }
}

#[test]
fn every_hostile_guest_is_stopped_by_what_it_says() {
    let mut wrong = Vec::new();
    for guest in hostile_guests() {
        let module = wat::parse_str(guest.wat).unwrap();
        let started = Instant::now();
        let (end, peak) = peak_of(|| end_of(&module));
        let took = started.elapsed();
        if !is_right(guest, &end) {
            wrong
                .push(format!("{} ({}): wanted {}, got {end:?}", guest.name, guest.attack, guest.stopped_by));
        }
        if peak > CAP + ENGINE {
            wrong.push(format!("{}: held {peak} bytes", guest.name));
        }
        if took > Duration::from_secs(20) {
            wrong.push(format!("{}: took {took:?}", guest.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), hostile_guests().len(), wrong.join("\n"));
}

/// The control: an honest guest under the same limits gives its answer, from the file and the request.
#[test]
fn the_honest_guest_answers() {
    let bytes = raw::file(&[raw::good_vectors(), raw::Segment::new(raw::kind::WASM, echo_payload())]);
    let rvf = Rvf::open(bytes.as_slice()).unwrap();
    let solver = rvf.select(&Host::new(Profile::Embedded)).unwrap();
    let request = Request::new("echo").with("values", vec![7_u64, u64::MAX]);
    let answer = solver.run(&request, &limits()).unwrap();
    let first = u64::from_le_bytes(raw::good_vectors().payload[..8].try_into().unwrap());
    let column = answer.table.column("value").unwrap();
    assert!(matches!(&column.data, ColumnData::U64(values) if *values == [first, 7, u64::MAX]), "{column:?}");
    assert_eq!(rvf_wasm_inspect::inspect(echo_wasm()).unwrap().exports.len(), 20);
}

/// A header that says less than its module needs is a lie, and lies are not run.
#[test]
fn undeclared_simd_is_not_run() {
    let guest = hostile_guests().iter().find(|g| g.name == "simd-undeclared").unwrap();
    let module = wat::parse_str(guest.wat).unwrap();
    let facts = rvf_wasm_inspect::inspect(&module).unwrap();
    let mut header = facts.header(Role::MICROKERNEL, Target::WASM32, 0, &module).unwrap();
    assert_eq!(header.required_features, 1);
    header.required_features = 0;
    assert!(matches!(run(encode(&header, &module)), End::Refused));
}
