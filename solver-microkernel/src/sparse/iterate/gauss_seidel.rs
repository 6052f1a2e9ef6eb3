//! Gauss-Seidel: converges for every matrix strictly dominant by rows or by columns, with the error
//! falling by 1 - gap or better in each sweep.

use super::Turn;
use crate::sparse::access::{at, put, span};
use crate::sparse::csr::Matrix;
use crate::sparse::lanes::{dot, gather};
use crate::sparse::limits::SWEEPS_PER_CHECK;
use crate::sparse::refusal::{Refusal, filled};
use alloc::vec::Vec;

pub(crate) struct GaussSeidel {
    r: Vec<f64>,
    inverse: Vec<f64>,
}

impl GaussSeidel {
    pub(crate) fn new(diagonal: &[f64]) -> Result<Self, Refusal> {
        let mut inverse = filled(0.0, diagonal.len())?;
        inverse.iter_mut().zip(diagonal).for_each(|(i, d)| *i = 1.0 / d);
        Ok(Self { r: filled(0.0, diagonal.len())?, inverse })
    }

    pub(crate) fn restart(&mut self, a: &Matrix, x: &[f64], b: &[f64]) -> f64 {
        a.residual(x, b, &mut self.r);
        dot(&self.r, &self.r)
    }

    /// Some sweeps, then the true residual.
    pub(crate) fn iterate(&mut self, a: &Matrix, x: &mut [f64], b: &[f64]) -> Turn {
        for _ in 0..SWEEPS_PER_CHECK {
            self.sweep(a, x, b);
        }
        let squares = self.restart(a, x, b);
        if squares.is_finite() { Turn::Residual(squares) } else { Turn::Breakdown }
    }

    #[inline(never)]
    fn sweep(&self, a: &Matrix, x: &mut [f64], b: &[f64]) {
        for (row, (ends, inverse)) in (0..).zip(a.offsets().windows(2).zip(&self.inverse)) {
            let [from, to] = *ends else { continue };
            let product = gather(span(a.indices(), from, to), span(a.values(), from, to), x);
            put(x, row, at(x, row) + (at(b, row) - product) * inverse);
        }
    }
}
