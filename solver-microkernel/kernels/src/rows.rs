//! Matrices by compressed sparse rows: products and sweeps. Each row is summed in ascending columns.

use crate::access::{add, at, put};
use solver_lists::Vec;

/// The rows of a matrix: the entries of row i are `offsets[i]..offsets[i + 1]`.
#[derive(Debug, Default, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Clone))]
pub struct Rows {
    /// One more than there are rows.
    pub offsets: Vec<u32>,
    /// Columns of the entries.
    pub indices: Vec<u32>,
    /// Values of the entries.
    pub values: Vec<f64>,
}

/// Columns and values of some entries; `None` where there are none such.
pub type Entries<'a> = Option<(&'a [u32], &'a [f64])>;

/// Columns and values of entries `from..to`.
#[inline(always)]
#[must_use]
pub fn entries<'a>(indices: &'a [u32], values: &'a [f64], from: u32, to: u32) -> Entries<'a> {
    let range = from as usize..to as usize;
    Some((indices.get(range.clone())?, values.get(range)?))
}

impl Rows {
    /// First and last-plus-one entry of a row.
    #[inline(always)]
    #[must_use]
    pub fn ends(&self, row: u32) -> (u32, u32) {
        (at(&self.offsets, row), at(&self.offsets, row.wrapping_add(1)))
    }

    /// Columns and values of a row.
    #[inline(always)]
    #[must_use]
    pub fn row(&self, row: u32) -> Entries<'_> {
        let (from, to) = self.ends(row);
        entries(&self.indices, &self.values, from, to)
    }

    /// Number of rows.
    #[inline(always)]
    #[must_use]
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
pub(crate) fn gather<const WAYS_OUT: usize>(mut sum: f64, entries: Entries<'_>, x: &[f64]) -> f64 {
    let Some((columns, values)) = entries else { return sum };
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
pub(crate) fn reduce(mut sum: f64, entries: Entries<'_>, x: &[f64]) -> f64 {
    let Some((columns, values)) = entries else { return sum };
    for (column, value) in columns.iter().zip(values) {
        sum -= value * at(x, *column);
    }
    sum
}

/// Adds `factor` times the values to the elements of y.
#[inline(always)]
pub fn scatter<const WAYS_OUT: usize>(factor: f64, entries: Entries<'_>, y: &mut [f64]) {
    let Some((columns, values)) = entries else { return };
    let mut entries = columns.iter().zip(values);
    loop {
        for _ in 0..WAYS_OUT {
            let Some((column, value)) = entries.next() else { return };
            add(y, *column, value * factor);
        }
    }
}

/// y = b - A x; without b, y = A x.
#[inline(never)]
pub fn residual(a: &Rows, x: &[f64], b: &[f64], y: &mut [f64]) {
    for (row, y) in (0..).zip(y) {
        let product = gather::<HOT>(0.0, a.row(row), x);
        *y = b.get(row as usize).map_or(product, |b| b - product);
    }
}

/// One sweep of Gauss-Seidel; `inverse` is one over the diagonal.
#[inline(never)]
pub fn relax(a: &Rows, inverse: &[f64], b: &[f64], x: &mut [f64]) {
    for (row, inverse) in (0..).zip(inverse) {
        let product = gather::<1>(0.0, a.row(row), x);
        add(x, row, (at(b, row) - product) * inverse);
    }
}

/// One step of all walks in a graph: adds to `next` what moves along the rows out of `mass`. `inverse` is
/// one over the weight of each row; walks stay where it is zero.
#[inline(never)]
pub fn walk(a: &Rows, inverse: &[f64], mass: &[f64], next: &mut [f64]) {
    for (row, (own, scale)) in (0..).zip(mass.iter().zip(inverse)) {
        if *own == 0.0 {
            continue;
        }
        if *scale == 0.0 {
            add(next, row, *own);
        } else {
            scatter::<1>(own * scale, a.row(row), next);
        }
    }
}

/// One sweep of pushes through a whole graph by rows, in place. `p` and `r` hold what is settled and what is
/// not, `inverse` one over the weight of each row, 0 where walks stay. Rows where no more lies than `least`
/// per entry are passed over. Returns the entries passed.
#[inline(never)]
pub fn sweep(alpha: f64, least: f64, a: &Rows, inverse: &[f64], p: &mut [f64], r: &mut [f64]) -> u64 {
    let mut arcs = 0;
    for (row, (inverse, p)) in (0..).zip(inverse.iter().zip(p)) {
        let there = at(r, row);
        if *inverse == 0.0 {
            *p += there;
            put(r, row, 0.0);
            continue;
        }
        let (from, to) = a.ends(row);
        let degree = to.wrapping_sub(from);
        if there <= least * f64::from(degree) {
            continue;
        }
        *p += alpha * there;
        put(r, row, 0.0);
        let row = entries(&a.indices, &a.values, from, to);
        scatter::<1>((1.0 - alpha) * there * inverse, row, r);
        arcs += u64::from(degree) + 1;
    }
    arcs
}
