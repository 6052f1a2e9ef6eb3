//! Streams the vectors of a file, whatever their layout, through one fixed buffer.
//!
//! Nothing here waits: [`Source`] says which bytes it wants and goes on when it is called again.
//! However the vectors lie, they come out as rows of {id u64, f32 x dimension} in file order.
//! Each `Stage` is what to do once the bytes asked for before are there.

mod blocks;
mod layout;
mod prelude;
mod rows;

use crate::directory::{Directory, Layout, Segment};
use crate::limits::{BLOCK_BYTES, BLOCK_ROWS, MAX_VARINT, READS_PER_STEP};
use crate::lists::{find, push, zeroed};
use crate::report::{Report, Result};
use crate::sentence::Sentence;
use crate::wire::clamp;
use blocks::Block;
use rvf_format::forever::ID_LEN;
use solver_lists::Vec;

/// One read: these bytes of a segment's payload to this place. The fields lie as in the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Read {
    /// An index of the directory.
    pub segment: u32,
    /// In wasm an address of the linear memory, otherwise an offset in the instance's buffer.
    pub dst: u32,
    /// First byte, counted from the payload.
    pub offset: u64,
    /// Bytes.
    pub len: u32,
    /// Zero.
    pub zero: u32,
}

/// What [`Source::advance`] came to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// The reads must be served.
    Reads,
    /// Rows are in the buffer.
    Chunk,
    /// No more rows; at first: the dimension and the metric are known.
    End,
}

/// Rows in the buffer.
pub(crate) struct Chunk<'a> {
    /// An id and elements for each row.
    pub(crate) bytes: &'a [u8],
    /// Bytes of a row.
    stride: usize,
    /// Number of the first row in the file.
    first: u64,
}

/// The rows of a chunk: number in the file, id, elements.
pub(crate) struct Rows<'a> {
    bytes: &'a [u8],
    stride: usize,
    row: u64,
}

impl<'a> Chunk<'a> {
    pub(crate) const fn rows(&self) -> Rows<'a> {
        Rows { bytes: self.bytes, stride: self.stride, row: self.first }
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = (u64, u64, &'a [u8]);

    #[inline(always)] // a call for each row is felt where the engine checks a deadline at each call
    fn next(&mut self) -> Option<Self::Item> {
        let (this, rest) = self.bytes.split_at_checked(self.stride)?;
        let (id, elements) = this.split_first_chunk::<ID_LEN>()?;
        self.bytes = rest;
        self.row += 1;
        Some((self.row - 1, u64::from_le_bytes(*id), elements))
    }
}

/// What comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    // Before the rows.
    Start,
    Manifest,
    DeletedCount,
    Deleted,
    Heads,
    Known,
    // The rows.
    Plan,
    Entry,
    IdMap,
    Columns,
    Chunk,
}
solver_lists::blank!(enum Stage = Start);

/// The stream of a job.
pub(crate) struct Source {
    buffer: Vec<u8>,
    pub(crate) reads: Vec<Read>,
    stage: Stage,
    /// Elements of each vector.
    pub(crate) dimension: usize,
    /// Its number in the manifest.
    pub(crate) metric: u8,
    deleted: Vec<u64>,
    /// At most this many rows are in the file.
    pub(crate) most_rows: usize,
    ids_only: bool,
    /// Number of the segment, and of the row or block in it.
    at: usize,
    row: u32,
    block: Block,
    /// Where the deleted list goes on, and ids left in it.
    list_at: u64,
    left: u32,
    /// Segment heads, rows or columns asked for so far.
    asked: usize,
    /// Rows in the buffer, or on the way to it.
    rows: usize,
    /// Rows that the buffer holds, of each layout.
    rows_capacity: usize,
    tile_capacity: usize,
    /// Bytes of the buffer while rows are read.
    need: usize,
    /// Rows given out before those in the buffer.
    passed: u64,
}
solver_lists::blank!(Source {
    buffer,
    reads,
    stage,
    dimension,
    metric,
    deleted,
    most_rows,
    ids_only,
    at,
    row,
    block,
    list_at,
    left,
    asked,
    rows,
    rows_capacity,
    tile_capacity,
    need,
    passed
});

impl Source {
    /// True for an id in the manifest's deleted list.
    #[inline]
    pub(crate) fn is_deleted(&self, id: u64) -> bool {
        !self.deleted.is_empty() && find(&self.deleted, id).is_some()
    }

    /// The buffer that reads go to.
    pub(crate) fn buffer_mut(&mut self) -> &mut [u8] {
        &mut self.buffer
    }

    /// Bytes of a row as the file has it.
    const fn row_len(&self) -> usize {
        ID_LEN + 4 * self.dimension
    }

    #[inline(always)]
    const fn ids_only(&self) -> bool {
        cfg!(feature = "rows") && self.ids_only
    }

