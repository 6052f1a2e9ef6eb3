//! JOURNAL_SEG: what was deleted when. Informative; the manifest's list decides.

use crate::error::Result;
use crate::forever::JOURNAL_ENTRY_LEN;
use crate::wire::Cursor;
use alloc::vec::Vec;

/// A journal segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// The commit it belongs to.
    pub epoch: u32,
    /// Ids that were deleted, as written; ids that never existed may be among them.
    pub deleted: Vec<u64>,
}

impl Journal {
    /// Reads a payload that lies at the absolute `offset`. Entries of other kinds are skipped.
    pub fn parse(payload: &[u8], offset: u64) -> Result<Self> {
        let mut c = Cursor::new(payload, offset);
        let count = c.u32("journal entry count")?;
        let epoch = c.u32("journal epoch")?;
        c.u64("previous journal")?;
        let at = c.offset();
        let entries = c.sized(u64::from(count) * JOURNAL_ENTRY_LEN as u64, "journal entries")?;
        let mut c = Cursor::new(entries, at);
        let mut deleted = Vec::with_capacity(count as usize);
        for _ in 0..count {
            let kind = c.u8("journal entry")?;
            c.u8("journal entry")?;
            let len = c.u16("journal entry")?;
            let id = c.u64("journal entry")?;
            if (kind, len) == (1, 8) {
                deleted.push(id);
            }
        }
        Ok(Self { epoch, deleted })
    }
}
