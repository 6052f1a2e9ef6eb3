//! The graph of neighbours, against every pair compared one by one.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
mod matrix_support;
use common::*;
use matrix_support::*;
use rvf_format::read::sparse::ValueType;

const ROWS: usize = 700;
const DIMENSION: usize = 9;
const K: usize = 5;

/// Small whole numbers: sums are exact in any order, and many distances are equal.
fn vectors_of(random: &mut Random) -> Vec<f32> {
    (0..ROWS * DIMENSION).map(|_| random.below(5) as f32 - 2.0).collect()
}

fn distance(metric: &str, a: &[f32], b: &[f32]) -> f32 {
    let dot: f32 = a.iter().zip(b).map(|(x, y)| x * y).sum();
    match metric {
        "l2" => a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum(),
        "ip" => 0.0 - dot,
        _ => {
            let norm = |v: &[f32]| v.iter().map(|x| f64::from(x * x)).sum::<f64>().sqrt();
            let both = norm(a) * norm(b);
            if both == 0.0 { 1.0 } else { (1.0 - f64::from(dot) / both) as f32 }
        }
    }
}

/// Row, column and weight of each neighbour that is kept.
fn expected(metric: &str, values: &[f32], symmetric: bool) -> Vec<Entry> {
    let rows: Vec<&[f32]> = values.chunks(DIMENSION).collect();
    let mut entries = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        let others = rows.iter().enumerate().filter(|(j, _)| *j != i);
        let mut near: Vec<(f32, usize)> =
            others.map(|(j, other)| (distance(metric, row, other), j)).collect();
        near.sort_by(|a, b| a.partial_cmp(b).unwrap());
        for (d, j) in near.into_iter().take(K) {
            let d = f64::from(d);
            let weight = match metric {
                "l2" => 1.0 / (1.0 + d),
                "ip" => -d,
                _ => 1.0 - d,
            };
            if weight > 0.0 {
                entries.push((i as u64, j as u64, weight));
                if symmetric {
                    entries.push((j as u64, i as u64, weight));
                }
            }
        }
    }
    entries.sort_by(|a, b| a.partial_cmp(b).unwrap());
    entries.dedup_by_key(|e| (e.0, e.1));
    entries
}

#[test]
fn every_neighbour_is_the_right_one_for_every_metric() {
    let bench = Bench::new();
    let values = vectors_of(&mut Random(77));
    bench.write("v.npy", npy("<f4", &format!("({ROWS}, {DIMENSION})"), &f32s(&values)));
    for metric in ["l2", "ip", "cosine"] {
        for symmetric in [false, true] {
            let flags: &[&str] = if symmetric { &["--knn-symmetric"] } else { &[] };
            let arguments = [
                "build",
                "v.npy",
                "--metric",
                metric,
                "--knn-graph",
                "5",
                "--no-solver",
                "-f",
                "-o",
                "g.rvf",
            ];
            bench.run(&[&arguments[..], flags].concat()).ok();
            let bytes = bench.read("g.rvf");
            let graph = matrix(&bytes, "knn");
            assert_eq!((graph.rows, graph.columns), (ROWS as u64, ROWS as u64));
            assert_eq!(graph.entries, expected(metric, &values, symmetric), "{metric} {symmetric}");
            assert_eq!(graph.head.properties.symmetric, symmetric);
            assert_eq!(vectors(&bytes).len(), ROWS);
        }
    }
}

#[test]
fn little_memory_and_no_weights_give_the_same_neighbours() {
    let bench = Bench::new();
    let values = vectors_of(&mut Random(5));
    bench.write("v.npy", npy("<f4", &format!("({ROWS}, {DIMENSION})"), &f32s(&values)));
    let build = |memory: &str, weights: &str| {
        let flags = ["--memory", memory, "--knn-weights", weights, "--no-solver", "-f", "-o", "g.rvf"];
        bench.run(&[&["build", "v.npy", "--batch", "100", "--knn-graph", "5"], &flags[..]].concat()).ok();
        bench.read("g.rvf")
    };
    assert_eq!(build("4", "similarity"), build("128", "similarity"));
    let pattern = matrix(&build("4", "pattern"), "knn");
    assert_eq!(pattern.head.value_type, ValueType::Pattern);
    let places: Vec<_> = expected("l2", &values, false).into_iter().map(|e| (e.0, e.1, 1.0)).collect();
    assert_eq!(pattern.entries, places);
}

#[test]
fn fewer_vectors_than_neighbours_are_all_neighbours() {
    let bench = Bench::new();
    bench.write("v.npy", npy("<f4", "(3, 1)", &f32s(&[0.0, 1.0, 3.0])));
    bench.run(&["build", "v.npy", "--knn-graph", "10", "--no-solver", "-o", "g.rvf"]).ok();
    assert_eq!(matrix(&bench.read("g.rvf"), "knn").entries.len(), 6);
    bench.write("w.npy", npy("<f4", "(1, 1)", &f32s(&[0.0])));
    bench
        .run(&["build", "w.npy", "--knn-graph", "1", "--no-solver", "-o", "w.rvf"])
        .refused(2, "neighbours of 1 vectors");
}
