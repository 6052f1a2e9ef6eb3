//! Sums over two vectors of f32 in the order that the solver uses: sixteen partial sums, lane i taking
//! elements i, i+16, i+32, ..., then added as a tree. The same bits on every engine.

use crate::four::Four;
use crate::memory::Memory;

/// Elements of one group: one for each lane.
pub(crate) const LANES: u32 = 16;
/// Bytes of four elements.
const QUAD: u32 = 16;

/// The partial sums, four lanes at a time.
#[derive(Clone, Copy)]
struct Sums(Four, Four, Four, Four);

impl Sums {
    /// Lane i and lane i+8, then +4, then +2 and +1.
    #[inline(always)]
    fn total(self) -> f32 {
        self.0.plus(self.2).plus(self.1.plus(self.3)).total()
    }
}

/// Adds up `term` of the elements of two vectors, `dimension` f32 each. Zeros follow both up to a whole
/// number of groups: adding a term of zeros changes no bit.
#[inline(always)]
fn sum<M: Memory>(memory: &M, a: u32, b: u32, dimension: u32, term: impl Fn(Four, Four) -> Four) -> f32 {
    let mut sums = Sums(Four::zero(), Four::zero(), Four::zero(), Four::zero());
    let four = |at: u32, quad: u32| Four::of(memory.four(at.wrapping_add(quad * QUAD)));
    let (mut a, mut b) = (a, b);
    for _ in 0..dimension.div_ceil(LANES) {
        sums.0 = sums.0.plus(term(four(a, 0), four(b, 0)));
        sums.1 = sums.1.plus(term(four(a, 1), four(b, 1)));
        sums.2 = sums.2.plus(term(four(a, 2), four(b, 2)));
        sums.3 = sums.3.plus(term(four(a, 3), four(b, 3)));
        (a, b) = (a.wrapping_add(4 * QUAD), b.wrapping_add(4 * QUAD));
    }
    sums.total()
}

/// Sum of the squares of the differences.
#[inline(never)]
pub(crate) fn squares<M: Memory>(memory: &M, a: u32, b: u32, dimension: u32) -> f32 {
    sum(memory, a, b, dimension, |x, y| {
        let d = x.minus(y);
        d.times(d)
    })
}

/// Sum of the products.
#[inline(never)]
pub(crate) fn products<M: Memory>(memory: &M, a: u32, b: u32, dimension: u32) -> f32 {
    sum(memory, a, b, dimension, Four::times)
}
