//! How much can come together at a node, whatever the seed: a bound that makes ranks certain.
//!
//! Let c_v = sum_u y_u pi_u(v) for weights y > 0 of the nodes. What a push leaves at the nodes then adds
//! at most sum_u r_u pi_u(v) <= max_u (r_u / y_u) c_v to the value of v. In a symmetric graph with y the
//! weights of the rows, c = y, because y_u pi_u(v) = y_v pi_v(u). In any other one y = 1 is taken, and
//! c is n times the PageRank: with p and r as pushes from everywhere leave them, c_v <= n p_v + max (n r) c_v.

use super::best::{Best, key};
use super::csr::Matrix;
use super::limits::GREATEST_INFLOWS;
use super::power::Power;
use super::refusal::Refusal;
use alloc::vec::Vec;

/// Where c is known well enough: every n r is at most this, so that c is at most a third too large.
const ENOUGH: f64 = 0.25;
/// Above the rounding of sums of positive numbers, however long, and of its inverse in a weight.
pub(crate) const SAFE: f64 = 1.0 + 1e-6;

/// c of every node of a graph.
pub struct Inflow {
    most: Vec<f64>,
    symmetric: bool,
    /// The nodes with the greatest c, greatest first.
    greatest: Vec<(f64, u32)>,
    power: Option<Power>,
}

impl Inflow {
    /// Starts; [`Inflow::step`] does the work.
    pub fn new(graph: &Matrix, alpha: f64) -> Result<Self, Refusal> {
        let mut power = Power::new(graph, alpha, 0.0)?;
        power.start_everywhere();
        let symmetric = graph.first_asymmetric_row()?.is_none();
        Ok(Self { most: Vec::new(), symmetric, greatest: Vec::new(), power: Some(power) })
    }

    /// One sweep; the entries passed, `None` at the end.
    pub fn step(&mut self, graph: &Matrix) -> Result<Option<u64>, Refusal> {
        let Some(power) = &mut self.power else { return Ok(None) };
        let n = f64::from(graph.rows());
        let left = power.greatest_rest() * n;
        if !self.symmetric && left > ENOUGH {
            return Ok(Some(power.sweep(graph)));
        }
        let Some(power) = self.power.take() else { return Ok(None) };
        if self.symmetric {
            self.most = power.into_inverse();
            for c in &mut self.most {
                *c = if *c > 0.0 { 1.0 / *c } else { 0.0 };
            }
        } else {
            self.most = power.into_settled();
            let scale = SAFE * n / (1.0 - left);
            for c in &mut self.most {
                *c *= scale;
            }
        }
        let mut best = Best::new(GREATEST_INFLOWS);
        for (c, id) in self.most.iter().zip(0..) {
            best.offer(key(*c, id))?;
        }
        self.greatest = best.sorted();
        Ok(Some(u64::from(graph.rows())))
    }

    /// c of all nodes, and y of all within one in a million: none when they are ones.
    pub(crate) fn parts(&self) -> (&[f64], &[f64]) {
        (&self.most, if self.symmetric { &self.most } else { &[] })
    }

    /// The greatest c of a node that is not `met`.
    pub(crate) fn greatest_of(&self, met: impl Fn(u32) -> bool) -> f64 {
        let unmet = self.greatest.iter().find(|(_, id)| !met(*id));
        unmet.or(self.greatest.last()).map_or(0.0, |(c, _)| *c)
    }
}
