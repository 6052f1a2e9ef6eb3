//! Every hostile guest against the loader, on the interpreter: never more memory than its cap and what
//! inspection and compilation take.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use rvf_fixtures::hostile::{echo_payload, raw};
use rvf_fixtures::{echo_wasm, hostile_guests};
use rvf_format::read::wasm::{Role, Target};
use rvf_format::write::wasm::encode;
use rvf_loader::abi::{ColumnData, Request};
use rvf_loader::{Host, Limits, Profile, Rvf};
use std::time::{Duration, Instant};
use support::peak_of;

/// The embedded profile: 64 pages.
const CAP: usize = 4 << 20;
/// Beside the guest's memory: inspection, validation and compiled code, for modules up to 3 MB.
const ENGINE: usize = 64 << 20;

fn limits() -> Limits {
    Limits::default().max_memory_pages(64).fuel(5_000_000).timeout(Duration::from_millis(700))
}

/// Packs the module under a header that tells the truth, and runs its one operation: did it finish?
fn finishes(module: &[u8]) -> bool {
    let Ok(facts) = rvf_wasm_inspect::inspect(module) else { return false };
    let Ok(header) = facts.header(Role::MICROKERNEL, Target::WASM32, 0, module) else { return false };
    run(encode(&header, module))
}

fn run(payload: Vec<u8>) -> bool {
    let bytes = raw::file(&[raw::good_vectors(), raw::Segment::new(raw::kind::WASM, payload)]);
    let rvf = Rvf::open(bytes.as_slice()).unwrap();
    let solver = rvf.select(&Host::new(Profile::Embedded));
    solver.is_ok_and(|solver| solver.run(&Request::new("go"), &limits()).is_ok())
}

/// That each is stopped by the right defence is shown by the loader's own tests, on every engine.
#[test]
fn no_hostile_guest_takes_more_than_its_cap() {
    let mut wrong = Vec::new();
    for guest in hostile_guests() {
        let module = wat::parse_str(guest.wat).unwrap();
        let started = Instant::now();
        let (finished, peak) = peak_of(|| finishes(&module));
        let took = started.elapsed();
        if finished && !matches!(guest.stopped_by, "escaping" | "nothing") {
            wrong.push(format!("{} ({}) was not stopped", guest.name, guest.attack));
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
