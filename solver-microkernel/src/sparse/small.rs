//! Elementwise functions and bit sets.

/// max(x, 0); of a negative zero, zero.
#[must_use]
pub fn relu(x: f64) -> f64 {
    if x > 0.0 { x } else { 0.0 }
}

/// x times the normal distribution function at x (Hendrycks and Gimpel 2016).
///
/// The tail behind |x| = t sqrt(2) is exp(-t^2) / 2 times a function that falls slowly, of which (1 + 2 t) times as
/// much is a polynomial in (t - 3) / (t + 3) (Shepherd and Laframboise 1981), so that the left tail keeps its digits.
#[must_use]
pub fn gelu(x: f64) -> f64 {
    let size = x.abs();
    let t = size * core::f64::consts::FRAC_1_SQRT_2;
    // The square of the upper half of the digits is exact; the rest is small.
    let upper = f64::from_bits(size.to_bits() & !0xFFFF_FFFF);
    let bell = exp(-0.5 * upper * upper) * exp(0.5 * (upper - size) * (upper + size));
    let tail = 0.5 * bell * polynomial(&TAIL, (t - 3.0) / (t + 3.0)) / (1.0 + 2.0 * t);
    x * if x < 0.0 { tail } else { 1.0 - tail }
}

/// Of (1 + 2 t) exp(t^2) erfc(t), by powers of (t - 3) / (t + 3): a Chebyshev series of degree 24, written by powers.
/// It is off by less than two units in the last place.
#[rustfmt::skip]
static TAIL: [f64; 25] = [
    1.2530080582697296, -0.13562110612458117, -0.0475622943534492, 0.1296451587027594, -0.11927366341538638,
    0.0683080273440099, -0.02377051491717134, 0.0025293918156939696, 0.0018886903449991718, -0.0007798322696543306,
    -0.00010515971958448065, 0.0001250993424583729, 4.949196649968345e-06, -2.0100542268525612e-05,
    -7.308281468783614e-07, 3.472370944977168e-06, 3.5576086684080595e-07, -6.166011460398726e-07,
    -1.4047654315428462e-07, 1.0183620603842736e-07, 4.1064013667940355e-08, -1.3312919661038687e-08,
    -8.217595058711455e-09, 9.862533510345587e-10, 8.393734858690877e-10,
];

/// One over the faculties.
#[rustfmt::skip]
static FACULTIES: [f64; 14] = [
    1.0, 1.0, 1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5_040.0, 1.0 / 40_320.0,
    1.0 / 362_880.0, 1.0 / 3_628_800.0, 1.0 / 39_916_800.0, 1.0 / 479_001_600.0, 1.0 / 6_227_020_800.0,
];

/// The value at x of a polynomial, by its coefficients from the constant one on.
#[inline(never)]
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// e to the power of x, within one unit in the last place: a power of two, and the series of what is left.
#[must_use]
#[inline(never)]
pub(crate) fn exp(x: f64) -> f64 {
    // Beyond these all is zero, or infinite.
    let x = x.clamp(-750.0, 720.0);
    // The nearest whole number: what is shifted is above zero.
    let power = (x * core::f64::consts::LOG2_E + 1100.5) as i64 - 1100;
    // ln 2 in two parts, the first with so few digits that its product is exact.
    let rest = x - power as f64 * 6.931_471_803_691_238e-1 - power as f64 * 1.908_214_929_270_587_7e-10;
    let half = power >> 1;
    let two = |power: i64| f64::from_bits(((1023 + power) as u64) << 52);
    polynomial(&FACULTIES, rest) * two(half) * two(power - half)
}

/// Bits that are set.
#[must_use]
pub fn popcount(words: &[u64]) -> u64 {
    words.iter().map(|word| u64::from(word.count_ones())).sum()
}

/// a ^ b, word by word, into `a`.
pub fn xor(a: &mut [u64], b: &[u64]) {
    for (a, b) in a.iter_mut().zip(b) {
        *a ^= b;
    }
}

#[cfg(test)]
mod tests {
    use super::{exp, gelu};

    #[test]
    fn powers_of_e_are_near_those_of_another_library() {
        for i in -7450..=7090 {
            let x = f64::from(i) / 10.0 + 0.003;
            let (ours, theirs) = (exp(x), libm::exp(x));
            let unit = f64::from_bits(theirs.to_bits() + 1) - theirs;
            // Each is off by less than one unit.
            assert!((ours - theirs).abs() <= 2.0 * unit, "{x} {ours} {theirs}");
        }
        assert!(
            exp(0.0) == 1.0 && exp(-1e300) == 0.0 && exp(1e300) == f64::INFINITY && exp(f64::NAN).is_nan()
        );
    }

    #[test]
    fn tails_of_the_normal_distribution_keep_their_digits() {
        for i in -3700..=3700 {
            let x = f64::from(i) / 100.0 + 0.001;
            let theirs = 0.5 * x * libm::erfc(-x * core::f64::consts::FRAC_1_SQRT_2);
            // The other one's argument is rounded, and the tail falls with its square.
            let off = theirs.abs() * f64::EPSILON * (4.0 + x * x);
            assert!((gelu(x) - theirs).abs() <= off, "{x} {} {theirs}", gelu(x));
        }
    }
}
