//! The sparse operations in the built guests: the native bits, for any budget.
#![cfg(feature = "sparse")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
#[path = "sparse_support/files.rs"]
mod files;
#[path = "common/host.rs"]
mod host;
mod sparse_support;

use common::{Answer, run};
use files::{Ask, common_file, everything, requests};
use host::Host;
use solver_microkernel::DESCRIPTION;
use solver_microkernel::sparse::{Random, SparseOperation as Op};
use sparse_support::grid;

/// The modules, with their capabilities (bit 0 SIMD, 1 Thompson sampling, 2 witness chain, 3 k-NN, 4 linear
/// solve, 5 PageRank, 6 puzzles), and whether they have all features of the native build: without learning,
/// descriptions and summaries say less, and columns are the same.
const GUESTS: [(&str, i32, bool); 4] = [
    ("solver-full-scalar.wasm", 126, true),
    ("solver-full-simd.wasm", 127, true),
    ("solver-sparse-scalar.wasm", 56, false),
    ("solver-sparse-simd.wasm", 57, false),
];

#[test]
fn every_operation_gives_the_native_bits() {
    let (file, ..) = everything();
    for (name, capabilities, all) in GUESTS {
        let mut host = Host::new(name, 256);
        let (at, len) = (host.call("describe_ptr", &[]), host.call("describe_len", &[]));
        assert_eq!(host.bytes(at, len) == DESCRIPTION.as_bytes(), all);
        let check = |guest: Answer, native: &Answer| {
            assert_eq!((guest.status, &guest.columns), (native.status, &native.columns), "{name}");
            assert!(!all || guest.text == native.text, "{name}: {} {}", guest.text, native.text);
        };
        assert_eq!(host.call("capabilities", &[]), capabilities);
        let handle = host.call("create", &[]);
        for ask in requests() {
            let request = ask.0.build();
            let native = run(&file, &request, 0);
            for budget in [0, 3] {
                check(host.run(handle, &file, &request, budget), &native);
            }
        }
        // Each method, on a system where weights differ by six decades.
        let mut r = Random::new(9);
        let t = grid(&[12, 13], 1e-3, &mut || 10f64.powf(6.0 * r.unit() - 3.0));
        let file = common_file(&t);
        for method in 0..7 {
            let request = Ask::new(Op::Solve).choice(5, method).u64(7, 400).0.build();
            check(host.run(handle, &file, &request, 0), &run(&file, &request, 0));
        }
        let pages = host.pages();
        for _ in 0..5 {
            host.run(handle, &file, &Ask::new(Op::Solve).0.build(), 0);
        }
        assert!(host.pages() <= pages + 4, "memory grows with every job");
    }
}

#[test]
fn too_little_memory_is_a_status() {
    let t = grid(&[200, 200], 0.1, &mut || 1.0);
    let file = common_file(&t);
    for (name, ..) in GUESTS {
        for pages in [5, 16, 40, 64, 100] {
            let mut host = Host::new(name, pages);
            let handle = host.call("create", &[]);
            let answer = host.run(handle, &file, &Ask::new(Op::Solve).choice(5, 3).0.build(), 0);
            assert!(
                answer.status == -3 && answer.text.contains("allow more pages"),
                "{pages}: {}",
                answer.text
            );
        }
    }
}
