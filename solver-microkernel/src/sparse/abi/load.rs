//! Brings whole arrays into memory, through a buffer of fixed size.

use super::asks::Asks;
use super::data::{Data, Graph, Side};
use super::files::{B, File, Files, MATRIX};
use crate::sparse::limits::{MAX_ENTRIES, PIECE_BYTES};
use crate::sparse::refusal::{Refusal, Why, fill};
use solver_kernels::decode;
use solver_lists::{Vec, free};

/// An array of a matrix.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    None,
    Offsets,
    Columns,
    Values,
}
solver_lists::blank!(enum Part = None);

/// Where the loads stand.
pub(crate) struct Load {
    /// A bit for each of [`Files`] that is still to load.
    wanted: u8,
    /// The one that is being loaded, and its array at hand.
    pub(crate) at: usize,
    part: Part,
    /// Bytes of the array that were asked for, and those of the last piece.
    asked: u64,
    piece: usize,
}
solver_lists::blank!(Load { wanted, at, part, asked, piece });

impl Load {
    /// Wants one of the files, if it is there.
    pub(crate) const fn want(&mut self, place: usize) {
        self.wanted |= 1 << place;
    }

    /// Takes in the last piece and asks for the next one; asks for none at the end.
    pub(crate) fn advance(
        &mut self,
        files: &Files,
        asks: &mut Asks,
        graph: &mut Graph,
        data: &mut Data,
    ) -> Result<(), Refusal> {
        loop {
            let file = files.of(self.at);
            let Some(file) = file.filter(|_| self.part != Part::None) else {
                if self.wanted == 0 {
                    free(&mut asks.buffer);
                    return Ok(());
                }
                self.at = self.wanted.trailing_zeros() as usize;
                self.wanted &= self.wanted - 1;
                if let Some(file) = files.of(self.at) {
                    self.start(file, graph, data)?;
                }
                continue;
            };
            self.piece(file, asks, graph, data)?;
            if self.piece > 0 {
                return Ok(());
            }
            self.asked = 0;
            self.part = match self.part {
                Part::Offsets => Part::Columns,
                Part::Columns => Part::Values,
                _ => {
                    self.check(file, graph, data)?;
                    Part::None
                }
            };
        }
    }

    /// Checks what is complete.
    fn check(&self, file: &File, graph: &mut Graph, data: &mut Data) -> Result<(), Refusal> {
        if self.at == MATRIX {
            graph.is_loaded = true;
            return graph.matrix.complete(file.head.columns as u32);
        }
        let values = list(self.at, graph, data);
        match values.iter().position(|value| !value.is_finite()) {
            None => Ok(()),
            Some(at) => Err(Why::Dense.at(at as u64)),
        }
    }

    /// Starts with a whole matrix, or a dense array.
    fn start(&mut self, file: &File, graph: &mut Graph, data: &mut Data) -> Result<(), Refusal> {
        let head = &file.head;
        if head.entries > MAX_ENTRIES || head.rows >= u32::MAX.into() || head.columns >= u32::MAX.into() {
            return Err(Why::TooLarge.at(head.entries.max(head.rows)));
        }
        self.part = Part::Values;
        let entries = head.entries as usize;
        if self.at == MATRIX {
            self.part = Part::Offsets;
            let all = graph.matrix.all_mut();
            fill(&mut all.offsets, 0, head.rows as usize + 1)?;
            fill(&mut all.indices, 0, entries)?;
        } else if self.at == B {
            data.side = Side::Held;
        }
        // The values of a pattern are ones.
        let (_, width) = file.widths();
        fill(list(self.at, graph, data), if width == 0 { 1.0 } else { 0.0 }, entries)
    }

    /// Takes in the last piece of the array at hand, and asks for the next one.
    fn piece(
        &mut self,
        file: &File,
        asks: &mut Asks,
        graph: &mut Graph,
        data: &mut Data,
    ) -> Result<(), Refusal> {
        let head = &file.head;
        let (index, value) = file.widths();
        let (start, count, width) = match self.part {
            Part::Offsets => (head.arrays.offsets, head.rows + 1, 8),
            Part::Columns => (head.arrays.columns, head.entries, index),
            _ => (head.arrays.values, head.entries, value),
        };
        let bytes = asks.take(&mut 0, self.piece);
        let first = (self.asked - self.piece as u64).checked_div(width).unwrap_or_default() as usize;
        if self.part == Part::Values {
            let out = list(self.at, graph, data).get_mut(first..).unwrap_or_default();
            decode::floats(bytes, width, out);
        } else {
            let all = graph.matrix.all_mut();
            let out = if self.part == Part::Offsets { &mut all.offsets } else { &mut all.indices };
            decode::indices(bytes, width, out.get_mut(first..).unwrap_or_default());
        }
        self.piece = (count * width).saturating_sub(self.asked).min(PIECE_BYTES as u64) as usize;
        asks.ask(file.segment, start + self.asked, self.piece)?;
        self.asked += self.piece as u64;
        Ok(())
    }
}

/// Where the values of a file go.
fn list<'a>(place: usize, graph: &'a mut Graph, data: &'a mut Data) -> &'a mut Vec<f64> {
    match place {
        MATRIX => &mut graph.matrix.all_mut().values,
        B => &mut data.b,
        _ => &mut data.x,
    }
}
