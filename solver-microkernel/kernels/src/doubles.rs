//! Vectors of f64: sums in eight lanes and a tree, so that the order of summation is the same in
//! SSE2, f64x2 and scalar code, and with it every bit. Lane i takes elements i, i+8, i+16, ...

use crate::root::sqrt64;

const LANES: usize = 8;
type Lanes = [f64; LANES];

macro_rules! each_lane {
    ($i:ident => $body:expr) => { each_lane!(@ $i $body; 0 1 2 3 4 5 6 7) };
    (@ $i:ident $body:expr; $($n:literal)*) => { $({ const $i: usize = $n; $body; })* };
}

/// What is left after whole rounds: a compiler that knew how short it is would write the loop over it out.
#[inline(always)]
fn left(rest: &[f64]) -> &[f64] {
    core::hint::black_box(rest)
}

/// The same of what is written to.
#[inline(always)]
fn left_mut(rest: &mut [f64]) -> &mut [f64] {
    core::hint::black_box(rest)
}

/// Adds the products of what is left after whole rounds, and adds up the lanes; where `b` ends, ones.
#[inline(never)]
fn finish(mut l: Lanes, a: &[f64], b: &[f64]) -> f64 {
    for (i, a) in left(a).iter().enumerate() {
        if let Some(sum) = l.get_mut(i % LANES) {
            *sum += a * b.get(i).copied().unwrap_or(1.0);
        }
    }
    ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]))
}

/// The sum of `a[i] * b[i]`.
#[inline(never)]
#[must_use]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let ((a8, a), (b8, b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a8.iter().zip(b8) {
        each_lane!(I => sums[I] += a[I] * b[I]);
    }
    finish(sums, a, b)
}

/// The sum of the elements.
#[inline(never)]
#[must_use]
pub fn sum(a: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (a8, a) = a.as_chunks::<LANES>();
    for a in a8 {
        each_lane!(I => sums[I] += a[I]);
    }
    finish(sums, a, &[])
}

/// The sum of absolute values.
#[inline(never)]
#[must_use]
pub fn norm1(a: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    for (i, a) in a.iter().enumerate() {
        if let Some(sum) = sums.get_mut(i % LANES) {
            *sum += a.abs();
        }
    }
    finish(sums, &[], &[])
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

/// y = factor * x + scale * y. A factor of one changes no bit of what it is taken with.
#[inline(never)]
fn combine(factor: f64, x: &[f64], scale: f64, y: &mut [f64]) {
    let ((x4, x), (y4, y)) = (x.as_chunks::<LANES>(), y.as_chunks_mut::<LANES>());
    for (x, y) in x4.iter().zip(y4) {
        each_lane!(I => y[I] = factor * x[I] + scale * y[I]);
    }
    for (x, y) in left(x).iter().zip(left_mut(y)) {
        *y = factor * x + scale * *y;
    }
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
#[inline(never)]
#[must_use]
pub fn reduce(factor: f64, q: &[f64], r: &mut [f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let ((q8, q), (r8, r)) = (q.as_chunks::<LANES>(), r.as_chunks_mut::<LANES>());
    for (q, r) in q8.iter().zip(r8) {
        each_lane!(I => {
            r[I] -= factor * q[I];
            sums[I] += r[I] * r[I];
        });
    }
    axpy(-factor, q, r);
    finish(sums, r, r)
}
