//! Result columns: checked, copied out of the guest's memory, and appended part by part.

use super::AbiError;
use super::describe::{ColumnSpec, ValueType};
use super::wire::{Fields, slice};
use crate::engine::LimitHit;
use crate::limits;

/// Bytes of one record.
const RECORD: usize = 32;

/// The values of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnData {
    /// 32-bit unsigned integers.
    U32(Vec<u32>),
    /// 64-bit unsigned integers.
    U64(Vec<u64>),
    /// 32-bit floats, all finite.
    F32(Vec<f32>),
    /// 64-bit floats, all finite.
    F64(Vec<f64>),
}

impl ColumnData {
    fn empty(code: u32) -> Option<Self> {
        match code {
            1 => Some(Self::U32(Vec::new())),
            2 => Some(Self::U64(Vec::new())),
            3 => Some(Self::F32(Vec::new())),
            4 => Some(Self::F64(Vec::new())),
            _ => None,
        }
    }

    fn of(kind: ValueType) -> Self {
        match kind {
            ValueType::U32 => Self::U32(Vec::new()),
            ValueType::U64 => Self::U64(Vec::new()),
            ValueType::F32 => Self::F32(Vec::new()),
            ValueType::F64 => Self::F64(Vec::new()),
        }
    }

    /// Name of the type in a description.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::U32(_) => "u32",
            Self::U64(_) => "u64",
            Self::F32(_) => "f32",
            Self::F64(_) => "f64",
        }
    }

    fn value_bytes(&self) -> usize {
        match self {
            Self::U32(_) | Self::F32(_) => 4,
            Self::U64(_) | Self::F64(_) => 8,
        }
    }

    /// Number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::U32(values) => values.len(),
            Self::U64(values) => values.len(),
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }

    /// There are no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends little-endian values; false when one is not finite.
    fn append(&mut self, bytes: &[u8]) -> bool {
        fn of<const N: usize, T>(bytes: &[u8], value: impl Fn([u8; N]) -> T) -> impl Iterator<Item = T> {
            bytes.as_chunks::<N>().0.iter().map(move |chunk| value(*chunk))
        }
        let before = self.len();
        match self {
            Self::U32(values) => values.extend(of(bytes, u32::from_le_bytes)),
            Self::U64(values) => values.extend(of(bytes, u64::from_le_bytes)),
            Self::F32(values) => {
                values.extend(of(bytes, f32::from_le_bytes));
                return values.iter().skip(before).all(|value| value.is_finite());
            }
            Self::F64(values) => {
                values.extend(of(bytes, f64::from_le_bytes));
                return values.iter().skip(before).all(|value| value.is_finite());
            }
        }
        true
    }
}

/// One named column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name, as the guest gives it; matches `[a-z][a-z0-9_-]*`.
    pub name: String,
    /// Values per row.
    pub width: u32,
    /// `rows * width` values.
    pub data: ColumnData,
}

/// The columns of an answer, all of the same number of rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// In the order of the description.
    pub columns: Vec<Column>,
    /// Rows of every column.
    pub rows: u64,
    parts: u64,
    bytes: u64,
}

/// One record, checked against the memory.
struct Part<'m> {
    name: &'m str,
    kind: ColumnData,
    rows: u32,
    width: u32,
    data: &'m [u8],
}

impl Table {
    /// An empty table with the columns that an operation describes.
    pub(crate) fn of(specs: &[ColumnSpec]) -> Self {
        let column =
            |spec: &ColumnSpec| Column { name: spec.name.clone(), width: 1, data: ColumnData::of(spec.kind) };
        Self { columns: specs.iter().map(column).collect(), ..Self::default() }
    }

    /// A table of one value per row, in columns that an operation describes.
    pub(crate) fn filled(specs: &[ColumnSpec], data: Vec<ColumnData>, rows: u64) -> Self {
        let column =
            |(spec, data): (&ColumnSpec, ColumnData)| Column { name: spec.name.clone(), width: 1, data };
        Self { columns: specs.iter().zip(data).map(column).collect(), rows, ..Self::default() }
    }

