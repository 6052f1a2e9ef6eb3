//! Brings whole arrays into memory, through a buffer of fixed size.

use super::files::File;
use crate::sparse::Matrix;
use crate::sparse::limits::{MAX_ENTRIES, PIECE_BYTES};
use crate::sparse::refusal::{Refusal, Why, fill};
use alloc::vec::Vec;
use solver_kernels::decode;

/// An array of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Array {
    Offsets,
    Columns,
    Values,
}

/// Where a load stands.
pub(crate) struct Load {
    file: File,
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
    /// A whole matrix, or a dense array.
    #[inline(never)]
    pub(crate) fn new(file: &File, matrix: bool) -> Result<Self, Refusal> {
        let head = &file.head;
        if head.entries > MAX_ENTRIES || head.rows >= u32::MAX.into() || head.columns >= u32::MAX.into() {
            return Err(Why::TooLarge.at(head.entries.max(head.rows)));
        }
        let array = if matrix { Array::Offsets } else { Array::Values };
        let (offsets, columns, values) = (Vec::new(), Vec::new(), Vec::new());
        let mut load = Self { file: *file, array, asked: 0, piece: 0, offsets, columns, values };
        let entries = head.entries as usize;
        if matrix {
            fill(&mut load.offsets, 0, head.rows as usize + 1)?;
            fill(&mut load.columns, 0, entries)?;
        }
        // The values of a pattern are ones.
        let (_, width) = file.widths();
        fill(&mut load.values, if width == 0 { 1.0 } else { 0.0 }, entries)?;
        Ok(load)
    }

    /// Start of the array at hand, how many elements it has, and their bytes.
    fn extent(&self) -> (u64, u64, u64) {
        let head = &self.file.head;
        let (index, value) = self.file.widths();
        match self.array {
            Array::Offsets => (head.arrays.offsets, head.rows + 1, 8),
            Array::Columns => (head.arrays.columns, head.entries, index),
            Array::Values => (head.arrays.values, head.entries, value),
        }
    }

    /// Takes the last piece out of the buffer and names the next one; `None` at the end.
    #[inline(never)]
    pub(crate) fn advance(&mut self, buffer: &[u8]) -> Result<Option<Piece>, Refusal> {
        let bytes = buffer.get(..self.piece).unwrap_or_default();
        let (_, _, width) = self.extent();
        let first = (self.asked - self.piece as u64).checked_div(width).unwrap_or_default() as usize;
        match self.array {
            Array::Offsets => decode::indices(bytes, width, rest(&mut self.offsets, first)),
            Array::Columns => decode::indices(bytes, width, rest(&mut self.columns, first)),
            Array::Values => decode::floats(bytes, width, rest(&mut self.values, first)),
        }
        self.piece = 0;
        loop {
            let (start, count, width) = self.extent();
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

    /// What is loaded.
    pub(crate) const fn file(&self) -> &File {
        &self.file
    }

    /// The matrix, checked.
    pub(crate) fn into_matrix(self) -> Result<Matrix, Refusal> {
        let columns = self.file.columns()?;
        Matrix::new(columns, self.offsets, self.columns, self.values)
    }

    /// The dense array, checked.
    pub(crate) fn into_values(self) -> Result<Vec<f64>, Refusal> {
        match self.values.iter().position(|value| !value.is_finite()) {
            None => Ok(self.values),
            Some(at) => Err(Why::Dense.at(at as u64)),
        }
    }
}

fn rest<T>(values: &mut [T], from: usize) -> &mut [T] {
    values.get_mut(from..).unwrap_or_default()
}
