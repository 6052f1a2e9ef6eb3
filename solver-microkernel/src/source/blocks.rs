//! Block-directory layout: columns and an id map, turned into rows a tile at a time.
//!
//! In the buffer lie, one behind the other: the tile's rows, its ids as stored, its columns as stored.

use super::{Source, State};
use crate::directory::Segment;
use crate::fault::{Fault, Result, Status};
use crate::limits::{MAX_VARINT, READS_PER_STEP};
use rvf_format::forever::ID_LEN;
use rvf_format::read::vectors::{BlockEntry, Dtype, IdMap};
use rvf_format::wire::Cursor;

/// The block being read.
#[derive(Clone, Copy)]
pub(super) struct Block {
    /// Its number in the segment's directory.
    pub(super) number: u32,
    entry: BlockEntry,
    map: IdMap,
    /// Offset of the next id as stored.
    ids_at: u64,
    previous: u64,
    /// Rows already given out.
    pub(super) row: u32,
}

impl Block {
    pub(super) const NONE: Self = Self {
        number: 0,
        entry: BlockEntry { offset: 0, count: 0, dimension: 0, dtype: Dtype::F32, tier: 0 },
        map: IdMap::Raw { count: 0 },
        ids_at: 0,
        previous: 0,
        row: 0,
    };

    /// Bytes to ask for so that the next `rows` ids are among them.
    fn id_bytes(&self, segment: Segment, rows: usize) -> usize {
        match self.map {
            IdMap::Raw { .. } => rows * ID_LEN,
            IdMap::DeltaVarint { .. } => {
                (rows * MAX_VARINT).min(usize::try_from(segment.len - self.ids_at).unwrap_or(usize::MAX))
            }
        }
    }
}

/// What comes next for the block.
#[derive(Clone, Copy)]
pub(super) enum Stage {
    Entry,
    EntryRead,
    MapRead,
    Tile,
    Columns { rows: usize, done: usize },
    Decode { rows: usize },
}

impl Source {
    /// One step of the block's reading; the reads it leaves must be served before the next.
    pub(super) fn block_step(&mut self, stage: Stage) -> Result<State> {
        self.reads.clear();
        let Some(segment) = self.vectors.get(self.at).map(|v| v.segment) else { return Ok(State::Plan) };
        let entry_at = 4 + u64::from(self.block.number) * BlockEntry::LEN as u64;
        match stage {
            Stage::Entry => {
                self.ask(segment, entry_at, BlockEntry::LEN, 0)?;
                Ok(State::Block(Stage::EntryRead))
            }
            Stage::EntryRead => {
                self.block.entry = self.entry(segment, entry_at)?;
                self.ask(segment, self.block.entry.id_map_offset(), IdMap::HEAD_LEN, 0)?;
                Ok(State::Block(Stage::MapRead))
            }
            Stage::MapRead => {
                self.id_map(segment)?;
                Ok(State::Block(Stage::Tile))
            }
            Stage::Tile => {
                let left = self.block.entry.count - self.block.row;
                if left == 0 {
                    self.block = Block { number: self.block.number + 1, ..Block::NONE };
                    return Ok(State::Plan);
                }
                let rows = self.tile_capacity.min(left as usize);
                let len = self.block.id_bytes(segment, rows);
                self.ask(segment, self.block.ids_at, len, rows * self.row_len())?;
                Ok(State::Block(Stage::Columns { rows, done: 0 }))
            }
            Stage::Columns { rows, done } => {
                if self.ids_only || done == self.dimension() {
                    return Ok(State::Block(Stage::Decode { rows }));
                }
                let first = rows * (self.row_len() + MAX_VARINT);
                let to = self.dimension().min(done + READS_PER_STEP);
                for column in done..to {
                    let offset = self.block.entry.element_offset(self.block.row, column as u32);
                    self.ask(segment, offset, 4 * rows, first + 4 * rows * column)?;
                }
                Ok(State::Block(Stage::Columns { rows, done: to }))
            }
            Stage::Decode { rows } => {
                self.decode(segment, rows)?;
                Ok(State::Chunk(rows))
            }
        }
    }

    fn entry(&self, segment: Segment, at: u64) -> Result<BlockEntry> {
        let bytes = self.buffer.get(..BlockEntry::LEN).unwrap_or_default();
        let entry = BlockEntry::parse(bytes, at).map_err(|e| Fault::format(&e, segment.index))?;
        if entry.dtype != Dtype::F32 {
            let words = "block element type # is not read by this solver, only 32-bit floats (0) are";
            let numbers = [entry.dtype.0.into(), 0];
            return Err(Fault::new(Status::Unsupported, words, numbers).at(segment.index, at));
        }
        if entry.dimension != self.facts.dimension {
            let numbers = [entry.dimension.into(), self.facts.dimension.into()];
            let words = "block dimension is #, the manifest says #";
            return Err(Fault::new(Status::Data, words, numbers).at(segment.index, at));
        }
        if entry.id_map_offset().saturating_add(IdMap::HEAD_LEN as u64) > segment.len {
            let words = "the block is longer than its segment";
            return Err(Fault::plain(Status::Data, words).at(segment.index, at));
        }
        Ok(entry)
    }

    fn id_map(&mut self, segment: Segment) -> Result<()> {
        let at = self.block.entry.id_map_offset();
        let bytes = self.buffer.get(..IdMap::HEAD_LEN).unwrap_or_default();
        self.block.map = IdMap::parse(bytes, at).map_err(|e| Fault::format(&e, segment.index))?;
        self.block.ids_at = at + IdMap::HEAD_LEN as u64;
        let count = u64::from(self.block.entry.count);
        let least = if matches!(self.block.map, IdMap::Raw { .. }) { count * ID_LEN as u64 } else { count };
        if self.block.map.count() != self.block.entry.count || least > segment.len - self.block.ids_at {
            let words = "the block's id map does not have one id for each vector";
            return Err(Fault::plain(Status::Data, words).at(segment.index, at));
        }
        Ok(())
    }

    /// Turns ids and columns as stored into rows.
    fn decode(&mut self, segment: Segment, rows: usize) -> Result<()> {
        let stride = self.stride();
        let row_len = self.row_len();
        let dimension = self.dimension();
        let id_bytes = self.block.id_bytes(segment, rows);
        let (tile, stored) = self.buffer.split_at_mut_checked(rows * row_len).unwrap_or_default();
        let (ids, columns) = stored.split_at_checked(rows * MAX_VARINT).unwrap_or_default();
        let mut ids = Cursor::new(ids.get(..id_bytes).unwrap_or_default(), self.block.ids_at);
        for row in tile.chunks_exact_mut(stride).take(rows) {
            let id = self.block.map.next(&mut ids, self.block.row, self.block.previous);
            self.block.previous = id.map_err(|e| Fault::format(&e, segment.index))?;
            self.block.row += 1;
            if let Some(to) = row.first_chunk_mut() {
                *to = self.block.previous.to_le_bytes();
            }
        }
        self.block.ids_at = ids.offset();
        if !self.ids_only {
            for (column, elements) in columns.chunks_exact(4 * rows).take(dimension).enumerate() {
                for (row, element) in tile.chunks_exact_mut(row_len).zip(elements.as_chunks::<4>().0) {
                    if let Some(to) = row.get_mut(ID_LEN + 4 * column..).and_then(|r| r.first_chunk_mut()) {
                        *to = *element;
                    }
                }
            }
        }
        Ok(())
    }
}
