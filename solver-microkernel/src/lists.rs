//! Allocation that can fail, and lists of ids in order.
//!
//! Everything that is sorted or searched is a slice of u64, so that each routine exists once.

use crate::report::{Report, Result};
pub(crate) use solver_lists::put;
use solver_lists::{Vec, extend, free};

/// Nothing, or a fault of too little memory for these bytes.
#[inline(never)]
fn told(missing: u64, report: &mut Report) -> Result<()> {
    if missing == 0 { Ok(()) } else { Err(report.memory(missing)) }
}

/// Makes room for exactly `more` elements.
pub(crate) fn reserve<T: Copy>(vec: &mut Vec<T>, more: usize, report: &mut Report) -> Result<()> {
    told(solver_lists::reserve(vec, more), report)
}

/// Appends one element, growing by half.
#[inline(never)]
pub(crate) fn push<T: Copy>(vec: &mut Vec<T>, value: T, report: &mut Report) -> Result<()> {
    told(solver_lists::push(vec, value), report)
}

/// Makes the list `len` zeros; the old one is freed first.
#[inline(never)]
pub(crate) fn zeroed<T: Copy + Default>(list: &mut Vec<T>, len: usize, report: &mut Report) -> Result<()> {
    free(list);
    told(extend(list, T::default(), len), report)
}

#[inline]
pub(crate) fn word(words: &[u64], at: usize) -> u64 {
    words.get(at).copied().unwrap_or_default()
}

#[inline]
pub(crate) fn set(words: &mut [u64], at: usize, value: u64) {
    if let Some(word) = words.get_mut(at) {
        *word = value;
    }
}

/// A heap of records of `wide` words in `words`, the greatest first, compared word by word.
pub(crate) struct Heap<'a> {
    pub(crate) words: &'a mut [u64],
    pub(crate) wide: usize,
    /// Records.
    pub(crate) len: usize,
}

impl Heap<'_> {
    fn is_less(&self, a: usize, b: usize) -> bool {
        for i in 0..self.wide {
            let (x, y) = (word(self.words, a * self.wide + i), word(self.words, b * self.wide + i));
            if x != y {
                return x < y;
            }
        }
        false
    }

    #[inline(never)]
    pub(crate) fn swap(&mut self, a: usize, b: usize) {
        for i in 0..self.wide {
            let (a, b) = (a * self.wide + i, b * self.wide + i);
            let (x, y) = (word(self.words, a), word(self.words, b));
            set(self.words, a, y);
            set(self.words, b, x);
        }
    }

    /// Moves the record at `at` down to where no child is greater.
    #[inline(never)]
    pub(crate) fn sift_down(&mut self, mut at: usize) {
        loop {
            let mut child = at * 2 + 1;
            if child >= self.len {
                return;
            }
            if child + 1 < self.len && self.is_less(child, child + 1) {
                child += 1;
            }
            if !self.is_less(at, child) {
                return;
            }
            self.swap(at, child);
            at = child;
        }
    }

    /// Moves the record at `at` up to where its parent is not less.
    #[inline(never)]
    pub(crate) fn sift_up(&mut self, mut at: usize) {
        while at > 0 {
            let parent = (at - 1) / 2;
            if !self.is_less(parent, at) {
                return;
            }
            self.swap(at, parent);
            at = parent;
        }
    }

    /// Sorts the records, ascending.
    #[inline(never)]
    pub(crate) fn sort(&mut self) {
        for at in (0..self.len / 2).rev() {
            self.sift_down(at);
        }
        while self.len > 1 {
            self.len -= 1;
            self.swap(0, self.len);
            self.sift_down(0);
        }
    }
}

/// Sorts ids ascending: heap sort, little code and no memory. Ids in order already cost one pass.
#[inline(never)]
pub(crate) fn sort(ids: &mut [u64]) {
    let len = ids.len();
    if (1..len).any(|at| word(ids, at) < word(ids, at - 1)) {
        Heap { words: ids, wide: 1, len }.sort();
    }
}

/// Drops the repeats of ids in order.
pub(crate) fn unique(ids: &mut Vec<u64>) {
    let mut kept = 0;
    for at in 0..ids.len() {
        let id = word(ids, at);
        if at == 0 || id != word(ids, kept - 1) {
            set(ids, kept, id);
            kept += 1;
        }
    }
    ids.truncate(kept);
}

/// Where an id is in a list in order.
#[inline(never)]
pub(crate) fn find(ids: &[u64], id: u64) -> Option<usize> {
    let (mut low, mut high) = (0, ids.len());
    while low < high {
        let middle = (low + high) / 2;
        if word(ids, middle) < id {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    (ids.get(low) == Some(&id)).then_some(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_sorted_and_found() {
        let mut state = 1u64;
        for len in 0..200 {
            let mut ids: Vec<u64> = (0..len)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (state >> 33) % 64
                })
                .collect();
            let mut wanted = ids.clone();
            wanted.sort_unstable();
            sort(&mut ids);
            assert_eq!(ids, wanted);
            wanted.dedup();
            unique(&mut ids);
            assert_eq!(ids, wanted);
            for id in 0..64 {
                assert_eq!(find(&ids, id), wanted.iter().position(|w| *w == id));
            }
        }
    }
}
