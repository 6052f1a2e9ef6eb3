//! Reads the primitives of the binary format (specification, 5.1 and 5.2).
//!
//! Errors stick: the first one is kept, what is read from then on means nothing, and whoever loops asks
//! [`Reader::failed`]. That makes for half the code of a result from each call.

use crate::error::Reason;
use crate::types::ValType;

/// A place in a module's bytes, and where what is read ends.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    failure: Option<Reason>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, failure: None }
    }

    /// Offset in the module of the next byte.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    /// Keeps the first reason.
    pub(crate) fn fail(&mut self, reason: Reason) {
        self.failure.get_or_insert(reason);
    }

    pub(crate) fn failed(&self) -> bool {
        self.failure.is_some()
    }

    pub(crate) fn failure(&self) -> Option<Reason> {
        self.failure
    }

    /// What is there, or a failure and something harmless in its place.
    pub(crate) fn expect<T: Default>(&mut self, found: Option<T>, otherwise: Reason) -> T {
        if found.is_none() {
            self.fail(otherwise);
        }
        found.unwrap_or_default()
    }

    /// Fails if `fine` is false.
    pub(crate) fn check(&mut self, fine: bool, otherwise: Reason) {
        if !fine {
            self.fail(otherwise);
        }
    }

    pub(crate) fn u8(&mut self) -> u8 {
        let Some(byte) = self.bytes.get(self.at) else {
            self.fail(Reason::UnexpectedEnd);
            return 0;
        };
        self.at += 1;
        *byte
    }

    /// A number of `bits` bits in LEB128. The last byte's unused bits must be zero, or copies of the sign.
    #[inline(never)]
    fn leb(&mut self, bits: u32, signed: bool) -> u64 {
        let mut value = 0;
        let mut shift = 0;
        loop {
            let byte = self.u8();
            let low = byte & 0x7F;
            value |= u64::from(low) << shift;
            let left = bits - shift;
            if left < 7 {
                let unused =
                    if signed { (low << 1).cast_signed() >> left } else { (low >> left).cast_signed() };
                if byte >= 0x80 || !(unused == 0 || signed && unused == -1) {
                    self.fail(Reason::BadInteger);
                    return 0;
                }
            }
            shift += 7;
            if byte < 0x80 {
                if signed && shift < 64 && byte & 0x40 != 0 {
                    value |= u64::MAX << shift;
                }
                return value;
            }
        }
    }

    pub(crate) fn u32(&mut self) -> u32 {
        self.leb(32, false) as u32
    }

    /// A signed 32-bit number's bits.
    pub(crate) fn i32(&mut self) -> u32 {
        self.leb(32, true) as u32
    }

    /// A signed 64-bit number's bits.
    pub(crate) fn i64(&mut self) -> u64 {
        self.leb(64, true)
    }

    /// A block type: a type index, or a negative number.
    pub(crate) fn s33(&mut self) -> i64 {
        self.leb(33, true).cast_signed()
    }

    pub(crate) fn take(&mut self, len: usize) -> &'a [u8] {
        if len > self.left() {
            self.fail(Reason::UnexpectedEnd);
            return &[];
        }
        let from = self.at;
        self.at += len;
        self.bytes.get(from..self.at).unwrap_or_default()
    }

    /// `len` bytes as a little-endian number of at most 64 bits.
    pub(crate) fn bits(&mut self, len: usize) -> u64 {
        self.take(len).iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
    }

    /// A reader of the next `len` bytes, which this one skips.
    pub(crate) fn part(&mut self, len: usize) -> Self {
        let at = self.at;
        self.take(len);
        Self { bytes: self.bytes.get(..self.at).unwrap_or_default(), at, failure: self.failure }
    }

    pub(crate) fn name(&mut self) -> &'a str {
        let len = self.u32() as usize;
        let name = core::str::from_utf8(self.take(len)).ok();
        self.expect(name, Reason::BadUtf8)
    }

    pub(crate) fn val_type(&mut self) -> ValType {
        let byte = self.u8();
        self.known_type(byte)
    }

    /// The type with this byte.
    pub(crate) fn known_type(&mut self, byte: u8) -> ValType {
        match ValType::from_byte(byte) {
            Some(ValType::V128) if !cfg!(feature = "simd") => self.fail(Reason::NoVectors),
            Some(ty) => return ty,
            None => self.fail(Reason::BadType),
        }
        ValType::I32
    }

    pub(crate) fn ref_type(&mut self) -> ValType {
        let ty = self.val_type();
        self.check(ty.is_reference(), Reason::BadType);
        ty
    }
}
