//! The k greatest scores; equal ones by the lower id.

use super::push::Ranked;
use super::refusal::{Refusal, push};
use core::cmp::Reverse;
use solver_lists::Vec;

/// A is worse than b. Scores are not negative: their bits have the order of the values.
#[inline(never)]
pub(crate) fn is_worse(a: &Ranked, b: &Ranked) -> bool {
    (a.score.to_bits(), Reverse(a.id)) < (b.score.to_bits(), Reverse(b.id))
}

/// A heap with the worst of the kept at its root.
pub(crate) struct Best<'a> {
    nodes: &'a mut Vec<Ranked>,
    most: usize,
}

impl<'a> Best<'a> {
    /// The `most` best will be in `nodes`.
    pub(crate) fn new(nodes: &'a mut Vec<Ranked>, most: usize) -> Self {
        nodes.clear();
        Self { nodes, most }
    }

    /// A score of no more than this is surely not kept: zero while there is room.
    pub(crate) fn below(&self) -> f64 {
        match self.nodes.first() {
            Some(root) if self.nodes.len() >= self.most => {
                f64::from_bits(root.score.to_bits().saturating_sub(1))
            }
            _ => 0.0,
        }
    }

    #[inline(never)]
    pub(crate) fn offer(&mut self, new: Ranked) -> Result<(), Refusal> {
        if self.nodes.len() < self.most {
            push(self.nodes, new)?;
            let mut at = self.nodes.len() - 1;
            while at > 0 {
                let parent = (at - 1) / 2;
                if !exchange(self.nodes, parent, at) {
                    break;
                }
                at = parent;
            }
        } else if let Some(root) = self.nodes.first_mut()
            && is_worse(root, &new)
        {
            *root = new;
            sift(self.nodes);
        }
        Ok(())
    }

    /// Sorts the kept ones, best first.
    pub(crate) fn sort(self) {
        let mut heap = self.nodes.as_mut_slice();
        while let Some(last) = heap.len().checked_sub(1) {
            heap.swap(0, last);
            heap = heap.split_at_mut(last).0;
            sift(heap);
        }
    }
}

/// Changes two places where the one behind holds the worse node; true when it did.
#[inline(never)]
fn exchange(heap: &mut [Ranked], front: usize, behind: usize) -> bool {
    match (heap.get(front), heap.get(behind)) {
        (Some(a), Some(b)) if is_worse(b, a) => heap.swap(front, behind),
        _ => return false,
    }
    true
}

#[inline(never)]
fn sift(heap: &mut [Ranked]) {
    let mut at = 0;
    loop {
        let left = 2 * at + 1;
        let child = match (heap.get(left), heap.get(left + 1)) {
            (Some(l), Some(r)) if is_worse(r, l) => left + 1,
            _ => left,
        };
        if !exchange(heap, at, child) {
            return;
        }
        at = child;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_best_come_in_order() {
        let mut nodes = Vec::new();
        let mut best = Best::new(&mut nodes, 4);
        for (score, id) in [(0.5, 1), (0.25, 2), (0.5, 0), (0.0, 9), (0.75, 7), (0.25, 1)] {
            best.offer(Ranked { id, score, bound: 0.0 }).unwrap();
        }
        best.sort();
        let found: Vec<_> = nodes.iter().map(|node| (node.score, node.id)).collect();
        assert_eq!(found, [(0.75, 7), (0.5, 0), (0.5, 1), (0.25, 1)]);
        Best::new(&mut nodes, 3).sort();
        assert!(nodes.is_empty());
    }
}
