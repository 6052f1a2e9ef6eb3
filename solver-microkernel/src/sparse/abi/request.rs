//! Requests of the sparse operations.

use crate::fault::{Fault, Result, Status};
use crate::memory::{copy, reserve};
use alloc::vec::Vec;

/// The operations by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum SparseOperation {
    /// A x = b.
    Solve = 16,
    /// Single elements of x.
    Entry = 17,
    /// PageRank of every node.
    PageRank = 18,
    /// Personalised PageRank around seeds.
    Ppr = 19,
    /// Heat kernel around seeds.
    Diffuse = 20,
    /// A x.
    Spmv = 21,
    /// b - A x.
    Residual = 22,
    /// Entries and weight of rows.
    Degree = 23,
    /// The entries of rows.
    Neighbors = 24,
    /// max(x, 0).
    Relu = 25,
    /// x times the normal distribution function.
    Gelu = 26,
    /// y + factor x.
    Axpy = 27,
    /// Bits that are set.
    Popcount = 28,
    /// Bits that differ.
    Xor = 29,
}

use SparseOperation as Op;

impl SparseOperation {
    /// All, by number.
    pub const ALL: [Self; 14] = [
        Op::Solve,
        Op::Entry,
        Op::PageRank,
        Op::Ppr,
        Op::Diffuse,
        Op::Spmv,
        Op::Residual,
        Op::Degree,
        Op::Neighbors,
        Op::Relu,
        Op::Gelu,
        Op::Axpy,
        Op::Popcount,
        Op::Xor,
    ];

    /// The number in a request.
    #[must_use]
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// The name in the description.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Op::Solve => "solve",
            Op::Entry => "entry",
            Op::PageRank => "pagerank",
            Op::Ppr => "ppr",
            Op::Diffuse => "diffuse",
            Op::Spmv => "spmv",
            Op::Residual => "residual",
            Op::Degree => "degree",
            Op::Neighbors => "neighbors",
            Op::Relu => "relu",
            Op::Gelu => "gelu",
            Op::Axpy => "axpy",
            Op::Popcount => "popcount",
            Op::Xor => "xor",
        }
    }

    /// The parameters, as a bit for each number.
    const fn takes(self) -> u32 {
        const fn bits(list: &[u16]) -> u32 {
            let mut bits = 0;
            let mut rest = list;
            while let [first, tail @ ..] = rest {
                bits |= 1 << *first;
                rest = tail;
            }
            bits
        }
        match self {
            Op::Solve => bits(&[MATRIX, B, ROWS, VALUES, METHOD, TOLERANCE, MAX_ITERATIONS, SEED, UNPROVEN]),
            Op::Entry => bits(&[MATRIX, B, ROWS, VALUES, METHOD, TOLERANCE, SEED, IDS, CONFIDENCE, MAX_ROWS]),
            Op::PageRank => bits(&[MATRIX, TOLERANCE, ALPHA, K]),
            Op::Ppr => bits(&[MATRIX, METHOD, TOLERANCE, IDS, ALPHA, K, MAX_WORK]),
            Op::Diffuse => bits(&[MATRIX, TOLERANCE, IDS, K, TIME]),
            Op::Spmv => bits(&[MATRIX, X, X_VALUES]),
            Op::Residual => bits(&[MATRIX, B, ROWS, VALUES, X, X_VALUES]),
            Op::Degree | Op::Neighbors => bits(&[MATRIX, IDS]),
            Op::Relu | Op::Gelu => bits(&[X, X_VALUES]),
            Op::Axpy => bits(&[B, VALUES, X, X_VALUES, FACTOR]),
            Op::Popcount => bits(&[BITS]),
            Op::Xor => bits(&[BITS, OTHER_BITS]),
        }
    }

    /// Choices of parameter `method`.
    const fn methods(self) -> u32 {
        match self {
            Op::Solve => super::super::Method::ALL.len() as u32,
            Op::Entry => 3,
            _ => 2,
        }
    }
}

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

const U64: u16 = 1;
const F64: u16 = 2;
const ENUM: u16 = 3;
const STRING: u16 = 4;
const U64S: u16 = 6;
const F64S: u16 = 7;

const fn type_of(parameter: u16) -> u16 {
    match parameter {
        MATRIX | B | X => STRING,
        METHOD | UNPROVEN => ENUM,
        TOLERANCE | CONFIDENCE | ALPHA | TIME | FACTOR => F64,
        ROWS | IDS | BITS | OTHER_BITS => U64S,
        VALUES | X_VALUES => F64S,
        _ => U64,
    }
}

