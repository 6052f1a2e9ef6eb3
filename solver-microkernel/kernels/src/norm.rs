//! Norms, and division by them.

use super::lanes::{multiply_add, sweep_small};
use super::root::{sqrt32, sqrt64};
use super::scale::{SAFE, Scale};

/// Sum of squares in f32, in the fixed order.
#[inline(never)]
pub fn square_sum(vector: &[u8]) -> f32 {
    let [sum] = sweep_small(vector, vector, |sums: &mut [_; 1], a, _| multiply_add(&mut sums[0], a, a));
    sum
}

/// True when no element is a NaN or an infinity.
pub fn is_finite(vector: &[u8]) -> bool {
    vector.as_chunks::<4>().0.iter().all(|e| f32::from_le_bytes(*e).is_finite())
}

/// The norm in f64, where no square of an f32 overflows or vanishes: sixteen partial sums and the
/// tree of the distances. Not finite exactly when an element is not.
pub fn norm_f64(vector: &[u8]) -> f64 {
    let mut sums = [0.0f64; 16];
    for group in vector.chunks(64) {
        for (sum, element) in sums.iter_mut().zip(group.as_chunks::<4>().0) {
            let x = f64::from(f32::from_le_bytes(*element));
            *sum += x * x;
        }
    }
    let mut rest: &mut [f64] = &mut sums;
    for half in [8, 4, 2, 1] {
        let (low, high) = rest.split_at_mut(half);
        for (l, h) in low.iter_mut().zip(high) {
            *l += *h;
        }
        rest = low;
    }
    sqrt64(rest.first().copied().unwrap_or_default())
}

/// Writes each element divided by the norm to `out`. A zero vector stays zero.
/// The elements are finite.
pub fn normalize(vector: &[u8], out: &mut [f32]) {
    let elements = vector.as_chunks::<4>().0.iter().map(|e| f32::from_le_bytes(*e)).zip(out);
    let sum = square_sum(vector);
    if SAFE.contains(&sum) {
        let norm = sqrt32(sum);
        elements.for_each(|(x, out)| *out = x / norm);
    } else if let Some(scale) = Scale::of(vector) {
        let norm = sqrt32(scaled_square_sum(vector, scale));
        elements.for_each(|(x, out)| *out = scale.apply(x) / norm);
    } else {
        elements.for_each(|(_, out)| *out = 0.0);
    }
}

/// Sum of squares of a vector after scaling.
#[cold]
#[inline(never)]
pub(super) fn scaled_square_sum(vector: &[u8], scale: Scale) -> f32 {
    let [sum] = sweep_small(vector, vector, |sums: &mut [_; 1], a, _| {
        let a = a.map(|x| scale.apply(x));
        multiply_add(&mut sums[0], &a, &a);
    });
    sum
}