    /// The column of this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Appends the part that `table` describes, whose names and values are in `memory`.
    pub(super) fn append(&mut self, table: &[u8], memory: &[u8], most_bytes: u64) -> Result<(), AbiError> {
        let (records, rest) = table.as_chunks::<RECORD>();
        if !rest.is_empty() || records.len() > limits::COLUMNS {
            let what = format!(
                "its column table has {} bytes; at most {} records of {RECORD} are due",
                table.len(),
                limits::COLUMNS
            );
            return Err(AbiError::Contract { what });
        }
        let parts = records.iter().map(|record| parse(record, memory)).collect::<Result<Vec<_>, _>>()?;
        let rows = parts.first().map_or(0, |part| part.rows);
        if parts.iter().any(|part| part.rows != rows) {
            return Err(AbiError::contract("its columns differ in their number of rows"));
        }
        let described = self.columns.len() == parts.len()
            && self.columns.iter().zip(&parts).all(|(column, part)| {
                column.name == part.name && column.data.type_name() == part.kind.type_name()
            });
        if !described {
            return Err(AbiError::contract("its columns are not those that its description lists"));
        }
        for (column, part) in self.columns.iter_mut().zip(&parts) {
            // The width of a column of vectors is known from its first part on.
            if self.parts == 0 {
                column.width = part.width;
            } else if column.width != part.width {
                return Err(AbiError::contract("its columns change their width between parts"));
            }
        }
        self.parts = self.parts.saturating_add(1);
        let more: u64 = parts.iter().map(|part| part.data.len() as u64).sum();
        self.bytes = self.bytes.saturating_add(more);
        if self.bytes > most_bytes {
            return Err(AbiError::Engine(LimitHit::Result { bytes: most_bytes }.into()));
        }
        for (column, part) in self.columns.iter_mut().zip(&parts) {
            if !column.data.append(part.data) {
                let what = format!("its column `{}` holds a value that is not finite", column.name);
                return Err(AbiError::Contract { what });
            }
        }
        self.rows = self.rows.saturating_add(u64::from(rows));
        Ok(())
    }
}

fn parse<'m>(record: &[u8], memory: &'m [u8]) -> Result<Part<'m>, AbiError> {
    let mut fields = Fields(record);
    let (name_ptr, name_len, code) = (fields.u32(), fields.u32(), fields.u32());
    let (rows, width) = (fields.u32(), fields.u32());
    let (data_ptr, data_len) = (fields.u32(), fields.u32());
    let name = slice(memory, name_ptr, name_len)
        .filter(|name| name.len() <= limits::NAME_BYTES)
        .and_then(|name| core::str::from_utf8(name).ok())
        .filter(|name| super::describe::is_column_name(name))
        .ok_or_else(|| AbiError::contract("a column has no proper name"))?;
    let kind = ColumnData::empty(code).ok_or_else(|| AbiError::Contract {
        what: format!("its column `{name}` has the unknown type {code}"),
    })?;
    let due = u64::from(rows)
        .checked_mul(u64::from(width))
        .and_then(|values| values.checked_mul(kind.value_bytes() as u64));
    if width == 0 || due != Some(u64::from(data_len)) {
        let what = format!("its column `{name}` gives {data_len} bytes for {rows} rows of {width} values");
        return Err(AbiError::Contract { what });
    }
    if data_len != 0 && u64::from(data_ptr) % (kind.value_bytes() as u64) != 0 {
        let what = format!("its column `{name}` is not aligned to its values");
        return Err(AbiError::Contract { what });
    }
    let data = if data_len == 0 { Some(&[][..]) } else { slice(memory, data_ptr, data_len) };
    let data = data.ok_or_else(|| AbiError::Contract {
        what: format!("its column `{name}` reaches outside its memory"),
    })?;
    Ok(Part { name, kind, rows, width, data })
}
