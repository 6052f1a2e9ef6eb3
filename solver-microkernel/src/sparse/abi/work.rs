//! The operations once their data is there (or on the way): each step does one piece of work.

use super::choose::{Chooser, arm_of, learn};
use super::data::{Data, Graph, narrow_ids};
use super::emit::{Output, push_flag, push_float};
use super::entries::Entries;
use super::files::Files;
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
    Diffusion, Facts, Need, Options, Power, Solver, Trace, gelu, lanes, popcount, quality, relu, xor,
};
use crate::text::Text;
use core::mem::swap;
use solver_lists::Vec;

/// What a step came to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Entries were passed, [`Desk::cost`] of them.
    Worked,
    /// The rows that [`crate::sparse::Local`] names are wanted.
    Rows,
    /// The whole matrix is wanted, and b with it.
    All,
    /// The output is complete.
    Ready,
}
solver_lists::blank!(enum Turn = Worked);

/// An operation at work, with everything that it has before it. The states of all operations lie side by
/// side: most use one, and to start one in place takes less code than to move it.
pub(crate) struct Desk {
    pub(crate) request: Request,
    pub(crate) files: Files,
    pub(crate) graph: Graph,
    pub(crate) data: Data,
    pub(crate) trace: Trace,
    pub(crate) output: Output,
    pub(crate) chooser: Chooser,
    /// What the last step came to, and what it cost.
    pub(crate) turn: Turn,
    pub(crate) cost: u64,
    started: bool,
    /// The solver was started.
    pub(super) solving: bool,
    pub(super) solver: Solver,
    pub(super) entries: Entries,
    pub(super) ppr: Ppr,
    pub(super) power: Power,
    diffusion: Diffusion,
    /// Rows that are asked for.
    pub(super) rows: Vec<u32>,
}
solver_lists::blank!(Desk {
    request,
    files,
    graph,
    data,
    trace,
    output,
    chooser,
    turn,
    cost,
    started,
    solving,
    solver,
    entries,
    ppr,
    power,
    diffusion,
    rows
});

impl Request {
    /// The ids as rows of a matrix; those of a question about all of them together ascending, and each once.
    fn ids(&self, rows: u32, out: &mut Vec<u32>) -> Result<(), Refusal> {
        let mut ids = Vec::new();
        self.words(IDS, &mut ids)?;
        if matches!(self.operation, Op::Ppr | Op::Diffuse) {
            lists::sort(&mut ids);
            lists::unique(&mut ids);
        }
        narrow_ids(&ids, rows, out)
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

    /// True when it may not go over to the whole matrix.
    pub(crate) fn is_local_only(&self) -> bool {
        self.method() == 1
    }
}

impl Desk {
    /// Starts, once what [`super::job`] loads beforehand is there.
    fn start(&mut self) -> Result<(), Refusal> {
        let Self { request, files, graph, chooser, solver, power, diffusion, rows, .. } = self;
        let Some(file) = files.matrix() else { return Ok(()) };
        request.ids(file.head.rows as u32, rows)?;
        let tolerance = request.float(TOLERANCE, 1e-8);
        match request.operation {
            Op::Solve => {
                let (method, advised) = chooser.method(request, file);
                *solver.options_mut() = Options {
                    method,
                    advised,
                    tolerance,
                    max_iterations: request.number(MAX_ITERATIONS, 10_000) as u32,
                    seed: request.number(SEED, 1),
                    unproven: request.number(UNPROVEN, 0) != 0,
                };
                self.start_solve()
            }
            Op::Entry => {
                let solve = chooser.takes_second(request, file) || request.method() == 2;
                self.start_entries(solve);
                Ok(())
            }
            Op::Ppr => {
                let whole = chooser.takes_second(request, file);
                self.start_ppr(whole);
                Ok(())
            }
            Op::PageRank => {
                power.start(&graph.matrix, request.float(ALPHA, 0.15), tolerance)?;
                power.start_everywhere();
                Ok(())
            }
            Op::Diffuse => diffusion.start(&graph.matrix, rows, request.float(TIME, 5.0), tolerance),
            _ => Ok(()),
        }
    }

