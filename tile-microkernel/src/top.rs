//! The nearest rows so far.

use crate::limits::{TOP_K, TOP_K_ROW, place};
use crate::memory::Memory;
use crate::tile::{REFUSED, Tile, Word};

/// Where the distance of a row lies behind its id.
const DISTANCE: u32 = 8;

/// A number with the order of distances: ascending, -0 as 0, every NaN behind infinity.
#[inline(always)]
fn key(distance: f32) -> u32 {
    if distance.is_nan() {
        return u32::MAX;
    }
    let bits = (distance + 0.0).to_bits();
    if bits >> 31 == 0 { bits | 1 << 31 } else { !bits }
}

impl<M: Memory> Tile<M> {
    #[inline(always)]
    fn row(&self, number: u32) -> u32 {
        self.0.place(place::TOP).wrapping_add(number.wrapping_mul(TOP_K_ROW))
    }

    /// `rvf_topk_merge`: offers `count` distances (f32) with their ids (u64) to the nearest `k` rows. Of
    /// equal distances those that came first stay, and come first. Rows that an earlier call with a
    /// greater `k` took in stay as well, until nearer ones come.
    pub fn topk_merge(&mut self, distances: u32, ids: u32, count: u32, k: u32) -> i32 {
        let shown = self.0.shows(distances, u64::from(count) * 4) && self.0.shows(ids, u64::from(count) * 8);
        if k > TOP_K || !shown {
            return REFUSED;
        }
        let mut held = self.get(Word::Held).min(TOP_K);
        let (mut distances, mut ids) = (distances, ids);
        for _ in 0..count {
            let distance = self.0.float(distances);
            let key = key(distance);
            // The place that a row takes from the others: the end, or that of the last one.
            let place = if held < k { Some(held) } else { held.checked_sub(1) };
            let nearer = |last: u32| held < k || key < self.key_of(last);
            if let Some(last) = place.filter(|last| nearer(*last)) {
                self.insert(last, key, ids, distance);
                held = held.max(last.wrapping_add(1));
            }
            distances = distances.wrapping_add(4);
            ids = ids.wrapping_add(8);
        }
        self.set(Word::Held, held);
        0
    }

    #[inline(always)]
    fn key_of(&self, number: u32) -> u32 {
        key(self.0.float(self.row(number).wrapping_add(DISTANCE)))
    }

    /// Puts a row where it belongs; those behind move up, the one at `last` goes.
    fn insert(&mut self, last: u32, key: u32, id: u32, distance: f32) {
        let id: [u8; 8] = self.0.load(id);
        let mut number = last;
        while number > 0 && key < self.key_of(number.wrapping_sub(1)) {
            number = number.wrapping_sub(1);
        }
        let moved = last.wrapping_sub(number).wrapping_mul(TOP_K_ROW);
        let at = self.row(number);
        self.0.copy(at, at.wrapping_add(TOP_K_ROW), moved);
        self.0.store(at, id);
        self.0.set_float(at.wrapping_add(DISTANCE), distance);
    }

    /// `rvf_topk_read`: writes the rows to `out`, nearest first, 12 bytes each (id u64, distance f32), and
    /// returns how many.
    pub fn topk_read(&mut self, out: u32) -> i32 {
        let held = self.get(Word::Held).min(TOP_K);
        let bytes = held.wrapping_mul(TOP_K_ROW);
        if !self.0.takes(out, bytes.into()) {
            return REFUSED;
        }
        let rows = self.row(0);
        self.0.copy(rows, out, bytes);
        held as i32
    }
}
