//! Vectors of f64.

pub use solver_kernels::doubles::*;
