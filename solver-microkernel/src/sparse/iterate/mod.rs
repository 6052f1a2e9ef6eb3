//! Iterations, one at a time, so that a budget can stop between any two.

mod bicgstab;
mod cg;
mod gauss_seidel;

pub(crate) use bicgstab::BiCgStab;
pub(crate) use cg::Cg;
pub(crate) use gauss_seidel::GaussSeidel;

/// What an iteration came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Turn {
    /// The square of the residual's norm, as the recursion has it or as it was measured.
    Residual(f64),
    /// The recursion cannot go on from here.
    Breakdown,
}
