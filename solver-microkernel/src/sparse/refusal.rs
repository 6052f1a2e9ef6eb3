//! Why a system is not solved or a graph not read, in eight bytes: it travels through every `Result`.

use crate::fault::Status;
use alloc::vec::Vec;
use core::num::NonZeroU64;

/// A reason and the number that a reader needs to find it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Refusal(NonZeroU64);

/// The bits of a row beside another number.
const ROW: u64 = (1 << 29) - 1;

/// The reasons; the number that goes with each is in its comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Why {
    /// This row, and an entry: its column is out of range, or not above the one before it in the row.
    Column,
    /// This row, and an entry whose value is not a finite number.
    Value,
    /// This row lacks most of those that are not dominated by their diagonal, and parts per million by which
    /// its other entries exceed that (1,074 times at most).
    NotDominant,
    /// The memory cannot grow by so many bytes.
    Memory,
    /// The matrix has so many rows or entries, more than 32-bit positions reach.
    TooLarge,
    /// The offset of this row does not ascend, or the last one is not the number of entries.
    Offsets,
    /// This element of a stored array is not a finite number.
    Dense,
    /// This element of a vector is not a finite number.
    Vector,
    /// The matrix is not square.
    NotSquare,
    /// A vector has not this length.
    Length,
    /// The diagonal entry of this row is zero or missing.
    ZeroDiagonal,
    /// The part around this row has no strictly dominant one, so that it may be singular.
    Singular,
    /// The right-hand side does not add up to zero on the part of a Laplacian around this row.
    Inconsistent,
    /// This row of a graph has a negative weight.
    NegativeWeight,
    /// The method needs a symmetric matrix with a positive diagonal, and this row breaks that.
    NotSymmetric,
    /// The method needs that no entry off the diagonal is positive; this row has one.
    PositiveEntry,
    /// This row breaks what the file's properties claim.
    FalseClaim,
    /// No strictly positive row slack is claimed, so that no bound for one entry exists.
    NoSlack,
    /// An intermediate value leaves the range of f64.
    Overflow,
    /// There is no such row.
    NoRow,
    /// The file has no matrix of the name asked for.
    NoMatrix,
    /// The file has no array of the name given as b.
    NoB,
    /// The file has no array of the name given as x.
    NoX,
    /// The segment of this index ends before its bytes.
    Ends,
    /// The file's policy of methods is none.
    Policy,
    /// The observations are none.
    Observation,
    /// The report says it already.
    Told,
}

impl Why {
    /// The words in the order of the reasons, each behind the digit of its status; a `#` stands for a
    /// number.
    const WORDS: &str = "5a column of row # is out of range or does not ascend (entry #)
7a value of row # is not a finite number (entry #)
6row # is not dominated by its diagonal: its other entries exceed it by # parts per million (unproven tries all the same)
3the memory cannot grow by # bytes; allow more pages
6the matrix has # rows or entries, more than 32-bit memory holds
5the offset of row # does not ascend to the number of entries
7element # of the array is not a finite number
7element # of a vector is not a finite number
4this needs a square matrix, not # rows and # columns
4a vector has not the # elements that the matrix needs
6the diagonal entry of row # is zero or missing
6the part of the matrix around row # has no strictly dominant row and may be singular (unproven tries all the same)
4there is no solution: the Laplacian is singular around row #, and b does not add up to zero there
6row # has a negative weight; ranks need weights of zero or more
4this method needs a symmetric matrix with a positive diagonal; row # breaks that
4this method needs entries off the diagonal of zero or less; row # has a positive one
5row # breaks the properties that the segment claims; verify the file
6the matrix is not strictly dominant by rows, so a single entry has no bound; use solve
7a value on the way leaves the range of 64-bit floats
4there is no row #, the matrix has #
4the file has no sparse matrix of this name
4the file has no dense array of the name given as b
4the file has no dense array of the name given as x
5the segment ends before the bytes that it says it has
5the state of the policy of methods is not one that this solver saved
4the observations are not those of a summary, three numbers for each attempt
";

    /// A refusal with its number, of which 59 bits are kept.
    #[must_use]
    pub const fn at(self, number: u64) -> Refusal {
        Refusal(NonZeroU64::MIN.saturating_add(number << 5 | self as u64))
    }

    /// A refusal with two numbers: the row (a file of four GiB has fewer than 2^29), and one of 30 bits.
    #[must_use]
    pub const fn pair(self, row: u32, other: u64) -> Refusal {
        self.at(row as u64 & ROW | other << 29)
    }

    /// The same without a number.
    #[must_use]
    pub const fn plain(self) -> Refusal {
        self.at(0)
    }

