//! A matrix in memory by compressed sparse rows, and its measured facts.

use super::access::{at, put};
use super::limits::{MAX_ENTRIES, ROUNDOFF};
use super::refusal::{Refusal, Why, fill};
use solver_kernels::access::up;
use solver_kernels::local::{NONE, look};
use solver_kernels::rows::{self, Rows};
use solver_lists::Vec;

/// A sparse matrix. Columns ascend within a row, every column is in range, every value is finite;
/// [`Matrix::new`] checks all of it.
#[derive(Debug, Default, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Clone))]
pub struct Matrix {
    rows: u32,
    columns: u32,
    all: Rows,
}
solver_lists::blank!(Matrix { rows, columns, all });

impl Matrix {
    /// A matrix of `offsets.len() - 1` rows and `columns` columns. O(entries).
    pub fn new(
        columns: u32,
        offsets: Vec<u32>,
        indices: Vec<u32>,
        values: Vec<f64>,
    ) -> Result<Self, Refusal> {
        let mut matrix = Self { rows: 0, columns, all: Rows { offsets, indices, values } };
        matrix.complete(columns)?;
        Ok(matrix)
    }

    /// The lists of an empty matrix, to be filled; [`Matrix::complete`] checks them.
    pub(crate) const fn all_mut(&mut self) -> &mut Rows {
        &mut self.all
    }

    /// Ends what [`Matrix::all_mut`] began.
    pub(crate) fn complete(&mut self, columns: u32) -> Result<(), Refusal> {
        self.rows = (self.all.offsets.len() as u32).saturating_sub(1);
        self.columns = columns;
        self.check()
    }

    #[inline(never)]
    fn check(&self) -> Result<(), Refusal> {
        let Rows { offsets, indices, values } = &self.all;
        let entries = indices.len();
        if entries as u64 > MAX_ENTRIES || offsets.len() as u64 > u64::from(u32::MAX) {
            return Err(Why::TooLarge.at(entries.max(offsets.len()) as u64));
        }
        let last = self.rows().wrapping_sub(1);
        if offsets.first() != Some(&0) || self.ends(last).1 as usize != entries || values.len() != entries {
            return Err(Why::Offsets.row(self.rows().saturating_sub(1)));
        }
        for row in 0..self.rows() {
            let (from, to) = self.ends(row);
            if from > to || to as usize > entries {
                return Err(Why::Offsets.row(row));
            }
            let (columns, values) = self.row(row);
            let found = look(row, self.columns, columns, values);
            let bad = found.ordered.min(found.finite);
            if (bad as usize) < columns.len() {
                let why = if bad == found.ordered { Why::Column } else { Why::Value };
                return Err(why.pair(row, u64::from(from) + u64::from(bad)));
            }
        }
        Ok(())
    }

    /// Rows.
    #[must_use]
    pub const fn rows(&self) -> u32 {
        self.rows
    }

    /// Columns.
    #[must_use]
    pub const fn columns(&self) -> u32 {
        self.columns
    }

    /// Stored entries.
    #[must_use]
    pub const fn entries(&self) -> u32 {
        self.all.indices.len() as u32
    }

