//! Incomplete factors on the pattern of a matrix: made row by row, and applied.

use crate::access::{add, at, put, span};
use crate::root::sqrt64;
use crate::rows::{HOT, Rows, entries, gather, reduce, scatter};
use solver_lists::Vec;

/// Pivots below this share of the diagonal entry come from rounding in (nearly) singular systems:
/// the entry takes their place.
const LEAST_PIVOT: f64 = 1e-13;

/// No row, no place.
pub const NONE: u32 = u32::MAX;

/// A factor, made or being made; what is not needed stays empty.
#[derive(Default)]
pub struct Factor {
    /// One over the diagonal or the pivots.
    pub inverse: Vec<f64>,
    /// The rows or columns of the factor; of incomplete LU only the values, in the places of the matrix.
    pub own: Rows,
    /// A work row.
    pub work: Vec<f64>,
    /// Incomplete Cholesky: which row last wrote an element of the work row. Incomplete LU: the place of a
    /// column in the row at hand. Elimination: where a neighbour stands among those of the node at hand.
    /// [`NONE`] at first.
    pub seen: Vec<u32>,
    /// Incomplete LU: where the diagonal entries are. Elimination: the node at each place of the order.
    pub middle: Vec<u32>,
}

/// Makes rows `from..to` of incomplete Cholesky, A ~ C C^T with C on the pattern of A's lower part (Meijerink
/// and van der Vorst 1977: it exists, with positive pivots, for every H-matrix).
#[inline(never)]
pub fn ic0(a: &Rows, from: u32, to: u32, factor: &mut Factor) {
    let Factor { inverse, own: Rows { offsets, indices, values }, work, seen, .. } = factor;
    for row in from..to {
        let start = at(offsets, row);
        let mut end = start;
        let mut diagonal = 0.0;
        let (columns, entries) = a.row(row).unwrap_or_default();
        for (column, value) in columns.iter().zip(entries) {
            if *column >= row {
                if *column == row {
                    diagonal = *value;
                }
                break;
            }
            put(indices, end, *column);
            end += 1;
            put(seen, *column, row);
            put(work, *column, *value);
        }
        let mut pivot = diagonal;
        for entry in start..end {
            let column = at(indices, entry);
            let (from, to) = (at(offsets, column), at(offsets, column + 1));
            let mut sum = at(work, column);
            for (k, value) in span(indices, from, to).iter().zip(span(values, from, to)) {
                if at(seen, *k) == row {
                    sum -= at(work, *k) * value;
                }
            }
            let factor = sum * at(inverse, column);
            pivot -= factor * factor;
            put(work, column, factor);
            put(values, entry, factor);
        }
        if pivot.is_nan() || pivot <= LEAST_PIVOT * diagonal {
            pivot = diagonal;
        }
        put(inverse, row, 1.0 / sqrt64(pivot));
        put(offsets, row + 1, end);
    }
}

/// z = (C C^T)^-1 r.
#[inline(never)]
pub fn apply_ic0(factor: &Factor, r: &[f64], z: &mut [f64]) {
    let Factor { inverse, own: c, .. } = factor;
    for row in 0..c.count() {
        let sum = reduce(at(r, row), c.row(row), z);
        put(z, row, sum * at(inverse, row));
    }
    for row in (0..c.count()).rev() {
        // Complete when it is reached: all later rows have been spread.
        let own = at(z, row) * at(inverse, row);
        put(z, row, own);
        scatter::<1>(-own, c.row(row), z);
    }
}

/// Makes rows `from..to` of an incomplete LU factor in the places of A's entries, which the values are at
/// first.
#[inline(never)]
pub fn ilu0(a: &Rows, from: u32, to: u32, factor: &mut Factor) {
    let Factor { inverse, own: Rows { values, .. }, seen: place, middle, .. } = factor;
    for row in from..to {
        let (from, to) = a.ends(row);
        for (entry, column) in (from..).zip(span(&a.indices, from, to)) {
            put(place, *column, entry);
            if *column == row {
                put(middle, row, entry);
            }
        }
        let own = at(middle, row);
        let diagonal = at(values, own);
        for entry in from..own {
            let k = at(&a.indices, entry);
            let factor = at(values, entry) * at(inverse, k);
            put(values, entry, factor);
            for other in at(middle, k) + 1..a.ends(k).1 {
                let target = at(place, at(&a.indices, other));
                if target != NONE {
                    let part = factor * at(values, other);
                    add(values, target, -part);
                }
            }
        }
        let mut pivot = at(values, own);
        if pivot.is_nan() || pivot.abs() <= LEAST_PIVOT * diagonal.abs() {
            pivot = diagonal;
        }
        put(inverse, row, 1.0 / pivot);
        for column in span(&a.indices, from, to) {
            put(place, *column, NONE);
        }
    }
}

/// z = (L U)^-1 r, with the factors in the places of A.
#[inline(never)]
pub fn apply_ilu0(a: &Rows, factor: &Factor, r: &[f64], z: &mut [f64]) {
    let Factor { inverse, own: Rows { values, .. }, middle, .. } = factor;
    for row in 0..a.count() {
        let lower = entries(&a.indices, values, a.ends(row).0, at(middle, row));
        let sum = reduce(at(r, row), lower, z);
        put(z, row, sum);
    }
    for row in (0..a.count()).rev() {
        let upper = entries(&a.indices, values, at(middle, row) + 1, a.ends(row).1);
        let sum = reduce(at(z, row), upper, z);
        put(z, row, sum * at(inverse, row));
    }
}

/// z = M^-1 r with a factor by columns in an order of elimination: column i holds places after i, `middle`
/// the row of each place.
#[inline(never)]
pub fn apply_columns(factor: &mut Factor, r: &[f64], z: &mut [f64]) {
    let Factor { inverse, own: l, work, middle: order, .. } = factor;
    for (work, node) in work.iter_mut().zip(&*order) {
        *work = at(r, *node);
    }
    for place in 0..l.count() {
        let own = at(work, place);
        scatter::<HOT>(own, l.row(place), work);
        put(work, place, own * at(inverse, place));
    }
    for place in (0..l.count()).rev() {
        let sum = gather::<HOT>(at(work, place), l.row(place), work);
        put(work, place, sum);
    }
    for (work, node) in work.iter().zip(order) {
        put(z, *node, *work);
    }
}
