//! The report of a fault, written without `core::fmt` (which is larger than the solver).

use crate::fault::Status;
use crate::sentence::Sentence;
use crate::text::Text;
use crate::texts;
use core::sync::atomic::Ordering;

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

    /// A fault with the line of its sentence; each `#` in it stands for `a`, then `b`.
    #[cold]
    #[inline(never)]
    pub(crate) fn fail_line(&mut self, what: &str, line: u8, a: u64, b: u64) -> Failed {
        let line = texts::line(line);
        self.status = match line.first().map(|digit| digit.load(Ordering::Relaxed)) {
            Some(b'2') => Status::Order,
            Some(b'3') => Status::Memory,
            Some(b'4') => Status::Request,
            Some(b'5') => Status::Data,
            Some(b'6') => Status::Unsupported,
            _ => Status::Number,
        };
        self.text.clear();
        self.text.push(what);
        self.text.push_line(line, a, b);
        Failed
    }

    /// A fault with a sentence.
    #[cold]
    #[inline(never)]
    pub(crate) fn fail(&mut self, sentence: Sentence, a: u64, b: u64) -> Failed {
        self.fail_line("", sentence as u8, a, b)
    }

    /// A fault that is one fixed sentence.
    #[cold]
    #[inline(never)]
    pub(crate) fn plain(&mut self, sentence: Sentence) -> Failed {
        self.fail(sentence, 0, 0)
    }

    /// Too little memory for `bytes` more.
    #[cold]
    #[inline(never)]
    pub(crate) fn memory(&mut self, bytes: u64) -> Failed {
        self.fail(Sentence::Memory, bytes, 0)
    }

    /// A fault of the file's data, at an offset in the payload of the host's segment `segment`.
    #[cold]
    #[inline(never)]
    pub(crate) fn data(&mut self, sentence: Sentence, a: u64, b: u64, segment: u32, offset: u64) -> Failed {
        self.fail(sentence, a, b);
        self.place(segment, offset);
        Failed
    }

    /// Says where a fault is: a segment of the host's, an offset in its payload.
    #[cold]
    #[inline(never)]
    pub(crate) fn place(&mut self, segment: u32, offset: u64) {
        self.text.push_line(texts::line(Sentence::Place as u8), segment.into(), offset);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_one_sentence_with_its_place() {
        let mut report = Report::new();
        report.data(Sentence::Dimension, 3, 4, 7, 18);
        let words = b"the vectors have dimension 3, the manifest says 4 (segment 7, offset 18)";
        assert_eq!(report.text.bytes(), words);
        assert_eq!(report.status(), Status::Data);
        report.data(Sentence::IdEncoding, 9, 0, 1, 2);
        assert_eq!(report.text.bytes(), b"id encoding 9 is not read by this solver (segment 1, offset 2)");
        assert_eq!(report.status(), Status::Unsupported);
    }
}
