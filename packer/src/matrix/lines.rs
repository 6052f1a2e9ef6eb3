//! The arrays of a matrix by rows or by columns: where lines begin, places in them, values.

use rvf_format::read::sparse::{Kind, ValueType};

use crate::error::Result;
use crate::matrix::sort::Placed;
use crate::scratch::{Elements, Scratch, Spool};

/// Three arrays being written, line after line.
pub(crate) struct LineWriter {
    pub(crate) offsets: Spool,
    pub(crate) columns: Spool,
    pub(crate) values: Spool,
    value_type: ValueType,
    kind: Kind,
    /// Lines that were begun.
    begun: u64,
    entries: u64,
}

impl LineWriter {
    /// Empty arrays that keep `part` bytes each in memory.
    pub(crate) fn new(scratch: &Scratch, part: u64, value_type: ValueType, kind: Kind) -> Self {
        let spool = || Spool::new(scratch, part);
        Self { offsets: spool(), columns: spool(), values: spool(), value_type, kind, begun: 0, entries: 0 }
    }

    /// Entries written.
    pub(crate) const fn entries(&self) -> u64 {
        self.entries
    }

    /// Adds an entry behind the one before; the value is already one of the stored type.
    pub(crate) fn push(&mut self, line: u64, place: u64, value: f64) -> Result<()> {
        if self.kind == Kind::Csr {
            self.begin(line)?;
            self.columns.push(&(place as u32).to_le_bytes())?;
        }
        match self.value_type {
            ValueType::Pattern => {}
            ValueType::F32 => self.values.push(&(value as f32).to_le_bytes())?,
            ValueType::F64 => self.values.push(&value.to_le_bytes())?,
        }
        self.entries += 1;
        Ok(())
    }

    /// Ends the arrays after `lines` lines.
    pub(crate) fn finish(&mut self, lines: u64) -> Result<()> {
        if self.kind == Kind::Csr { self.begin(lines) } else { Ok(()) }
    }

    /// Lines up to this one begin where the entries so far end.
    fn begin(&mut self, line: u64) -> Result<()> {
        while self.begun <= line {
            self.offsets.push(&self.entries.to_le_bytes())?;
            self.begun += 1;
        }
        Ok(())
    }

    /// The entries again, once the arrays are finished.
    pub(crate) fn entries_in_order(&self) -> Entries<'_> {
        let values = match self.value_type {
            ValueType::Pattern => ValueReader::Ones,
            ValueType::F32 => ValueReader::Single(self.values.elements()),
            ValueType::F64 => ValueReader::Double(self.values.elements()),
        };
        Entries {
            offsets: self.offsets.elements(),
            columns: self.columns.elements(),
            values,
            line: 0,
            end: 0,
            done: 0,
        }
    }
}

/// The entries of finished arrays.
pub(crate) struct Entries<'a> {
    offsets: Elements<'a, 8>,
    columns: Elements<'a, 4>,
    values: ValueReader<'a>,
    /// Line of the next entry, plus one; its end; entries read.
    line: u64,
    end: u64,
    done: u64,
}

enum ValueReader<'a> {
    Ones,
    Single(Elements<'a, 4>),
    Double(Elements<'a, 8>),
}

impl Entries<'_> {
    /// The next entry.
    pub(crate) fn next(&mut self) -> Result<Option<Placed>> {
        let Some(column) = self.columns.next()? else { return Ok(None) };
        // The first offset is the start of line 0, the one after it the end.
        while self.done >= self.end || self.line == 0 {
            let Some(end) = self.offsets.next()? else { return Ok(None) };
            self.end = u64::from_le_bytes(end);
            self.line += 1;
        }
        self.done += 1;
        let value = match &mut self.values {
            ValueReader::Ones => 1.0,
            ValueReader::Single(values) => f32::from_le_bytes(values.next()?.unwrap_or_default()).into(),
            ValueReader::Double(values) => f64::from_le_bytes(values.next()?.unwrap_or_default()),
        };
        // Offset i + 1 was read for line i, and line counts the offsets that were read.
        Ok(Some(Placed::new(self.line.saturating_sub(2), u32::from_le_bytes(column).into(), value)))
    }
}