    /// First and last-plus-one entry of a row.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn ends(&self, row: u32) -> (u32, u32) {
        self.all.ends(row)
    }

    /// Columns and values of a row; empty outside the matrix.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[must_use]
    pub fn row(&self, row: u32) -> (&[u32], &[f64]) {
        self.all.row(row).unwrap_or_default()
    }

    /// Entries of a row.
    #[must_use]
    pub fn degree(&self, row: u32) -> u32 {
        let (from, to) = self.ends(row);
        to.saturating_sub(from)
    }

    /// The rows, for the inner loops.
    pub(crate) const fn all(&self) -> &Rows {
        &self.all
    }

    /// y = A x; each row is summed in ascending columns. `x` has a value per column, `y` per row.
    pub fn multiply(&self, x: &[f64], y: &mut [f64]) {
        self.residual(x, &[], y);
    }

    /// r = b - A x.
    pub fn residual(&self, x: &[f64], b: &[f64], r: &mut [f64]) {
        rows::residual(&self.all, x, b, r);
    }

    /// The same matrix by columns, into an empty one: entry (i, j) at row j. O(entries).
    pub(crate) fn transpose(&self, out: &mut Self) -> Result<(), Refusal> {
        let Rows { offsets, indices, values } = &mut out.all;
        (out.rows, out.columns) = (self.columns, self.rows);
        fill(offsets, 0, self.columns as usize + 1)?;
        fill(indices, 0, self.entries() as usize)?;
        zeros(values, self.entries() as usize)?;
        // At first a row starts at the offset behind its own, which ends where the next one starts once it is full.
        for column in &self.all.indices {
            up(offsets, column + 2);
        }
        let mut total = 0;
        for offset in &mut *offsets {
            total += *offset;
            *offset = total;
        }
        for row in 0..self.rows() {
            let (columns, entries) = self.row(row);
            for (column, value) in columns.iter().zip(entries) {
                let place = at(offsets, column + 1);
                up(offsets, column + 1);
                put(indices, place, row);
                put(values, place, *value);
            }
        }
        Ok(())
    }

    /// Finds the first row that differs from its column, bit for bit; [`NONE`] in a symmetric matrix.
    /// A cursor per row moves on as its mirror images come by in ascending order. O(entries).
    #[inline(never)]
    pub(crate) fn find_asymmetry(&self, found: &mut u32) -> Result<(), Refusal> {
        *found = 0;
        if self.rows() != self.columns {
            return Ok(());
        }
        let mut passed = Vec::new();
        fill(&mut passed, 0, self.rows() as usize)?;
        for row in 0..self.rows() {
            *found = row;
            let (columns, values) = self.row(row);
            for (column, value) in columns.iter().zip(values) {
                let (from, to) = self.ends(*column);
                let place = from + at(&passed, *column);
                up(&mut passed, *column);
                if place >= to
                    || at(&self.all.indices, place) != row
                    || at(&self.all.values, place).to_bits() != value.to_bits()
                {
                    return Ok(());
                }
            }
        }
        *found = NONE;
        Ok(())
    }
}

/// So many zeros, in place of what was there.
#[inline(never)]
pub(crate) fn zeros(out: &mut Vec<f64>, len: usize) -> Result<(), Refusal> {
    fill(out, 0.0, len)
}

