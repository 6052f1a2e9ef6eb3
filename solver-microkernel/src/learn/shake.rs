//! SHAKE-256 (FIPS 202): Keccak-f\[1600\] with a rate of 136 bytes, written for few bytes of code. The
//! `sha3` crate is what the test compares it with; in the module it takes several times the code.

/// Bytes of a block.
const RATE: usize = 136;
/// Rotations of the rho step in the order of pi.
const ROTATIONS: [u8; 24] =
    [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];
/// The lanes that the pi step visits.
const LANES: [u8; 24] =
    [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];

/// A hash that takes bytes in pieces.
#[derive(Clone, Debug)]
pub struct Shake {
    lanes: [u64; 25],
    filled: usize,
}

impl Default for Shake {
    fn default() -> Self {
        Self::new()
    }
}

impl Shake {
    /// The hash of nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { lanes: [0; 25], filled: 0 }
    }

    #[inline(never)]
    fn absorb(&mut self, byte: u64, at: usize) {
        if let Some(lane) = self.lanes.get_mut(at / 8) {
            *lane ^= byte << (at % 8 * 8);
        }
    }

    /// Adds the lowest `len` bytes of a number, the lowest first.
    #[inline(never)]
    pub fn number(&mut self, mut value: u64, len: u32) {
        for _ in 0..len {
            self.absorb(value & 255, self.filled);
            value >>= 8;
            self.filled += 1;
            if self.filled == RATE {
                permute(&mut self.lanes);
                self.filled = 0;
            }
        }
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.number((*byte).into(), 1);
        }
    }

    /// Adds whole numbers.
    #[inline(never)]
    pub fn numbers(&mut self, values: &[u64]) {
        for value in values {
            self.number(*value, 8);
        }
    }

    /// Ends the hash: nothing can be added then.
    #[inline(never)]
    pub fn finish(&mut self) {
        // The suffix 1111 of SHAKE, then the padding 10*1.
        self.absorb(0x1f, self.filled);
        self.absorb(0x80, RATE - 1);
        permute(&mut self.lanes);
    }

    /// The first 32 bytes of the output as four little-endian numbers; zeros for the hash of nothing that was not
    /// ended.
    #[must_use]
    pub fn output(&self) -> &[u64] {
        self.lanes.get(..4).unwrap_or_default()
    }
}

/// The first 32 bytes of SHAKE-256 of a text.
#[must_use]
pub fn shake256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = Shake::new();
    hash.update(bytes);
    let mut out = [0; 32];
    hash.finish();
    for (to, lane) in out.chunks_exact_mut(8).zip(hash.output()) {
        to.copy_from_slice(&lane.to_le_bytes());
    }
    out
}

/// Keccak-f\[1600\]: 24 rounds of theta, rho and pi, chi, iota.
#[allow(clippy::indexing_slicing, reason = "indices are below 25 whatever the lanes hold: see each")]
#[inline(never)]
fn permute(lanes: &mut [u64; 25]) {
    // The round constants come from a linear feedback shift register, x^8 + x^6 + x^5 + x^4 + 1.
    let mut register = 1u8;
    for _ in 0..24 {
        let mut columns = [0u64; 5];
        for (index, lane) in lanes.iter().enumerate() {
            columns[index % 5] ^= lane;
        }
        for (index, lane) in lanes.iter_mut().enumerate() {
            *lane ^= columns[(index + 4) % 5] ^ columns[(index + 1) % 5].rotate_left(1);
        }
        let mut carried = lanes[1];
        for (lane, rotation) in LANES.iter().zip(&ROTATIONS) {
            // The table holds numbers below 25.
            let place = &mut lanes[*lane as usize];
            let next = *place;
            *place = carried.rotate_left((*rotation).into());
            carried = next;
        }
        for row in lanes.chunks_exact_mut(5) {
            let old = [row[0], row[1], row[2], row[3], row[4]];
            for (index, lane) in row.iter_mut().enumerate() {
                *lane = old[index] ^ (!old[(index + 1) % 5] & old[(index + 2) % 5]);
            }
        }
        for power in 0..7 {
            if register & 1 == 1 {
                lanes[0] ^= 1 << ((1u32 << power) - 1);
            }
            register = register << 1 ^ if register & 0x80 > 0 { 0x71 } else { 0 };
        }
    }
}
