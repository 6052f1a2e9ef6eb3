//! SPARSE_SEG.
//!
//! [`plan`] makes the head from shape and properties; [`encode`] makes a whole payload from arrays in
//! memory. A writer of matrices larger than memory uses the head, the places in it, and
//! [`super::FileWriter::begin`].

use crate::error::{Error, ErrorKind, Result};
use crate::limits::MAX_MATRIX_NAME;
use crate::read::sparse::{Arrays, IndexWidth, Kind, Measure, Properties, SparseHead, ValueType};
use alloc::vec::Vec;

/// Shape and types of a matrix to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Sparse or dense.
    pub kind: Kind,
    /// Type of the stored values.
    pub value_type: ValueType,
    /// Rows.
    pub rows: u64,
    /// Columns.
    pub columns: u64,
    /// Stored entries.
    pub entries: u64,
}

/// The head of a matrix, and the length of its payload. Indices take 4 bytes while they fit.
pub fn plan(
    name: &str,
    shape: Shape,
    with_transpose: bool,
    properties: Properties,
) -> Result<(SparseHead, u64)> {
    let too_long = ErrorKind::TooLarge { limit: MAX_MATRIX_NAME.into(), got: name.len() as u64 };
    let name_len = u32::try_from(name.len()).ok().filter(|len| *len <= MAX_MATRIX_NAME).ok_or(Error::new(
        0,
        "name of the matrix",
        too_long,
    ))?;
    let fits = shape.rows.max(shape.columns) <= u64::from(u32::MAX);
    let mut head = SparseHead {
        kind: shape.kind,
        index_width: if fits { IndexWidth::U32 } else { IndexWidth::U64 },
        value_type: shape.value_type,
        rows: shape.rows,
        columns: shape.columns,
        entries: shape.entries,
        name_len,
        arrays: Arrays { offsets: 0, columns: 0, values: 0 },
        transpose: None,
        properties,
    };
    let too_large = ErrorKind::TooLarge { limit: crate::limits::MAX_PAYLOAD_READ, got: u64::MAX };
    let (arrays, transpose, len) =
        head.layout(with_transpose).ok_or(Error::new(0, "shape of the matrix", too_large))?;
    (head.arrays, head.transpose) = (arrays, transpose);
    Ok((head, len))
}

/// A matrix in compressed sparse rows, in memory.
#[derive(Clone, Copy, Debug)]
pub struct Csr<'a> {
    /// Rows.
    pub rows: u64,
    /// Columns.
    pub columns: u64,
    /// `rows + 1` offsets.
    pub offsets: &'a [u64],
    /// One per entry, ascending within a row.
    pub indices: &'a [u64],
    /// One per entry; empty for a pattern.
    pub values: &'a [f64],
}

impl Csr<'_> {
    fn row(&self, row: usize) -> impl Iterator<Item = (u64, f64)> {
        let at = |i: usize| self.offsets.get(i).map_or(0, |o| *o as usize);
        let range = at(row)..at(row + 1).max(at(row));
        let columns = self.indices.get(range.clone()).unwrap_or_default();
        let values = self.values.get(range).unwrap_or_default();
        columns.iter().enumerate().map(move |(i, c)| (*c, values.get(i).copied().unwrap_or(1.0)))
    }
}

/// The payload of a matrix. `transpose` must be the same matrix by columns, when it is to be stored.
/// Properties are measured here, symmetry is for the caller to say (`verify` checks it).
pub fn encode(
    name: &str,
    value_type: ValueType,
    matrix: Csr<'_>,
    transpose: Option<Csr<'_>>,
    symmetric: bool,
) -> Result<Vec<u8>> {
    let mut measure = Measure::new(Kind::Csr, matrix.rows, matrix.columns);
    for row in 0..matrix.rows as usize {
        measure.row(matrix.row(row));
    }
    let entries = matrix.indices.len() as u64;
    let shape = Shape { kind: Kind::Csr, value_type, rows: matrix.rows, columns: matrix.columns, entries };
    let (head, len) = plan(name, shape, transpose.is_some(), measure.finish(symmetric))?;
    let mut out = Vec::with_capacity(len as usize);
    out.extend_from_slice(&head.encode());
    out.extend_from_slice(name.as_bytes());
    put_arrays(&mut out, &head, &head.arrays, matrix);
    if let (Some(arrays), Some(matrix)) = (&head.transpose, transpose) {
        put_arrays(&mut out, &head, arrays, matrix);
    }
    Ok(out)
}

/// The payload of a dense array, row by row.
pub fn encode_dense(name: &str, rows: u64, columns: u64, values: &[f64]) -> Result<Vec<u8>> {
    let entries = values.len() as u64;
    let mut measure = Measure::new(Kind::Dense, rows, columns);
    for row in values.chunks(usize::try_from(columns.max(1)).unwrap_or(usize::MAX)) {
        measure.row((0..).zip(row.iter().copied()));
    }
    let shape = Shape { kind: Kind::Dense, value_type: ValueType::F64, rows, columns, entries };
    let (head, len) = plan(name, shape, false, measure.finish(false))?;
    let mut out = Vec::with_capacity(len as usize);
    out.extend_from_slice(&head.encode());
    out.extend_from_slice(name.as_bytes());
    out.resize(head.arrays.values as usize, 0);
    values.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
    Ok(out)
}

fn put_arrays(out: &mut Vec<u8>, head: &SparseHead, places: &Arrays, matrix: Csr<'_>) {
    out.resize(places.offsets as usize, 0);
    matrix.offsets.iter().for_each(|offset| out.extend_from_slice(&offset.to_le_bytes()));
    out.resize(places.columns as usize, 0);
    for index in matrix.indices {
        match head.index_width {
            IndexWidth::U32 => out.extend_from_slice(&(*index as u32).to_le_bytes()),
            IndexWidth::U64 => out.extend_from_slice(&index.to_le_bytes()),
        }
    }
    out.resize(places.values as usize, 0);
    for value in matrix.values {
        match head.value_type {
            ValueType::Pattern => {}
            ValueType::F32 => out.extend_from_slice(&(*value as f32).to_le_bytes()),
            ValueType::F64 => out.extend_from_slice(&value.to_le_bytes()),
        }
    }
}
