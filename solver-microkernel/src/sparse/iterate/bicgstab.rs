//! Stabilised bi-conjugate gradients (van der Vorst 1992), preconditioned from the right.

use super::Turn;
use crate::sparse::csr::Matrix;
use crate::sparse::lanes::{axpy, dot, reduce};
use crate::sparse::precondition::Preconditioner;
use crate::sparse::refusal::{Refusal, filled};
use alloc::vec::Vec;

pub(crate) struct BiCgStab {
    r: Vec<f64>,
    shadow: Vec<f64>,
    p: Vec<f64>,
    v: Vec<f64>,
    y: Vec<f64>,
    t: Vec<f64>,
    rho: f64,
    alpha: f64,
    omega: f64,
    fresh: bool,
}

impl BiCgStab {
    pub(crate) fn new(n: usize) -> Result<Self, Refusal> {
        let zero = || filled(0.0, n);
        Ok(Self {
            r: zero()?,
            shadow: zero()?,
            p: zero()?,
            v: zero()?,
            y: zero()?,
            t: zero()?,
            rho: 1.0,
            alpha: 1.0,
            omega: 1.0,
            fresh: true,
        })
    }

    /// Starts over from the true residual of `x`; returns the square of its norm.
    pub(crate) fn restart(&mut self, a: &Matrix, x: &[f64], b: &[f64]) -> f64 {
        a.residual(x, b, &mut self.r);
        self.shadow.copy_from_slice(&self.r);
        self.fresh = true;
        dot(&self.r, &self.r)
    }

    pub(crate) fn iterate(&mut self, a: &Matrix, m: &mut Preconditioner, x: &mut [f64]) -> Turn {
        let Self { r, shadow, p, v, y, t, .. } = self;
        let rho = dot(shadow, r);
        let beta = (rho / self.rho) * (self.alpha / self.omega);
        if rho == 0.0 || !(self.fresh || beta.is_finite()) {
            return Turn::Breakdown;
        }
        if self.fresh {
            p.copy_from_slice(r);
        } else {
            for ((p, v), r) in p.iter_mut().zip(v.iter()).zip(r.iter()) {
                *p = r + beta * (*p - self.omega * v);
            }
        }
        m.apply(a, p, y);
        a.multiply(y, v);
        let alpha = rho / dot(shadow, v);
        if !alpha.is_finite() {
            return Turn::Breakdown;
        }
        let half = reduce(alpha, v, r);
        axpy(alpha, y, x);
        (self.rho, self.alpha, self.fresh) = (rho, alpha, false);
        if half == 0.0 {
            return Turn::Residual(0.0);
        }
        m.apply(a, r, y);
        a.multiply(y, t);
        let omega = dot(t, r) / dot(t, t);
        if !omega.is_finite() || omega == 0.0 {
            self.omega = 1.0;
            return Turn::Breakdown;
        }
        self.omega = omega;
        axpy(omega, y, x);
        Turn::Residual(reduce(omega, t, r))
    }
}
