//! Norms, and division by them.

use super::is_safe;
use super::scale::Scale;
use solver_kernels::{dot, sqrt32, sqrt64};

/// True when no element is a NaN or an infinity.
#[inline(never)]
pub(crate) fn is_finite(vector: &[u8]) -> bool {
    vector.as_chunks::<4>().0.iter().all(|e| f32::from_le_bytes(*e).is_finite())
}

/// The elements, and the lane of sixteen that each belongs to.
fn elements(vector: &[u8]) -> impl Iterator<Item = (usize, f32)> {
    vector.as_chunks::<4>().0.iter().enumerate().map(|(i, e)| (i % 16, f32::from_le_bytes(*e)))
}

/// The norm in f64, where no square of an f32 overflows or vanishes: sixteen partial sums and the
/// tree of the distances. Not finite exactly when an element is not.
#[inline(never)]
pub(crate) fn norm_f64(vector: &[u8]) -> f64 {
    let mut sums = [0.0f64; 16];
    for (lane, x) in elements(vector) {
        if let Some(sum) = sums.get_mut(lane) {
            *sum += f64::from(x) * f64::from(x);
        }
    }
    let mut half = 8;
    while half > 0 {
        for lane in 0..half {
            let high = sums.get(lane + half).copied().unwrap_or_default();
            if let Some(low) = sums.get_mut(lane) {
                *low += high;
            }
        }
        half /= 2;
    }
    let [sum, ..] = sums;
    sqrt64(sum)
}

/// Writes each element divided by the norm to `out`. A zero vector stays zero.
/// The elements are finite.
#[inline(never)]
pub(crate) fn normalize(vector: &[u8], out: &mut [f32]) {
    let mut scale = Scale::ONE;
    let mut sum = dot(vector, vector);
    if !is_safe(sum) {
        scale = Scale::of(vector).unwrap_or(Scale::ONE);
        sum = scaled_dot(vector, scale, vector, scale);
    }
    let norm = if sum > 0.0 { sqrt32(sum) } else { 1.0 };
    for ((_, x), out) in elements(vector).zip(out) {
        // No -0 in the place of a zero vector.
        *out = if sum > 0.0 { scale.apply(x) / norm } else { 0.0 };
    }
}

/// The sum of the products after scaling, in the order of the kernels. Rare, so in little code.
#[cold]
#[inline(never)]
pub(super) fn scaled_dot(a: &[u8], a_scale: Scale, b: &[u8], b_scale: Scale) -> f32 {
    let mut sums = [0.0f32; 16];
    for ((lane, a), (_, b)) in elements(a).zip(elements(b)) {
        if let Some(sum) = sums.get_mut(lane) {
            *sum += a_scale.apply(a) * b_scale.apply(b);
        }
    }
    let mut half = 8;
    while half > 0 {
        for lane in 0..half {
            let high = sums.get(lane + half).copied().unwrap_or_default();
            if let Some(low) = sums.get_mut(lane) {
                *low += high;
            }
        }
        half /= 2;
    }
    let [sum, ..] = sums;
    sum
}
