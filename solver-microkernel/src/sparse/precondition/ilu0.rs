//! Incomplete LU without fill, on the pattern of A.

use crate::sparse::access::{add, at, put, span};
use crate::sparse::csr::Matrix;
use crate::sparse::refusal::{Refusal, filled};
use alloc::vec::Vec;

/// Pivots below this share of the diagonal entry are replaced by it.
const LEAST_PIVOT: f64 = 1e-13;

/// L (unit diagonal) and U in the places of A's entries.
pub(crate) struct Ilu0 {
    values: Vec<f64>,
    /// Where the diagonal entry of each row is, and the inverse of the pivot.
    middle: Vec<u32>,
    inverse: Vec<f64>,
    /// Where column j of the current row is, or the greatest number.
    place: Vec<u32>,
    row: u32,
}

impl Ilu0 {
    pub(crate) fn new(a: &Matrix) -> Result<Self, Refusal> {
        let n = a.rows() as usize;
        let mut values = filled(0.0, a.entries() as usize)?;
        values.copy_from_slice(a.values());
        let place = filled(u32::MAX, n)?;
        Ok(Self { values, middle: filled(0, n)?, inverse: filled(0.0, n)?, place, row: 0 })
    }

    pub(crate) const fn entries(&self) -> u64 {
        self.values.len() as u64
    }

    pub(crate) fn make(&mut self, a: &Matrix, rows: u32) -> Result<bool, Refusal> {
        let end = self.row.saturating_add(rows).min(a.rows());
        for row in self.row..end {
            self.one(a, row);
        }
        self.row = end;
        if end < a.rows() {
            return Ok(false);
        }
        self.place = Vec::new();
        Ok(true)
    }

    #[inline(always)]
    fn one(&mut self, a: &Matrix, row: u32) {
        let Self { values, middle, inverse, place, .. } = self;
        let (from, to) = a.ends(row);
        for (entry, column) in (from..).zip(span(a.indices(), from, to)) {
            put(place, *column, entry);
            if *column == row {
                put(middle, row, entry);
            }
        }
        let own = at(place, row);
        let diagonal = at(values, own);
        for entry in from..to {
            let k = at(a.indices(), entry);
            if k >= row {
                break;
            }
            let factor = at(values, entry) * at(inverse, k);
            put(values, entry, factor);
            let (_, end) = a.ends(k);
            for other in at(middle, k) + 1..end {
                let target = at(place, at(a.indices(), other));
                if target != u32::MAX {
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
        for column in span(a.indices(), from, to) {
            put(place, *column, u32::MAX);
        }
    }

    #[inline(never)]
    pub(crate) fn apply(&self, a: &Matrix, r: &[f64], z: &mut [f64]) {
        let n = a.rows();
        for row in 0..n {
            let (from, to) = (a.ends(row).0, at(&self.middle, row));
            let mut sum = at(r, row);
            for (column, value) in span(a.indices(), from, to).iter().zip(span(&self.values, from, to)) {
                sum -= value * at(z, *column);
            }
            put(z, row, sum);
        }
        for row in (0..n).rev() {
            let (from, to) = (at(&self.middle, row) + 1, a.ends(row).1);
            let mut sum = at(z, row);
            for (column, value) in span(a.indices(), from, to).iter().zip(span(&self.values, from, to)) {
                sum -= value * at(z, *column);
            }
            put(z, row, sum * at(&self.inverse, row));
        }
    }
}
