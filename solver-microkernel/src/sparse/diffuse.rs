//! Heat kernel: s exp(-t (I - P)) = sum_k exp(-t) t^k / k! s P^k, ended where the rest of the Poisson
//! weights, which add up to 1, is below the tolerance: that rest is the sum of all errors.

use super::access::put;
use super::best::{Best, key};
use super::csr::Matrix;
use super::limits::ROUNDOFF;
use super::push::{Ranked, Ranking};
use super::refusal::{Refusal, filled, push};
use alloc::vec::Vec;
use solver_kernels::doubles::axpy;
use solver_kernels::rows;

/// A diffusion under way.
pub struct Diffusion {
    time: f64,
    tolerance: f64,
    mass: Vec<f64>,
    next: Vec<f64>,
    total: Vec<f64>,
    inverse: Vec<f64>,
    weight: f64,
    tail: f64,
    terms: u32,
}

impl Diffusion {
    /// From `seeds` with equal shares, over `time` in [0, 700] (beyond, exp(-t) is no normal number).
    /// `inverse` is one over the weight of each row, as of [`super::Power`]; walks stay where it is 0.
    pub fn new(graph: &Matrix, seeds: &[u32], time: f64, tolerance: f64) -> Result<Self, Refusal> {
        let inverse = super::Power::new(graph, 0.5, 1.0)?.into_inverse();
        let n = graph.rows() as usize;
        let mut mass = filled(0.0, n)?;
        for seed in seeds {
            put(&mut mass, *seed, 1.0 / seeds.len() as f64);
        }
        let weight = libm::exp(-time);
        let mut total = filled(0.0, n)?;
        axpy(weight, &mass, &mut total);
        let next = filled(0.0, n)?;
        Ok(Self { time, tolerance, mass, next, total, inverse, weight, tail: 1.0 - weight, terms: 0 })
    }

    /// Sum of the weights left out, and of the roundings: every score is below the true value by at most this.
    #[must_use]
    pub fn error(&self) -> f64 {
        // Each step rounds what it passes on, degree times at most; exp(-t) and the weights round too.
        let steps = f64::from(self.terms) + 2.0;
        let rounding = 4.0 * steps * (self.mass.len() as f64 + 8.0) * ROUNDOFF;
        self.tail.max(0.0) + rounding
    }

    /// Terms so far.
    #[must_use]
    pub const fn terms(&self) -> u32 {
        self.terms
    }

    /// The rest of the weights is below the tolerance. Past `2 t + 60` terms nothing is left of it.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.tail <= self.tolerance || f64::from(self.terms) > 2.0 * self.time + 60.0
    }

    /// One more term.
    #[inline(never)]
    pub fn step(&mut self, graph: &Matrix) {
        let Self { mass, next, inverse, .. } = self;
        next.fill(0.0);
        rows::walk(graph.slices(), inverse, mass, next);
        core::mem::swap(mass, next);
        self.terms += 1;
        self.weight *= self.time / f64::from(self.terms);
        axpy(self.weight, &self.mass, &mut self.total);
        self.tail -= self.weight;
    }

    /// The score of every node.
    #[must_use]
    pub fn scores(&self) -> &[f64] {
        &self.total
    }

    /// The k best.
    pub fn best(&self, k: usize) -> Result<Ranking, Refusal> {
        let mut best = Best::new(k);
        for (id, score) in (0..).zip(&self.total) {
            if *score > 0.0 {
                best.offer(key(*score, id))?;
            }
        }
        let bound = self.error();
        let mut nodes = Vec::new();
        for (score, id) in best.sorted() {
            push(&mut nodes, Ranked { id, score, bound })?;
        }
        Ok(Ranking { nodes, certified: false, undecided: bound, rest: bound })
    }
}
