//! Pseudo-random numbers.

pub use solver_kernels::random::Random;
