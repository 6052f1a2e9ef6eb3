//! Requests of the sparse operations: checked, and kept as the bytes that they are.

use super::operations::SparseOperation as Op;
use crate::lists::reserve;
use crate::report::{Report, Result};
use crate::request::{TYPE_ENUM, TYPE_F64, TYPE_F64S, TYPE_STRING, TYPE_U64, TYPE_U64S, walk};
use crate::sentence::Sentence;
use crate::sparse::refusal::{Refusal, fill};
use crate::wire::number;
use solver_kernels::decode::floats;
use solver_lists::{Vec, append};

/// Name of the matrix.
pub(crate) const MATRIX: u16 = 1;
/// Name of the right-hand side.
pub(crate) const B: u16 = 2;
/// Rows of the right-hand side that are given.
pub(crate) const ROWS: u16 = 3;
/// Their values.
pub(crate) const VALUES: u16 = 4;
/// How.
pub(crate) const METHOD: u16 = 5;
/// How well.
pub(crate) const TOLERANCE: u16 = 6;
/// How long.
pub(crate) const MAX_ITERATIONS: u16 = 7;
/// Of random numbers.
pub(crate) const SEED: u16 = 8;
/// Try without a proof.
pub(crate) const UNPROVEN: u16 = 9;
/// Rows or nodes.
pub(crate) const IDS: u16 = 10;
/// Probability that a bound holds.
pub(crate) const CONFIDENCE: u16 = 11;
/// Rows that may be read.
pub(crate) const MAX_ROWS: u16 = 12;
/// Chance to end a walk.
pub(crate) const ALPHA: u16 = 13;
/// Nodes wanted.
pub(crate) const K: u16 = 14;
/// Of a diffusion.
pub(crate) const TIME: u16 = 15;
/// Name of a vector.
pub(crate) const X: u16 = 16;
/// A vector.
pub(crate) const X_VALUES: u16 = 17;
/// A bit set.
pub(crate) const BITS: u16 = 18;
/// Another.
pub(crate) const OTHER_BITS: u16 = 19;
/// Entries that may be passed.
pub(crate) const MAX_WORK: u16 = 20;
/// Of `axpy`.
pub(crate) const FACTOR: u16 = 21;
/// What came of choices.
pub(crate) const OBSERVATIONS: u16 = 22;

/// The type of each parameter, by id.
const TYPES: [u8; COUNT] = [
    0,
    TYPE_STRING as u8,
    TYPE_STRING as u8,
    TYPE_U64S as u8,
    TYPE_F64S as u8,
    TYPE_ENUM as u8,
    TYPE_F64 as u8,
    TYPE_U64 as u8,
    TYPE_U64 as u8,
    TYPE_ENUM as u8,
    TYPE_U64S as u8,
    TYPE_F64 as u8,
    TYPE_U64 as u8,
    TYPE_F64 as u8,
    TYPE_U64 as u8,
    TYPE_F64 as u8,
    TYPE_STRING as u8,
    TYPE_F64S as u8,
    TYPE_U64S as u8,
    TYPE_U64S as u8,
    TYPE_U64 as u8,
    TYPE_F64 as u8,
    TYPE_U64S as u8,
];

/// Parameters, and one for none.
const COUNT: usize = 23;

/// A request that is in order by itself.
pub(crate) struct Request {
    pub(crate) operation: Op,
    /// The values one after another.
    bytes: Vec<u8>,
    /// Where the value of each parameter is, one more than that; zeros for one that is absent.
    places: [(u32, u32); COUNT],
}
solver_lists::blank!(Request { operation, bytes, places });

impl Request {
    /// Reads and copies the parameters.
    #[inline(never)]
    pub(crate) fn parse(&mut self, bytes: &[u8], report: &mut Report) -> Result<()> {
        reserve(&mut self.bytes, bytes.len(), report)?;
        let takes = self.operation.takes();
        walk(bytes, takes, &TYPES, report, &mut |id, value, report| self.set(id, value, report))?;
        match self.contradiction() {
            None => Ok(()),
            Some(wrong) => Err(report.plain(wrong)),
        }
    }

