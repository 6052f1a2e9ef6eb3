//! The hot loops: the same bits on every engine, and fast on each. A package of its own, because it is
//! built for speed while the rest of the guest is built for size; so it allocates nothing and has no
//! errors.
//!
//! Vectors of f32 are little-endian bytes as the file has them, so a row is used where it was read to.
//! Both vectors of a pair have the same length, a multiple of four. Matrices are arrays by compressed
//! sparse rows; their callers have checked them once, and a number that is out of range all the same
//! reads as zero and writes nothing.
#![no_std]

pub mod access;
pub mod decode;
pub mod doubles;
pub mod eliminate;
pub mod factor;
mod four;
mod lanes;
pub mod local;
pub mod push;
pub mod random;
mod root;
pub mod rows;
mod two;

pub use root::{sqrt32, sqrt64};

use lanes::{add, sweep, total, zero};

/// The sum of the squares of the differences.
#[inline(never)]
pub fn square_distance(a: &[u8], b: &[u8]) -> f32 {
    let mut sums = zero();
    sweep(a, b, |i, a, b| {
        let difference = a.sub(b);
        add(&mut sums, i, difference.mul(difference));
    });
    total(sums)
}

/// The sum of the products.
#[inline(never)]
pub fn dot(a: &[u8], b: &[u8]) -> f32 {
    let mut sums = zero();
    sweep(a, b, |i, a, b| add(&mut sums, i, a.mul(b)));
    total(sums)
}

/// The sum of the products, and the sum of the squares of `b`, in one pass.
#[inline(never)]
pub fn dot_and_square(a: &[u8], b: &[u8]) -> [f32; 2] {
    let (mut dots, mut squares) = (zero(), zero());
    sweep(a, b, |i, a, b| {
        add(&mut dots, i, a.mul(b));
        add(&mut squares, i, b.mul(b));
    });
    [total(dots), total(squares)]
}
