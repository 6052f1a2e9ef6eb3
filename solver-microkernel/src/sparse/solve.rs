//! A full solve: measure, refuse or choose, iterate, and say what the answer is worth.

use super::bound::{Quality, quality};
use super::chain::Chain;
use super::csr::{Facts, Matrix, copy, most, zeros};
use super::factor::Factor;
use super::krylov::Krylov;
use super::limits::{MAX_IDLE_LOOKS, MAX_RESTARTS, SETUP_ROWS, SWEEPS_PER_CHECK};
use super::refusal::{Refusal, Why, push};
use super::scale::unit_of;
use solver_kernels::doubles::{dot, max_abs};
use solver_kernels::local::NONE;
use solver_kernels::sqrt64;
use solver_lists::Vec;

/// How to solve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// By what was measured of the matrix.
    #[default]
    Auto,
    /// Conjugate gradients with the diagonal.
    JacobiCg,
    /// Conjugate gradients with incomplete Cholesky.
    Ic0Cg,
    /// Conjugate gradients with approximate Cholesky.
    ApproximateCg,
    /// Gauss-Seidel.
    GaussSeidel,
    /// Stabilised bi-conjugate gradients with the diagonal.
    BiCgStabJacobi,
    /// Stabilised bi-conjugate gradients with incomplete LU.
    BiCgStabIlu0,
}
solver_lists::blank!(enum Method = Auto);

impl Method {
    /// All, in the order of the request's numbers.
    pub const ALL: [Self; 7] = [
        Self::Auto,
        Self::JacobiCg,
        Self::Ic0Cg,
        Self::ApproximateCg,
        Self::GaussSeidel,
        Self::BiCgStabJacobi,
        Self::BiCgStabIlu0,
    ];

    /// The name in requests and results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::JacobiCg => "jacobi-cg",
            Self::Ic0Cg => "ic0-cg",
            Self::ApproximateCg => "achol-cg",
            Self::GaussSeidel => "gauss-seidel",
            Self::BiCgStabJacobi => "bicgstab-jacobi",
            Self::BiCgStabIlu0 => "bicgstab-ilu0",
        }
    }

    pub(crate) const fn is_cg(self) -> bool {
        matches!(self, Self::JacobiCg | Self::Ic0Cg | Self::ApproximateCg)
    }

    pub(crate) const fn is_krylov(self) -> bool {
        !matches!(self, Self::Auto | Self::GaussSeidel)
    }

    /// With a factor that is made row by row.
    pub(crate) const fn is_factored(self) -> bool {
        matches!(self, Self::Ic0Cg | Self::ApproximateCg | Self::BiCgStabIlu0)
    }
}

/// What is asked of a solve.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How.
    pub method: Method,
    /// Wanted |b - Ax| / |b|, Euclidean.
    pub tolerance: f64,
    /// Iterations at most, sweeps for Gauss-Seidel.
    pub max_iterations: u32,
    /// Of the random numbers of approximate Cholesky.
    pub seed: u64,
    /// Try matrices that are not dominant too; the residual is checked, nothing is proven.
    pub unproven: bool,
    /// The method is advice: where it may not be used, one that may is.
    pub advised: bool,
}
solver_lists::blank!(Options { method, tolerance, max_iterations, seed, unproven, advised });

impl Default for Options {
    fn default() -> Self {
        Self {
            method: Method::Auto,
            tolerance: 1e-8,
            max_iterations: 10_000,
            seed: 1,
            unproven: false,
            advised: false,
        }
    }
}

/// How a solve ended.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// The method that ended it; never `Auto`.
    pub method: Method,
    /// Iterations in all.
    pub iterations: u32,
    /// True when the relative residual is at most the tolerance.
    pub converged: bool,
    /// Measured at the end.
    pub quality: Quality,
    /// The matrix is regular by dominance, or a consistent Laplacian.
    pub proven: bool,
    /// A singular Laplacian: x is the solution that adds up to zero on each part.
    pub singular: bool,
}
solver_lists::blank!(Report { method, iterations, converged, quality, proven, singular });

/// Iterations and relative residuals, as the recursion has them.
#[derive(Default)]
pub struct Trace {
    /// Numbers of iterations.
    pub iterations: Vec<u32>,
    /// Their residuals.
    pub residuals: Vec<f64>,
}
solver_lists::blank!(Trace { iterations, residuals });

