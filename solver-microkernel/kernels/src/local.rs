//! The inner loops of methods that know a part of a graph: numbering what a row leads to, and moving what
//! lies at a node along its row. Numbers of nodes (slots) are below the length of what they point into;
//! one that is not reads as nothing and writes nothing.

use crate::rows::{Rows, scatter};

/// No key, no slot.
pub const NONE: u32 = u32::MAX;

/// What a row is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// The entry on the diagonal.
    pub diagonal: f64,
    /// The sum of the sizes of the others.
    pub others: f64,
    /// The least value, or zero.
    pub least: f64,
    /// Entries before the first whose column is not above the one before it, or not below `rows`.
    pub ordered: u32,
    /// Entries before the first that is not finite.
    pub finite: u32,
}

/// Looks through row `id` of a matrix of `rows` rows.
#[inline(never)]
#[must_use]
pub fn look(id: u32, rows: u32, columns: &[u32], values: &[f64]) -> Row {
    let mut row = Row { diagonal: 0.0, others: 0.0, least: 0.0, ordered: 0, finite: 0 };
    let (mut next, mut at) = (0, 0u32);
    for (column, value) in columns.iter().zip(values) {
        if row.ordered == at && *column >= next && *column < rows {
            row.ordered = at.wrapping_add(1);
        }
        if row.finite == at && value.is_finite() {
            row.finite = at.wrapping_add(1);
        }
        at = at.wrapping_add(1);
        next = column.saturating_add(1);
        row.least = if *value < row.least { *value } else { row.least };
        if *column == id {
            row.diagonal = *value;
        } else {
            row.others += value.abs();
        }
    }
    row
}

/// Where a key is in a table of a power of two of keys, or would be.
#[inline(always)]
#[must_use]
pub fn probe(keys: &[u32], key: u32) -> usize {
    let mask = keys.len().wrapping_sub(1);
    let mut place = (key.wrapping_mul(0x9E37_79B1) >> 7) as usize & mask;
    while let Some(there) = keys.get(place) {
        if *there == key || *there == NONE {
            break;
        }
        place = (place + 1) & mask;
    }
    place
}

/// Gives each column its slot. A column that has none takes the next one, `count`, and its id is put there;
/// returns the new count. Without `keys`, `slots` holds slot + 1 by column and 0 for none; with them it holds
/// the slots of the keys of a hash table, which has room.
#[inline(never)]
pub fn number(
    columns: &[u32],
    keys: &mut [u32],
    slots: &mut [u32],
    ids: &mut [u32],
    mut count: u32,
    out: &mut [u32],
) -> u32 {
    for (column, out) in columns.iter().zip(out) {
        let mut new = false;
        if keys.is_empty() {
            let Some(slot) = slots.get_mut(*column as usize) else { continue };
            if *slot == 0 {
                *slot = count.wrapping_add(1);
                new = true;
            }
            *out = slot.wrapping_sub(1);
        } else {
            let place = probe(keys, *column);
            let (Some(key), Some(slot)) = (keys.get_mut(place), slots.get_mut(place)) else { continue };
            if *key == NONE {
                (*key, *slot) = (*column, count);
                new = true;
            }
            *out = *slot;
        }
        if new {
            if let Some(id) = ids.get_mut(count as usize) {
                *id = *column;
            }
            count = count.wrapping_add(1);
        }
    }
    count
}

/// Adds `share` times the value of each arc to what lies at its target. `state` holds pairs of that amount and
/// of a limit: a target where the amount comes to `epsilon` times the limit or more, of either sign, is put
/// into `next` after the `queued` that are there, and its limit made infinite, so that it goes in once.
/// Returns the new number of them, and the sum of the sizes that came about, in order.
#[inline(never)]
pub fn spread(
    share: f64,
    epsilon: f64,
    targets: &[u32],
    values: &[f64],
    state: &mut [f64],
    next: &mut [u32],
    mut queued: u32,
) -> (u32, f64) {
    let mut sizes = 0.0;
    let (pairs, _) = state.as_chunks_mut::<2>();
    for (target, value) in targets.iter().zip(values) {
        let Some([amount, limit]) = pairs.get_mut(*target as usize) else { continue };
        *amount += share * value;
        let size = amount.abs();
        sizes += size;
        if size >= epsilon * *limit
            && let Some(place) = next.get_mut(queued as usize)
        {
            *place = *target;
            *limit = f64::INFINITY;
            queued = queued.wrapping_add(1);
        }
    }
    (queued, sizes)
}

/// One sweep of pushes through a whole graph by rows, in place. `p` and `r` hold what is settled and what is
/// not, `inverse` one over the weight of each row, 0 where walks stay. Rows where no more lies than `least`
/// per entry are passed over. Returns the entries passed.
#[inline(never)]
pub fn sweep(alpha: f64, least: f64, a: Rows<'_>, inverse: &[f64], p: &mut [f64], r: &mut [f64]) -> u64 {
    let mut arcs = 0;
    for (row, ((ends, inverse), p)) in a.offsets.windows(2).zip(inverse).zip(p).enumerate() {
        let [from, to] = *ends else { continue };
        let Some(mass) = r.get_mut(row) else { break };
        let there = *mass;
        if *inverse == 0.0 {
            *p += there;
            *mass = 0.0;
            continue;
        }
        let degree = to.wrapping_sub(from);
        if there <= least * f64::from(degree) {
            continue;
        }
        *p += alpha * there;
        *mass = 0.0;
        let share = (1.0 - alpha) * there * inverse;
        scatter::<1>(share, a.entries((from, to)), r);
        arcs += u64::from(degree) + 1;
    }
    arcs
}
