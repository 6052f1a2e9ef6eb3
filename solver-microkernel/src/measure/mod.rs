//! Distances and norms: which sums to take, and what to do where a square leaves the range of f32.
//! The sums themselves are the kernels'.

mod norm;
mod scale;

pub(crate) use norm::{is_finite, norm_f64, normalize};

use norm::scaled_dot;
use rvf_format::Metric;
use scale::{SAFE, Scale};
use solver_kernels::{dot, dot_and_square, sqrt32, square_distance};

/// A query, and what of it is needed for every row.
#[derive(Clone, Copy)]
pub(crate) struct Query<'a> {
    metric: Metric,
    elements: &'a [u8],
    /// For `cosine` the norm, or zero when it needs scaling.
    root: f32,
}

impl<'a> Query<'a> {
    pub(crate) fn new(metric: Metric, elements: &'a [u8]) -> Self {
        let mut root = 0.0;
        if metric == Metric::Cosine {
            let sum = dot(elements, elements);
            if is_safe(sum) {
                root = sqrt32(sum);
            }
        }
        Self { metric, elements, root }
    }

    /// The distance to a row of the same dimension. A row with a NaN or an infinity, and an
    /// overflow, give a value that is not finite: no term of a sum can cancel it.
    #[inline]
    pub(crate) fn distance(&self, row: &[u8]) -> f32 {
        match self.metric {
            Metric::L2 => square_distance(self.elements, row),
            // Taken from zero, so that orthogonal vectors are at 0 and not at -0.
            Metric::InnerProduct => 0.0 - dot(self.elements, row),
            Metric::Cosine => {
                let [dot, sum] = dot_and_square(self.elements, row);
                if self.root > 0.0 && is_safe(sum) {
                    1.0 - dot / (self.root * sqrt32(sum))
                } else {
                    cosine_scaled(self.elements, row)
                }
            }
        }
    }
}

/// True for a sum of squares that needs no scaling.
#[inline]
pub(crate) fn is_safe(sum: f32) -> bool {
    SAFE.contains(&sum)
}

/// Very small, very large, zero and unusable vectors.
#[cold]
#[inline(never)]
fn cosine_scaled(query: &[u8], row: &[u8]) -> f32 {
    if !is_finite(row) {
        return f32::NAN;
    }
    let (Some(q), Some(r)) = (Scale::of(query), Scale::of(row)) else { return 1.0 };
    let roots = sqrt32(scaled_dot(query, q, query, q)) * sqrt32(scaled_dot(row, r, row, r));
    1.0 - scaled_dot(query, q, row, r) / roots
}
