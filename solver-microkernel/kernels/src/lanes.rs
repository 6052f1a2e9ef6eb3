//! Sixteen partial sums in a fixed order: the shape that every kernel shares.
//!
//! Lane i takes elements i, i+16, i+32, ...; the lanes are added as a tree. Elements that are
//! missing in the last round are zeros in both vectors: adding a zero to a sum that started at +0
//! changes no bit.

use super::four::Four;

/// Sixteen lanes.
pub(crate) type Lanes = [Four; 4];

/// An element for each lane.
type Group = [[u8; 16]; 4];

/// Whole groups, and what is left.
#[inline(always)]
fn groups(bytes: &[u8]) -> (&[Group], &[u8]) {
    let (whole, rest) = bytes.split_at(bytes.len() / 64 * 64);
    (whole.as_chunks().0.as_chunks().0, rest)
}

/// Runs `step` for the place of each four lanes, written out.
macro_rules! each_four {
    ($i:ident => $body:expr) => { each_four!(@ $i $body; 0 1 2 3) };
    (@ $i:ident $body:expr; $($n:literal)*) => { $({ const $i: usize = $n; $body; })* };
}

/// The last group: elements that are missing are zero. Written so that no call to a copy routine is
/// made of it, which would take longer than the sum.
#[inline(never)]
fn pad(bytes: &[u8]) -> Group {
    let mut group = [[0; 16]; 4];
    let elements = group.as_flattened_mut().as_chunks_mut::<4>().0;
    for (to, element) in elements.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *to = *element;
    }
    group
}

/// Adds to the four lanes at `i`.
#[inline(always)]
pub(crate) fn add(sums: &mut Lanes, i: usize, four: Four) {
    if let Some(lanes) = sums.get_mut(i) {
        *lanes = lanes.add(four);
    }
}

/// No sums yet.
#[inline(always)]
pub(crate) fn zero() -> Lanes {
    [Four::zero(); 4]
}

/// The sum of all lanes.
#[inline(always)]
pub(crate) fn total([a, b, c, d]: Lanes) -> f32 {
    a.add(c).add(b.add(d)).tree()
}

/// Runs `step` over two vectors of the same length, four elements at a time, with the place of their lanes.
#[inline(always)]
pub(crate) fn sweep(a: &[u8], b: &[u8], mut step: impl FnMut(usize, Four, Four)) {
    let ((mut a_groups, a_rest), (mut b_groups, b_rest)) = (groups(a), groups(b));
    let (a_pad, b_pad);
    let (mut a_last, mut b_last): (&[Group], &[Group]) = (&[], &[]);
    if !a_rest.is_empty() {
        (a_pad, b_pad) = ([pad(a_rest)], [pad(b_rest)]);
        (a_last, b_last) = (&a_pad, &b_pad);
    }
    loop {
        while let (Some((a, a_next)), Some((b, b_next))) = (a_groups.split_first(), b_groups.split_first()) {
            (a_groups, b_groups) = (a_next, b_next);
            each_four!(I => step(I, Four::load(&a[I]), Four::load(&b[I])));
        }
        // One body for whole groups and the last one keeps the code small.
        if a_last.is_empty() {
            break;
        }
        (a_groups, b_groups) = (a_last, b_last);
        (a_last, b_last) = (&[], &[]);
    }
}
