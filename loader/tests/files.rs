//! Damaged and hostile files: no panic, no hang, no more memory than they are worth.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::time::{Duration, Instant};

use common::files::{Build, small};
use rvf_fixtures::{Caught, hostile_files};
use rvf_format::Metric;
use rvf_loader::abi::{ColumnData, Request};
use rvf_loader::verify::Coverage;
use rvf_loader::{Host, Limits, Policy, RunError, Rvf, lookup};
use solver_microkernel::guests::SCALAR;

/// Everything that a user can do with a file.
fn use_up(bytes: &[u8]) -> (bool, bool) {
    let Ok(rvf) = Rvf::open(bytes) else { return (false, false) };
    let verified = rvf.verify(&Policy::default().require_every_byte()).is_ok();
    let host = Host::default();
    let _ = rvf.judge(&host);
    if let Ok(file) = rvf.file() {
        let _ = lookup::labels(&file);
        let _ = lookup::vector(&file, 3);
    }
    let limits = Limits::default().timeout(Duration::from_secs(5));
    let request = Request::new("knn").with("query", vec![0.5_f32; 4]).with("k", 3_u64);
    let solver = rvf.select(&host).or_else(|_| rvf.with_module(SCALAR, &host).map_err(|_| ()));
    let ran = solver.is_ok_and(|solver| solver.run(&request, &limits).is_ok());
    (verified, ran)
}

#[test]
fn a_good_file_passes_and_runs() {
    assert_eq!(use_up(&small()), (true, true));
    let rvf = Rvf::open(small()).unwrap();
    assert_eq!(rvf.verify(&Policy::default()).unwrap().coverage, Coverage::EveryByte);
}

#[test]
fn hostile_files_cost_little_and_are_caught() {
    for file in hostile_files(&small()) {
        let began = Instant::now();
        let (verified, _) = use_up(&file.bytes);
        assert!(began.elapsed() < Duration::from_secs(20), "{}: {:?}", file.name, began.elapsed());
        let must_fail = matches!(file.caught, Caught::Open | Caught::Verify | Caught::NotVerified);
        assert!(!(must_fail && verified), "{} is called intact: {}", file.name, file.attack);
    }
}

#[test]
fn a_damaged_block_is_not_served() {
    // More than a block of vectors, so that the damage is in no module's block.
    let rows: Vec<f32> = (0..16_000).map(|i| i as f32).collect();
    let ids: Vec<u64> = (0..4000).collect();
    let mut bytes = Build::new(4, Metric::L2).vectors(&ids, &rows).solvers().finish();
    let request = Request::new("knn").with("query", vec![0.0_f32; 4]);
    bytes[64 + 6 + 10_000] ^= 1;
    let rvf = Rvf::open(bytes).unwrap();
    let error = rvf.select(&Host::default()).unwrap().run(&request, &Limits::default()).unwrap_err();
    assert!(matches!(error, RunError::Data(_)), "{error}");
    let found = rvf.verify(&Policy::default()).unwrap_err();
    assert!(!found.problems().is_empty(), "{found}");
    assert!(lookup::vector(&rvf.file().unwrap(), 5).is_err());
}

/// Large enough that blocks are checked ahead of the scan.
fn large() -> Vec<u8> {
    let rows: Vec<f32> = (0..1_200_000).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 20) as f32).collect();
    let ids: Vec<u64> = (0..12_000).collect();
    Build::new(100, Metric::L2).vectors(&ids, &rows).solvers().finish()
}

#[test]
fn a_damaged_block_is_not_served_ahead_of_the_scan_either() {
    let good = large();
    let request = Request::new("knn").with("query", vec![9.0_f32; 100]);
    for block in [0, 1, 2, 3, 17, 40, 71, 72] {
        let mut bytes = good.clone();
        bytes[block * 65_536 + 1000] ^= 0x10;
        let rvf = Rvf::open(bytes).unwrap();
        let mut session = rvf.select(&Host::default()).unwrap().start(&Limits::default());
        let error = match &mut session {
            Ok(session) => session.run(&request).unwrap_err(),
            Err(error) => error.clone(),
        };
        let RunError::Data(error) = error else { panic!("{block}: {error}") };
        assert!(error.to_string().contains(&format!("{:x}", block * 65_536)), "block {block}: {error}");
    }
}

#[test]
fn checking_ahead_changes_no_answer() {
    let good = large();
    let rvf = Rvf::open(&good[..]).unwrap();
    let mut session = rvf.select(&Host::default()).unwrap().start(&Limits::default()).unwrap();
    let file = rvf.file().unwrap();
    for id in [0, 1, 6_000, 11_999] {
        let query = lookup::vector(&file, id).unwrap().unwrap();
        let request = Request::new("knn").with("query", query).with("k", 3_u64);
        for _ in 0..3 {
            let answer = session.run(&request).unwrap();
            let ColumnData::U64(ids) = &answer.table.column("id").unwrap().data else { panic!() };
            assert_eq!(ids[0], id);
            assert_eq!(answer, session.run(&request).unwrap());
        }
    }
}

#[test]
fn a_vector_and_its_label_are_found() {
    let rvf = Rvf::open(small()).unwrap();
    let file = rvf.file().unwrap();
    let labels = lookup::labels(&file).unwrap();
    assert_eq!(labels.id_of_label("three"), Some(3));
    assert_eq!(labels.id_of_label("five"), None);
    let vector = lookup::vector(&file, 3).unwrap().unwrap();
    assert_eq!(vector, (12..16).map(|i| (i % 7) as f32 - 3.0).collect::<Vec<_>>());
    assert_eq!(lookup::vector(&file, 77).unwrap(), None);
}

#[test]
fn foreign_files_run_with_a_module_from_outside() {
    for (name, rows) in
        [("ip-d3-n1000", 10), ("cosine-d64-n1", 1), ("npm-rvf-node", 3), ("rvf-wasm-0.1.9", 10)]
    {
        let foreign = rvf_fixtures::foreign().iter().find(|file| file.name.starts_with(name)).unwrap();
        let rvf = Rvf::open(foreign.bytes).unwrap();
        let dimension = usize::from(rvf.file().unwrap().manifest().head.dimension);
        let solver = rvf.with_module(SCALAR, &Host::default()).unwrap();
        let request = Request::new("knn").with("query", vec![0.25_f32; dimension]);
        let answer =
            solver.run(&request, &Limits::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let ColumnData::F32(distances) = &answer.table.column("distance").unwrap().data else { panic!() };
        assert!(distances.is_sorted());
        assert!(answer.table.rows <= 10 && answer.table.rows >= rows.min(answer.table.rows), "{name}");
    }
}

#[test]
fn a_session_answers_many_requests() {
    let rvf = Rvf::open(small()).unwrap();
    let solver = rvf.select(&Host::default()).unwrap();
    let mut session = solver.start(&Limits::default()).unwrap();
    let request = Request::new("knn").with("query", vec![1.0_f32, 2.0, 3.0, -3.0]).with("k", 4_u64);
    let first = session.run(&request).unwrap();
    for _ in 0..20 {
        assert_eq!(session.run(&request).unwrap().table, first.table);
    }
}
