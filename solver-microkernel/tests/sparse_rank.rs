//! PageRank, personalised PageRank and heat kernels against dense references: bounds always hold.
#![cfg(feature = "sparse")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod sparse_support;

use solver_microkernel::sparse::{
    Diffusion, Inflow, Local, Matrix, Power, Push, PushOptions, Random, Ranking, Refusal, Why, gelu,
    popcount, relu, xor,
};
use sparse_support::*;

const ANY: PushOptions =
    PushOptions { alpha: 0.15, k: 10, tolerance: 1e-9, max_arcs: 1 << 40, max_rows: 1 << 40, undirected: 0 };

/// A random graph: directed or not, weighted or not, with nodes that lead nowhere.
fn graph(n: usize, degree: usize, directed: bool, weighted: bool, r: &mut Random) -> Triplets {
    let mut t = Triplets::new(n);
    for _ in 0..n * degree / 2 {
        let (i, j) = (r.next() % n as u64, (r.unit() * r.unit() * n as f64) as u64);
        let w = if weighted { 0.01 + r.unit() } else { 1.0 };
        if i != j {
            t.map.insert((i as u32, j as u32), w);
            if !directed {
                t.map.insert((j as u32, i as u32), w);
            }
        }
    }
    t
}

fn transitions(t: &Triplets) -> Vec<Vec<f64>> {
    let mut p = t.dense();
    for (i, row) in p.iter_mut().enumerate() {
        let sum: f64 = row.iter().sum();
        if sum == 0.0 {
            row[i] = 1.0;
        } else {
            row.iter_mut().for_each(|v| *v /= sum);
        }
    }
    p
}

/// pi (I - (1-alpha) P) = alpha s, solved densely.
fn exact(t: &Triplets, seeds: &[u32], alpha: f64) -> Vec<f64> {
    let p = transitions(t);
    let a: Vec<Vec<f64>> = (0..t.n)
        .map(|i| (0..t.n).map(|j| f64::from(u8::from(i == j)) - (1.0 - alpha) * p[j][i]).collect())
        .collect();
    let mut s = vec![0.0; t.n];
    seeds.iter().for_each(|i| s[*i as usize] += alpha / seeds.len() as f64);
    dense_solve(&a, &s)
}

fn inflow(a: &Matrix, alpha: f64) -> Inflow {
    let mut inflow = Inflow::new(a, alpha).unwrap();
    let mut sweeps = 0;
    while inflow.step(a).unwrap().is_some() {
        sweeps += 1;
        assert!(sweeps < 5000, "an inflow that does not end");
    }
    inflow
}

fn rank(a: &Matrix, seeds: &[u32], options: PushOptions) -> Result<(Ranking, u64), Refusal> {
    let mut local = Local::new(a.rows(), true)?;
    let mut push = Push::new(seeds.to_vec(), options);
    let mut row = |id: u32| {
        let (columns, values) = a.row(id);
        (columns.to_vec(), values.to_vec(), 0.0)
    };
    while push.ranking().is_none() {
        let need = push.step(&mut local, None)?;
        serve(&mut local, need, &mut row)?;
    }
    Ok((push.ranking().unwrap().clone(), local.rows_read()))
}

fn check(found: &Ranking, wanted: &[f64], k: usize, tolerance: f64) {
    for node in &found.nodes {
        let value = wanted[node.id as usize];
        assert!(node.score <= value + 1e-13 && value <= node.score + node.bound + 1e-13, "{node:?} {value}");
    }
    assert!(found.nodes.windows(2).all(|w| w[0].score >= w[1].score));
    let last = found.nodes.get(k - 1).map_or(0.0, |node| node.score);
    let inside = |i: usize| found.nodes.iter().any(|n| n.id as usize == i);
    let other = (0..wanted.len()).filter(|i| !inside(*i)).map(|i| wanted[i]).fold(0.0, f64::max);
    assert!(other <= last + found.undecided + 1e-13, "{other} {found:?}");
    if found.certified {
        let least = found.nodes.iter().map(|n| wanted[n.id as usize]).fold(f64::INFINITY, f64::min);
        let least = if found.nodes.len() < k { 0.0 } else { least };
        assert!(other <= least + tolerance.max(1e-11), "{other} {least}");
        // A tolerance below rounding is taken as rounding.
        assert!(found.undecided <= tolerance.max(1e-11), "{found:?}");
    }
}

