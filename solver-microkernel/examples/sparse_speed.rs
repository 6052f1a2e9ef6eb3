//! Times of the sparse operations, native: `cargo run --release -p solver-microkernel --example sparse_speed`.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing)]

use solver_microkernel::sparse::{
    Claims, Entry, EntryOptions, Inflow, Local, Matrix, Method, Need, Options, Push, PushOptions, Random,
    Solver, Trace,
};
use std::time::Instant;

/// A square grid's Laplacian plus `shift`, weights from 10^-decades to 10^decades.
fn grid(side: u32, shift: f64, decades: f64) -> Matrix {
    let n = side * side;
    let weight = |edge: u64| {
        let draw = 2.0 * Random::stream(5, edge).unit() - 1.0;
        if decades == 0.0 { 1.0 } else { 10f64.powf(decades * draw) }
    };
    let (mut offsets, mut columns, mut values) = (vec![0u32], Vec::new(), Vec::new());
    for i in 0..n {
        let (right, below) = (|k: u32| weight(2 * u64::from(k)), |k: u32| weight(2 * u64::from(k) + 1));
        let (row, column) = (i / side, i % side);
        let edges = [
            (row > 0).then(|| (i - side, below(i - side))),
            (column > 0).then(|| (i - 1, right(i - 1))),
            Some((i, 0.0)),
            (column + 1 < side).then(|| (i + 1, right(i))),
            (row + 1 < side).then(|| (i + side, below(i))),
        ];
        let sum: f64 = edges.iter().flatten().map(|e| e.1).sum();
        for (other, w) in edges.into_iter().flatten() {
            columns.push(other);
            values.push(if other == i { sum + shift } else { -w });
        }
        offsets.push(columns.len() as u32);
    }
    Matrix::new(n, offsets, columns, values).unwrap()
}

fn vector(n: u32) -> Vec<f64> {
    let mut random = Random::new(9);
    (0..n).map(|_| random.unit() - 0.5).collect()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn solve(name: &str, a: &Matrix, method: Method, rounds: usize) {
    let b = vector(a.rows());
    let mut last = None;
    let times = (0..rounds).map(|_| {
        let start = Instant::now();
        let mut solver = Solver::new(Options { method, ..Options::default() }, b.clone()).unwrap();
        while solver.step(a, &mut Trace::default()).unwrap().is_some() {}
        last = solver.report().copied();
        start.elapsed().as_secs_f64() * 1e3
    });
    let time = median(times.collect());
    let report = last.unwrap();
    println!(
        "{name}: {} {time:.1} ms, {} iterations, residual {:.1e}, error bound {:.1e}",
        report.method.name(),
        report.iterations,
        report.quality.relative_residual,
        report.quality.error_bound.unwrap_or(f64::INFINITY)
    );
}

fn serve(local: &mut Local, need: Need, a: &Matrix, b: &[f64]) {
    for at in 0..local.wanted().len() {
        let id = local.wanted()[at];
        let (columns, values) = a.row(id);
        match need {
            Need::Nothing => {}
            Need::Lengths => local.take_length(id, 0, columns.len() as u32).unwrap(),
            Need::Rows => {
                let b = b.get(id as usize).copied().unwrap_or(0.0);
                local.take_row(id, b, columns, values).unwrap();
            }
        }
    }
}

fn entry(side: u32, tolerance: f64) {
    let a = grid(side, 0.5, 0.0);
    let b = vector(a.rows());
    let claims = Claims {
        row_slack: 0.5 - 1e-12,
        row_gap: 0.5 / 4.5,
        entries: a.entries().into(),
        symmetric: true,
        b_most: 0.5,
        x_sum: None,
    };
    let mut rows = 0;
    let times = (0..41u32).map(|round| {
        let start = Instant::now();
        let options = EntryOptions { tolerance, confidence: 1.0, max_rows: u64::MAX, seed: 1 };
        let mut local = Local::new(a.rows(), false).unwrap();
        let target = side / 2 * side + side / 3 + round;
        let mut entry = Entry::new(target, claims, options).unwrap();
        while entry.estimate().is_none() {
            let need = entry.step(&mut local).unwrap();
            serve(&mut local, need, &a, &b);
        }
        rows = local.rows_read();
        start.elapsed().as_secs_f64() * 1e3
    });
    let time = median(times.collect());
    println!("one entry, grid {side} x {side}, shift 0.5, bound {tolerance:.0e}: {time:.3} ms, {rows} rows");
}

/// A graph grown by preferential attachment.
fn power_law(n: u32, m: u32) -> Matrix {
    let mut random = Random::new(3);
    let mut ends = vec![0u32];
    let mut rows = vec![Vec::new(); n as usize];
    for i in 1..n {
        for _ in 0..m {
            let j = ends[(random.next() % ends.len() as u64) as usize];
            if j != i {
                rows[i as usize].push(j);
                rows[j as usize].push(i);
                ends.extend([i, j]);
            }
        }
    }
    let (mut offsets, mut columns) = (vec![0u32], Vec::new());
    for row in &mut rows {
        row.sort_unstable();
        row.dedup();
        columns.extend(row.iter());
        offsets.push(columns.len() as u32);
    }
    let ones = vec![1.0; columns.len()];
    Matrix::new(n, offsets, columns, ones).unwrap()
}

/// As the operation does it: along single rows, then with the inflow of the whole graph.
fn ppr(n: u32) {
    let a = power_law(n, 5);
    let mut inflow = Inflow::new(&a, 0.15).unwrap();
    while inflow.step(&a).unwrap().is_some() {}
    let (mut rows, mut local_ones, mut certified) = (0, 0, 0);
    let times = (0..41u32).map(|round| {
        let start = Instant::now();
        let options = PushOptions {
            alpha: 0.15,
            k: 10,
            tolerance: 1e-9,
            max_arcs: 1 << 40,
            max_rows: 20_000,
            undirected: n,
        };
        let mut local = Local::new(n, true).unwrap();
        let mut push = Push::new(vec![n / 2 + 17 * round], options);
        for wide in [None, Some(&inflow)] {
            if wide.is_some() {
                push.widen(&local, &inflow, 1 << 40, 1 << 40).unwrap();
            }
            while push.ranking().is_none() {
                let need = push.step(&mut local, wide).unwrap();
                local.take_from(need, &a).unwrap();
            }
            if push.ranking().unwrap().certified {
                local_ones += u32::from(wide.is_none());
                break;
            }
        }
        rows = local.rows_read();
        certified += u32::from(push.ranking().is_some_and(|found| found.certified));
        start.elapsed().as_secs_f64() * 1e3
    });
    let time = median(times.collect());
    println!(
        "top 10 by PageRank from one node, {n} nodes: {time:.3} ms, {rows} rows, {certified} of 41 certified, \
         {local_ones} along single rows"
    );
}

fn main() {
    let large = grid(1000, 0.5, 0.0);
    solve("grid 1000 x 1000, shift 0.5", &large, Method::Ic0Cg, 5);
    solve("grid 300 x 300, shift 0.01", &grid(300, 0.01, 0.0), Method::Auto, 9);
    let hard = grid(300, 0.01, 3.0);
    solve("grid 300 x 300, weights of six decades", &hard, Method::ApproximateCg, 9);
    solve("grid 300 x 300, weights of six decades", &hard, Method::Ic0Cg, 1);
    solve("grid 1000 x 1000, shift 0.001", &grid(1000, 1e-3, 0.0), Method::ApproximateCg, 3);
    for side in [100, 316, 1000, 3162] {
        entry(side, 1e-2);
    }
    for n in [10_000, 100_000, 1_000_000] {
        ppr(n);
    }
}
