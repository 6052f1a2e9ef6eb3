//! Preconditioned conjugate gradients (Hestenes and Stiefel 1952), for symmetric positive systems.

use super::Turn;
use crate::sparse::csr::Matrix;
use crate::sparse::lanes::{axpy, dot, reduce, xpay};
use crate::sparse::precondition::Preconditioner;
use crate::sparse::refusal::{Refusal, filled};
use alloc::vec::Vec;

pub(crate) struct Cg {
    r: Vec<f64>,
    z: Vec<f64>,
    p: Vec<f64>,
    q: Vec<f64>,
    rz: f64,
    fresh: bool,
}

impl Cg {
    pub(crate) fn new(n: usize) -> Result<Self, Refusal> {
        let (r, z) = (filled(0.0, n)?, filled(0.0, n)?);
        Ok(Self { r, z, p: filled(0.0, n)?, q: filled(0.0, n)?, rz: 0.0, fresh: true })
    }

    /// Starts over from the true residual of `x`; returns the square of its norm.
    pub(crate) fn restart(&mut self, a: &Matrix, x: &[f64], b: &[f64]) -> f64 {
        a.residual(x, b, &mut self.r);
        self.fresh = true;
        dot(&self.r, &self.r)
    }

    pub(crate) fn iterate(&mut self, a: &Matrix, m: &mut Preconditioner, x: &mut [f64]) -> Turn {
        let Self { r, z, p, q, .. } = self;
        m.apply(a, r, z);
        let rz = dot(r, z);
        // Fletcher-Reeves; a fresh start has no direction yet.
        let beta = if self.fresh { 0.0 } else { rz / self.rz };
        if self.fresh {
            p.copy_from_slice(z);
        } else {
            xpay(z, beta, p);
        }
        a.multiply(p, q);
        let pq = dot(p, q);
        let alpha = rz / pq;
        if !(rz > 0.0 && pq > 0.0 && alpha.is_finite() && beta.is_finite()) {
            return Turn::Breakdown;
        }
        (self.rz, self.fresh) = (rz, false);
        axpy(alpha, p, x);
        Turn::Residual(reduce(alpha, q, r))
    }
}
