//! Powers of two, so that scaling changes no bit of a mantissa.

/// The power of two that brings `size` into [1, 2), kept within the normal range; 1 for zero.
#[must_use]
pub(crate) fn unit_of(size: f64) -> f64 {
    let exponent = (size.to_bits() >> 52) & 0x7FF;
    if size == 0.0 || exponent == 0x7FF {
        return 1.0;
    }
    // 2^(1023 - exponent) as bits; subnormal sizes (exponent 0) and the greatest ones are clamped.
    let inverse = (2046u64.saturating_sub(exponent)).clamp(1, 2045);
    f64::from_bits(inverse << 52)
}

#[cfg(test)]
mod tests {
    use super::unit_of;

    #[test]
    fn sizes_come_near_one() {
        for size in [1.0, 1.5, 2.0, 1e-300, 1e300, 3.7e-5, 123_456.0] {
            let scaled = size * unit_of(size);
            assert!((1.0..2.0).contains(&scaled), "{size} {scaled}");
        }
        assert!((unit_of(0.0) - 1.0).abs() < 1e-300);
        assert!(unit_of(f64::MIN_POSITIVE / 4.0).is_finite());
    }
}
