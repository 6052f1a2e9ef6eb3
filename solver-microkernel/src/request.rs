//! Requests: an operation and its parameters, checked against what the operation takes.

use crate::limits::{DEFAULT_K, MAX_K};
use crate::lists::{find, put, reserve, sort, unique};
use crate::measure::is_finite;
use crate::report::{Report, Result};
use crate::sentence::Sentence;
use crate::wire::{number, number32};
use rvf_format::Metric;
use solver_lists::{Vec, append};

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
solver_lists::blank!(enum Operation = Knn);

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

    /// The same, for decisions: without the feature `rows` there is one operation, and the compiler
    /// is to know it.
    #[inline(always)]
    pub(crate) const fn built(self) -> Self {
        if cfg!(feature = "rows") { self } else { Self::Knn }
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
        match self.built() {
            Self::Knn => "knn",
            Self::Distances => "distances",
            Self::Normalize => "normalize",
            Self::Stats => "stats",
        }
    }

    /// The parameters that it takes: bit `id` for each.
    const fn takes(self) -> u32 {
        match self.built() {
            Self::Knn => 1 << QUERY | 1 << K | 1 << METRIC | 1 << EXCLUDE,
            Self::Distances => 1 << QUERY | 1 << METRIC | 1 << IDS,
            Self::Normalize => 1 << IDS,
            Self::Stats => 0,
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
/// Number of the type `f64`.
pub const TYPE_F64: u16 = 2;
/// Number of the type `enum`.
pub const TYPE_ENUM: u16 = 3;
/// Number of the type `string`.
pub const TYPE_STRING: u16 = 4;
/// Number of the type `f32[]`.
pub const TYPE_F32S: u16 = 5;
/// Number of the type `u64[]`.
pub const TYPE_U64S: u16 = 6;
/// Number of the type `f64[]`.
pub const TYPE_F64S: u16 = 7;

/// The type of each parameter, by id.
const TYPES: [u8; 6] =
    [0, TYPE_F32S as u8, TYPE_U64 as u8, TYPE_ENUM as u8, TYPE_U64S as u8, TYPE_U64S as u8];

/// A request that is in order; shapes that depend on the file are checked later.
pub(crate) struct Request {
    query: Vec<u8>,
    pub(crate) operation: Operation,
    pub(crate) k: usize,
    /// One more than the metric's number, if it was given; else zero.
    metric: u8,
    /// The ids of `exclude` or `ids`, ascending, if there is such a parameter.
    list: Vec<u64>,
    has_list: bool,
}
solver_lists::blank!(Request { query, operation, k, metric, list, has_list });

/// Takes a parameter whose type and place are right.
type Take<'a> = dyn FnMut(u32, &[u8], &mut Report) -> Result<()> + 'a;

/// Goes through the parameters of a request. `takes` has a bit for each parameter that the operation
/// takes, `types` the type of each.
#[cfg_attr(feature = "sparse", inline(never))]
pub(crate) fn walk(
    bytes: &[u8],
    takes: u32,
    types: &[u8],
    report: &mut Report,
    take: &mut Take<'_>,
) -> Result<()> {
    let mut left = number32(bytes, 4, 4);
    let mut rest = bytes.get(8..);
    let mut last = 0;
    while left > 0 {
        let (head, tail) = rest.unwrap_or_default().split_at_checked(8).unwrap_or_default();
        let (id, kind) = (number32(head, 0, 2), number(head, 2, 2));
        let len = number(head, 4, 4) as usize;
        let (value, tail) = tail.split_at_checked(len).unwrap_or_default();
        rest = tail.get(len.wrapping_neg() % 8..);
        let Some(rest) = rest.filter(|_| value.len() == len && !head.is_empty()) else { break };
        let wrong = if id > 31 || takes >> id & 1 == 0 {
            Some(Sentence::Parameter)
        } else if id <= last {
            Some(Sentence::ParameterOrder)
        } else if kind != u64::from(types.get(id as usize).copied().unwrap_or_default()) {
            Some(Sentence::ParameterType)
        } else if number(tail, 0, tail.len() - rest.len()) != 0 {
            Some(Sentence::ParameterEnd)
        } else {
            None
        };
        if let Some(wrong) = wrong {
            return Err(report.fail(wrong, id.into(), 0));
        }
        last = id;
        take(id, value, report)?;
        left -= 1;
    }
    if left > 0 || rest.is_none_or(|rest| !rest.is_empty()) {
        return Err(report.plain(Sentence::RequestLength));
    }
    Ok(())
}

impl Request {
    /// Reads and copies a request, where there was none.
    #[inline(never)]
    pub(crate) fn parse(&mut self, bytes: &[u8], report: &mut Report) -> Result<()> {
        let wanted = number32(bytes, 0, 4);
        let operation = Operation::from_number(wanted).filter(|o| *o == o.built());
        let Some(operation) = operation else {
            return Err(report.fail(Sentence::Operation, wanted.into(), 0));
        };
        self.operation = operation;
        self.k = DEFAULT_K as usize;
        walk(bytes, operation.takes(), &TYPES, report, &mut |id, value, report| self.set(id, value, report))?;
        if operation.takes() >> QUERY & 1 == 1 && self.query.is_empty() {
            return Err(report.plain(Sentence::NoQuery));
        }
        Ok(())
    }

    /// Takes in a parameter whose type is right.
    fn set(&mut self, id: u32, value: &[u8], report: &mut Report) -> Result<()> {
        let number = number(value, 0, 8);
        let wrong = match id as u16 {
            QUERY => {
                if !is_finite(value) {
                    return Err(report.plain(Sentence::QueryNumber));
                }
                reserve(&mut self.query, value.len(), report)?;
                append(&mut self.query, value);
                if value.len().is_multiple_of(4) { None } else { Some(Sentence::ParameterType) }
            }
            K => {
                self.k = number as usize;
                let good = value.len() == 8 && (1..=MAX_K).contains(&number);
                if good { None } else { Some(Sentence::K) }
            }
            METRIC => {
                self.metric = 1 + (number as u8).min(2);
                let good = value.len() == 4 && number <= 2;
                if good { None } else { Some(Sentence::Metric) }
            }
            _ => {
                let list = &mut self.list;
                reserve(list, value.len() / 8, report)?;
                for id in value.as_chunks().0 {
                    put(list, u64::from_le_bytes(*id));
                }
                sort(list);
                unique(list);
                self.has_list = true;
                if value.len().is_multiple_of(8) { None } else { Some(Sentence::ParameterType) }
            }
        };
        match wrong {
            None => Ok(()),
            Some(wrong) => Err(report.fail(wrong, id.into(), 0)),
        }
    }

    /// The metric asked for, or else that of the file.
    pub(crate) fn metric(&self, of_file: u8) -> Metric {
        Metric::from_byte(self.metric.checked_sub(1).unwrap_or(of_file))
    }

    /// The number of queries for vectors of `dimension` elements.
    pub(crate) fn queries(&self, dimension: usize, report: &mut Report) -> Result<usize> {
        let (len, row) = (self.query.len(), 4 * dimension);
        match len.checked_rem(row) {
            Some(0) => Ok(len / row),
            _ => Err(report.fail(Sentence::QueryLength, len as u64 / 4, dimension as u64)),
        }
    }

    /// Query `number` for vectors of `dimension` elements.
    pub(crate) fn query(&self, number: usize, dimension: usize) -> &[u8] {
        let len = 4 * dimension;
        self.query.get(number * len..).and_then(|rest| rest.get(..len)).unwrap_or_default()
    }

    /// True when the row is to be left out: named in `exclude`, or not named in `ids`.
    #[inline]
    pub(crate) fn excludes(&self, id: u64) -> bool {
        let exclude = matches!(self.operation.built(), Operation::Knn);
        self.has_list && find(&self.list, id).is_some() == exclude
    }

    /// The number of ids in `ids`, if it is there.
    pub(crate) fn asked(&self) -> Option<u64> {
        self.has_list.then_some(self.list.len() as u64)
    }
}
