//! Reads the primitives of the binary format (specification, 5.1 and 5.2).

use crate::error::Reason;
use crate::types::ValType;

/// A place in a module's bytes, and where what is read ends.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Offset in the module of the next byte.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Reason> {
        let byte = *self.bytes.get(self.at).ok_or(Reason::UnexpectedEnd)?;
        self.at += 1;
        Ok(byte)
    }

    /// A number of `bits` bits in LEB128. The last byte's unused bits must be zero, or copies of the sign.
    #[inline(never)]
    fn leb(&mut self, bits: u32, signed: bool) -> Result<u64, Reason> {
        let mut value = 0;
        let mut shift = 0;
        loop {
            let byte = self.u8()?;
            let low = byte & 0x7F;
            value |= u64::from(low) << shift;
            let left = bits - shift;
            if left < 7 {
                let unused =
                    if signed { (low << 1).cast_signed() >> left } else { (low >> left).cast_signed() };
                if byte >= 0x80 || !(unused == 0 || signed && unused == -1) {
                    return Err(Reason::BadInteger);
                }
            }
            shift += 7;
            if byte < 0x80 {
                if signed && shift < 64 && byte & 0x40 != 0 {
                    value |= u64::MAX << shift;
                }
                return Ok(value);
            }
        }
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Reason> {
        Ok(self.leb(32, false)? as u32)
    }

    /// A signed 32-bit number's bits.
    pub(crate) fn i32(&mut self) -> Result<u32, Reason> {
        Ok(self.leb(32, true)? as u32)
    }

    /// A signed 64-bit number's bits.
    pub(crate) fn i64(&mut self) -> Result<u64, Reason> {
        self.leb(64, true)
    }

    /// A block type: a type index, or a negative number.
    pub(crate) fn s33(&mut self) -> Result<i64, Reason> {
        Ok(self.leb(33, true)?.cast_signed())
    }

    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], Reason> {
        let end = self.at.checked_add(len).ok_or(Reason::UnexpectedEnd)?;
        let taken = self.bytes.get(self.at..end).ok_or(Reason::UnexpectedEnd)?;
        self.at = end;
        Ok(taken)
    }

    /// `len` bytes as a little-endian number of at most 64 bits.
    pub(crate) fn bits(&mut self, len: usize) -> Result<u64, Reason> {
        Ok(self.take(len)?.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte)))
    }

    /// A reader of the next `len` bytes, which this one skips.
    pub(crate) fn part(&mut self, len: usize) -> Result<Self, Reason> {
        let at = self.at;
        self.take(len)?;
        Ok(Self { bytes: self.bytes.get(..self.at).unwrap_or_default(), at })
    }

    pub(crate) fn name(&mut self) -> Result<&'a str, Reason> {
        let len = self.u32()? as usize;
        core::str::from_utf8(self.take(len)?).map_err(|_| Reason::BadUtf8)
    }

    pub(crate) fn val_type(&mut self) -> Result<ValType, Reason> {
        match ValType::from_byte(self.u8()?).ok_or(Reason::BadType)? {
            ValType::V128 if !cfg!(feature = "simd") => Err(Reason::NoVectors),
            ty => Ok(ty),
        }
    }

    pub(crate) fn ref_type(&mut self) -> Result<ValType, Reason> {
        match self.val_type()? {
            ty if ty.is_reference() => Ok(ty),
            _ => Err(Reason::BadType),
        }
    }
}
