//! The only place that turns bytes into numbers: a cursor that knows its absolute offset.

use crate::error::{Error, ErrorKind, Result};
use byteorder::{ByteOrder, LittleEndian};

/// Reads little-endian fields one after the other; every error carries the absolute offset.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    rest: &'a [u8],
    offset: u64,
}

impl<'a> Cursor<'a> {
    /// Starts at the first of `bytes`, which lies at the absolute offset `offset`.
    #[must_use]
    pub const fn new(bytes: &'a [u8], offset: u64) -> Self {
        Self { rest: bytes, offset }
    }

    /// Absolute offset of the next byte.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes that remain.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// The bytes that remain, without taking them.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Takes `len` bytes of `what`.
    pub fn bytes(&mut self, len: usize, what: &'static str) -> Result<&'a [u8]> {
        match self.rest.split_at_checked(len) {
            Some((head, tail)) => {
                self.rest = tail;
                self.offset = self.offset.saturating_add(len as u64);
                Ok(head)
            }
            None => Err(self
                .error(what, ErrorKind::Truncated { needed: len as u64, available: self.rest.len() as u64 })),
        }
    }

    /// Takes `N` bytes of `what` as an array.
    pub fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N]> {
        let mut out = [0; N];
        out.copy_from_slice(self.bytes(N, what)?);
        Ok(out)
    }

    /// Takes one byte.
    pub fn u8(&mut self, what: &'static str) -> Result<u8> {
        Ok(u8::from_le_bytes(self.array(what)?))
    }

    /// Takes a u16.
    pub fn u16(&mut self, what: &'static str) -> Result<u16> {
        self.bytes(2, what).map(LittleEndian::read_u16)
    }

    /// Takes a u32.
    pub fn u32(&mut self, what: &'static str) -> Result<u32> {
        self.bytes(4, what).map(LittleEndian::read_u32)
    }

    /// Takes a u64.
    pub fn u64(&mut self, what: &'static str) -> Result<u64> {
        self.bytes(8, what).map(LittleEndian::read_u64)
    }

    /// Takes `len` bytes when `len` comes from the file: compared with what remains first.
    pub fn sized(&mut self, len: u64, what: &'static str) -> Result<&'a [u8]> {
        match usize::try_from(len) {
            Ok(len) if len <= self.rest.len() => self.bytes(len, what),
            _ => {
                Err(self.error(what, ErrorKind::Truncated { needed: len, available: self.rest.len() as u64 }))
            }
        }
    }

    /// Takes a LEB128 number of at most 64 bits.
    pub fn varint(&mut self, what: &'static str) -> Result<u64> {
        let start = *self;
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8(what)?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(start.error(what, ErrorKind::Invalid { rule: "fit in 64 bits", got: u64::MAX }))
    }

    /// An error about `what` at the next byte.
    #[cold]
    #[must_use]
    pub const fn error(&self, what: &'static str, kind: ErrorKind) -> Error {
        Error::new(self.offset, what, kind)
    }
}

/// `value` rounded up to a multiple of 64, or `None` on overflow.
pub(crate) const fn align_up(value: u64) -> Option<u64> {
    value.checked_next_multiple_of(crate::forever::ALIGNMENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_are_bounded() {
        let mut c = Cursor::new(&[0xE5, 0x8E, 0x26], 10);
        assert_eq!(c.varint("n"), Ok(624_485));
        assert_eq!(c.offset(), 13);
        let mut max = Cursor::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], 0);
        assert_eq!(max.varint("n"), Ok(u64::MAX));
        let mut over = Cursor::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2], 7);
        assert_eq!(over.varint("n").map_err(|e| e.offset()), Err(7));
    }

    #[test]
    fn a_length_from_a_file_is_compared_before_it_is_used() {
        let mut c = Cursor::new(&[1, 2, 3], 100);
        let e = c.sized(u64::MAX, "text").map(<[u8]>::len);
        assert!(matches!(e.map_err(|e| (e.offset(), e.kind())), Err((100, ErrorKind::Truncated { .. }))));
        assert_eq!(c.remaining(), 3);
    }
}
