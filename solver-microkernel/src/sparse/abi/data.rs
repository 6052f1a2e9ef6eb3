//! What operations work on.

use super::files::File;
use crate::lists;
use crate::sparse::refusal::{Refusal, Why, fill};
use crate::sparse::{Inflow, Local, Matrix};
use solver_lists::Vec;

/// A graph in memory; it outlives the job that read it.
pub(crate) struct Graph {
    pub(crate) matrix: Matrix,
    /// The matrix is complete.
    pub(crate) is_loaded: bool,
    /// The segment whose graph is kept for the next job.
    pub(crate) kept: Option<u32>,
    /// What can come together at its nodes, with this alpha; zero when that was never asked.
    pub(crate) inflow: Inflow,
    pub(crate) alpha: f64,
}
solver_lists::blank!(Graph { matrix, is_loaded, kept, inflow, alpha });

/// The right-hand side.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// One everywhere.
    Ones,
    /// By row, ascending; zero elsewhere.
    Listed,
    /// In memory.
    Held,
    /// In the file.
    Stored,
}
solver_lists::blank!(enum Side = Ones);

/// Vectors, and rows that were read one by one.
pub(crate) struct Data {
    pub(crate) local: Local,
    pub(crate) side: Side,
    /// The rows of b that are listed.
    pub(crate) rows: Vec<u64>,
    pub(crate) b: Vec<f64>,
    pub(crate) x: Vec<f64>,
    /// Bytes read row by row.
    pub(crate) bytes: u64,
}
solver_lists::blank!(Data { local, side, rows, b, x, bytes });

impl Data {
    /// The element of b in a row, unless it is in the file.
    pub(crate) fn element(&self, row: u32) -> f64 {
        let place = match self.side {
            Side::Ones => return 1.0,
            Side::Listed => lists::find(&self.rows, row.into()).unwrap_or(usize::MAX),
            Side::Held | Side::Stored => row as usize,
        };
        self.b.get(place).copied().unwrap_or_default()
    }

    /// b in full, for `n` rows, into `out`; from memory where it is there.
    #[inline(never)]
    pub(crate) fn whole(&mut self, n: u32, out: &mut Vec<f64>) -> Result<(), Refusal> {
        let value = match self.side {
            Side::Ones => 1.0,
            Side::Listed => 0.0,
            Side::Held | Side::Stored => {
                core::mem::swap(out, &mut self.b);
                return Ok(());
            }
        };
        fill(out, value, n as usize)?;
        for (row, value) in self.rows.iter().zip(&self.b) {
            crate::sparse::access::put(out, narrow(*row, n)?, *value);
        }
        Ok(())
    }

    /// Bytes of an element of b that is in the file.
    pub(crate) fn width(&self, b: Option<&File>) -> u64 {
        match b {
            Some(b) if self.side == Side::Stored => b.head.value_type.width(),
            _ => 0,
        }
    }
}

/// A row number of a request, which must be below the number of rows.
fn narrow(id: u64, rows: u32) -> Result<u32, Refusal> {
    if id < rows.into() { Ok(id as u32) } else { Err(Why::NoRow.at(id)) }
}

/// The same for a list.
#[inline(never)]
pub(crate) fn narrow_ids(ids: &[u64], rows: u32, out: &mut Vec<u32>) -> Result<(), Refusal> {
    fill(out, 0, ids.len())?;
    for (out, id) in out.iter_mut().zip(ids) {
        *out = narrow(*id, rows)?;
    }
    Ok(())
}
