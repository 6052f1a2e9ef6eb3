//! Iterations of Krylov methods, one at a time, so that a budget can stop between any two.

use super::csr::{Matrix, copy, zeros};
use super::factor::Factor;
use super::refusal::Refusal;
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
solver_lists::blank!(Krylov { vectors, rho, alpha, omega, fresh });

impl Krylov {
    /// Starts an empty one.
    pub(crate) fn start(&mut self, method: Method, n: usize) -> Result<(), Refusal> {
        (self.rho, self.alpha, self.omega) = (1.0, 1.0, 1.0);
        let count = if !method.is_krylov() {
            1
        } else if method.is_cg() {
            4
        } else {
            6
        };
        self.vectors.iter_mut().take(count).try_for_each(|vector| zeros(vector, n))
    }

    /// Starts over from the true residual of `x`; returns the square of its norm.
    #[inline(never)]
    pub(crate) fn restart(&mut self, a: &Matrix, x: &[f64], b: &[f64]) -> f64 {
        let [r, .., shadow, _] = &mut self.vectors;
        a.residual(x, b, r);
        copy(r, shadow);
        self.fresh = true;
        dot(r, r)
    }

    /// Preconditioned conjugate gradients (Hestenes and Stiefel 1952), for symmetric positive systems, or
    /// stabilised bi-conjugate gradients (van der Vorst 1992), preconditioned from the right. Returns the square
    /// of the residual's norm as the recursion has it, NaN at a breakdown.
    pub(crate) fn iterate(&mut self, method: Method, m: &mut Factor, a: &Matrix, x: &mut [f64]) -> f64 {
        let cg = method.is_cg();
        let [r, y, p, v, shadow, t] = &mut self.vectors;
        if cg {
            m.apply(a, r, y);
        }
        let rho = dot(r, if cg { y } else { shadow });
        // A fresh start has no direction yet. Of conjugate gradients (Fletcher and Reeves) alpha and omega stay one.
        let beta = if self.fresh { 0.0 } else { (rho / self.rho) * (self.alpha / self.omega) };
        if rho == 0.0 || cg && rho < 0.0 || !beta.is_finite() {
            return f64::NAN;
        }
        let new = if cg { &*y } else { &*r };
        if self.fresh {
            copy(new, p);
        } else {
            if !cg {
                axpy(-self.omega, v, p);
            }
            xpay(new, beta, p);
        }
        if !cg {
            m.apply(a, p, y);
        }
        let way = if cg { &*p } else { &*y };
        a.multiply(way, v);
        let bend = dot(if cg { p } else { shadow }, v);
        let alpha = rho / bend;
        if !alpha.is_finite() || cg && bend < 0.0 {
            return f64::NAN;
        }
        (self.rho, self.fresh) = (rho, false);
        axpy(alpha, way, x);
        let half = reduce(alpha, v, r);
        if cg {
            return half;
        }
        self.alpha = alpha;
        if half == 0.0 {
            return 0.0;
        }
        m.apply(a, r, y);
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
