//! Incomplete factors on the pattern of a matrix: made row by row, and applied.

use crate::access::{add, at, put, span};
use crate::root::sqrt64;
use crate::rows::{HOT, Rows, gather, reduce, scatter};

/// Pivots below this share of the diagonal entry come from rounding in (nearly) singular systems:
/// the entry takes their place.
const LEAST_PIVOT: f64 = 1e-13;

/// No row, no place.
pub const NONE: u32 = u32::MAX;

/// A factor of incomplete Cholesky, A ~ C C^T with C on the pattern of A's lower part (Meijerink and
/// van der Vorst 1977: it exists, with positive pivots, for every H-matrix).
pub struct Ic0<'a> {
    /// Where the rows of C below the diagonal start.
    pub offsets: &'a mut [u32],
    /// Their columns; half as many as A has entries off its diagonal.
    pub indices: &'a mut [u32],
    /// Their values.
    pub values: &'a mut [f64],
    /// One over the diagonal of C.
    pub inverse: &'a mut [f64],
    /// Which row last wrote an element of the work row: [`NONE`] at first.
    pub owner: &'a mut [u32],
    /// The work row.
    pub work: &'a mut [f64],
}

/// Makes rows `from..to` of the factor.
#[inline(never)]
pub fn ic0(a: Rows<'_>, from: u32, to: u32, factor: Ic0<'_>) {
    let Ic0 { offsets, indices, values, inverse, owner, work } = factor;
    for row in from..to {
        let start = at(offsets, row);
        let mut end = start;
        let mut diagonal = 0.0;
        let (columns, entries) = a.entries(a.ends(row));
        for (column, value) in columns.iter().zip(entries) {
            if *column >= row {
                if *column == row {
                    diagonal = *value;
                }
                break;
            }
            put(indices, end, *column);
            end += 1;
            put(owner, *column, row);
            put(work, *column, *value);
        }
        let mut pivot = diagonal;
        for entry in start..end {
            let column = at(indices, entry);
            let (from, to) = (at(offsets, column), at(offsets, column + 1));
            let mut sum = at(work, column);
            for (k, value) in span(indices, from, to).iter().zip(span(values, from, to)) {
                if at(owner, *k) == row {
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
pub fn apply_ic0(c: Rows<'_>, inverse: &[f64], r: &[f64], z: &mut [f64]) {
    for row in 0..c.count() {
        let sum = reduce(at(r, row), c.entries(c.ends(row)), z);
        put(z, row, sum * at(inverse, row));
    }
    for row in (0..c.count()).rev() {
        // Complete when it is reached: all later rows have been spread.
        let own = at(z, row) * at(inverse, row);
        put(z, row, own);
        scatter::<1>(-own, c.entries(c.ends(row)), z);
    }
}

/// Makes rows `from..to` of an incomplete LU factor in the places of A's entries, which `values` holds
/// at first. `middle` takes where the diagonal entries are, `inverse` one over the pivots; `place`
/// holds [`NONE`] between calls.
#[inline(never)]
pub fn ilu0(
    a: Rows<'_>,
    (from, to): (u32, u32),
    values: &mut [f64],
    middle: &mut [u32],
    inverse: &mut [f64],
    place: &mut [u32],
) {
    for row in from..to {
        let (from, to) = a.ends(row);
        for (entry, column) in (from..).zip(span(a.indices, from, to)) {
            put(place, *column, entry);
            if *column == row {
                put(middle, row, entry);
            }
        }
        let own = at(middle, row);
        let diagonal = at(values, own);
        for entry in from..own {
            let k = at(a.indices, entry);
            let factor = at(values, entry) * at(inverse, k);
            put(values, entry, factor);
            for other in at(middle, k) + 1..a.ends(k).1 {
                let target = at(place, at(a.indices, other));
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
        for column in span(a.indices, from, to) {
            put(place, *column, NONE);
        }
    }
}

/// z = (L U)^-1 r, with the factors in the places of `lu`.
#[inline(never)]
pub fn apply_ilu0(lu: Rows<'_>, middle: &[u32], inverse: &[f64], r: &[f64], z: &mut [f64]) {
    for row in 0..lu.count() {
        let sum = reduce(at(r, row), lu.entries((lu.ends(row).0, at(middle, row))), z);
        put(z, row, sum);
    }
    for row in (0..lu.count()).rev() {
        let sum = reduce(at(z, row), lu.entries((at(middle, row) + 1, lu.ends(row).1)), z);
        put(z, row, sum * at(inverse, row));
    }
}

/// z = M^-1 r with a factor by columns in an order of elimination: column i of `l` holds places after
/// i, `inverse` one over the pivots, `order` the row of each place. `work` is as long as r.
#[inline(never)]
pub fn apply_columns(
    l: Rows<'_>,
    inverse: &[f64],
    order: &[u32],
    work: &mut [f64],
    r: &[f64],
    z: &mut [f64],
) {
    for (work, node) in work.iter_mut().zip(order) {
        *work = at(r, *node);
    }
    for place in 0..l.count() {
        let own = at(work, place);
        scatter::<HOT>(own, l.entries(l.ends(place)), work);
        put(work, place, own * at(inverse, place));
    }
    for place in (0..l.count()).rev() {
        let sum = gather::<HOT>(at(work, place), l.entries(l.ends(place)), work);
        put(work, place, sum);
    }
    for (work, node) in work.iter().zip(order) {
        put(z, *node, *work);
    }
}
