//! Slots of slices by 32-bit number. In the guest these are calls: what is not a hot loop is built for size.
//! Hot loops, and the kernels' package, use the same functions in line.

/// Element `i`; zero outside.
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
pub(crate) fn at<T: Copy + Default>(slice: &[T], i: u32) -> T {
    solver_kernels::access::at(slice, i)
}

/// Replaces element `i`.
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
pub(crate) fn put<T>(slice: &mut [T], i: u32, value: T) {
    solver_kernels::access::put(slice, i, value);
}
