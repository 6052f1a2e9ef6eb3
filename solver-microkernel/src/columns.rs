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

#[cfg(feature = "sparse")]
impl<'a> Column<'a> {
    pub(crate) const fn new(name: &'static str, values: Values<'a>) -> Self {
        Self { name, width: 1, values }
    }
}

impl Column<'_> {
    /// Type in the column table, bytes of a value, values in all, where they lie.
    #[inline(never)]
    fn shape(&self) -> (u32, u32, usize, usize) {
        match self.values {
            Values::U32(v) => (1, 4, v.len(), v.as_ptr() as usize),
            Values::U64(v) => (2, 8, v.len(), v.as_ptr() as usize),
            Values::F32(v) => (3, 4, v.len(), v.as_ptr() as usize),
            Values::F64(v) => (4, 8, v.len(), v.as_ptr() as usize),
        }
    }

    /// Number of the type in the column table.
    #[must_use]
    pub fn type_number(&self) -> u32 {
        self.shape().0
    }

    /// Values in all.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shape().2
    }

    /// Rows.
    #[must_use]
    pub fn rows(&self) -> u32 {
        (self.count() as u32).checked_div(self.width).unwrap_or_default()
    }

    /// Bytes in all.
    #[must_use]
    pub fn data_len(&self) -> u32 {
        let (_, size, count, _) = self.shape();
        count as u32 * size
    }

    /// The record of the column table, in words; used in wasm, where addresses have 32 bits.
    #[must_use]
    pub fn record(&self) -> [u32; 8] {
        let (kind, size, count, address) = self.shape();
        let name = self.name.as_ptr() as usize;
        let count = count as u32;
        let rows = count.checked_div(self.width).unwrap_or_default();
        [name as u32, self.name.len() as u32, kind, rows, self.width, address as u32, count * size, 0]
    }
}
