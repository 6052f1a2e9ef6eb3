//! Preconditioners: cheap approximate inverses, made in pieces and applied in every iteration. The
//! loops over rows are in the package of kernels.

use super::access::{at, put};
use super::csr::{Facts, Matrix};
use super::limits::SETUP_ROWS;
use super::refusal::{Refusal, Why, extend, fill};
use super::solve::Method;
use alloc::vec::Vec;
use solver_kernels::doubles;
use solver_kernels::eliminate::{Edge, Elimination, MAX_DEGREE, Progress};
use solver_kernels::factor::{Ic0, NONE, apply_columns, apply_ic0, apply_ilu0, ic0, ilu0};
use solver_kernels::random::Random;
use solver_kernels::rows::Rows;

/// A factor made or being made; which one, the method says. Arrays of vectors are dropped by a loop.
pub(crate) struct Factor {
    /// One over the diagonal or the pivots; values; a work row; weights to the ground; sums.
    floats: [Vec<f64>; 5],
    /// Offsets and rows of a factor of its own; then by method:
    /// incomplete Cholesky: the owners of the work row;
    /// incomplete LU: places, middles;
    /// approximate Cholesky: see [`Elimination`]: seen, order, place, first, degree, stacks, below.
    numbers: [Vec<u32>; 9],
    /// Ends of edges, and those of the node at hand.
    edges: [Vec<Edge>; 2],
    progress: Progress,
    /// Rows made.
    row: u32,
}

impl Factor {
    pub(crate) const fn new(seed: u64) -> Self {
        Self {
            floats: [const { Vec::new() }; 5],
            numbers: [const { Vec::new() }; 9],
            edges: [const { Vec::new() }; 2],
            progress: Progress { edges: 0, nodes: 0, low: 0, random: Random::new(seed) },
            row: 0,
        }
    }

    /// Entries touched by one application, for the count of work.
    pub(crate) fn cost(&self, method: Method, a: &Matrix) -> u64 {
        match method {
            Method::JacobiCg | Method::BiCgStabJacobi => u64::from(a.rows()) / 2,
            Method::Ic0Cg | Method::ApproximateCg => u64::from(self.entries()) * 2,
            Method::BiCgStabIlu0 => a.entries().into(),
            Method::Auto | Method::GaussSeidel => 0,
        }
    }

    fn entries(&self) -> u32 {
        let [offsets, ..] = &self.numbers;
        offsets.last().copied().unwrap_or_default()
    }

    /// Makes room, and what needs little work.
    pub(crate) fn start(&mut self, method: Method, a: &Matrix, facts: &Facts) -> Result<(), Refusal> {
        let n = a.rows() as usize;
        let [inverse, values, work, ground, _] = &mut self.floats;
        let [offsets, rows, seen, middle, place, first, degree, stacks, below] = &mut self.numbers;
        fill(inverse, 0.0, n)?;
        match method {
            Method::Auto | Method::JacobiCg | Method::GaussSeidel | Method::BiCgStabJacobi => {
                inverse.iter_mut().zip(&facts.diagonal).for_each(|(i, d)| *i = 1.0 / d);
                return Ok(());
            }
            Method::BiCgStabIlu0 => {
                fill(values, 0.0, a.entries() as usize)?;
                values.copy_from_slice(a.values());
                fill(middle, 0, n)?;
                return fill(seen, NONE, n);
            }
            Method::Ic0Cg | Method::ApproximateCg => {}
        }
        fill(offsets, 0, n + 1)?;
        fill(work, 0.0, n)?;
        fill(seen, NONE, n)?;
        let lower = (a.entries() as usize).saturating_sub(n) / 2;
        if method == Method::Ic0Cg {
            fill(values, 0.0, lower)?;
            return fill(rows, 0, lower);
        }
        for numbers in [first, below] {
            fill(numbers, NONE, n)?;
        }
        for numbers in [middle, place, degree] {
            fill(numbers, 0, n)?;
        }
        fill(stacks, NONE, MAX_DEGREE + 1)?;
        fill(ground, 0.0, n)?;
        let [edges, _] = &mut self.edges;
        fill(edges, Edge::default(), lower * 2)?;
        let (mut graph, progress) = self.graph();
        for row in 0..a.rows() {
            let (columns, values) = a.row(row);
            let (mut diagonal, mut others) = (0.0, 0.0);
            for (column, value) in columns.iter().zip(values) {
                if *column == row {
                    diagonal = *value;
                } else {
                    others += value.abs();
                    if *column > row && *value < 0.0 {
                        graph.join(progress, row, *column, -value);
                    }
                }
            }
            // Slack that is only rounding would make a singular system look regular.
            let slack = diagonal - others;
            if slack > 1e-15 * diagonal {
                put(graph.ground, row, slack);
            }
        }
        for node in (0..a.rows()).rev() {
            graph.queue(progress, node);
        }
        Ok(())
    }

