//! The nearest rows so far: a bounded heap that stays exact when rows are superseded.
//!
//! A row whose id comes again later in the file is superseded. Ids mostly ascend, so only a row
//! whose id is not above all before it can supersede one, and only then is the heap searched.
//! Taking a row out leaves a gap that a row refused earlier should fill; so the heap keeps `slack`
//! rows more than `k`. A row refused or pushed out had `k + slack` nearer ones, and each removal
//! takes away at most one of them: after at most `slack` removals the first `k` are right.

use crate::fault::Result;
use crate::memory::{push, sift_down, sift_up, sort_heap};
use alloc::vec::Vec;

/// Ordered by distance, then id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    key: u32,
    id: u64,
}

/// The `k + slack` nearest rows of one query.
pub(crate) struct TopK {
    heap: Vec<Entry>,
    capacity: usize,
    greatest: Option<u64>,
    removals: usize,
}

impl TopK {
    pub(crate) const fn new(capacity: usize) -> Self {
        Self { heap: Vec::new(), capacity, greatest: None, removals: 0 }
    }

    /// Takes note of a row's id before anything else is done with the row: takes out the row that
    /// it supersedes.
    #[inline]
    pub(crate) fn arrive(&mut self, id: u64) {
        if self.greatest.is_none_or(|greatest| id > greatest) {
            self.greatest = Some(id);
        } else {
            self.remove(id);
        }
    }
    #[inline(never)]
    fn remove(&mut self, id: u64) {
        if let Some(at) = self.heap.iter().position(|e| e.id == id) {
            self.heap.swap_remove(at);
            sift_down(&mut self.heap, at);
            sift_up(&mut self.heap, at);
            self.removals += 1;
        }
    }

    /// Offers a row with a finite distance.
    #[inline]
    pub(crate) fn offer(&mut self, distance: f32, id: u64) -> Result<()> {
        let entry = Entry { key: key(distance), id };
        if self.heap.len() < self.capacity {
            self.grow(entry)
        } else {
            if let Some(worst) = self.heap.first_mut()
                && entry < *worst
            {
                *worst = entry;
                sift_down(&mut self.heap, 0);
            }
            Ok(())
        }
    }
    #[inline(never)]
    fn grow(&mut self, entry: Entry) -> Result<()> {
        push(&mut self.heap, entry)?;
        let last = self.heap.len().saturating_sub(1);
        sift_up(&mut self.heap, last);
        Ok(())
    }

    /// Rows taken out because a later row has their id.
    pub(crate) const fn removals(&self) -> usize {
        self.removals
    }

    pub(crate) const fn len(&self) -> usize {
        self.heap.len()
    }

    /// The `k` nearest, nearest first.
    pub(crate) fn take(&mut self, k: usize, mut visit: impl FnMut(f32, u64)) {
        sort_heap(&mut self.heap);
        for entry in self.heap.iter().take(k) {
            visit(distance(entry.key), entry.id);
        }
        self.heap = Vec::new();
    }
}

/// Maps finite floats to integers of the same order.
#[inline]
const fn key(distance: f32) -> u32 {
    let bits = distance.to_bits();
    if bits >> 31 == 0 { bits | 1 << 31 } else { !bits }
}

const fn distance(key: u32) -> f32 {
    f32::from_bits(if key >> 31 == 1 { key & !(1 << 31) } else { !key })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_the_order_and_come_back() {
        let values = [f32::MIN, -1.5, -1e-45, 0.0, 1e-45, 1.0, f32::MAX];
        for (i, a) in values.iter().enumerate() {
            assert_eq!(distance(key(*a)).to_bits(), a.to_bits());
            for b in values.iter().skip(i + 1) {
                assert!(key(*a) < key(*b));
            }
        }
    }

    #[test]
    fn the_nearest_are_kept_and_ties_go_to_the_smaller_id() {
        let mut top = TopK::new(3);
        for (id, d) in [(9, 1.0), (10, 0.5), (11, 1.0), (12, 2.0), (13, 0.5)] {
            top.arrive(id);
            assert!(top.offer(d, id).is_ok());
        }
        top.arrive(10);
        assert_eq!(top.removals(), 1);
        let mut got = Vec::new();
        top.take(3, |d, id| got.push((d, id)));
        assert_eq!(got, [(0.5, 13), (1.0, 9)]);
    }
}
