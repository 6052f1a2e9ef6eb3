//! What a guest tells between two steps: iterations and residuals.

use super::AbiError;
use super::columns::{ColumnData, Table};
use super::describe::{ColumnSpec, ValueType};
use super::wire::{Fields, slice};

/// One iteration of a method that converges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Iteration {
    /// Its number, as the guest counts.
    pub number: u32,
    /// How far from done it was then; finite, smaller is better.
    pub residual: f64,
}

/// What is heard of a running job after each step.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'p> {
    /// Bytes read so far.
    pub bytes_read: u64,
    /// Iterations since the last time; empty for operations that have none.
    pub iterations: &'p [Iteration],
}

/// The columns that may be there after status 2.
fn specs() -> [ColumnSpec; 2] {
    let spec = |name: &str, kind| ColumnSpec { name: name.to_owned(), kind, unit: None, doc: String::new() };
    [spec("iteration", ValueType::U32), spec("residual", ValueType::F64)]
}

/// Bytes of the two records.
pub(super) const BYTES: i32 = 64;

/// Takes the records of `table`, whose values are in `memory`. Columns of other names are left from a
/// part of the result: then there is nothing to tell.
pub(super) fn parse(table: &[u8], memory: &[u8], most_bytes: u64) -> Result<Vec<Iteration>, AbiError> {
    let (records, _) = table.as_chunks::<32>();
    let named = |(spec, record): (&ColumnSpec, &[u8; 32])| {
        let mut fields = Fields(record);
        slice(memory, fields.u32(), fields.u32()) == Some(spec.name.as_bytes())
    };
    if records.len() != 2 || !specs().iter().zip(records).all(named) {
        return Ok(Vec::new());
    }
    let mut columns = Table::of(&specs());
    columns.append(table, memory, most_bytes)?;
    let [numbers, residuals] = columns.columns.as_slice() else { return Ok(Vec::new()) };
    if numbers.width != 1 || residuals.width != 1 {
        return Err(AbiError::contract("its progress has more than one value in a row"));
    }
    match (&numbers.data, &residuals.data) {
        (ColumnData::U32(numbers), ColumnData::F64(residuals)) => {
            let both = numbers.iter().zip(residuals);
            Ok(both.map(|(&number, &residual)| Iteration { number, residual }).collect())
        }
        _ => Err(AbiError::contract("its progress is not of the types u32 and f64")),
    }
}
