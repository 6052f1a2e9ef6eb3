//! Bytes that are asked of the host, and the buffer that they come into.

use crate::directory::Segment;
use crate::source::Read;
use crate::sparse::refusal::{Refusal, Why, fill, push};
use solver_lists::Vec;

/// Reads, one behind the other in a buffer.
pub(crate) struct Asks {
    pub(crate) buffer: Vec<u8>,
    pub(crate) reads: Vec<Read>,
    /// Bytes that the reads fill.
    pub(crate) end: usize,
    /// Segment and offset of the last ask.
    pub(crate) last: (u32, u64),
}
solver_lists::blank!(Asks { buffer, reads, end, last });

impl Asks {
    /// Forgets the reads.
    pub(crate) fn clear(&mut self) {
        self.reads.clear();
        self.end = 0;
    }

    /// Asks for bytes behind those asked for before; of none nothing is asked.
    #[inline(never)]
    pub(crate) fn ask(&mut self, segment: Segment, offset: u64, len: usize) -> Result<(), Refusal> {
        if len == 0 {
            return Ok(());
        }
        self.last = (segment.index, offset);
        if offset.checked_add(len as u64).is_none_or(|end| end > segment.len) {
            return Err(Why::Ends.plain());
        }
        let dst = self.end as u32;
        self.end += len;
        push(&mut self.reads, Read { segment: segment.index, dst, offset, len: len as u32, zero: 0 })
    }

    /// Makes the buffer long enough, and the places in it addresses.
    pub(crate) fn place(&mut self) -> Result<(), Refusal> {
        if self.buffer.len() < self.end {
            fill(&mut self.buffer, 0, self.end)?;
        }
        // Only wasm has addresses; the buffer stays where it is until the next step.
        let base = if cfg!(target_arch = "wasm32") { self.buffer.as_ptr() as usize as u32 } else { 0 };
        for read in &mut self.reads {
            read.dst = read.dst.wrapping_add(base);
        }
        Ok(())
    }

    /// `len` bytes of the buffer from `at` on, which moves behind them; none where they are not there.
    #[inline(never)]
    pub(crate) fn take(&self, at: &mut usize, len: usize) -> &[u8] {
        let from = *at;
        *at += len;
        self.buffer.get(from..*at).unwrap_or_default()
    }
}
