//! Which rows are superseded: a row whose id comes again later in the file.
//!
//! Operations that give out rows as they go must know this beforehand, so the ids are read first.
//! Ids that strictly ascend need no memory and one pass. Otherwise all ids are collected (8 bytes
//! per row) and sorted; only those that repeat are kept, with the number of their last row.

use crate::fault::{Fault, Result, Status};
use crate::memory::{reserve, sort};
use crate::source::Chunk;
use alloc::vec::Vec;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    Order,
    Collect,
    LastRows,
}

/// Built in one to three passes over the ids, then asked for each row.
pub(crate) struct Live {
    pass: Pass,
    rows: u64,
    previous: Option<u64>,
    ascending: bool,
    ids: Vec<u64>,
    last_rows: Vec<u64>,
}

impl Live {
    pub(crate) const fn new() -> Self {
        Self {
            pass: Pass::Order,
            rows: 0,
            previous: None,
            ascending: true,
            ids: Vec::new(),
            last_rows: Vec::new(),
        }
    }

    /// Takes in the ids of a chunk.
    pub(crate) fn feed(&mut self, chunk: &Chunk<'_>) {
        for (row, id, _) in chunk.rows() {
            match self.pass {
                Pass::Order => {
                    self.rows += 1;
                    self.ascending &= self.previous.is_none_or(|previous| id > previous);
                    self.previous = Some(id);
                }
                Pass::Collect => {
                    if self.ids.len() < self.ids.capacity() {
                        self.ids.push(id);
                    }
                }
                Pass::LastRows => {
                    if let Ok(at) = self.ids.binary_search(&id)
                        && let Some(last) = self.last_rows.get_mut(at)
                    {
                        *last = row;
                    }
                }
            }
        }
    }

    /// Ends a pass; true when another one is needed.
    pub(crate) fn next_pass(&mut self) -> Result<bool> {
        match self.pass {
            Pass::Order => {
                if self.ascending {
                    return Ok(false);
                }
                let rows = usize::try_from(self.rows).ok();
                let reserved = rows.map(|rows| self.ids.try_reserve_exact(rows));
                if !matches!(reserved, Some(Ok(()))) {
                    let words = "the ids of this file do not ascend, so finding repeated ids needs # bytes of \
                                 memory, which it cannot grow by; allow more pages, or pack the file again";
                    return Err(Fault::new(Status::Memory, words, [self.rows.saturating_mul(8), 0]));
                }
                self.pass = Pass::Collect;
                Ok(true)
            }
            Pass::Collect => {
                sort(&mut self.ids);
                let mut before = None;
                // Keeps each id at its second appearance, then drops third and later ones.
                self.ids.retain(|id| before.replace(*id) == Some(*id));
                self.ids.dedup();
                self.ids.shrink_to_fit();
                self.pass = Pass::LastRows;
                let repeats = self.ids.len();
                reserve(&mut self.last_rows, repeats)?;
                self.last_rows.resize(repeats, 0);
                Ok(repeats > 0)
            }
            Pass::LastRows => Ok(false),
        }
    }

    /// True when a later row has the same id.
    #[inline]
    pub(crate) fn is_superseded(&self, id: u64, row: u64) -> bool {
        !self.ids.is_empty()
            && self
                .ids
                .binary_search(&id)
                .is_ok_and(|at| self.last_rows.get(at).is_some_and(|last| *last != row))
    }
}
