//! The report of a fault, written without `core::fmt` (which is larger than the solver).

use crate::fault::Status;
use crate::text::Text;

/// Something failed, and the [`Report`] says what: a `Result` of this is one byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failed;

pub(crate) type Result<T> = core::result::Result<T, Failed>;

/// The fault of an instance and its sentence, written where the fault is found; the same text
/// holds the JSON summary of a job that ended well. Needs no allocation, so it cannot fail.
pub(crate) struct Report {
    status: Status,
    pub(crate) text: Text,
}

impl Report {
    pub(crate) const fn new() -> Self {
        Self { status: Status::Done, text: Text::new() }
    }

    /// [`Status::Done`] when there is no fault.
    pub(crate) const fn status(&self) -> Status {
        self.status
    }

    pub(crate) const fn clear(&mut self) {
        self.status = Status::Done;
        self.text.clear();
    }

    /// A fault with a sentence; each `#` in it stands for `a`, then `b`.
    #[cold]
    #[inline(never)]
    pub(crate) fn fail(&mut self, status: Status, words: &'static str, a: u64, b: u64) -> Failed {
        self.status = status;
        self.text.clear();
        self.text.push_filled(words, a, b);
        Failed
    }

    /// A fault that is one fixed sentence.
    #[cold]
    #[inline(never)]
    pub(crate) fn plain(&mut self, status: Status, words: &'static str) -> Failed {
        self.fail(status, words, 0, 0)
    }

    /// Too little memory for `bytes` more.
    #[cold]
    #[inline(never)]
    pub(crate) fn memory(&mut self, bytes: u64) -> Failed {
        self.fail(Status::Memory, "the memory cannot grow by # bytes; allow more pages", bytes, 0)
    }

    /// A fault of the file's data, at an offset in the payload of the host's segment `segment`.
    #[cold]
    #[inline(never)]
    pub(crate) fn data(&mut self, words: &'static str, a: u64, b: u64, segment: u32, offset: u64) -> Failed {
        self.fail(Status::Data, words, a, b);
        self.place(segment, offset);
        Failed
    }

    /// Says where a fault is: a segment of the host's, an offset in its payload.
    #[cold]
    #[inline(never)]
    pub(crate) fn place(&mut self, segment: u32, offset: u64) {
        self.text.push_filled(" (segment #, offset #)", segment.into(), offset);
    }

    /// The same for valid data of a kind that is not read here.
    #[cold]
    pub(crate) fn unsupported(&mut self, words: &'static str, got: u64, segment: u32, offset: u64) -> Failed {
        self.data(words, got, 0, segment, offset);
        self.status = Status::Unsupported;
        Failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_one_sentence_with_its_place() {
        let mut report = Report::new();
        report.data("x is #, expected #", 3, 4, 7, 18);
        assert_eq!(report.text.bytes(), b"x is 3, expected 4 (segment 7, offset 18)");
        assert_eq!(report.status(), Status::Data);
        report.unsupported("kind # is not read", 9, 1, 2);
        assert_eq!(report.text.bytes(), b"kind 9 is not read (segment 1, offset 2)");
        assert_eq!(report.status(), Status::Unsupported);
    }
}
