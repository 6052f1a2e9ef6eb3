//! The inner loops of methods that know a part of a graph: looking through a row, and numbering what it
//! leads to. Numbers of nodes (slots) are below the length of what they point into;
//! one that is not reads as nothing and writes nothing.

use crate::access::put;

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

/// Where the slot of a key is among the slots, or would be: with a table of a power of two of `keys` there,
/// found by linear probing, else at the key itself.
#[inline(always)]
#[must_use]
pub fn probe(keys: &[u32], key: u32) -> usize {
    if keys.is_empty() {
        return key as usize;
    }
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
/// returns the new count. A hash table of `keys` has room; without one, `slots` is a table by column.
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
        let place = probe(keys, *column);
        let Some(slot) = slots.get_mut(place) else { continue };
        if *slot == NONE {
            *slot = count;
            put(keys, place as u32, *column);
            put(ids, count, *column);
            count = count.wrapping_add(1);
        }
        *out = *slot;
    }
    count
}
