//! The operations once their data is there (or on the way): each step does one piece of work.

use super::choose::{Chooser, arm_of, learn};
use super::emit::{Output, push_flag, push_float};
use super::entries::Entries;
use super::files::Files;
use super::lazy::{Side, narrow_ids};
use super::operations::SparseOperation as Op;
use super::ppr::Ppr;
use super::request::{
    ALPHA, BITS, FACTOR, IDS, K, MAX_ITERATIONS, OBSERVATIONS, OTHER_BITS, Request, SEED, TIME, TOLERANCE,
    UNPROVEN,
};
use crate::lists;
use crate::sparse::limits::ROWS_PER_ASK;
use crate::sparse::refusal::{Refusal, Why, fill, push};
use crate::sparse::solve::all_finite;
use crate::sparse::{
    Diffusion, Facts, Inflow, Local, Matrix, Need, Options, Power, Ranking, Solver, Trace, gelu, lanes,
    popcount, quality, relu, xor,
};
use crate::text::Text;
use solver_lists::Vec;

/// What a step came to.
pub(crate) enum Turn {
    /// So many entries were passed.
    Worked(u64),
    /// Rows are wanted.
    Wants(Need),
    /// The whole matrix is wanted, and b with it.
    WantsAll,
    /// The output is complete.
    Ready,
}

/// What operations work on.
pub(crate) struct Data {
    pub(crate) matrix: Option<Matrix>,
    pub(crate) local: Option<Local>,
    /// What can come together at the nodes of `matrix`, with an alpha.
    pub(crate) inflow: Option<(f64, Inflow)>,
    pub(crate) b: Side,
    pub(crate) x: Vec<f64>,
    /// Bytes read row by row.
    pub(crate) bytes: u64,
}

/// Everything that an operation has before it.
pub(crate) struct Desk {
    pub(crate) request: Request,
    pub(crate) files: Files,
    pub(crate) data: Data,
    pub(crate) trace: Trace,
    pub(crate) output: Output,
    pub(crate) chooser: Chooser,
}

/// An operation at work.
#[derive(Default)]
pub(crate) struct Work {
    started: bool,
    solver: Option<Solver>,
    entries: Option<Entries>,
    ppr: Option<Ppr>,
    power: Option<Power>,
    diffusion: Option<Diffusion>,
    /// Rows read one by one.
    rows: Vec<u32>,
}

/// b in full, for `n` rows.
#[inline(never)]
pub(crate) fn whole(side: &mut Side, n: u32) -> Result<Vec<f64>, Refusal> {
    let mut out = Vec::new();
    match side {
        Side::Held(values) => return Ok(core::mem::take(values)),
        Side::Constant(value) => fill(&mut out, *value, n as usize)?,
        Side::Listed(rows, values) => {
            fill(&mut out, 0.0, n as usize)?;
            for (row, value) in narrow_ids(rows, n)?.iter().zip(values) {
                solver_kernels::access::put(&mut out, *row, *value);
            }
        }
        Side::Stored(_) => return Err(Why::NoB.plain()),
    }
    Ok(out)
}

impl Data {
    pub(crate) fn matrix(&self) -> Result<&Matrix, Refusal> {
        self.matrix.as_ref().ok_or(Why::NoMatrix.plain())
    }
}

impl Request {
    /// The ids, ascending and each once, as rows of a matrix.
    pub(crate) fn seeds(&self, rows: u32) -> Result<Vec<u32>, Refusal> {
        let mut ids = self.words(IDS)?;
        lists::sort(&mut ids);
        lists::unique(&mut ids);
        narrow_ids(&ids, rows)
    }

    /// True when the operation starts with single rows.
    pub(crate) fn is_local(&self) -> bool {
        match self.operation {
            Op::Entry => self.method() != 2,
            Op::Ppr | Op::Neighbors => true,
            Op::Degree => self.has(IDS),
            _ => false,
        }
    }
}

