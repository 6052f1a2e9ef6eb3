//! One cell of a result column, as text and as JSON.

use rvf_loader::abi::{Column, ColumnData};
use rvf_terminal::serde_json::Value;
use rvf_terminal::{f32_value, f64_value};

/// Elements of a vector that a table shows.
const SHOWN: usize = 6;

/// The values of one row.
fn row<T: Copy, U>(values: &[T], width: u32, row: u64, show: impl Fn(T) -> U) -> Vec<U> {
    let width = usize::try_from(width).unwrap_or(usize::MAX);
    let start = usize::try_from(row).unwrap_or(usize::MAX).saturating_mul(width);
    values.iter().skip(start).take(width).map(|value| show(*value)).collect()
}

/// The values of one row as text, shortest digits that read back to the same number.
pub(super) fn texts(column: &Column, at: u64) -> Vec<String> {
    match &column.data {
        ColumnData::U32(values) => row(values, column.width, at, |x| x.to_string()),
        ColumnData::U64(values) => row(values, column.width, at, |x| x.to_string()),
        ColumnData::F32(values) => {
            row(values, column.width, at, |x| short(x.to_string(), || format!("{x:e}")))
        }
        ColumnData::F64(values) => row(values, column.width, at, f64_text),
    }
}

/// The shortest digits that read back to the same number.
pub(super) fn f64_text(x: f64) -> String {
    short(x.to_string(), || format!("{x:e}"))
}

/// Longer than any number that needs no zeros behind or in front of its digits.
const LONGEST_PLAIN: usize = 24;

/// The plain form of a number, or with an exponent when the plain one is mostly zeros.
fn short(plain: String, with_exponent: impl Fn() -> String) -> String {
    if plain.len() > LONGEST_PLAIN { with_exponent() } else { plain }
}

/// One cell of a table for people.
pub(super) fn cell(column: &Column, at: u64) -> String {
    let texts = texts(column, at);
    let shown: Vec<&str> = texts.iter().take(SHOWN).map(String::as_str).collect();
    let more = if texts.len() > SHOWN { format!(", ... ({} values)", texts.len()) } else { String::new() };
    shown.join(", ") + &more
}

/// One cell as JSON: a number, or a list for a vector.
pub(super) fn json(column: &Column, at: u64) -> Value {
    let mut values: Vec<Value> = match &column.data {
        ColumnData::U32(values) => row(values, column.width, at, Value::from),
        ColumnData::U64(values) => row(values, column.width, at, Value::from),
        ColumnData::F32(values) => row(values, column.width, at, f32_value),
        ColumnData::F64(values) => row(values, column.width, at, f64_value),
    };
    if column.width == 1 { values.pop().unwrap_or_default() } else { values.into() }
}

/// The id in a row of an id column.
pub(super) fn id(column: &Column, at: u64) -> Option<u64> {
    let at = usize::try_from(at).ok()?;
    match &column.data {
        ColumnData::U64(values) => values.get(at).copied(),
        ColumnData::U32(values) => values.get(at).map(|id| u64::from(*id)),
        ColumnData::F32(_) | ColumnData::F64(_) => None,
    }
}

/// All ids of an id column.
pub(super) fn ids(column: &Column) -> Vec<u64> {
    match &column.data {
        ColumnData::U64(values) => values.clone(),
        ColumnData::U32(values) => values.iter().map(|id| u64::from(*id)).collect(),
        ColumnData::F32(_) | ColumnData::F64(_) => Vec::new(),
    }
}
