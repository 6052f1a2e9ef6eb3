//! Sparse matrices as SciPy saves them: a zip of npy arrays, `format.npy` telling which.
//!
//! csr and csc: `indptr`, `indices`, `data`; coo: `row`, `col`, `data`; all: `shape`.

use std::sync::Arc;

use rvf_format::read::sparse::Kind;

use crate::error::{PackError, Result};
use crate::input::npy;
use crate::limits::MAX_NAMES_SHOWN;
use crate::matrix::gather::{Facts, Gather, check_lines};
use crate::matrix::numbers::Array;
use crate::matrix::zip::{Archive, Bytes};

struct Npz<'a> {
    name: &'a str,
    archive: Archive,
}

/// Hands all entries over.
pub(crate) fn read(name: &str, bytes: Arc<Bytes>, gather: &mut Gather<'_>) -> Result<Facts> {
    let npz = Npz { name, archive: Archive::open(name, bytes)? };
    let format = npz.format()?;
    let (mut shape, axes) = npz.whole("shape")?;
    if axes != [2] {
        return Err(shape
            .refuse("the shape is not that of a matrix: two numbers")
            .fix("save one matrix, as in scipy.sparse.save_npz(file, m)"));
    }
    let (rows, columns) =
        (shape.index(u64::MAX, "number of rows")?, shape.index(u64::MAX, "number of columns")?);
    check_lines(rows, columns).map_err(|what| shape.refuse(what))?;
    match format.as_str() {
        "csr" => {
            npz.compressed(rows, columns, &mut |row, column, value| gather_push(gather, row, column, value))?
        }
        "csc" => {
            npz.compressed(columns, rows, &mut |column, row, value| gather_push(gather, row, column, value))?
        }
        "coo" => npz.coordinates(rows, columns, gather)?,
        other => {
            let what = format!("a sparse matrix of format '{}' is not read", other.escape_default());
            return Err(PackError::malformed(what)
                .at(name)
                .fix("convert it: scipy.sparse.save_npz(file, m.tocsr())"));
        }
    }
    Ok(Facts { kind: Kind::Csr, rows, columns, pattern: false, names: None, note: None })
}

fn gather_push(gather: &mut Gather<'_>, row: u64, column: u64, (value, position): (f64, u64)) -> Result<()> {
    gather.tick(position);
    gather.push(row, column, value)
}

impl Npz<'_> {
    fn missing(&self, what: &str) -> PackError {
        let names: Vec<_> =
            self.archive.members.iter().take(MAX_NAMES_SHOWN).map(|m| m.name.as_str()).collect();
        let what = format!("not a sparse matrix of SciPy: {what} is missing, there is {}", names.join(", "));
        PackError::malformed(what)
            .at(self.name)
            .fix("save one with scipy.sparse.save_npz; for vectors unpack it (unzip FILE) and give the .npy inside")
    }

    fn format(&self) -> Result<String> {
        let stream = self.archive.stream("format.npy")?;
        let mut stream = stream.ok_or_else(|| self.missing("format.npy"))?;
        npy::read_text(&mut stream)
    }

    fn array(&self, name: &str) -> Result<(Array, Vec<u64>)> {
        let member = format!("{name}.npy");
        let stream = self.archive.stream(&member)?;
        Array::open(stream.ok_or_else(|| self.missing(&member))?)
    }

    /// An array of whole numbers.
    fn whole(&self, name: &str) -> Result<(Array, Vec<u64>)> {
        let (array, shape) = self.array(name)?;
        if !array.is_whole() {
            return Err(array.refuse("the array does not hold whole numbers"));
        }
        Ok((array, shape))
    }

    /// An array with one axis of a given length.
    fn flat(&self, name: &str, whole: bool, len: Option<u64>) -> Result<Array> {
        let (array, shape) = if whole { self.whole(name)? } else { self.array(name)? };
        if shape.len() != 1 {
            return Err(array.refuse(format!("the array has {} axes, not one", shape.len())));
        }
        match len {
            Some(len) if array.len() != len => {
                let what = format!("the array has {} elements, the matrix needs {len}", array.len());
                Err(array.refuse(what))
            }
            _ => Ok(array),
        }
    }

    /// Lines one after the other; `push` takes line, place, and the value with the bytes read.
    fn compressed(
        &self,
        lines: u64,
        places: u64,
        push: &mut dyn FnMut(u64, u64, (f64, u64)) -> Result<()>,
    ) -> Result<()> {
        let mut starts = self.flat("indptr", true, Some(lines + 1))?;
        let mut indices = self.flat("indices", true, None)?;
        let entries = indices.len();
        let mut data = self.flat("data", false, Some(entries))?;
        let mut start = starts.index(1, "first start of a line")?;
        for line in 0..lines {
            let end = starts.index(entries + 1, "end of a line")?;
            if end < start {
                return Err(
                    starts.refuse_last(format!("line {line} ends at {end}, before its start {start}"))
                );
            }
            for _ in start..end {
                let place = indices.index(places, "index")?;
                let value = data.number()?;
                push(line, place, (value, data.position()))?;
            }
            start = end;
        }
        if start != entries {
            return Err(
                starts.refuse_last(format!("the lines hold {start} entries, there are {entries} indices"))
            );
        }
        Ok(())
    }

    fn coordinates(&self, rows: u64, columns: u64, gather: &mut Gather<'_>) -> Result<()> {
        let mut row = self.flat("row", true, None)?;
        let entries = row.len();
        let mut column = self.flat("col", true, Some(entries))?;
        let mut data = self.flat("data", false, Some(entries))?;
        for _ in 0..entries {
            let (row, column) = (row.index(rows, "row")?, column.index(columns, "column")?);
            let value = data.number()?;
            gather_push(gather, row, column, (value, data.position()))?;
        }
        Ok(())
    }
}
