//! How much can come together at a node, whatever the seed: a bound that makes ranks certain.
//!
//! Let c_v = sum_u y_u pi_u(v) for weights y > 0 of the nodes. What a push leaves at the nodes then adds
//! at most sum_u r_u pi_u(v) <= max_u (r_u / y_u) c_v to the value of v. In a symmetric graph with y the
//! weights of the rows, c = y, because y_u pi_u(v) = y_v pi_v(u). In any other one y = 1 is taken, and
//! c is n times the PageRank: with p and r as pushes from everywhere leave them, c_v <= n p_v + max (n r) c_v.

use super::access::at;
use super::best::Best;
use super::csr::Matrix;
use super::limits::GREATEST_INFLOWS;
use super::local::Local;
use super::power::Power;
use super::push::Ranked;
use super::refusal::Refusal;
use solver_kernels::local::NONE;
use solver_lists::Vec;

/// Where c is known well enough: every n r is at most this, so that c is at most a third too large.
const ENOUGH: f64 = 0.25;
/// Above the rounding of sums of positive numbers, however long, and of its inverse in a weight.
pub(crate) const SAFE: f64 = 1.0 + 1e-6;

/// c of every node of a graph.
#[derive(Default)]
pub struct Inflow {
    most: Vec<f64>,
    symmetric: bool,
    /// The nodes with the greatest c, greatest first.
    greatest: Vec<Ranked>,
    power: Power,
    done: bool,
    /// Entries passed by the last piece of work; zero when all was done before.
    cost: u64,
}
solver_lists::blank!(Inflow { most, symmetric, greatest, power, done, cost });

impl Inflow {
    /// Starts; [`Inflow::step`] does the work.
    pub fn new(graph: &Matrix, alpha: f64) -> Result<Self, Refusal> {
        let mut inflow = Self::default();
        inflow.start(graph, alpha)?;
        Ok(inflow)
    }

    /// Starts an empty one, or one that was for another alpha.
    pub(crate) fn start(&mut self, graph: &Matrix, alpha: f64) -> Result<(), Refusal> {
        self.done = false;
        self.power.start(graph, alpha, 0.0)?;
        self.power.start_everywhere();
        let mut asymmetric = 0;
        graph.find_asymmetry(&mut asymmetric)?;
        self.symmetric = asymmetric == NONE;
        Ok(())
    }

    /// One sweep; the entries passed, `None` at the end.
    pub fn step(&mut self, graph: &Matrix) -> Result<Option<u64>, Refusal> {
        self.advance(graph)?;
        Ok(Some(self.cost).filter(|cost| *cost > 0))
    }

    /// What the last sweep cost; zero when all was done before.
    pub(crate) const fn cost(&self) -> u64 {
        self.cost
    }

    /// One sweep, if there is more to do.
    pub(crate) fn advance(&mut self, graph: &Matrix) -> Result<(), Refusal> {
        self.cost = 0;
        if self.done {
            return Ok(());
        }
        let n = f64::from(graph.rows());
        let left = self.power.greatest_rest() * n;
        if !self.symmetric && left > ENOUGH {
            self.cost = self.power.sweep(graph);
            return Ok(());
        }
        self.done = true;
        let (settled, inverse) = core::mem::take(&mut self.power).into_parts();
        self.most = if self.symmetric { inverse } else { settled };
        let scale = SAFE * n / (1.0 - left);
        let mut best = Best::new(&mut self.greatest, GREATEST_INFLOWS);
        for (id, c) in (0..).zip(&mut self.most) {
            if !self.symmetric {
                *c *= scale;
            } else if *c > 0.0 {
                *c = 1.0 / *c;
            }
            best.offer(Ranked { id, score: *c, bound: 0.0 })?;
        }
        best.sort();
        self.cost = graph.rows().into();
        Ok(())
    }

    /// c of all nodes, and y of all within one in a million: none when they are ones.
    pub(crate) fn parts(&self) -> (&[f64], &[f64]) {
        (&self.most, if self.symmetric { &self.most } else { &[] })
    }

    /// c and y of one node.
    pub(crate) fn of(&self, id: u32) -> (f64, f64) {
        let c = at(&self.most, id);
        (c, if self.symmetric { c } else { 1.0 })
    }

    /// The greatest c of a node that was not met.
    pub(crate) fn greatest_of(&self, local: &Local) -> f64 {
        let mut greatest = 0.0;
        for node in &self.greatest {
            greatest = node.score;
            if local.find(node.id) == NONE {
                break;
            }
        }
        greatest
    }
}
