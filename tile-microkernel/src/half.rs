//! IEEE half precision, in the arithmetic that every target has.

/// 2^112: what the exponents of the two formats differ by.
const UP: f32 = f32::from_bits(0x7780_0000);
/// 2^-112.
const DOWN: f32 = f32::from_bits(0x0780_0000);

/// The number that a half stands for; exact.
#[inline(always)]
pub(crate) fn widen(half: u16) -> f32 {
    let half = u32::from(half);
    let size = (half & 0x7fff) << 13;
    // Exponents are too small by 112 then, of subnormal halves as well. Infinities and NaN have no
    // number to be scaled.
    let scaled = (f32::from_bits(size) * UP).to_bits();
    let bits = if half & 0x7c00 == 0x7c00 { size | 0x7f80_0000 } else { scaled };
    f32::from_bits(bits | (half & 0x8000) << 16)
}

/// The half next to `value` on the side of zero; infinity from 65,536 on.
pub(crate) fn truncate(value: f32) -> u16 {
    let bits = value.to_bits();
    let (sign, size) = ((bits >> 16) & 0x8000, bits & 0x7fff_ffff);
    let half = if size > 0x7f80_0000 {
        0x7e00
    } else if size >= 0x4780_0000 {
        0x7c00
    } else if size < 0x3880_0000 {
        // Subnormal: whole steps of 2^-24.
        (f32::from_bits(size) * 16_777_216.0) as u32
    } else {
        // A normal half has a normal scaled value with ten bits of fraction above the rest.
        (f32::from_bits(size) * DOWN).to_bits() >> 13
    };
    (sign | half) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By definition: sign, 5 bits of exponent, 10 of fraction.
    fn by_definition(half: u16) -> f64 {
        let (exponent, fraction) = (i32::from(half >> 10 & 31), f64::from(half & 1023));
        let size = match exponent {
            0 => fraction * 2f64.powi(-24),
            31 if fraction == 0.0 => f64::INFINITY,
            31 => f64::NAN,
            _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
        };
        if half >> 15 == 1 { -size } else { size }
    }

    #[test]
    fn every_half_is_what_its_bits_say_and_comes_back() {
        for half in 0..=u16::MAX {
            let (wide, wanted) = (widen(half), by_definition(half));
            assert_eq!(wide.is_nan(), wanted.is_nan(), "{half:#x}");
            if !wanted.is_nan() {
                assert_eq!(f64::from(wide).to_bits(), wanted.to_bits(), "{half:#x}");
                assert_eq!(truncate(wide), half);
            }
        }
    }

    #[test]
    fn what_lies_between_two_halves_becomes_the_smaller() {
        for half in 0..0x7bff_u16 {
            let (low, high) = (by_definition(half), by_definition(half + 1));
            for part in [0.01, 0.5, 0.99] {
                let between = (low + (high - low) * part) as f32;
                assert_eq!((truncate(between), truncate(-between)), (half, half | 0x8000));
            }
        }
        assert_eq!([truncate(65_535.0), truncate(65_536.0), truncate(f32::NAN)], [0x7bff, 0x7c00, 0x7e00]);
    }
}
