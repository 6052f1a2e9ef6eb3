//! Requests: an operation and its parameters, checked against what the operation takes.

use crate::fault::{Fault, Result, Status};
use crate::limits::{DEFAULT_K, MAX_K};
use crate::memory::{copy, reserve, sort_ids};
use alloc::vec::Vec;
use core::ops::Range;
use rvf_format::Metric;

/// The operations by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The nearest vectors.
    Knn,
    /// The distance to every vector.
    Distances,
    /// Vectors of length one.
    Normalize,
    /// Counts and norms.
    Stats,
}

impl Operation {
    fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            1 => Self::Knn,
            2 => Self::Distances,
            3 => Self::Normalize,
            4 => Self::Stats,
            _ => return None,
        })
    }

    /// The number in a request.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Knn => 1,
            Self::Distances => 2,
            Self::Normalize => 3,
            Self::Stats => 4,
        }
    }

    /// The name in the description.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Knn => "knn",
            Self::Distances => "distances",
            Self::Normalize => "normalize",
            Self::Stats => "stats",
        }
    }

    const fn takes(self, parameter: u16) -> bool {
        match self {
            Self::Knn => matches!(parameter, QUERY | K | METRIC | EXCLUDE),
            Self::Distances => matches!(parameter, QUERY | METRIC | IDS),
            Self::Normalize => parameter == IDS,
            Self::Stats => false,
        }
    }
}

/// Parameter `query`.
pub const QUERY: u16 = 1;
/// Parameter `k`.
pub const K: u16 = 2;
/// Parameter `metric`.
pub const METRIC: u16 = 3;
/// Parameter `exclude`.
pub const EXCLUDE: u16 = 4;
/// Parameter `ids`.
pub const IDS: u16 = 5;

/// Number of the type `u64`.
pub const TYPE_U64: u16 = 1;
/// Number of the type `enum`.
pub const TYPE_ENUM: u16 = 3;
/// Number of the type `f32[]`.
pub const TYPE_F32S: u16 = 5;
/// Number of the type `u64[]`.
pub const TYPE_U64S: u16 = 6;

const fn type_of(parameter: u16) -> u16 {
    match parameter {
        QUERY => TYPE_F32S,
        K => TYPE_U64,
        METRIC => TYPE_ENUM,
        _ => TYPE_U64S,
    }
}

/// A request that is in order; shapes that depend on the file are checked later.
pub(crate) struct Request {
    bytes: Vec<u8>,
    query: Range<usize>,
    pub(crate) operation: Operation,
    pub(crate) k: usize,
    pub(crate) metric: Option<Metric>,
    /// Ascending, without repeats.
    pub(crate) exclude: Vec<u64>,
    /// Ascending, without repeats; `None` stands for all.
    pub(crate) ids: Option<Vec<u64>>,
}

#[cold]
fn short() -> Fault {
    Fault::plain(Status::Request, "the request is cut short")
}

#[cold]
fn refuse(parameter: u16, words: &'static str) -> Fault {
    Fault::new(Status::Request, words, [parameter.into(), 0])
}

