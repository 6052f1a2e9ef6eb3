//! The 256 bytes in front of a matrix: its shape, where its arrays lie, and what was measured.

use crate::error::{Error, ErrorKind, Result};
use crate::forever::{SPARSE_HEAD_LEN, SPARSE_MAGIC, SPARSE_VERSION};
use crate::limits::{MAX_MATRIX_NAME, MIN_COLUMN_CAP};
use crate::wire::{Cursor, align_up};

/// What the arrays mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Compressed sparse rows: offsets, columns, values.
    Csr,
    /// A dense array, row by row; values only.
    Dense,
}

/// How values are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// Not at all: every entry is one.
    Pattern,
    /// 32-bit floats.
    F32,
    /// 64-bit floats.
    F64,
}

impl ValueType {
    /// Bytes of one value.
    #[must_use]
    pub const fn width(self) -> u64 {
        match self {
            Self::Pattern => 0,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// The number in the head.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Pattern => 0,
            Self::F32 => 1,
            Self::F64 => 2,
        }
    }

    /// `pattern`, `f32` or `f64`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pattern => "pattern",
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }
}

/// How indices are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexWidth {
    /// u32.
    U32,
    /// u64.
    U64,
}

impl IndexWidth {
    /// Bytes of one index.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        match self {
            Self::U32 => 4,
            Self::U64 => 8,
        }
    }
}

/// Facts about a matrix that were measured when it was packed, so that a solver can pick a method
/// and state its bound without a scan. `verify` measures them again.
///
/// With d the diagonal and r(i) the sum of |a_ij| over j != i, summed in ascending j in f64.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Properties {
    /// a_ij = a_ji for all i, j, bit for bit, and the matrix is square.
    pub symmetric: bool,
    /// No off-diagonal entry is positive and every diagonal entry is.
    pub m_sign: bool,
    /// Every diagonal entry exists and is not zero.
    pub full_diagonal: bool,
    /// min over rows of 1 - r(i)/|d_i|; minus infinity without a full diagonal.
    pub row_gap: f64,
    /// The same over columns.
    pub column_gap: f64,
    /// min over rows of |d_i| - r(i); minus infinity when not square.
    pub row_slack: f64,
    /// The same over columns.
    pub column_slack: f64,
    /// Least and greatest |d_i|.
    pub diagonal: (f64, f64),
    /// Least (not zero) and greatest |a_ij| off the diagonal; zeros when there is none. Of a dense
    /// array: over all its elements.
    pub off_diagonal: (f64, f64),
    /// Least and greatest sum of a row, signs kept.
    pub row_sum: (f64, f64),
    /// Most entries in a row.
    pub max_row_len: u64,
    /// Most entries in a column.
    pub max_column_len: u64,
}

/// Where one copy of the arrays lies: offsets from the start of the payload, multiples of 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrays {
    /// `rows + 1` offsets, u64: entries of row i are `offsets[i]..offsets[i + 1]`.
    pub offsets: u64,
    /// One column per entry, ascending within a row.
    pub columns: u64,
    /// One value per entry; meaningless for a pattern.
    pub values: u64,
}

/// The head of a matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SparseHead {
    /// Sparse or dense.
    pub kind: Kind,
    /// Width of column indices.
    pub index_width: IndexWidth,
    /// Type of values.
    pub value_type: ValueType,
    /// Rows.
    pub rows: u64,
    /// Columns.
    pub columns: u64,
    /// Stored entries.
    pub entries: u64,
    /// Bytes of the name, which follows the head.
    pub name_len: u32,
    /// The matrix by rows.
    pub arrays: Arrays,
    /// The same matrix by columns, when stored. A symmetric matrix needs none.
    pub transpose: Option<Arrays>,
    /// What was measured.
    pub properties: Properties,
}

const SYMMETRIC: u16 = 1;
const M_SIGN: u16 = 2;
const FULL_DIAGONAL: u16 = 4;
const TRANSPOSE: u16 = 8;

