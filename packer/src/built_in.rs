//! The solvers that go into a file when none is named.

/// Name and bytes of each: the scalar one, which runs anywhere, and the one that needs SIMD.
///
/// Empty in a build without the feature `built-in`.
#[must_use]
pub fn solvers() -> Vec<(&'static str, &'static [u8])> {
    #[cfg(feature = "built-in")]
    {
        use solver_microkernel::guests::{SCALAR, SIMD};
        vec![("built-in scalar solver", SCALAR), ("built-in SIMD solver", SIMD)]
    }
    #[cfg(not(feature = "built-in"))]
    {
        Vec::new()
    }
}
