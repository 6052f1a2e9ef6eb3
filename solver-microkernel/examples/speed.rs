//! `cargo run --release -p solver-microkernel --example speed`: k-NN over 100,000 x 128 in memory,
//! next to the time that copying the same bytes takes.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use rvf_format::SegmentType;
use solver_microkernel::native::{RequestBuilder, run};
use solver_microkernel::{Instance, Operation, Status, directory};
use std::time::Instant;

const ROWS: u32 = 100_000;
const DIMENSION: u16 = 128;

fn main() {
    let mut vectors = [&DIMENSION.to_le_bytes()[..], &ROWS.to_le_bytes()].concat();
    let mut state = 1u32;
    for id in 0..u64::from(ROWS) {
        vectors.extend(id.to_le_bytes());
        for _ in 0..DIMENSION {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            vectors.extend(((state >> 8) as f32 / (1 << 23) as f32 - 1.0).to_le_bytes());
        }
    }
    let mut manifest = [0; 22];
    manifest.iter_mut().skip(4).zip(DIMENSION.to_le_bytes()).for_each(|(to, from)| *to = from);
    let segments: [&[u8]; 2] = [&vectors, &manifest];
    let records = [
        directory::record(0, SegmentType::VEC, false, vectors.len() as u64, 1),
        directory::record(1, SegmentType::MANIFEST, true, manifest.len() as u64, 2),
    ];

    let mut copy = vec![0; 128 << 10];
    let best_copy = best(|| {
        for block in vectors.chunks(copy.len()) {
            if let Some(to) = copy.get_mut(..block.len()) {
                to.copy_from_slice(block);
            }
            std::hint::black_box(&copy);
        }
    });
    println!(
        "copy in blocks    {:7.2} ms  {:5.1} GB/s",
        best_copy * 1e3,
        vectors.len() as f64 / best_copy / 1e9
    );
    for (metric, name) in ["l2", "ip", "cosine"].iter().enumerate() {
        for queries in [1, 8] {
            let query = vec![0.25f32; queries * usize::from(DIMENSION)];
            let request =
                RequestBuilder::new(Operation::Knn).f32s(1, &query).choice(3, metric as u32).build();
            let mut instance = Instance::new();
            assert_eq!(instance.open(records.as_flattened()), Status::Done);
            let seconds = best(|| {
                assert_eq!(instance.begin(&request), Status::Done);
                let status = run(&mut instance, 0, |index| segments.get(index as usize).copied());
                assert_eq!(status, Some(Status::Done));
            });
            println!(
                "knn {name:6} x {queries}    {:7.2} ms  {:5.1} GB/s per query",
                seconds * 1e3,
                (vectors.len() * queries) as f64 / seconds / 1e9
            );
        }
    }
}

/// The best of fifteen runs, in seconds.
fn best(mut run: impl FnMut()) -> f64 {
    let time = |_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    };
    (0..15).map(time).fold(f64::INFINITY, f64::min)
}
