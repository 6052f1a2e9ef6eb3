//! Hostile files against the loader: a WebAssembly segment that lies is not selected, and nothing of
//! any hostile file costs much to look at.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use rvf_fixtures::golden::golden;
use rvf_fixtures::hostile::{Caught, Part, hostile_files};
use rvf_loader::{Host, Policy, Rvf};
use std::time::{Duration, Instant};
use support::peak_of;

#[test]
fn lying_modules_are_not_selected() {
    let base = golden().into_iter().find(|g| g.name == "l2-modules.rvf").unwrap().bytes();
    let mut selected = Vec::new();
    for hostile in hostile_files(&base).iter().filter(|h| h.part == Part::Module) {
        let rvf = Rvf::open(hostile.bytes.as_slice()).unwrap();
        if hostile.caught != Caught::Nowhere && rvf.select(&Host::default()).is_ok() {
            selected.push(format!("{}: {}", hostile.name, hostile.attack));
        }
    }
    assert!(selected.is_empty(), "{} were selected:\n{}", selected.len(), selected.join("\n"));
}

#[test]
fn looking_at_hostile_files_costs_little() {
    let base = golden().into_iter().find(|g| g.name == "l2-modules.rvf").unwrap().bytes();
    for hostile in hostile_files(&base) {
        let started = Instant::now();
        let (_, peak) = peak_of(|| {
            let Ok(rvf) = Rvf::open(hostile.bytes.as_slice()) else { return };
            let _ = rvf.verify(&Policy::default());
            let _ = rvf.judge(&Host::default());
        });
        let allowed = (1 << 20) + 24 * hostile.bytes.len();
        assert!(peak < allowed, "{}: held {peak} bytes for {}", hostile.name, hostile.bytes.len());
        assert!(started.elapsed() < Duration::from_secs(10), "{}: {:?}", hostile.name, started.elapsed());
    }
}
