//! The built guests under an interpreter: the contract as a host sees it, and the native bits.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
#[path = "common/host.rs"]
mod host;

use common::*;
use host::Host;
use solver_microkernel::native::RequestBuilder;
use solver_microkernel::{DESCRIPTION, Operation};

const GUESTS: [&str; 2] = ["solver-scalar.wasm", "solver-simd.wasm"];
/// Those with the operations of the native library.
const ALIKE: [&str; 2] =
    if cfg!(feature = "sparse") { ["solver-full-scalar.wasm", "solver-full-simd.wasm"] } else { GUESTS };

#[test]
fn every_operation_gives_the_native_bits() {
    let mut r = Random(20);
    for dimension in [1, 3, 16, 63, 100, 128, 1000] {
        let mut rows: Vec<Row> = (0..220).map(|i| (i ^ 1, r.vector(dimension))).collect();
        rows[7].1[0] = f32::NAN;
        rows[8].1.fill(0.0);
        rows[9].1.fill(1e-42);
        rows[10].1.fill(3e-25);
        rows[30].0 = 2;
        let (a, b) = rows.split_at(100);
        let blocks = Layout::Blocks { rows: 50, restart: Some(16) };
        let file = File::new(dimension, 2, &[5, 6], &[(a, Layout::Rows), (b, blocks)]);
        let mut big = rows.clone();
        big[11].1.fill(1e30);
        let big = File::new(dimension, 2, &[], &[(&big, Layout::Rows)]);
        for name in GUESTS {
            let mut host = Host::new(name, 64);
            let handle = host.call("create", &[]);
            for request in all_requests(&r.vector(2 * dimension), 12) {
                for (file, budget) in [(&file, 0), (&file, 3), (&big, 0)] {
                    let native = run(file, &request, budget);
                    let guest = host.run(handle, file, &request, budget as i32);
                    assert_eq!(native.bits(), guest.bits(), "{name} dimension {dimension}");
                }
            }
        }
    }
}

#[test]
fn the_smallest_guests_find_neighbours_and_refuse_the_rest() {
    let mut r = Random(23);
    let rows: Vec<Row> = (0..700).map(|i| ((i * 7) % 650, r.vector(100))).collect();
    let (a, b) = rows.split_at(400);
    let blocks = Layout::Blocks { rows: 90, restart: Some(16) };
    let file = File::new(100, 2, &[5, 6], &[(a, Layout::Rows), (b, blocks)]);
    for name in ["solver-knn-scalar.wasm", "solver-knn-simd.wasm"] {
        let mut host = Host::new(name, 64);
        let handle = host.call("create", &[]);
        let (at, len) = (host.call("describe_ptr", &[]), host.call("describe_len", &[]));
        let description: serde_json::Value = serde_json::from_slice(&host.bytes(at, len)).unwrap();
        assert_eq!(description["operations"].as_array().unwrap().len(), 1);
        for request in all_requests(&r.vector(300), 12) {
            let native = run(&file, &request, 0);
            let guest = host.run(handle, &file, &request, 2);
            if request[0] == 1 {
                assert_eq!(native.bits(), guest.bits(), "{name}");
            } else {
                assert_eq!((native.status, guest.status), (0, -4), "{name}: {}", guest.text);
            }
        }
    }
}

#[test]
fn faults_are_the_same_sentences() {
    let mut r = Random(21);
    let rows: Vec<Row> = (0..50).map(|i| (i, r.vector(12))).collect();
    let blocks = Layout::Blocks { rows: 20, restart: None };
    let good = File::new(12, 0, &[1], &[(&rows[..20], Layout::Rows), (&rows[20..], blocks)]);
    for name in ALIKE {
        let mut host = Host::new(name, 64);
        let handle = host.call("create", &[]);
        for _ in 0..400 {
            let mut file = good.clone();
            let segment = r.below(3) as usize;
            let at = r.below(file.segments[segment].1.len().min(80) as u64) as usize;
            file.segments[segment].1[at] = r.next() as u8;
            let mut request = knn(&r.vector(12), 5, None, &[]);
            let at = r.below(request.len() as u64 * 4) as usize;
            if let Some(byte) = request.get_mut(at) {
                *byte = r.next() as u8;
            }
            let (native, guest) = (run(&file, &request, 0), host.run(handle, &file, &request, 0));
            if native.status != -3 && guest.status != -3 {
                assert_eq!(native.bits(), guest.bits());
            }
        }
    }
}

