//! Pushing along rows that were read, and looking over what it leaves. What lies at a node is first in its
//! part of `state`, whose other number is the limit for the queue (see [`crate::local::spread`]).

use crate::access::{add, at, span};
use crate::local::{NONE, spread};

/// Rows that were read, by slot: `from` and `len` in pairs, the diagonal, the others and b in threes, and
/// what the rows lead to.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// Where the arcs of a row start, and how many they are; the greatest number when that is not known.
    pub places: &'a [u32],
    /// Diagonal entry, sum of the sizes of the others, element of b.
    pub facts: &'a [f64],
    /// Slots of targets.
    pub arcs: &'a [u32],
    /// Their values.
    pub values: &'a [f64],
}

impl<'a> Rows<'a> {
    /// Start and length.
    #[inline(always)]
    #[must_use]
    pub fn place(&self, slot: u32) -> [u32; 2] {
        self.places.as_chunks::<2>().0.get(slot as usize).copied().unwrap_or([NONE; 2])
    }

    #[inline(always)]
    fn facts(&self, slot: u32) -> [f64; 3] {
        self.facts.as_chunks::<3>().0.get(slot as usize).copied().unwrap_or_default()
    }

    #[inline(always)]
    fn arcs(&self, [from, len]: [u32; 2]) -> (&'a [u32], &'a [f64]) {
        let to = from.saturating_add(len);
        (span(self.arcs, from, to), span(self.values, from, to))
    }
}

/// What a generation of pushes did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moved {
    /// Nodes in the queue after it.
    pub queued: u32,
    /// Entries passed.
    pub arcs: u64,
    /// Sum of sizes whose roundings disturb the identity; not finite when a number left its range.
    pub noise: f64,
    /// Sum of step times b.
    pub value: f64,
    /// Sum of sizes whose roundings disturb the value.
    pub drift: f64,
}

#[inline(always)]
fn put(state: &mut [f64], slot: u32, amount: f64, limit: f64) {
    if let Some(there) = state.as_chunks_mut::<2>().0.get_mut(slot as usize) {
        *there = [amount, limit];
    }
}

#[inline(always)]
fn amount(state: &[f64], slot: u32) -> f64 {
    state.as_chunks::<2>().0.get(slot as usize).copied().unwrap_or_default()[0]
}

/// Pushes of mass along a queue: alpha of what lies at a node is settled in `p`, the rest goes along its row.
/// A node whose mass is below `epsilon` times its weight keeps it; one that leads nowhere settles everything.
#[inline(never)]
#[allow(clippy::too_many_arguments, reason = "slices of two owners")]
pub fn spread_mass(
    rows: Rows<'_>,
    queue: &[u32],
    next: &mut [u32],
    state: &mut [f64],
    p: &mut [f64],
    weights: &[f64],
    alpha: f64,
    epsilon: f64,
) -> Moved {
    let mut moved = Moved::default();
    for slot in queue {
        let (mass, least) = (amount(state, *slot), at(weights, *slot));
        let place = rows.place(*slot);
        let [diagonal, others, _] = rows.facts(*slot);
        let is_read = place[0] != NONE;
        let weight = diagonal + others;
        if place[1] == 0 || (is_read && weight == 0.0) {
            put(state, *slot, 0.0, least);
            add(p, *slot, mass);
            moved.noise += at(p, *slot);
            continue;
        }
        if !is_read || mass < epsilon * least || mass == 0.0 {
            put(state, *slot, mass, least);
            continue;
        }
        put(state, *slot, 0.0, least);
        add(p, *slot, alpha * mass);
        let share = (1.0 - alpha) * mass / weight;
        // Far from both ends of the range, so that products keep their digits.
        if !(1e-280..1e280).contains(&share) {
            moved.noise = f64::INFINITY;
            return moved;
        }
        let (slots, values) = rows.arcs(place);
        let (queued, sizes) = spread(share, epsilon, slots, values, state, next, moved.queued);
        moved.queued = queued;
        moved.noise += sizes + at(p, *slot) + f64::from(place[1]) * mass + 8.0 * mass;
        moved.arcs += u64::from(place[1]) + 1;
    }
    moved
}

