//! Brings single rows: first where they lie, then their entries and their element of b.

use super::asks::Asks;
use super::data::Data;
use super::files::{B, File, Files};
use crate::sparse::Need;
use crate::sparse::access::at;
use crate::sparse::limits::PIECE_BYTES;
use crate::sparse::refusal::{Refusal, Why, extend};
use crate::wire::number;
use solver_kernels::decode::{floats, indices};
use solver_lists::Vec;

/// How far the rows that [`crate::sparse::Local`] wants were taken.
pub(crate) struct Lazy {
    /// How many of them the buffer holds, after those before.
    from: u32,
    count: u32,
    /// The row at hand.
    columns: Vec<u32>,
    values: Vec<f64>,
}
solver_lists::blank!(Lazy { from, count, columns, values });

impl Lazy {
    /// Starts with the rows that are wanted.
    pub(crate) const fn start(&mut self) {
        (self.from, self.count) = (0, 0);
    }

    /// Names the next reads.
    pub(crate) fn ask(
        &mut self,
        file: &File,
        files: &Files,
        asks: &mut Asks,
        data: &mut Data,
    ) -> Result<(), Refusal> {
        self.from += self.count;
        self.count = 0;
        let (arrays, (index, value)) = (&file.head.arrays, file.widths());
        let (b, width) = (files.of(B), data.width(files.of(B)));
        let local = &data.local;
        let count = local.wanted().len() as u32;
        while self.from + self.count < count {
            let id = at(local.wanted(), self.from + self.count);
            if local.need() == Need::Lengths {
                asks.ask(file.segment, arrays.offsets + u64::from(id) * 8, 16)?;
            } else if let Some((first, len)) = local.place(id) {
                let len = u64::from(len);
                let all = len * (index + value) + width;
                if self.count > 0 && asks.end as u64 + all > PIECE_BYTES as u64 {
                    break;
                }
                asks.ask(file.segment, arrays.columns + first * index, (len * index) as usize)?;
                asks.ask(file.segment, arrays.values + first * value, (len * value) as usize)?;
                if let Some(b) = b {
                    let offset = b.head.arrays.values + u64::from(id) * width;
                    asks.ask(b.segment, offset, width as usize)?;
                }
            }
            self.count += 1;
        }
        data.bytes += asks.end as u64;
        Ok(())
    }

    /// True when all rows were taken.
    pub(crate) fn is_done(&self, data: &Data) -> bool {
        self.from as usize >= data.local.wanted().len()
    }

    /// Takes the rows out of the buffer.
    pub(crate) fn take(
        &mut self,
        file: &File,
        files: &Files,
        asks: &Asks,
        data: &mut Data,
    ) -> Result<(), Refusal> {
        let (index, value) = file.widths();
        let width = data.width(files.of(B));
        let mut place = 0;
        for i in self.from..self.from + self.count {
            let id = at(data.local.wanted(), i);
            if data.local.need() == Need::Lengths {
                let ends = asks.take(&mut place, 16);
                let (first, end) = (number(ends, 0, 8), number(ends, 8, 8));
                let len = end.wrapping_sub(first);
                let good = first <= end && end <= file.head.entries && (id > 0 || first == 0);
                if !good || len > u32::MAX.into() {
                    return Err(Why::Offsets.row(id));
                }
                data.local.take_length(id, first, len as u32)?;
            } else if let Some((_, len)) = data.local.place(id) {
                let len = len as usize;
                // Patterns have ones.
                fill(&mut self.columns, len, u32::MAX)?;
                fill(&mut self.values, len, 1.0)?;
                indices(asks.take(&mut place, len * index as usize), index, &mut self.columns);
                floats(asks.take(&mut place, len * value as usize), value, &mut self.values);
                let mut b = [data.element(id)];
                floats(asks.take(&mut place, width as usize), width, &mut b);
                let [b] = b;
                data.local.take_row(id, b, &self.columns, &self.values)?;
            }
        }
        Ok(())
    }
}

/// `len` times `value`, in the memory that is there.
fn fill<T: Copy>(vec: &mut Vec<T>, len: usize, value: T) -> Result<(), Refusal> {
    vec.clear();
    extend(vec, value, len)
}