#[test]
fn nearest_neighbours_run_in_four_pages_and_repeated_jobs_take_no_more() {
    let mut r = Random(22);
    let rows: Vec<Row> = (0..4000).map(|i| (i, r.vector(384))).collect();
    for layout in [Layout::Rows, Layout::Blocks { rows: 1000, restart: Some(128) }] {
        let file = File::new(384, 0, &[5, 6], &[(&rows[..2000], layout), (&rows[2000..], layout)]);
        for name in GUESTS {
            let mut host = Host::new(name, 4);
            let handle = host.call("create", &[]);
            let request = knn(&r.vector(384), 10, None, &[]);
            let first = host.run(handle, &file, &request, 0);
            assert_eq!(first.status, 0, "{}", first.text);
            assert_eq!(first.bits(), run(&file, &request, 0).bits());
            assert!(host.pages() <= 4);
            let small = File::new(384, 0, &[], &[(&rows[..50], layout)]);
            let mut pages = Vec::new();
            for _ in 0..100 {
                assert_eq!(host.run(handle, &small, &request, 0).status, 0);
                pages.push(host.pages());
            }
            assert!(pages.iter().all(|p| *p == pages[0]), "{pages:?}");
        }
    }
}

#[test]
fn too_little_memory_is_a_status() {
    let rows: Vec<Row> = (0..60_000u64).map(|i| (i ^ 7, vec![i as f32])).collect();
    let file = File::new(1, 0, &[], &[(&rows, Layout::Rows)]);
    let mut host = Host::new(GUESTS[0], 4);
    let handle = host.call("create", &[]);
    let answer = host.run(handle, &file, &RequestBuilder::new(Operation::Stats).build(), 0);
    assert_eq!(answer.status, -3);
    assert!(answer.text.contains("480000 bytes"), "{}", answer.text);
    let answer = host.run(handle, &file, &knn(&[0.5], 65_536, None, &[]), 0);
    assert_eq!(answer.status, -3);
    assert_eq!(host.run(handle, &file, &knn(&[0.5], 10, None, &[]), 0).status, 0);
}

#[test]
fn wrong_calls_get_a_status_and_never_trap() {
    let mut host = Host::new(GUESTS[0], 64);
    assert_eq!((host.call("abi_version", &[]), host.call("capabilities", &[])), (1, 8));
    let (at, len) = (host.call("describe_ptr", &[]), host.call("describe_len", &[]));
    // The native library may have more operations; the first ones are these.
    let text = String::from_utf8(host.bytes(at, len)).unwrap();
    assert!(text.ends_with("]}") && DESCRIPTION.starts_with(&text[..text.len() - 2]), "{text}");
    let handles: Vec<i32> = (0..9).map(|_| host.call("create", &[])).collect();
    assert_eq!(handles, [1, 2, 3, 4, 5, 6, 7, 8, -1]);
    assert_eq!((host.call("destroy", &[3]), host.call("destroy", &[3])), (0, -1));
    for bad in [0, -1, 3, 9, i32::MIN, i32::MAX] {
        for (name, more) in [("open", 2), ("begin", 2), ("step", 1), ("reads_len", 0), ("columns_len", 0)] {
            assert_eq!(host.call(name, &[&[bad][..], &vec![0; more]].concat()), -1);
        }
        assert_eq!((host.call("result_len", &[bad]), host.call("error_len", &[bad])), (-1, -1));
        assert_eq!(host.call("result_read", &[bad, 0]), -1);
        for name in ["reads_ptr", "columns_ptr", "error_ptr"] {
            assert_eq!(host.call(name, &[bad]), 0);
        }
    }
    assert_eq!(host.call("create", &[]), 3);
    for (ptr, len) in [(-1, 1), (0, -1), (i32::MAX, i32::MAX), (65_536 * 64, 1), (-16, 32)] {
        assert_eq!(host.call("open", &[1, ptr, len]), -4);
        assert!(host.call("error_len", &[1]) > 0);
    }
    assert_eq!(host.call("open", &[1, 0, 0]), 0);
    assert_eq!(host.call("begin", &[1, -1, 8]), -4);
    for len in [0, -1, i32::MIN, i32::MAX] {
        assert_eq!(host.call("alloc", &[len]), 0);
    }
    let block = host.call("alloc", &[100]);
    for (ptr, len) in [(block, 200), (block + 16, 100), (0, 0), (-1, -1)] {
        host.call("free", &[ptr, len]);
    }
    host.call("free", &[block, 100]);
    host.call("free", &[block, 100]);
    assert_ne!(host.call("alloc", &[100]), host.call("alloc", &[100]));
    assert_eq!(Host::new(GUESTS[1], 64).call("capabilities", &[]), 9);
}
