//! A finished matrix into the file.

use std::io::Write;

use rvf_format::SegmentType;
use rvf_format::hash::{Algorithm, Hasher};
use rvf_format::read::sparse::{Kind, SparseHead, ValueType};
use rvf_format::write::FileWriter;

use crate::build::write_error;
use crate::error::Result;
use crate::matrix::assemble::{Assembled, Combine, Form, assemble};
use crate::matrix::gather::Facts;
use crate::matrix::lines::LineWriter;
use crate::matrix::sort::Sorter;
use crate::matrix::{MatrixOptions, Values};
use crate::scratch::{Scratch, Spool};
use crate::sink::Output;

/// A matrix that was written.
#[derive(Clone, Debug)]
pub struct BuiltMatrix {
    /// Its name.
    pub name: String,
    /// Shape and measured properties.
    pub head: SparseHead,
    /// Entries of the input that fell on the place of another one.
    pub repeated: u64,
    /// Whether those were added up; else they only count once, or the greatest counts.
    pub summed: bool,
    /// Zeros that were left out.
    pub dropped: u64,
    /// How the input was understood, where that is not plain.
    pub note: Option<String>,
}

/// Everything around a matrix that is to be written.
pub(crate) struct Store<'a, W> {
    pub(crate) writer: &'a mut FileWriter<Output<W>>,
    pub(crate) algorithm: Algorithm,
    pub(crate) scratch: &'a Scratch,
    pub(crate) options: &'a MatrixOptions,
}

impl<W: Write> Store<'_, W> {
    /// Puts entries into arrays and writes them as one segment.
    pub(crate) fn put(
        &mut self,
        name: String,
        sorter: Sorter,
        facts: Facts,
        combine: Combine,
    ) -> Result<BuiltMatrix> {
        let value_type = match (self.options.values, facts.kind) {
            (Some(Values::F32), _) => ValueType::F32,
            (Some(Values::Pattern), Kind::Csr) => ValueType::Pattern,
            (None, Kind::Csr) if facts.pattern => ValueType::Pattern,
            _ => ValueType::F64,
        };
        let sparse = facts.kind == Kind::Csr;
        let form = Form {
            kind: facts.kind,
            value_type,
            rows: facts.rows,
            columns: facts.columns,
            drop_zeros: self.options.drop_zeros && sparse,
            transpose: self.options.transpose && sparse,
            combine,
        };
        let matrix = assemble(&name, sorter, form, self.scratch, self.options.memory)?;
        self.write(&name, &matrix)?;
        let Assembled { head, repeated, dropped, .. } = matrix;
        let summed = combine == Combine::Sum && value_type != ValueType::Pattern;
        let repeated = if combine == Combine::Sum { repeated } else { 0 };
        Ok(BuiltMatrix { name, head, repeated, summed, dropped, note: facts.note })
    }

    /// The bytes go by twice: a header carries the hash of what follows it.
    fn write(&mut self, name: &str, matrix: &Assembled) -> Result<()> {
        let mut hasher = Hasher::new(self.algorithm);
        payload(name, matrix, &mut |piece| {
            hasher.update(piece);
            Ok(())
        })?;
        let writer = &mut *self.writer;
        writer.begin(SegmentType::SPARSE, matrix.payload_len, hasher.finish()).map_err(write_error)?;
        payload(name, matrix, &mut |piece| writer.push(piece).map_err(write_error))
    }
}

/// Visits the payload from its first byte to its last.
fn payload(name: &str, matrix: &Assembled, visit: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let head = &matrix.head;
    let mut out = Payload { at: 0, visit };
    out.put(&head.encode())?;
    out.put(name.as_bytes())?;
    let copies = [(Some(head.arrays), Some(&matrix.forward)), (head.transpose, matrix.transpose.as_ref())];
    for (places, lines) in copies {
        let (Some(places), Some(LineWriter { offsets, columns, values, .. })) = (places, lines) else {
            continue;
        };
        if head.kind == Kind::Csr {
            out.array(places.offsets, offsets)?;
            out.array(places.columns, columns)?;
        }
        out.array(places.values, values)?;
    }
    Ok(())
}

struct Payload<'a> {
    at: u64,
    visit: &'a mut dyn FnMut(&[u8]) -> Result<()>,
}

impl Payload<'_> {
    fn put(&mut self, piece: &[u8]) -> Result<()> {
        self.at += piece.len() as u64;
        if piece.is_empty() { Ok(()) } else { (self.visit)(piece) }
    }

    /// Zeros up to where the array starts, then the array.
    fn array(&mut self, start: u64, array: &Spool) -> Result<()> {
        const FILL: [u8; 64] = [0; 64];
        let fill = usize::try_from(start - self.at).unwrap_or_default();
        self.put(FILL.get(..fill).unwrap_or_default())?;
        array.pieces(&mut |piece| self.put(piece))
    }
}
