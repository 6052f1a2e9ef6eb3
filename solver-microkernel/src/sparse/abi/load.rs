//! Brings whole arrays into memory, through a buffer of fixed size.

use super::fault::fault;
use super::files::File;
use crate::fault::{Fault, Result, Status};
use crate::memory::reserve;
use crate::sparse::limits::{MAX_ENTRIES, PIECE_BYTES};
use crate::sparse::{Matrix, Refusal};
use alloc::vec::Vec;
use rvf_format::read::sparse::{IndexWidth, ValueType};

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
    /// A whole matrix.
    pub(crate) fn matrix(file: &File) -> Result<Self> {
        Self::new(file, Array::Offsets)
    }

    /// A dense array.
    pub(crate) fn dense(file: &File) -> Result<Self> {
        Self::new(file, Array::Values)
    }

    fn new(file: &File, array: Array) -> Result<Self> {
        let head = &file.head;
        if head.entries > MAX_ENTRIES || head.rows >= u32::MAX.into() || head.columns >= u32::MAX.into() {
            return Err(fault(Refusal::TooLarge { count: head.entries.max(head.rows) }, None));
        }
        let (offsets, columns, values) = (Vec::new(), Vec::new(), Vec::new());
        let mut load = Self { file: *file, array, asked: 0, piece: 0, offsets, columns, values };
        let entries = head.entries as usize;
        if array == Array::Offsets {
            reserve(&mut load.offsets, head.rows as usize + 1)?;
            reserve(&mut load.columns, entries)?;
        }
        reserve(&mut load.values, entries)?;
        if array == Array::Offsets && head.value_type == ValueType::Pattern {
            load.values.resize(entries, 1.0);
        }
        Ok(load)
    }

    /// Start and bytes of the array at hand.
    fn extent(&self) -> (u64, u64) {
        let head = &self.file.head;
        match self.array {
            Array::Offsets => (head.arrays.offsets, (head.rows + 1) * 8),
            Array::Columns => (head.arrays.columns, head.entries * head.index_width.bytes()),
            Array::Values => (head.arrays.values, head.entries * head.value_type.width()),
        }
    }

    /// Takes the last piece out of the buffer and names the next one; `None` at the end.
    pub(crate) fn advance(&mut self, buffer: &[u8]) -> Result<Option<Piece>> {
        self.decode(buffer.get(..self.piece).unwrap_or_default())?;
        self.piece = 0;
        loop {
            let (start, bytes) = self.extent();
            let left = bytes.saturating_sub(self.asked);
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

    fn decode(&mut self, bytes: &[u8]) -> Result<()> {
        let wide = bytes.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes));
        let short = bytes.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes));
        let head = &self.file.head;
        match self.array {
            Array::Offsets => {
                for offset in wide {
                    let Some(offset) = u32::try_from(offset).ok().filter(|o| u64::from(*o) <= head.entries)
                    else {
                        let row = self.offsets.len() as u32;
                        return Err(fault(Refusal::Offsets { row }, Some(&self.file)));
                    };
                    self.offsets.push(offset);
                }
            }
            // A column that does not fit becomes one that is out of range.
            Array::Columns if head.index_width == IndexWidth::U64 => {
                self.columns.extend(wide.map(|column| u32::try_from(column).unwrap_or(u32::MAX)));
            }
            Array::Columns => self.columns.extend(short),
            Array::Values if head.value_type == ValueType::F32 => {
                self.values.extend(short.map(|bits| f64::from(f32::from_bits(bits))));
            }
            Array::Values => self.values.extend(wide.map(f64::from_bits)),
        }
        Ok(())
    }

    /// The segment that pieces are of.
    pub(crate) const fn segment(&self) -> crate::directory::Segment {
        self.file.segment
    }

    /// The matrix, checked.
    pub(crate) fn into_matrix(self) -> Result<Matrix> {
        let columns = self.file.columns()?;
        Matrix::new(columns, self.offsets, self.columns, self.values)
            .map_err(|refusal| fault(refusal, Some(&self.file)))
    }

    /// The dense array, checked.
    pub(crate) fn into_values(self) -> Result<Vec<f64>> {
        match self.values.iter().position(|value| !value.is_finite()) {
            None => Ok(self.values),
            Some(at) => {
                let words = "element # of the dense array is not a finite number";
                let place = self.file.head.arrays.values + at as u64 * self.file.head.value_type.width();
                Err(Fault::new(Status::Number, words, [at as u64, 0]).at(self.file.segment.index, place))
            }
        }
    }
}
