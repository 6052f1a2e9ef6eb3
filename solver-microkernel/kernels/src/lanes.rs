//! Sixteen partial sums in a fixed order: the shape that every kernel shares.
//!
//! Lane i takes elements i, i+16, i+32, ...; the lanes are added as a tree. Elements that are
//! missing in the last round are zeros in both vectors: adding a zero to a sum that started at +0
//! changes no bit.

use super::four::Four;

/// Sixteen lanes.
pub(crate) type Lanes = [Four; 4];

/// Bytes of a group: an element for each lane.
const GROUP: usize = 64;
/// Groups between two backward jumps: an engine that counts or checks on each of them does so once per 64
/// elements. Scalar code has four times the instructions and the size for each group; there is one.
const ROUND: usize = if cfg!(any(not(target_arch = "wasm32"), target_feature = "simd128")) { 4 } else { 1 };

/// The last group: elements that are missing are zero. Written so that no call to a copy routine is
/// made of it, which would take longer than the sum.
#[inline(never)]
fn pad(bytes: &[u8]) -> [u8; GROUP] {
    let mut group = [0; GROUP];
    let (quads, rest) = bytes.as_chunks::<16>();
    let (to, _) = group.as_chunks_mut::<16>();
    for (to, quad) in to.iter_mut().zip(quads) {
        *to = *quad;
    }
    if let Some(to) = to.get_mut(quads.len()) {
        for (to, element) in to.as_chunks_mut::<4>().0.iter_mut().zip(rest.as_chunks::<4>().0) {
            *to = *element;
        }
    }
    group
}

/// Runs `step` for one group of both vectors.
#[inline(always)]
fn group<const A: usize>(
    sums: &mut [Lanes; A],
    a: &[u8; GROUP],
    b: &[u8; GROUP],
    step: &impl Fn([Four; A], Four, Four) -> [Four; A],
) {
    if let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a.as_chunks::<16>().0, b.as_chunks::<16>().0) {
        let mut quad = |at: usize, a: &[u8; 16], b: &[u8; 16]| {
            let before = sums.map(|lanes| lanes.get(at).copied().unwrap_or(Four::zero()));
            let after = step(before, Four::load(a), Four::load(b));
            for (lanes, after) in sums.iter_mut().zip(after) {
                if let Some(lane) = lanes.get_mut(at) {
                    *lane = after;
                }
            }
        };
        quad(0, a0, b0);
        quad(1, a1, b1);
        quad(2, a2, b2);
        quad(3, a3, b3);
    }
}

/// Runs `step` over two vectors of the same length, four elements at a time, with `A` sets of
/// partial sums, and returns the `A` totals.
#[inline(always)]
pub(crate) fn sweep<const A: usize>(
    a: &[u8],
    b: &[u8],
    step: impl Fn([Four; A], Four, Four) -> [Four; A],
) -> [f32; A] {
    let mut sums = [[Four::zero(); 4]; A];
    let (mut a_groups, a_rest) = a.as_chunks::<GROUP>();
    let (mut b_groups, b_rest) = b.as_chunks::<GROUP>();
    let (a_pad, b_pad);
    let mut last: Option<[&[[u8; GROUP]]; 2]> = None;
    if !a_rest.is_empty() {
        (a_pad, b_pad) = (pad(a_rest), pad(b_rest));
        last = Some([core::slice::from_ref(&a_pad), core::slice::from_ref(&b_pad)]);
    }
    loop {
        'groups: loop {
            // A way out after each group, rather than a block of four: a compiler that loads as early as it
            // can and adds as late as it can would run out of registers over a long block.
            for _ in 0..ROUND {
                let (Some((a, a_next)), Some((b, b_next))) = (a_groups.split_first(), b_groups.split_first())
                else {
                    break 'groups;
                };
                (a_groups, b_groups) = (a_next, b_next);
                group(&mut sums, a, b, &step);
            }
        }
        // One body for whole groups and the last one keeps the code small.
        match last.take() {
            Some(groups) => [a_groups, b_groups] = groups,
            None => return sums.map(|[a, b, c, d]| a.add(c).add(b.add(d)).tree()),
        }
    }
}
