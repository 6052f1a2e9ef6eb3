//! The 256 bytes in front of a matrix: its shape, where its arrays lie, and what was measured.

use crate::error::{Error, ErrorKind, Result};
use crate::forever::{SPARSE_HEAD_LEN, SPARSE_MAGIC, SPARSE_VERSION};
use crate::limits::{MAX_MATRIX_NAME, MIN_COLUMN_CAP};
use crate::wire::align_up;

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
        let ([a, b, c, d, e, f], end) = self.places(with_transpose);
        let transpose = Arrays { offsets: d, columns: e, values: f };
        let arrays = Arrays { offsets: a, columns: b, values: c };
        (end < u64::MAX).then_some((arrays, with_transpose.then_some(transpose), end))
    }

    /// The same as numbers: zeros for arrays that are not there, the greatest end for too large ones.
    fn places(&self, with_transpose: bool) -> ([u64; 6], u64) {
        let mut places = [0; 6];
        let mut end = (SPARSE_HEAD_LEN as u64).saturating_add(self.name_len.into());
        for (number, place) in places.iter_mut().enumerate() {
            let lines = if number < 3 { self.rows } else { self.columns };
            let (count, width) = match number % 3 {
                0 => (lines.saturating_add(1), 8),
                1 => (self.entries, self.index_width.bytes()),
                _ => (self.entries, self.value_type.width()),
            };
            let is_dense_index = self.kind == Kind::Dense && number % 3 < 2;
            if is_dense_index || (number >= 3 && !with_transpose) {
                continue;
            }
            *place = align_up(end).unwrap_or(u64::MAX);
            end = place.saturating_add(count.saturating_mul(width));
        }
        (places, end)
    }

    /// Reads a head from the first bytes of a payload of `payload_len` bytes at the absolute
    /// `offset`. Everything that can be wrong without looking at the arrays is refused.
    pub fn parse(bytes: &[u8], payload_len: u64, offset: u64) -> Result<Self> {
        let Some(bytes) = bytes.first_chunk::<SPARSE_HEAD_LEN>() else {
            let kind = ErrorKind::Truncated { needed: SPARSE_HEAD_LEN as u64, available: bytes.len() as u64 };
            return Err(Error::new(offset, "head of the matrix", kind));
        };
        let byte = |at: usize| u64::from(bytes.get(at).copied().unwrap_or_default());
        let word = |at: usize| word(bytes, at);
        let pair = |at: usize| (f64::from_bits(word(at)), f64::from_bits(word(at + 8)));
        let arrays = |at: usize| Arrays { offsets: word(at), columns: word(at + 8), values: word(at + 16) };
        let flags = byte(10) | byte(11) << 8;
        let flag = |flag: u16| flags & u64::from(flag) != 0;
        let ((row_gap, column_gap), (row_slack, column_slack)) = (pair(92), pair(108));
        let head = Self {
            kind: if byte(12) == 0 { Kind::Csr } else { Kind::Dense },
            index_width: if byte(13) == 4 { IndexWidth::U32 } else { IndexWidth::U64 },
            value_type: match byte(14) {
                0 => ValueType::Pattern,
                1 => ValueType::F32,
                _ => ValueType::F64,
            },
            rows: word(16),
            columns: word(24),
            entries: word(32),
            name_len: word(88) as u32,
            arrays: arrays(40),
            transpose: flag(TRANSPOSE).then_some(arrays(64)),
            properties: Properties {
                symmetric: flag(SYMMETRIC),
                m_sign: flag(M_SIGN),
                full_diagonal: flag(FULL_DIAGONAL),
                row_gap,
                column_gap,
                row_slack,
                column_slack,
                diagonal: pair(124),
                off_diagonal: pair(140),
                row_sum: pair(156),
                max_row_len: word(172),
                max_column_len: word(180),
            },
        };
        match head.fault(bytes, payload_len) {
            None => Ok(head),
            Some((at, what, kind)) => Err(Error::new(offset.saturating_add(at), what, kind)),
        }
    }

    /// The first thing that is wrong with a head that was read from `bytes`: where, what and how.
    fn fault(
        &self,
        bytes: &[u8; SPARSE_HEAD_LEN],
        payload_len: u64,
    ) -> Option<(u64, &'static str, ErrorKind)> {
        let byte = |at: usize| u64::from(bytes.get(at).copied().unwrap_or_default());
        let flags = byte(10) | byte(11) << 8;
        let wrong = |at: u64, what, expected, got| Some((at, what, ErrorKind::Mismatch { expected, got }));
        let unsupported = |at: u64, what, got| Some((at, what, ErrorKind::Unsupported { got }));
        let (magic, version) = (word(bytes, 0), byte(8) | byte(9) << 8);
        if magic != u64::from_le_bytes(SPARSE_MAGIC) {
            return wrong(0, "magic of the matrix", u64::from_le_bytes(SPARSE_MAGIC), magic);
        }
        if version != SPARSE_VERSION.into() {
            return wrong(8, "version of the matrix", SPARSE_VERSION.into(), version);
        }
        if flags & !u64::from(SYMMETRIC | M_SIGN | FULL_DIAGONAL | TRANSPOSE) != 0 {
            return unsupported(10, "flags of the matrix", flags);
        }
        if byte(12) > 1 {
            return unsupported(12, "kind of the matrix", byte(12));
        }
        if byte(13) != self.index_width.bytes() {
            return unsupported(13, "index width of the matrix", byte(13));
        }
        if byte(14) > 2 || (self.kind == Kind::Dense && byte(14) == 0) {
            return unsupported(14, "value type of the matrix", byte(14));
        }
        let zero = bytes.iter().skip(188).fold(byte(15), |all, byte| all | u64::from(*byte));
        if zero != 0 {
            return wrong(15, "reserved bytes of the matrix", 0, zero);
        }
        let most = self.rows.max(self.entries).max(MIN_COLUMN_CAP);
        for (at, what, limit, got) in [
            (88, "name length of the matrix", MAX_MATRIX_NAME.into(), self.name_len.into()),
            (24, "columns of the matrix", most, self.columns),
        ] {
            if got > limit {
                return Some((at, what, ErrorKind::TooLarge { limit, got }));
            }
        }
        // The greatest number when it does not fit in 64 bits: then the length is wrong too.
        let dense = self.rows.saturating_mul(self.columns);
        if self.kind == Kind::Dense && dense != self.entries {
            return wrong(32, "entries of a dense matrix", dense, self.entries);
        }
        let (places, len) = self.places(flags & u64::from(TRANSPOSE) != 0);
        if len != payload_len {
            return wrong(16, "length of the matrix", len, payload_len);
        }
        for (number, place) in places.into_iter().enumerate() {
            let got = word(bytes, 40 + 8 * number);
            if got != place {
                return wrong(40 + 8 * number as u64, "place of an array of the matrix", place, got);
            }
        }
        // Properties may be minus infinity where there is nothing to measure, and never a NaN.
        for number in 0..10 {
            let got = word(bytes, 92 + 8 * number);
            let value = f64::from_bits(got);
            if value.is_nan() || value == f64::INFINITY {
                let kind = ErrorKind::Invalid { rule: "be a number", got };
                return Some((92 + 8 * number as u64, "property of the matrix", kind));
            }
        }
        None
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

/// The number at `at`, which is inside.
fn word(bytes: &[u8; SPARSE_HEAD_LEN], at: usize) -> u64 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |word| u64::from_le_bytes(*word))
}
