//! The nearest rows so far: bounded heaps that stay exact when rows are superseded.
//!
//! A row whose id comes again later in the file is superseded. Ids mostly ascend, so only a row
//! whose id is not above all before it can supersede one, and only then is the heap searched.
//! Taking a row out leaves a gap that a row refused earlier should fill; so the heap keeps `slack`
//! rows more than `k`. A row refused or pushed out had `k + slack` nearer ones, and each removal
//! takes away at most one of them: after at most `slack` removals the first `k` are right.

use crate::lists::{Heap, set, word, zeroed};
use crate::report::{Report, Result};
use solver_lists::Vec;

/// Words in front of the rows of a query: rows held, rows taken out, greatest id.
const HEAD: usize = 3;
/// Words of a row: distance as a number of the same order, id.
const WIDE: usize = 2;

/// The `capacity` nearest rows of each query, in one block of words.
pub(crate) struct TopK {
    words: Vec<u64>,
    capacity: usize,
}
solver_lists::blank!(TopK { words, capacity });

impl TopK {
    /// Forgets all rows and makes room for `capacity` of each of `queries`.
    pub(crate) fn start(&mut self, queries: usize, capacity: usize, report: &mut Report) -> Result<()> {
        self.capacity = capacity;
        let words = queries.saturating_mul(capacity.saturating_mul(WIDE).saturating_add(HEAD));
        zeroed(&mut self.words, words, report)
    }

    /// The rows of one query.
    pub(crate) fn query(&mut self, number: usize) -> Top<'_> {
        let words = HEAD + WIDE * self.capacity;
        let words = self.words.get_mut(number * words..).and_then(|w| w.get_mut(..words));
        let (head, words) = words.unwrap_or_default().split_at_mut_checked(HEAD).unwrap_or_default();
        let len = word(head, 0) as usize;
        Top { head, heap: Heap { words, wide: WIDE, len } }
    }
}

/// The rows of one query while they are looked at.
pub(crate) struct Top<'a> {
    head: &'a mut [u64],
    heap: Heap<'a>,
}

impl Top<'_> {
    /// Takes note of a row's id before anything else is done with the row: takes out the row that
    /// it supersedes.
    #[inline]
    pub(crate) fn arrive(&mut self, id: u64) {
        if self.heap.len == 0 || id > word(self.head, 2) {
            set(self.head, 2, id);
        } else {
            self.remove(id);
        }
    }

    #[inline(never)]
    fn remove(&mut self, id: u64) {
        for at in 0..self.heap.len {
            if word(self.heap.words, WIDE * at + 1) == id {
                let last = self.heap.len - 1;
                self.heap.swap(at, last);
                self.heap.len = last;
                self.heap.sift_down(at);
                if at < last {
                    self.heap.sift_up(at);
                }
                set(self.head, 1, word(self.head, 1) + 1);
                break;
            }
        }
        set(self.head, 0, self.heap.len as u64);
    }

    /// Offers a row with a finite distance.
    #[inline]
    pub(crate) fn offer(&mut self, distance: f32, id: u64) {
        let key = key(distance);
        let full = WIDE * self.heap.len == self.heap.words.len();
        if !full || (key, id) < (word(self.heap.words, 0), word(self.heap.words, 1)) {
            self.accept(key, id, full);
        }
    }

    #[inline(never)]
    fn accept(&mut self, key: u64, id: u64, full: bool) {
        let at = if full { 0 } else { self.heap.len };
        set(self.heap.words, WIDE * at, key);
        set(self.heap.words, WIDE * at + 1, id);
        if full {
            self.heap.sift_down(0);
        } else {
            self.heap.len += 1;
            set(self.head, 0, self.heap.len as u64);
            self.heap.sift_up(at);
        }
    }

    /// Rows taken out because a later row has their id.
    pub(crate) fn removals(&self) -> u64 {
        word(self.head, 1)
    }

    pub(crate) const fn len(&self) -> usize {
        self.heap.len
    }

    /// Brings the rows into order, nearest first. Nothing can be offered after that.
    pub(crate) fn sort(&mut self) {
        self.heap.sort();
    }

    /// A row after `sort`: distance and id.
    pub(crate) fn row(&self, at: usize) -> (f32, u64) {
        (distance(word(self.heap.words, WIDE * at)), word(self.heap.words, WIDE * at + 1))
    }
}

/// Maps finite floats to integers of the same order.
#[inline]
const fn key(distance: f32) -> u64 {
    let bits = distance.to_bits();
    (if bits >> 31 == 0 { bits | 1 << 31 } else { !bits }) as u64
}

const fn distance(key: u64) -> f32 {
    let key = key as u32;
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
        let mut tops: TopK = solver_lists::blank();
        assert!(tops.start(2, 3, &mut Report::new()).is_ok());
        for (id, d) in [(9, 1.0), (10, 0.5), (11, 1.0), (12, 2.0), (13, 0.5)] {
            let mut top = tops.query(1);
            top.arrive(id);
            top.offer(d, id);
        }
        let mut top = tops.query(1);
        top.arrive(10);
        assert_eq!((top.removals(), top.len()), (1, 2));
        top.sort();
        assert_eq!([top.row(0), top.row(1)], [(0.5, 13), (1.0, 9)]);
        assert_eq!(tops.query(0).len(), 0);
    }
}
