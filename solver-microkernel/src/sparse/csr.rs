//! A matrix in memory by compressed sparse rows, and its measured facts.

use super::access::{add, at, put, span};
use super::limits::{MAX_ENTRIES, ROUNDOFF};
use super::refusal::{Refusal, Why, filled};
use alloc::vec::Vec;
use solver_kernels::access::up;
use solver_kernels::rows::{self, Rows};

/// A sparse matrix. Columns ascend within a row, every column is in range, every value is finite;
/// [`Matrix::new`] checks all of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    columns: u32,
    offsets: Vec<u32>,
    indices: Vec<u32>,
    values: Vec<f64>,
}

impl Matrix {
    /// A matrix of `offsets.len() - 1` rows and `columns` columns. O(entries).
    pub fn new(
        columns: u32,
        offsets: Vec<u32>,
        indices: Vec<u32>,
        values: Vec<f64>,
    ) -> Result<Self, Refusal> {
        let entries = indices.len();
        if entries as u64 > MAX_ENTRIES || offsets.len() as u64 > u64::from(u32::MAX) {
            return Err(Why::TooLarge.at(entries.max(offsets.len()) as u64));
        }
        let ends = (offsets.first().copied(), offsets.last().copied());
        if ends != (Some(0), Some(entries as u32)) || values.len() != entries {
            return Err(Why::Offsets.row((offsets.len() as u32).saturating_sub(2)));
        }
        for (row, ends) in (0..).zip(offsets.windows(2)) {
            let [from, to] = *ends else { continue };
            if from > to || to as usize > entries {
                return Err(Why::Offsets.row(row));
            }
            let mut least = 0;
            for (entry, (column, value)) in
                (u64::from(from)..).zip(span(&indices, from, to).iter().zip(span(&values, from, to)))
            {
                if *column < least || *column >= columns {
                    return Err(Why::Column.pair(row, entry));
                }
                if !value.is_finite() {
                    return Err(Why::Value.pair(row, entry));
                }
                least = column.saturating_add(1);
            }
        }
        Ok(Self { columns, offsets, indices, values })
    }

    /// Rows.
    #[must_use]
    pub const fn rows(&self) -> u32 {
        (self.offsets.len() as u32).saturating_sub(1)
    }

    /// Columns.
    #[must_use]
    pub const fn columns(&self) -> u32 {
        self.columns
    }

    /// Stored entries.
    #[must_use]
    pub const fn entries(&self) -> u32 {
        self.indices.len() as u32
    }

    /// First and last-plus-one entry of a row.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn ends(&self, row: u32) -> (u32, u32) {
        (at(&self.offsets, row), at(&self.offsets, row.wrapping_add(1)))
    }

    /// Columns and values of a row; empty outside the matrix.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[must_use]
    pub fn row(&self, row: u32) -> (&[u32], &[f64]) {
        let (from, to) = self.ends(row);
        (span(&self.indices, from, to), span(&self.values, from, to))
    }

    /// Entries of a row.
    #[must_use]
    pub fn degree(&self, row: u32) -> u32 {
        let (from, to) = self.ends(row);
        to.saturating_sub(from)
    }

    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    pub(crate) fn indices(&self) -> &[u32] {
        &self.indices
    }

    pub(crate) fn offsets(&self) -> &[u32] {
        &self.offsets
    }

    /// The rows as slices.
    pub(crate) fn slices(&self) -> Rows<'_> {
        Rows { offsets: &self.offsets, indices: &self.indices, values: &self.values }
    }

    /// y = A x; each row is summed in ascending columns. `x` has a value per column, `y` per row.
    pub fn multiply(&self, x: &[f64], y: &mut [f64]) {
        rows::multiply(self.slices(), x, y);
    }

    /// r = b - A x.
    #[inline(never)]
    pub fn residual(&self, x: &[f64], b: &[f64], r: &mut [f64]) {
        rows::residual(self.slices(), x, b, r);
    }

    /// The same matrix by columns: entry (i, j) at row j. O(entries).
    pub fn transpose(&self) -> Result<Self, Refusal> {
        let mut offsets = filled(0u32, self.columns as usize + 1)?;
        for column in &self.indices {
            up(&mut offsets, column + 1);
        }
        let mut total = 0;
        for offset in &mut offsets {
            total += *offset;
            *offset = total;
        }
        let mut next = filled(0u32, self.columns as usize)?;
        next.copy_from_slice(span(&offsets, 0, self.columns));
        let mut indices = filled(0u32, self.indices.len())?;
        let mut values = filled(0.0, self.indices.len())?;
        for row in 0..self.rows() {
            let (columns, entries) = self.row(row);
            for (column, value) in columns.iter().zip(entries) {
                let place = at(&next, *column);
                put(&mut next, *column, place + 1);
                put(&mut indices, place, row);
                put(&mut values, place, *value);
            }
        }
        Ok(Self { columns: self.rows(), offsets, indices, values })
    }

    /// The first row that differs from its column, bit for bit; `None` for a symmetric matrix.
    /// A cursor per row moves on as its mirror images come by in ascending order. O(entries).
    pub fn first_asymmetric_row(&self) -> Result<Option<u32>, Refusal> {
        if self.rows() != self.columns {
            return Ok(Some(0));
        }
        let mut cursors = filled(0u32, self.rows() as usize)?;
        cursors.copy_from_slice(span(&self.offsets, 0, self.rows()));
        for row in 0..self.rows() {
            let (columns, values) = self.row(row);
            for (column, value) in columns.iter().zip(values) {
                let place = at(&cursors, *column);
                let inside = place < self.ends(*column).1;
                if !inside
                    || at(&self.indices, place) != row
                    || at(&self.values, place).to_bits() != value.to_bits()
                {
                    return Ok(Some(row));
                }
                put(&mut cursors, *column, place + 1);
            }
        }
        Ok(None)
    }
}

