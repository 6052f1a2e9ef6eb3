//! Preconditioners: cheap approximate inverses, made in pieces and applied in every iteration.

mod approximate;
mod ic0;
mod ilu0;

pub(crate) use approximate::Approximate;
pub(crate) use ic0::Ic0;
pub(crate) use ilu0::Ilu0;

use super::csr::{Facts, Matrix};
use super::lanes::multiply;
use super::refusal::{Refusal, filled};
use alloc::vec::Vec;

/// One of them, made or being made.
#[allow(clippy::large_enum_variant, reason = "one per solve; a box could fail to allocate")]
pub(crate) enum Preconditioner {
    /// The inverse of the diagonal.
    Jacobi(Vec<f64>),
    /// Incomplete Cholesky on the pattern of the matrix.
    Ic0(Ic0),
    /// Incomplete LU on the pattern of the matrix.
    Ilu0(Ilu0),
    /// Cholesky with sampled fill.
    Approximate(Approximate),
}

impl Preconditioner {
    pub(crate) fn jacobi(facts: &Facts) -> Result<Self, Refusal> {
        let mut inverse = filled(0.0, facts.diagonal.len())?;
        inverse.iter_mut().zip(&facts.diagonal).for_each(|(i, d)| *i = 1.0 / d);
        Ok(Self::Jacobi(inverse))
    }

    /// Goes on with at most `rows` rows of the factor; true when it is complete.
    pub(crate) fn make(&mut self, a: &Matrix, rows: u32) -> Result<bool, Refusal> {
        match self {
            Self::Jacobi(_) => Ok(true),
            Self::Ic0(factor) => factor.make(a, rows),
            Self::Ilu0(factor) => factor.make(a, rows),
            Self::Approximate(factor) => factor.make(rows),
        }
    }

    /// Entries touched by one application, for the count of work.
    pub(crate) fn entries(&self) -> u64 {
        match self {
            Self::Jacobi(inverse) => inverse.len() as u64 / 2,
            Self::Ic0(factor) => factor.entries() * 2,
            Self::Ilu0(factor) => factor.entries(),
            Self::Approximate(factor) => factor.entries() * 2,
        }
    }

    /// z = M^-1 r.
    pub(crate) fn apply(&mut self, a: &Matrix, r: &[f64], z: &mut [f64]) {
        match self {
            Self::Jacobi(inverse) => multiply(r, inverse, z),
            Self::Ic0(factor) => factor.apply(r, z),
            Self::Ilu0(factor) => factor.apply(a, r, z),
            Self::Approximate(factor) => factor.apply(r, z),
        }
    }
}
