//! Single entries: the bound always holds, and the work does not grow with the matrix.
#![cfg(feature = "sparse")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod sparse_support;

use solver_microkernel::sparse::{Claims, EntryOptions, Estimate, Random, Refusal, Why, greatest_solution};
use sparse_support::*;

const CERTAIN: EntryOptions = EntryOptions { tolerance: 1e-3, confidence: 1.0, max_rows: 1 << 40, seed: 1 };

fn of(t: &Triplets, b: &[f64], target: u32, options: EntryOptions) -> Result<(Estimate, u64), Refusal> {
    let a = t.matrix();
    estimate(t.n as u32, target, claims(t, b), options, &mut |id| {
        let (columns, values) = a.row(id);
        (columns.to_vec(), values.to_vec(), b[id as usize])
    })
}

#[test]
fn the_bound_holds_on_thousands_of_random_systems() {
    let mut r = Random::new(21);
    let kinds = [Kind::Rows, Kind::Columns, Kind::Symmetric, Kind::SymmetricM];
    let (mut tried, mut met) = (0, 0);
    for round in 0..4000 {
        let kind = kinds[round % 4];
        let n = 1 + (r.next() % 30) as usize;
        let t = dominant(n, 1 + round % 5, [0.6, 0.2, 0.02][round % 3], kind, &mut r);
        let mut b = random_vector(n, &mut r);
        match round % 5 {
            0 => b.fill(1.0),
            1 => b.iter_mut().enumerate().for_each(|(i, b)| *b = if i % 2 == 0 { 1.0 } else { -1.0 }),
            2 => {
                // One element, anywhere.
                b.fill(0.0);
                b[(r.next() % n as u64) as usize] = 7.0;
            }
            3 => b.iter_mut().for_each(|b| *b *= 1e-7),
            _ => {}
        }
        let target = (r.next() % n as u64) as u32;
        let most = greatest_solution(&claims(&t, &b));
        let share = [1e-1, 1e-4, 1e-9][(r.next() % 3) as usize];
        let options = EntryOptions { tolerance: share * most, ..CERTAIN };
        match of(&t, &b, target, options) {
            Err(r) if r.is(Why::NoSlack) => assert_eq!(kind, Kind::Columns),
            Err(other) => panic!("{other:?}"),
            Ok((found, rows)) => {
                let wanted = dense_solve(&t.dense(), &b)[target as usize];
                let reference = 1e-15 * most;
                assert!((found.value - wanted).abs() <= found.bound + reference, "{found:?} {wanted}");
                assert!(found.confidence == 1.0 && rows <= n as u64);
                assert_eq!(found.met, found.bound <= options.tolerance);
                tried += 1;
                met += u32::from(found.met);
            }
        }
    }
    assert!(tried > 3000 && met * 100 > tried * 99, "{met} of {tried}");
}