impl Request {
    /// Reads and copies a request.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self> {
        let Some((number, rest)) = bytes.split_first_chunk() else { return Err(short()) };
        let Some((count, mut rest)) = rest.split_first_chunk() else { return Err(short()) };
        let (number, count) = (u32::from_le_bytes(*number), u32::from_le_bytes(*count));
        let Some(operation) = Operation::from_number(number) else {
            let words = "this solver has no operation #";
            return Err(Fault::new(Status::Request, words, [number.into(), 0]));
        };
        let mut request = Self {
            bytes: Vec::new(),
            query: 0..0,
            operation,
            k: DEFAULT_K as usize,
            metric: None,
            exclude: Vec::new(),
            ids: None,
        };
        let mut last = 0;
        for _ in 0..count {
            let Some((&[i0, i1, t0, t1, l0, l1, l2, l3], value)) = rest.split_first_chunk() else {
                return Err(short());
            };
            let (id, kind) = (u16::from_le_bytes([i0, i1]), u16::from_le_bytes([t0, t1]));
            let at = bytes.len() - value.len();
            let len = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
            let Some((value, fill)) = value.split_at_checked(len) else { return Err(short()) };
            let Some((fill, after)) = fill.split_at_checked(len.wrapping_neg() % 8) else {
                return Err(short());
            };
            rest = after;
            if !operation.takes(id) {
                return Err(refuse(id, "this operation has no parameter #"));
            }
            if id <= last {
                return Err(refuse(id, "parameter # is out of order: parameters ascend, each at most once"));
            }
            if kind != type_of(id) {
                return Err(refuse(id, "parameter # has the wrong type"));
            }
            if fill.iter().any(|b| *b != 0) {
                return Err(refuse(id, "parameter # is followed by bytes that are not zero"));
            }
            last = id;
            request.set(id, value, at)?;
        }
        if !rest.is_empty() {
            return Err(Fault::plain(Status::Request, "bytes follow the last parameter of the request"));
        }
        if operation.takes(QUERY) {
            if request.query.is_empty() {
                return Err(Fault::plain(Status::Request, "the query is required and has no elements"));
            }
            request.bytes = copy(bytes.get(request.query.clone()).unwrap_or_default())?;
        }
        Ok(request)
    }

    fn set(&mut self, id: u16, value: &[u8], at: usize) -> Result<()> {
        match id {
            QUERY => {
                if !value.len().is_multiple_of(4) {
                    return Err(refuse(id, "parameter # (query) is not a whole number of 32-bit floats"));
                }
                if !solver_kernels::is_finite(value) {
                    let words = "the query holds a value that is not a finite number";
                    return Err(Fault::plain(Status::Number, words));
                }
                self.query = at..at + value.len();
            }
            K => {
                let k = value.try_into().map_or(0, u64::from_le_bytes);
                if value.len() != 8 || !(1..=MAX_K).contains(&k) {
                    return Err(refuse(id, "parameter # (k) must be 1 to 65536"));
                }
                self.k = k as usize;
            }
            METRIC => {
                self.metric = match value {
                    [0, 0, 0, 0] => Some(Metric::L2),
                    [1, 0, 0, 0] => Some(Metric::InnerProduct),
                    [2, 0, 0, 0] => Some(Metric::Cosine),
                    _ => return Err(refuse(id, "parameter # (metric) must be 0 (l2), 1 (ip) or 2 (cosine)")),
                };
            }
            EXCLUDE => self.exclude = ids(id, value)?,
            _ => self.ids = Some(ids(id, value)?),
        }
        Ok(())
    }

    /// The number of queries for vectors of `dimension` elements.
    pub(crate) fn queries(&self, dimension: u16) -> Result<usize> {
        let len = 4 * usize::from(dimension);
        if len == 0 || !self.bytes.len().is_multiple_of(len) {
            let words = "the query has # elements, not a whole number of vectors of the file's dimension #";
            let numbers = [self.bytes.len() as u64 / 4, dimension.into()];
            return Err(Fault::new(Status::Request, words, numbers));
        }
        Ok(self.bytes.len() / len)
    }

    /// Query `number` for vectors of `dimension` elements.
    pub(crate) fn query(&self, number: usize, dimension: u16) -> &[u8] {
        let len = 4 * usize::from(dimension);
        self.bytes.get(number * len..).and_then(|rest| rest.get(..len)).unwrap_or_default()
    }

    /// True when the row is asked for.
    pub(crate) fn wants(&self, id: u64) -> bool {
        self.ids.as_ref().is_none_or(|ids| ids.binary_search(&id).is_ok())
    }

    /// True when the row is to be left out.
    #[inline]
    pub(crate) fn excludes(&self, id: u64) -> bool {
        !self.exclude.is_empty() && self.exclude.binary_search(&id).is_ok()
    }
}

fn ids(parameter: u16, value: &[u8]) -> Result<Vec<u64>> {
    let (words, rest) = value.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(refuse(parameter, "parameter # is not a whole number of 64-bit ids"));
    }
    let mut list = Vec::new();
    reserve(&mut list, words.len())?;
    list.extend(words.iter().map(|b| u64::from_le_bytes(*b)));
    sort_ids(&mut list);
    Ok(list)
}
