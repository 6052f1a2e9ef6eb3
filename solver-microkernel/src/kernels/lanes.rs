//! Sixteen partial sums in a fixed order: the shape that every kernel shares.
//!
//! Lane i takes elements i, i+16, i+32, ...; the lanes are added as a tree. Written over arrays of
//! sixteen, so that the compiler makes four vector operations of each line where the target has
//! them and scalar ones elsewhere, with the same bits. Elements that are missing in the last group
//! are zeros in both vectors: adding a zero to a sum that started at +0 changes no bit.

#![allow(clippy::indexing_slicing, reason = "indices are loop counters below the arrays' lengths")]

/// Sixteen elements, one per lane.
pub(crate) type Lanes = [f32; 16];

const GROUP: usize = 64;
/// Groups of one round of the main loop: an engine that counts or checks on each backward jump
/// does so once per 64 elements.
const ROUND: usize = 4 * GROUP;

#[inline(always)]
fn load(bytes: &[u8; GROUP]) -> Lanes {
    let (quads, _) = bytes.as_chunks::<4>();
    let mut lanes = [0.0; 16];
    for i in 0..16 {
        lanes[i] = f32::from_le_bytes(quads[i]);
    }
    lanes
}

/// The last group: at most fifteen elements, the others zero.
#[inline(always)]
fn load_tail(bytes: &[u8]) -> Lanes {
    let mut lanes = [0.0; 16];
    for (lane, element) in lanes.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *lane = f32::from_le_bytes(*element);
    }
    lanes
}

/// Adds the lanes: i + (i+8), then +4, +2, +1.
#[inline(always)]
fn tree(lanes: Lanes) -> f32 {
    let mut eight = [0.0f32; 8];
    for i in 0..8 {
        eight[i] = lanes[i] + lanes[i + 8];
    }
    let mut four = [0.0f32; 4];
    for i in 0..4 {
        four[i] = eight[i] + eight[i + 4];
    }
    (four[0] + four[2]) + (four[1] + four[3])
}

/// Runs `step` over two vectors of the same length, sixteen elements at a time, with `A` sets
/// of partial sums, and returns the `A` totals.
#[inline(always)]
pub(crate) fn sweep<const A: usize>(
    a: &[u8],
    b: &[u8],
    step: impl Fn(&mut [Lanes; A], &Lanes, &Lanes),
) -> [f32; A] {
    let mut sums = [[0.0; 16]; A];
    let (a_rounds, a) = a.as_chunks::<ROUND>();
    let (b_rounds, b) = b.as_chunks::<ROUND>();
    for (a, b) in a_rounds.iter().zip(b_rounds) {
        let (a, _) = a.as_chunks::<GROUP>();
        let (b, _) = b.as_chunks::<GROUP>();
        for (a, b) in a.iter().zip(b) {
            step(&mut sums, &load(a), &load(b));
        }
    }
    let (a_groups, a) = a.as_chunks::<GROUP>();
    let (b_groups, b) = b.as_chunks::<GROUP>();
    for (a, b) in a_groups.iter().zip(b_groups) {
        step(&mut sums, &load(a), &load(b));
    }
    if !a.is_empty() {
        step(&mut sums, &load_tail(a), &load_tail(b));
    }
    sums.map(tree)
}

/// Adds a*b to each lane.
#[inline(always)]
pub(crate) fn multiply_add(sum: &mut Lanes, a: &Lanes, b: &Lanes) {
    for i in 0..16 {
        sum[i] += a[i] * b[i];
    }
}

/// Adds (a-b)^2 to each lane.
#[inline(always)]
pub(crate) fn square_difference_add(sum: &mut Lanes, a: &Lanes, b: &Lanes) {
    for i in 0..16 {
        let difference = a[i] - b[i];
        sum[i] += difference * difference;
    }
}
