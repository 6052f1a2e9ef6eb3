//! Brings single rows: first where they lie, then their entries and their element of b.

use super::files::File;
use crate::directory::Segment;
use crate::lists::sort;
use crate::sparse::limits::PIECE_BYTES;
use crate::sparse::refusal::{Refusal, Why, push, reserve};
use crate::sparse::{Local, Need};
use alloc::vec::Vec;

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
pub(crate) struct Wanted {
    pub(crate) segment: Segment,
    pub(crate) offset: u64,
    pub(crate) len: usize,
    pub(crate) to: usize,
}

/// Bytes between two pieces that are read too, so that they come in one read.
const GAP: u64 = 64;

/// Pieces of an array in ascending order, joined to runs that are read at once.
struct Runs {
    /// The run at hand in the file, and where it goes.
    start: u64,
    end: u64,
    to: usize,
}

impl Runs {
    /// Where in the buffer a piece goes; its read is a new one, or the last one made longer.
    fn add(
        &mut self,
        segment: Segment,
        offset: u64,
        len: usize,
        reads: &mut Vec<Wanted>,
    ) -> Result<usize, Refusal> {
        let end = offset.saturating_add(len as u64);
        let joins = offset >= self.start && offset <= self.end.saturating_add(GAP);
        if !joins {
            self.to = self.next();
            (self.start, self.end) = (offset, offset);
            push(reads, Wanted { segment, offset, len: 0, to: self.to })?;
        }
        self.end = self.end.max(end);
        if let Some(last) = reads.last_mut() {
            last.len = (self.end - self.start) as usize;
        }
        Ok(self.to + (offset - self.start) as usize)
    }

    /// Where the next run goes.
    const fn next(&self) -> usize {
        self.to + (self.end - self.start) as usize
    }
}

/// Rows asked for and not yet taken.
pub(crate) struct Lazy {
    ids: Vec<u32>,
    need: Need,
    /// How many of the ids the buffer holds, after those before.
    from: usize,
    count: usize,
    bytes: u64,
    /// Ids in ascending order with their places in `ids`, and for each of these where its parts are in the buffer.
    order: Vec<u64>,
    spots: Vec<u32>,
    /// The row at hand.
    columns: Vec<u32>,
    values: Vec<f64>,
}

/// Parts of a row: columns (or the two offsets), values, element of b.
const PARTS: usize = 3;

impl Lazy {
    pub(crate) const fn new() -> Self {
        Self {
            ids: Vec::new(),
            need: Need::Nothing,
            from: 0,
            count: 0,
            bytes: 0,
            order: Vec::new(),
            spots: Vec::new(),
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
        self.ids.extend_from_slice(local.wanted());
        (self.need, self.from, self.count) = (need, 0, 0);
        Ok(())
    }

    /// Segment, offset and bytes of a part of a row.
    fn part(&self, file: &File, side: &Side, local: &Local, id: u32, part: usize) -> (Segment, u64, usize) {
        let head = &file.head;
        if self.need == Need::Lengths {
            let len = if part == 0 { 16 } else { 0 };
            return (file.segment, head.arrays.offsets + u64::from(id) * 8, len);
        }
        let (first, len) = local.place(id).unwrap_or_default();
        match (part, side) {
            (0, _) => {
                let width = head.index_width.bytes();
                (file.segment, head.arrays.columns + first * width, (u64::from(len) * width) as usize)
            }
            (1, _) => {
                let width = head.value_type.width();
                (file.segment, head.arrays.values + first * width, (u64::from(len) * width) as usize)
            }
            (_, Side::Stored(b)) => {
                let width = b.head.value_type.width();
                (b.segment, b.head.arrays.values + u64::from(id) * width, width as usize)
            }
            _ => (file.segment, 0, 0),
        }
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
        self.order.clear();
        self.spots.clear();
        let mut all = 0;
        for id in self.ids.iter().skip(self.from) {
            let bytes: usize = (0..PARTS).map(|part| self.part(file, side, local, *id, part).2).sum();
            if self.count > 0 && all + bytes > PIECE_BYTES {
                break;
            }
            all += bytes;
            push(&mut self.order, u64::from(*id) << 32 | self.count as u64)?;
            self.count += 1;
            for _ in 0..PARTS {
                push(&mut self.spots, 0)?;
            }
        }
        sort(&mut self.order);
        let (mut reads, mut runs) = (Vec::new(), Runs { start: u64::MAX, end: u64::MAX, to: 0 });
        for part in 0..PARTS {
            for i in 0..self.order.len() {
                let key = self.order.get(i).copied().unwrap_or_default();
                let (segment, offset, len) = self.part(file, side, local, (key >> 32) as u32, part);
                if len == 0 {
                    continue;
                }
                let to = runs.add(segment, offset, len, &mut reads)?;
                if let Some(spot) = self.spots.get_mut((key as u32) as usize * PARTS + part) {
                    *spot = to as u32;
                }
            }
            // The next array starts a run of its own.
            runs = Runs { start: u64::MAX, end: u64::MAX, to: runs.next() };
        }
        self.bytes += runs.to as u64;
        Ok((reads, runs.to))
    }

    /// A part of the row that is `place`-th of those in the buffer.
    fn bytes_of<'a>(&self, buffer: &'a [u8], place: usize, part: usize, len: usize) -> Option<&'a [u8]> {
        let spot = *self.spots.get(place * PARTS + part)? as usize;
        buffer.get(spot..)?.get(..len)
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
        for place in 0..self.count {
            let Some(id) = self.ids.get(self.from + place).copied() else { break };
            let part = |part| {
                let (_, _, len) = self.part(file, side, local, id, part);
                self.bytes_of(buffer, place, part, len).unwrap_or_default()
            };
            let (columns, values, b) = (part(0), part(1), part(2));
            if self.need == Need::Lengths {
                let [first, end] = columns.as_chunks::<8>().0 else { break };
                let (first, end) = (u64::from_le_bytes(*first), u64::from_le_bytes(*end));
                let len =
                    end.checked_sub(first).filter(|_| end <= file.head.entries && (id > 0 || first == 0));
                let Some(len) = len.and_then(|len| u32::try_from(len).ok()) else {
                    return Err(Why::Offsets.row(id));
                };
                local.take_length(id, first, len)?;
                continue;
            }
            let b = match b {
                [] => side.element(id),
                bytes => float(bytes),
            };
            self.columns.clear();
            self.values.clear();
            let width = file.head.index_width.bytes() as usize;
            for bytes in columns.chunks_exact(width) {
                // A column that does not fit becomes one that is out of range.
                let column = match (bytes.first_chunk::<8>(), bytes.first_chunk::<4>()) {
                    (Some(bytes), _) => u32::try_from(u64::from_le_bytes(*bytes)).unwrap_or(u32::MAX),
                    (None, Some(bytes)) => u32::from_le_bytes(*bytes),
                    _ => u32::MAX,
                };
                push(&mut self.columns, column)?;
            }
            for bytes in values.chunks_exact(file.head.value_type.width().max(1) as usize) {
                push(&mut self.values, float(bytes))?;
            }
            // Patterns have ones.
            while self.values.len() < self.columns.len() {
                push(&mut self.values, 1.0)?;
            }
            local.take_row(id, b, &self.columns, &self.values)?;
        }
        Ok(())
    }
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
        out.push(id);
    }
    Ok(out)
}
