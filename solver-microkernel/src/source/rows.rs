//! Row layouts: blocks of rows straight into the buffer, across segments.

use super::{Source, Stage};
use crate::directory::{Directory, Layout};
use crate::limits::READS_PER_STEP;
use crate::report::{Report, Result};
use rvf_format::forever::{ID_LEN, VEC_HEAD_LEN};

impl Source {
    /// Asks for as many rows as the buffer holds, up to a segment of another layout.
    #[inline(never)]
    pub(super) fn ask_rows(&mut self, directory: &Directory, report: &mut Report) -> Result<()> {
        let stride = self.stride();
        let capacity = if self.ids_only() { self.buffer.len() / ID_LEN } else { self.rows_capacity };
        let mut rows = 0;
        while let Some(vectors) = directory.vectors.get(self.at)
            && vectors.layout == Layout::Rows
            && rows < capacity
            && self.reads.len() < READS_PER_STEP
        {
            let offset = VEC_HEAD_LEN as u64 + self.row_len() as u64 * u64::from(self.row);
            let left = (vectors.count - self.row) as usize;
            let take = left.min(if self.ids_only() { 1 } else { capacity - rows });
            self.ask(&vectors.segment, offset, take * stride, rows * stride, report)?;
            rows += take;
            self.row += take as u32;
            if take == left {
                self.at += 1;
                self.row = 0;
            }
        }
        self.rows = rows;
        if rows > 0 {
            self.stage = Stage::Chunk;
        }
        Ok(())
    }
}
