//! The operations: numbers, names, parameters, columns.

use super::emit::Source::{self, Float, Number, Small, Wide};
use super::request::{
    ALPHA, B, BITS, CONFIDENCE, FACTOR, IDS, K, MATRIX, MAX_ITERATIONS, MAX_ROWS, MAX_WORK, METHOD,
    OBSERVATIONS, OTHER_BITS, ROWS, SEED, TIME, TOLERANCE, UNPROVEN, VALUES, X, X_VALUES,
};
use crate::wire::number32;

/// The operations by number, from [`FIRST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SparseOperation {
    /// A x = b.
    Solve,
    /// Single elements of x.
    Entry,
    /// PageRank of every node.
    PageRank,
    /// Personalised PageRank around seeds.
    Ppr,
    /// Heat kernel around seeds.
    Diffuse,
    /// A x.
    Spmv,
    /// b - A x.
    Residual,
    /// Entries and weight of rows.
    Degree,
    /// The entries of rows.
    Neighbors,
    /// max(x, 0).
    Relu,
    /// x times the normal distribution function.
    Gelu,
    /// y + factor x.
    Axpy,
    /// Bits that are set.
    Popcount,
    /// Bits that differ.
    Xor,
    /// What was learned, with observations taken in.
    Learn,
}
solver_lists::blank!(enum SparseOperation = Solve);

use SparseOperation as Op;

/// What an operation is called, takes and gives.
struct Facts {
    name: &'static str,
    /// A bit for each parameter.
    takes: u32,
    columns: &'static [(&'static str, Source)],
}

const fn bits(list: &[u16]) -> u32 {
    let mut bits = 0;
    let mut rest = list;
    while let [first, tail @ ..] = rest {
        bits |= 1 << *first;
        rest = tail;
    }
    bits
}

const fn facts(name: &'static str, takes: &[u16], columns: &'static [(&'static str, Source)]) -> Facts {
    Facts { name, takes: bits(takes), columns }
}

/// The number of the first one.
const FIRST: u32 = 16;

/// By number, from [`FIRST`].
static FACTS: [Facts; 15] = [
    facts(
        "solve",
        &[MATRIX, B, ROWS, VALUES, METHOD, TOLERANCE, MAX_ITERATIONS, SEED, UNPROVEN],
        &[("row", Number), ("x", Float(0))],
    ),
    facts(
        "entry",
        &[MATRIX, B, ROWS, VALUES, METHOD, TOLERANCE, SEED, IDS, CONFIDENCE, MAX_ROWS],
        &[
            ("row", Number),
            ("value", Float(0)),
            ("bound", Float(1)),
            ("confidence", Float(2)),
            ("rows_read", Wide(1)),
            ("bytes_read", Wide(2)),
        ],
    ),
    facts("pagerank", &[MATRIX, TOLERANCE, ALPHA, K], &[("id", Number), ("score", Float(0))]),
    facts(
        "ppr",
        &[MATRIX, METHOD, TOLERANCE, IDS, ALPHA, K, MAX_WORK],
        &[("id", Number), ("score", Float(0)), ("bound", Float(1)), ("certified", Small)],
    ),
    facts(
        "diffuse",
        &[MATRIX, TOLERANCE, IDS, K, TIME],
        &[("id", Number), ("score", Float(0)), ("bound", Float(1))],
    ),
    facts("spmv", &[MATRIX, X, X_VALUES], &[("row", Number), ("y", Float(0))]),
    facts("residual", &[MATRIX, B, ROWS, VALUES, X, X_VALUES], &[("row", Number), ("residual", Float(0))]),
    facts("degree", &[MATRIX, IDS], &[("id", Number), ("degree", Small), ("weight", Float(0))]),
    facts("neighbors", &[MATRIX, IDS], &[("id", Number), ("neighbor", Wide(1)), ("weight", Float(0))]),
    facts("relu", &[X, X_VALUES], &[("value", Float(0))]),
    facts("gelu", &[X, X_VALUES], &[("value", Float(0))]),
    facts("axpy", &[B, VALUES, X, X_VALUES, FACTOR], &[("value", Float(0))]),
    facts("popcount", &[BITS], &[("count", Wide(1))]),
    facts("xor", &[BITS, OTHER_BITS], &[("bits", Wide(1))]),
    facts("learn", &[OBSERVATIONS], &[("word", Wide(1))]),
];

impl SparseOperation {
    /// All, by number.
    pub const ALL: [Self; 15] = [
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
        Op::Learn,
    ];

    /// The operation that a request asks for, when it is one of these.
    pub(crate) fn of(request: &[u8]) -> Option<Self> {
        Self::ALL
            .get(number32(request, 0, 4).wrapping_sub(FIRST) as usize)
            .copied()
            .filter(|op| cfg!(feature = "policy") || *op != Op::Learn)
    }

    /// The number in a request.
    #[must_use]
    pub const fn number(self) -> u32 {
        FIRST + self as u32
    }

    fn facts(self) -> &'static Facts {
        // The numbers are those of the table.
        FACTS.get(self as usize).unwrap_or(&FACTS[0])
    }

    /// The name in the description.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// The parameters, as a bit for each number.
    pub(crate) fn takes(self) -> u32 {
        self.facts().takes
    }

    /// Name and source of column `number`.
    pub(crate) fn column(self, number: usize) -> Option<(&'static str, Source)> {
        self.facts().columns.get(number).copied()
    }

    /// Choices of parameter `method`.
    pub(crate) const fn methods(self) -> u32 {
        match self {
            Op::Solve => super::super::Method::ALL.len() as u32,
            Op::Entry => 3,
            _ => 2,
        }
    }

    /// True for the ones on matrices.
    pub(crate) const fn needs_matrix(self) -> bool {
        (self as u32) < Op::Relu as u32
    }
}
