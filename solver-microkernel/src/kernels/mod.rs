//! Arithmetic over vectors: the same bits on every engine, and fast on each.
//!
//! Vectors are little-endian bytes as the file has them, so a row is used where it was read to.

mod lanes;
mod norm;
mod pairs;
mod root;
mod scale;

pub(crate) use norm::{is_finite, norm_f64, normalize, square_sum};
pub(crate) use pairs::distances;
