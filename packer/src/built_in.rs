//! The programs that go into a file when none is named.

/// What a file holds, as far as it decides which solvers fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Vectors alone: the solvers that search.
    Vectors,
    /// Matrices, perhaps beside vectors: the solvers that search and solve.
    Matrices,
}

/// Name and bytes of each: the scalar one, which runs anywhere, and the one that needs SIMD.
///
/// Empty in a build without the feature `built-in`.
#[must_use]
pub fn solvers(content: Content) -> Vec<(&'static str, &'static [u8])> {
    #[cfg(feature = "built-in")]
    {
        use solver_microkernel::guests::{FULL_SCALAR, FULL_SIMD, SCALAR, SIMD};
        let (scalar, simd) = match content {
            Content::Vectors => (SCALAR, SIMD),
            Content::Matrices => (FULL_SCALAR, FULL_SIMD),
        };
        vec![("built-in scalar solver", scalar), ("built-in SIMD solver", simd)]
    }
    #[cfg(not(feature = "built-in"))]
    {
        let _ = content;
        Vec::new()
    }
}

/// Name and bytes of the programs for tiles, which search vectors.
///
/// Empty in a build without the feature `built-in`.
#[must_use]
pub fn tiles() -> Vec<(&'static str, &'static [u8])> {
    #[cfg(feature = "built-in")]
    {
        use tile_microkernel::guests::{SCALAR, SIMD};
        vec![("built-in scalar tile", SCALAR), ("built-in SIMD tile", SIMD)]
    }
    #[cfg(not(feature = "built-in"))]
    Vec::new()
}

/// Name and bytes of the interpreters: the one that runs anywhere, and the one that needs SIMD and runs
/// programs that do.
///
/// Empty in a build without the feature `built-in`.
#[must_use]
pub fn interpreters() -> Vec<(&'static str, &'static [u8])> {
    #[cfg(feature = "built-in")]
    {
        use interpreter::guests::{SCALAR, SIMD};
        vec![("built-in scalar interpreter", SCALAR), ("built-in SIMD interpreter", SIMD)]
    }
    #[cfg(not(feature = "built-in"))]
    Vec::new()
}
