//! The allocator's arithmetic, over a region of memory that is given: size classes with free lists,
//! four classes per doubling, taken from the end of the region when a list is empty.
//!
//! A block goes back to the list of its class, or to the end of the region when it is the last one,
//! so jobs that repeat do not make memory grow. Every block is 16-byte aligned.

/// Memory that grows at its end. Addresses are bytes from zero; zero is never a block.
pub(crate) trait Region {
    /// End of the memory there is.
    fn end(&self) -> u32;
    /// Makes the memory end at `end` or later; false when it cannot.
    fn grow_to(&mut self, end: u32) -> bool;
    /// Reads a number at a multiple of 16 inside a block that was freed.
    fn load(&self, at: u32) -> u32;
    /// Writes a number at a multiple of 16 inside a block that is being freed.
    fn store(&mut self, at: u32, value: u32);
}

/// 16, 32, 48, 64, 80, ... : multiples of 16 up to 64, then four to the doubling, up to 2 GiB.
const CLASSES: usize = 4 + 4 * 25;
/// Alignment of every block.
pub(crate) const ALIGN: u32 = 16;

/// The state of the allocator.
pub(crate) struct Heap {
    free: [u32; CLASSES],
    /// First byte behind all blocks; 0 before the first allocation.
    top: u32,
}

/// The class of a size and the bytes of its blocks.
fn class(size: u32) -> Option<(usize, u32)> {
    let size = size.max(1).checked_add(ALIGN - 1)? & !(ALIGN - 1);
    if size <= 64 {
        return Some(((size / ALIGN - 1) as usize, size));
    }
    // size - 1 lies in [2^p, 2^(p+1)): its next two bits choose among the four steps of 2^(p-2).
    let power = 31 - (size - 1).leading_zeros();
    let step = 1u32 << (power - 2);
    let block = size.checked_add(step - 1)? & !(step - 1);
    let fourth = (size - 1 - (1 << power)) >> (power - 2);
    Some((4 + 4 * (power as usize - 6) + fourth as usize, block))
}

impl Heap {
    pub(crate) const fn new() -> Self {
        Self { free: [0; CLASSES], top: 0 }
    }

    /// A block of at least `size` bytes; 0 when there is none. `base` is where the region starts.
    #[inline(never)]
    pub(crate) fn allocate(&mut self, region: &mut impl Region, base: u32, size: u32) -> u32 {
        let Some((class, block)) = class(size) else { return 0 };
        let Some(head) = self.free.get_mut(class) else { return 0 };
        if *head != 0 {
            let at = *head;
            *head = region.load(at);
            return at;
        }
        let at = if self.top == 0 { (base | 1).saturating_add(ALIGN - 1) & !(ALIGN - 1) } else { self.top };
        let Some(end) = at.checked_add(block) else { return 0 };
        if end > region.end() && !region.grow_to(end) {
            return 0;
        }
        self.top = end;
        at
    }

    /// Takes back a block that `allocate` gave for `size`.
    #[inline(never)]
    pub(crate) fn free(&mut self, region: &mut impl Region, at: u32, size: u32) {
        let Some((class, block)) = class(size) else { return };
        if at.checked_add(block) == Some(self.top) {
            self.top = at;
        } else if let Some(head) = self.free.get_mut(class) {
            region.store(at, *head);
            *head = at;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    struct Bytes {
        words: Vec<u32>,
        limit: u32,
    }

    impl Region for Bytes {
        fn end(&self) -> u32 {
            self.words.len() as u32 * 16
        }
        fn grow_to(&mut self, end: u32) -> bool {
            let pages = end.div_ceil(65_536);
            if pages * 65_536 <= self.limit {
                self.words.resize(pages as usize * 4096, 0);
            }
            self.end() >= end
        }
        fn load(&self, at: u32) -> u32 {
            self.words[at as usize / 16]
        }
        fn store(&mut self, at: u32, value: u32) {
            self.words[at as usize / 16] = value;
        }
    }

    #[test]
    fn classes_cover_sizes_with_at_most_a_quarter_lost() {
        let mut last = (0, 0);
        for size in (1..5000u32).chain((12..31).flat_map(|p| [(1 << p) - 1, 1 << p, (1 << p) + 1])) {
            let (class, block) = class(size).unwrap();
            assert!(class < CLASSES && block >= size && block % 16 == 0);
            assert!(block <= size.next_multiple_of(16) + size / 4, "{size} {block}");
            if size > last.1 {
                assert!(class > last.0 || last.1 == 0, "{size}");
            } else if size > last.1.saturating_sub(16) {
                assert_eq!((class, block), last, "{size}");
            }
            last = (class, block);
        }
        assert!(class(1 << 31).is_some());
        assert!(class(65) == class(80) && class(64) != class(65));
        assert!(class(u32::MAX).is_none_or(|(class, _)| class >= CLASSES));
    }

    #[test]
    fn blocks_never_overlap_and_memory_stops_growing() {
        let mut region = Bytes { words: Vec::new(), limit: 64 << 16 };
        let mut heap = Heap::new();
        let mut state = 7u64;
        let mut random = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        };
        let mut live: Vec<(u32, u32)> = Vec::new();
        let mut grown = Vec::new();
        for round in 0..20_000 {
            if random(2) == 0 || live.len() > 60 {
                if !live.is_empty() {
                    let (at, size) = live.swap_remove(random(live.len() as u64) as usize);
                    heap.free(&mut region, at, size);
                }
            } else {
                let power = random(16);
                let size = 1 + random(1 << power) as u32;
                let at = heap.allocate(&mut region, 1000, size);
                assert!(at >= 1000 && at.is_multiple_of(16) && at + size <= region.end());
                assert!(live.iter().all(|(a, s)| at + size <= *a || a + s <= at), "round {round}");
                live.push((at, size));
            }
            if round % 5000 == 0 {
                grown.push(region.end());
            }
        }
        assert!(grown[3] <= 2 * grown[1], "{grown:?}");
    }

    #[test]
    fn repeated_jobs_take_the_same_memory() {
        let mut region = Bytes { words: Vec::new(), limit: 64 << 16 };
        let mut heap = Heap::new();
        let mut ends = vec![];
        for _ in 0..100 {
            let blocks: Vec<(u32, u32)> =
                [600, 131_072, 24_576, 100, 416].map(|n| (heap.allocate(&mut region, 0, n), n)).to_vec();
            for (at, size) in blocks {
                heap.free(&mut region, at, size);
            }
            ends.push(region.end());
        }
        assert_eq!(ends[0], ends[99]);
    }

    #[test]
    fn exhaustion_is_zero() {
        let mut region = Bytes { words: Vec::new(), limit: 2 << 16 };
        let mut heap = Heap::new();
        assert_ne!(heap.allocate(&mut region, 0, 100_000), 0);
        assert_eq!(heap.allocate(&mut region, 0, 100_000), 0);
        assert_eq!(heap.allocate(&mut region, 0, u32::MAX), 0);
        assert_ne!(heap.allocate(&mut region, 0, 1000), 0);
    }
}