/// A request that is in order by itself; `None` where a parameter is absent.
pub(crate) struct Request {
    pub(crate) operation: SparseOperation,
    pub(crate) matrix: Option<Vec<u8>>,
    pub(crate) b: Option<Vec<u8>>,
    pub(crate) x: Option<Vec<u8>>,
    pub(crate) rows: Option<Vec<u64>>,
    pub(crate) values: Option<Vec<f64>>,
    pub(crate) x_values: Option<Vec<f64>>,
    pub(crate) ids: Option<Vec<u64>>,
    pub(crate) bits: Vec<u64>,
    pub(crate) other_bits: Vec<u64>,
    pub(crate) method: u32,
    pub(crate) unproven: bool,
    numbers: [Option<u64>; 5],
    floats: [Option<f64>; 5],
}

#[cold]
fn refuse(parameter: u16, words: &'static str) -> Fault {
    Fault::new(Status::Request, words, [parameter.into(), 0])
}

#[cold]
fn short() -> Fault {
    Fault::plain(Status::Request, "the request is cut short")
}

fn words(parameter: u16, value: &[u8]) -> Result<Vec<u64>> {
    let (list, rest) = value.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(refuse(parameter, "parameter # is not a whole number of 64-bit values"));
    }
    let mut out = Vec::new();
    reserve(&mut out, list.len())?;
    out.extend(list.iter().map(|bytes| u64::from_le_bytes(*bytes)));
    Ok(out)
}

fn floats(parameter: u16, value: &[u8]) -> Result<Vec<f64>> {
    let bits = words(parameter, value)?;
    let mut out = Vec::new();
    reserve(&mut out, bits.len())?;
    out.extend(bits.iter().map(|bits| f64::from_bits(*bits)));
    if out.iter().any(|value| !value.is_finite()) {
        let words = "parameter # holds a value that is not a finite number";
        return Err(Fault::new(Status::Number, words, [parameter.into(), 0]));
    }
    Ok(out)
}

impl Request {
    /// The operation that a request asks for, when it is one of these.
    pub(crate) fn operation(bytes: &[u8]) -> Option<SparseOperation> {
        let number = u32::from_le_bytes(*bytes.first_chunk()?);
        SparseOperation::ALL.into_iter().find(|operation| operation.number() == number)
    }

    /// Reads and copies a request.
    pub(crate) fn parse(operation: SparseOperation, bytes: &[u8]) -> Result<Self> {
        let mut request = Self {
            operation,
            matrix: None,
            b: None,
            x: None,
            rows: None,
            values: None,
            x_values: None,
            ids: None,
            bits: Vec::new(),
            other_bits: Vec::new(),
            method: 0,
            unproven: false,
            numbers: [None; 5],
            floats: [None; 5],
        };
        let Some((&[_, _, _, _, c0, c1, c2, c3], mut rest)) = bytes.split_first_chunk() else {
            return Err(short());
        };
        let mut last = 0;
        for _ in 0..u32::from_le_bytes([c0, c1, c2, c3]) {
            let Some((&[i0, i1, t0, t1, l0, l1, l2, l3], value)) = rest.split_first_chunk() else {
                return Err(short());
            };
            let (id, kind) = (u16::from_le_bytes([i0, i1]), u16::from_le_bytes([t0, t1]));
            let len = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
            let Some((value, fill)) = value.split_at_checked(len) else { return Err(short()) };
            let Some((fill, after)) = fill.split_at_checked(len.wrapping_neg() % 8) else {
                return Err(short());
            };
            rest = after;
            if id > 31 || operation.takes() & (1 << id) == 0 {
                return Err(refuse(id, "this operation has no parameter #"));
            }
            if id <= last {
                return Err(refuse(id, "parameter # is out of order: parameters ascend, each at most once"));
            }
            if kind != type_of(id) {
                return Err(refuse(id, "parameter # has the wrong type"));
            }
            if fill.iter().any(|byte| *byte != 0) {
                return Err(refuse(id, "parameter # is followed by bytes that are not zero"));
            }
            last = id;
            request.set(id, value)?;
        }
        if !rest.is_empty() {
            return Err(Fault::plain(Status::Request, "bytes follow the last parameter of the request"));
        }
        request.check()?;
        Ok(request)
    }

