//! An array in little code: what depends on the type of its elements is their size, so that growth, filling
//! and the end are one function each, which take it as a number.
//!
//! Why the `unsafe` here is sound. Of a [`Raw`] that holds elements of `size` bytes these things hold between
//! calls; every function here keeps them, and nothing else can touch the fields:
//! - `start` is aligned for every type that [`Vec`] lets in, and is that of a live block of `room * size`
//!   bytes, asked for with [`layout`], which only this array has; with no room it is dangling.
//! - `len <= room`, and the first `len` elements are initialised.
//! - An array of zero bytes, which is none yet, is dropped and then an empty one; nothing else is done with it.
//! - `size` is the same in all calls for one array: it is `size_of::<T>()` of the one [`Vec`] around it.
#![allow(unsafe_code)]

use alloc::alloc::{Layout, alloc, dealloc};
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ops::{Deref, DerefMut};
use core::ptr::{NonNull, copy_nonoverlapping};
use core::slice::{from_raw_parts, from_raw_parts_mut};

/// The alignment of every block.
const ALIGN: usize = align_of::<Aligned>();

#[repr(align(16))]
struct Aligned;

/// From here on the part that is copied while an array is filled stays as long as it is: near the processor.
const STEP: usize = 4096;

/// An array without the type of its elements.
struct Raw {
    start: MaybeUninit<NonNull<u8>>,
    len: usize,
    room: usize,
}

/// The layout of a block, which is at most `isize::MAX` bytes long.
fn layout(bytes: usize) -> Option<Layout> {
    Layout::from_size_align(bytes, ALIGN).ok()
}

impl Raw {
    const fn new() -> Self {
        Self { start: MaybeUninit::new(NonNull::<Aligned>::dangling().cast()), len: 0, room: 0 }
    }

    /// The first byte.
    #[inline(always)]
    const fn start(&self) -> NonNull<u8> {
        // SAFETY: nobody asks this of zeros.
        unsafe { self.start.assume_init() }
    }

    /// Gives the block back.
    #[inline(never)]
    fn free(&mut self, size: usize) {
        if let Some(layout) = layout(self.room * size).filter(|_| self.room != 0) {
            // SAFETY: with room there is a block of this layout, and it is this array's alone. The product
            // is what `reserve` computed without overflow.
            unsafe { dealloc(self.start().as_ptr(), layout) };
        }
        *self = Self::new();
    }

    /// Room for exactly `more` elements behind the last one. Returns 0, or the bytes that cannot be had.
    #[inline(never)]
    fn reserve(&mut self, more: usize, size: usize) -> u64 {
        if more <= self.room - self.len {
            return 0;
        }
        let missing = (more as u64).wrapping_mul(size as u64);
        let room = self.len.checked_add(more);
        let Some(room) = room else { return missing };
        let Some(layout) = room.checked_mul(size).and_then(layout) else { return missing };
        // SAFETY: `more` is above zero here, and so is the size of every type let in.
        let Some(start) = NonNull::new(unsafe { alloc(layout) }) else { return missing };
        let len = self.len;
        // SAFETY: both blocks hold `len` elements, and the new one is nobody else's.
        unsafe { copy_nonoverlapping(self.start().as_ptr(), start.as_ptr(), len * size) };
        self.free(size);
        *self = Self { start: MaybeUninit::new(start), len, room };
        0
    }

    /// Room for one element, growing by half. Returns as `reserve` does.
    #[inline(never)]
    fn one(&mut self, size: usize) -> u64 {
        if self.len < self.room { 0 } else { self.reserve((self.len / 2).max(16), size) }
    }

    /// The length becomes `len`, with the element at `value` in new places. Returns as `reserve` does.
    ///
    /// # Safety
    ///
    /// At `value` there is an element, which may be copied and does not lie in this array.
    #[inline(never)]
    unsafe fn extend(&mut self, value: *const u8, size: usize, len: usize) -> u64 {
        let missing = self.reserve(len.saturating_sub(self.len), size);
        if missing != 0 {
            return missing;
        }
        if len > self.len {
            let bytes = (len - self.len) * size;
            // SAFETY: there is room for `len` elements, so `bytes` bytes lie in the block behind those
            // there are. The first copy is of a whole element. Each later one is of bytes initialised
            // before, from the start of what is filled to behind them, and ends at `bytes` or before.
            unsafe {
                let to = self.start().as_ptr().add(self.len * size);
                copy_nonoverlapping(value, to, size);
                let (mut done, mut step) = (size, size);
                while done < bytes {
                    step = step.min(bytes - done);
                    copy_nonoverlapping(to, to.add(done), step);
                    done += step;
                    if step < STEP {
                        step = done;
                    }
                }
            }
        }
        self.len = len;
        0
    }
}