#[test]
fn bounds_and_certificates_hold_on_thousands_of_random_graphs() {
    let mut r = Random::new(31);
    let (mut certified, mut at_last) = (0, 0);
    for round in 0..3000 {
        let n = 2 + (r.next() % 40) as usize;
        let (directed, weighted) = (round % 2 == 0, round % 4 > 1);
        let t = graph(n, 1 + round % 6, directed, weighted, &mut r);
        let mut seeds: Vec<u32> = (0..1 + round % 3).map(|_| (r.next() % n as u64) as u32).collect();
        seeds.sort_unstable();
        seeds.dedup();
        let alpha = [0.15, 0.5, 0.02][round % 3];
        let wanted = exact(&t, &seeds, alpha);
        let k = 1 + round % 10;
        let max_arcs = [100, 3000, 1 << 40][(r.next() % 3) as usize];
        let tolerance = [1e-9, 1e-4, 0.0][(r.next() % 3) as usize];
        let a = t.matrix();
        let most = (0..a.rows()).map(|row| a.degree(row)).max().unwrap();
        let undirected = if directed || weighted { 0 } else { most.max(1) };
        let max_rows = [1, 5, 1 << 40][(r.next() % 3) as usize];
        let options = PushOptions { alpha, k, tolerance, max_arcs, max_rows, undirected };
        let (found, _) = rank(&a, &seeds, options).unwrap();
        check(&found, &wanted, k, tolerance);
        certified += u32::from(found.certified);
        assert!(found.certified || max_arcs < 1 << 40 || max_rows < 1 << 40);

        // The same through all stages.
        let inflow = inflow(&a, alpha);
        let mut local = Local::new(a.rows(), true).unwrap();
        let mut push = Push::new(seeds.clone(), options);
        for wide in [None, Some(&inflow)] {
            while push.ranking().is_none() {
                let need = push.step(&mut local, wide).unwrap();
                local.take_from(need, &a).unwrap();
            }
            check(push.ranking().unwrap(), &wanted, k, tolerance);
            if wide.is_none() {
                assert_eq!(push.ranking(), Some(&found));
                push.widen(&local, &inflow, max_arcs + push.arcs(), 1 << 40).unwrap();
            }
        }
        at_last += u32::from(push.ranking().unwrap().certified);
        let mut power = Power::new(&a, alpha, 1e-9).unwrap();
        power.start_from(&local, &push);
        while !power.is_done() {
            power.sweep(&a);
            assert!(power.sweeps() < 5000);
            check(&power.best(k, None).unwrap(), &wanted, k, 1e-9);
            check(&power.best(k, Some(&inflow)).unwrap(), &wanted, k, 1e-9);
        }
        assert!(power.best(k, None).unwrap().certified);
        let error = power.error();
        let off: f64 = power.scores().iter().zip(&wanted).map(|(a, b)| (a - b).abs()).sum();
        assert!(off <= error + 1e-13 && error < 2e-9);
    }
    assert!(certified > 1000 && at_last > 2000, "{certified} {at_last}");
}

#[test]
fn a_lie_about_direction_is_not_believed() {
    // A directed star presented as undirected: rows that were read do not mirror each other.
    let mut r = Random::new(32);
    for _ in 0..300 {
        let t = graph(20, 4, true, false, &mut r);
        let wanted = exact(&t, &[3], 0.15);
        let options = PushOptions { k: 5, ..ANY };
        let honest = rank(&t.matrix(), &[3], options).unwrap().0;
        check(&honest, &wanted, 5, 1e-9);
    }
    let mut t = Triplets::new(3);
    t.add(0, 1, 1.0);
    t.add(1, 2, -1.0);
    t.add(2, 0, 1.0);
    let options = PushOptions { k: 3, undirected: 1, ..ANY };
    assert_eq!(rank(&t.matrix(), &[0], options).unwrap_err(), Why::NegativeWeight.row(1));
    assert_eq!(Power::new(&t.matrix(), 0.15, 1e-8).err(), Some(Why::NegativeWeight.row(1)));
}

