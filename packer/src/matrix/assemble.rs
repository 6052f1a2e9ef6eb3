//! Sorted entries to the arrays of a matrix: lines, columns, values, the same by columns, and what is
//! measured on the way.

use rvf_format::read::sparse::{Kind, Measure, Properties, SparseHead, ValueType};
use rvf_format::write::sparse::{Shape, plan};

use crate::error::{PackError, Result};
use crate::limits::{ARRAY_PART, LINES_PER_ENTRY, MAX_LINES, MIN_LINE_CAP};
use crate::matrix::lines::LineWriter;
use crate::matrix::sort::{Placed, Sorted, Sorter};
use crate::scratch::Scratch;

/// What is to become of entries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pub(crate) kind: Kind,
    pub(crate) value_type: ValueType,
    pub(crate) rows: u64,
    pub(crate) columns: u64,
    /// Leave out entries that are zero.
    pub(crate) drop_zeros: bool,
    /// Store the transpose of a matrix that is not symmetric.
    pub(crate) transpose: bool,
    /// How entries of the same place become one.
    pub(crate) combine: Combine,
}

/// How entries of the same place become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Combine {
    /// Their sum, in the order in which they came.
    Sum,
    /// The greatest.
    Greatest,
}

/// A matrix ready to be written.
pub(crate) struct Assembled {
    pub(crate) head: SparseHead,
    pub(crate) payload_len: u64,
    pub(crate) forward: LineWriter,
    pub(crate) transpose: Option<LineWriter>,
    /// Entries that were combined with an earlier one of their place.
    pub(crate) repeated: u64,
    /// Zeros that were left out.
    pub(crate) dropped: u64,
}

/// Makes the arrays. Memory: `memory` bytes, and 24 bytes per column.
pub(crate) fn assemble(
    name: &str,
    sorter: Sorter,
    form: Form,
    scratch: &Scratch,
    memory: u64,
) -> Result<Assembled> {
    check_shape(form, sorter.pushed())?;
    let part = memory / ARRAY_PART;
    let writer = || LineWriter::new(scratch, part, form.value_type, form.kind);
    let square = form.rows == form.columns && form.kind == Kind::Csr;
    // Without the transpose nobody could say whether the matrix is symmetric.
    let by_columns = form.kind == Kind::Csr && (square || form.transpose);
    let mut rows = Rows {
        entries: sorter.finish()?,
        next: None,
        form,
        forward: writer(),
        by_columns: by_columns.then(|| Sorter::new(scratch, memory)),
        repeated: 0,
        dropped: 0,
        fault: None,
    };
    rows.next = rows.distinct()?;
    let mut measure = Measure::new(form.kind, form.rows, form.columns);
    for row in 0..form.rows {
        measure.row(Row { rows: &mut rows, row });
        if let Some(fault) = rows.fault.take() {
            return Err(fault);
        }
    }
    rows.forward.finish(form.rows)?;
    let entries = rows.forward.entries();
    if form.kind == Kind::Dense && entries != form.rows.saturating_mul(form.columns) {
        let what =
            format!("the array has {entries} elements, its shape needs {} x {}", form.rows, form.columns);
        return Err(PackError::malformed(what));
    }
    let mut symmetric = square;
    let mut transpose = None;
    if let Some(sorter) = rows.by_columns.take() {
        let mut backward = writer();
        symmetric &= transposed(sorter, &rows.forward, &mut backward, form.columns)?;
        transpose = Some(backward).filter(|_| form.transpose && !symmetric);
    }
    let shape = Shape {
        kind: form.kind,
        value_type: form.value_type,
        rows: form.rows,
        columns: form.columns,
        entries,
    };
    let properties = measure.finish(symmetric);
    let (head, payload_len) = planned(name, shape, transpose.is_some(), properties)?;
    let Rows { forward, repeated, dropped, .. } = rows;
    Ok(Assembled { head, payload_len, forward, transpose, repeated, dropped })
}

/// A shape that is far larger than its entries would take memory that nothing in the input paid for.
fn check_shape(form: Form, entries: u64) -> Result<()> {
    let most = MIN_LINE_CAP.max(entries.saturating_mul(LINES_PER_ENTRY)).min(MAX_LINES);
    if form.rows > most || form.columns > most {
        let what = format!(
            "a matrix of {} x {} with {entries} entries is not possible: at most {most} rows and columns",
            form.rows, form.columns
        );
        return Err(PackError::malformed(what).fix("number rows and columns without large gaps"));
    }
    Ok(())
}

