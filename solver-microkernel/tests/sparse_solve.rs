//! Full solves against dense references, manufactured solutions, and systems that must be refused.
#![cfg(feature = "sparse")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod sparse_support;

use solver_microkernel::sparse::{Matrix, Method, Options, Random, Solver, Trace, Why};
use sparse_support::*;

const KINDS: [Kind; 4] = [Kind::Rows, Kind::Columns, Kind::Symmetric, Kind::SymmetricM];

fn suits(method: Method, kind: Kind) -> bool {
    match method {
        Method::JacobiCg | Method::Ic0Cg => matches!(kind, Kind::Symmetric | Kind::SymmetricM),
        Method::ApproximateCg => kind == Kind::SymmetricM,
        _ => true,
    }
}

#[test]
fn every_method_finds_the_dense_solution_and_its_bound_holds() {
    let mut r = Random::new(1);
    for round in 0..1500 {
        let kind = KINDS[round % 4];
        let n = 1 + (r.next() % 40) as usize;
        let t = dominant(n, 1 + (round % 7), [0.5, 0.1, 0.003][round % 3], kind, &mut r);
        let (a, b) = (t.matrix(), random_vector(n, &mut r));
        let wanted = dense_solve(&t.dense(), &b);
        for method in Method::ALL.into_iter().filter(|m| suits(*m, kind)) {
            let tolerance = [1e-3, 1e-8, 1e-11][(r.next() % 3) as usize];
            let (x, report) = solve(&a, &b, Options { tolerance, ..by(method) }).unwrap();
            assert!(report.converged && report.proven, "{kind:?} {method:?} {report:?}");
            let bound = report.quality.error_bound.unwrap();
            let error = greatest(&x, &wanted);
            let reference = 1e-14 * wanted.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
            assert!(error <= bound + reference, "{kind:?} {method:?} {error} {bound}");
            let off: f64 = (0..n)
                .map(|i| {
                    let (c, v) = a.row(i as u32);
                    let ax: f64 = c.iter().zip(v).map(|(c, v)| v * x[*c as usize]).sum();
                    (b[i] - ax) * (b[i] - ax)
                })
                .sum();
            let norm: f64 = b.iter().map(|b| b * b).sum();
            assert!((off / norm).sqrt() <= tolerance * 1.01 + 1e-15);
        }
    }
}

#[test]
fn manufactured_solutions_come_back() {
    let mut r = Random::new(2);
    let mut spread = Random::new(3);
    let mut wild = || 10f64.powf(6.0 * spread.unit() - 3.0);
    let cases = [
        grid(&[40, 50], 0.5, &mut || 1.0),
        grid(&[40, 50], 1e-3, &mut || 1.0),
        grid(&[12, 11, 10], 1e-2, &mut || 1.0),
        grid(&[40, 40], 0.1, &mut wild),
        power_law(2000, 4, 0.01, &mut r),
    ];
    for t in &cases {
        let (a, wanted) = (t.matrix(), random_vector(t.n, &mut r));
        let mut b = vec![0.0; t.n];
        a.multiply(&wanted, &mut b);
        for method in Method::ALL {
            let options = Options { tolerance: 1e-10, ..by(method) };
            let (x, report) = solve(&a, &b, options).unwrap();
            if report.converged {
                let bound = report.quality.error_bound.unwrap();
                assert!(greatest(&x, &wanted) <= bound + 1e-9, "{method:?} {report:?}");
            } else {
                // Only Gauss-Seidel may give up here, and then it says so.
                assert_eq!(report.method, Method::GaussSeidel, "{report:?}");
                assert!(report.quality.relative_residual > 1e-10);
            }
            assert!(
                report.converged
                    || matches!(method, Method::GaussSeidel | Method::BiCgStabJacobi | Method::BiCgStabIlu0)
            );
        }
    }
}

#[test]
fn approximate_cholesky_needs_few_iterations() {
    let mut spread = Random::new(3);
    let mut wild = || 10f64.powf(6.0 * spread.unit() - 3.0);
    let easy = solve(
        &grid(&[100, 100], 1e-6, &mut || 1.0).matrix(),
        &random_vector(10_000, &mut Random::new(9)),
        by(Method::ApproximateCg),
    );
    let t = grid(&[100, 100], 1e-6, &mut wild);
    let hard = solve(&t.matrix(), &random_vector(10_000, &mut Random::new(9)), by(Method::Auto)).unwrap().1;
    assert_eq!(hard.method, Method::ApproximateCg);
    assert!(easy.unwrap().1.iterations <= 45 && hard.iterations <= 45, "{hard:?}");
}

