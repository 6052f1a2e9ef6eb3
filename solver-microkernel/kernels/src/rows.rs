//! Matrices by compressed sparse rows: products and sweeps. Each row is summed in ascending columns.

use crate::access::{add, at, put, span};

/// The rows of a matrix: the entries of row i are `offsets[i]..offsets[i + 1]`.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// One more than there are rows.
    pub offsets: &'a [u32],
    /// Columns of the entries.
    pub indices: &'a [u32],
    /// Values of the entries.
    pub values: &'a [f64],
}

impl<'a> Rows<'a> {
    /// First and last-plus-one entry of a row.
    #[inline(always)]
    pub fn ends(&self, row: u32) -> (u32, u32) {
        (at(self.offsets, row), at(self.offsets, row.wrapping_add(1)))
    }

    /// Columns and values of entries `from..to`.
    #[inline(always)]
    pub fn entries(&self, (from, to): (u32, u32)) -> (&'a [u32], &'a [f64]) {
        (span(self.indices, from, to), span(self.values, from, to))
    }

    /// Number of rows.
    #[inline(always)]
    pub fn count(&self) -> u32 {
        (self.offsets.len() as u32).saturating_sub(1)
    }
}

/// Entries between two backward jumps, in the loops that take most of a solve. A compiler of guests looks at
/// each of those jumps whether the guest's time is over, and parks the sum in memory for that, which takes longer
/// than the addition.
pub(crate) const HOT: usize = 8;

/// `sum` and the products of values and elements of x, added in order.
#[inline(always)]
pub(crate) fn gather<const WAYS_OUT: usize>(
    mut sum: f64,
    (columns, values): (&[u32], &[f64]),
    x: &[f64],
) -> f64 {
    let mut entries = columns.iter().zip(values);
    loop {
        for _ in 0..WAYS_OUT {
            let Some((column, value)) = entries.next() else { return sum };
            sum += value * at(x, *column);
        }
    }
}

/// The same with the products taken off.
#[inline(always)]
pub(crate) fn reduce(mut sum: f64, (columns, values): (&[u32], &[f64]), x: &[f64]) -> f64 {
    for (column, value) in columns.iter().zip(values) {
        sum -= value * at(x, *column);
    }
    sum
}

/// Adds `factor` times the values to the elements of y.
#[inline(always)]
pub fn scatter<const WAYS_OUT: usize>(factor: f64, (columns, values): (&[u32], &[f64]), y: &mut [f64]) {
    let mut entries = columns.iter().zip(values);
    loop {
        for _ in 0..WAYS_OUT {
            let Some((column, value)) = entries.next() else { return };
            add(y, *column, value * factor);
        }
    }
}

/// y = A x.
#[inline(never)]
pub fn multiply(a: Rows<'_>, x: &[f64], y: &mut [f64]) {
    for (ends, y) in a.offsets.windows(2).zip(y) {
        let [from, to] = *ends else { continue };
        *y = gather::<HOT>(0.0, a.entries((from, to)), x);
    }
}

/// r = b - A x.
pub fn residual(a: Rows<'_>, x: &[f64], b: &[f64], r: &mut [f64]) {
    multiply(a, x, r);
    for (b, r) in b.iter().zip(r) {
        *r = b - *r;
    }
}

/// One sweep of Gauss-Seidel; `inverse` is one over the diagonal.
#[inline(never)]
pub fn relax(a: Rows<'_>, inverse: &[f64], b: &[f64], x: &mut [f64]) {
    for (row, (ends, inverse)) in (0..).zip(a.offsets.windows(2).zip(inverse)) {
        let [from, to] = *ends else { continue };
        let product = gather::<1>(0.0, a.entries((from, to)), x);
        put(x, row, at(x, row) + (at(b, row) - product) * inverse);
    }
}

/// One step of all walks in a graph: adds to `next` what moves along the rows out of `mass`. `inverse` is
/// one over the weight of each row; walks stay where it is zero.
#[inline(never)]
pub fn walk(a: Rows<'_>, inverse: &[f64], mass: &[f64], next: &mut [f64]) {
    for (row, (own, scale)) in (0..).zip(mass.iter().zip(inverse)) {
        if *own == 0.0 {
            continue;
        }
        if *scale == 0.0 {
            add(next, row, *own);
        } else {
            scatter::<1>(own * scale, a.entries(a.ends(row)), next);
        }
    }
}
