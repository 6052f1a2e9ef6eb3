//! Power-of-two scaling for vectors whose squares leave the range of f32.

/// Sums of squares within these bounds need no scaling: above, partial sums could overflow; below,
/// squares of elements that matter could lose bits (2^-149 against 2^-60 is beyond f32 even 65,536 times).
pub(super) const SAFE: core::ops::RangeInclusive<f32> = 8.673_617_4e-19..=1.329_228e36;

/// Brings the greatest magnitude of a vector into 1..2. Two factors, because 2^149 is no f32.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale(f32, f32);

impl Scale {
    /// Changes nothing.
    pub(super) const ONE: Self = Self(1.0, 1.0);

    /// For the elements of a finite vector; `None` when all are zero.
    #[inline(never)]
    pub(super) fn of(vector: &[u8]) -> Option<Self> {
        let mut greatest = 0;
        for element in vector.as_chunks::<4>().0 {
            greatest = u32::from_le_bytes(*element).wrapping_shl(1).max(greatest);
        }
        // Shifted left by one, so that the sign is gone and the exponent has the upper eight bits.
        let exponent = match greatest >> 24 {
            0 if greatest == 0 => return None,
            0 => -126 - (greatest.leading_zeros() as i32 - 7),
            biased => biased as i32 - 127,
        };
        let half = -exponent / 2;
        Some(Self(power_of_two(half), power_of_two(-exponent - half)))
    }

    #[inline]
    pub(super) fn apply(self, element: f32) -> f32 {
        element * self.0 * self.1
    }
}

/// 2^n for n in -126..=127.
const fn power_of_two(n: i32) -> f32 {
    f32::from_bits(((n + 127) as u32) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_are_powers_of_two() {
        assert_eq!((*SAFE.start(), *SAFE.end()), (power_of_two(-60), power_of_two(120)));
    }

    #[test]
    fn every_magnitude_lands_between_one_and_two() {
        for shift in 0..31 {
            for fraction in [0, 1, (1 << shift) - 1] {
                let x = f32::from_bits((1u32 << shift) | fraction);
                for x in [x, -x] {
                    if x.is_finite() {
                        let Some(scale) = Scale::of(&x.to_le_bytes()) else { panic!("{x}") };
                        assert!((1.0..2.0).contains(&scale.apply(x).abs()), "{x:e} {scale:?}");
                    }
                }
            }
        }
        let Some(scale) = Scale::of(&f32::MAX.to_le_bytes()) else { panic!("max") };
        assert!((1.0..2.0).contains(&scale.apply(f32::MAX)));
        assert_eq!(Scale::of(&[0, 0, 0, 0x80]), None);
    }
}