/// An array that grows. Its elements need no drop and are of some size; no alignment is above that of blocks.
pub struct Vec<T> {
    raw: Raw,
    of: PhantomData<T>,
}

impl<T> Vec<T> {
    /// An empty one, without memory.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(!core::mem::needs_drop::<T>() && size_of::<T>() > 0 && align_of::<T>() <= ALIGN) }
        Self { raw: Raw::new(), of: PhantomData }
    }

    /// Elements.
    #[must_use]
    #[inline(always)]
    pub const fn len(&self) -> usize {
        self.raw.len
    }

    /// True when there are none.
    #[must_use]
    #[inline(always)]
    pub const fn is_empty(&self) -> bool {
        self.raw.len == 0
    }

    /// The elements.
    #[inline(always)]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        self
    }

    /// Elements that there is room for.
    #[must_use]
    #[inline(always)]
    pub const fn capacity(&self) -> usize {
        self.raw.room
    }

    /// Forgets the elements and keeps the memory.
    #[inline(always)]
    pub const fn clear(&mut self) {
        self.raw.len = 0;
    }

    /// Forgets the elements behind the first `len`.
    #[inline(always)]
    pub fn truncate(&mut self, len: usize) {
        self.raw.len = self.raw.len.min(len);
    }
}

impl<T: Copy> Vec<T> {
    /// Takes the last element off.
    #[inline(always)]
    pub fn pop(&mut self) -> Option<T> {
        let last = self.last().copied()?;
        self.raw.len -= 1;
        Some(last)
    }
}

impl<T> Default for Vec<T> {
    #[inline(always)]
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: `free` takes zeros and anything else, and leaves an empty array.
unsafe impl<T> crate::Blank for Vec<T> {
    fn blank() -> Self {
        Self::new()
    }
}

impl<T> Drop for Vec<T> {
    #[inline(always)]
    fn drop(&mut self) {
        self.raw.free(size_of::<T>());
    }
}

impl<T> Deref for Vec<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: `len` elements from `start` on are initialised, and borrowed as long as this array is.
        unsafe { from_raw_parts(self.raw.start().as_ptr().cast(), self.raw.len) }
    }
}

impl<T> DerefMut for Vec<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as above, and this array is borrowed alone.
        unsafe { from_raw_parts_mut(self.raw.start().as_ptr().cast(), self.raw.len) }
    }
}

impl<'a, T> IntoIterator for &'a Vec<T> {
    type Item = &'a T;
    type IntoIter = core::slice::Iter<'a, T>;

    #[inline(always)]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut Vec<T> {
    type Item = &'a mut T;
    type IntoIter = core::slice::IterMut<'a, T>;