impl Trace {
    #[inline(never)]
    pub(crate) fn push(&mut self, iteration: u32, residual: f64) -> Result<(), Refusal> {
        push(&mut self.iterations, iteration)?;
        push(&mut self.residuals, residual)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.iterations.clear();
        self.residuals.clear();
    }
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Measure,
    Setup,
    Iterate,
    Finish,
    Done,
}
solver_lists::blank!(enum Phase = Measure);

/// A solve under way. [`Solver::step`] does one piece of work at a time.
#[derive(Default)]
pub struct Solver {
    options: Options,
    phase: Phase,
    /// The method that was started with, until it is switched.
    first: Method,
    facts: Facts,
    /// Of a singular Laplacian; else without parts.
    chain: Chain,
    factor: Factor,
    krylov: Krylov,
    b: Vec<f64>,
    x: Vec<f64>,
    /// The best x so far: at first zeros.
    best: Vec<f64>,
    best_squares: f64,
    /// The square of the norm of b.
    norm: f64,
    scale: f64,
    restarts: u32,
    idle: u32,
    /// What is known of it, and the method at work.
    report: Report,
    /// Of the last piece of work; zero when all was done before.
    cost: u64,
}
solver_lists::blank!(Solver {
    options,
    phase,
    first,
    facts,
    chain,
    factor,
    krylov,
    b,
    x,
    best,
    best_squares,
    norm,
    scale,
    restarts,
    idle,
    report,
    cost
});

impl Solver {
    /// A solve of A x = `b`. Refuses a right-hand side that is not finite.
    pub fn new(options: Options, b: Vec<f64>) -> Result<Self, Refusal> {
        let mut solver = Self { b, options, ..Self::default() };
        solver.start()?;
        Ok(solver)
    }

    /// The right-hand side, before [`Solver::start`].
    pub(crate) const fn b_mut(&mut self) -> &mut Vec<f64> {
        &mut self.b
    }

    /// How to solve, before [`Solver::start`].
    pub(crate) const fn options_mut(&mut self) -> &mut Options {
        &mut self.options
    }

    /// Starts an empty solver that has its options and its right-hand side. Refuses one that is not finite.
    pub(crate) fn start(&mut self) -> Result<(), Refusal> {
        for (row, value) in (0..).zip(&self.b) {
            if !value.is_finite() {
                return Err(Why::Vector.row(row));
            }
        }
        self.first = self.options.method;
        self.reset()
    }

    /// x = 0, from which all begins.
    #[inline(never)]
    fn reset(&mut self) -> Result<(), Refusal> {
        self.best_squares = f64::INFINITY;
        (self.report.iterations, self.restarts, self.idle) = (0, 0, 0);
        zeros(&mut self.best, self.b.len())?;
        zeros(&mut self.x, self.b.len())
    }

    /// The answer, once done.
    #[must_use]
    pub fn x(&self) -> &[f64] {
        &self.x
    }

    /// The same, to take it out.
    pub(crate) const fn x_mut(&mut self) -> &mut Vec<f64> {
        &mut self.x
    }

    /// The method that was chosen, which may have left the rest to another; `Auto` before that.
    #[must_use]
    pub const fn first(&self) -> Method {
        self.first
    }

    /// Starts anew with another method.
    pub fn switch(&mut self, a: &Matrix, method: Method) -> Result<(), Refusal> {
        if !matches!(self.phase, Phase::Finish | Phase::Done) {
            self.options.method = method;
            if !matches!(self.phase, Phase::Measure) {
                self.choose()?;
                self.reset()?;
                self.begin(a)?;
            }
        }
        Ok(())
    }

    /// How it ended, once done.
    #[must_use]
    pub fn report(&self) -> Option<&Report> {
        if self.phase == Phase::Done { Some(&self.report) } else { None }
    }

    /// One piece of work, whose iterations go to `trace`; its cost in entries touched, or `None` when
    /// all is done.
    pub fn step(&mut self, a: &Matrix, trace: &mut Trace) -> Result<Option<u64>, Refusal> {
        self.advance(a, trace)?;
        Ok(Some(self.cost).filter(|cost| *cost > 0))
    }

    /// What the last piece of work cost; zero when all was done before.
    pub(crate) const fn cost(&self) -> u64 {
        self.cost
    }

