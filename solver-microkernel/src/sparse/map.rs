//! Nodes that were met, numbered as they come: by a table while the graph is small, else by hashing,
//! so that memory follows what is touched and not the size of the graph.

use super::access::{at, put};
use super::limits::DENSE_MAP_NODES;
use super::refusal::{Refusal, filled};
use alloc::vec::Vec;

/// No number.
pub(crate) const NONE: u32 = u32::MAX;
const FIRST_SIZE: usize = 1024;

/// Numbers of nodes. A table holds number + 1; the hash table holds pairs of node and number in
/// places found by linear probing, at most half of them used.
pub(crate) struct Map {
    table: Vec<u32>,
    keys: Vec<u32>,
    slots: Vec<u32>,
    used: u32,
}

impl Map {
    pub(crate) fn new(nodes: u32) -> Result<Self, Refusal> {
        let dense = nodes <= DENSE_MAP_NODES;
        let size = if dense { 0 } else { FIRST_SIZE };
        Ok(Self {
            table: filled(0, if dense { nodes as usize } else { 0 })?,
            keys: filled(NONE, size)?,
            slots: filled(NONE, size)?,
            used: 0,
        })
    }

    /// Where a key is or would be.
    fn probe(keys: &[u32], key: u32) -> u32 {
        let mask = (keys.len() as u32).wrapping_sub(1);
        let mut place = (key.wrapping_mul(0x9E37_79B1) >> 7) & mask;
        while at(keys, place) != key && at(keys, place) != NONE {
            place = (place + 1) & mask;
        }
        place
    }

    /// The number of a node, if it has one.
    #[inline]
    pub(crate) fn find(&self, key: u32) -> Option<u32> {
        if self.keys.is_empty() {
            return at(&self.table, key).checked_sub(1);
        }
        let slot = at(&self.slots, Self::probe(&self.keys, key));
        (slot != NONE).then_some(slot)
    }

    /// Gives a node the next number; it must not have one.
    pub(crate) fn insert(&mut self, key: u32) -> Result<u32, Refusal> {
        let slot = self.used;
        self.used += 1;
        if self.keys.is_empty() {
            put(&mut self.table, key, self.used);
            return Ok(slot);
        }
        if self.used as usize * 2 > self.keys.len() {
            self.grow()?;
        }
        let place = Self::probe(&self.keys, key);
        put(&mut self.keys, place, key);
        put(&mut self.slots, place, slot);
        Ok(slot)
    }

    fn grow(&mut self) -> Result<(), Refusal> {
        let size = self.keys.len().saturating_mul(2);
        let (mut keys, mut slots) = (filled(NONE, size)?, filled(NONE, size)?);
        for (key, slot) in self.keys.iter().zip(&self.slots) {
            if *key != NONE {
                let place = Self::probe(&keys, *key);
                put(&mut keys, place, *key);
                put(&mut slots, place, *slot);
            }
        }
        (self.keys, self.slots) = (keys, slots);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_are_given_in_order_and_found_again() {
        for nodes in [5000, u32::MAX] {
            let mut map = Map::new(nodes).unwrap();
            for i in 0..5000u32 {
                let key = i.wrapping_mul(1_664_525) % nodes.min(1 << 31);
                if map.find(key).is_none() {
                    let slot = map.insert(key).unwrap();
                    assert_eq!(map.find(key), Some(slot));
                    assert!(slot <= i);
                }
            }
            assert_eq!(map.find(0), Some(0));
            assert_eq!(map.find(nodes - 2).filter(|_| nodes > 5000), None);
        }
    }
}
