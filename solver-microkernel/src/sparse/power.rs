//! PageRank with the whole graph in memory: sequential sweeps of pushes (Wu, Gan, Wei, Zhang 2021),
//! in place, so that a sweep uses what it has just moved.

use super::access::{at, put};
use super::csr::{Matrix, most};
use super::inflow::{Inflow, SAFE};
use super::lanes::{max_abs, sum};
use super::limits::ROUNDOFF;
use super::local::Local;
use super::push::{Push, Ranking, survey};
use super::refusal::{Refusal, Why, fill};
use solver_kernels::push::Ranks;
use solver_kernels::rows;
use solver_lists::Vec;

/// Sweeps under way. pi = p + sum_u r_u pi_u holds throughout; the error of p adds up to sum r.
#[derive(Default)]
pub struct Power {
    alpha: f64,
    tolerance: f64,
    p: Vec<f64>,
    r: Vec<f64>,
    /// One over the weight of each row; 0 for a row without any, where walks stay.
    inverse: Vec<f64>,
    rest: f64,
    /// Sum of sizes whose roundings disturb the identity: while a sweep lasts no r is above the sum of r.
    noise: f64,
    sweeps: u32,
}
solver_lists::blank!(Power { alpha, tolerance, p, r, inverse, rest, noise, sweeps });

impl Power {
    /// Starts with nothing anywhere. Sums of errors are to fall below `tolerance`.
    pub fn new(graph: &Matrix, alpha: f64, tolerance: f64) -> Result<Self, Refusal> {
        let mut power = Self::default();
        power.start(graph, alpha, tolerance)?;
        Ok(power)
    }

    /// The same, in an empty one.
    #[inline(never)]
    pub(crate) fn start(&mut self, graph: &Matrix, alpha: f64, tolerance: f64) -> Result<(), Refusal> {
        weigh(graph, &mut self.inverse)?;
        (self.alpha, self.tolerance, self.noise) = (alpha, tolerance, 4.0);
        fill(&mut self.p, 0.0, graph.rows() as usize)?;
        fill(&mut self.r, 0.0, graph.rows() as usize)
    }

    /// Every node a seed: the PageRank of the graph.
    pub fn start_everywhere(&mut self) {
        let share = 1.0 / (self.r.len().max(1)) as f64;
        self.r.fill(share);
        self.rest = sum(&self.r);
    }

    /// Goes on from what a local push found.
    pub fn start_from(&mut self, local: &Local, pushed: &Push) {
        for slot in 0..local.count() {
            let (front, id) = (pushed.front(), local.id(slot));
            put(&mut self.p, id, at(&front.p, slot));
            put(&mut self.r, id, front.amount(slot));
        }
        self.rest = sum(&self.r);
        self.noise += pushed.front().noise;
    }

    /// The greatest of what is not settled.
    pub(crate) fn greatest_rest(&self) -> f64 {
        max_abs(&self.r)
    }

    /// What is settled at each node, and one over the weight of each row.
    pub(crate) fn into_parts(self) -> (Vec<f64>, Vec<f64>) {
        (self.p, self.inverse)
    }

    fn rounding(&self) -> f64 {
        1.01 * ROUNDOFF * self.noise
    }

    /// Sum of what is not settled.
    #[must_use]
    pub const fn rest(&self) -> f64 {
        self.rest
    }

    /// Sweeps so far.
    #[must_use]
    pub const fn sweeps(&self) -> u32 {
        self.sweeps
    }

    /// Bound of the sum of all errors of the scores, rounding included.
    #[must_use]
    pub fn error(&self) -> f64 {
        (1.0 - self.alpha) * self.rest + self.rounding()
    }

    /// True when the tolerance is reached, or nothing is left but rounding.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.rest <= self.tolerance || self.rest <= self.rounding()
    }

    /// One sweep; returns the entries passed.
    #[inline(never)]
    pub fn sweep(&mut self, graph: &Matrix) -> u64 {
        // What lies below a fifth of the mean is left for later: it would cost more than it brings.
        let least = 0.2 * self.rest / (f64::from(graph.entries()) + f64::from(graph.rows()) + 1.0);
        let Self { alpha, p, r, inverse, rest, .. } = self;
        let arcs = rows::sweep(*alpha, least, graph.all(), inverse, p, r);
        self.noise += 4.0 * arcs as f64 * *rest + 2.0;
        *rest = sum(r);
        self.sweeps += 1;
        arcs + u64::from(graph.rows())
    }

    /// The score of every node: never above the true value but for rounding.
    pub fn scores(&mut self) -> &[f64] {
        for (p, r) in self.p.iter_mut().zip(&mut self.r) {
            *p += self.alpha * *r;
            *r = 0.0;
        }
        &self.p
    }

    /// The same, to take them out.
    pub(crate) fn scores_mut(&mut self) -> &mut Vec<f64> {
        self.scores();
        &mut self.p
    }

    /// The k best, certified when no other node has a value greater by more than the tolerance.
    pub fn best(&self, k: usize, inflow: Option<&Inflow>) -> Result<Ranking, Refusal> {
        let mut ranking = Ranking::default();
        self.rank(k, inflow, &mut ranking)?;
        Ok(ranking)
    }

    /// The same, into a ranking.
    #[inline(never)]
    pub(crate) fn rank(&self, k: usize, inflow: Option<&Inflow>, out: &mut Ranking) -> Result<(), Refusal> {
        let (inflows, weights) = inflow.map_or((&[][..], &[][..]), Inflow::parts);
        let (p, state, alpha) = (&self.p, &self.r, self.alpha);
        let mut ranks = Ranks { p, state, stride: 1, weights, inflows, alpha, rest: 0.0, densest: 0.0 };
        let count = self.p.len() as u32;
        survey(&mut ranks, count);
        (ranks.rest, ranks.densest) = (self.rest * SAFE, ranks.densest * SAFE);
        let margin = 2.0 * self.rounding();
        out.select(&ranks, count, k, &[], margin)?;
        out.undecided = most(out.undecided + margin - out.bar(k), 0.0);
        out.certified = out.undecided <= most(self.tolerance, 2.0 * margin);
        out.rest = self.rest + margin;
        Ok(())
    }
}

/// One over the weight of each row of a graph; 0 for a row without any, where walks stay.
#[inline(never)]
pub(crate) fn weigh(graph: &Matrix, inverse: &mut Vec<f64>) -> Result<(), Refusal> {
    if graph.rows() != graph.columns() {
        return Err(Why::NotSquare.plain());
    }
    fill(inverse, 0.0, graph.rows() as usize)?;
    for (row, inverse) in (0..).zip(inverse) {
        let (_, values) = graph.row(row);
        let mut weight = 0.0;
        for value in values {
            if *value < 0.0 {
                return Err(Why::NegativeWeight.row(row));
            }
            weight += value;
        }
        if weight > 0.0 {
            *inverse = 1.0 / weight;
        }
        // Far from both ends of the range, so that products keep their digits.
        if !(weight == 0.0 || (1e-280..1e280).contains(&weight)) {
            return Err(Why::Overflow.plain());
        }
    }
    Ok(())
}
