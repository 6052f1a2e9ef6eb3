//! SPARSE_SEG: a named sparse matrix, graph, or dense array, in extension space.
//!
//! Compressed sparse rows with arrays at multiples of 64 bytes, so that a mapped file can be used in
//! place. [`SparseHead`] is what a solver needs; [`Sparse`] is a host's view of all of it.

mod head;
mod measure;

pub use head::{Arrays, IndexWidth, Kind, Properties, SparseHead, ValueType};
pub use measure::{Measure, measure};

use crate::error::{Error, ErrorKind, Result};
use crate::forever::SPARSE_HEAD_LEN;
use crate::wire::Cursor;

/// A matrix in memory or in a mapped file. The head was checked; the arrays are checked row by row
/// as they are used, and all at once by [`Sparse::check`].
#[derive(Clone, Copy, Debug)]
pub struct Sparse<'a> {
    head: SparseHead,
    name: &'a str,
    payload: &'a [u8],
    offset: u64,
}

/// One entry of a row: column and value.
pub type Entry = (u64, f64);

impl<'a> Sparse<'a> {
    /// Reads a payload that lies at the absolute `offset`.
    pub fn parse(payload: &'a [u8], offset: u64) -> Result<Self> {
        let head = SparseHead::parse(payload, payload.len() as u64, offset)?;
        let mut c = Cursor::new(payload, offset);
        c.bytes(SPARSE_HEAD_LEN, "head of the matrix")?;
        let at = c;
        let name =
            core::str::from_utf8(c.sized(head.name_len.into(), "name of the matrix")?).map_err(|e| {
                let kind = ErrorKind::Invalid { rule: "be UTF-8", got: e.valid_up_to() as u64 };
                at.error("name of the matrix", kind)
            })?;
        if name.chars().any(char::is_control) {
            let kind = ErrorKind::Invalid { rule: "be free of control characters", got: name.len() as u64 };
            return Err(at.error("name of the matrix", kind));
        }
        // The name ends where its fill begins, and where the first array starts the fill ends.
        let first = if head.kind == Kind::Dense { head.arrays.values } else { head.arrays.offsets };
        let fill = first - SPARSE_HEAD_LEN as u64 - u64::from(head.name_len);
        let at = c;
        if c.sized(fill, "name of the matrix")?.iter().any(|byte| *byte != 0) {
            let kind = ErrorKind::Invalid { rule: "be zero", got: fill };
            return Err(at.error("fill behind the name of the matrix", kind));
        }
        Ok(Self { head, name, payload, offset })
    }

    /// Shape, places and properties.
    #[must_use]
    pub const fn head(&self) -> &SparseHead {
        &self.head
    }

