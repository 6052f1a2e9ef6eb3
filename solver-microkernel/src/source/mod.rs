//! Streams the vectors of a file, whatever their layout, through one fixed buffer.
//!
//! Nothing here waits: [`Source`] says which bytes it wants and goes on when it is called again.
//! However the vectors lie, they come out as rows of {id u64, f32 x dimension} in file order.

mod blocks;
mod prelude;
mod rows;

use crate::directory::Segment;
use crate::fault::{Fault, Result, Status};
use crate::limits::{BLOCK_BYTES, BLOCK_ROWS, MAX_VARINT, READS_PER_STEP};
use crate::memory::{push, zeroed};
use alloc::vec::Vec;
use blocks::{Block, Stage};
use rvf_format::Metric;
use rvf_format::forever::ID_LEN;
use rvf_format::read::vectors::VecLayout;

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

/// What the manifest says.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) dimension: u16,
    pub(crate) metric: Metric,
}

/// A segment of vectors and how they lie.
struct Vectors {
    segment: Segment,
    layout: VecLayout,
}

/// What [`Source::advance`] came to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// The reads must be served.
    Reads,
    /// Rows are in the buffer.
    Chunk,
    /// No more rows.
    End,
}

/// Rows in the buffer.
pub(crate) struct Chunk<'a> {
    /// An id and elements for each row.
    pub(crate) bytes: &'a [u8],
    /// Bytes of a row.
    pub(crate) stride: usize,
    /// Number of the first row in the file.
    pub(crate) first: u64,
}

impl<'a> Chunk<'a> {
    /// The rows: number in the file, id, elements.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (u64, u64, &'a [u8])> {
        let rows = self.bytes.chunks_exact(self.stride).filter_map(|row| row.split_first_chunk::<ID_LEN>());
        (self.first..).zip(rows).map(|(number, (id, elements))| (number, u64::from_le_bytes(*id), elements))
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len().checked_div(self.stride).unwrap_or_default()
    }
}

/// Where the stream stands.
enum State {
    Head(prelude::Stage),
    Plan,
    RowsAsked(usize),
    Block(Stage),
    Chunk(usize),
}

/// The stream of a job.
pub(crate) struct Source {
    buffer: Vec<u8>,
    reads: Vec<Read>,
    state: State,
    facts: Facts,
    deleted: Vec<u64>,
    vectors: Vec<Vectors>,
    ids_only: bool,
    /// Segment, and row in it or block of it.
    at: usize,
    row: u32,
    block: Block,
    /// Rows that the buffer holds, of each layout.
    rows_capacity: usize,
    tile_capacity: usize,
    /// Rows given out before those in the buffer.
    passed: u64,
}

impl Source {
    pub(crate) const fn new() -> Self {
        Self {
            buffer: Vec::new(),
            reads: Vec::new(),
            state: State::Head(prelude::Stage::Start),
            facts: Facts { dimension: 0, metric: Metric::L2 },
            deleted: Vec::new(),
            vectors: Vec::new(),
            ids_only: false,
            at: 0,
            row: 0,
            block: Block::NONE,
            rows_capacity: 0,
            tile_capacity: 0,
            passed: 0,
        }
    }

    pub(crate) const fn facts(&self) -> Facts {
        self.facts
    }

    /// True for an id in the manifest's deleted list.
    #[inline]
    pub(crate) fn is_deleted(&self, id: u64) -> bool {
        !self.deleted.is_empty() && self.deleted.binary_search(&id).is_ok()
    }

    pub(crate) fn reads(&self) -> &[Read] {
        &self.reads
    }

    /// The buffer that reads go to.
    pub(crate) fn buffer_mut(&mut self) -> &mut [u8] {
        &mut self.buffer
    }

    fn dimension(&self) -> usize {
        self.facts.dimension.into()
    }

    /// Bytes of a row as the file has it.
    fn row_len(&self) -> usize {
        ID_LEN + 4 * self.dimension()
    }

    /// Bytes of a row in the buffer.
    fn stride(&self) -> usize {
        if self.ids_only { ID_LEN } else { self.row_len() }
    }

    /// Starts over at the first row. With `ids_only`, rows come without elements.
    pub(crate) fn rewind(&mut self, ids_only: bool) -> Result<()> {
        self.ids_only = ids_only;
        (self.at, self.row, self.passed) = (0, 0, 0);
        self.block = Block::NONE;
        self.state = State::Plan;
        self.reads.clear();
        if self.rows_capacity == 0 {
            self.size_buffer()?;
        }
        Ok(())
    }

