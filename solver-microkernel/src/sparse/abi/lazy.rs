//! Brings single rows: first where they lie, then their entries and their element of b.

use super::files::File;
use crate::directory::Segment;
use crate::lists::put;
use crate::sparse::limits::PIECE_BYTES;
use crate::sparse::refusal::{Refusal, Why, extend, push, reserve};
use crate::sparse::{Local, Need};
use solver_kernels::decode::{floats, indices};
use solver_lists::{Vec, append};

/// The right-hand side while rows are read one by one.
pub(crate) enum Side {
    /// The same everywhere.
    Constant(f64),
    /// By row, ascending; zero elsewhere.
    Listed(Vec<u64>, Vec<f64>),
    /// In memory.
    Held(Vec<f64>),
    /// In the file.
    Stored(File),
}

impl Side {
    /// The element of a row that is not in the file.
    fn element(&self, row: u32) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Listed(rows, values) => {
                let place = rows.binary_search(&row.into()).ok();
                place.and_then(|place| values.get(place)).copied().unwrap_or_default()
            }
            Self::Held(values) => values.get(row as usize).copied().unwrap_or_default(),
            Self::Stored(_) => 0.0,
        }
    }
}

/// A read with its place in the buffer.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) segment: Segment,
    pub(crate) offset: u64,
    pub(crate) len: usize,
    pub(crate) to: usize,
}

/// Rows asked for and not yet taken.
pub(crate) struct Lazy {
    ids: Vec<u32>,
    need: Need,
    /// How many of the ids the buffer holds, after those before.
    from: usize,
    count: usize,
    bytes: u64,
    /// The row at hand.
    columns: Vec<u32>,
    values: Vec<f64>,
}

impl Lazy {
    pub(crate) const fn new() -> Self {
        Self {
            ids: Vec::new(),
            need: Need::Nothing,
            from: 0,
            count: 0,
            bytes: 0,
            columns: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Bytes read so far.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes over what a local method wants.
    pub(crate) fn want(&mut self, need: Need, local: &Local) -> Result<(), Refusal> {
        self.ids.clear();
        reserve(&mut self.ids, local.wanted().len())?;
        append(&mut self.ids, local.wanted());
        (self.need, self.from, self.count) = (need, 0, 0);
        Ok(())
    }

    /// Bytes of columns, values and element of b of a row.
    fn sizes(file: &File, side: &Side, len: u32) -> (usize, usize, usize) {
        let len = len as usize;
        let b = if let Side::Stored(b) = side { b.head.value_type.width() as usize } else { 0 };
        (len * file.head.index_width.bytes() as usize, len * file.head.value_type.width() as usize, b)
    }

    /// Names the next reads; none when all was taken. The second number is the bytes they fill.
    pub(crate) fn ask(
        &mut self,
        file: &File,
        side: &Side,
        local: &Local,
    ) -> Result<(Vec<Wanted>, usize), Refusal> {
        self.from += self.count;
        self.count = 0;
        let (mut reads, mut to) = (Vec::new(), 0);
        let head = &file.head;
        for id in self.ids.iter().skip(self.from) {
            if self.need == Need::Lengths {
                let offset = head.arrays.offsets + u64::from(*id) * 8;
                want(&mut reads, Wanted { segment: file.segment, offset, len: 16, to })?;
                to += 16;
            } else {
                let Some((first, len)) = local.place(*id) else {
                    self.count += 1;
                    continue;
                };
                let (columns, values, b) = Self::sizes(file, side, len);
                let all = columns + values + b;
                if self.count > 0 && to + all > PIECE_BYTES {
                    break;
                }
                let offset = head.arrays.columns + first * head.index_width.bytes();
                want(&mut reads, Wanted { segment: file.segment, offset, len: columns, to })?;
                let offset = head.arrays.values + first * head.value_type.width();
                want(&mut reads, Wanted { segment: file.segment, offset, len: values, to: to + columns })?;
                if let Side::Stored(side) = side {
                    let offset = side.head.arrays.values + u64::from(*id) * b as u64;
                    let to = to + columns + values;
                    want(&mut reads, Wanted { segment: side.segment, offset, len: b, to })?;
                }
                to += all;
            }
            self.count += 1;
        }
        self.bytes += to as u64;
        Ok((reads, to))
    }

    /// True when the buffer holds rows that were asked for.
    pub(crate) const fn is_waiting(&self) -> bool {
        self.from < self.ids.len()
    }

    /// Takes the rows out of the buffer.
    pub(crate) fn take(
        &mut self,
        buffer: &[u8],
        file: &File,
        side: &Side,
        local: &mut Local,
    ) -> Result<(), Refusal> {
        let mut rest = buffer;
        for id in self.ids.iter().skip(self.from).take(self.count) {
            if self.need == Need::Lengths {
                let Some((place, after)) = rest.split_first_chunk::<16>() else { break };
                rest = after;
                let (ends, _) = place.as_chunks::<8>();
                let [first, end] = ends else { break };
                let (first, end) = (u64::from_le_bytes(*first), u64::from_le_bytes(*end));
                let len =
                    end.checked_sub(first).filter(|_| end <= file.head.entries && (*id > 0 || first == 0));
                let Some(len) = len.and_then(|len| u32::try_from(len).ok()) else {
                    return Err(Why::Offsets.row(*id));
                };
                local.take_length(*id, first, len)?;
                continue;
            }
            let Some((_, len)) = local.place(*id) else { continue };
            let (columns, values, b) = Self::sizes(file, side, len);
            let Some((columns, after)) = rest.split_at_checked(columns) else { break };
            let Some((values, after)) = after.split_at_checked(values) else { break };
            let Some((b, after)) = after.split_at_checked(b) else { break };
            rest = after;
            let b = match b {
                [] => side.element(*id),
                bytes => float(bytes),
            };
            // Patterns have ones.
            fill(&mut self.columns, len as usize, u32::MAX)?;
            fill(&mut self.values, len as usize, 1.0)?;
            indices(columns, file.head.index_width.bytes(), &mut self.columns);
            floats(values, file.head.value_type.width(), &mut self.values);
            local.take_row(*id, b, &self.columns, &self.values)?;
        }
        Ok(())
    }
}

/// One read more, unless it is of nothing.
fn want(reads: &mut Vec<Wanted>, read: Wanted) -> Result<(), Refusal> {
    if read.len > 0 { push(reads, read) } else { Ok(()) }
}

/// `len` times `value`, in the memory that is there.
fn fill<T: Copy>(vec: &mut Vec<T>, len: usize, value: T) -> Result<(), Refusal> {
    vec.clear();
    extend(vec, value, len)
}

/// A float of four or eight bytes.
fn float(bytes: &[u8]) -> f64 {
    match (bytes.first_chunk::<8>(), bytes.first_chunk::<4>()) {
        (Some(bytes), _) => f64::from_le_bytes(*bytes),
        (None, Some(bytes)) => f32::from_le_bytes(*bytes).into(),
        _ => 0.0,
    }
}

/// Row numbers of a request, which must be below the number of rows.
pub(crate) fn narrow_ids(ids: &[u64], rows: u32) -> Result<Vec<u32>, Refusal> {
    let mut out = Vec::new();
    reserve(&mut out, ids.len())?;
    for id in ids {
        let Some(id) = u32::try_from(*id).ok().filter(|id| *id < rows) else {
            return Err(Why::NoRow.at(*id));
        };
        put(&mut out, id);
    }
    Ok(out)
}
