//! Rows of one element type, one behind the other: the body of npy, safetensors and raw inputs.

use crate::error::{PackError, Result};
use crate::input::dtype::{Dtype, Fault, first_not_finite};
use crate::input::{Batch, Source, Stream};
use crate::limits::MAX_DIMENSION;

/// A source of dense rows.
#[derive(Debug)]
pub(crate) struct Dense {
    stream: Stream,
    dtype: Dtype,
    big: bool,
    dimension: u16,
    /// Rows in all; `None`: as many as there are.
    rows: Option<u64>,
    done: u64,
    /// Offset of the first row.
    start: u64,
    scratch: Vec<u8>,
}

/// Checks a dimension that an input states.
pub(crate) fn dimension(stream: &Stream, offset: u64, dimension: u64) -> Result<u16> {
    match u16::try_from(dimension) {
        Ok(dimension) if dimension > 0 => Ok(dimension),
        _ => Err(stream.malformed_at(
            offset,
            format!("vectors have {dimension} elements; a file holds 1 to {MAX_DIMENSION}"),
        )),
    }
}

impl Dense {
    /// Rows that start at the stream's position.
    ///
    /// # Errors
    /// When a file's length does not hold the rows it claims, or not a whole number of rows.
    pub(crate) fn new(
        stream: Stream,
        dtype: Dtype,
        big: bool,
        dimension: u16,
        rows: Option<u64>,
    ) -> Result<Self> {
        let start = stream.position();
        let dense = Self { stream, dtype, big, dimension, rows, done: 0, start, scratch: Vec::new() };
        let Some(remaining) = dense.stream.remaining() else { return Ok(dense) };
        let row = dense.row_len() as u64;
        match rows {
            Some(rows) if rows.checked_mul(row).is_none_or(|needed| needed > remaining) => {
                let what = format!("{rows} vectors of {row} bytes are claimed, {remaining} bytes remain");
                Err(dense.stream.malformed_at(start, what).fix("the file is cut short or its head is wrong"))
            }
            None if !remaining.is_multiple_of(row) => {
                let what = format!("{remaining} bytes are not a whole number of vectors of {row} bytes");
                Err(dense.stream.malformed_at(start, what).fix("check --dim and --dtype"))
            }
            _ => Ok(dense),
        }
    }

    fn row_len(&self) -> usize {
        usize::from(self.dimension) * self.dtype.size()
    }

    /// Rows to read now, never more than a file can still hold.
    fn want(&self, limit: usize) -> usize {
        let left = self.rows.map_or(u64::MAX, |rows| rows - self.done.min(rows));
        let present = self.stream.remaining().map_or(u64::MAX, |n| n.div_ceil(self.row_len() as u64));
        usize::try_from(left.min(present)).map_or(limit, |n| n.min(limit))
    }

    /// Straight into the buffer of numbers: no copy.
    fn fill_f32(&mut self, batch: &mut Batch, want: usize) -> Result<usize> {
        let start = batch.rows.len();
        batch.rows.resize(start + want * usize::from(self.dimension), 0.0);
        let room = batch.rows.get_mut(start..).unwrap_or_default();
        let got = self.stream.read_full(bytemuck::cast_slice_mut(room))?;
        if cfg!(target_endian = "big") != self.big {
            room.iter_mut().for_each(|x| *x = f32::from_bits(x.to_bits().swap_bytes()));
        }
        let rows = got / self.row_len();
        let elements = room.get(..rows * usize::from(self.dimension)).unwrap_or_default();
        if let Some(index) = first_not_finite(elements) {
            return Err(self.fault(index, Fault::NotFinite));
        }
        batch.rows.truncate(start + rows * usize::from(self.dimension));
        self.check_whole(got)?;
        Ok(rows)
    }

    fn fill_decoded(&mut self, batch: &mut Batch, want: usize) -> Result<usize> {
        let mut bytes = std::mem::take(&mut self.scratch);
        bytes.resize(want * self.row_len(), 0);
        let got = self.stream.read_full(&mut bytes)?;
        let rows = got / self.row_len();
        let whole = bytes.get(..rows * self.row_len()).unwrap_or_default();
        self.dtype
            .decode(self.big, whole, &mut batch.rows)
            .map_err(|(index, fault)| self.fault(index, fault))?;
        self.scratch = bytes;
        self.check_whole(got)?;
        Ok(rows)
    }

    /// An input whose length was not known may end inside a row.
    fn check_whole(&self, got: usize) -> Result<()> {
        let rest = got % self.row_len();
        if rest == 0 {
            return Ok(());
        }
        let row = self.done + (got / self.row_len()) as u64;
        let what = format!("row {row} is cut short: needs {} bytes, {rest} remain", self.row_len());
        Err(self.stream.malformed_at(self.offset(row, 0), what))
    }

    fn offset(&self, row: u64, column: u64) -> u64 {
        let element = row.saturating_mul(self.dimension.into()).saturating_add(column);
        self.start.saturating_add(element.saturating_mul(self.dtype.size() as u64))
    }

    fn fault(&self, index: usize, fault: Fault) -> PackError {
        let width = u64::from(self.dimension);
        let (row, column) = (self.done + index as u64 / width, index as u64 % width);
        self.stream.malformed_at(self.offset(row, column), format!("row {row}, column {column} {fault}"))
    }
}

impl Source for Dense {
    fn name(&self) -> &str {
        self.stream.name()
    }

    fn dimension(&self) -> u16 {
        self.dimension
    }

    fn fill(&mut self, batch: &mut Batch, limit: usize) -> Result<usize> {
        let want = self.want(limit);
        if want == 0 {
            return Ok(0);
        }
        let rows = match self.dtype {
            Dtype::F32 => self.fill_f32(batch, want)?,
            _ => self.fill_decoded(batch, want)?,
        };
        if let Some(claimed) = self.rows.filter(|_| rows < want) {
            let what =
                format!("{claimed} vectors are claimed, the input ends after {}", self.done + rows as u64);
            return Err(self.stream.malformed_at(self.stream.position(), what));
        }
        self.done += rows as u64;
        Ok(rows)
    }

    fn bytes_read(&self) -> u64 {
        self.stream.position()
    }

    fn bytes_total(&self) -> Option<u64> {
        self.stream.length()
    }
}
