//! `rvf_distances`: the query against every row of the block.

use crate::half::widen;
use crate::limits::place;
use crate::memory::Memory;
use crate::root::root;
use crate::sums::{LANES, products, squares};
use crate::tile::{F16, F32, I8, REFUSED, Tile, Word, size};

/// Metrics, as published.
const L2: u32 = 0;
const IP: u32 = 1;
const COSINE: u32 = 2;
const HAMMING: u32 = 3;

impl<M: Memory> Tile<M> {
    /// `rvf_distances`: writes one f32 for every row of the block to `out` and returns how many. Metric 0
    /// is the sum of squared differences, 1 the negated inner product, 2 one less the cosine (exactly 1 for
    /// a zero vector), 3 the number of bits that differ.
    ///
    /// A query of halves is compared with rows of halves or f32 as halves, and with rows of i8 as i8, as
    /// published: its first bytes are the elements then. A query of f32 is compared as it is with all.
    pub fn distances(&mut self, metric: u32, out: u32) -> i32 {
        let (rows, element) = (self.get(Word::Rows), self.get(Word::BlockType));
        if metric > HAMMING || !self.0.takes(out, u64::from(rows) * 4) {
            return REFUSED;
        }
        let dimension = self.get(Word::Dimension);
        let query = self.0.place(place::WIDE_QUERY);
        if self.get(Word::QueryType) == F16 {
            let raw = self.0.place(place::QUERY);
            self.widen(raw, query, dimension, if element == I8 { I8 } else { F16 });
        }
        let length = if metric == COSINE { root(products(&self.0, query, query, dimension)) } else { 0.0 };
        let mut at = self.0.place(place::BLOCK);
        let mut to = out;
        for _ in 0..rows {
            let distance = if metric == HAMMING {
                self.differing_bits(query, at, dimension, element)
            } else {
                let row = self.wide_row(at, dimension, element);
                self.distance(metric, query, length, row, dimension)
            };
            // One NaN, the same on every engine.
            self.0.set_float(to, if distance.is_nan() { f32::NAN } else { distance });
            at = at.wrapping_add(dimension.wrapping_mul(size(element)));
            to = to.wrapping_add(4);
        }
        rows as i32
    }

    #[inline(always)]
    fn distance(&self, metric: u32, query: u32, length: f32, row: u32, dimension: u32) -> f32 {
        match metric {
            L2 => squares(&self.0, query, row, dimension),
            IP => {
                // Zero rather than -0.
                0.0 - products(&self.0, query, row, dimension)
            }
            _ => {
                let other = root(products(&self.0, row, row, dimension));
                if length == 0.0 || other == 0.0 {
                    return 1.0;
                }
                1.0 - products(&self.0, query, row, dimension) / (length * other)
            }
        }
    }

    /// The address of a row as f32 with zeros behind it: where it is when it needs none, or where it was
    /// put.
    #[inline(never)]
    fn wide_row(&mut self, at: u32, dimension: u32, element: u32) -> u32 {
        let row = self.0.place(place::WIDE_ROW);
        if element != F32 {
            self.widen(at, row, dimension, element);
        } else if dimension.is_multiple_of(LANES) {
            return at;
        } else {
            self.0.copy(at, row, dimension.wrapping_mul(4));
            self.pad(row, dimension);
        }
        row
    }

    /// Writes the zeros behind a vector.
    #[inline(always)]
    pub(crate) fn pad(&mut self, at: u32, dimension: u32) {
        let mut at = at.wrapping_add(dimension.wrapping_mul(4));
        for _ in 0..place::PADDING / 4 {
            self.0.set_word(at, 0);
            at = at.wrapping_add(4);
        }
    }

    /// Writes elements as f32, and zeros behind them.
    #[inline(never)]
    pub(crate) fn widen(&mut self, from: u32, to: u32, count: u32, element: u32) {
        let (mut from, mut to) = (from, to);
        for _ in 0..count {
            let value = if element == I8 {
                let [byte] = self.0.load(from);
                f32::from(byte as i8)
            } else {
                widen(u16::from_le_bytes(self.0.load(from)))
            };
            self.0.set_float(to, value);
            from = from.wrapping_add(size(element));
            to = to.wrapping_add(4);
        }
        self.pad(to, 0);
    }

    /// Bits that differ: between the bytes as they are when the query was given in the type of the rows,
    /// else between the f32 of both.
    #[inline(never)]
    fn differing_bits(&mut self, query: u32, row: u32, dimension: u32, element: u32) -> f32 {
        let published = self.get(Word::QueryType) == F16 && element != F32;
        let (mut a, mut b, bytes) = if published {
            (self.0.place(place::QUERY), row, dimension.wrapping_mul(size(element)))
        } else {
            (query, self.wide_row(row, dimension, element), dimension.wrapping_mul(4))
        };
        let mut bits = 0;
        for _ in 0..bytes {
            let ([x], [y]): ([u8; 1], [u8; 1]) = (self.0.load(a), self.0.load(b));
            bits += (x ^ y).count_ones();
            (a, b) = (a.wrapping_add(1), b.wrapping_add(1));
        }
        bits as f32
    }
}