    /// The same for a row.
    #[must_use]
    pub const fn row(self, row: u32) -> Refusal {
        self.at(row as u64)
    }
}

impl Refusal {
    /// A matrix that is not dominant: the row that lacks most, and by how much its other entries exceed
    /// the diagonal one, relative to it.
    #[must_use]
    pub(crate) fn not_dominant(row: u32, excess: f64) -> Self {
        Why::NotDominant.pair(row, ((excess * 1e6) as u64).min((1 << 30) - 1))
    }

    /// The reason as a number: its place in [`Why`].
    const fn reason(self) -> u8 {
        (self.0.get() - 1) as u8 & 31
    }

    /// True for this reason.
    #[must_use]
    pub const fn is(self, why: Why) -> bool {
        self.reason() == why as u8
    }

    /// The number, or the first of two.
    #[must_use]
    pub const fn number(self) -> u64 {
        let number = (self.0.get() - 1) >> 5;
        if self.reason() <= Why::NotDominant as u8 { number & ROW } else { number }
    }

    /// The second of two numbers.
    #[must_use]
    pub const fn other(self) -> u64 {
        (self.0.get() - 1) >> 34
    }

    /// Status and words.
    pub(crate) fn words(self) -> (Status, &'static str) {
        let (mut start, mut end, mut left) = (0, 0, self.reason());
        for byte in Why::WORDS.bytes() {
            if byte == b'\n' {
                if left == 0 {
                    break;
                }
                left -= 1;
                start = end + 1;
            }
            end += 1;
        }
        let status = match Why::WORDS.as_bytes().get(start) {
            Some(b'3') => Status::Memory,
            Some(b'4') => Status::Request,
            Some(b'5') => Status::Data,
            Some(b'6') => Status::Unsupported,
            _ => Status::Number,
        };
        (status, Why::WORDS.get(start + 1..end).unwrap_or_default())
    }
}

impl core::fmt::Debug for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} (# = {}, {})", self.words().1, self.number(), self.other())
    }
}

/// Makes room for exactly `more` elements.
#[inline(never)]
pub(crate) fn reserve<T>(vec: &mut Vec<T>, more: usize) -> Result<(), Refusal> {
    match vec.try_reserve_exact(more) {
        Ok(()) => Ok(()),
        Err(_) => Err(Why::Memory.at((more as u64).saturating_mul(size_of::<T>() as u64))),
    }
}

/// `len` times `value`, in place of what was there.
#[inline(never)]
pub(crate) fn fill<T: Copy>(vec: &mut Vec<T>, value: T, len: usize) -> Result<(), Refusal> {
    *vec = Vec::new();
    extend(vec, value, len)
}

/// Makes the vector `len` long, with `value` in new places.
#[inline(never)]
pub(crate) fn extend<T: Copy>(vec: &mut Vec<T>, value: T, len: usize) -> Result<(), Refusal> {
    reserve(vec, len.saturating_sub(vec.len()))?;
    vec.resize(len, value);
    Ok(())
}

/// `len` times `value`.
#[inline(never)]
pub(crate) fn filled<T: Copy>(value: T, len: usize) -> Result<Vec<T>, Refusal> {
    let mut vec = Vec::new();
    fill(&mut vec, value, len)?;
    Ok(vec)
}

/// Appends one element, growing by half.
#[inline(never)]
pub(crate) fn push<T>(vec: &mut Vec<T>, value: T) -> Result<(), Refusal> {
    if vec.len() == vec.capacity() {
        let more = (vec.len() / 2).max(16);
        reserve(vec, more)?;
    }
    crate::lists::put(vec, value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_keep_their_number_and_have_words() {
        assert_eq!(Why::WORDS.lines().count(), Why::Told as usize);
        let refusal = Why::Overflow.plain();
        assert!(refusal.is(Why::Overflow) && refusal.number() == 0);
        assert_eq!(refusal.words(), (Status::Number, "a value on the way leaves the range of 64-bit floats"));
        let refusal = Why::Memory.at(1 << 57);
        assert!(refusal.is(Why::Memory) && refusal.number() == 1 << 57);
        assert_eq!(refusal.words().0, Status::Memory);
        let refusal = Refusal::not_dominant(ROW as u32, 0.25);
        assert!(refusal.is(Why::NotDominant) && refusal.number() == ROW);
        assert_eq!((refusal.other(), refusal.words().0), (250_000, Status::Unsupported));
        assert_eq!(Refusal::not_dominant(1, f64::INFINITY).other(), (1 << 30) - 1);
        assert!(Why::Ends.plain().words().1.contains("ends before"));
    }
}
