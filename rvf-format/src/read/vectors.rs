//! VEC_SEG: vectors, in the three layouts that exist.
//!
//! [`VecLayout::detect`] works on the first 18 bytes, so a solver can stream the rest.

use crate::error::{Error, ErrorKind, Result};
use crate::forever::{ID_LEN, VEC_HEAD_LEN};
use crate::limits::MAX_BLOCKS;
use crate::wire::{Cursor, align_up};
use alloc::vec::Vec;

/// How the vectors of a segment lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VecLayout {
    /// Rows of {id u64, f32 x dimension} from byte 6: what the runtime writes, and the same with
    /// the two counts in front swapped and their widths exchanged, as `rvf_store_export` writes.
    Rows(RowLayout),
    /// Blocks listed in a directory, columns first.
    Blocks {
        /// Entries of the directory, which starts at byte 4 and has 12 bytes each.
        count: u32,
    },
}

/// Where rows lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowLayout {
    /// Elements of each vector.
    pub dimension: u32,
    /// Rows.
    pub count: u32,
    /// True for the counts of `rvf_store_export`.
    pub swapped: bool,
}

impl RowLayout {
    /// Bytes of one row: the id, then the elements.
    #[must_use]
    pub const fn row_len(&self) -> u64 {
        ID_LEN as u64 + 4 * self.dimension as u64
    }

    /// Offset of a row in the payload.
    #[must_use]
    pub const fn row_offset(&self, row: u32) -> u64 {
        VEC_HEAD_LEN as u64 + self.row_len() * row as u64
    }

    /// The layout of `rvf_store_export`, which keeps the count modulo 65,536 only: the length tells
    /// the rest.
    fn swapped(dimension: u32, count_low: u16, payload_len: u64) -> Self {
        let layout = Self { dimension, count: count_low.into(), swapped: true };
        let rows = payload_len.saturating_sub(VEC_HEAD_LEN as u64) / layout.row_len();
        match u32::try_from(rows) {
            Ok(count) if count % 0x1_0000 == layout.count => Self { count, ..layout },
            _ => layout,
        }
    }

    const fn fits(&self, payload_len: u64) -> bool {
        self.row_offset(self.count) == payload_len
    }
}

/// Element type of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dtype(pub u8);

impl Dtype {
    /// 32-bit floats, the only type that published software stores.
    pub const F32: Self = Self(0);
}

/// One line of a block directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockEntry {
    /// Offset in the payload, a multiple of 64.
    pub offset: u32,
    /// Vectors.
    pub count: u32,
    /// Elements of each.
    pub dimension: u16,
    /// Element type.
    pub dtype: Dtype,
    /// Storage tier; kept, not used.
    pub tier: u8,
}

impl BlockEntry {
    /// Bytes of one entry.
    pub const LEN: usize = 12;

    /// Reads one entry.
    pub fn parse(bytes: &[u8], offset: u64) -> Result<Self> {
        let mut c = Cursor::new(bytes, offset);
        Ok(Self {
            offset: c.u32("block offset")?,
            count: c.u32("block vector count")?,
            dimension: c.u16("block dimension")?,
            dtype: Dtype(c.u8("block element type")?),
            tier: c.u8("block tier")?,
        })
    }

    /// Offset in the payload of element `column` of vector `row`, for f32 blocks.
    #[must_use]
    pub const fn element_offset(&self, row: u32, column: u32) -> u64 {
        self.offset as u64 + 4 * (column as u64 * self.count as u64 + row as u64)
    }

    /// Offset in the payload of the id map, for f32 blocks.
    #[must_use]
    pub const fn id_map_offset(&self) -> u64 {
        self.offset as u64 + 4 * self.dimension as u64 * self.count as u64
    }
}

impl VecLayout {
    /// Bytes that [`VecLayout::detect`] looks at, when there are as many.
    pub const HEAD_LEN: usize = 18;

