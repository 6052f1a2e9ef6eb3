//! Which rows are superseded: a row whose id comes again later in the file.
//!
//! Operations that give out rows as they go must know this beforehand, so the ids are read first.
//! Ids that strictly ascend need no memory and one pass. Otherwise all ids are collected (8 bytes
//! per row) and sorted; only those that repeat are kept, with the number of their last row.

use crate::lists::{find, put, reserve, set, sort, word, zeroed};
use crate::report::{Report, Result};
use crate::sentence::Sentence;
use crate::source::Chunk;
use solver_lists::Vec;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    Order,
    Collect,
    LastRows,
}
solver_lists::blank!(enum Pass = Order);

/// Built in one to three passes over the ids, then asked for each row.
pub(crate) struct Live {
    pass: Pass,
    rows: u64,
    /// The id before, in the first pass; the count of rows tells whether there is one.
    previous: u64,
    /// An id was not above the one before it.
    unordered: bool,
    ids: Vec<u64>,
    last_rows: Vec<u64>,
}
solver_lists::blank!(Live { pass, rows, previous, unordered, ids, last_rows });

impl Live {
    /// Takes in the ids of a chunk.
    #[inline(never)]
    pub(crate) fn feed(&mut self, chunk: &Chunk<'_>) {
        for (row, id, _) in chunk.rows() {
            match self.pass {
                Pass::Order => {
                    self.unordered |= self.rows > 0 && id <= self.previous;
                    self.rows += 1;
                    self.previous = id;
                }
                Pass::Collect => put(&mut self.ids, id),
                Pass::LastRows => {
                    if let Some(at) = find(&self.ids, id) {
                        set(&mut self.last_rows, at, row);
                    }
                }
            }
        }
    }

    /// Ends a pass; true when another one is needed.
    #[inline(never)]
    pub(crate) fn next_pass(&mut self, report: &mut Report) -> Result<bool> {
        match self.pass {
            Pass::Order if !self.unordered => Ok(false),
            Pass::Order => {
                self.pass = Pass::Collect;
                let rows = usize::try_from(self.rows).unwrap_or(usize::MAX);
                if reserve(&mut self.ids, rows, report).is_err() {
                    return Err(report.fail(Sentence::RepeatedIds, self.rows.saturating_mul(8), 0));
                }
                Ok(true)
            }
            Pass::Collect => {
                self.pass = Pass::LastRows;
                sort(&mut self.ids);
                // Keeps one of each id that is there more than once.
                let mut kept = 0;
                for at in 1..self.ids.len() {
                    let id = word(&self.ids, at);
                    let repeats = id == word(&self.ids, at - 1);
                    if repeats && (kept == 0 || word(&self.ids, kept - 1) != id) {
                        set(&mut self.ids, kept, id);
                        kept += 1;
                    }
                }
                self.ids.truncate(kept);
                zeroed(&mut self.last_rows, kept, report)?;
                Ok(kept > 0)
            }
            Pass::LastRows => Ok(false),
        }
    }

    /// True when a later row has the same id.
    #[inline]
    pub(crate) fn is_superseded(&self, id: u64, row: u64) -> bool {
        !self.ids.is_empty() && find(&self.ids, id).is_some_and(|at| word(&self.last_rows, at) != row)
    }
}
