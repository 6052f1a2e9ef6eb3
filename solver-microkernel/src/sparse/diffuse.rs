//! Heat kernel: s exp(-t (I - P)) = sum_k exp(-t) t^k / k! s P^k, ended where the rest of the Poisson
//! weights, which add up to 1, is below the tolerance: that rest is the sum of all errors.

use super::access::put;
use super::best::Best;
use super::csr::{Matrix, most};
use super::limits::ROUNDOFF;
use super::power::weigh;
use super::push::{Ranked, Ranking};
use super::refusal::{Refusal, fill};
use super::small::exp;
use solver_kernels::doubles::axpy;
use solver_kernels::rows;
use solver_lists::Vec;

/// A diffusion under way.
#[derive(Default)]
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
solver_lists::blank!(Diffusion { time, tolerance, mass, next, total, inverse, weight, tail, terms });

impl Diffusion {
    /// From `seeds` with equal shares, over `time` in [0, 700] (beyond, exp(-t) is no normal number).
    pub fn new(graph: &Matrix, seeds: &[u32], time: f64, tolerance: f64) -> Result<Self, Refusal> {
        let mut diffusion = Self::default();
        diffusion.start(graph, seeds, time, tolerance)?;
        Ok(diffusion)
    }

    /// The same, in an empty one.
    pub(crate) fn start(
        &mut self,
        graph: &Matrix,
        seeds: &[u32],
        time: f64,
        tolerance: f64,
    ) -> Result<(), Refusal> {
        weigh(graph, &mut self.inverse)?;
        for list in [&mut self.mass, &mut self.next, &mut self.total] {
            fill(list, 0.0, graph.rows() as usize)?;
        }
        for seed in seeds {
            put(&mut self.mass, *seed, 1.0 / seeds.len() as f64);
        }
        (self.time, self.tolerance) = (time, tolerance);
        self.weight = exp(-time);
        self.tail = 1.0 - self.weight;
        axpy(self.weight, &self.mass, &mut self.total);
        Ok(())
    }

    /// Sum of the weights left out, and of the roundings: every score is below the true value by at most this.
    #[must_use]
    pub fn error(&self) -> f64 {
        // Each step rounds what it passes on, degree times at most; exp(-t) and the weights round too.
        let steps = f64::from(self.terms) + 2.0;
        let rounding = 4.0 * steps * (self.mass.len() as f64 + 8.0) * ROUNDOFF;
        most(self.tail, 0.0) + rounding
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
        rows::walk(graph.all(), inverse, mass, next);
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
        let mut ranking = Ranking::default();
        self.rank(k, &mut ranking)?;
        Ok(ranking)
    }

    /// The same, into a ranking.
    pub(crate) fn rank(&self, k: usize, out: &mut Ranking) -> Result<(), Refusal> {
        let bound = self.error();
        let mut best = Best::new(&mut out.nodes, k);
        for (id, score) in (0..).zip(&self.total) {
            if *score > 0.0 {
                best.offer(Ranked { id, score: *score, bound })?;
            }
        }
        best.sort();
        (out.undecided, out.rest) = (bound, bound);
        Ok(())
    }
}
