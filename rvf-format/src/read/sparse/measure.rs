//! Measuring what the head of a matrix states.

use super::{Entry, Kind, Properties, Sparse};
use crate::error::Result;
use alloc::vec::Vec;

/// Gathers the properties of a matrix from its rows, in order. Memory: 24 bytes per column.
#[derive(Clone, Debug)]
pub struct Measure {
    square: bool,
    rows: u64,
    next_row: u64,
    m_sign: bool,
    row_gap: f64,
    row_slack: f64,
    off_diagonal: (f64, f64),
    row_sum: (f64, f64),
    max_row_len: u64,
    column_off: Vec<f64>,
    column_len: Vec<u64>,
    diagonal: Vec<f64>,
}

impl Measure {
    /// For a matrix of `rows` by `columns`. A dense array and a matrix that is not square have no diagonal.
    #[must_use]
    pub fn new(kind: Kind, rows: u64, columns: u64) -> Self {
        let columns = usize::try_from(columns).unwrap_or(usize::MAX);
        let infinite = (f64::INFINITY, f64::NEG_INFINITY);
        Self {
            square: kind == Kind::Csr && rows == columns as u64,
            rows,
            next_row: 0,
            m_sign: true,
            row_gap: f64::INFINITY,
            row_slack: f64::INFINITY,
            off_diagonal: infinite,
            row_sum: infinite,
            max_row_len: 0,
            column_off: alloc::vec![0.0; columns],
            column_len: alloc::vec![0; columns],
            diagonal: alloc::vec![0.0; columns],
        }
    }

    /// Adds the next row, columns ascending.
    pub fn row(&mut self, entries: impl Iterator<Item = Entry>) {
        let (mut len, mut sum, mut off, mut diagonal) = (0, 0.0, 0.0, 0.0);
        for (column, value) in entries {
            len += 1;
            sum += value;
            let index = column as usize;
            if let Some(count) = self.column_len.get_mut(index) {
                *count += 1;
            }
            if self.square && column == self.next_row {
                diagonal = value;
                continue;
            }
            let size = value.abs();
            off += size;
            self.m_sign &= value <= 0.0;
            if let Some(total) = self.column_off.get_mut(index) {
                *total += size;
            }
            if size > 0.0 {
                self.off_diagonal = (self.off_diagonal.0.min(size), self.off_diagonal.1.max(size));
            }
        }
        if let Some(slot) = self.diagonal.get_mut(self.next_row as usize) {
            *slot = diagonal;
        }
        self.m_sign &= diagonal > 0.0;
        self.row_gap = self.row_gap.min(gap(diagonal, off));
        self.row_slack = self.row_slack.min(diagonal.abs() - off);
        self.row_sum = (self.row_sum.0.min(sum), self.row_sum.1.max(sum));
        self.max_row_len = self.max_row_len.max(len);
        self.next_row += 1;
    }

    /// What was measured; `symmetric` is for the caller to say.
    #[must_use]
    pub fn finish(self, symmetric: bool) -> Properties {
        let columns = self.diagonal.iter().zip(&self.column_off);
        let column_gap = columns.clone().map(|(d, off)| gap(*d, *off)).fold(f64::INFINITY, f64::min);
        let column_slack = columns.map(|(d, off)| d.abs() - off).fold(f64::INFINITY, f64::min);
        let sizes = || self.diagonal.iter().map(|d| d.abs());
        let complete = self.square && self.rows > 0;
        let known = |value: f64| if complete && value.is_finite() { value } else { f64::NEG_INFINITY };
        let finite = |(low, high): (f64, f64)| if low <= high { (low, high) } else { (0.0, 0.0) };
        Properties {
            symmetric: symmetric && self.square,
            m_sign: complete && self.m_sign,
            full_diagonal: complete && sizes().all(|d| d > 0.0),
            row_gap: known(self.row_gap),
            column_gap: known(column_gap),
            row_slack: known(self.row_slack),
            column_slack: known(column_slack),
            diagonal: if complete {
                finite((sizes().fold(f64::INFINITY, f64::min), sizes().fold(f64::NEG_INFINITY, f64::max)))
            } else {
                (0.0, 0.0)
            },
            off_diagonal: finite(self.off_diagonal),
            row_sum: finite(self.row_sum),
            max_row_len: self.max_row_len,
            max_column_len: self.column_len.iter().copied().max().unwrap_or(0),
        }
    }
}

fn gap(diagonal: f64, off: f64) -> f64 {
    if diagonal == 0.0 { f64::NEG_INFINITY } else { 1.0 - off / diagonal.abs() }
}

/// Measures a stored matrix again, symmetry included. O(entries log row).
pub fn measure(matrix: &Sparse<'_>) -> Result<Properties> {
    let head = matrix.head();
    let mut measure = Measure::new(head.kind, head.rows, head.columns);
    let mut symmetric = head.rows == head.columns && head.kind == Kind::Csr;
    for row in 0..head.rows {
        measure.row(matrix.row(row)?);
        if symmetric {
            for (column, value) in matrix.row(row)? {
                symmetric &= matrix.find(column, row)?.map(f64::to_bits) == Some(value.to_bits());
            }
        }
    }
    Ok(measure.finish(symmetric))
}