/// An adversary sees which rows are read and chooses b in all others as badly as it can be: with the sign of
/// the element of the inverse, or against it. The estimate cannot know; the bound must hold for both.
#[test]
fn the_bound_holds_for_the_worst_right_hand_sides() {
    let mut r = Random::new(23);
    let kinds = [Kind::Rows, Kind::Symmetric, Kind::SymmetricM];
    let mut unread = 0;
    for round in 0..1500 {
        let n = 2 + (r.next() % 40) as usize;
        let t = dominant(n, 1 + round % 3, [0.7, 0.4, 0.1][round % 3], kinds[round % 3], &mut r);
        let target = (r.next() % n as u64) as u32;
        let transposed: Vec<Vec<f64>> = {
            let a = t.dense();
            (0..n).map(|i| (0..n).map(|j| a[j][i]).collect()).collect()
        };
        let mut unit = vec![0.0; n];
        unit[target as usize] = 1.0;
        let inverse = dense_solve(&transposed, &unit);
        let ones = vec![1.0; n];
        let claims = claims(&t, &ones);
        let options = EntryOptions { tolerance: 0.2 * greatest_solution(&claims), ..CERTAIN };
        let a = t.matrix();
        let mut read = vec![false; n];
        let ask = |b: &[f64], read: &mut [bool]| {
            let mut row = |id: u32| {
                read[id as usize] = true;
                let (columns, values) = a.row(id);
                (columns.to_vec(), values.to_vec(), b[id as usize])
            };
            estimate(n as u32, target, claims, options, &mut row).unwrap().0
        };
        let first = ask(&ones, &mut read);
        unread += read.iter().filter(|read| !**read).count();
        for side in [1.0, -1.0] {
            let b: Vec<f64> =
                (0..n).map(|i| if read[i] { 1.0 } else { side * inverse[i].signum() }).collect();
            let found = ask(&b, &mut vec![false; n]);
            assert_eq!((found.value, found.bound), (first.value, first.bound));
            let wanted: f64 = inverse.iter().zip(&b).map(|(g, b)| g * b).sum();
            assert!((found.value - wanted).abs() <= found.bound * (1.0 + 1e-9) + 1e-15, "{found:?} {wanted}");
        }
    }
    assert!(unread > 5000, "{unread}");
}

#[test]
fn walks_fail_no_more_often_than_they_may() {
    let mut r = Random::new(22);
    let t = dominant(60, 6, 0.3, Kind::Rows, &mut r);
    let b = random_vector(60, &mut r);
    let wanted = dense_solve(&t.dense(), &b);
    let most = greatest_solution(&claims(&t, &b));
    let (mut bad, mut walked) = (0, 0);
    for seed in 0..2000 {
        let target = (seed % 60) as u32;
        let options = EntryOptions { tolerance: 0.1 * most, confidence: 0.9, max_rows: 1 << 40, seed };
        let (found, _) = of(&t, &b, target, options).unwrap();
        bad += u32::from((found.value - wanted[target as usize]).abs() > found.bound);
        walked += u32::from(found.confidence < 1.0);
        assert!(found.confidence == 1.0 || found.walks > 0);
    }
    assert!(walked > 200, "{walked}");
    // A tenth of them may fail; the margin is five standard deviations.
    assert!(bad < walked / 10 + 25, "{bad} of {walked}");
}

fn grid_row(side: u32, shift: f64, id: u32) -> (Vec<u32>, Vec<f64>) {
    let (i, j) = (id / side, id % side);
    let mut all = Vec::new();
    if i > 0 {
        all.push((id - side, -1.0));
    }
    if j > 0 {
        all.push((id - 1, -1.0));
    }
    let after = u32::from(j + 1 < side) + u32::from(i + 1 < side);
    all.push((id, all.len() as f64 + f64::from(after) + shift));
    if j + 1 < side {
        all.push((id + 1, -1.0));
    }
    if i + 1 < side {
        all.push((id + side, -1.0));
    }
    all.into_iter().unzip()
}

#[test]
fn rows_read_do_not_grow_with_the_matrix() {
    let mut reads = Vec::new();
    for side in [100u32, 316, 1000, 3162, 60_000] {
        let n = side * side;
        let b = |id: u32| Random::stream(3, id.into()).unit() - 0.5;
        let claims = Claims {
            row_slack: 0.5 - 1e-12,
            row_gap: 0.5 / 4.5,
            entries: u64::from(n) * 5,
            symmetric: true,
            b_most: 0.5,
            x_sum: None,
        };
        let options = EntryOptions { tolerance: 1e-2, ..CERTAIN };
        let target = side / 2 * side + side / 2;
        let mut row = |id: u32| {
            let (columns, values) = grid_row(side, 0.5, id);
            (columns, values, b(id))
        };
        let (found, rows) = estimate(n, target, claims, options, &mut row).unwrap();
        assert!(found.met && found.bound <= 1e-2 && found.confidence == 1.0);
        reads.push(rows);
    }
    assert!(reads.iter().all(|rows| *rows == reads[0]) && reads[0] < 1500, "{reads:?}");
}