/// Pushes of a residual along a queue: `relaxation` times what would take it to zero at each node where it is
/// at least `threshold`.
#[inline(never)]
pub fn spread_residual(
    rows: Rows<'_>,
    queue: &[u32],
    next: &mut [u32],
    state: &mut [f64],
    value: f64,
    relaxation: f64,
    threshold: f64,
) -> Moved {
    let mut moved = Moved { value, ..Moved::default() };
    for slot in queue {
        let residual = amount(state, *slot);
        put(state, *slot, residual, 1.0);
        let place = rows.place(*slot);
        if residual.abs() < threshold || place[0] == NONE {
            continue;
        }
        let [diagonal, others, b] = rows.facts(*slot);
        let step = relaxation * residual / diagonal;
        moved.value += step * b;
        moved.drift += (step * b).abs() + moved.value.abs();
        let (slots, values) = rows.arcs(place);
        let (queued, sizes) = spread(-step, threshold, slots, values, state, next, moved.queued);
        moved.queued = queued;
        moved.noise += sizes + step.abs() * (diagonal.abs() + others);
        moved.arcs += u64::from(place[1]) + 1;
    }
    moved
}

/// Puts every node where something lies, of either sign, that comes to `epsilon` times its weight into the queue
/// (weights of one when there are none); returns how many.
#[inline(never)]
pub fn requeue(state: &mut [f64], count: u32, weights: &[f64], epsilon: f64, queue: &mut [u32]) -> u32 {
    let mut queued = 0;
    for (slot, [amount, limit]) in (0..count).zip(state.as_chunks_mut::<2>().0) {
        let weight = weights.get(slot as usize).copied().unwrap_or(1.0);
        *limit = weight;
        if amount.abs() >= epsilon * weight
            && *amount != 0.0
            && let Some(place) = queue.get_mut(queued as usize)
        {
            *place = slot;
            *limit = f64::INFINITY;
            queued += 1;
        }
    }
    queued
}

/// Masses with what bounds the values of nodes; arrays without weights or inflows stand for ones and for no bound.
#[derive(Clone, Copy)]
pub struct Ranks<'a> {
    /// What is settled.
    pub p: &'a [f64],
    /// What is not, at every `stride`-th place.
    pub state: &'a [f64],
    /// 1 or 2.
    pub stride: usize,
    /// y of each node; zero where everything stays.
    pub weights: &'a [f64],
    /// c of each node.
    pub inflows: &'a [f64],
    /// Chance to end.
    pub alpha: f64,
    /// The sum of what is not settled.
    pub rest: f64,
    /// The greatest r / y.
    pub densest: f64,
}

impl Ranks<'_> {
    #[inline(always)]
    fn r(&self, slot: u32) -> f64 {
        self.state.get(slot as usize * self.stride).copied().unwrap_or_default()
    }

    #[inline(always)]
    fn weight(&self, slot: u32) -> f64 {
        if self.weights.is_empty() { 1.0 } else { at(self.weights, slot) }
    }

    /// Sets `rest` and `densest`; adds up in order.
    #[inline(never)]
    pub fn survey(&mut self, count: u32) {
        (self.rest, self.densest) = (0.0, 0.0);
        for slot in 0..count {
            let (r, weight) = (self.r(slot), self.weight(slot));
            self.rest += r;
            let density = if weight > 0.0 { r / weight } else { r };
            self.densest = if density > self.densest { density } else { self.densest };
        }
    }

    /// What a value is at the least.
    #[inline(always)]
    #[must_use]
    pub fn lower(&self, slot: u32) -> f64 {
        at(self.p, slot) + self.alpha * self.r(slot)
    }

    /// What a value is at the most.
    #[inline(always)]
    #[must_use]
    pub fn upper(&self, slot: u32) -> f64 {
        let (p, r) = (at(self.p, slot), self.r(slot));
        let any = p + self.alpha * r + (1.0 - self.alpha) * self.rest;
        if self.inflows.is_empty() {
            return any;
        }
        // What leads nowhere keeps what is there, whatever its inflow.
        let own = if self.weight(slot) > 0.0 { 0.0 } else { r };
        let most = p + own + self.densest * at(self.inflows, slot);
        if most < any { most } else { any }
    }

    /// The next slot from `from` on whose lower (or upper) bound is above `bar`; `count` when there is none.
    #[inline(never)]
    #[must_use]
    pub fn next_above(&self, from: u32, count: u32, bar: f64, upper: bool) -> u32 {
        let mut slot = from;
        while slot < count && (if upper { self.upper(slot) } else { self.lower(slot) }) <= bar {
            slot += 1;
        }
        slot
    }
}

