//! Block-directory layout: columns and an id map, turned into rows a tile at a time.
//!
//! In the buffer lie, one behind the other: the tile's rows, its ids as stored, its columns as stored.

use super::{Source, Stage};
use crate::directory::{Segment, Vectors};
use crate::limits::{MAX_VARINT, READS_PER_STEP};
use crate::report::{Report, Result};
use crate::sentence::Sentence;
use crate::wire::{clamp, number, number32};
use rvf_format::forever::ID_LEN;
use rvf_format::read::vectors::{BlockEntry, IdMap};

/// The block being read.
#[derive(Clone, Copy)]
pub(super) struct Block {
    /// Its number in the segment's directory.
    number: u32,
    /// Where its columns begin.
    offset: u64,
    /// Its vectors.
    count: u32,
    /// Ids as LEB128 differences, absolute at every multiple of `restart`.
    varint: bool,
    restart: u32,
    /// Offset of the next id as stored. Between blocks: where the one before ended.
    ids_at: u64,
    previous: u64,
    /// Rows already given out.
    row: u32,
}
solver_lists::blank!(Block { number, offset, count, varint, restart, ids_at, previous, row });

impl Source {
    /// Bytes to ask for so that the ids of the tile are among them.
    fn id_bytes(&self, segment: &Segment) -> usize {
        if self.block.varint {
            clamp(segment.len - self.block.ids_at).min(self.rows * MAX_VARINT)
        } else {
            self.rows * ID_LEN
        }
    }

    /// Where the next block of the segment is, or the next tile of the block.
    pub(super) fn plan_block(&mut self, vectors: &Vectors, report: &mut Report) -> Result<()> {
        let (segment, block) = (&vectors.segment, &mut self.block);
        let left = block.count - block.row;
        if left > 0 {
            self.rows = self.tile_capacity.min(left as usize);
            self.asked = 0;
            self.stage = Stage::Columns;
            let (at, len) = (self.block.ids_at, self.id_bytes(segment));
            return self.ask(segment, at, len, self.rows * self.row_len(), report);
        }
        if block.number < vectors.count {
            let at = 4 + u64::from(block.number) * BlockEntry::LEN as u64;
            self.stage = Stage::Entry;
            return self.ask(segment, at, BlockEntry::LEN, 0, report);
        }
        self.at += 1;
        solver_lists::reset(&mut self.block);
        Ok(())
    }

    /// One stage of the block's reading.
    #[inline(never)]
    pub(super) fn block_step(&mut self, segment: &Segment, report: &mut Report) -> Result<()> {
        match self.stage {
            Stage::Entry => self.entry(segment, report),
            Stage::IdMap => self.id_map(segment, report),
            _ => {
                if !self.ids_only() && self.asked < self.dimension {
                    let first = self.rows * (self.row_len() + MAX_VARINT);
                    let to = self.dimension.min(self.asked + READS_PER_STEP);
                    for column in self.asked..to {
                        let row = column as u64 * u64::from(self.block.count) + u64::from(self.block.row);
                        let offset = self.block.offset + 4 * row;
                        self.ask(segment, offset, 4 * self.rows, first + 4 * self.rows * column, report)?;
                    }
                    self.asked = to;
                    return Ok(());
                }
                self.stage = Stage::Chunk;
                self.decode(segment, report)
            }
        }
    }