    fn set(&mut self, id: u16, value: &[u8]) -> Result<()> {
        match type_of(id) {
            STRING => {
                let name = Some(copy(value)?);
                match id {
                    MATRIX => self.matrix = name,
                    B => self.b = name,
                    _ => self.x = name,
                }
            }
            U64S => {
                let list = words(id, value)?;
                match id {
                    ROWS => self.rows = Some(list),
                    IDS => self.ids = Some(list),
                    BITS => self.bits = list,
                    _ => self.other_bits = list,
                }
            }
            F64S => {
                let list = floats(id, value)?;
                *(if id == VALUES { &mut self.values } else { &mut self.x_values }) = Some(list);
            }
            ENUM => {
                let choice = value.try_into().map_or(u32::MAX, u32::from_le_bytes);
                let choices = if id == METHOD { self.operation.methods() } else { 2 };
                if choice >= choices {
                    return Err(refuse(id, "parameter # has no such choice"));
                }
                if id == METHOD { self.method = choice } else { self.unproven = choice == 1 }
            }
            _ => {
                let Ok(bytes) = <[u8; 8]>::try_from(value) else {
                    return Err(refuse(id, "parameter # is not 8 bytes long"));
                };
                let bits = u64::from_le_bytes(bytes);
                let index = slot(id);
                if type_of(id) == F64 {
                    let value = f64::from_bits(bits);
                    if !in_range(id, value) {
                        return Err(refuse(id, "parameter # is out of range"));
                    }
                    if let Some(slot) = self.floats.get_mut(index) {
                        *slot = Some(value);
                    }
                } else {
                    let most = match id {
                        MAX_ITERATIONS => u32::MAX.into(),
                        K => crate::limits::MAX_K,
                        _ => u64::MAX,
                    };
                    if bits > most || (bits == 0 && id != SEED) {
                        return Err(refuse(id, "parameter # is out of range"));
                    }
                    if let Some(slot) = self.numbers.get_mut(index) {
                        *slot = Some(bits);
                    }
                }
            }
        }
        Ok(())
    }

    /// What parameters require of one another.
    fn check(&mut self) -> Result<()> {
        let plain = |words| Err(Fault::plain(Status::Request, words));
        let needs_ids = matches!(self.operation, Op::Entry | Op::Ppr | Op::Diffuse | Op::Neighbors);
        if needs_ids && self.ids.as_ref().is_none_or(Vec::is_empty) {
            return plain("the ids are required and there are none");
        }
        if self.ids.as_ref().is_some_and(|ids| ids.len() > super::super::limits::MAX_IDS) {
            return plain("more ids than one request may name");
        }
        if matches!(self.operation, Op::Ppr | Op::Diffuse)
            && let Some(ids) = &mut self.ids
        {
            crate::memory::sort_ids(ids);
        }
        if self.b.is_some() && self.values.is_some() {
            return plain("the right-hand side is given twice: by name and by values");
        }
        if self.x.is_some() && self.x_values.is_some() {
            return plain("the vector x is given twice: by name and by values");
        }
        if let Some(rows) = &self.rows {
            if self.values.as_ref().map(Vec::len) != Some(rows.len()) {
                return plain("rows and values must be equally many");
            }
            if !rows.is_sorted_by(|a, b| a < b) {
                return plain("rows must ascend, each at most once");
            }
        }
        let needs_x = matches!(self.operation, Op::Spmv | Op::Residual | Op::Relu | Op::Gelu | Op::Axpy);
        if needs_x && self.x.is_none() && self.x_values.is_none() {
            return plain("the vector x is required: by name or by values");
        }
        if self.operation == Op::Axpy && self.b.is_none() && self.values.is_none() {
            return plain("the vector b is required: by name or by values");
        }
        if self.operation == Op::Xor && self.bits.len() != self.other_bits.len() {
            return plain("the two bit sets must be equally long");
        }
        Ok(())
    }

    /// A whole number, or its default.
    pub(crate) fn number(&self, id: u16, default: u64) -> u64 {
        self.numbers.get(slot(id)).copied().flatten().unwrap_or(default)
    }

    /// A number, or its default.
    pub(crate) fn float(&self, id: u16, default: f64) -> f64 {
        self.float_given(id).unwrap_or(default)
    }

    /// A number, if it was given.
    pub(crate) fn float_given(&self, id: u16) -> Option<f64> {
        self.floats.get(slot(id)).copied().flatten()
    }
}

/// Where a scalar is kept.
const fn slot(id: u16) -> usize {
    match id {
        MAX_ITERATIONS | TOLERANCE => 0,
        SEED | CONFIDENCE => 1,
        MAX_ROWS | ALPHA => 2,
        K | TIME => 3,
        _ => 4,
    }
}

fn in_range(id: u16, value: f64) -> bool {
    match id {
        TOLERANCE => value > 0.0 && value.is_finite(),
        CONFIDENCE => value > 0.0 && value <= 1.0,
        ALPHA => value > 0.0 && value < 1.0,
        TIME => (0.0..=700.0).contains(&value),
        _ => value.is_finite(),
    }
}
