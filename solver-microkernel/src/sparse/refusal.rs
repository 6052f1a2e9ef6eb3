//! Why a system is not solved or a graph not read.

use alloc::vec::Vec;

/// A reason, with the numbers that a reader needs to find it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Refusal {
    /// So many bytes more are needed than the memory can grow by.
    Memory {
        /// Bytes wanted.
        bytes: u64,
    },
    /// The matrix, or what is held of it, is larger than 32-bit positions reach.
    TooLarge {
        /// Entries or rows.
        count: u64,
    },
    /// Row offsets do not ascend from zero to the number of entries.
    Offsets {
        /// The row.
        row: u32,
    },
    /// A column is out of range, or not above the one before it in its row.
    Column {
        /// The row.
        row: u32,
        /// Number of the entry in the matrix.
        entry: u64,
    },
    /// A stored value is not a finite number.
    Value {
        /// The row.
        row: u32,
        /// Number of the entry in the matrix.
        entry: u64,
    },
    /// The matrix is not square.
    NotSquare {
        /// Rows.
        rows: u64,
        /// Columns.
        columns: u64,
    },
    /// A vector has the wrong length.
    Length {
        /// Elements wanted.
        expected: u64,
        /// Elements given.
        got: u64,
    },
    /// A right-hand side or start vector is not finite.
    Vector {
        /// The element.
        row: u32,
    },
    /// A diagonal entry is zero or missing.
    ZeroDiagonal {
        /// The row.
        row: u32,
    },
    /// Neither rows nor columns are dominated by the diagonal.
    NotDominant {
        /// The row that lacks most.
        row: u32,
        /// By how much the sum of its other entries exceeds the diagonal one, relative to the latter.
        deficit: f64,
    },
    /// A part of the matrix has no strictly dominant row, so that it may be singular.
    Singular {
        /// A row of that part.
        row: u32,
    },
    /// A singular Laplacian whose right-hand side does not add up to zero on the part of this row.
    Inconsistent {
        /// A row of that part.
        row: u32,
    },
    /// A negative weight in a graph.
    NegativeWeight {
        /// The row.
        row: u32,
    },
    /// The method asked for needs a symmetric matrix with a positive diagonal.
    NotSymmetric {
        /// The first row that breaks it.
        row: u32,
    },
    /// The method asked for needs that no entry off the diagonal is positive.
    PositiveEntry {
        /// A row that has one.
        row: u32,
    },
    /// A row read from the file breaks what the file's properties claim.
    FalseClaim {
        /// The row.
        row: u32,
    },
    /// No strictly positive row slack is claimed, so that no bound for one entry exists.
    NoSlack,
    /// A local method would need more rows than allowed.
    Budget {
        /// Rows allowed.
        rows: u64,
    },
    /// An intermediate value leaves the range of f64.
    Overflow,
}

/// Makes room for exactly `more` elements.
#[inline(never)]
pub(crate) fn reserve<T>(vec: &mut Vec<T>, more: usize) -> Result<(), Refusal> {
    vec.try_reserve_exact(more)
        .map_err(|_| Refusal::Memory { bytes: more.saturating_mul(size_of::<T>()) as u64 })
}

/// `len` times `value`.
#[inline(never)]
pub(crate) fn filled<T: Copy>(value: T, len: usize) -> Result<Vec<T>, Refusal> {
    let mut vec = Vec::new();
    reserve(&mut vec, len)?;
    vec.resize(len, value);
    Ok(vec)
}

/// Appends one element, growing by half.
#[inline(never)]
pub(crate) fn push<T>(vec: &mut Vec<T>, value: T) -> Result<(), Refusal> {
    if vec.len() == vec.capacity() {
        let more = (vec.len() / 2).max(16);
        reserve(vec, more)?;
    }
    vec.push(value);
    Ok(())
}
