//! Preconditioners: cheap approximate inverses, made in pieces and applied in every iteration. The
//! loops over rows are in the package of kernels.

use super::access::at;
use super::csr::{Facts, Matrix, copy, zeros};
use super::limits::SETUP_ROWS;
use super::refusal::{Refusal, Why, extend, fill};
use super::solve::Method;
use solver_kernels::doubles;
use solver_kernels::eliminate::{Edge, Elimination, MAX_DEGREE, Near, Node};
use solver_kernels::factor::{self, NONE, ilu0, reorder, spread};
use solver_kernels::local::look;
use solver_kernels::random::Random;
use solver_kernels::rows::{Pass, pass};
use solver_lists::Vec;

/// A factor made or being made; which one, the method says.
#[derive(Default)]
pub(crate) struct Factor {
    method: Method,
    made: factor::Factor,
    /// Of approximate Cholesky.
    graph: Elimination,
    /// Of applying it.
    work: Vec<f64>,
    /// Rows made.
    row: u32,
}
solver_lists::blank!(Factor { method, made, graph, work, row });

/// 1 / `from`, or -`from`.
fn turn(from: &[f64], invert: bool, out: &mut Vec<f64>) -> Result<(), Refusal> {
    zeros(out, from.len())?;
    for (out, from) in out.iter_mut().zip(from) {
        *out = if invert { 1.0 / from } else { -from };
    }
    Ok(())
}

impl Factor {
    /// Entries touched by one application, for the count of work.
    pub(crate) fn cost(&self, a: &Matrix) -> u64 {
        u64::from(match self.method {
            Method::JacobiCg | Method::BiCgStabJacobi => a.rows() / 2,
            Method::ApproximateCg => at(&self.made.own.offsets, a.rows()) * 2,
            _ => a.entries(),
        })
    }

    /// Makes room, and what needs little work. What an earlier method left is of no use.
    pub(crate) fn start(
        &mut self,
        method: Method,
        seed: u64,
        a: &Matrix,
        facts: &Facts,
    ) -> Result<(), Refusal> {
        let n = a.rows() as usize;
        self.method = method;
        let Self { made, graph, work, row, .. } = self;
        *row = 0;
        turn(&facts.diagonal, true, &mut made.inverse)?;
        if !method.is_factored() {
            return Ok(());
        }
        fill(&mut made.middle, 0, n)?;
        if method != Method::ApproximateCg {
            turn(&a.all().values, false, &mut made.own.values)?;
            return fill(&mut made.seen, 0, n);
        }
        (graph.gone, graph.low) = (0, 0);
        let mut end = 0;
        fill(&mut made.own.offsets, 0, n + 1)?;
        zeros(work, n)?;
        fill(&mut graph.nodes, Node::ALONE, n)?;
        fill(&mut graph.stacks, NONE, MAX_DEGREE + 1)?;
        fill(&mut graph.edges, Edge::default(), (a.entries() as usize).saturating_sub(n))?;
        graph.random = Random::new(seed);
        for row in 0..a.rows() {
            let (columns, values) = a.row(row);
            for (column, value) in columns.iter().zip(values) {
                if *column > row && *value < 0.0 {
                    graph.attach(row, end, *column, -value);
                    graph.attach(*column, end + 1, row, -value);
                    end += 2;
                }
            }
            // Slack that is only rounding would make a singular system look regular.
            let sums = look(row, a.columns(), columns, values);
            let slack = sums.diagonal - sums.others;
            if slack > 1e-15 * sums.diagonal
                && let Some(node) = graph.nodes.get_mut(row as usize)
            {
                node.ground = slack;
            }
        }
        for node in (0..a.rows()).rev() {
            graph.queue(node);
        }
        Ok(())
    }

    /// Goes on with some rows of the factor.
    pub(crate) fn make(&mut self, a: &Matrix) -> Result<(), Refusal> {
        let from = self.row;
        let end = a.rows().min(from.wrapping_add(SETUP_ROWS));
        self.row = end;
        match self.method {
            Method::Ic0Cg | Method::BiCgStabIlu0 => {
                ilu0(a.all(), from, end, self.method == Method::Ic0Cg, &mut self.made);
            }
            Method::ApproximateCg => {
                loop {
                    let most = self.graph.run(&mut self.made, end);
                    if most == 0 {
                        break;
                    }
                    self.grow(most)?;
                }
                if self.graph.gone < end {
                    return Err(Why::Overflow.plain());
                }
                if self.is_made(a) {
                    // Nodes become places, so that applying the factor walks through memory in order.
                    for row in &mut self.made.own.indices {
                        *row = self.graph.nodes.get(*row as usize).map_or(NONE, |node| node.place);
                    }
                    solver_lists::free(&mut self.graph.edges);
                    solver_lists::free(&mut self.graph.near);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// All rows are made.
    pub(crate) const fn is_made(&self, a: &Matrix) -> bool {
        self.row == a.rows()
    }

    /// Makes room for a node with `most` neighbours, and for half as many more as there were.
    fn grow(&mut self, most: usize) -> Result<(), Refusal> {
        let Self { made, graph, .. } = self;
        let used = at(&made.own.offsets, graph.gone) as usize;
        if made.own.indices.len() < used + most {
            let len = used + used / 2 + most.max(1024);
            extend(&mut made.own.indices, 0, len)?;
            extend(&mut made.own.values, 0.0, len)?;
        }
        if graph.near.len() < most {
            extend(&mut graph.near, Near::default(), most.saturating_mul(2))?;
        }
        Ok(())
    }

    /// z = M^-1 r.
    #[inline(never)]
    pub(crate) fn apply(&mut self, a: &Matrix, r: &[f64], z: &mut [f64]) {
        let Self { made, work, .. } = self;
        match self.method {
            Method::Ic0Cg | Method::BiCgStabIlu0 => {
                copy(r, z);
                for half in [Pass::Lower, Pass::Upper] {
                    pass(half, a.all(), made, &[], z);
                }
            }
            Method::ApproximateCg => {
                reorder(&made.middle, false, r, work);
                spread(&made.own, &made.inverse, work);
                pass(Pass::Back, a.all(), made, &[], work);
                reorder(&made.middle, true, work, z);
            }
            _ => doubles::multiply(r, &made.inverse, z),
        }
    }

    /// A sweep of Gauss-Seidel.
    pub(crate) fn relax(&self, a: &Matrix, b: &[f64], x: &mut [f64]) {
        pass(Pass::Sweep, a.all(), &self.made, b, x);
    }
}
