//! The linear memory as the tile sees it: loads and stores that have an answer for every address.

use core::ops::Range;

use crate::limits::MEMORY;

/// A memory of [`MEMORY`] bytes. Nothing here fails: what lies outside reads as zeros and is not
/// written, so that no argument of a host makes the module trap. All numbers are little-endian.
pub trait Memory {
    /// Addresses of the module's own part: at least [`OWN`](crate::limits::OWN) bytes.
    fn own(&self) -> Range<u32>;

    /// The bytes at an address.
    fn load<const N: usize>(&self, at: u32) -> [u8; N];

    /// Writes bytes at an address.
    fn store<const N: usize>(&mut self, at: u32, bytes: [u8; N]);

    /// Copies `len` bytes, as if through a buffer.
    fn copy(&mut self, from: u32, to: u32, len: u32);

    /// An address in the module's own part.
    #[inline(always)]
    fn place(&self, offset: u32) -> u32 {
        self.own().start.wrapping_add(offset)
    }

    /// A word.
    #[inline(always)]
    fn word(&self, at: u32) -> u32 {
        u32::from_le_bytes(self.load(at))
    }

    /// Writes a word.
    #[inline(always)]
    fn set_word(&mut self, at: u32, word: u32) {
        self.store(at, word.to_le_bytes());
    }

    /// A float.
    #[inline(always)]
    fn float(&self, at: u32) -> f32 {
        f32::from_le_bytes(self.load(at))
    }

    /// Four floats in a row.
    #[inline(always)]
    fn four(&self, at: u32) -> [f32; 4] {
        let bytes = u128::from_le_bytes(self.load(at));
        let float = |number: u32| f32::from_bits((bytes >> (32 * number)) as u32);
        [float(0), float(1), float(2), float(3)]
    }

    /// Writes a float.
    #[inline(always)]
    fn set_float(&mut self, at: u32, value: f32) {
        self.store(at, value.to_le_bytes());
    }

    /// The host may show `len` bytes at `at`: they lie in the memory.
    fn shows(&self, at: u32, len: u64) -> bool {
        u64::from(at).saturating_add(len) <= u64::from(MEMORY)
    }

    /// The host may have `len` bytes written at `at`: they lie in the memory, and not in the module's
    /// own part, where they would change what later calls do.
    fn takes(&self, at: u32, len: u64) -> bool {
        let own = self.own();
        let apart = u64::from(at).saturating_add(len) <= u64::from(own.start) || at >= own.end;
        self.shows(at, len) && apart
    }
}

/// A memory of its own, for native use and tests. The module's part begins at
/// [`LOW`](crate::limits::LOW).
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug, Clone)]
pub struct Flat(pub alloc::boxed::Box<[u8]>);

#[cfg(not(target_arch = "wasm32"))]
impl Default for Flat {
    fn default() -> Self {
        Self(alloc::vec![0; MEMORY as usize].into())
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Flat {
    fn range(at: u32, len: usize) -> Range<usize> {
        at as usize..(at as usize).saturating_add(len)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Memory for Flat {
    fn own(&self) -> Range<u32> {
        crate::limits::LOW..crate::limits::LOW + crate::limits::OWN
    }

    fn load<const N: usize>(&self, at: u32) -> [u8; N] {
        self.0.get(Self::range(at, N)).and_then(|bytes| bytes.try_into().ok()).unwrap_or([0; N])
    }

    fn store<const N: usize>(&mut self, at: u32, bytes: [u8; N]) {
        if let Some(place) = self.0.get_mut(Self::range(at, N)) {
            place.copy_from_slice(&bytes);
        }
    }

    fn copy(&mut self, from: u32, to: u32, len: u32) {
        let (from, to) = (Self::range(from, len as usize), Self::range(to, len as usize));
        if from.end <= self.0.len() && to.end <= self.0.len() {
            self.0.copy_within(from, to.start);
        }
    }
}