/// |d| - r and its sign, with the rounding of a sum of `terms` numbers taken off: never above the
/// true value. Between the two limits the row counts as balanced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Slack {
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Slack {
    #[inline]
    pub(crate) fn of(diagonal: f64, others: f64, terms: u32) -> Self {
        let middle = diagonal.abs() - others;
        let rounding = (f64::from(terms) + 2.0) * ROUNDOFF * (diagonal.abs() + others);
        Self { least: middle - rounding, most: middle + rounding }
    }
}

/// What was measured of a square matrix. Gaps and slacks are lower limits: rounding is taken off.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The diagonal.
    pub diagonal: Vec<f64>,
    /// The first row that is not mirrored, or `None`.
    pub asymmetric_row: Option<u32>,
    /// The first row whose diagonal entry is not positive.
    pub unsigned_row: Option<u32>,
    /// The first row with a positive entry off the diagonal.
    pub positive_row: Option<u32>,
    /// Rows by dominance.
    pub by_rows: Dominance,
    /// Columns by dominance.
    pub by_columns: Dominance,
    /// Least and greatest size off the diagonal, without zeros; (0, 0) when there is none.
    pub off_diagonal: (f64, f64),
}

/// Dominance of the diagonal over rows or over columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dominance {
    /// Least |d| - r.
    pub slack: f64,
    /// Least 1 - r/|d|.
    pub gap: f64,
    /// The line that lacks most beyond rounding, and the relative lack; `None` when all are weakly dominant.
    pub worst: Option<(u32, f64)>,
    /// Every line is strictly dominant.
    pub strict: bool,
}

impl Dominance {
    const ALL: Self = Self { slack: f64::INFINITY, gap: f64::INFINITY, worst: None, strict: true };

    #[inline(never)]
    fn take(&mut self, line: u32, diagonal: f64, others: f64, terms: u32) {
        let slack = Slack::of(diagonal, others, terms);
        self.slack = self.slack.min(slack.least);
        self.gap = self.gap.min(slack.least / diagonal.abs());
        self.strict &= slack.least > 0.0;
        let lack = -slack.most / diagonal.abs();
        if slack.most < 0.0 && self.worst.is_none_or(|(_, worst)| lack > worst) {
            self.worst = Some((line, lack));
        }
    }
}

impl Facts {
    pub(crate) const fn new() -> Self {
        Self {
            diagonal: Vec::new(),
            asymmetric_row: None,
            unsigned_row: None,
            positive_row: None,
            by_rows: Dominance::ALL,
            by_columns: Dominance::ALL,
            off_diagonal: (f64::INFINITY, 0.0),
        }
    }

    /// Measures a matrix; refuses what has no full diagonal. O(entries).
    pub fn measure(a: &Matrix) -> Result<Self, Refusal> {
        let mut facts = Self::new();
        facts.take(a)?;
        Ok(facts)
    }

    /// The same, into new facts.
    #[inline(never)]
    pub(crate) fn take(&mut self, a: &Matrix) -> Result<(), Refusal> {
        let facts = self;
        if a.rows() != a.columns() {
            return Err(Why::NotSquare.plain());
        }
        let n = a.rows() as usize;
        let asymmetric_row = a.first_asymmetric_row()?;
        facts.asymmetric_row = asymmetric_row;
        facts.diagonal = filled(0.0, n)?;
        // Of a symmetric matrix the columns are the rows.
        let columns = if asymmetric_row.is_some() { n } else { 0 };
        let (mut column_sums, mut column_terms) = (filled(0.0, columns)?, filled(0u32, columns)?);
        for row in 0..a.rows() {
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
                    facts.off_diagonal = (facts.off_diagonal.0.min(size), facts.off_diagonal.1.max(size));
                }
                if *value > 0.0 && facts.positive_row.is_none() {
                    facts.positive_row = Some(row);
                }
                add(&mut column_sums, *column, size);
                up(&mut column_terms, *column);
            }
            if diagonal == 0.0 {
                return Err(Why::ZeroDiagonal.row(row));
            }
            if diagonal < 0.0 && facts.unsigned_row.is_none() {
                facts.unsigned_row = Some(row);
            }
            if !others.is_finite() {
                return Err(Why::Overflow.plain());
            }
            facts.by_rows.take(row, diagonal, others, indices.len() as u32);
            put(&mut facts.diagonal, row, diagonal);
        }
        facts.by_columns = facts.by_rows;
        if asymmetric_row.is_some() {
            facts.by_columns = Dominance::ALL;
            for (column, diagonal) in (0..).zip(&facts.diagonal) {
                let sum = at(&column_sums, column);
                if !sum.is_finite() {
                    return Err(Why::Overflow.plain());
                }
                facts.by_columns.take(column, *diagonal, sum, at(&column_terms, column));
            }
        }
        if facts.off_diagonal.1 == 0.0 {
            facts.off_diagonal.0 = 0.0;
        }
        Ok(())
    }

    /// Symmetric with a positive diagonal: with dominance, positive definite (or a singular Laplacian).
    #[must_use]
    pub const fn is_symmetric_positive(&self) -> bool {
        self.asymmetric_row.is_none() && self.unsigned_row.is_none()
    }
}
