//! Allocation that can fail, and a sort that needs none.

use crate::fault::{Fault, Result};
use alloc::vec::Vec;

/// Makes room for exactly `more` elements.
#[inline(never)]
pub(crate) fn reserve<T>(vec: &mut Vec<T>, more: usize) -> Result<()> {
    vec.try_reserve_exact(more).map_err(|_| Fault::memory(more.saturating_mul(size_of::<T>())))
}

/// Appends one element, growing by doubling.
#[inline]
pub(crate) fn push<T>(vec: &mut Vec<T>, value: T) -> Result<()> {
    if vec.len() == vec.capacity() {
        let more = vec.len().max(16);
        reserve(vec, more)?;
    }
    vec.push(value);
    Ok(())
}

/// A copy of bytes.
pub(crate) fn copy(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut vec = Vec::new();
    reserve(&mut vec, bytes.len())?;
    vec.extend_from_slice(bytes);
    Ok(vec)
}

/// `len` zero bytes.
pub(crate) fn zeroed(len: usize) -> Result<Vec<u8>> {
    let mut vec = Vec::new();
    reserve(&mut vec, len)?;
    vec.resize(len, 0);
    Ok(vec)
}

/// Moves the element at `at` down to where no child is greater (a heap with the greatest first).
pub(crate) fn sift_down<T: Copy + Ord>(heap: &mut [T], mut at: usize) {
    loop {
        let left = at * 2 + 1;
        let child = match (heap.get(left), heap.get(left + 1)) {
            (Some(l), Some(r)) if r > l => left + 1,
            (Some(_), _) => left,
            (None, _) => return,
        };
        let (Some(&low), Some(&high)) = (heap.get(at), heap.get(child)) else { return };
        if high <= low {
            return;
        }
        heap.swap(at, child);
        at = child;
    }
}

/// Sorts ascending: heap sort, a few hundred bytes of code and no memory.
pub(crate) fn sort<T: Copy + Ord>(values: &mut [T]) {
    for at in (0..values.len() / 2).rev() {
        sift_down(values, at);
    }
    sort_heap(values);
}

/// Sorts what is a heap already.
pub(crate) fn sort_heap<T: Copy + Ord>(mut heap: &mut [T]) {
    while let Some(last) = heap.len().checked_sub(1) {
        heap.swap(0, last);
        heap = heap.split_at_mut(last).0;
        sift_down(heap, 0);
    }
}

/// Sorts ids and drops repeats; lists that are in order already cost one pass.
pub(crate) fn sort_ids(ids: &mut Vec<u64>) {
    if !ids.is_sorted() {
        sort(ids);
    }
    ids.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_sorted_and_unique() {
        let mut state = 1u64;
        for len in 0..200 {
            let mut ids: Vec<u64> = (0..len)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (state >> 33) % 64
                })
                .collect();
            let mut wanted = ids.clone();
            wanted.sort_unstable();
            wanted.dedup();
            sort_ids(&mut ids);
            assert_eq!(ids, wanted);
        }
    }
}
