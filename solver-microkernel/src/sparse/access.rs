//! Slots of slices by 32-bit number, as calls: what is not a hot loop is built for size. The hot loops are
//! in the package of kernels, and have the same functions in line.

/// Element `i`; zero outside.
#[inline(never)]
pub(crate) fn at<T: Copy + Default>(slice: &[T], i: u32) -> T {
    solver_kernels::access::at(slice, i)
}

/// Replaces element `i`.
#[inline(never)]
pub(crate) fn put<T>(slice: &mut [T], i: u32, value: T) {
    solver_kernels::access::put(slice, i, value);
}

/// Adds to element `i`.
#[inline(never)]
pub(crate) fn add(slice: &mut [f64], i: u32, value: f64) {
    solver_kernels::access::add(slice, i, value);
}

/// Elements `from..to`.
#[inline(never)]
pub(crate) fn span<T>(slice: &[T], from: u32, to: u32) -> &[T] {
    solver_kernels::access::span(slice, from, to)
}
