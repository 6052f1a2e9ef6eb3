//! One step through a list of neighbours.

use crate::memory::Memory;
use crate::tile::{REFUSED, Tile, Word};

/// Bytes of a neighbour: id u64, distance f32.
const NEIGHBOR: u32 = 12;

impl<M: Memory> Tile<M> {
    /// `rvf_load_neighbors`: remembers where the list of a node's neighbours lies: a count u32, then 12 bytes
    /// each (id u64, distance f32). Node and layer name it for the host alone. The list is read by the steps, so it
    /// must stay there.
    pub fn load_neighbors(&mut self, _node: u64, _layer: u32, list: u32) -> i32 {
        if !self.0.shows(list, 4) {
            return REFUSED;
        }
        self.set(Word::Neighbors, list);
        0
    }

    /// `rvf_greedy_step`: the nearest neighbour that is not `current`; the first of equal ones. -1 when there
    /// is none, or the list reaches outside the memory. A distance that is NaN is never the nearest.
    pub fn greedy_step(&mut self, current: u64, _layer: u32) -> i64 {
        let list = self.get(Word::Neighbors);
        let count = self.0.word(list);
        let mut at = list.wrapping_add(4);
        let none = i64::from(REFUSED);
        if !self.0.shows(list, 4 + u64::from(count) * u64::from(NEIGHBOR)) {
            return none;
        }
        let (mut nearest, mut least, mut found) = (none, f32::INFINITY, false);
        for _ in 0..count {
            let (id, distance) = (u64::from_le_bytes(self.0.load(at)), self.0.float(at.wrapping_add(8)));
            let nearer = distance < least || (!found && !distance.is_nan());
            if id != current && nearer {
                (nearest, least, found) = (id as i64, distance, true);
            }
            at = at.wrapping_add(NEIGHBOR);
        }
        nearest
    }
}
