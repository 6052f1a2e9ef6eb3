//! The IEEE square root: one instruction where stable Rust offers it, else bit by bit, because a table
//! would have to lie in the memory.

/// Square root of a number that is not negative, correctly rounded.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
pub(crate) fn root(x: f32) -> f32 {
    use core::arch::wasm32::{f32x4_extract_lane, f32x4_splat, f32x4_sqrt};
    f32x4_extract_lane::<0>(f32x4_sqrt(f32x4_splat(x)))
}

/// Square root of a number that is not negative, correctly rounded.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(crate) fn root(x: f32) -> f32 {
    const FRACTION: u32 = 23;
    const BIAS: u32 = 127;
    // Zero, infinity and NaN are their own roots.
    if x == 0.0 || x.to_bits() >= 0x7f80_0000 {
        return x;
    }
    let subnormal = x < f32::MIN_POSITIVE;
    // By 2^24 and back by 2^-12, both exact.
    let bits = (if subnormal { x * 16_777_216.0 } else { x }).to_bits();
    let (exponent, mantissa) = (bits >> FRACTION, bits & 0x007f_ffff | 0x0080_0000);
    // x = mantissa 2^(exponent - bias - 23); made so that the power to be halved is even.
    let odd = (exponent ^ BIAS) & 1;
    let mut rest = u64::from(mantissa) << (25 + odd);
    // The 25 bits of the whole root of `rest`, from the highest: 24 bits of the result and one more,
    // which rounds. No root of a float lies halfway between two floats.
    let (mut found, mut bit) = (0_u64, 1_u64 << 48);
    while bit > 0 {
        if rest >= found + bit {
            rest -= found + bit;
            found = (found >> 1) + bit;
        } else {
            found >>= 1;
        }
        bit >>= 2;
    }
    let rounded = (found as u32 + 1) >> 1;
    let halved = ((exponent - odd) + BIAS) / 2;
    let result = f32::from_bits((halved << FRACTION) + (rounded - 0x0080_0000));
    if subnormal { result / 4_096.0 } else { result }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::root;

    #[test]
    fn it_is_the_processor_s_root() {
        let mut bits = 0_u32;
        while bits <= 0x7f80_0000 {
            let x = f32::from_bits(bits);
            assert_eq!(root(x).to_bits(), x.sqrt().to_bits(), "{x:e}");
            // A step that meets every exponent, and mantissas of all kinds.
            bits += 4_099;
        }
        for x in [0.0, f32::MIN_POSITIVE, f32::from_bits(1), f32::MAX, f32::INFINITY, 4.0, 2.0, 0.5] {
            assert_eq!(root(x).to_bits(), x.sqrt().to_bits(), "{x:e}");
        }
        assert!(root(f32::NAN).is_nan());
    }
}
