//! Checks of the container's bytes.

use crate::memory::Memory;
use crate::tile::{REFUSED, Tile};

/// Bytes of a segment header.
const HEADER_BYTES: u64 = 64;
/// The first four bytes of a segment, `SFVR`, as a number.
const MAGIC: u32 = 0x5256_4653;
/// The only version there is.
const VERSION: u8 = 1;
/// Castagnoli's polynomial, bits reversed (RFC 3720, appendix B.4 has check values).
const POLYNOMIAL: u32 = 0x82f6_3b78;

impl<M: Memory> Tile<M> {
    /// `rvf_verify_header`: 0 when 64 bytes begin like a segment, 1 when the magic is another, 2 when the version
    /// is. Hashes are not looked at.
    pub fn verify_header(&self, header: u32) -> i32 {
        if !self.0.shows(header, HEADER_BYTES) {
            return REFUSED;
        }
        let [version] = self.0.load(header.wrapping_add(4));
        match (self.0.word(header), version) {
            (MAGIC, VERSION) => 0,
            (MAGIC, _) => 2,
            _ => 1,
        }
    }

    /// `rvf_crc32c`: the CRC-32C of `len` bytes; 0, as of no bytes, when they reach outside the memory.
    pub fn crc32c(&self, at: u32, len: u32) -> i32 {
        if !self.0.shows(at, len.into()) {
            return 0;
        }
        let mut crc = u32::MAX;
        for number in 0..len {
            let [byte] = self.0.load(at.wrapping_add(number));
            crc ^= u32::from(byte);
            for _ in 0..8 {
                crc = (crc >> 1) ^ (POLYNOMIAL & 0_u32.wrapping_sub(crc & 1));
            }
        }
        !crc as i32
    }
}