    fn set(&mut self, id: u32, value: &[u8], report: &mut Report) -> Result<()> {
        let kind: u16 = TYPES.get(id as usize).copied().unwrap_or_default().into();
        let whole = match kind {
            TYPE_STRING => true,
            TYPE_ENUM => value.len() == 4,
            TYPE_U64S | TYPE_F64S => value.len().is_multiple_of(8),
            _ => value.len() == 8,
        };
        if !whole {
            return Err(report.fail(Sentence::ParameterType, id.into(), 0));
        }
        let bits = number(value, 0, 8);
        let float = f64::from_bits(bits);
        let in_range = match (id as u16, kind) {
            (METHOD, _) => bits < self.operation.methods().into(),
            (UNPROVEN, _) => bits < 2,
            (TOLERANCE, _) => float > 0.0 && float.is_finite(),
            (CONFIDENCE, _) => float > 0.0 && float <= 1.0,
            (ALPHA, _) => float > 0.0 && float < 1.0,
            (TIME, _) => (0.0..=700.0).contains(&float),
            (FACTOR, _) => float.is_finite(),
            (MAX_ITERATIONS, _) => bits > 0 && bits <= u32::MAX.into(),
            (K, _) => bits > 0 && bits <= crate::limits::MAX_K,
            (SEED, _) => true,
            (_, TYPE_U64) => bits > 0,
            (_, TYPE_F64S) => {
                if chunks(value).any(|bits| !f64::from_bits(bits).is_finite()) {
                    return Err(report.fail(Sentence::NotFinite, id.into(), 0));
                }
                true
            }
            _ => true,
        };
        if !in_range {
            let choice = kind == TYPE_ENUM;
            let words = if choice { Sentence::NoChoice } else { Sentence::Range };
            return Err(report.fail(words, id.into(), 0));
        }
        let start = self.bytes.len() as u32 + 1;
        // There is room: the values are shorter than the request.
        append(&mut self.bytes, value);
        if let Some(place) = self.places.get_mut(id as usize) {
            *place = (start, start + value.len() as u32);
        }
        Ok(())
    }

    /// What parameters require of one another; nothing when it is so.
    fn contradiction(&self) -> Option<Sentence> {
        let op = self.operation;
        let (b, x, values) = (self.has(B), self.has(X), self.has(VALUES));
        let ids = self.bytes(IDS).len() / 8;
        let required = matches!(op, Op::Entry | Op::Ppr | Op::Diffuse | Op::Neighbors);
        if required && ids == 0 {
            return Some(Sentence::NoIds);
        }
        if ids > crate::sparse::limits::MAX_IDS {
            return Some(Sentence::ManyIds);
        }
        if b && values || x && self.has(X_VALUES) {
            return Some(Sentence::Twice);
        }
        if self.has(ROWS) {
            if self.bytes(ROWS).len() != self.bytes(VALUES).len() || !values {
                return Some(Sentence::RowsAndValues);
            }
            if !chunks(self.bytes(ROWS)).is_sorted_by(|a, b| a < b) {
                return Some(Sentence::RowOrder);
            }
        }
        let needs_x = matches!(op, Op::Spmv | Op::Residual | Op::Relu | Op::Gelu | Op::Axpy);
        if needs_x && !x && !self.has(X_VALUES) {
            return Some(Sentence::VectorX);
        }
        if op == Op::Axpy && !b && !values {
            return Some(Sentence::VectorB);
        }
        if op == Op::Xor && self.bytes(BITS).len() != self.bytes(OTHER_BITS).len() {
            return Some(Sentence::BitSets);
        }
        None
    }

    /// True when the parameter was given.
    #[inline(never)]
    pub(crate) fn has(&self, id: u16) -> bool {
        self.places.get(id as usize).is_some_and(|place| place.0 > 0)
    }

    /// The value of a parameter; empty when it is absent.
    #[inline(never)]
    pub(crate) fn bytes(&self, id: u16) -> &[u8] {
        let (from, to) = self.places.get(id as usize).copied().unwrap_or_default();
        self.bytes.get((from as usize).saturating_sub(1)..(to as usize).saturating_sub(1)).unwrap_or_default()
    }

    /// The words of a list.
    #[inline(never)]
    pub(crate) fn words(&self, id: u16, out: &mut Vec<u64>) -> core::result::Result<(), Refusal> {
        fill(out, 0, self.bytes(id).len() / 8)?;
        out.iter_mut().zip(chunks(self.bytes(id))).for_each(|(out, word)| *out = word);
        Ok(())
    }

    /// The numbers of a list.
    pub(crate) fn floats(&self, id: u16, out: &mut Vec<f64>) -> core::result::Result<(), Refusal> {
        fill(out, 0.0, self.bytes(id).len() / 8)?;
        floats(self.bytes(id), 8, out);
        Ok(())
    }

    /// A whole number, or its default.
    #[inline(never)]
    pub(crate) fn number(&self, id: u16, default: u64) -> u64 {
        if self.has(id) { number(self.bytes(id), 0, 8) } else { default }
    }

    /// A number, or its default.
    pub(crate) fn float(&self, id: u16, default: f64) -> f64 {
        f64::from_bits(self.number(id, default.to_bits()))
    }

    /// The choice of a method, from 0.
    pub(crate) fn method(&self) -> u32 {
        self.number(METHOD, 0) as u32
    }
}

fn chunks(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes))
}
