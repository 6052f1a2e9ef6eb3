//! An error that travels with its details.

use super::Status;
use crate::text::Text;
use alloc::vec::Vec;
use rvf_format::ErrorKind;

/// Why a call failed. On the heap, because it travels through every `Result` of the module;
/// empty when not even this little memory is left.
#[derive(Debug)]
pub(crate) struct Fault(Vec<Detail>);

/// A sentence with up to two numbers, and where.
#[derive(Clone, Copy, Debug)]
struct Detail {
    status: Status,
    /// What the sentence is about; may be empty.
    what: &'static str,
    /// The sentence; each `#` stands for the next number.
    words: &'static str,
    numbers: [u64; 2],
    /// The host's segment index and an offset in its payload.
    place: Option<(u32, u64)>,
}

pub(crate) type Result<T> = core::result::Result<T, Fault>;

impl Fault {
    #[cold]
    #[inline(never)]
    fn make(detail: Detail) -> Self {
        let mut details = Vec::new();
        if details.try_reserve_exact(1).is_ok() {
            details.push(detail);
        }
        Self(details)
    }

    /// A fault with a sentence; each `#` in it stands for the next of `numbers`.
    #[cold]
    #[inline(never)]
    pub(crate) fn new(status: Status, words: &'static str, numbers: [u64; 2]) -> Self {
        Self::make(Detail { status, what: "", words, numbers, place: None })
    }

    /// A fault that is one fixed sentence.
    #[cold]
    pub(crate) fn plain(status: Status, words: &'static str) -> Self {
        Self::new(status, words, [0, 0])
    }

    /// Too little memory for `bytes` more.
    #[cold]
    #[inline(never)]
    pub(crate) fn memory(bytes: usize) -> Self {
        let words = "the memory cannot grow by the # bytes that are needed; allow more pages";
        Self::new(Status::Memory, words, [bytes as u64, 0])
    }

    /// The same fault, at a place.
    #[cold]
    #[inline(never)]
    pub(crate) fn at(mut self, segment: u32, offset: u64) -> Self {
        if let Some(detail) = self.0.first_mut() {
            detail.place = Some((segment, offset));
        }
        self
    }

    /// A fault of the format's readers, whose offsets count from the payload of `segment`.
    #[cold]
    #[inline(never)]
    pub(crate) fn format(error: &rvf_format::Error, segment: u32) -> Self {
        let (status, words, numbers) = match error.kind() {
            ErrorKind::Truncated { needed, available } => {
                (Status::Data, " is cut short: needs # bytes, # remain", [needed, available])
            }
            ErrorKind::Mismatch { expected, got } => (Status::Data, " is #, expected #", [got, expected]),
            ErrorKind::TooLarge { limit, got } => (Status::Data, " is #, the limit is #", [got, limit]),
            ErrorKind::Unsupported { got } => {
                (Status::Unsupported, " # is not read by this solver", [got, 0])
            }
            ErrorKind::Invalid { got, .. } => (Status::Data, " # is not valid", [got, 0]),
            _ => (Status::Data, " is missing or wrong", [0, 0]),
        };
        let place = Some((segment, error.offset()));
        Self::make(Detail { status, what: error.what(), words, numbers, place })
    }

    pub(crate) fn status(&self) -> Status {
        self.0.first().map_or(Status::Memory, |detail| detail.status)
    }

    /// Writes the sentence.
    #[cold]
    #[inline(never)]
    pub(crate) fn render(&self, out: &mut Text) {
        out.clear();
        let Some(detail) = self.0.first() else {
            out.push("the memory cannot grow at all; allow more pages");
            return;
        };
        out.push(detail.what);
        let mut numbers = detail.numbers.iter();
        for part in detail.words.as_bytes().split_inclusive(|byte| *byte == b'#') {
            match part.split_last() {
                Some((b'#', words)) => {
                    out.push_bytes(words);
                    out.push_number(numbers.next().copied().unwrap_or_default());
                }
                _ => out.push_bytes(part),
            }
        }
        if let Some((segment, offset)) = detail.place {
            out.push(" (segment ");
            out.push_number(segment.into());
            out.push(", offset ");
            out.push_number(offset);
            out.push(")");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_one_sentence_with_its_place() {
        let mut text = Text::new();
        Fault::new(Status::Data, "x is #, expected #", [3, 4]).at(7, 18).render(&mut text);
        assert_eq!(text.bytes(), b"x is 3, expected 4 (segment 7, offset 18)");
        let error = rvf_format::Error::new(9, "id", ErrorKind::Truncated { needed: 8, available: 2 });
        Fault::format(&error, 1).render(&mut text);
        assert_eq!(text.bytes(), b"id is cut short: needs 8 bytes, 2 remain (segment 1, offset 9)");
    }
}
