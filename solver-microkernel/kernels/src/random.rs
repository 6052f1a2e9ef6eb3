//! Pseudo-random numbers that are the same everywhere: SplitMix64 (Steele, Lea, Flood 2014), which
//! may be started at any number.

/// A stream of numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Random(u64);
solver_lists::blank!(Random { 0 });

impl Random {
    /// The stream of `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Stream number `index` of the family `seed`: starts far apart.
    #[must_use]
    pub const fn stream(seed: u64, index: u64) -> Self {
        let mut first = Self(seed ^ index.wrapping_mul(0xD1B5_4A32_D192_ED03));
        Self(first.next() ^ index)
    }

    /// 64 bits.
    #[inline]
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in [0, 1), a multiple of 2^-53.
    #[inline]
    pub const fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }
}