    fn graph(&mut self) -> (Elimination<'_>, &mut Progress) {
        let [inverse, values, _, ground, sums] = &mut self.floats;
        let [offsets, rows, seen, order, place, first, degree, stacks, below] = &mut self.numbers;
        let [edges, near] = &mut self.edges;
        let graph = Elimination {
            edges,
            first,
            degree,
            ground,
            stacks,
            below,
            seen,
            near,
            sums,
            order,
            place,
            offsets,
            rows,
            values,
            inverse,
        };
        (graph, &mut self.progress)
    }

    /// Goes on with some rows of the factor; true when it is complete.
    pub(crate) fn make(&mut self, method: Method, a: &Matrix) -> Result<bool, Refusal> {
        let from = self.row;
        let end = from.saturating_add(SETUP_ROWS).min(a.rows());
        if method == Method::ApproximateCg {
            loop {
                let (mut graph, progress) = self.graph();
                let Some(most) = graph.run(progress, end) else { break };
                self.grow(most)?;
            }
            if self.progress.nodes < end {
                return Err(Why::Overflow.plain());
            }
        }
        let [inverse, values, work, ..] = &mut self.floats;
        let [offsets, rows, owner, middle, place, ..] = &mut self.numbers;
        match method {
            Method::Ic0Cg => {
                let factor = Ic0 { offsets, indices: rows, values, inverse, owner, work };
                ic0(a.slices(), from, end, factor);
            }
            Method::BiCgStabIlu0 => ilu0(a.slices(), (from, end), values, middle, inverse, owner),
            Method::ApproximateCg if end == a.rows() => {
                // Nodes become places, so that applying the factor walks through memory in order.
                for row in rows {
                    *row = at(place, *row);
                }
                self.edges = [const { Vec::new() }; 2];
            }
            _ => {}
        }
        self.row = end;
        Ok(end == a.rows())
    }

    /// Makes room for a node with `most` neighbours, and for half as many more as there were.
    fn grow(&mut self, most: usize) -> Result<(), Refusal> {
        let [_, values, _, _, sums] = &mut self.floats;
        let [offsets, rows, ..] = &mut self.numbers;
        let used = at(offsets, self.progress.nodes) as usize;
        let [_, near] = &mut self.edges;
        if rows.len() < used + most {
            let len = used + (used / 2).max(most).max(1024);
            extend(rows, 0, len)?;
            extend(values, 0.0, len)?;
        }
        if near.len() < most {
            let len = most.saturating_mul(2);
            extend(near, Edge::default(), len)?;
            extend(sums, 0.0, len)?;
        }
        Ok(())
    }

    /// z = M^-1 r.
    #[inline(never)]
    pub(crate) fn apply(&mut self, method: Method, a: &Matrix, r: &[f64], z: &mut [f64]) {
        let [inverse, values, work, ..] = &mut self.floats;
        let [offsets, rows, _, middle, ..] = &self.numbers;
        let own = Rows { offsets, indices: rows, values };
        match method {
            Method::Ic0Cg => apply_ic0(own, inverse, r, z),
            Method::BiCgStabIlu0 => apply_ilu0(Rows { values, ..a.slices() }, middle, inverse, r, z),
            Method::ApproximateCg => apply_columns(own, inverse, middle, work, r, z),
            _ => doubles::multiply(r, inverse, z),
        }
    }

    /// A sweep of Gauss-Seidel.
    pub(crate) fn relax(&self, a: &Matrix, b: &[f64], x: &mut [f64]) {
        let [inverse, ..] = &self.floats;
        solver_kernels::rows::relax(a.slices(), inverse, b, x);
    }
}