    /// A directory entry: u32 offset, u32 vectors, u16 dimension, u8 element type, u8 tier.
    fn entry(&mut self, segment: &Segment, report: &mut Report) -> Result<()> {
        let index = segment.index;
        let at = 4 + u64::from(self.block.number) * BlockEntry::LEN as u64;
        let (offset, count) = (number(&self.buffer, 0, 4), number32(&self.buffer, 4, 4));
        let (dimension, dtype) = (number(&self.buffer, 8, 2), number(&self.buffer, 10, 1));
        if dtype != 0 {
            return Err(report.data(Sentence::ElementType, dtype, 0, index, at));
        }
        let wanted = self.dimension as u64;
        if dimension != wanted {
            return Err(report.data(Sentence::BlockDimension, dimension, wanted, index, at));
        }
        let map_at = offset + 4 * wanted * u64::from(count);
        self.block.number += 1;
        // A short directory could otherwise name one large block over and over.
        if offset < self.block.ids_at || map_at + IdMap::HEAD_LEN as u64 > segment.len {
            return Err(report.data(Sentence::BlockPlace, 0, 0, index, at));
        }
        (self.block.offset, self.block.count, self.block.ids_at) = (offset, count, map_at);
        self.stage = Stage::IdMap;
        self.ask(segment, map_at, IdMap::HEAD_LEN, 0, report)
    }

    /// The head of an id map: u8 encoding, u16 restart interval, u32 ids.
    fn id_map(&mut self, segment: &Segment, report: &mut Report) -> Result<()> {
        let at = self.block.ids_at;
        let (encoding, ids) = (number(&self.buffer, 0, 1), number32(&self.buffer, 3, 4));
        self.block.varint = encoding == 1;
        self.block.restart = number32(&self.buffer, 1, 2);
        self.block.ids_at = at + IdMap::HEAD_LEN as u64;
        (self.block.row, self.block.previous) = (0, 0);
        if encoding > 1 {
            return Err(report.data(Sentence::IdEncoding, encoding, 0, segment.index, at));
        }
        let least = u64::from(ids) * if self.block.varint { 1 } else { ID_LEN as u64 };
        if ids != self.block.count || least > segment.len - self.block.ids_at {
            return Err(report.data(Sentence::IdCount, 0, 0, segment.index, at));
        }
        self.stage = Stage::Plan;
        Ok(())
    }

    /// Turns ids and columns as stored into rows.
    fn decode(&mut self, segment: &Segment, report: &mut Report) -> Result<()> {
        let ids_only = self.ids_only();
        let (stride, row_len, rows) = (self.stride(), self.row_len(), self.rows);
        let id_bytes = self.id_bytes(segment);
        let (tile, stored) = self.buffer.split_at_mut_checked(rows * row_len).unwrap_or_default();
        let (ids, columns) = stored.split_at_checked(rows * MAX_VARINT).unwrap_or_default();
        let ids = ids.get(..id_bytes).unwrap_or_default();
        let block = &mut self.block;
        let mut used = 0;
        for row in 0..rows {
            let mut id = number(ids, used, 8);
            if block.varint {
                let start = used;
                let mut shift = 0;
                id = 0;
                let is_whole = loop {
                    let Some(&byte) = ids.get(used) else { break false };
                    used += 1;
                    id |= u64::from(byte & 0x7f) << shift;
                    if byte < 0x80 {
                        break shift < 63 || byte < 2;
                    }
                    shift += 7;
                    if shift > 63 {
                        break false;
                    }
                };
                if !is_whole {
                    return Err(report.data(
                        Sentence::IdWidth,
                        0,
                        0,
                        segment.index,
                        block.ids_at + start as u64,
                    ));
                }
                if block.row != 0 && block.row.checked_rem(block.restart) != Some(0) {
                    id = id.wrapping_add(block.previous);
                }
            } else {
                used += ID_LEN;
            }
            block.previous = id;
            block.row += 1;
            if let Some(to) = tile.get_mut(row * stride..).and_then(|t| t.first_chunk_mut()) {
                *to = id.to_le_bytes();
            }
        }
        block.ids_at += used as u64;
        if !ids_only {
            let mut elements = columns.as_chunks::<4>().0.iter();
            for column in 0..self.dimension {
                for (row, element) in (0..rows).zip(&mut elements) {
                    let to = tile.get_mut(row * row_len + ID_LEN + 4 * column..);
                    if let Some(to) = to.and_then(|t| t.first_chunk_mut()) {
                        *to = *element;
                    }
                }
            }
        }
        Ok(())
    }
}
