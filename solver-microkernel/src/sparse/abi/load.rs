//! Brings whole arrays into memory, through a buffer of fixed size.

use super::files::File;
use crate::sparse::Matrix;
use crate::sparse::limits::{MAX_ENTRIES, PIECE_BYTES};
use crate::sparse::refusal::{Refusal, Why, fill};
use core::mem::take;
use solver_kernels::decode;
use solver_lists::Vec;

/// An array of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Array {
    #[default]
    Offsets,
    Columns,
    Values,
}

/// Where a load stands; each part of it is told the file.
#[derive(Default)]
pub(crate) struct Load {
    array: Array,
    /// Bytes of the array that were asked for, and those of the last piece.
    asked: u64,
    piece: usize,
    offsets: Vec<u32>,
    columns: Vec<u32>,
    values: Vec<f64>,
}

/// A piece to read.
pub(crate) struct Piece {
    pub(crate) offset: u64,
    pub(crate) len: usize,
}

impl Load {
    /// Starts with a whole matrix, or a dense array.
    #[inline(never)]
    pub(crate) fn start(&mut self, file: &File, matrix: bool) -> Result<(), Refusal> {
        let head = &file.head;
        if head.entries > MAX_ENTRIES || head.rows >= u32::MAX.into() || head.columns >= u32::MAX.into() {
            return Err(Why::TooLarge.at(head.entries.max(head.rows)));
        }
        self.array = if matrix { Array::Offsets } else { Array::Values };
        let entries = head.entries as usize;
        if matrix {
            fill(&mut self.offsets, 0, head.rows as usize + 1)?;
            fill(&mut self.columns, 0, entries)?;
        }
        // The values of a pattern are ones.
        let (_, width) = file.widths();
        fill(&mut self.values, if width == 0 { 1.0 } else { 0.0 }, entries)
    }

    /// Start of the array at hand, how many elements it has, and their bytes.
    fn extent(&self, file: &File) -> (u64, u64, u64) {
        let head = &file.head;
        let (index, value) = file.widths();
        match self.array {
            Array::Offsets => (head.arrays.offsets, head.rows + 1, 8),
            Array::Columns => (head.arrays.columns, head.entries, index),
            Array::Values => (head.arrays.values, head.entries, value),
        }
    }

    /// Takes the last piece out of the buffer and names the next one; `None` at the end.
    #[inline(never)]
    pub(crate) fn advance(&mut self, file: &File, buffer: &[u8]) -> Result<Option<Piece>, Refusal> {
        let bytes = buffer.get(..self.piece).unwrap_or_default();
        let (_, _, width) = self.extent(file);
        let first = (self.asked - self.piece as u64).checked_div(width).unwrap_or_default() as usize;
        match self.array {
            Array::Offsets => decode::indices(bytes, width, rest(&mut self.offsets, first)),
            Array::Columns => decode::indices(bytes, width, rest(&mut self.columns, first)),
            Array::Values => decode::floats(bytes, width, rest(&mut self.values, first)),
        }
        self.piece = 0;
        loop {
            let (start, count, width) = self.extent(file);
            let left = (count * width).saturating_sub(self.asked);
            if left > 0 {
                let piece = Piece { offset: start + self.asked, len: left.min(PIECE_BYTES as u64) as usize };
                self.piece = piece.len;
                self.asked += piece.len as u64;
                return Ok(Some(piece));
            }
            self.asked = 0;
            self.array = match self.array {
                Array::Offsets => Array::Columns,
                Array::Columns => Array::Values,
                Array::Values => return Ok(None),
            };
        }
    }

    /// The matrix, checked.
    pub(crate) fn matrix(&mut self, file: &File) -> Result<Matrix, Refusal> {
        Matrix::new(file.columns()?, take(&mut self.offsets), take(&mut self.columns), take(&mut self.values))
    }

    /// The dense array, checked.
    pub(crate) fn values(&mut self) -> Result<Vec<f64>, Refusal> {
        match self.values.iter().position(|value| !value.is_finite()) {
            None => Ok(take(&mut self.values)),
            Some(at) => Err(Why::Dense.at(at as u64)),
        }
    }
}

fn rest<T>(values: &mut [T], from: usize) -> &mut [T] {
    values.get_mut(from..).unwrap_or_default()
}
