//! A full solve: measure, refuse or choose, iterate, and say what the answer is worth.

use super::bound::{Quality, quality};
use super::chain::Chain;
use super::csr::{Facts, Matrix};
use super::iterate::{BiCgStab, Cg, GaussSeidel, Turn};
use super::lanes::{dot, max_abs};
use super::limits::{MAX_IDLE_LOOKS, MAX_RESTARTS, SETUP_ROWS, SWEEPS_PER_CHECK};
use super::precondition::{Approximate, Ic0, Ilu0, Preconditioner};
use super::refusal::{Refusal, filled, push};
use super::scale::unit_of;
use alloc::vec::Vec;

/// How to solve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// By what was measured of the matrix.
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

    const fn is_cg(self) -> bool {
        matches!(self, Self::JacobiCg | Self::Ic0Cg | Self::ApproximateCg)
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
}

impl Default for Options {
    fn default() -> Self {
        Self { method: Method::Auto, tolerance: 1e-8, max_iterations: 10_000, seed: 1, unproven: false }
    }
}

/// How a solve ended.
#[derive(Clone, Copy, Debug, PartialEq)]
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

enum Engine {
    Cg(Cg),
    BiCgStab(BiCgStab),
    GaussSeidel(GaussSeidel),
}

impl Engine {
    fn restart(&mut self, a: &Matrix, x: &[f64], b: &[f64]) -> f64 {
        match self {
            Self::Cg(cg) => cg.restart(a, x, b),
            Self::BiCgStab(engine) => engine.restart(a, x, b),
            Self::GaussSeidel(engine) => engine.restart(a, x, b),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Measure,
    Setup,
    Iterate,
    Finish,
    Done,
}

/// A solve under way. [`Solver::step`] does one piece of work at a time.
pub struct Solver {
    options: Options,
    phase: Phase,
    method: Method,
    facts: Option<Facts>,
    chain: Option<Chain>,
    proven: bool,
    preconditioner: Option<Preconditioner>,
    engine: Option<Engine>,
    b: Vec<f64>,
    x: Vec<f64>,
    best: Vec<f64>,
    best_squares: f64,
    scale: f64,
    target: f64,
    iterations: u32,
    restarts: u32,
    idle: u32,
    report: Option<Report>,
    /// Iteration and relative residual, as the recursion has it, since they were last taken.
    trace: Vec<(u32, f64)>,
}

impl Solver {
    /// A solve of A x = `b`. Refuses a right-hand side that is not finite.
    pub fn new(options: Options, b: Vec<f64>) -> Result<Self, Refusal> {
        if let Some((row, _)) = (0..).zip(&b).find(|(_, value)| !value.is_finite()) {
            return Err(Refusal::Vector { row });
        }
        Ok(Self {
            options,
            phase: Phase::Measure,
            method: options.method,
            facts: None,
            chain: None,
            proven: false,
            preconditioner: None,
            engine: None,
            x: filled(0.0, b.len())?,
            best: Vec::new(),
            best_squares: f64::INFINITY,
            scale: 1.0,
            target: 0.0,
            b,
            iterations: 0,
            restarts: 0,
            idle: 0,
            report: None,
            trace: Vec::new(),
        })
    }

    /// The answer, once done.
    #[must_use]
    pub fn x(&self) -> &[f64] {
        &self.x
    }

    /// Takes the answer out.
    pub fn take_x(&mut self) -> Vec<f64> {
        core::mem::take(&mut self.x)
    }

    /// How it ended, once done.
    #[must_use]
    pub const fn report(&self) -> Option<&Report> {
        self.report.as_ref()
    }

    /// What was measured of the matrix, after the first piece of work.
    #[must_use]
    pub const fn facts(&self) -> Option<&Facts> {
        self.facts.as_ref()
    }

    /// Iterations since the last call with their relative residuals.
    pub fn trace(&self) -> &[(u32, f64)] {
        &self.trace
    }

    /// Forgets the trace.
    pub fn clear_trace(&mut self) {
        self.trace.clear();
    }

    /// One piece of work; its cost in entries touched, or `None` when all is done.
    pub fn step(&mut self, a: &Matrix) -> Result<Option<u64>, Refusal> {
        let entries = u64::from(a.entries()) + 1;
        match self.phase {
            Phase::Measure => {
                self.measure(a)?;
                Ok(Some(2 * entries))
            }
            Phase::Setup => {
                let rows = u64::from(a.rows()) + 1;
                if self.setup(a)? {
                    self.phase = Phase::Iterate;
                }
                Ok(Some(4 * entries * u64::from(SETUP_ROWS).min(rows) / rows + 1))
            }
            Phase::Iterate => {
                let rows = u64::from(a.rows());
                let factor = self.preconditioner.as_ref().map_or(0, Preconditioner::entries);
                let cost = match self.engine {
                    Some(Engine::Cg(_)) => entries + factor + 5 * rows,
                    Some(Engine::BiCgStab(_)) => 2 * (entries + factor) + 10 * rows,
                    _ => u64::from(SWEEPS_PER_CHECK + 1) * entries,
                };
                self.iterate(a)?;
                Ok(Some(cost))
            }
            Phase::Finish => {
                self.finish(a)?;
                Ok(Some(2 * entries))
            }
            Phase::Done => Ok(None),
        }
    }

    fn measure(&mut self, a: &Matrix) -> Result<(), Refusal> {
        let facts = Facts::measure(a)?;
        if self.b.len() != a.rows() as usize {
            return Err(Refusal::Length { expected: a.rows().into(), got: self.b.len() as u64 });
        }
        self.proven = self.admit(a, &facts)?;
        self.method = self.choose(&facts)?;
        // A power of two, so that squares stay in range and no bit of b is lost.
        self.scale = unit_of(max_abs(&self.b));
        self.b.iter_mut().for_each(|b| *b *= self.scale);
        self.target = self.options.tolerance * self.options.tolerance * dot(&self.b, &self.b);
        let n = self.b.len();
        self.preconditioner = match self.method {
            Method::JacobiCg | Method::BiCgStabJacobi => Some(Preconditioner::jacobi(&facts)?),
            Method::Ic0Cg => Some(Preconditioner::Ic0(Ic0::new(a)?)),
            Method::BiCgStabIlu0 => Some(Preconditioner::Ilu0(Ilu0::new(a)?)),
            Method::ApproximateCg => {
                Some(Preconditioner::Approximate(Approximate::new(a, self.options.seed)?))
            }
            Method::Auto | Method::GaussSeidel => None,
        };
        let mut engine = match self.method {
            Method::JacobiCg | Method::Ic0Cg | Method::ApproximateCg => Engine::Cg(Cg::new(n)?),
            Method::BiCgStabJacobi | Method::BiCgStabIlu0 => Engine::BiCgStab(BiCgStab::new(n)?),
            Method::Auto | Method::GaussSeidel => Engine::GaussSeidel(GaussSeidel::new(&facts.diagonal)?),
        };
        let squares = engine.restart(a, &self.x, &self.b);
        self.engine = Some(engine);
        self.facts = Some(facts);
        // x = 0 is exact for b = 0.
        self.phase = if squares == 0.0 { Phase::Finish } else { Phase::Setup };
        Ok(())
    }

    /// True when the matrix is regular by dominance (or a Laplacian that fits b); refuses what is
    /// not, unless asked to try without proof.
    fn admit(&mut self, a: &Matrix, facts: &Facts) -> Result<bool, Refusal> {
        let (rows, columns) = (facts.by_rows, facts.by_columns);
        if rows.strict || columns.strict {
            return Ok(true);
        }
        if let (Some((row, deficit)), Some(_)) = (rows.worst, columns.worst) {
            let refusal = Refusal::NotDominant { row, deficit };
            return if self.options.unproven { Ok(false) } else { Err(refusal) };
        }
        let symmetric = facts.asymmetric_row.is_none();
        let turned = if symmetric { None } else { Some(a.transpose()?) };
        let turned = turned.as_ref().unwrap_or(a);
        let mut loose = None;
        if rows.worst.is_none() {
            let chain = Chain::find(a, turned)?;
            if chain.is_whole() {
                return Ok(true);
            }
            loose = chain.loose_row();
            // Laplacian: the parts without a strict row are singular, with the constants as kernel.
            if symmetric && facts.unsigned_row.is_none() && facts.positive_row.is_none() {
                if let Some(row) = chain.inconsistent_row(&self.b)? {
                    return Err(Refusal::Inconsistent { row });
                }
                self.chain = Some(chain);
                return Ok(true);
            }
        }
        if !symmetric && columns.worst.is_none() {
            let chain = Chain::find(turned, a)?;
            if chain.is_whole() {
                return Ok(true);
            }
            loose = loose.or(chain.loose_row());
        }
        if self.options.unproven {
            return Ok(false);
        }
        Err(Refusal::Singular { row: loose.unwrap_or_default() })
    }

    fn choose(&self, facts: &Facts) -> Result<Method, Refusal> {
        let asked = self.options.method;
        if let (true, Some(row)) = (asked.is_cg(), facts.asymmetric_row.or(facts.unsigned_row)) {
            return Err(Refusal::NotSymmetric { row });
        }
        if let (Method::ApproximateCg, Some(row)) = (asked, facts.positive_row) {
            return Err(Refusal::PositiveEntry { row });
        }
        if let (Method::ApproximateCg, Some((row, deficit))) = (asked, facts.by_rows.worst) {
            return Err(Refusal::NotDominant { row, deficit });
        }
        if asked != Method::Auto {
            return Ok(asked);
        }
        let (least, greatest) = facts.off_diagonal;
        if facts.is_symmetric_positive() {
            let gap = facts.by_rows.gap;
            let m_matrix = facts.positive_row.is_none() && facts.by_rows.worst.is_none();
            // Iterations grow as 1/sqrt(gap) with IC(0) and hardly at all with approximate Cholesky,
            // whose factor costs about ten iterations; weights of many sizes only hurt IC(0).
            return Ok(if gap >= 0.3 {
                Method::JacobiCg
            } else if m_matrix && (gap < 1e-3 || (gap < 0.05 && greatest > 1e3 * least)) {
                Method::ApproximateCg
            } else {
                Method::Ic0Cg
            });
        }
        let gap = facts.by_rows.gap.max(facts.by_columns.gap);
        Ok(if gap >= 0.03 { Method::GaussSeidel } else { Method::BiCgStabIlu0 })
    }

    fn setup(&mut self, a: &Matrix) -> Result<bool, Refusal> {
        self.preconditioner.as_mut().map_or(Ok(true), |m| m.make(a, SETUP_ROWS))
    }

    fn iterate(&mut self, a: &Matrix) -> Result<(), Refusal> {
        let turn = match (&mut self.engine, &mut self.preconditioner) {
            (Some(Engine::Cg(engine)), Some(m)) => engine.iterate(a, m, &mut self.x),
            (Some(Engine::BiCgStab(engine)), Some(m)) => engine.iterate(a, m, &mut self.x),
            (Some(Engine::GaussSeidel(engine)), _) => engine.iterate(a, &mut self.x, &self.b),
            _ => Turn::Breakdown,
        };
        let sweeps = if self.preconditioner.is_some() { 1 } else { SWEEPS_PER_CHECK };
        self.iterations = self.iterations.saturating_add(sweeps);
        let spent = self.iterations >= self.options.max_iterations;
        match turn {
            Turn::Residual(squares) if squares.is_finite() => {
                let norm = dot(&self.b, &self.b);
                push(&mut self.trace, (self.iterations, libm::sqrt(squares / norm)))?;
                if squares > self.target && !spent && !self.is_stalled(squares)? {
                    return Ok(());
                }
            }
            _ => {}
        }
        self.look(a, spent)
    }

    /// Gauss-Seidel measures the residual itself. Its error falls in the greatest element, so the
    /// residual's norm may rise for a while; it is stalled when many looks bring nothing new.
    fn is_stalled(&mut self, squares: f64) -> Result<bool, Refusal> {
        if self.preconditioner.is_some() {
            return Ok(false);
        }
        self.idle = if squares < 0.999 * self.best_squares { 0 } else { self.idle + 1 };
        if squares < self.best_squares {
            self.keep(squares)?;
        }
        Ok(self.idle > MAX_IDLE_LOOKS)
    }

    fn keep(&mut self, squares: f64) -> Result<(), Refusal> {
        if self.best.is_empty() {
            self.best = filled(0.0, self.x.len())?;
        }
        self.best.copy_from_slice(&self.x);
        self.best_squares = squares;
        Ok(())
    }

    /// Measures the true residual: done, go on from it, or give the system to Gauss-Seidel.
    fn look(&mut self, a: &Matrix, spent: bool) -> Result<(), Refusal> {
        let Some(engine) = &mut self.engine else { return Ok(()) };
        let mut squares = engine.restart(a, &self.x, &self.b);
        if !squares.is_finite() {
            squares = f64::INFINITY;
        }
        // A restart that does not halve the residual counts as none at all.
        let better = squares < 0.25 * self.best_squares;
        if squares < self.best_squares {
            self.keep(squares)?;
        } else if !self.best.is_empty() {
            self.x.copy_from_slice(&self.best);
        } else {
            self.x.fill(0.0);
        }
        if self.best_squares <= self.target || spent {
            self.phase = Phase::Finish;
            return Ok(());
        }
        self.restarts += 1;
        if better && self.restarts <= MAX_RESTARTS && self.preconditioner.is_some() {
            if let Some(engine) = &mut self.engine {
                engine.restart(a, &self.x, &self.b);
            }
            return Ok(());
        }
        if self.preconditioner.is_none() {
            self.phase = Phase::Finish;
            return Ok(());
        }
        // What the Krylov method left is Gauss-Seidel's, which cannot break down.
        self.method = Method::GaussSeidel;
        self.preconditioner = None;
        self.engine = None;
        if let Some(facts) = &self.facts {
            self.engine = Some(Engine::GaussSeidel(GaussSeidel::new(&facts.diagonal)?));
        }
        Ok(())
    }

    fn finish(&mut self, a: &Matrix) -> Result<(), Refusal> {
        (self.preconditioner, self.engine, self.best) = (None, None, Vec::new());
        let back = 1.0 / self.scale;
        self.b.iter_mut().for_each(|b| *b *= back);
        self.x.iter_mut().for_each(|x| *x *= back);
        if let Some(chain) = &self.chain {
            chain.center(&mut self.x)?;
        }
        if self.x.iter().any(|x| !x.is_finite()) {
            return Err(Refusal::Overflow);
        }
        let Some(facts) = &self.facts else { return Ok(()) };
        let quality = quality(a, facts, &self.x, &self.b);
        self.report = Some(Report {
            method: self.method,
            iterations: self.iterations,
            converged: quality.relative_residual <= self.options.tolerance,
            quality,
            proven: self.proven,
            singular: self.chain.is_some(),
        });
        self.phase = Phase::Done;
        Ok(())
    }
}