    #[inline(always)]
    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<T: core::fmt::Debug> core::fmt::Debug for Vec<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<T: PartialEq> PartialEq for Vec<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Vec<T> {}

// SAFETY: an array owns its elements and shares nothing.
unsafe impl<T: Send> Send for Vec<T> {}
// SAFETY: through a shared reference its elements are read alone.
unsafe impl<T: Sync> Sync for Vec<T> {}

/// Makes room for exactly `more` elements. Returns 0, or the bytes that cannot be had.
#[must_use]
#[inline(always)]
pub fn reserve<T: Copy>(vec: &mut Vec<T>, more: usize) -> u64 {
    vec.raw.reserve(more, size_of::<T>())
}

/// Makes the array `len` long, with `value` in new places. Returns 0, or the bytes that cannot be had.
#[must_use]
#[inline(always)]
pub fn extend<T: Copy>(vec: &mut Vec<T>, value: T, len: usize) -> u64 {
    // SAFETY: the element is a local one, of a type that may be copied.
    unsafe { vec.raw.extend((&raw const value).cast(), size_of::<T>(), len) }
}

/// Appends one element, growing by half. Returns 0, or the bytes that cannot be had.
#[must_use]
#[inline(always)]
pub fn push<T: Copy>(vec: &mut Vec<T>, value: T) -> u64 {
    let missing = vec.raw.one(size_of::<T>());
    if missing == 0 {
        put(vec, value);
    }
    missing
}

/// Appends one element where room was made before; without room, nothing.
#[inline(always)]
pub fn put<T: Copy>(vec: &mut Vec<T>, value: T) {
    if vec.raw.len < vec.raw.room {
        // SAFETY: there is room for one element more, behind those there are.
        unsafe { vec.raw.start().as_ptr().cast::<T>().add(vec.raw.len).write(value) };
        vec.raw.len += 1;
    }
}

/// Appends elements where room was made before; without room, nothing.
#[inline(always)]
pub fn append<T: Copy>(vec: &mut Vec<T>, values: &[T]) {
    if values.len() <= vec.raw.room - vec.raw.len {
        // SAFETY: there is room for as many elements; they are not this array's, which is borrowed alone.
        unsafe {
            let to = vec.raw.start().as_ptr().cast::<T>().add(vec.raw.len);
            copy_nonoverlapping(values.as_ptr(), to, values.len());
        }
        vec.raw.len += values.len();
    }
}

/// Gives the memory back.
#[inline(always)]
pub fn free<T: Copy>(vec: &mut Vec<T>) {
    vec.raw.free(size_of::<T>());
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec as Model;
    use core::fmt::Debug;

    /// Does the same to both kinds of array, many times over.
    fn compare<T: Copy + PartialEq + Debug>(of: impl Fn(u64) -> T) {
        let (mut ours, mut theirs): (Vec<T>, Model<T>) = (Vec::new(), Model::new());
        let mut state = 1u64;
        let mut random = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        };
        for _ in 0..4000 {
            let value = of(random(1 << 20));
            match random(9) {
                0..3 => {
                    assert_eq!(push(&mut ours, value), 0);
                    theirs.push(value);
                }
                3 => {
                    let len = random(3000) as usize;
                    assert_eq!(extend(&mut ours, value, len), 0);
                    theirs.resize(len, value);
                }
                4 => {
                    let values = theirs.get(..random(20) as usize).unwrap_or_default().to_vec();
                    assert_eq!(reserve(&mut ours, values.len()), 0);
                    append(&mut ours, &values);
                    theirs.extend_from_slice(&values);
                }
                5 => assert_eq!(ours.pop(), theirs.pop()),
                6 => {
                    let len = random(4000) as usize;
                    ours.truncate(len);
                    theirs.truncate(len);
                }
                7 if random(20) == 0 => {
                    free(&mut ours);
                    theirs.clear();
                    assert_eq!(ours.capacity(), 0);
                    put(&mut ours, value);
                }
                _ => {
                    if let (Some(ours), Some(theirs)) = (ours.last_mut(), theirs.last_mut()) {
                        (*ours, *theirs) = (value, value);
                    }
                }
            }
            assert_eq!((&*ours, ours.len(), ours.is_empty()), (&*theirs, theirs.len(), theirs.is_empty()));
            assert!(ours.capacity() >= ours.len());
            assert!((&raw const ours[..]).cast::<T>().is_aligned());
        }
    }

    #[test]
    fn arrays_do_as_those_of_alloc_do() {
        compare(|n| n as u8);
        compare(|n| n as u32);
        compare(|n| n as f64);
        compare(|n| (n as u32, n, n as u8));
        compare(|n| [n as u16; 3]);
    }

    #[test]
    fn memory_that_is_not_there_is_told_and_nothing_changes() {
        let mut list: Vec<u64> = Vec::new();
        assert_eq!(extend(&mut list, 7, 3), 0);
        let most = usize::MAX / 8;
        assert_eq!(reserve(&mut list, most), (most as u64).wrapping_mul(8));
        assert_ne!(reserve(&mut list, usize::MAX), 0);
        assert_ne!(extend(&mut list, 1, most), 0);
        assert_eq!(&*list, &[7, 7, 7]);
        append(&mut list, &[1; 100]);
        assert_eq!(list.len(), 3);
    }
}
