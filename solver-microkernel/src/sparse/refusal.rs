//! Why a system is not solved or a graph not read, in eight bytes: it travels through every `Result`.

use core::fmt::Write;
use core::num::NonZeroU64;
use core::sync::atomic::Ordering;
use solver_lists::Vec;

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
    /// A refusal with its number, of which 59 bits are kept.
    #[cold]
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[must_use]
    pub const fn at(self, number: u64) -> Refusal {
        Refusal(NonZeroU64::MIN.saturating_add(number << 5 | self as u64))
    }

    /// A refusal with two numbers: the row (a file of four GiB has fewer than 2^29), and one of 30 bits.
    #[cold]
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[must_use]
    pub const fn pair(self, row: u32, other: u64) -> Refusal {
        self.at(row as u64 & ROW | other << 29)
    }

    /// The same without a number.
    #[must_use]
    pub const fn plain(self) -> Refusal {
        Refusal(NonZeroU64::MIN.saturating_add(self as u64))
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
    #[cold]
    #[inline(never)]
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

    /// The line of its words in [`crate::texts`], which has them in the order of the reasons behind the
    /// description.
    pub(crate) const fn line(self) -> u8 {
        1 + self.reason()
    }
}

impl core::fmt::Debug for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for byte in crate::texts::line(self.line()).iter().skip(1) {
            f.write_char(byte.load(Ordering::Relaxed).into())?;
        }
        write!(f, " (# = {}, {})", self.number(), self.other())
    }
}

/// Nothing, or a refusal for want of these bytes.
#[inline(never)]
fn told(missing: u64) -> Result<(), Refusal> {
    if missing == 0 { Ok(()) } else { Err(Why::Memory.at(missing)) }
}

/// Makes room for exactly `more` elements.
#[inline(never)]
pub(crate) fn reserve<T: Copy>(vec: &mut Vec<T>, more: usize) -> Result<(), Refusal> {
    told(solver_lists::reserve(vec, more))
}

/// `len` times `value`, in place of what was there.
#[inline(never)]
pub(crate) fn fill<T: Copy>(vec: &mut Vec<T>, value: T, len: usize) -> Result<(), Refusal> {
    solver_lists::free(vec);
    extend(vec, value, len)
}

/// Makes the vector `len` long, with `value` in new places.
#[inline(never)]
pub(crate) fn extend<T: Copy>(vec: &mut Vec<T>, value: T, len: usize) -> Result<(), Refusal> {
    told(solver_lists::extend(vec, value, len))
}

/// Appends one element, growing by half.
#[inline(never)]
pub(crate) fn push<T: Copy>(vec: &mut Vec<T>, value: T) -> Result<(), Refusal> {
    told(solver_lists::push(vec, value))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::fault::Status;
    use crate::report::Report;
    use alloc::format;
    use alloc::string::String;

    #[test]
    fn reasons_keep_their_number_and_have_words() {
        let mut report = Report::new();
        let mut words = |refusal: Refusal| {
            report.fail_line("", refusal.line(), 5, 6);
            (report.status(), String::from_utf8(report.text.bytes().to_vec()).unwrap())
        };
        let refusal = Why::Overflow.plain();
        assert!(refusal.is(Why::Overflow) && refusal.number() == 0);
        let wanted = "a value on the way leaves the range of 64-bit floats";
        assert_eq!(words(refusal), (Status::Number, wanted.into()));
        assert_eq!(format!("{refusal:?}"), format!("{wanted} (# = 0, 0)"));
        let refusal = Why::Memory.at(1 << 57);
        assert!(refusal.is(Why::Memory) && refusal.number() == 1 << 57);
        assert_eq!(words(refusal).0, Status::Memory);
        let refusal = Refusal::not_dominant(ROW as u32, 0.25);
        assert!(refusal.is(Why::NotDominant) && refusal.number() == ROW);
        assert_eq!((refusal.other(), words(refusal).0), (250_000, Status::Unsupported));
        assert_eq!(Refusal::not_dominant(1, f64::INFINITY).other(), (1 << 30) - 1);
        assert!(words(Why::Ends.plain()).1.contains("ends before"));
        let last = Why::Observation.plain();
        assert!(words(last).1.starts_with("the observations are not those of a summary"));
    }
}