#[test]
fn singular_laplacians_need_a_fitting_right_hand_side() {
    // Two parts: a grid and a ring.
    let mut t = grid(&[6, 7], 0.0, &mut || 0.1);
    t.n = 50;
    (42..50).for_each(|i| t.edge(i, if i == 49 { 42 } else { i + 1 }, 0.3));
    let a = t.matrix();
    let mut b = random_vector(50, &mut Random::new(4));
    assert!(matches!(solve(&a, &b, by(Method::Auto)), Err(r) if r.is(Why::Inconsistent)));
    let fix = |b: &mut [f64]| {
        let mean = b.iter().sum::<f64>() / b.len() as f64;
        b.iter_mut().for_each(|b| *b -= mean);
    };
    fix(&mut b[..42]);
    assert!(matches!(solve(&a, &b, by(Method::Auto)), Err(r) if r.is(Why::Inconsistent) && r.number() >= 42));
    fix(&mut b[42..]);
    for method in [Method::Auto, Method::JacobiCg, Method::Ic0Cg, Method::ApproximateCg, Method::GaussSeidel]
    {
        let (x, report) = solve(&a, &b, by(method)).unwrap();
        assert!(report.converged && report.singular && report.quality.error_bound.is_none(), "{report:?}");
        assert!(x[..42].iter().sum::<f64>().abs() < 1e-9 && x[42..].iter().sum::<f64>().abs() < 1e-9);
    }
}

#[test]
fn weakly_dominant_systems_need_a_way_to_a_strict_row() {
    // Dirichlet: only the ends are strict.
    let mut t = grid(&[60], 0.0, &mut || 1.0);
    t.add(0, 0, 1.0);
    let (x, report) = solve(&t.matrix(), &[1.0; 60], by(Method::Auto)).unwrap();
    assert!(report.converged && report.proven && !report.singular);
    assert!(greatest(&x, &dense_solve(&t.dense(), &[1.0; 60])) < 1e-5);
    // A directed chain whose last row is strict, and the same without it.
    let mut chain = Triplets::new(5);
    (0..5).for_each(|i| chain.add(i, i, 1.0));
    (0..4).for_each(|i| chain.add(i, i + 1, 1.0));
    let (x, _) = solve(&chain.matrix(), &[1.0; 5], by(Method::Auto)).unwrap();
    assert!(greatest(&x, &dense_solve(&chain.dense(), &[1.0; 5])) < 1e-6);
    chain.add(4, 0, 1.0);
    assert!(matches!(solve(&chain.matrix(), &[1.0; 5], by(Method::Auto)), Err(r) if r.is(Why::Singular)));
    // Balanced, but with a positive entry: singular or not, it is not a Laplacian.
    let mut signed = Triplets::new(2);
    [(0, 0), (0, 1), (1, 0), (1, 1)].iter().for_each(|(i, j)| signed.add(*i, *j, 1.0));
    assert!(matches!(
        solve(&signed.matrix(), &[1.0, -1.0], by(Method::Auto)),
        Err(r) if r == Why::Singular.row(0)
    ));
}

#[test]
fn what_cannot_be_guaranteed_is_refused() {
    let mut r = Random::new(5);
    let good = dominant(30, 3, 0.1, Kind::SymmetricM, &mut r);
    let mut t = good.clone();
    t.map.insert((7, 7), 0.0);
    assert_eq!(solve(&t.matrix(), &[1.0; 30], by(Method::Auto)).unwrap_err(), Why::ZeroDiagonal.row(7));
    t.map.remove(&(7, 7));
    assert_eq!(solve(&t.matrix(), &[1.0; 30], by(Method::Auto)).unwrap_err(), Why::ZeroDiagonal.row(7));
    t = good.clone();
    t.add(3, 4, 100.0);
    t.add(4, 3, 50.0);
    let refused = solve(&t.matrix(), &[1.0; 30], by(Method::Auto)).unwrap_err();
    assert!(
        refused.is(Why::NotDominant) && refused.number() == 3 && refused.other() > 1_000_000,
        "{refused:?}"
    );
    let refused = solve(&t.matrix(), &[1.0; 30], by(Method::JacobiCg)).unwrap_err();
    assert!(refused.is(Why::NotSymmetric) || refused.is(Why::NotDominant));
    t = dominant(30, 3, 0.1, Kind::Rows, &mut r);
    for method in [Method::JacobiCg, Method::Ic0Cg, Method::ApproximateCg] {
        let refused = solve(&t.matrix(), &[1.0; 30], by(method)).unwrap_err();
        assert!(refused.is(Why::NotSymmetric));
    }
    t = dominant(30, 3, 0.1, Kind::Symmetric, &mut r);
    let refused = solve(&t.matrix(), &[1.0; 30], by(Method::ApproximateCg)).unwrap_err();
    assert!(refused.is(Why::PositiveEntry));
    let mut b = [1.0; 30];
    b[11] = f64::NAN;
    assert_eq!(solve(&good.matrix(), &b, by(Method::Auto)).unwrap_err(), Why::Vector.row(11));
    assert_eq!(solve(&good.matrix(), &[1.0; 29], by(Method::Auto)).unwrap_err(), Why::Length.at(30));
}