    /// Tells the layout from the first bytes, the payload's length and the file's dimension.
    ///
    /// Row layouts are told by their exact length; both fit only when the counts say the same,
    /// and then the file's dimension decides. `offset` is absolute, for errors.
    pub fn detect(head: &[u8], payload_len: u64, dimension: u16, offset: u64) -> Result<Self> {
        let mut c = Cursor::new(head, offset);
        let first = c.u16("vector count")?;
        let second = c.u32("vector count")?;
        let rows = RowLayout { dimension: first.into(), count: second, swapped: false };
        let swapped = RowLayout::swapped(second, first, payload_len);
        let wanted = u32::from(dimension);
        for layout in [rows, swapped] {
            if layout.fits(payload_len) && (layout.dimension == wanted || layout.count == 0) {
                return Ok(Self::Rows(layout));
            }
        }
        let mut c = Cursor::new(head, offset);
        let count = c.u32("block count")?;
        let directory = 4 + u64::from(count) * BlockEntry::LEN as u64;
        if let Some(start) = align_up(directory)
            && (1..=MAX_BLOCKS).contains(&count)
            && start < payload_len
            && BlockEntry::parse(c.rest(), offset).is_ok_and(|e| u64::from(e.offset) == start)
        {
            return Ok(Self::Blocks { count });
        }
        if rows.fits(payload_len) || swapped.fits(payload_len) {
            let got = if rows.fits(payload_len) { rows.dimension } else { swapped.dimension };
            let kind = ErrorKind::Mismatch { expected: wanted.into(), got: got.into() };
            return Err(Error::new(offset, "dimension of the vector segment", kind));
        }
        let expected = rows.row_offset(rows.count);
        let kind = ErrorKind::Mismatch { expected, got: payload_len };
        Err(Error::new(offset, "length of the vector segment", kind))
    }
}

/// How the ids of a block are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdMap {
    /// A u64 each.
    Raw {
        /// Ids.
        count: u32,
    },
    /// LEB128: every `restart`-th absolute, the others the difference from the one before.
    DeltaVarint {
        /// Ids.
        count: u32,
        /// Distance between absolute values; 0 means only the first.
        restart: u16,
    },
}

impl IdMap {
    /// Bytes in front of the ids.
    pub const HEAD_LEN: usize = 7;

    /// Reads the head of an id map.
    pub fn parse(bytes: &[u8], offset: u64) -> Result<Self> {
        let mut c = Cursor::new(bytes, offset);
        let encoding = c.u8("id encoding")?;
        let restart = c.u16("id restart interval")?;
        let count = c.u32("id count")?;
        match encoding {
            0 => Ok(Self::Raw { count }),
            1 => Ok(Self::DeltaVarint { count, restart }),
            other => Err(Error::new(offset, "id encoding", ErrorKind::Unsupported { got: other.into() })),
        }
    }

    /// Number of ids.
    #[must_use]
    pub const fn count(self) -> u32 {
        match self {
            Self::Raw { count } | Self::DeltaVarint { count, .. } => count,
        }
    }

    /// Reads id number `index`, given the one before it.
    pub fn next(self, c: &mut Cursor<'_>, index: u32, previous: u64) -> Result<u64> {
        match self {
            Self::Raw { .. } => c.u64("vector id"),
            Self::DeltaVarint { restart, .. } => {
                let value = c.varint("vector id")?;
                let absolute = index == 0 || (restart != 0 && index.is_multiple_of(u32::from(restart)));
                Ok(if absolute { value } else { previous.wrapping_add(value) })
            }
        }
    }
}

/// One vector of a segment in memory, whatever the layout.
#[derive(Clone, Debug, PartialEq)]
pub struct Vector {
    /// Its id.
    pub id: u64,
    /// Its elements.
    pub elements: Vec<f32>,
}

