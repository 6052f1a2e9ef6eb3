//! Random numbers that are the same everywhere: xorshift64 (Marsaglia, "Xorshift RNGs", 2003, with
//! shifts 13, 7, 17), as in the published solver.

/// Streams of numbers that share no seed: the name of each is mixed into it, so that what is learned
/// from is never what is tested on, whatever seeds a caller gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Stream {
    /// Puzzles of `train`.
    Train = 1,
    /// Puzzles that the acceptance test learns from.
    Cycle = 2,
    /// Puzzles that decide whether what was learned is kept.
    Validation = 3,
    /// Puzzles that are never learned from.
    HoldOut = 4,
    /// Resamples of the bootstrap.
    Bootstrap = 5,
    /// Draws of a method.
    Methods = 6,
}

/// A stream of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rng(u64);

impl Rng {
    /// The stream of a state; zero, of which nothing comes, becomes one.
    #[must_use]
    pub const fn new(state: u64) -> Self {
        Self(if state == 0 { 1 } else { state })
    }

    /// Part `number` of a stream of a seed: the three through the finalizer of SplitMix64 (Steele,
    /// Lea, Flood 2014).
    #[must_use]
    pub const fn stream(seed: u64, stream: Stream, number: u64) -> Self {
        let name = (stream as u64).wrapping_mul(0xD1B5_4A32_D192_ED03) ^ number.rotate_left(32);
        Self::new(mix(mix(seed.wrapping_add(0x9E37_79B9_7F4A_7C15)) ^ name))
    }

    /// What [`new`](Self::new) goes on from.
    #[must_use]
    pub const fn state(&self) -> u64 {
        self.0
    }

    /// 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number in (0, 1): an odd multiple of 2^-54, never an end.
    pub const fn unit(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) * (1.0 / (1u64 << 53) as f64)
    }

    /// A number of `least..=most`; `least` when the range is empty.
    pub const fn range(&mut self, least: i32, most: i32) -> i32 {
        let count = most as i64 - least as i64 + 1;
        let bits = self.bits();
        if count <= 1 { least } else { least.wrapping_add((bits % count as u64) as i32) }
    }
}

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
