//! Status numbers and the one error type, rendered without `core::fmt` (which is larger than the solver).

use crate::text::Text;
use rvf_format::ErrorKind;

/// What a call returns; the numbers are part of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum Status {
    /// A part of the result is in the columns.
    Rows = 3,
    /// The budget is used up.
    Budget = 2,
    /// Bytes are wanted.
    Reads = 1,
    /// Finished.
    Done = 0,
    /// Not a live handle.
    Handle = -1,
    /// Call out of order.
    Order = -2,
    /// The memory cannot grow enough.
    Memory = -3,
    /// Unknown operation or parameter, value out of range, wrong shape.
    Request = -4,
    /// The file's own data is inconsistent.
    Data = -5,
    /// Valid data of a kind that is not read here.
    Unsupported = -6,
    /// Not-a-number, infinity or overflow where a finite number is needed.
    Number = -7,
}

impl Status {
    /// The number of the contract.
    #[must_use]
    pub const fn code(self) -> i32 {
        self as i32
    }

    /// True for the negative ones.
    #[must_use]
    pub const fn is_fault(self) -> bool {
        self.code() < 0
    }
}

/// A piece of an error's sentence.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Piece {
    /// Words.
    Words(&'static str),
    /// A number in decimal.
    Number(u64),
}

/// Where in the file: the host's segment index and an offset in its payload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) segment: u32,
    pub(crate) offset: u64,
}

/// Why a call failed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    status: Status,
    pieces: [Piece; 6],
    place: Option<Place>,
}

pub(crate) type Result<T> = core::result::Result<T, Fault>;

impl Fault {
    #[cold]
    pub(crate) fn new(status: Status, pieces: &[Piece]) -> Self {
        let mut all = [Piece::Words(""); 6];
        for (to, from) in all.iter_mut().zip(pieces) {
            *to = *from;
        }
        Self { status, pieces: all, place: None }
    }

    /// A fault that is one fixed sentence.
    #[cold]
    pub(crate) fn plain(status: Status, words: &'static str) -> Self {
        Self::new(status, &[Piece::Words(words)])
    }

    /// Too little memory for `bytes` more.
    #[cold]
    pub(crate) fn memory(bytes: usize) -> Self {
        let pieces = [
            Piece::Words("the memory cannot grow by the "),
            Piece::Number(bytes as u64),
            Piece::Words(" bytes that are needed; allow more pages"),
        ];
        Self::new(Status::Memory, &pieces)
    }

    /// The same fault, at a place.
    #[cold]
    pub(crate) fn at(mut self, segment: u32, offset: u64) -> Self {
        self.place = Some(Place { segment, offset });
        self
    }

    /// A fault of the format's readers, whose offsets count from the payload of `segment`.
    #[cold]
    pub(crate) fn format(error: &rvf_format::Error, segment: u32) -> Self {
        use Piece::{Number, Words};
        let what = Words(error.what());
        let (status, pieces) = match error.kind() {
            ErrorKind::Truncated { needed, available } => (
                Status::Data,
                [what, Words(" is cut short: needs bytes "), Number(needed), Words(", has "), Number(available)],
            ),
            ErrorKind::Mismatch { expected, got } => {
                (Status::Data, [what, Words(" is "), Number(got), Words(", expected "), Number(expected)])
            }
            ErrorKind::TooLarge { limit, got } => {
                (Status::Data, [what, Words(" is "), Number(got), Words(", the limit is "), Number(limit)])
            }
            ErrorKind::Invalid { rule, got } => {
                (Status::Data, [what, Words(" is "), Number(got), Words(", it must "), Words(rule)])
            }
            ErrorKind::Unsupported { got } => (
                Status::Unsupported,
                [what, Words(" "), Number(got), Words(" is not read by this solver"), Words("")],
            ),
            _ => (Status::Data, [what, Words(" is missing or wrong"), Words(""), Words(""), Words("")]),
        };
        Self::new(status, &pieces).at(segment, error.offset())
    }

    pub(crate) const fn status(&self) -> Status {
        self.status
    }

    /// Writes the sentence.
    #[cold]
    pub(crate) fn render(&self, out: &mut Text) {
        out.clear();
        for piece in self.pieces {
            match piece {
                Piece::Words(words) => out.push(words),
                Piece::Number(number) => out.push_number(number),
            }
        }
        if let Some(place) = self.place {
            out.push(" (segment ");
            out.push_number(place.segment.into());
            out.push(", offset ");
            out.push_number(place.offset);
            out.push(")");
        }
    }
}