#[test]
fn a_distant_right_hand_side_is_not_overlooked() {
    // b is zero all around the target; a method that stops at the first small term would say 0.
    let t = grid(&[40], 0.05, &mut || 1.0);
    let mut b = vec![0.0; 40];
    b[33] = 1.0;
    let wanted = dense_solve(&t.dense(), &b);
    for target in 0..40 {
        let options = EntryOptions { tolerance: 1e-6, ..CERTAIN };
        let (found, _) = of(&t, &b, target, options).unwrap();
        assert!(found.met && (found.value - wanted[target as usize]).abs() <= found.bound, "{found:?}");
    }
    let (found, rows) = of(&t, &[0.0; 40], 20, CERTAIN).unwrap();
    assert_eq!((found.value, found.bound, rows), (0.0, 0.0, 0));
}

#[test]
fn false_claims_and_bad_rows_are_refused() {
    let t = grid(&[20, 20], 0.5, &mut || 1.0);
    let (a, b) = (t.matrix(), vec![1.0; 400]);
    type Change<'a> = &'a dyn Fn(u32, &mut Vec<u32>, &mut Vec<f64>, &mut f64);
    let run = |claims: Claims, change: Change<'_>| {
        estimate(400, 210, claims, CERTAIN, &mut |id| {
            let (columns, values) = a.row(id);
            let (mut columns, mut values, mut b) = (columns.to_vec(), values.to_vec(), b[id as usize]);
            change(id, &mut columns, &mut values, &mut b);
            (columns, values, b)
        })
    };
    let honest = claims(&t, &b);
    assert!(run(honest, &|_, _, _, _| {}).unwrap().0.met);
    let lying = Claims { row_slack: 2.0, ..honest };
    assert_eq!(run(lying, &|_, _, _, _| {}).unwrap_err(), Why::FalseClaim.row(210));
    let lying = Claims { b_most: 0.5, ..honest };
    assert_eq!(run(lying, &|_, _, _, _| {}).unwrap_err(), Why::FalseClaim.row(210));
    assert_eq!(run(Claims { row_slack: 0.0, ..honest }, &|_, _, _, _| {}).unwrap_err(), Why::NoSlack.plain());
    assert_eq!(
        run(Claims { row_slack: f64::NAN, ..honest }, &|_, _, _, _| {}).unwrap_err(),
        Why::NoSlack.plain()
    );
    let at = |id: u32, f: fn(&mut Vec<u32>, &mut Vec<f64>, &mut f64)| {
        run(honest, &|i, c, v, b| {
            if i == id {
                f(c, v, b)
            }
        })
        .unwrap_err()
    };
    assert!(at(211, |c, _, _| c[0] = 900).is(Why::Column));
    assert!(at(211, |c, _, _| c.swap(0, 1)).is(Why::Column));
    assert!(at(190, |c, _, _| c[1] = c[0]).is(Why::Column));
    assert!(at(210, |_, v, _| v[0] = f64::NAN).is(Why::Value));
    assert_eq!(at(210, |_, _, b| *b = f64::NAN), Why::Vector.row(210));
    assert_eq!(at(211, |_, v, _| v[2] = 0.0), Why::ZeroDiagonal.row(211));
}

#[test]
fn what_may_not_be_read_is_not() {
    let t = grid(&[60, 60], 0.01, &mut || 1.0);
    let b = random_vector(3600, &mut Random::new(5));
    let options = EntryOptions { max_rows: 100, ..CERTAIN };
    let (found, rows) = of(&t, &b, 1830, options).unwrap();
    assert!(!found.met && rows <= 100 && found.bound > 1e-3);
    let wanted = solve(&t.matrix(), &b, by(solver_microkernel::sparse::Method::Auto)).unwrap().0;
    assert!((found.value - wanted[1830]).abs() <= found.bound);
}
