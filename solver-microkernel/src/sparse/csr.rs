//! A matrix in memory by compressed sparse rows, and its measured facts.

use super::access::{add, at, put};
use super::limits::{MAX_ENTRIES, ROUNDOFF};
use super::refusal::{Refusal, Why, fill};
use solver_kernels::access::{span, up};
use solver_kernels::local::look;
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

    /// Where the rows start, for a cursor in each.
    fn cursors(&self, out: &mut Vec<u32>) -> Result<(), Refusal> {
        fill(out, 0, self.rows() as usize)?;
        out.copy_from_slice(span(&self.all.offsets, 0, self.rows()));
        Ok(())
    }

    /// The same matrix by columns, into an empty one: entry (i, j) at row j. O(entries).
    pub(crate) fn transpose(&self, out: &mut Self) -> Result<(), Refusal> {
        (out.rows, out.columns) = (self.columns, self.rows);
        fill(&mut out.all.offsets, 0, self.columns as usize + 1)?;
        for column in &self.all.indices {
            up(&mut out.all.offsets, column + 1);
        }
        let mut total = 0;
        for offset in &mut out.all.offsets {
            total += *offset;
            *offset = total;
        }
        let mut next = Vec::new();
        out.cursors(&mut next)?;
        fill(&mut out.all.indices, 0, self.entries() as usize)?;
        fill(&mut out.all.values, 0.0, self.entries() as usize)?;
        for row in 0..self.rows() {
            let (columns, entries) = self.row(row);
            for (column, value) in columns.iter().zip(entries) {
                let place = at(&next, *column);
                up(&mut next, *column);
                put(&mut out.all.indices, place, row);
                put(&mut out.all.values, place, *value);
            }
        }
        Ok(())
    }

    /// Finds the first row that differs from its column, bit for bit; none in a symmetric matrix.
    /// A cursor per row moves on as its mirror images come by in ascending order. O(entries).
    #[inline(never)]
    pub(crate) fn find_asymmetry(&self, found: &mut Option<u32>) -> Result<(), Refusal> {
        *found = Some(0);
        if self.rows() != self.columns {
            return Ok(());
        }
        let mut cursors = Vec::new();
        self.cursors(&mut cursors)?;
        for row in 0..self.rows() {
            let (columns, values) = self.row(row);
            for (column, value) in columns.iter().zip(values) {
                let place = at(&cursors, *column);
                up(&mut cursors, *column);
                if place >= self.ends(*column).1
                    || at(&self.all.indices, place) != row
                    || at(&self.all.values, place).to_bits() != value.to_bits()
                {
                    *found = Some(row);
                    return Ok(());
                }
            }
        }
        *found = None;
        Ok(())
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
#[derive(Debug)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Clone))]
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
        self.slack = least(self.slack, slack.least);
        self.gap = least(self.gap, slack.least / diagonal.abs());
        self.strict &= slack.least > 0.0;
        let lack = -slack.most / diagonal.abs();
        if slack.most < 0.0 && self.worst.is_none_or(|(_, worst)| lack > worst) {
            self.worst = Some((line, lack));
        }
    }
}

impl Default for Facts {
    fn default() -> Self {
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
        let facts = self;
        if a.rows() != a.columns() {
            return Err(Why::NotSquare.plain());
        }
        let n = a.rows() as usize;
        a.find_asymmetry(&mut facts.asymmetric_row)?;
        fill(&mut facts.diagonal, 0.0, n)?;
        // Of a symmetric matrix the columns are the rows.
        let columns = if facts.asymmetric_row.is_some() { n } else { 0 };
        let (mut column_sums, mut column_terms) = (Vec::new(), Vec::new());
        fill(&mut column_sums, 0.0, columns)?;
        fill(&mut column_terms, 0, columns)?;
        let (mut smallest, mut greatest) = facts.off_diagonal;
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
                smallest = if size > 0.0 && size < smallest { size } else { smallest };
                greatest = if size > greatest { size } else { greatest };
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
        if facts.asymmetric_row.is_some() {
            facts.by_columns = Dominance::ALL;
            for (column, diagonal) in (0..).zip(&facts.diagonal) {
                let sum = at(&column_sums, column);
                if !sum.is_finite() {
                    return Err(Why::Overflow.plain());
                }
                facts.by_columns.take(column, *diagonal, sum, at(&column_terms, column));
            }
        }
        facts.off_diagonal = (if greatest == 0.0 { 0.0 } else { smallest }, greatest);
        Ok(())
    }

    /// Symmetric with a positive diagonal: with dominance, positive definite (or a singular Laplacian).
    #[must_use]
    pub const fn is_symmetric_positive(&self) -> bool {
        self.asymmetric_row.is_none() && self.unsigned_row.is_none()
    }
}