impl SparseHead {
    /// Where the arrays of a matrix of this shape lie, and the payload's length: arrays follow one
    /// another, each at the next multiple of 64. `None` when it does not fit in 64 bits.
    #[must_use]
    pub fn layout(&self, with_transpose: bool) -> Option<(Arrays, Option<Arrays>, u64)> {
        let mut end = (SPARSE_HEAD_LEN as u64).checked_add(self.name_len.into())?;
        let mut place = |count: u64, width: u64| {
            let start = align_up(end)?;
            end = start.checked_add(count.checked_mul(width)?)?;
            Some(start)
        };
        let mut arrays = |lines: u64| {
            let (offsets, columns) = match self.kind {
                Kind::Dense => (0, 0),
                Kind::Csr => {
                    (place(lines.checked_add(1)?, 8)?, place(self.entries, self.index_width.bytes())?)
                }
            };
            Some(Arrays { offsets, columns, values: place(self.entries, self.value_type.width())? })
        };
        let forward = arrays(self.rows)?;
        let transpose = if with_transpose { Some(arrays(self.columns)?) } else { None };
        Some((forward, transpose, end))
    }

    /// Reads a head from the first bytes of a payload of `payload_len` bytes at the absolute
    /// `offset`. Everything that can be wrong without looking at the arrays is refused.
    pub fn parse(bytes: &[u8], payload_len: u64, offset: u64) -> Result<Self> {
        let mut c = Cursor::new(bytes, offset);
        let mut c = Cursor::new(c.bytes(SPARSE_HEAD_LEN, "head of the matrix")?, offset);
        let fail = |at: u64, what, expected: u64, got: u64| {
            Err(Error::new(offset + at, what, ErrorKind::Mismatch { expected, got }))
        };
        let magic: [u8; 8] = c.array("magic of the matrix")?;
        if magic != SPARSE_MAGIC {
            return fail(
                0,
                "magic of the matrix",
                u64::from_le_bytes(SPARSE_MAGIC),
                u64::from_le_bytes(magic),
            );
        }
        let version = c.u16("version of the matrix")?;
        if version != SPARSE_VERSION {
            return fail(8, "version of the matrix", SPARSE_VERSION.into(), version.into());
        }
        let flags = c.u16("flags of the matrix")?;
        let unsupported =
            |at: u64, what, got: u64| Err(Error::new(offset + at, what, ErrorKind::Unsupported { got }));
        if flags & !(SYMMETRIC | M_SIGN | FULL_DIAGONAL | TRANSPOSE) != 0 {
            return unsupported(10, "flags of the matrix", flags.into());
        }
        let kind = match c.u8("kind of the matrix")? {
            0 => Kind::Csr,
            1 => Kind::Dense,
            other => return unsupported(12, "kind of the matrix", other.into()),
        };
        let index_width = match c.u8("index width of the matrix")? {
            4 => IndexWidth::U32,
            8 => IndexWidth::U64,
            other => return unsupported(13, "index width of the matrix", other.into()),
        };
        let value_type = match c.u8("value type of the matrix")? {
            0 => ValueType::Pattern,
            1 => ValueType::F32,
            2 => ValueType::F64,
            other => return unsupported(14, "value type of the matrix", other.into()),
        };
        let reserved = c.u8("reserved byte of the matrix")?;
        let (rows, columns, entries) = (c.u64("rows")?, c.u64("columns")?, c.u64("entries")?);
        let stored = |c: &mut Cursor<'_>| {
            Ok(Arrays {
                offsets: c.u64("offsets of the matrix")?,
                columns: c.u64("columns of the matrix")?,
                values: c.u64("values of the matrix")?,
            })
        };
        let (arrays, transposed) = (stored(&mut c)?, stored(&mut c)?);
        let name_len = c.u32("name length of the matrix")?;
        let mut float = || Ok(f64::from_le_bytes(c.array("property of the matrix")?));
        let mut pair = || Ok((float()?, float()?));
        let ((row_gap, column_gap), (row_slack, column_slack)) = (pair()?, pair()?);
        let (diagonal, off_diagonal, row_sum) = (pair()?, pair()?, pair()?);
        let (max_row_len, max_column_len) =
            (c.u64("property of the matrix")?, c.u64("property of the matrix")?);
        let zero = c.rest().iter().fold(reserved, |all, byte| all | byte);
        if zero != 0 {
            return fail(15, "reserved bytes of the matrix", 0, zero.into());
        }
        if name_len > MAX_MATRIX_NAME {
            let kind = ErrorKind::TooLarge { limit: MAX_MATRIX_NAME.into(), got: name_len.into() };
            return Err(Error::new(offset + 88, "name length of the matrix", kind));
        }
        let dense = rows.checked_mul(columns);
        if kind == Kind::Dense && dense != Some(entries) {
            return fail(32, "entries of a dense matrix", dense.unwrap_or(u64::MAX), entries);
        }
        if kind == Kind::Dense && value_type == ValueType::Pattern {
            return unsupported(14, "value type of a dense matrix", 0);
        }
        let most = rows.max(entries).max(MIN_COLUMN_CAP);
        if columns > most {
            let kind = ErrorKind::TooLarge { limit: most, got: columns };
            return Err(Error::new(offset + 24, "columns of the matrix", kind));
        }
        let head = Self {
            kind,
            index_width,
            value_type,
            rows,
            columns,
            entries,
            name_len,
            arrays,
            transpose: (flags & TRANSPOSE != 0).then_some(transposed),
            properties: Properties {
                symmetric: flags & SYMMETRIC != 0,
                m_sign: flags & M_SIGN != 0,
                full_diagonal: flags & FULL_DIAGONAL != 0,
                row_gap,
                column_gap,
                row_slack,
                column_slack,
                diagonal,
                off_diagonal,
                row_sum,
                max_row_len,
                max_column_len,
            },
        };
        head.check_layout(transposed, payload_len, offset)?;
        head.properties.check(offset)?;
        Ok(head)
    }

    fn check_layout(&self, transposed: Arrays, payload_len: u64, offset: u64) -> Result<()> {
        let wanted = self.layout(self.transpose.is_some());
        let too_large = ErrorKind::TooLarge { limit: payload_len, got: u64::MAX };
        let (arrays, transpose, len) =
            wanted.ok_or(Error::new(offset + 16, "shape of the matrix", too_large))?;
        if len != payload_len {
            let kind = ErrorKind::Mismatch { expected: len, got: payload_len };
            return Err(Error::new(offset + 16, "length of the matrix", kind));
        }
        let nothing = Arrays { offsets: 0, columns: 0, values: 0 };
        if arrays != self.arrays || transpose.unwrap_or(nothing) != transposed {
            let kind = ErrorKind::Mismatch { expected: arrays.columns, got: self.arrays.columns };
            return Err(Error::new(offset + 40, "place of the arrays of the matrix", kind));
        }
        Ok(())
    }

    /// The bytes of this head.
    #[must_use]
    pub fn encode(&self) -> [u8; SPARSE_HEAD_LEN] {
        let p = &self.properties;
        let flag = |on: bool, bit: u16| if on { bit } else { 0 };
        let flags = flag(p.symmetric, SYMMETRIC)
            | flag(p.m_sign, M_SIGN)
            | flag(p.full_diagonal, FULL_DIAGONAL)
            | flag(self.transpose.is_some(), TRANSPOSE);
        let kind = match self.kind {
            Kind::Csr => 0,
            Kind::Dense => 1,
        };
        let transpose = self.transpose.unwrap_or(Arrays { offsets: 0, columns: 0, values: 0 });
        let places = [self.arrays, transpose].map(|a| [a.offsets, a.columns, a.values]);
        let floats = [
            [p.row_gap, p.column_gap, p.row_slack, p.column_slack, p.diagonal.0, p.diagonal.1],
            [p.off_diagonal.0, p.off_diagonal.1, p.row_sum.0, p.row_sum.1, 0.0, 0.0],
        ];
        let bytes = SPARSE_MAGIC
            .into_iter()
            .chain(SPARSE_VERSION.to_le_bytes())
            .chain(flags.to_le_bytes())
            .chain([kind, self.index_width.bytes() as u8, self.value_type.to_byte(), 0])
            .chain([self.rows, self.columns, self.entries].into_iter().flat_map(u64::to_le_bytes))
            .chain(places.into_iter().flatten().flat_map(u64::to_le_bytes))
            .chain(self.name_len.to_le_bytes())
            .chain(floats.into_iter().flatten().take(10).flat_map(f64::to_le_bytes))
            .chain([p.max_row_len, p.max_column_len].into_iter().flat_map(u64::to_le_bytes));
        let mut out = [0; SPARSE_HEAD_LEN];
        out.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
        out
    }
}

impl Properties {
    /// Properties may be minus infinity where there is nothing to measure, and never a NaN.
    fn check(&self, offset: u64) -> Result<()> {
        let floats = [self.row_gap, self.column_gap, self.row_slack, self.column_slack];
        let pairs = [self.diagonal, self.off_diagonal, self.row_sum];
        let all = floats.into_iter().chain(pairs.into_iter().flat_map(|(a, b)| [a, b]));
        for value in all {
            if value.is_nan() || value == f64::INFINITY {
                let kind = ErrorKind::Invalid { rule: "be a number", got: value.to_bits() };
                return Err(Error::new(offset + 92, "property of the matrix", kind));
            }
        }
        Ok(())
    }
}
