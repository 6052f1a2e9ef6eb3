//! Vectors of f64: sums in eight lanes and a tree, so that the order of summation is the same in
//! SSE2, f64x2 and scalar code, and with it every bit. Lane i takes elements i, i+8, i+16, ...

use crate::root::sqrt64;

const LANES: usize = 8;
type Lanes = [f64; LANES];

macro_rules! each_lane {
    ($i:ident => $body:expr) => { each_lane!(@ $i $body; 0 1 2 3 4 5 6 7) };
    (@ $i:ident $body:expr; $($n:literal)*) => { $({ const $i: usize = $n; $body; })* };
}

#[inline(always)]
fn tree(l: Lanes) -> f64 {
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
    for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
        *sum += a * b;
    }
    tree(sums)
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
    for (sum, a) in sums.iter_mut().zip(a) {
        *sum += a;
    }
    tree(sums)
}

/// The sum of absolute values.
#[inline(never)]
#[must_use]
pub fn norm1(a: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    for a in a.chunks(LANES) {
        for (sum, a) in sums.iter_mut().zip(a) {
            *sum += a.abs();
        }
    }
    tree(sums)
}

/// The greatest absolute value; 0 for none.
#[must_use]
pub fn max_abs(a: &[f64]) -> f64 {
    a.iter().fold(0.0, |most: f64, x| most.max(x.abs()))
}

/// The Euclidean norm, by the IEEE square root.
#[must_use]
pub fn norm2(a: &[f64]) -> f64 {
    sqrt64(dot(a, a))
}

/// y += factor * x.
#[inline(never)]
pub fn axpy(factor: f64, x: &[f64], y: &mut [f64]) {
    let ((x8, x), (y8, y)) = (x.as_chunks::<LANES>(), y.as_chunks_mut::<LANES>());
    for (x, y) in x8.iter().zip(y8) {
        each_lane!(I => y[I] += factor * x[I]);
    }
    for (x, y) in x.iter().zip(y) {
        *y += factor * x;
    }
}

/// y = x + factor * y.
#[inline(never)]
pub fn xpay(x: &[f64], factor: f64, y: &mut [f64]) {
    let ((x8, x), (y8, y)) = (x.as_chunks::<LANES>(), y.as_chunks_mut::<LANES>());
    for (x, y) in x8.iter().zip(y8) {
        each_lane!(I => y[I] = x[I] + factor * y[I]);
    }
    for (x, y) in x.iter().zip(y) {
        *y = x + factor * *y;
    }
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
    for ((sum, q), r) in sums.iter_mut().zip(q).zip(r) {
        *r -= factor * q;
        *sum += *r * *r;
    }
    tree(sums)
}