/// A copy, as long as both are.
#[inline(never)]
pub(crate) fn copy(from: &[f64], to: &mut [f64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

/// The lesser of two numbers, of which neither is none.
pub(crate) fn least(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

/// The greater of two numbers, of which neither is none.
pub(crate) fn most(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}

/// What rounding changes at most in |d| - r, where r is a sum of `terms` numbers.
#[inline(never)]
pub(crate) fn rounding(diagonal: f64, others: f64, terms: f64) -> f64 {
    (terms + 2.0) * ROUNDOFF * (diagonal.abs() + others)
}

/// |d| - r and its sign, with the rounding of a sum of `terms` numbers taken off and added: never above, and never
/// below the true value. Between the two limits the row counts as balanced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Slack {
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Slack {
    #[inline]
    pub(crate) fn of(diagonal: f64, others: f64, terms: u32) -> Self {
        let (middle, rounding) = (diagonal.abs() - others, rounding(diagonal, others, terms.into()));
        Self { least: middle - rounding, most: middle + rounding }
    }
}

/// |d| - r, less its rounding.
pub(crate) fn slack(diagonal: f64, others: f64, terms: f64) -> f64 {
    diagonal.abs() - others - rounding(diagonal, others, terms)
}

/// What was measured of a square matrix. Gaps and slacks are lower limits: rounding is taken off.
#[derive(Debug, Default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Clone))]
pub struct Facts {
    /// The diagonal.
    pub diagonal: Vec<f64>,
    /// The first row that is not mirrored, or [`NONE`], as in the next ones.
    pub(crate) asymmetric_row: u32,
    /// The first row whose diagonal entry is not positive.
    pub(crate) unsigned_row: u32,
    /// The first row with a positive entry off the diagonal.
    pub(crate) positive_row: u32,
    /// Rows by dominance.
    pub by_rows: Dominance,
    /// Columns by dominance.
    pub by_columns: Dominance,
    /// Least and greatest size off the diagonal, without zeros; (0, 0) when there is none.
    pub off_diagonal: (f64, f64),
}
solver_lists::blank!(Facts {
    diagonal,
    asymmetric_row,
    unsigned_row,
    positive_row,
    by_rows,
    by_columns,
    off_diagonal
});

/// Dominance of the diagonal over rows or over columns.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Dominance {
    /// Least |d| - r.
    pub slack: f64,
    /// Least 1 - r/|d|.
    pub gap: f64,
    /// The line that lacks most beyond rounding; [`NONE`] when all are weakly dominant.
    pub(crate) worst: u32,
    /// What it lacks, relative to its diagonal.
    pub(crate) lack: f64,
}
solver_lists::blank!(Dominance { slack, gap, worst, lack });

impl Dominance {
    const ALL: Self = Self { slack: f64::INFINITY, gap: f64::INFINITY, worst: NONE, lack: -1.0 };

    /// Every line is strictly dominant.
    #[must_use]
    pub fn is_strict(&self) -> bool {
        self.slack > 0.0
    }

    /// The line that lacks most, where not all are weakly dominant.
    pub(crate) fn refuse(&self) -> Result<(), Refusal> {
        if self.worst == NONE { Ok(()) } else { Err(Refusal::not_dominant(self.worst, self.lack)) }
    }

    #[inline(never)]
    fn take(&mut self, line: u32, diagonal: f64, others: f64, terms: f64) {
        let size = diagonal.abs();
        let (middle, rounding) = (size - others, rounding(diagonal, others, terms));
        let (under, over) = (middle - rounding, middle + rounding);
        self.slack = least(self.slack, under);
        self.gap = least(self.gap, under / size);
        let lack = -over / size;
        if over < 0.0 && lack > self.lack {
            (self.worst, self.lack) = (line, lack);
        }
    }
}

impl Facts {
    /// Measures a matrix; refuses what has no full diagonal. O(entries).
    pub fn measure(a: &Matrix) -> Result<Self, Refusal> {
        let mut facts = Self::default();
        facts.take(a)?;
        Ok(facts)
    }

    /// The same, into new facts.
    #[inline(never)]
    pub(crate) fn take(&mut self, a: &Matrix) -> Result<(), Refusal> {
        let n = a.rows();
        if n != a.columns() {
            return Err(Why::NotSquare.plain());
        }
        a.find_asymmetry(&mut self.asymmetric_row)?;
        zeros(&mut self.diagonal, n as usize)?;
        // The sum and the number of entries off the diagonal; of a symmetric matrix the columns are the rows.
        let mut sums = Vec::new();
        zeros(&mut sums, if self.is_symmetric() { 0 } else { 2 * n as usize })?;
        let (sums, _) = sums.as_chunks_mut();
        (self.unsigned_row, self.positive_row) = (NONE, NONE);
        (self.by_rows, self.by_columns) = (Dominance::ALL, Dominance::ALL);
        let (mut smallest, mut greatest) = (f64::INFINITY, 0.0);
        // Zero as long as no sum leaves the range.
        let mut beyond = 0.0;
        for row in 0..n {
            let (indices, values) = a.row(row);
            let (mut diagonal, mut others) = (0.0, 0.0);
            for (column, value) in indices.iter().zip(values) {
                if *column == row {
                    diagonal = *value;
                    continue;
                }
                let size = value.abs();
                others += size;
                if size > 0.0 {
                    smallest = least(smallest, size);
                }
                greatest = most(greatest, size);
                if *value > 0.0 {
                    self.positive_row = self.positive_row.min(row);
                }
                if let Some([sum, terms]) = sums.get_mut(*column as usize) {
                    *sum += size;
                    *terms += 1.0;
                }
            }
            if diagonal == 0.0 {
                return Err(Why::ZeroDiagonal.row(row));
            }
            if diagonal < 0.0 {
                self.unsigned_row = self.unsigned_row.min(row);
            }
            beyond += others * 0.0;
            self.by_rows.take(row, diagonal, others, indices.len() as f64);
            put(&mut self.diagonal, row, diagonal);
        }
        for (column, [sum, terms]) in (0..).zip(&*sums) {
            beyond += sum * 0.0;
            self.by_columns.take(column, at(&self.diagonal, column), *sum, *terms);
        }
        if beyond != 0.0 {
            return Err(Why::Overflow.plain());
        }
        if self.is_symmetric() {
            self.by_columns = self.by_rows;
        }
        self.off_diagonal = (if greatest == 0.0 { 0.0 } else { smallest }, greatest);
        Ok(())
    }

    /// Every row is the mirror image of its column.
    #[must_use]
    pub const fn is_symmetric(&self) -> bool {
        self.asymmetric_row == NONE
    }

    /// Symmetric with a positive diagonal: with dominance, positive definite (or a singular Laplacian).
    #[must_use]
    pub const fn is_symmetric_positive(&self) -> bool {
        self.asymmetric_row & self.unsigned_row == NONE
    }
}
