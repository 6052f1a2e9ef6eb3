//! Iterations of Krylov methods, one at a time, so that a budget can stop between any two.

use super::csr::Matrix;
use super::factor::Factor;
use super::refusal::{Refusal, fill};
use super::solve::Method;
use solver_kernels::doubles::{axpy, dot, reduce, xpay};
use solver_lists::Vec;

/// The vectors and numbers that an iteration leaves to the next one.
#[derive(Default)]
pub(crate) struct Krylov {
    /// The residual, and by method z, p, q or y, p, v, the shadow residual, t.
    vectors: [Vec<f64>; 6],
    /// Conjugate gradients: r.z. Stabilised bi-conjugate gradients: rho.
    rho: f64,
    alpha: f64,
    omega: f64,
    fresh: bool,
}

impl Krylov {
    /// Starts an empty one.
    pub(crate) fn start(&mut self, method: Method, n: usize) -> Result<(), Refusal> {
        (self.rho, self.alpha, self.omega) = (1.0, 1.0, 1.0);
        let count = match method {
            Method::GaussSeidel | Method::Auto => 1,
            Method::BiCgStabJacobi | Method::BiCgStabIlu0 => 6,
            _ => 4,
        };
        self.vectors.iter_mut().take(count).try_for_each(|vector| fill(vector, 0.0, n))
    }

    /// Starts over from the true residual of `x`; returns the square of its norm.
    #[inline(never)]
    pub(crate) fn restart(&mut self, a: &Matrix, x: &[f64], b: &[f64]) -> f64 {
        let [r, .., shadow, _] = &mut self.vectors;
        a.residual(x, b, r);
        if !shadow.is_empty() {
            shadow.copy_from_slice(r);
        }
        self.fresh = true;
        dot(r, r)
    }

    /// Preconditioned conjugate gradients (Hestenes and Stiefel 1952), for symmetric positive systems.
    /// Returns the square of the residual's norm as the recursion has it, NaN at a breakdown.
    pub(crate) fn conjugate(&mut self, method: Method, m: &mut Factor, a: &Matrix, x: &mut [f64]) -> f64 {
        let [r, z, p, q, ..] = &mut self.vectors;
        m.apply(method, a, r, z);
        let rz = dot(r, z);
        // Fletcher-Reeves; a fresh start has no direction yet.
        let beta = if self.fresh { 0.0 } else { rz / self.rho };
        if self.fresh {
            p.copy_from_slice(z);
        } else {
            xpay(z, beta, p);
        }
        a.multiply(p, q);
        let pq = dot(p, q);
        let alpha = rz / pq;
        if !(rz > 0.0 && pq > 0.0 && alpha.is_finite() && beta.is_finite()) {
            return f64::NAN;
        }
        (self.rho, self.fresh) = (rz, false);
        axpy(alpha, p, x);
        reduce(alpha, q, r)
    }

    /// Stabilised bi-conjugate gradients (van der Vorst 1992), preconditioned from the right.
    pub(crate) fn stabilised(&mut self, method: Method, m: &mut Factor, a: &Matrix, x: &mut [f64]) -> f64 {
        let [r, y, p, v, shadow, t] = &mut self.vectors;
        let rho = dot(shadow, r);
        let beta = (rho / self.rho) * (self.alpha / self.omega);
        if rho == 0.0 || !(self.fresh || beta.is_finite()) {
            return f64::NAN;
        }
        if self.fresh {
            p.copy_from_slice(r);
        } else {
            axpy(-self.omega, v, p);
            xpay(r, beta, p);
        }
        m.apply(method, a, p, y);
        a.multiply(y, v);
        let alpha = rho / dot(shadow, v);
        if !alpha.is_finite() {
            return f64::NAN;
        }
        let half = reduce(alpha, v, r);
        axpy(alpha, y, x);
        (self.rho, self.alpha, self.fresh) = (rho, alpha, false);
        if half == 0.0 {
            return 0.0;
        }
        m.apply(method, a, r, y);
        a.multiply(y, t);
        let omega = dot(t, r) / dot(t, t);
        if !omega.is_finite() || omega == 0.0 {
            self.omega = 1.0;
            return f64::NAN;
        }
        self.omega = omega;
        axpy(omega, y, x);
        reduce(omega, t, r)
    }
}
