//! Elementwise functions and bit sets.

/// max(x, 0); of a negative zero, zero.
#[must_use]
pub fn relu(x: f64) -> f64 {
    if x > 0.0 { x } else { 0.0 }
}

/// x times the normal distribution function at x (Hendrycks and Gimpel 2016), by the error function.
#[must_use]
pub fn gelu(x: f64) -> f64 {
    // erfc keeps the digits of the left tail, where 1 + erf would lose them.
    0.5 * x * libm::erfc(-x * core::f64::consts::FRAC_1_SQRT_2)
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