/// Sums over a residual.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sizes {
    /// Of sizes times what x may be there at the most.
    pub weighed: f64,
    /// Of sizes.
    pub total: f64,
    /// The greatest size.
    pub most: f64,
    /// How many are not zero.
    pub active: u32,
}

/// Adds up what a residual may still mean for the value: x is at most `x_most` anywhere, and at most
/// (|b| + others `x_most`) / |diagonal| where the row was read.
#[inline(never)]
#[must_use]
pub fn weigh(rows: Rows<'_>, state: &[f64], count: u32, x_most: f64) -> Sizes {
    let mut sizes = Sizes::default();
    for (slot, [residual, _]) in (0..count).zip(state.as_chunks::<2>().0) {
        let size = residual.abs();
        if size == 0.0 {
            continue;
        }
        let [diagonal, others, b] = rows.facts(slot);
        let known = (b.abs() + others * x_most) / diagonal.abs();
        let is_read = rows.place(slot)[0] != NONE;
        sizes.weighed += size * if is_read && known < x_most { known } else { x_most };
        sizes.total += size;
        sizes.most = if size > sizes.most { size } else { sizes.most };
        sizes.active += 1;
    }
    sizes
}

/// The next place of a queue, from `from` on, of a node whose length is not known (`lengths`), or else whose row
/// was not read and has entries; only where what lies there comes to `epsilon` times the weight. The length
/// of the queue when there is none.
#[inline(never)]
#[must_use]
pub fn next_missing(
    rows: Rows<'_>,
    queue: &[u32],
    from: u32,
    state: &[f64],
    weights: &[f64],
    epsilon: f64,
    lengths: bool,
) -> u32 {
    let missing = |slot: u32| {
        let [start, len] = rows.place(slot);
        let weight = weights.get(slot as usize).copied().unwrap_or(1.0);
        (if lengths { len == NONE } else { start == NONE && len > 0 })
            && amount(state, slot).abs() >= epsilon * weight
    };
    let rest = queue.get(from as usize..).unwrap_or_default();
    let place = rest.iter().position(|slot| missing(*slot));
    place.map_or(queue.len(), |place| from as usize + place) as u32
}

/// Gives nodes their weights and inflows, from arrays by id where there are any: else one, and `most`.
#[inline(never)]
pub fn fit(
    ids: &[u32],
    first: u32,
    state: &mut [f64],
    weights: &mut [f64],
    inflows: &mut [f64],
    by_id: (&[f64], &[f64]),
    most: f64,
) {
    let places = state.as_chunks_mut::<2>().0.iter_mut().zip(weights).zip(inflows);
    for (id, (([_, limit], weight), inflow)) in ids.iter().zip(places).skip(first as usize) {
        *inflow = if by_id.0.is_empty() { most } else { at(by_id.0, *id) };
        *weight = if by_id.1.is_empty() { 1.0 } else { at(by_id.1, *id) };
        *limit = *weight;
    }
}
