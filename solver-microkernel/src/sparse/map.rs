//! Nodes that were met, numbered as they come: by a table while the graph is small, else by hashing,
//! so that memory follows what is touched and not the size of the graph.

use super::access::at;
use super::limits::DENSE_MAP_NODES;
use super::refusal::{Refusal, fill};
pub(crate) use solver_kernels::local::NONE;
use solver_kernels::local::{number, probe};
use solver_lists::Vec;

const FIRST_SIZE: usize = 1024;

/// Numbers of nodes: by node, or in the places of `keys`, a hash table with at most half of its places used.
#[derive(Default)]
pub(crate) struct Map {
    keys: Vec<u32>,
    slots: Vec<u32>,
}
solver_lists::blank!(Map { keys, slots });

impl Map {
    /// Starts an empty one.
    pub(crate) fn start(&mut self, nodes: u32) -> Result<(), Refusal> {
        let hashes = nodes > DENSE_MAP_NODES;
        self.resize(if hashes { FIRST_SIZE } else { nodes as usize }, hashes)
    }

    fn resize(&mut self, size: usize, hashes: bool) -> Result<(), Refusal> {
        if hashes {
            fill(&mut self.keys, NONE, size)?;
        }
        fill(&mut self.slots, NONE, size)
    }

    /// The number of a node; [`NONE`] when it has none.
    #[inline(never)]
    pub(crate) fn find(&self, key: u32) -> u32 {
        self.slots.get(probe(&self.keys, key)).copied().unwrap_or(NONE)
    }

    /// Makes room for `more` nodes beside the `count` that have numbers, which are those of `ids`.
    pub(crate) fn room(&mut self, ids: &mut [u32], count: u32, more: usize) -> Result<(), Refusal> {
        let wanted = (count as usize).saturating_add(more).saturating_mul(2);
        if !self.keys.is_empty() && wanted > self.keys.len() {
            self.resize(wanted.next_power_of_two(), true)?;
            for slot in 0..count {
                self.number(&[at(ids, slot)], ids, slot, &mut [NONE]);
            }
        }
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
            let mut map = Map::default();
            map.start(nodes).unwrap();
            let (mut ids, mut count) = (vec![NONE; 5000], 0);
            for i in 0..5000u32 {
                let key = i.wrapping_mul(1_664_525) % nodes.min(1 << 31);
                let before = map.find(key);
                map.room(&mut ids, count, 1).unwrap();
                let mut out = [NONE];
                let after = map.number(&[key], &mut ids, count, &mut out);
                assert_eq!(if before == NONE { count } else { before }, out[0]);
                assert_eq!(map.find(key), out[0]);
                assert_eq!((ids[out[0] as usize], after - count), (key, u32::from(before == NONE)));
                count = after;
            }
            assert_eq!(map.find(0), 0);
            assert!(nodes == 5000 || map.find(nodes - 2) == NONE);
        }
    }
}
