//! Nodes that were met, numbered as they come: by a table while the graph is small, else by hashing,
//! so that memory follows what is touched and not the size of the graph.

use super::access::{at, put};
use super::limits::DENSE_MAP_NODES;
use super::refusal::{Refusal, filled};
use alloc::vec::Vec;
pub(crate) use solver_kernels::local::NONE;
use solver_kernels::local::{number, probe};

const FIRST_SIZE: usize = 1024;

/// Numbers of nodes. A table holds number + 1 by node; the hash table holds nodes and their numbers, in
/// places found by linear probing, at most half of them used.
pub(crate) struct Map {
    keys: Vec<u32>,
    slots: Vec<u32>,
}

impl Map {
    pub(crate) fn new(nodes: u32) -> Result<Self, Refusal> {
        let dense = nodes <= DENSE_MAP_NODES;
        let (size, none) = if dense { (nodes as usize, 0) } else { (FIRST_SIZE, NONE) };
        Ok(Self { keys: filled(NONE, if dense { 0 } else { size })?, slots: filled(none, size)? })
    }

    /// The number of a node, if it has one.
    #[inline]
    pub(crate) fn find(&self, key: u32) -> Option<u32> {
        if self.keys.is_empty() {
            return at(&self.slots, key).checked_sub(1);
        }
        let slot = at(&self.slots, probe(&self.keys, key) as u32);
        (slot != NONE).then_some(slot)
    }

    /// Makes room for `more` nodes beside the `count` that have numbers.
    pub(crate) fn room(&mut self, count: u32, more: usize) -> Result<(), Refusal> {
        let wanted = (count as usize).saturating_add(more).saturating_mul(2);
        if self.keys.is_empty() || wanted <= self.keys.len() {
            return Ok(());
        }
        let size = wanted.next_power_of_two();
        let (mut keys, mut slots) = (filled(NONE, size)?, filled(NONE, size)?);
        for (key, slot) in self.keys.iter().zip(&self.slots) {
            if *key != NONE {
                let place = probe(&keys, *key) as u32;
                put(&mut keys, place, *key);
                put(&mut slots, place, *slot);
            }
        }
        (self.keys, self.slots) = (keys, slots);
        Ok(())
    }

    /// Gives nodes their numbers, after [`Map::room`] for them: `count` is the next one, and the ids of new
    /// nodes are put into `ids` there. Returns the number after.
    pub(crate) fn number(&mut self, nodes: &[u32], ids: &mut [u32], count: u32, out: &mut [u32]) -> u32 {
        number(nodes, &mut self.keys, &mut self.slots, ids, count, out)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use alloc::vec;

    #[test]
    fn numbers_are_given_in_order_and_found_again() {
        for nodes in [5000, u32::MAX] {
            let mut map = Map::new(nodes).unwrap();
            let (mut ids, mut count) = (vec![NONE; 5000], 0);
            for i in 0..5000u32 {
                let key = i.wrapping_mul(1_664_525) % nodes.min(1 << 31);
                let before = map.find(key);
                map.room(count, 1).unwrap();
                let mut out = [NONE];
                let after = map.number(&[key], &mut ids, count, &mut out);
                assert_eq!(before.unwrap_or(count), out[0]);
                assert_eq!(map.find(key), Some(out[0]));
                assert_eq!((ids[out[0] as usize], after - count), (key, u32::from(before.is_none())));
                count = after;
            }
            assert_eq!(map.find(0), Some(0));
            assert_eq!(map.find(nodes - 2).filter(|_| nodes > 5000), None);
        }
    }
}
