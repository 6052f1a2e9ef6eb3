//! The hashes of the format.

mod crc;
mod fold;

pub use crc::{crc_rotation, crc32c};
pub use fold::byte_fold32;

use sha3::Shake256;
use sha3::digest::{ExtendableOutput, Update, XofReader};
use xxhash_rust::xxh3::Xxh3;

/// How a segment's 16-byte content hash is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// `checksum_algo` 0: CRC-32 (IEEE) and three rotations of it. Opens in all published software.
    #[default]
    CrcRotation,
    /// `checksum_algo` 1: XXH3-128.
    Xxh3,
    /// `checksum_algo` 2: the first 16 bytes of SHAKE-256.
    Shake256,
}

impl Algorithm {
    /// The number in a segment header.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::CrcRotation => 0,
            Self::Xxh3 => 1,
            Self::Shake256 => 2,
        }
    }

    /// The algorithm of a header's number, or `None` for reserved numbers.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::CrcRotation),
            1 => Some(Self::Xxh3),
            2 => Some(Self::Shake256),
            _ => None,
        }
    }

    /// `crc`, `xxh3` or `shake256`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CrcRotation => "crc",
            Self::Xxh3 => "xxh3",
            Self::Shake256 => "shake256",
        }
    }

    /// The hash of `bytes`.
    #[must_use]
    pub fn hash(self, bytes: &[u8]) -> [u8; 16] {
        match self {
            Self::CrcRotation => crc_rotation(bytes),
            Self::Xxh3 => xxh3_128(bytes),
            Self::Shake256 => shake256_128(bytes),
        }
    }
}

/// XXH3-128 with seed 0, low half first.
#[must_use]
pub fn xxh3_128(bytes: &[u8]) -> [u8; 16] {
    xxhash_rust::xxh3::xxh3_128(bytes).to_le_bytes()
}

/// The first 16 bytes of SHAKE-256 (FIPS 202).
#[must_use]
pub fn shake256_128(bytes: &[u8]) -> [u8; 16] {
    shake(bytes)
}

/// The first 32 bytes of SHAKE-256 (FIPS 202).
#[must_use]
pub fn shake256_256(bytes: &[u8]) -> [u8; 32] {
    shake(bytes)
}

fn shake<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut state = Shake256::default();
    state.update(bytes);
    let mut out = [0; N];
    state.finalize_xof().read(&mut out);
    out
}

/// A hash of bytes that arrive in pieces.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
#[allow(clippy::large_enum_variant)] // one lives per writer; a box would only add a dependency on the heap
enum State {
    Crc(crc32fast::Hasher, bool),
    Xxh3(Xxh3),
    Shake(Shake256),
}

impl core::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Hasher")
    }
}

impl Hasher {
    /// Starts a hash.
    #[must_use]
    pub fn new(algorithm: Algorithm) -> Self {
        Self(match algorithm {
            Algorithm::CrcRotation => State::Crc(crc32fast::Hasher::new(), false),
            Algorithm::Xxh3 => State::Xxh3(Xxh3::new()),
            Algorithm::Shake256 => State::Shake(Shake256::default()),
        })
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Crc(state, some) => {
                state.update(bytes);
                *some |= !bytes.is_empty();
            }
            State::Xxh3(state) => state.update(bytes),
            State::Shake(state) => state.update(bytes),
        }
    }

    /// The hash of all bytes so far.
    #[must_use]
    pub fn finish(self) -> [u8; 16] {
        match self.0 {
            State::Crc(_, false) => [0; 16],
            State::Crc(state, true) => crc::rotation_of(state.finalize()),
            State::Xxh3(state) => state.digest128().to_le_bytes(),
            State::Shake(state) => {
                let mut out = [0; 16];
                state.finalize_xof().read(&mut out);
                out
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_hash_like_the_whole() {
        let bytes: alloc::vec::Vec<u8> = (0..100_000u32).map(|i| ((i * 31) >> 3) as u8).collect();
        for algorithm in [Algorithm::CrcRotation, Algorithm::Xxh3, Algorithm::Shake256] {
            for len in [0, 1, 63, 64, 65, 4095, 100_000] {
                let whole = bytes.get(..len).unwrap_or_default();
                let mut hasher = Hasher::new(algorithm);
                whole.chunks(61).for_each(|piece| hasher.update(piece));
                assert_eq!(hasher.finish(), algorithm.hash(whole), "{algorithm:?} {len}");
            }
            assert_eq!(Algorithm::from_byte(algorithm.to_byte()), Some(algorithm));
        }
    }

    /// Check values of the published hash functions.
    #[test]
    fn known_answers() {
        let nine = b"123456789";
        assert_eq!(crc_rotation(nine)[..8], [0x26, 0x39, 0xf4, 0xcb, 0xcb, 0x26, 0x39, 0xf4]);
        assert_eq!(xxh3_128(b"")[..4], [0x7f, 0x49, 0x8d, 0x46]);
        assert_eq!(shake256_128(b"")[..4], [0x46, 0xb9, 0xdd, 0x2b]);
        assert_eq!(shake256_256(nine)[..4], [0x24, 0x34, 0x7b, 0x9c]);
        assert_eq!(crc32c(nine), 0xe306_9283);
        assert_eq!(byte_fold32(b"abc")[..3], *b"abc");
    }
}