    /// Bytes of a row in the buffer.
    const fn stride(&self) -> usize {
        if self.ids_only() { ID_LEN } else { self.row_len() }
    }

    /// Starts over at the first row. With `ids_only`, rows come without elements.
    ///
    /// The buffer is made here, after what the operation holds for the whole job, so that it is the
    /// last block of the memory and its room can be used for other sizes once it is freed.
    pub(crate) fn rewind(&mut self, ids_only: bool, report: &mut Report) -> Result<()> {
        self.ids_only = cfg!(feature = "rows") && ids_only;
        (self.at, self.row, self.passed) = (0, 0, 0);
        solver_lists::reset(&mut self.block);
        self.stage = Stage::Plan;
        if self.buffer.len() == self.need {
            return Ok(());
        }
        zeroed(&mut self.buffer, self.need, report)
    }

    /// The buffer holds as many rows as fit in a block; at least one, at most those of the file.
    #[inline(never)]
    fn size_buffer(&mut self, directory: &Directory) {
        let row = self.row_len();
        // Rows, their ids as stored, their columns as stored.
        let tile_row = row + MAX_VARINT + 4 * self.dimension;
        let mut all = 0u64;
        for vectors in &directory.vectors {
            all = all.saturating_add(match vectors.layout {
                Layout::Rows => vectors.count.into(),
                Layout::Blocks => {
                    self.tile_capacity = fit(tile_row);
                    // A row of a block takes its elements and at least a byte of id.
                    vectors.segment.len / (4 * self.dimension as u64 + 1)
                }
            });
        }
        self.most_rows = clamp(all);
        self.rows_capacity = fit(row).min(self.most_rows).max(1);
        let ids = ID_LEN * READS_PER_STEP.min(self.most_rows);
        self.need = (self.rows_capacity * row).max(self.tile_capacity * tile_row).max(ids).max(64);
    }

    /// Asks for `len` bytes at `offset` of `segment`, to `to` in the buffer.
    #[inline(never)]
    fn ask(
        &mut self,
        segment: &Segment,
        offset: u64,
        len: usize,
        to: usize,
        report: &mut Report,
    ) -> Result<()> {
        if len == 0 {
            return Ok(());
        }
        let index = segment.index;
        if offset > segment.len || len as u64 > segment.len - offset {
            return Err(report.data(Sentence::Ends, 0, 0, index, offset));
        }
        if len > self.buffer.len().saturating_sub(to) {
            return Err(report.memory(len as u64));
        }
        // Only wasm has addresses; the buffer stays where it is until the next step.
        let base = if cfg!(target_arch = "wasm32") { self.buffer.as_ptr() as usize } else { 0 };
        let dst = base.wrapping_add(to) as u32;
        push(&mut self.reads, Read { segment: index, dst, offset, len: len as u32, zero: 0 }, report)
    }

    /// Goes on until bytes are wanted or rows are there.
    #[inline(never)]
    pub(crate) fn advance(&mut self, directory: &mut Directory, report: &mut Report) -> Result<Flow> {
        loop {
            self.reads.clear();
            match self.stage {
                Stage::Known => return Ok(Flow::End),
                Stage::Chunk => return Ok(Flow::Chunk),
                Stage::Plan => match directory.vectors.get(self.at) {
                    None => return Ok(Flow::End),
                    Some(vectors) => match vectors.layout {
                        Layout::Rows => self.ask_rows(directory, report)?,
                        Layout::Blocks => self.plan_block(vectors, report)?,
                    },
                },
                Stage::Entry | Stage::IdMap | Stage::Columns => {
                    if let Some(vectors) = directory.vectors.get(self.at) {
                        self.block_step(&vectors.segment, report)?;
                    }
                }
                _ => self.prelude(directory, report)?,
            }
            if !self.reads.is_empty() {
                return Ok(Flow::Reads);
            }
        }
    }

    /// The rows in the buffer.
    pub(crate) fn chunk(&self) -> Chunk<'_> {
        let stride = self.stride();
        Chunk { bytes: self.buffer.get(..self.rows * stride).unwrap_or_default(), stride, first: self.passed }
    }

    /// Bytes of vectors that the rows in the buffer have.
    pub(crate) const fn chunk_bytes(&self) -> usize {
        self.rows * 4 * self.dimension
    }

    /// Rows in the buffer.
    pub(crate) const fn chunk_rows(&self) -> usize {
        self.rows
    }

    /// Lets go of the rows in the buffer.
    pub(crate) fn release(&mut self) {
        self.passed += self.rows as u64;
        self.stage = Stage::Plan;
    }

    /// Frees what only a running job needs.
    pub(crate) fn close(&mut self) {
        self.buffer = Vec::new();
        self.reads = Vec::new();
        self.deleted = Vec::new();
    }
}

/// Rows of `len` bytes in a block.
fn fit(len: usize) -> usize {
    (BLOCK_BYTES / len.max(1)).clamp(1, BLOCK_ROWS)
}
