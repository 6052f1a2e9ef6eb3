//! Between readers and the sorter.

use rvf_format::read::sparse::Kind;

use crate::error::{PackError, Result};
use crate::limits::MAX_LINES;
use crate::matrix::edges::Names;
use crate::matrix::sort::{Placed, Sorter};

/// What a reader found beside the entries.
pub(crate) struct Facts {
    pub(crate) kind: Kind,
    pub(crate) rows: u64,
    pub(crate) columns: u64,
    /// The input has no values.
    pub(crate) pattern: bool,
    /// What nodes are called.
    pub(crate) names: Option<Names>,
    /// What the user should know about the way it was read.
    pub(crate) note: Option<String>,
}

/// Takes entries from a reader.
pub(crate) struct Gather<'a> {
    sorter: Sorter,
    progress: &'a mut dyn FnMut(u64),
    /// Entries until progress is told next.
    quiet: u32,
}

/// Entries between two reports of progress.
const REPORT_EVERY: u32 = 1 << 15;

impl<'a> Gather<'a> {
    /// Entries go to `sorter`; `progress` is told how many bytes of the input are done.
    pub(crate) fn new(sorter: Sorter, progress: &'a mut dyn FnMut(u64)) -> Self {
        Self { sorter, progress, quiet: REPORT_EVERY }
    }

    /// Takes an entry, both numbers from 0.
    pub(crate) fn push(&mut self, row: u64, column: u64, value: f64) -> Result<()> {
        if row.max(column) >= MAX_LINES {
            let what =
                format!("row {row} or column {column} is beyond {MAX_LINES}, the most a file can hold");
            return Err(PackError::malformed(what).fix("number rows and columns without large gaps"));
        }
        self.sorter.push(Placed::new(row, column, value))
    }

    /// Says how far the input is read.
    pub(crate) fn tick(&mut self, bytes: u64) {
        self.quiet -= 1;
        if self.quiet == 0 {
            self.quiet = REPORT_EVERY;
            (self.progress)(bytes);
        }
    }

    /// The entries.
    pub(crate) fn into_sorter(self) -> Sorter {
        self.sorter
    }
}

/// Refuses a shape that no file can hold, before anything is read.
pub(crate) fn check_lines(rows: u64, columns: u64) -> std::result::Result<(), String> {
    if rows.max(columns) > MAX_LINES {
        return Err(format!(
            "a matrix of {rows} x {columns} is claimed, a file holds at most {MAX_LINES} rows and columns"
        ));
    }
    Ok(())
}
