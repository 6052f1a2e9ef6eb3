//! Sixteen partial sums in a fixed order: the shape that every kernel shares.
//!
//! Lane i takes elements i, i+16, i+32, ...; the lanes are added as a tree. Written over arrays of
//! sixteen, so that the compiler makes four vector operations of each line where the target has
//! them and scalar ones elsewhere, with the same bits. Elements that are missing in the last group
//! are zeros in both vectors: adding a zero to a sum that started at +0 changes no bit.

//!
//! The sixteen lines are written out by a macro and a round has four groups written out, so that
//! the hot loop is straight code at any optimisation level: the rest of the module is built for size.

#![allow(clippy::indexing_slicing, reason = "every index is a literal below the array's length")]

/// Sixteen elements, one per lane.
pub(crate) type Lanes = [f32; 16];

/// Repeats a statement for each lane.
macro_rules! each_lane {
    ($i:ident => $body:expr) => { each_lane!(@ $i $body; 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15) };
    (@ $i:ident $body:expr; $($n:literal)*) => { $({ const $i: usize = $n; $body; })* };
}

const GROUP: usize = 64;
/// Groups of one round of the main loop: an engine that counts or checks on each backward jump
/// does so once per 64 elements.
const ROUND: usize = 4 * GROUP;

#[inline(always)]
fn load(bytes: &[u8; GROUP]) -> Lanes {
    let (quads, _) = bytes.as_chunks::<4>();
    let mut lanes = [0.0; 16];
    each_lane!(I => lanes[I] = f32::from_le_bytes(quads[I]));
    lanes
}

/// The last group: at most fifteen elements, the others zero. Copied by quads, so that no call
/// to a copy routine is made of it.
#[inline(never)]
fn pad(bytes: &[u8]) -> [u8; GROUP] {
    let mut group = [0; GROUP];
    let (quads, rest) = bytes.as_chunks::<16>();
    let (to, _) = group.as_chunks_mut::<16>();
    for (to, quad) in to.iter_mut().zip(quads) {
        *to = *quad;
    }
    if let Some(to) = to.get_mut(quads.len()) {
        let (to, _) = to.as_chunks_mut::<4>();
        for (to, element) in to.iter_mut().zip(rest.as_chunks::<4>().0) {
            *to = *element;
        }
    }
    group
}

/// Adds the lanes: i + (i+8), then +4, +2, +1.
#[inline(always)]
fn tree(l: Lanes) -> f32 {
    let four = [
        (l[0] + l[8]) + (l[4] + l[12]),
        (l[1] + l[9]) + (l[5] + l[13]),
        (l[2] + l[10]) + (l[6] + l[14]),
        (l[3] + l[11]) + (l[7] + l[15]),
    ];
    (four[0] + four[2]) + (four[1] + four[3])
}

/// Runs `step` over two vectors of the same length, sixteen elements at a time, with `A` sets
/// of partial sums, and returns the `A` totals. For hot loops: sixty-four elements per round.
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
        let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a.as_chunks::<GROUP>().0, b.as_chunks::<GROUP>().0)
        else {
            continue;
        };
        step(&mut sums, &load(a0), &load(b0));
        step(&mut sums, &load(a1), &load(b1));
        step(&mut sums, &load(a2), &load(b2));
        step(&mut sums, &load(a3), &load(b3));
    }
    finish(sums, a, b, step)
}

/// The same in less code, for what is not hot.
#[inline(always)]
pub(crate) fn sweep_small<const A: usize>(
    a: &[u8],
    b: &[u8],
    step: impl Fn(&mut [Lanes; A], &Lanes, &Lanes),
) -> [f32; A] {
    finish([[0.0; 16]; A], a, b, step)
}

/// Goes on with `sums` over what remains, a group at a time, and adds the lanes.
#[inline(always)]
fn finish<const A: usize>(
    mut sums: [Lanes; A],
    mut a: &[u8],
    mut b: &[u8],
    step: impl Fn(&mut [Lanes; A], &Lanes, &Lanes),
) -> [f32; A] {
    let (mut a_pad, mut b_pad);
    while !a.is_empty() {
        // One body for full groups and the last one keeps the code small.
        let (a_group, b_group) = match (a.split_first_chunk(), b.split_first_chunk()) {
            (Some((a_group, a_rest)), Some((b_group, b_rest))) => {
                (a, b) = (a_rest, b_rest);
                (a_group, b_group)
            }
            _ => {
                (a_pad, b_pad) = (pad(a), pad(b));
                a = &[];
                (&a_pad, &b_pad)
            }
        };
        step(&mut sums, &load(a_group), &load(b_group));
    }
    sums.map(tree)
}

/// Adds a*b to each lane.
#[inline(always)]
pub(crate) fn multiply_add(sum: &mut Lanes, a: &Lanes, b: &Lanes) {
    each_lane!(I => sum[I] += a[I] * b[I]);
}

/// Adds (a-b)^2 to each lane.
#[inline(always)]
pub(crate) fn square_difference_add(sum: &mut Lanes, a: &Lanes, b: &Lanes) {
    each_lane!(I => {
        let difference = a[I] - b[I];
        sum[I] += difference * difference;
    });
}