impl Work {
    /// Starts, once what [`super::job`] loads beforehand is there.
    #[inline(never)]
    fn start(&mut self, desk: &mut Desk) -> Result<(), Refusal> {
        let Desk { request, files, data, chooser, .. } = desk;
        match request.operation {
            Op::Solve => {
                let (method, advised) = chooser.method(request, files.matrix()?);
                let options = Options {
                    method,
                    advised,
                    tolerance: request.float(TOLERANCE, 1e-8),
                    max_iterations: request.number(MAX_ITERATIONS, 10_000) as u32,
                    seed: request.number(SEED, 1),
                    unproven: !request.bytes(UNPROVEN).starts_with(&[0]) && request.has(UNPROVEN),
                };
                let rows = data.matrix()?.rows();
                let solver = self.solver.insert(Solver::default());
                *solver.b_mut() = whole(&mut data.b, rows)?;
                solver.start(options)?;
            }
            Op::Entry => {
                let file = files.matrix()?;
                let solve = chooser.takes_second(request, file) || request.method() == 2;
                self.entries = Some(Entries::new(request, file, &data.b, solve)?);
            }
            Op::Ppr => {
                let file = files.matrix()?;
                self.ppr = Some(Ppr::new(request, file, chooser.takes_second(request, file))?);
            }
            Op::PageRank => {
                let (alpha, tolerance) = (request.float(ALPHA, 0.15), request.float(TOLERANCE, 1e-8));
                let power = self.power.insert(Power::default());
                power.start(data.matrix()?, alpha, tolerance)?;
                power.start_everywhere();
            }
            Op::Diffuse => {
                let a = data.matrix()?;
                let seeds = request.seeds(a.rows())?;
                let (time, tolerance) = (request.float(TIME, 5.0), request.float(TOLERANCE, 1e-8));
                self.diffusion.insert(Diffusion::default()).start(a, &seeds, time, tolerance)?;
            }
            _ if request.is_local() => {
                self.rows = narrow_ids(&request.words(IDS)?, files.matrix()?.rows()?)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The arm that is at work: the method of a solve, or whether the dear and sure way was taken first.
    fn arm(&self, desk: &Desk) -> Option<usize> {
        let Desk { request, files, .. } = desk;
        match request.operation {
            Op::Solve => arm_of(self.solver.as_ref()?.first(), files.matrix.as_ref()?),
            Op::Entry => self.entries.as_ref()?.arm(),
            Op::Ppr => self.ppr.as_ref()?.arm(),
            _ => None,
        }
    }

    /// Leaves a way that costs too much for the best one known.
    pub(crate) fn give_up(&mut self, desk: &mut Desk) -> Result<(), Refusal> {
        let arm = self.arm(desk);
        let Desk { files, data, chooser, .. } = desk;
        let method = chooser.give_up(arm, files.matrix()?);
        if let Some(entries) = &mut self.entries {
            entries.give_up();
        } else if let Some(solver) = &mut self.solver {
            solver.switch(data.matrix()?, method)?;
        }
        Ok(())
    }

    /// One piece of work.
    #[inline(never)]
    pub(crate) fn step(&mut self, desk: &mut Desk) -> Result<Turn, Refusal> {
        if !self.started {
            self.start(desk)?;
            self.started = true;
        }
        if let Some(entries) = &mut self.entries {
            return entries.step(&mut self.solver, desk);
        }
        if let Some(ppr) = &mut self.ppr {
            return ppr.step(desk);
        }
        let Desk { request, data, trace, output, chooser, .. } = desk;
        if request.operation == Op::Learn {
            let [_, words, _] = &mut output.wide;
            learn(chooser, &request.words(OBSERVATIONS)?, words)?;
            return Ok(Turn::Ready);
        }
        if let Some(solver) = &mut self.solver {
            if let Some(cost) = solver.step(data.matrix()?, trace)? {
                return Ok(Turn::Worked(cost));
            }
            *output.values() = solver.take_x();
        } else if let Some(power) = &mut self.power {
            if !power.is_done() {
                let cost = power.sweep(data.matrix()?);
                trace.push(power.sweeps(), power.rest())?;
                return Ok(Turn::Worked(cost));
            }
            if request.has(K) {
                let mut found = Ranking::default();
                power.rank(request.number(K, 0) as usize, None, &mut found)?;
                rank(&found, output)?;
            } else {
                *output.values() = power.take_scores();
            }
        } else if let Some(diffusion) = &mut self.diffusion {
            let a = data.matrix()?;
            if !diffusion.is_done() {
                diffusion.step(a);
                trace.push(diffusion.terms(), diffusion.error())?;
                return Ok(Turn::Worked(u64::from(a.entries()) + 2 * u64::from(a.rows())));
            }
            let mut found = Ranking::default();
            diffusion.rank(request.number(K, 10) as usize, &mut found)?;
            rank(&found, output)?;
        } else if request.is_local() {
            return neighbours(&self.rows, desk);
        } else {
            direct(request, data, output)?;
        }
        Ok(Turn::Ready)
    }

    /// Writes what the columns do not say.
    #[inline(never)]
    pub(crate) fn summarize(&self, desk: &Desk, text: &mut Text) {
        let report = self.solver.as_ref().and_then(Solver::report);
        if let Some(entries) = &self.entries {
            entries.summarize(self.solver.is_some(), text);
        }
        if let Some(report) = report {
            let alone = self.entries.is_none();
            if alone {
                text.push_word("method", report.method.name());
                push_flag(text, "converged", report.converged);
            }
            text.push_field("iterations", report.iterations.into());
            push_float(text, "relative_residual", report.quality.relative_residual, true);
            if alone {
                push_float(text, "error_bound", report.quality.error_bound.unwrap_or(f64::INFINITY), true);
                push_flag(text, "proven", report.proven);
                push_flag(text, "singular", report.singular);
            }
        }
        if let Some(ppr) = &self.ppr {
            ppr.summarize(text);
        }
        if let Some(power) = &self.power {
            push_flag(text, "converged", true);
            text.push_field("iterations", power.sweeps().into());
            push_float(text, "residual", power.error(), true);
        }
        if let Some(diffusion) = &self.diffusion {
            text.push_field("iterations", diffusion.terms().into());
            push_float(text, "residual", diffusion.error(), true);
        }
        match desk.request.operation {
            Op::Residual => residual(&desk.data, text),
            Op::Learn => {
                text.push_word("policy", "methods");
                text.push_field("form", 1);
                text.push_field("learned", desk.chooser.learned());
            }
            Op::Solve | Op::Entry | Op::Ppr => {
                let solved = match (desk.request.operation, report) {
                    (Op::Solve, Some(report)) => report.converged,
                    _ => true,
                };
                desk.chooser.summarize(self.arm(desk), solved, text);
            }
            _ => {}
        }
        if let Some(local) = &desk.data.local {
            text.push_field("rows_read", local.rows_read());
            text.push_field("bytes_read", desk.data.bytes);
        }
    }
}

/// Relative residual and error bound of a given x.
fn residual(data: &Data, text: &mut Text) {
    let (Some(a), Side::Held(b)) = (&data.matrix, &data.b) else { return };
    let Ok(facts) = Facts::measure(a) else { return };
    let quality = quality(a, &facts, &data.x, b);
    push_float(text, "relative_residual", quality.relative_residual, true);
    push_float(text, "error_bound", quality.error_bound.unwrap_or(f64::INFINITY), true);
}

pub(crate) fn rank(ranking: &Ranking, output: &mut Output) -> Result<(), Refusal> {
    for node in &ranking.nodes {
        output.row(node.id.into(), node.score)?;
        output.bound(node.bound)?;
        push(&mut output.small, ranking.certified.into())?;
    }
    Ok(())
}

/// The entries of rows, or how many they are and their sum.
fn neighbours(rows: &[u32], desk: &mut Desk) -> Result<Turn, Refusal> {
    let Desk { request, data, output, .. } = desk;
    let local = data.local.as_mut().ok_or(Why::NoMatrix.plain())?;
    let need = local.ask_for(rows, ROWS_PER_ASK)?;
    if need != Need::Nothing {
        return Ok(Turn::Wants(need));
    }
    let list = request.operation == Op::Neighbors;
    for row in rows {
        let (mut degree, mut weight) = (0, 0.0);
        for (other, value) in local.neighbours(*row) {
            degree += 1;
            weight += value;
            if list {
                output.row((*row).into(), value)?;
                let [_, first, _] = &mut output.wide;
                push(first, other.into())?;
            }
        }
        if !list {
            output.row((*row).into(), weight)?;
            push(&mut output.small, degree)?;
        }
    }
    Ok(Turn::Ready)
}

/// What is done in one piece.
#[inline(never)]
fn direct(request: &Request, data: &mut Data, output: &mut Output) -> Result<(), Refusal> {
    let ([_, words, _], [out, ..]) = (&mut output.wide, &mut output.floats);
    match request.operation {
        Op::Spmv | Op::Residual => {
            let a = data.matrix()?;
            let rows = a.rows();
            fits(&data.x, a.columns())?;
            fill(out, 0.0, rows as usize)?;
            if request.operation == Op::Spmv {
                a.multiply(&data.x, out);
            } else {
                let b = whole(&mut data.b, rows)?;
                fits(&b, rows)?;
                data.matrix()?.residual(&data.x, &b, out);
                data.b = Side::Held(b);
            }
        }
        Op::Degree => {
            let a = data.matrix()?;
            for row in 0..a.rows() {
                push(&mut output.small, a.degree(row))?;
                push(out, a.row(row).1.iter().fold(0.0, |sum, value| sum + value))?;
            }
        }
        Op::Relu | Op::Gelu => {
            *out = core::mem::take(&mut data.x);
            for value in out.iter_mut() {
                *value = if request.operation == Op::Relu { relu(*value) } else { gelu(*value) };
            }
        }
        Op::Axpy => {
            *out = whole(&mut data.b, 0)?;
            fits(out, data.x.len() as u32)?;
            lanes::axpy(request.float(FACTOR, 1.0), &data.x, out);
        }
        Op::Popcount => push(words, popcount(&request.words(BITS)?))?,
        _ => {
            *words = request.words(BITS)?;
            xor(words, &request.words(OTHER_BITS)?);
        }
    }
    if all_finite(out) { Ok(()) } else { Err(Why::Overflow.plain()) }
}

fn fits(vector: &[f64], wanted: u32) -> Result<(), Refusal> {
    if vector.len() == wanted as usize { Ok(()) } else { Err(Why::Length.row(wanted)) }
}