/// Visits every vector of a payload in memory, in order. `visit` returns `false` to stop early.
///
/// This is for hosts (labels, queries by id, tests); solvers stream.
pub fn for_each_vector(
    payload: &[u8],
    dimension: u16,
    offset: u64,
    mut visit: impl FnMut(u64, &[f32]) -> bool,
) -> Result<()> {
    let mut elements = Vec::new();
    match VecLayout::detect(payload, payload.len() as u64, dimension, offset)? {
        VecLayout::Rows(layout) => {
            let mut c = Cursor::new(payload, offset);
            c.bytes(VEC_HEAD_LEN, "vector segment")?;
            for _ in 0..layout.count {
                let id = c.u64("vector id")?;
                let row = c.sized(4 * u64::from(layout.dimension), "vector")?;
                elements.clear();
                elements.extend(row.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)));
                if !visit(id, &elements) {
                    return Ok(());
                }
            }
        }
        VecLayout::Blocks { count } => {
            let mut directory = Cursor::new(payload, offset);
            directory.bytes(4, "block directory")?;
            let mut previous_end = 0;
            for _ in 0..count {
                let at = directory.offset();
                let entry = BlockEntry::parse(directory.bytes(BlockEntry::LEN, "block directory")?, at)?;
                // A short directory could otherwise name one large block over and over.
                if u64::from(entry.offset) < previous_end {
                    let rule = "lie behind the block before it";
                    let kind = ErrorKind::Invalid { rule, got: entry.offset.into() };
                    return Err(Error::new(at, "block offset", kind));
                }
                let block = Block::parse(payload, &entry, dimension, offset, at)?;
                let mut ids = Cursor::new(block.ids, block.ids_at);
                let mut previous = 0;
                for row in 0..entry.count {
                    previous = block.map.next(&mut ids, row, previous)?;
                    elements.clear();
                    elements.extend((0..usize::from(entry.dimension)).map(|column| {
                        let index = column * entry.count as usize + row as usize;
                        block.columns.get(index).map_or(0.0, |b| f32::from_le_bytes(*b))
                    }));
                    if !visit(previous, &elements) {
                        return Ok(());
                    }
                }
                previous_end = ids.offset() - offset;
            }
        }
    }
    Ok(())
}

/// A block of columns in memory, checked against its bounds.
struct Block<'a> {
    columns: &'a [[u8; 4]],
    map: IdMap,
    ids: &'a [u8],
    ids_at: u64,
}

impl<'a> Block<'a> {
    fn parse(
        payload: &'a [u8],
        entry: &BlockEntry,
        dimension: u16,
        offset: u64,
        entry_at: u64,
    ) -> Result<Self> {
        if entry.dtype != Dtype::F32 {
            let got = entry.dtype.0.into();
            return Err(Error::new(entry_at, "block element type", ErrorKind::Unsupported { got }));
        }
        if entry.dimension != dimension {
            let kind = ErrorKind::Mismatch { expected: dimension.into(), got: entry.dimension.into() };
            return Err(Error::new(entry_at, "block dimension", kind));
        }
        let mut c = Cursor::new(payload, offset);
        c.sized(entry.offset.into(), "block")?;
        let columns = c.sized(entry.id_map_offset() - u64::from(entry.offset), "block")?;
        let ids_at = c.offset();
        let map = IdMap::parse(c.rest(), ids_at)?;
        c.bytes(IdMap::HEAD_LEN, "id map")?;
        if map.count() != entry.count {
            let kind = ErrorKind::Mismatch { expected: entry.count.into(), got: map.count().into() };
            return Err(Error::new(ids_at, "id count", kind));
        }
        Ok(Self { columns: columns.as_chunks::<4>().0, map, ids: c.rest(), ids_at: c.offset() })
    }
}

/// Number of vectors in a payload, from its head alone.
pub fn vector_count(payload: &[u8], dimension: u16, offset: u64) -> Result<u64> {
    match VecLayout::detect(payload, payload.len() as u64, dimension, offset)? {
        VecLayout::Rows(layout) => Ok(layout.count.into()),
        VecLayout::Blocks { count } => {
            let mut c = Cursor::new(payload, offset);
            c.bytes(4, "block directory")?;
            let mut total = 0u64;
            for _ in 0..count {
                let at = c.offset();
                let entry = BlockEntry::parse(c.bytes(BlockEntry::LEN, "block directory")?, at)?;
                total = total.saturating_add(entry.count.into());
            }
            Ok(total)
        }
    }
}