    /// Starts a solve whose options are set.
    pub(super) fn start_solve(&mut self) -> Result<(), Refusal> {
        self.solving = true;
        self.data.whole(self.graph.matrix.rows(), self.solver.b_mut())?;
        self.solver.start()
    }

    /// The arm that is at work: the method of a solve, or whether the dear and sure way was taken first; none
    /// where the request allows but one.
    fn arm(&self) -> Option<usize> {
        let second = match self.request.operation {
            Op::Solve => return arm_of(self.solver.first(), self.files.matrix()?),
            Op::Entry => self.entries.solve_first,
            Op::Ppr => self.ppr.whole_first,
            _ => return None,
        };
        if self.request.is_local_only() { None } else { Some(second.into()) }
    }

    /// Leaves a way that costs too much for the best one known.
    pub(crate) fn give_up(&mut self) -> Result<(), Refusal> {
        let arm = self.arm();
        let Self { files, graph, chooser, solver, .. } = self;
        let Some(file) = files.matrix() else { return Ok(()) };
        let method = chooser.give_up(arm, file);
        match self.request.operation {
            Op::Solve => solver.switch(&graph.matrix, method),
            Op::Entry => {
                self.leave_rows();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The output is complete.
    #[allow(clippy::unnecessary_wraps, reason = "the end of steps that can fail")]
    pub(super) const fn end(&mut self) -> Result<(), Refusal> {
        self.turn = Turn::Ready;
        Ok(())
    }

    /// The best nodes are the output.
    pub(super) fn rank(&mut self) -> Result<(), Refusal> {
        let Self { ppr, output, .. } = self;
        let ranking = ppr.push.ranking_mut();
        for node in &ranking.nodes {
            output.row(node.id.into(), node.score)?;
            output.bound(node.bound)?;
            push(&mut output.small, ranking.certified.into())?;
        }
        self.end()
    }

    /// One piece of work.
    #[inline(never)]
    pub(crate) fn step(&mut self) -> Result<(), Refusal> {
        if !self.started {
            self.started = true;
            self.start()?;
        }
        (self.turn, self.cost) = (Turn::Worked, 0);
        let Self { request, graph, trace, output, chooser, ppr, power, diffusion, .. } = self;
        match request.operation {
            Op::Solve => {
                if self.step_solve()? {
                    return Ok(());
                }
                swap(self.output.values(), self.solver.x_mut());
            }
            Op::Entry => return self.step_entries(),
            Op::Ppr => return self.step_ppr(),
            Op::PageRank => {
                if !power.is_done() {
                    self.cost = power.sweep(&graph.matrix);
                    return trace.push(power.sweeps(), power.rest());
                }
                if request.has(K) {
                    power.rank(request.number(K, 0) as usize, None, ppr.push.ranking_mut())?;
                    return self.rank();
                }
                swap(output.values(), power.scores_mut());
            }
            Op::Diffuse => {
                let a = &graph.matrix;
                if !diffusion.is_done() {
                    diffusion.step(a);
                    self.cost = u64::from(a.entries()) + 2 * u64::from(a.rows());
                    return trace.push(diffusion.terms(), diffusion.error());
                }
                diffusion.rank(request.number(K, 10) as usize, ppr.push.ranking_mut())?;
                return self.rank();
            }
            Op::Learn => {
                let [_, words, _] = &mut output.wide;
                let mut observations = Vec::new();
                request.words(OBSERVATIONS, &mut observations)?;
                learn(chooser, &observations, words)?;
            }
            _ if request.is_local() => return self.neighbours(),
            _ => self.direct()?,
        }
        self.end()
    }

    /// One piece of work of a solve; false when it has ended.
    pub(super) fn step_solve(&mut self) -> Result<bool, Refusal> {
        let Self { graph, trace, solver, .. } = self;
        solver.advance(&graph.matrix, trace)?;
        self.cost = solver.cost();
        Ok(self.cost > 0)
    }

    /// The entries of rows, or how many they are and their sum.
    fn neighbours(&mut self) -> Result<(), Refusal> {
        let Self { request, data, output, rows, .. } = self;
        let local = &mut data.local;
        local.ask_for(rows, ROWS_PER_ASK)?;
        if local.need() != Need::Nothing {
            self.turn = Turn::Rows;
            return Ok(());
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
        self.end()
    }

    /// What is done in one piece.
    #[inline(never)]
    fn direct(&mut self) -> Result<(), Refusal> {
        let Self { request, graph, data, output, .. } = self;
        let a = &graph.matrix;
        let ([_, words, _], [out, ..]) = (&mut output.wide, &mut output.floats);
        match request.operation {
            Op::Spmv | Op::Residual => {
                fits(&data.x, a.columns())?;
                let mut b = Vec::new();
                if request.operation == Op::Residual {
                    data.whole(a.rows(), &mut b)?;
                    fits(&b, a.rows())?;
                }
                fill(out, 0.0, a.rows() as usize)?;
                a.residual(&data.x, &b, out);
                data.b = b;
            }
            Op::Degree => {
                for row in 0..a.rows() {
                    push(&mut output.small, a.degree(row))?;
                    push(out, a.row(row).1.iter().fold(0.0, |sum, value| sum + value))?;
                }
            }
            Op::Relu | Op::Gelu => {
                swap(out, &mut data.x);
                for value in out.iter_mut() {
                    *value = if request.operation == Op::Relu { relu(*value) } else { gelu(*value) };
                }
            }
            Op::Axpy => {
                data.whole(0, out)?;
                fits(out, data.x.len() as u32)?;
                lanes::axpy(request.float(FACTOR, 1.0), &data.x, out);
            }
            _ => {
                request.words(BITS, words)?;
                if request.operation == Op::Popcount {
                    let count = popcount(words);
                    words.clear();
                    push(words, count)?;
                } else {
                    let mut other = Vec::new();
                    request.words(OTHER_BITS, &mut other)?;
                    xor(words, &other);
                }
            }
        }
        if all_finite(out) { Ok(()) } else { Err(Why::Overflow.plain()) }
    }

    /// Writes what the columns do not say.
    #[inline(never)]
    pub(crate) fn summarize(&self, text: &mut Text) {
        let Self { request, data, chooser, solver, entries, power, diffusion, .. } = self;
        let report = solver.report();
        let operation = request.operation;
        match operation {
            Op::Entry => entries.summarize(self.solving, text),
            Op::Ppr => self.summarize_ppr(text),
            Op::PageRank => {
                push_flag(text, "converged", true);
                text.push_field("iterations", power.sweeps().into());
                push_float(text, "residual", power.error(), true);
            }
            Op::Diffuse => {
                text.push_field("iterations", diffusion.terms().into());
                push_float(text, "residual", diffusion.error(), true);
            }
            Op::Residual => self.summarize_residual(text),
            Op::Learn => {
                text.push_word("policy", "methods");
                text.push_field("form", 1);
                text.push_field("learned", chooser.learned());
            }
            _ => {}
        }
        let mut solved = true;
        if let Some(report) = report {
            let alone = operation == Op::Solve;
            if alone {
                solved = report.converged;
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
        if matches!(operation, Op::Solve | Op::Entry | Op::Ppr) {
            chooser.summarize(self.arm(), solved, text);
        }
        if request.is_local() {
            text.push_field("rows_read", data.local.rows_read());
            text.push_field("bytes_read", data.bytes);
        }
    }

    /// Relative residual and error bound of a given x.
    fn summarize_residual(&self, text: &mut Text) {
        let Self { graph, data, .. } = self;
        let Ok(facts) = Facts::measure(&graph.matrix) else { return };
        let quality = quality(&graph.matrix, &facts, &data.x, &data.b);
        push_float(text, "relative_residual", quality.relative_residual, true);
        push_float(text, "error_bound", quality.error_bound.unwrap_or(f64::INFINITY), true);
    }
}

fn fits(vector: &[f64], wanted: u32) -> Result<(), Refusal> {
    if vector.len() == wanted as usize { Ok(()) } else { Err(Why::Length.row(wanted)) }
}
