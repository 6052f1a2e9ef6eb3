//! The same over the `Vec` of `alloc`.

use crate::Blank;
pub use alloc::vec::Vec;

/// An empty value.
#[must_use]
pub fn blank<T: Blank>() -> T {
    T::blank()
}

/// Makes a value empty; what it held is freed.
pub fn reset<T: Blank>(at: &mut T) {
    *at = T::blank();
}

/// The same but for a part, which stays as it is.
pub fn reset_but<T: Blank, P: Blank>(whole: &mut T, part: fn(&mut T) -> &mut P) {
    let kept = core::mem::replace(part(whole), P::blank());
    reset(whole);
    *part(whole) = kept;
}

/// Makes room for exactly `more` elements. Returns 0, or the bytes that cannot be had.
#[must_use]
pub fn reserve<T: Copy>(vec: &mut Vec<T>, more: usize) -> u64 {
    match vec.try_reserve_exact(more) {
        Ok(()) => 0,
        Err(_) => (more as u64).saturating_mul(size_of::<T>() as u64),
    }
}

/// Makes the array `len` long, with `value` in new places. Returns 0, or the bytes that cannot be had.
#[must_use]
pub fn extend<T: Copy>(vec: &mut Vec<T>, value: T, len: usize) -> u64 {
    let missing = reserve(vec, len.saturating_sub(vec.len()));
    if missing == 0 {
        vec.resize(len, value);
    }
    missing
}

/// Appends one element, growing by half. Returns 0, or the bytes that cannot be had.
#[must_use]
pub fn push<T: Copy>(vec: &mut Vec<T>, value: T) -> u64 {
    let more = if vec.len() == vec.capacity() { (vec.len() / 2).max(16) } else { 0 };
    let missing = reserve(vec, more);
    put(vec, value);
    missing
}

/// Appends one element where room was made before; without room, nothing.
pub fn put<T: Copy>(vec: &mut Vec<T>, value: T) {
    append(vec, &[value]);
}

/// Appends elements where room was made before; without room, nothing.
pub fn append<T: Copy>(vec: &mut Vec<T>, values: &[T]) {
    if values.len() <= vec.capacity() - vec.len() {
        vec.extend_from_slice(values);
    }
}

/// Gives the memory back.
pub fn free<T: Copy>(vec: &mut Vec<T>) {
    *vec = Vec::new();
}
