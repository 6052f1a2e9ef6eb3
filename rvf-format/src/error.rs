//! The one error of this crate: what, where, expected and got.

use core::fmt;

/// Why bytes were refused, and where. Offsets are absolute: from the first byte of the file,
/// or of the slice that was given when it is not part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    offset: u64,
    what: &'static str,
    kind: ErrorKind,
}

/// The kind of fault, with expected and got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes end too early.
    Truncated {
        /// Bytes that the field or structure takes.
        needed: u64,
        /// Bytes that remain.
        available: u64,
    },
    /// A field has one right value and holds another.
    Mismatch {
        /// The right value.
        expected: u64,
        /// The value found.
        got: u64,
    },
    /// A value is above its cap.
    TooLarge {
        /// The cap (see [`crate::limits`]).
        limit: u64,
        /// The value found.
        got: u64,
    },
    /// A value breaks a rule.
    Invalid {
        /// The rule, to be read after "must".
        rule: &'static str,
        /// The value found.
        got: u64,
    },
    /// A hash over stored bytes differs from the stored hash (first eight bytes of each, big-endian).
    Hash {
        /// The stored hash.
        expected: u64,
        /// The hash of the bytes.
        got: u64,
    },
    /// Something that must be there is not.
    Missing,
    /// What was asked for cannot be done with this file.
    Refused {
        /// Why, and what to do instead.
        why: &'static str,
    },
    /// Valid, but of a kind that is not read here.
    Unsupported {
        /// The number that names the kind.
        got: u64,
    },
}

/// Short for results of this crate.
pub type Result<T> = core::result::Result<T, Error>;

impl Error {
    /// Makes an error for `what` (a noun) at an absolute offset.
    #[cold]
    #[must_use]
    pub const fn new(offset: u64, what: &'static str, kind: ErrorKind) -> Self {
        Self { offset, what, kind }
    }

    /// Absolute byte offset of the fault.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The field or structure at fault.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        self.what
    }

    /// The kind of fault.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// True when stored bytes and stored hash disagree, as opposed to malformed structure.
    #[must_use]
    pub const fn is_hash(&self) -> bool {
        matches!(self.kind, ErrorKind::Hash { .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.what;
        match self.kind {
            ErrorKind::Truncated { needed, available } => {
                write!(f, "{what} is cut short: needs {needed} bytes, {available} remain")?;
            }
            ErrorKind::Mismatch { expected, got } => write!(f, "{what} is {got}, expected {expected}")?,
            ErrorKind::TooLarge { limit, got } => write!(f, "{what} is {got}, the limit is {limit}")?,
            ErrorKind::Invalid { rule, got } => write!(f, "{what} is {got}, it must {rule}")?,
            ErrorKind::Hash { expected, got } => {
                write!(f, "{what} does not match its bytes: stored {expected:016x}.., computed {got:016x}..")?
            }
            ErrorKind::Missing => write!(f, "{what} is missing")?,
            ErrorKind::Refused { why } => write!(f, "{what} is refused: {why}")?,
            ErrorKind::Unsupported { got } => write!(f, "{what} {got} is not supported")?,
        }
        write!(f, " (at offset 0x{:x})", self.offset)
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn an_error_is_one_sentence_with_its_offset() {
        let e = Error::new(0x1c0, "payload length", ErrorKind::Truncated { needed: 9, available: 4 });
        assert_eq!(e.to_string(), "payload length is cut short: needs 9 bytes, 4 remain (at offset 0x1c0)");
        assert!(size_of::<Error>() <= 56, "errors cross hot paths");
    }
}