    /// The buffer holds as many rows as fit in a block; at least one, at most those of the file.
    fn size_buffer(&mut self) -> Result<()> {
        let row = self.row_len();
        let in_rows = |v: &Vectors| if let VecLayout::Rows(r) = v.layout { u64::from(r.count) } else { 0 };
        let rows = self.vectors.iter().map(in_rows).fold(0, u64::saturating_add);
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        let has_blocks = self.vectors.iter().any(|v| matches!(v.layout, VecLayout::Blocks { .. }));
        // Rows, their ids as stored, their columns as stored.
        let tile_row = row + MAX_VARINT + 4 * self.dimension();
        let fit = |len: usize| BLOCK_BYTES.checked_div(len).unwrap_or_default().clamp(1, BLOCK_ROWS);
        self.rows_capacity = fit(row).min(rows).max(1);
        self.tile_capacity = if has_blocks { fit(tile_row) } else { 0 };
        let ids = ID_LEN * READS_PER_STEP.min(rows);
        let need = (self.rows_capacity * row).max(self.tile_capacity * tile_row).max(ids).max(64);
        self.buffer = Vec::new();
        self.buffer = zeroed(need)?;
        Ok(())
    }

    /// Asks for `len` bytes at `offset` of `segment`, to `to` in the buffer.
    fn ask(&mut self, segment: Segment, offset: u64, len: usize, to: usize) -> Result<()> {
        if len == 0 {
            return Ok(());
        }
        let fits = to.checked_add(len).is_some_and(|end| end <= self.buffer.len());
        let (Ok(len), Ok(to), true) = (u32::try_from(len), u32::try_from(to), fits) else {
            return Err(Fault::memory(len).at(segment.index, offset));
        };
        if offset.checked_add(len.into()).is_none_or(|end| end > segment.len) {
            let words = "the segment ends before the bytes that it says it has";
            return Err(Fault::plain(Status::Data, words).at(segment.index, offset));
        }
        // Only wasm has addresses; the buffer stays where it is until the next step.
        let base = if cfg!(target_arch = "wasm32") { self.buffer.as_ptr() as usize as u32 } else { 0 };
        push(
            &mut self.reads,
            Read { segment: segment.index, dst: base.wrapping_add(to), offset, len, zero: 0 },
        )
    }

    /// Goes on until bytes are wanted or rows are there.
    pub(crate) fn advance(&mut self) -> Result<Flow> {
        loop {
            match self.state {
                State::Head(_) => return Ok(Flow::End),
                State::Plan => match self.vectors.get(self.at).map(|v| v.layout) {
                    None => return Ok(Flow::End),
                    Some(VecLayout::Rows(_)) => {
                        let rows = self.ask_rows()?;
                        if rows > 0 {
                            self.state = State::RowsAsked(rows);
                            return Ok(Flow::Reads);
                        }
                    }
                    Some(VecLayout::Blocks { count }) if self.block.number < count => {
                        let within = self.block.row > 0;
                        self.state = State::Block(if within { Stage::Tile } else { Stage::Entry });
                    }
                    Some(VecLayout::Blocks { .. }) => {
                        self.at += 1;
                        self.block = Block::NONE;
                    }
                },
                State::RowsAsked(rows) => {
                    self.reads.clear();
                    self.state = State::Chunk(rows);
                }
                State::Block(stage) => {
                    self.state = self.block_step(stage)?;
                    if !self.reads.is_empty() {
                        return Ok(Flow::Reads);
                    }
                }
                State::Chunk(_) => return Ok(Flow::Chunk),
            }
        }
    }

    /// The rows in the buffer.
    pub(crate) fn chunk(&self) -> Chunk<'_> {
        let rows = if let State::Chunk(rows) = self.state { rows } else { 0 };
        let stride = self.stride();
        Chunk { bytes: self.buffer.get(..rows * stride).unwrap_or_default(), stride, first: self.passed }
    }

    /// Lets go of the rows in the buffer.
    pub(crate) fn release(&mut self) {
        if let State::Chunk(rows) = self.state {
            self.passed = self.passed.saturating_add(rows as u64);
            self.state = State::Plan;
        }
    }

    /// Frees what only a running job needs.
    pub(crate) fn close(&mut self) {
        self.buffer = Vec::new();
        self.reads = Vec::new();
        self.vectors = Vec::new();
        self.deleted = Vec::new();
    }
}
