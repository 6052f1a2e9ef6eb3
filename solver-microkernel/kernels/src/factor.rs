//! Factors: incomplete ones on the pattern of a matrix, made row by row, and half of what a factor by columns does.

use crate::access::{add, at, calls, put, span};
use crate::rows::Rows;
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
    /// Incomplete LU: one more than the last place of each column so far, zero at first. Elimination: where a
    /// neighbour stands among those of the node at hand.
    pub seen: Vec<u32>,
    /// Incomplete LU: where the diagonal entries are. Elimination: the node at each place of the order.
    pub middle: Vec<u32>,
}
solver_lists::blank!(Factor { inverse, own, seen, middle });

/// Makes rows `from..to` of an incomplete LU factor on the pattern of A (Meijerink and van der Vorst 1977: it
/// exists, with pivots of the signs of the diagonal, for every H-matrix). The values are at first those of A with
/// their signs changed, and the factor's are left so: a pass through rows adds. Of a symmetric matrix U is the
/// transpose of L times the pivots, so that this is incomplete Cholesky too, where pivots must be `positive`.
#[inline(never)]
pub fn ilu0(a: &Rows, from: u32, to: u32, positive: bool, factor: &mut Factor) {
    let Factor { inverse, own: Rows { values, .. }, seen: place, middle, .. } = factor;
    for row in from..to {
        let (from, to) = (calls::at(&a.offsets, row), calls::at(&a.offsets, row + 1));
        for (entry, column) in (from..).zip(span(&a.indices, from, to)) {
            put(place, *column, entry + 1);
        }
        let own = calls::at(place, row).wrapping_sub(1);
        calls::put(middle, row, own);
        let diagonal = -calls::at(values, own);
        for entry in from..own.min(to) {
            let k = at(&a.indices, entry);
            let factor = at(values, entry) * at(inverse, k);
            put(values, entry, factor);
            for other in at(middle, k) + 1..a.ends(k).1 {
                let target = at(place, at(&a.indices, other));
                if target > from {
                    let part = factor * at(values, other);
                    add(values, target - 1, part);
                }
            }
        }
        let mut pivot = -calls::at(values, own);
        let size = if positive { pivot } else { pivot.abs() };
        if size.is_nan() || size <= LEAST_PIVOT * diagonal.abs() {
            pivot = diagonal;
        }
        calls::put(inverse, row, 1.0 / pivot);
    }
}

/// The first half of applying a factor by columns in an order of elimination, in place: column i holds places
/// after i. The other half is a pass through it as rows.
#[inline(never)]
pub fn spread(l: &Rows, inverse: &[f64], work: &mut [f64]) {
    for place in 0..l.count() {
        let own = at(work, place);
        let (columns, values) = l.row(place).unwrap_or_default();
        for (below, value) in columns.iter().zip(values) {
            add(work, *below, value * own);
        }
        put(work, place, own * at(inverse, place));
    }
}

/// Puts the elements of `from`, by node, in the order of elimination, or (`back`) those in that order by node.
#[inline(never)]
pub fn reorder(nodes: &[u32], back: bool, from: &[f64], to: &mut [f64]) {
    for (place, node) in (0..).zip(nodes) {
        let (from_place, to_place) = if back { (place, *node) } else { (*node, place) };
        put(to, to_place, at(from, from_place));
    }
}