#[test]
fn pagerank_of_the_whole_graph() {
    let mut r = Random::new(33);
    for round in 0..200 {
        let t = graph(60, 4, round % 2 == 0, round % 3 == 0, &mut r);
        let wanted = exact(&t, &(0..60).collect::<Vec<_>>(), 0.15);
        let a = t.matrix();
        let mut power = Power::new(&a, 0.15, 1e-10).unwrap();
        power.start_everywhere();
        while !power.is_done() {
            power.sweep(&a);
        }
        let error = power.error();
        let scores = power.scores();
        let off: f64 = scores.iter().zip(&wanted).map(|(a, b)| (a - b).abs()).sum();
        assert!(off <= error + 1e-13 && error <= 1.1e-10, "{off} {error}");
        assert!((scores.iter().sum::<f64>() - 1.0).abs() <= error + 1e-12);
    }
}

#[test]
fn push_reads_around_its_seed_only() {
    // A ring of a million nodes, made when asked for.
    let n = 1_000_000;
    let mut local = Local::new(n, true).unwrap();
    let options = PushOptions { k: 5, undirected: 2, ..ANY };
    let mut push = Push::new(vec![777], options);
    let mut row = |id: u32| {
        let mut columns = vec![(id + n - 1) % n, (id + 1) % n];
        columns.sort_unstable();
        (columns, vec![1.0; 2], 0.0)
    };
    while push.ranking().is_none() {
        let need = push.step(&mut local, None).unwrap();
        serve(&mut local, need, &mut row).unwrap();
    }
    let found = push.ranking().unwrap();
    let ids: Vec<u32> = found.nodes.iter().map(|node| node.id).collect();
    assert_eq!(ids, [777, 776, 778, 775, 779]);
    assert!(found.certified && local.rows_read() < 300, "{}", local.rows_read());
}

#[test]
fn heat_kernels_stay_below_their_tail() {
    let mut r = Random::new(34);
    for round in 0..300 {
        let n = 2 + (r.next() % 20) as usize;
        let t = graph(n, 3, round % 2 == 0, round % 3 == 0, &mut r);
        let time = [0.0, 0.5, 3.0, 40.0][round % 4];
        let p = transitions(&t);
        // exp(-t (I - P)) by squaring a Taylor sum of a thousandth.
        let identity = |i: usize, j: usize| f64::from(u8::from(i == j));
        let step = time / 1024.0;
        let generator: Vec<Vec<f64>> =
            (0..n).map(|i| (0..n).map(|j| step * (p[i][j] - identity(i, j))).collect()).collect();
        let product = |a: &[Vec<f64>], b: &[Vec<f64>]| -> Vec<Vec<f64>> {
            (0..n).map(|i| (0..n).map(|j| (0..n).map(|k| a[i][k] * b[k][j]).sum()).collect()).collect()
        };
        let mut term: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| identity(i, j)).collect()).collect();
        let mut kernel = term.clone();
        for k in 1..12 {
            term = product(&term, &generator);
            for i in 0..n {
                for j in 0..n {
                    term[i][j] /= f64::from(k);
                    kernel[i][j] += term[i][j];
                }
            }
        }
        (0..10).for_each(|_| kernel = product(&kernel, &kernel));
        let seed = (r.next() % n as u64) as u32;
        for tolerance in [1e-2, 1e-8] {
            let a = t.matrix();
            let mut diffusion = Diffusion::new(&a, &[seed], time, tolerance).unwrap();
            while !diffusion.is_done() {
                diffusion.step(&a);
            }
            let scores = diffusion.scores();
            let off: f64 = scores.iter().zip(&kernel[seed as usize]).map(|(a, b)| (a - b).abs()).sum();
            assert!(off <= diffusion.error() + 1e-11, "{off} {}", diffusion.error());
            assert!(diffusion.error() <= tolerance + 1e-11);
        }
    }
}

#[test]
fn small_functions() {
    assert_eq!([-1.0, -0.0, 0.0, 2.5].map(relu).map(f64::to_bits), [0.0f64, 0.0, 0.0, 2.5].map(f64::to_bits));
    // Published values of the normal distribution function: 0.8413447460685429 at 1.
    assert!((gelu(1.0) - 0.841_344_746_068_542_9).abs() < 1e-15);
    assert!((gelu(-1.0) + 0.158_655_253_931_457_05).abs() < 1e-15);
    assert!((gelu(-10.0) + 7.619_853_024_160_527e-23).abs() < 1e-36);
    assert!(gelu(0.0) == 0.0 && gelu(40.0) == 40.0);
    let mut words = [u64::MAX, 1, 0];
    assert_eq!(popcount(&words), 65);
    xor(&mut words, &[1, 1, 1]);
    assert_eq!((words, popcount(&words)), ([u64::MAX - 1, 0, 1], 64));
}
