//! The k greatest scores; equal ones by the lower id.

use super::refusal::{Refusal, push};
use alloc::vec::Vec;

/// A score that is not negative, as bits (whose order is that of the values), and the id turned
/// round, so that the greater pair is the better one.
pub(crate) type Key = (u64, u32);

pub(crate) const fn key(score: f64, id: u32) -> Key {
    (score.to_bits(), !id)
}

/// A heap with the worst of the kept at its root.
pub(crate) struct Best {
    keys: Vec<Key>,
    most: usize,
}

impl Best {
    pub(crate) const fn new(most: usize) -> Self {
        Self { keys: Vec::new(), most }
    }

    /// A score of no more than this is surely not kept: zero while there is room.
    pub(crate) fn below(&self) -> f64 {
        let full = self.keys.len() >= self.most;
        let least = self.keys.first().filter(|_| full).map_or(0, |root| root.0.saturating_sub(1));
        f64::from_bits(least)
    }

    pub(crate) fn offer(&mut self, new: Key) -> Result<(), Refusal> {
        if self.keys.len() < self.most {
            push(&mut self.keys, new)?;
            let mut at = self.keys.len() - 1;
            while at > 0 {
                let parent = (at - 1) / 2;
                if self.keys.get(parent) <= self.keys.get(at) {
                    break;
                }
                self.keys.swap(parent, at);
                at = parent;
            }
        } else if let Some(root) = self.keys.first_mut()
            && new > *root
        {
            *root = new;
            sift(&mut self.keys);
        }
        Ok(())
    }

    /// The kept ones, best first.
    pub(crate) fn sorted(mut self) -> Vec<(f64, u32)> {
        let mut heap = self.keys.as_mut_slice();
        while let Some(last) = heap.len().checked_sub(1) {
            heap.swap(0, last);
            heap = heap.split_at_mut(last).0;
            sift(heap);
        }
        let mut out = Vec::new();
        if out.try_reserve_exact(self.keys.len()).is_ok() {
            out.extend(self.keys.iter().map(|(bits, id)| (f64::from_bits(*bits), !id)));
        }
        out
    }
}

fn sift(heap: &mut [Key]) {
    let mut at = 0;
    loop {
        let left = 2 * at + 1;
        let child = match (heap.get(left), heap.get(left + 1)) {
            (Some(l), Some(r)) if r < l => left + 1,
            (Some(_), _) => left,
            (None, _) => return,
        };
        if heap.get(at) <= heap.get(child) {
            return;
        }
        heap.swap(at, child);
        at = child;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_best_come_in_order() {
        let mut best = Best::new(4);
        for (score, id) in [(0.5, 1), (0.25, 2), (0.5, 0), (0.0, 9), (0.75, 7), (0.25, 1)] {
            best.offer(key(score, id)).unwrap();
        }
        assert_eq!(best.sorted(), [(0.75, 7), (0.5, 0), (0.5, 1), (0.25, 1)]);
        assert!(Best::new(3).sorted().is_empty());
    }
}
