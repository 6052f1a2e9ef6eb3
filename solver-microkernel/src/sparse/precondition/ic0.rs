//! Incomplete Cholesky without fill: A ~ C C^T with C on the pattern of A's lower part (Meijerink and
//! van der Vorst 1977: it exists, with positive pivots, for every H-matrix).

use crate::sparse::access::{add, at, put, span};
use crate::sparse::csr::Matrix;
use crate::sparse::refusal::{Refusal, filled, reserve};
use alloc::vec::Vec;

/// Pivots below this share of the diagonal entry come from rounding in (nearly) singular systems.
const LEAST_PIVOT: f64 = 1e-13;

/// C below its diagonal by rows, and the inverse of the diagonal.
pub(crate) struct Ic0 {
    offsets: Vec<u32>,
    indices: Vec<u32>,
    values: Vec<f64>,
    inverse: Vec<f64>,
    row: u32,
    /// Which row last wrote the work element, and the work row itself.
    owner: Vec<u32>,
    work: Vec<f64>,
}

impl Ic0 {
    pub(crate) fn new(a: &Matrix) -> Result<Self, Refusal> {
        let n = a.rows() as usize;
        let lower = (a.entries() as usize).saturating_sub(n) / 2;
        let mut factor = Self {
            offsets: filled(0, n + 1)?,
            indices: Vec::new(),
            values: Vec::new(),
            inverse: filled(0.0, n)?,
            row: 0,
            owner: filled(u32::MAX, n)?,
            work: filled(0.0, n)?,
        };
        reserve(&mut factor.indices, lower)?;
        reserve(&mut factor.values, lower)?;
        Ok(factor)
    }

    pub(crate) const fn entries(&self) -> u64 {
        self.indices.len() as u64
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
        (self.owner, self.work) = (Vec::new(), Vec::new());
        Ok(true)
    }

    #[inline(always)]
    fn one(&mut self, a: &Matrix, row: u32) {
        let Self { offsets, indices, values, inverse, owner, work, .. } = self;
        let start = indices.len() as u32;
        let (columns, entries) = a.row(row);
        let mut diagonal = 0.0;
        for (column, value) in columns.iter().zip(entries) {
            if *column == row {
                diagonal = *value;
            } else if *column < row && indices.len() < indices.capacity() {
                // Half the entries off the diagonal of a symmetric matrix: the room was made.
                indices.push(*column);
                values.push(*value);
                put(owner, *column, row);
                put(work, *column, *value);
            }
        }
        let end = indices.len() as u32;
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
        put(inverse, row, 1.0 / libm::sqrt(pivot));
        put(offsets, row + 1, end);
    }

    #[inline(never)]
    pub(crate) fn apply(&self, r: &[f64], z: &mut [f64]) {
        let Self { offsets, indices, values, inverse, .. } = self;
        let n = inverse.len() as u32;
        for row in 0..n {
            let (from, to) = (at(offsets, row), at(offsets, row + 1));
            let mut sum = at(r, row);
            for (column, value) in span(indices, from, to).iter().zip(span(values, from, to)) {
                sum -= value * at(z, *column);
            }
            put(z, row, sum * at(inverse, row));
        }
        for row in (0..n).rev() {
            let (from, to) = (at(offsets, row), at(offsets, row + 1));
            // Complete when it is reached: all later rows have been spread.
            let own = at(z, row) * at(inverse, row);
            put(z, row, own);
            for (column, value) in span(indices, from, to).iter().zip(span(values, from, to)) {
                add(z, *column, -(value * own));
            }
        }
    }
}