    /// One piece of work, if there is one.
    #[inline(never)]
    pub(crate) fn advance(&mut self, a: &Matrix, trace: &mut Trace) -> Result<(), Refusal> {
        let (entries, rows) = (u64::from(a.entries()) + 1, u64::from(a.rows()));
        let method = self.report.method;
        self.cost = 2 * entries;
        match self.phase {
            Phase::Measure => self.measure(a),
            Phase::Setup => {
                self.cost = 4 * entries * u64::from(SETUP_ROWS).min(rows + 1) / (rows + 1) + 1;
                self.factor.make(a)?;
                if self.factor.is_made(a) {
                    self.phase = Phase::Iterate;
                }
                Ok(())
            }
            Phase::Iterate => {
                self.cost = u64::from(SWEEPS_PER_CHECK + 1) * entries;
                if method.is_krylov() {
                    let cost = entries + self.factor.cost(a) + 5 * rows;
                    self.cost = if method.is_cg() { cost } else { 2 * cost };
                }
                self.iterate(a, trace)
            }
            Phase::Finish => self.finish(a),
            Phase::Done => {
                self.cost = 0;
                Ok(())
            }
        }
    }

    #[inline(never)]
    fn measure(&mut self, a: &Matrix) -> Result<(), Refusal> {
        self.facts.take(a)?;
        if self.b.len() != a.rows() as usize {
            return Err(Why::Length.row(a.rows()));
        }
        self.admit(a)?;
        self.choose()?;
        // A power of two, so that squares stay in range and no bit of b is lost.
        self.scale = unit_of(max_abs(&self.b));
        scale(&mut self.b, self.scale);
        self.norm = dot(&self.b, &self.b);
        self.begin(a)
    }

    /// Begins with the method.
    #[inline(never)]
    fn begin(&mut self, a: &Matrix) -> Result<(), Refusal> {
        self.factor.start(self.report.method, self.options.seed, a, &self.facts)?;
        self.krylov.start(self.report.method, self.b.len())?;
        // x = 0 is exact for b = 0.
        self.phase = if self.restart(a) == 0.0 { Phase::Finish } else { Phase::Setup };
        Ok(())
    }

    /// Starts from the true residual; returns the square of its norm.
    #[inline(never)]
    fn restart(&mut self, a: &Matrix) -> f64 {
        self.krylov.restart(a, &self.x, &self.b)
    }

    /// Finds whether the matrix is regular by dominance (or a Laplacian that fits b); refuses what is
    /// not, unless asked to try without proof.
    #[inline(never)]
    fn admit(&mut self, a: &Matrix) -> Result<(), Refusal> {
        let Self { facts, chain, b, report, options, .. } = self;
        let (rows, columns) = (&facts.by_rows, &facts.by_columns);
        report.proven = true;
        if rows.is_strict() || columns.is_strict() {
            return Ok(());
        }
        let mut refused = rows.refuse();
        let mut turned = Matrix::default();
        if columns.worst.max(rows.worst) == NONE && !facts.is_symmetric() {
            a.transpose(&mut turned)?;
        }
        // By columns, then by rows, whose refusal counts.
        for (by_rows, worst) in [(false, columns.worst), (true, rows.worst)] {
            if worst != NONE {
                continue;
            }
            let turned = if facts.is_symmetric() { a } else { &turned };
            let (graph, back) = if by_rows { (a, turned) } else { (turned, a) };
            chain.find(graph, back)?;
            if chain.is_whole() {
                return Ok(());
            }
            // Laplacian: the parts without a strict row are singular, with the constants as kernel.
            if facts.is_symmetric_positive() && facts.positive_row == NONE {
                report.singular = true;
                return chain.check(b);
            }
            refused = Err(Why::Singular.row(chain.loose_row()));
        }
        chain.clear();
        report.proven = false;
        if options.unproven { Ok(()) } else { refused }
    }

    #[inline(never)]
    fn choose(&mut self) -> Result<(), Refusal> {
        let fitting = self.fit(self.options.method);
        if fitting.is_err() && self.options.advised { self.fit(Method::Auto) } else { fitting }
    }

