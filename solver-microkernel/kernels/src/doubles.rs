//! Vectors of f64: sums in eight lanes and a tree, so that the order of summation is the same in
//! SSE2, f64x2 and scalar code, and with it every bit. Lane i takes elements i, i+8, i+16, ...

use crate::root::sqrt64;
use crate::two::Two;

const LANES: usize = 8;
/// An element for each lane, by pairs.
type Group = [[f64; 2]; LANES / 2];
type Sums = [Two; LANES / 2];

const ONES: Group = [[1.0; 2]; LANES / 2];

/// Runs `step` for the place of each pair of lanes, written out.
macro_rules! each_pair {
    ($i:ident => $body:expr) => { each_pair!(@ $i $body; 0 1 2 3) };
    (@ $i:ident $body:expr; $($n:literal)*) => { $({ const $i: usize = $n; $body; })* };
}

/// Adds the products of what is left after whole rounds, and adds up the lanes; where `b` ends, ones.
#[inline(never)]
fn finish(sums: &mut Group, a: &[f64], b: &[f64]) -> f64 {
    for (i, (a, sum)) in a.iter().zip(sums.as_flattened_mut()).enumerate() {
        *sum += a * b.get(i).copied().unwrap_or(1.0);
    }
    let [a, b, c, d] = sums;
    let mut ends = [0.0; 2];
    Two::load(a).add(Two::load(c)).add(Two::load(b).add(Two::load(d))).store(&mut ends);
    ends[0] + ends[1]
}

/// The same of lanes in registers.
#[inline(always)]
fn total(sums: Sums, a: &[f64], b: &[f64]) -> f64 {
    let mut group = ONES;
    each_pair!(I => sums[I].store(&mut group[I]));
    finish(&mut group, a, b)
}

/// Whole rounds of elements, and what is left.
#[inline(always)]
fn rounds(a: &[f64]) -> (&[Group], &[f64]) {
    let (pairs, rest) = a.split_at(a.len() / LANES * LANES);
    (pairs.as_chunks().0.as_chunks().0, rest)
}

/// The same of what is written to.
#[inline(always)]
fn rounds_mut(a: &mut [f64]) -> (&mut [Group], &mut [f64]) {
    let (pairs, rest) = a.split_at_mut(a.len() / LANES * LANES);
    (pairs.as_chunks_mut().0.as_chunks_mut().0, rest)
}

/// The sum of `a[i] * b[i]`; where `b` has no more whole group, of `a[i]`.
#[inline(never)]
#[must_use]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [Two::both(0.0); 4];
    let ((a8, a), (b8, b)) = (rounds(a), rounds(b));
    for (i, a) in a8.iter().enumerate() {
        let b = b8.get(i).unwrap_or(&ONES);
        each_pair!(I => sums[I] = sums[I].add(Two::load(&a[I]).mul(Two::load(&b[I]))));
    }
    total(sums, a, b)
}

/// The sum of the elements.
#[must_use]
pub fn sum(a: &[f64]) -> f64 {
    dot(a, &[])
}

/// The sum of absolute values.
#[inline(never)]
#[must_use]
pub fn norm1(a: &[f64]) -> f64 {
    let mut sums = [[0.0; 2]; LANES / 2];
    for (i, a) in a.iter().enumerate() {
        if let Some(sum) = sums.as_flattened_mut().get_mut(i % LANES) {
            *sum += a.abs();
        }
    }
    finish(&mut sums, &[], &[])
}

/// The greatest absolute value; 0 for none.
#[inline(never)]
#[must_use]
pub fn max_abs(a: &[f64]) -> f64 {
    a.iter().fold(0.0, |most: f64, x| most.max(x.abs()))
}

/// The Euclidean norm, by the IEEE square root.
#[must_use]
pub fn norm2(a: &[f64]) -> f64 {
    sqrt64(dot(a, a))
}

/// y = factor * x + scale * y, and the new sum of squares of y, which costs nothing beside the way to memory.
/// A factor of one changes no bit of what it is taken with.
#[inline(never)]
fn combine(factor: f64, x: &[f64], scale: f64, y: &mut [f64]) -> f64 {
    let mut sums = [Two::both(0.0); 4];
    let ((x8, x), (y8, y)) = (rounds(x), rounds_mut(y));
    for (x, y) in x8.iter().zip(y8) {
        each_pair!(I => {
            let new = Two::load(&x[I]).mul(Two::both(factor)).add(Two::load(&y[I]).mul(Two::both(scale)));
            new.store(&mut y[I]);
            sums[I] = sums[I].add(new.mul(new));
        });
    }
    for (x, y) in x.iter().zip(&mut *y) {
        *y = factor * x + scale * *y;
    }
    total(sums, y, y)
}

/// y += factor * x.
pub fn axpy(factor: f64, x: &[f64], y: &mut [f64]) {
    combine(factor, x, 1.0, y);
}

/// y = x + factor * y.
pub fn xpay(x: &[f64], factor: f64, y: &mut [f64]) {
    combine(1.0, x, factor, y);
}

/// z = x * y, element by element.
#[inline(never)]
pub fn multiply(x: &[f64], y: &[f64], z: &mut [f64]) {
    for ((x, y), z) in x.iter().zip(y).zip(z) {
        *z = x * y;
    }
}

/// r -= factor * q, and the new sum of squares of r.
#[must_use]
pub fn reduce(factor: f64, q: &[f64], r: &mut [f64]) -> f64 {
    combine(-factor, q, 1.0, r)
}