/// Makes the head, and reads it back as everybody will.
fn planned(name: &str, shape: Shape, transpose: bool, properties: Properties) -> Result<(SparseHead, u64)> {
    let (head, len) =
        plan(name, shape, transpose, properties).map_err(|e| PackError::malformed(e.to_string()))?;
    if len > rvf_format::limits::MAX_PAYLOAD_READ {
        let what =
            format!("the matrix takes {len} bytes, a segment holds {}", rvf_format::limits::MAX_PAYLOAD_READ);
        return Err(PackError::malformed(what)
            .fix("leave the transpose out with --no-transpose, or store --values f32 or pattern"));
    }
    let sums = [properties.row_gap, properties.column_gap, properties.row_slack, properties.column_slack];
    let pairs = [properties.off_diagonal, properties.row_sum, properties.diagonal];
    let all = sums.into_iter().chain(pairs.into_iter().flat_map(|(low, high)| [low, high]));
    if all.into_iter().any(|x| x.is_nan() || x == f64::INFINITY) {
        return Err(PackError::malformed("the entries of a row or column add up to more than f64 holds")
            .fix("divide the matrix by its greatest entry"));
    }
    SparseHead::parse(&head.encode(), len, 0).map_err(|e| {
        PackError::malformed(format!("no reader would take this matrix: {e}"))
            .fix("a matrix has at most 65,536 columns, or as many as it has rows or entries")
    })?;
    Ok((head, len))
}

/// Entries on their way into the arrays by rows.
struct Rows {
    entries: Sorted,
    /// The next distinct entry.
    next: Option<Placed>,
    form: Form,
    forward: LineWriter,
    by_columns: Option<Sorter>,
    repeated: u64,
    dropped: u64,
    fault: Option<PackError>,
}

impl Rows {
    /// The next entry that is kept, as it is stored.
    fn distinct(&mut self) -> Result<Option<Placed>> {
        loop {
            let first = match self.entries.next()? {
                Some(entry) => entry,
                None => return Ok(None),
            };
            let value = self.combined(first)?;
            if !value.is_finite() {
                let what = format!(
                    "the entry of row {}, column {} is beyond the range of {}",
                    first.line() + 1,
                    first.place() + 1,
                    self.form.value_type.name()
                );
                return Err(PackError::malformed(what).fix("scale the matrix, or store it as --values f64"));
            }
            if value == 0.0 && self.form.drop_zeros {
                self.dropped += 1;
                continue;
            }
            return Ok(Some(Placed { value, ..first }));
        }
    }

    /// The value of all entries at the place of `first`, which was taken out already.
    fn combined(&mut self, first: Placed) -> Result<f64> {
        let mut value = first.value;
        while let Some(entry) = self.entries.next_at(first.key)? {
            self.repeated += 1;
            match self.form.combine {
                Combine::Sum => value += entry.value,
                Combine::Greatest => value = value.max(entry.value),
            }
        }
        Ok(match self.form.value_type {
            ValueType::Pattern => 1.0,
            ValueType::F32 => f64::from(value as f32),
            ValueType::F64 => value,
        })
    }
}

/// One row for the measurement, which stores its entries as they pass.
struct Row<'a> {
    rows: &'a mut Rows,
    row: u64,
}

impl Iterator for Row<'_> {
    type Item = (u64, f64);

    fn next(&mut self) -> Option<(u64, f64)> {
        let entry = self.rows.next.filter(|entry| entry.line() == self.row)?;
        let (row, column, value) = (self.row, entry.place(), entry.value);
        let stored = self.rows.forward.push(row, column, value).and_then(|()| {
            if let Some(sorter) = &mut self.rows.by_columns {
                sorter.push(Placed::new(column, row, value))?;
            }
            self.rows.distinct()
        });
        match stored {
            Ok(next) => {
                self.rows.next = next;
                Some((column, value))
            }
            Err(fault) => {
                self.rows.fault = Some(fault);
                None
            }
        }
    }
}

/// Writes the matrix by columns and says whether it is the same as by rows, bit for bit.
fn transposed(sorter: Sorter, forward: &LineWriter, backward: &mut LineWriter, columns: u64) -> Result<bool> {
    let mut sorted = sorter.finish()?;
    let mut straight = forward.entries_in_order();
    let mut same = true;
    while let Some(entry) = sorted.next()? {
        if same {
            let other = straight.next()?;
            same = other.is_some_and(|o| o.key == entry.key && o.value.to_bits() == entry.value.to_bits());
        }
        backward.push(entry.line(), entry.place(), entry.value)?;
    }
    backward.finish(columns)?;
    Ok(same)
}
