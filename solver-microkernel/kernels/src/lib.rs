//! Arithmetic over vectors: the same bits on every engine, and fast on each.
//!
//! Vectors are little-endian bytes as the file has them, so a row is used where it was read to.
//! A package of its own, because it is built for speed while the rest of the guest is built for size.
#![no_std]
#![forbid(unsafe_code)]

mod lanes;
mod norm;
mod pairs;
mod root;
mod scale;

pub use norm::{is_finite, norm_f64, normalize, square_sum};
pub use pairs::{Metric, distances};
