//! Slots of a slice by 32-bit number. The callers' numbers are below the slice's length (checked
//! where a matrix is loaded); a number that is not reads as zero and writes nothing, so that no
//! code for a panic is made of the hot loops.

/// Element `i`.
#[inline(always)]
pub fn at<T: Copy + Default>(slice: &[T], i: u32) -> T {
    slice.get(i as usize).copied().unwrap_or_default()
}

/// Replaces element `i`.
#[inline(always)]
pub fn put<T>(slice: &mut [T], i: u32, value: T) {
    if let Some(slot) = slice.get_mut(i as usize) {
        *slot = value;
    }
}

/// Adds to element `i`.
#[inline(always)]
pub fn add(slice: &mut [f64], i: u32, value: f64) {
    if let Some(slot) = slice.get_mut(i as usize) {
        *slot += value;
    }
}

/// Counts element `i` up by one.
#[inline(always)]
pub fn up(slice: &mut [u32], i: u32) {
    if let Some(slot) = slice.get_mut(i as usize) {
        *slot = slot.wrapping_add(1);
    }
}

/// Counts element `i` down by one, not below zero.
#[inline(always)]
pub fn down(slice: &mut [u32], i: u32) {
    if let Some(slot) = slice.get_mut(i as usize) {
        *slot = slot.saturating_sub(1);
    }
}

/// Elements `from..to`.
#[inline(always)]
pub fn span<T>(slice: &[T], from: u32, to: u32) -> &[T] {
    slice.get(from as usize..to as usize).unwrap_or_default()
}

/// The same by calls in guests, where code is not so hot that it must stand in line.
pub mod calls {
    /// Element `i`.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub fn at<T: Copy + Default>(slice: &[T], i: u32) -> T {
        super::at(slice, i)
    }

    /// Replaces element `i`.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub fn put<T>(slice: &mut [T], i: u32, value: T) {
        super::put(slice, i, value);
    }
}
