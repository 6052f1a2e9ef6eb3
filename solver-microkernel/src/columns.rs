//! Result columns.

/// The values of a column, row after row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Values<'a> {
    /// 32-bit integers.
    U32(&'a [u32]),
    /// 64-bit integers.
    U64(&'a [u64]),
    /// 32-bit floats.
    F32(&'a [f32]),
    /// 64-bit floats.
    F64(&'a [f64]),
}

/// A column of a result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column<'a> {
    /// Name as in the description.
    pub name: &'static str,
    /// Values per row.
    pub width: u32,
    /// The values.
    pub values: Values<'a>,
}

impl<'a> Column<'a> {
    pub(crate) const fn new(name: &'static str, values: Values<'a>) -> Self {
        Self { name, width: 1, values }
    }

    /// Number of the type in the column table.
    #[must_use]
    pub const fn type_number(&self) -> u32 {
        match self.values {
            Values::U32(_) => 1,
            Values::U64(_) => 2,
            Values::F32(_) => 3,
            Values::F64(_) => 4,
        }
    }

    /// Values in all.
    #[must_use]
    pub const fn count(&self) -> usize {
        match self.values {
            Values::U32(v) => v.len(),
            Values::U64(v) => v.len(),
            Values::F32(v) => v.len(),
            Values::F64(v) => v.len(),
        }
    }

    /// Rows.
    #[must_use]
    pub fn rows(&self) -> u32 {
        (self.count() as u32).checked_div(self.width).unwrap_or_default()
    }

    /// Bytes in all.
    #[must_use]
    pub fn data_len(&self) -> u32 {
        let size = match self.values {
            Values::U32(_) | Values::F32(_) => 4,
            Values::U64(_) | Values::F64(_) => 8,
        };
        self.count() as u32 * size
    }

    /// Where the values lie; used in wasm, where addresses have 32 bits.
    #[must_use]
    pub fn address(&self) -> usize {
        match self.values {
            Values::U32(v) => v.as_ptr() as usize,
            Values::U64(v) => v.as_ptr() as usize,
            Values::F32(v) => v.as_ptr() as usize,
            Values::F64(v) => v.as_ptr() as usize,
        }
    }
}