#[test]
fn hostile_arrays_are_refused() {
    let new = |offsets: &[u32], columns: &[u32], values: &[f64]| {
        Matrix::new(3, offsets.to_vec(), columns.to_vec(), values.to_vec()).unwrap_err()
    };
    assert_eq!(new(&[0, 2, 1, 3], &[0, 1, 2], &[1.0; 3]), Why::Offsets.row(1));
    assert_eq!(new(&[0, 9, 9, 3], &[0, 1, 2], &[1.0; 3]), Why::Offsets.row(0));
    assert_eq!(new(&[1, 1, 2, 3], &[0, 1, 2], &[1.0; 3]), Why::Offsets.row(2));
    assert_eq!(new(&[0, 1, 2, 2], &[0, 1, 2], &[1.0; 3]), Why::Offsets.row(2));
    assert_eq!(new(&[0, 1, 2, 3], &[0, 3, 2], &[1.0; 3]), Why::Column.pair(1, 1));
    assert_eq!(new(&[0, 1, 2, 3], &[0, u32::MAX, 2], &[1.0; 3]), Why::Column.pair(1, 1));
    assert_eq!(new(&[0, 2, 2, 3], &[1, 1, 2], &[1.0; 3]), Why::Column.pair(0, 1));
    assert_eq!(new(&[0, 2, 2, 3], &[2, 1, 2], &[1.0; 3]), Why::Column.pair(0, 1));
    assert_eq!(new(&[0, 1, 2, 3], &[0, 1, 2], &[1.0, f64::INFINITY, 0.0]), Why::Value.pair(1, 1));
    assert_eq!(new(&[], &[], &[]), Why::Offsets.row(0));
}

#[test]
fn what_is_not_reached_is_said() {
    let t = grid(&[50, 50], 1e-6, &mut || 1.0);
    let b = random_vector(2500, &mut Random::new(6));
    for method in Method::ALL {
        let options = Options { max_iterations: 8, tolerance: 1e-12, ..by(method) };
        let (x, report) = solve(&t.matrix(), &b, options).unwrap();
        assert!(!report.converged && report.iterations <= 8, "{report:?}");
        assert!(report.quality.relative_residual > 1e-12);
        assert!(x.iter().all(|x| x.is_finite()));
    }
    // Below what f64 can reach: it ends, and says that it did not get there.
    let (_, report) = solve(&t.matrix(), &b, Options { tolerance: 1e-30, ..by(Method::Ic0Cg) }).unwrap();
    assert!(!report.converged && report.quality.relative_residual < 1e-10, "{report:?}");
}

#[test]
fn not_dominant_but_positive_definite_needs_leave() {
    let mut t = grid(&[10, 10], 0.5, &mut || 1.0);
    for i in 0..93 {
        t.add(i, i + 7, 0.3);
        t.add(i + 7, i, 0.3);
    }
    let b = random_vector(100, &mut Random::new(7));
    assert!(matches!(solve(&t.matrix(), &b, by(Method::Auto)), Err(r) if r.is(Why::NotDominant)));
    let (x, report) = solve(&t.matrix(), &b, Options { unproven: true, ..by(Method::Auto) }).unwrap();
    assert!(report.converged && !report.proven && report.quality.error_bound.is_none());
    assert!(greatest(&x, &dense_solve(&t.dense(), &b)) < 1e-5);
}

#[test]
fn scales_zeros_and_small_shapes() {
    let t = grid(&[9, 9], 0.5, &mut || 1.0);
    let b = random_vector(81, &mut Random::new(8));
    for method in Method::ALL {
        let (x, _) = solve(&t.matrix(), &b, by(method)).unwrap();
        for scale in [1e-280f64, 1e200] {
            let scale = 2f64.powi(scale.log2() as i32);
            let scaled: Vec<f64> = b.iter().map(|b| b * scale).collect();
            let (y, report) = solve(&t.matrix(), &scaled, by(method)).unwrap();
            assert!(report.converged, "{report:?}");
            assert!(x.iter().zip(&y).all(|(x, y)| (x * scale).to_bits() == y.to_bits()));
        }
        let (x, report) = solve(&t.matrix(), &[0.0; 81], by(method)).unwrap();
        assert!(report.converged && report.iterations == 0 && report.quality.error_bound == Some(0.0));
        assert!(x.iter().all(|x| *x == 0.0));
    }
    let (x, report) = solve(&Triplets::new(0).matrix(), &[], by(Method::Auto)).unwrap();
    assert!(x.is_empty() && report.converged);
    let mut one = Triplets::new(1);
    one.add(0, 0, -4.0);
    assert_eq!(solve(&one.matrix(), &[2.0], by(Method::Auto)).unwrap().0, [-0.5]);
}

#[test]
fn the_trace_falls_to_the_tolerance() {
    let t = grid(&[30, 30], 0.1, &mut || 1.0);
    let mut solver = Solver::new(by(Method::Ic0Cg), vec![1.0; 900]).unwrap();
    let mut trace = Trace::default();
    while solver.step(&t.matrix(), &mut trace).unwrap().is_some() {}
    assert_eq!(trace.iterations.len() as u32, solver.report().unwrap().iterations);
    assert_eq!(trace.iterations.len(), trace.residuals.len());
    assert!(trace.iterations.windows(2).all(|w| w[0] < w[1]) && *trace.residuals.last().unwrap() <= 1e-8);
}