    /// The name, which may be empty.
    #[must_use]
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// The entries of row `row` by columns ascending; every fault of the row is an error.
    pub fn row(&self, row: u64) -> Result<impl Iterator<Item = Entry> + 'a> {
        self.line(&self.head.arrays, row, self.head.columns)
    }

    /// The entries of column `column`, from the stored transpose or, for a symmetric matrix, its row.
    pub fn column(&self, column: u64) -> Result<impl Iterator<Item = Entry> + 'a> {
        match (&self.head.transpose, self.head.properties.symmetric) {
            (Some(arrays), _) => self.line(arrays, column, self.head.rows),
            (None, true) => self.line(&self.head.arrays, column, self.head.rows),
            (None, false) => Err(Error::new(self.offset, "transpose of the matrix", ErrorKind::Missing)),
        }
    }

    /// Checks every line of the arrays, and of the transpose against them. O(entries log row).
    pub fn check(&self) -> Result<()> {
        let mut total = 0;
        for row in 0..self.head.rows {
            total += self.row(row)?.count() as u64;
        }
        if total != self.head.entries {
            let kind = ErrorKind::Mismatch { expected: self.head.entries, got: total };
            return Err(Error::new(self.offset + 32, "entries of the matrix", kind));
        }
        let Some(arrays) = self.head.transpose else { return Ok(()) };
        let mut total = 0;
        for column in 0..self.head.columns {
            for (row, value) in self.line(&arrays, column, self.head.rows)? {
                total += 1;
                if self.find(row, column)?.map(f64::to_bits) != Some(value.to_bits()) {
                    let kind = ErrorKind::Invalid { rule: "equal the matrix", got: row };
                    let at = self.offset + arrays.columns;
                    return Err(Error::new(at, "entry of the transpose (row given)", kind));
                }
            }
        }
        if total != self.head.entries {
            let kind = ErrorKind::Mismatch { expected: self.head.entries, got: total };
            return Err(Error::new(self.offset + arrays.offsets, "entries of the transpose", kind));
        }
        Ok(())
    }

    /// The stored value at a place, by bisection of the row.
    pub fn find(&self, row: u64, column: u64) -> Result<Option<f64>> {
        let line = self.span(&self.head.arrays, row)?;
        let (mut low, mut high) = line;
        while low < high {
            let middle = low + (high - low) / 2;
            match self.column_at(&self.head.arrays, middle)?.cmp(&column) {
                core::cmp::Ordering::Less => low = middle + 1,
                core::cmp::Ordering::Greater => high = middle,
                core::cmp::Ordering::Equal => return self.value_at(&self.head.arrays, middle).map(Some),
            }
        }
        Ok(None)
    }

    /// First and last-plus-one entry of a line.
    fn span(&self, arrays: &Arrays, line: u64) -> Result<(u64, u64)> {
        if self.head.kind == Kind::Dense {
            let start = line.saturating_mul(self.head.columns);
            return Ok((start, start.saturating_add(self.head.columns).min(self.head.entries)));
        }
        let at = arrays.offsets.saturating_add(line.saturating_mul(8));
        let mut c = self.cursor(at, "row offset of the matrix")?;
        let (start, end) = (c.u64("row offset of the matrix")?, c.u64("row offset of the matrix")?);
        if start > end || end > self.head.entries || (line == 0 && start != 0) {
            let kind = ErrorKind::Invalid { rule: "ascend from 0 to the number of entries", got: start };
            return Err(Error::new(self.offset + at, "row offset of the matrix", kind));
        }
        Ok((start, end))
    }

    fn line(&self, arrays: &Arrays, line: u64, limit: u64) -> Result<impl Iterator<Item = Entry> + 'a> {
        let (start, end) = self.span(arrays, line)?;
        let mut previous = None;
        for entry in start..end {
            let column = self.column_at(arrays, entry)?;
            if column >= limit || previous.is_some_and(|p| p >= column) {
                let at = self.offset + arrays.columns + entry * self.head.index_width.bytes();
                let kind = ErrorKind::Invalid { rule: "ascend within the row and the shape", got: column };
                return Err(Error::new(at, "column of the matrix", kind));
            }
            previous = Some(column);
            if !self.value_at(arrays, entry)?.is_finite() {
                let at = self.offset + arrays.values + entry * self.head.value_type.width();
                let kind = ErrorKind::Invalid { rule: "be finite", got: entry };
                return Err(Error::new(at, "value of the matrix", kind));
            }
        }
        let (this, arrays) = (*self, *arrays);
        Ok((start..end).map(move |entry| {
            let column = this.column_at(&arrays, entry).unwrap_or_default();
            (column, this.value_at(&arrays, entry).unwrap_or_default())
        }))
    }

    fn column_at(&self, arrays: &Arrays, entry: u64) -> Result<u64> {
        if self.head.kind == Kind::Dense {
            return Ok(entry.checked_rem(self.head.columns).unwrap_or(0));
        }
        let width = self.head.index_width;
        let at = arrays.columns.saturating_add(entry.saturating_mul(width.bytes()));
        let mut c = self.cursor(at, "column of the matrix")?;
        match width {
            IndexWidth::U32 => c.u32("column of the matrix").map(u64::from),
            IndexWidth::U64 => c.u64("column of the matrix"),
        }
    }

    fn value_at(&self, arrays: &Arrays, entry: u64) -> Result<f64> {
        let value_type = self.head.value_type;
        let at = arrays.values.saturating_add(entry.saturating_mul(value_type.width()));
        match value_type {
            ValueType::Pattern => Ok(1.0),
            ValueType::F32 => {
                let bytes = self.cursor(at, "value of the matrix")?.array("value of the matrix")?;
                Ok(f32::from_le_bytes(bytes).into())
            }
            ValueType::F64 => {
                let bytes = self.cursor(at, "value of the matrix")?.array("value of the matrix")?;
                Ok(f64::from_le_bytes(bytes))
            }
        }
    }

    fn cursor(&self, at: u64, what: &'static str) -> Result<Cursor<'a>> {
        let rest = usize::try_from(at).ok().and_then(|at| self.payload.get(at..));
        let kind = ErrorKind::TooLarge { limit: self.payload.len() as u64, got: at };
        rest.map(|rest| Cursor::new(rest, self.offset + at)).ok_or(Error::new(self.offset, what, kind))
    }
}
