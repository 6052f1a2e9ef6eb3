//! Distances from one query to the rows of a block.

use super::lanes::{multiply_add, square_difference_add, sweep, sweep_small};
use super::norm::scaled_square_sum;
use super::root::sqrt32;
use super::scale::{SAFE, Scale};

/// Bytes of the id in front of a row's elements.
const ID_LEN: usize = 8;

/// How far two vectors are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Sum of squared differences.
    L2,
    /// Negative inner product.
    InnerProduct,
    /// One minus the cosine of the angle; exactly one when a vector is zero.
    Cosine,
}

/// Writes the distance from `query` to each of `rows` (an id, then elements; `stride` bytes each)
/// into `out`. `query_sum` is the query's sum of squares. A row with a NaN or an infinity, and an
/// overflow, give a value that is not finite: no term of a sum can cancel it.
#[inline(never)]
pub fn distances(metric: Metric, query: &[u8], query_sum: f32, rows: &[u8], stride: usize, out: &mut [f32]) {
    let rows = rows.chunks_exact(stride).filter_map(|row| row.get(ID_LEN..)).zip(out);
    match metric {
        Metric::L2 => rows.for_each(|(row, out)| *out = l2(query, row)),
        Metric::InnerProduct => rows.for_each(|(row, out)| *out = inner(query, row)),
        Metric::Cosine => {
            let root = if SAFE.contains(&query_sum) { Some(sqrt32(query_sum)) } else { None };
            rows.for_each(|(row, out)| *out = cosine(query, root, row));
        }
    }
}

#[inline(always)]
fn l2(query: &[u8], row: &[u8]) -> f32 {
    let [sum] = sweep(query, row, |sums: &mut [_; 1], a, b| square_difference_add(&mut sums[0], a, b));
    sum
}

/// The product is taken from zero, so that orthogonal vectors are at 0 and not at -0.
#[inline(always)]
fn inner(query: &[u8], row: &[u8]) -> f32 {
    let [sum] = sweep(query, row, |sums: &mut [_; 1], a, b| multiply_add(&mut sums[0], a, b));
    0.0 - sum
}

#[inline(always)]
fn cosine(query: &[u8], query_root: Option<f32>, row: &[u8]) -> f32 {
    let [dot, row_sum] = sweep(query, row, |sums: &mut [_; 2], a, b| {
        let [dot, square] = sums;
        multiply_add(dot, a, b);
        multiply_add(square, b, b);
    });
    match query_root {
        Some(root) if SAFE.contains(&row_sum) => 1.0 - dot / (root * sqrt32(row_sum)),
        _ => cosine_scaled(query, row),
    }
}

/// Very small, very large, zero and unusable vectors.
#[cold]
#[inline(never)]
fn cosine_scaled(query: &[u8], row: &[u8]) -> f32 {
    if !super::is_finite(row) {
        return f32::NAN;
    }
    let (Some(a_scale), Some(b_scale)) = (Scale::of(query), Scale::of(row)) else { return 1.0 };
    let [dot] = sweep_small(query, row, |sums: &mut [_; 1], a, b| {
        multiply_add(&mut sums[0], &a.map(|x| a_scale.apply(x)), &b.map(|x| b_scale.apply(x)));
    });
    1.0 - dot / (sqrt32(scaled_square_sum(query, a_scale)) * sqrt32(scaled_square_sum(row, b_scale)))
}
