//! Row layouts: blocks of rows straight into the buffer, across segments.

use super::Source;
use crate::fault::Result;
use crate::limits::READS_PER_STEP;
use rvf_format::forever::ID_LEN;
use rvf_format::read::vectors::VecLayout;

impl Source {
    /// Asks for as many rows as the buffer holds; 0 when the next segment has another layout
    /// or there is none.
    pub(super) fn ask_rows(&mut self) -> Result<usize> {
        self.reads.clear();
        let stride = self.stride();
        let capacity = if self.ids_only { self.buffer.len() / ID_LEN } else { self.rows_capacity };
        let mut rows = 0;
        while let Some(vectors) = self.vectors.get(self.at)
            && let VecLayout::Rows(layout) = vectors.layout
            && rows < capacity
            && self.reads.len() < READS_PER_STEP
        {
            let segment = vectors.segment;
            let offset = layout.row_offset(self.row);
            let left = (layout.count - self.row) as usize;
            let take = if self.ids_only { left.min(1) } else { left.min(capacity - rows) };
            if take > 0 {
                self.ask(segment, offset, take * stride, rows * stride)?;
                rows += take;
            }
            if take == left {
                self.at += 1;
                self.row = 0;
            } else {
                self.row += take as u32;
            }
        }
        Ok(rows)
    }
}