    /// Takes the method asked for, if it may be used.
    #[inline(never)]
    fn fit(&mut self, asked: Method) -> Result<(), Refusal> {
        let facts = &self.facts;
        let gap = facts.by_rows.gap;
        if asked.is_cg() && !facts.is_symmetric_positive() {
            let asymmetric = facts.asymmetric_row;
            let row = if asymmetric == NONE { facts.unsigned_row } else { asymmetric };
            return Err(Why::NotSymmetric.row(row));
        }
        if asked == Method::ApproximateCg {
            if facts.positive_row != NONE {
                return Err(Why::PositiveEntry.row(facts.positive_row));
            }
            facts.by_rows.refuse()?;
        }
        let (least, greatest) = facts.off_diagonal;
        let method = if asked != Method::Auto {
            asked
        } else if facts.is_symmetric_positive() {
            let m_matrix = facts.positive_row & facts.by_rows.worst == NONE;
            // Iterations grow as 1/sqrt(gap) with IC(0) and hardly at all with approximate Cholesky,
            // whose factor costs about ten iterations; weights of many sizes only hurt IC(0).
            if gap >= 0.3 {
                Method::JacobiCg
            } else if m_matrix && (gap < 1e-3 || (gap < 0.05 && greatest > 1e3 * least)) {
                Method::ApproximateCg
            } else {
                Method::Ic0Cg
            }
        } else if most(gap, facts.by_columns.gap) >= 0.03 {
            Method::GaussSeidel
        } else {
            Method::BiCgStabIlu0
        };
        (self.report.method, self.first) = (method, method);
        Ok(())
    }

    #[inline(never)]
    fn iterate(&mut self, a: &Matrix, trace: &mut Trace) -> Result<(), Refusal> {
        let Self { report, factor, krylov, x, b, .. } = self;
        let is_krylov = report.method.is_krylov();
        let sweeps = if is_krylov { 1 } else { SWEEPS_PER_CHECK };
        let squares = if is_krylov {
            krylov.iterate(report.method, factor, a, x)
        } else {
            for _ in 0..sweeps {
                factor.relax(a, b, x);
            }
            self.restart(a)
        };
        let iterations = self.report.iterations.saturating_add(sweeps);
        self.report.iterations = iterations;
        let spent = iterations >= self.options.max_iterations;
        if squares.is_finite() {
            trace.push(iterations, sqrt64(squares / self.norm))?;
            if squares > self.target() && !spent && (is_krylov || !self.is_stalled(squares)) {
                return Ok(());
            }
        }
        self.look(a, spent)
    }

    /// The square of the norm of the residual that is wanted.
    fn target(&self) -> f64 {
        self.options.tolerance * self.options.tolerance * self.norm
    }

    /// Gauss-Seidel measures the residual itself. Its error falls in the greatest element, so the
    /// residual's norm may rise for a while; it is stalled when many looks bring nothing new.
    fn is_stalled(&mut self, squares: f64) -> bool {
        self.idle = if squares < 0.999 * self.best_squares { 0 } else { self.idle + 1 };
        self.keep(squares);
        self.idle > MAX_IDLE_LOOKS
    }

    /// Keeps the best x; false when this is none.
    #[inline(never)]
    fn keep(&mut self, squares: f64) -> bool {
        let better = squares < self.best_squares;
        if better {
            copy(&self.x, &mut self.best);
            self.best_squares = squares;
        }
        better
    }

    /// Measures the true residual: done, go on from it, or give the system to Gauss-Seidel.
    fn look(&mut self, a: &Matrix, spent: bool) -> Result<(), Refusal> {
        let squares = self.restart(a);
        // A restart that does not halve the residual counts as none at all.
        let better = squares < 0.25 * self.best_squares;
        if !self.keep(squares) {
            copy(&self.best, &mut self.x);
        }
        if self.best_squares <= self.target() || spent || !self.report.method.is_krylov() {
            self.phase = Phase::Finish;
            return Ok(());
        }
        self.restarts += 1;
        if better && self.restarts <= MAX_RESTARTS {
            self.restart(a);
            return Ok(());
        }
        // What the Krylov method left is Gauss-Seidel's, which cannot break down.
        self.report.method = Method::GaussSeidel;
        self.begin(a)?;
        self.phase = Phase::Iterate;
        Ok(())
    }

    fn finish(&mut self, a: &Matrix) -> Result<(), Refusal> {
        let back = 1.0 / self.scale;
        scale(&mut self.b, back);
        scale(&mut self.x, back);
        if self.report.singular {
            self.chain.center(&mut self.x)?;
        }
        if !all_finite(&self.x) {
            return Err(Why::Overflow.plain());
        }
        self.report.quality = quality(a, &self.facts, &self.x, &self.b);
        self.report.converged = self.report.quality.relative_residual <= self.options.tolerance;
        self.phase = Phase::Done;
        Ok(())
    }
}

#[inline(never)]
fn scale(values: &mut [f64], factor: f64) {
    values.iter_mut().for_each(|value| *value *= factor);
}

/// No NaN and no infinity.
#[inline(never)]
pub(crate) fn all_finite(values: &[f64]) -> bool {
    values.iter().all(|value| value.is_finite())
}
