//! The operations once their data is there (or on the way): each step does one piece of work.

use super::emit::{Output, push_flag, push_float};
use super::fault::fault;
use super::files::File;
use super::lazy::{Side, narrow_ids};
use super::ppr::Ppr;
use super::request::{
    ALPHA, CONFIDENCE, FACTOR, K, MAX_ITERATIONS, MAX_ROWS, Request, SEED, SparseOperation as Op, TIME,
    TOLERANCE,
};
use crate::fault::{Fault, Result, Status};
use crate::memory::{push, reserve};
use crate::sparse::limits::{ROUNDOFF, ROWS_PER_ASK};
use crate::sparse::{
    Claims, Diffusion, Entry, EntryOptions, Facts, Inflow, Local, Matrix, Method, Need, Options, Power,
    Ranking, Refusal, Solver, gelu, greatest_solution, lanes, popcount, quality, relu, xor,
};
use crate::text::Text;
use alloc::vec::Vec;

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

/// Single entries: those that could not be had locally come from a full solve.
pub(crate) struct Entries {
    ids: Vec<u32>,
    at: usize,
    entry: Option<Entry>,
    claims: Claims,
    options: EntryOptions,
    /// Rows and bytes read before the entry at hand.
    before: (u64, u64),
    unmet: bool,
    /// Results whose bound is above the tolerance.
    missed: u64,
    local_only: bool,
    solver: Option<Solver>,
    walks: u64,
}

/// An operation at work.
#[allow(clippy::large_enum_variant, reason = "one per job; a box could fail to allocate")]
pub(crate) enum Work {
    Solve(Solver),
    Entries(Entries),
    Ppr(Ppr),
    PageRank(Power),
    Diffuse(Diffusion),
    /// Rows read one by one.
    Rows(Vec<u32>),
    /// Done in one piece.
    Direct,
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

#[cold]
pub(crate) fn absent() -> Fault {
    Fault::plain(Status::Request, "this needs a matrix")
}

fn refused(file: Option<&File>) -> impl Fn(Refusal) -> Fault + '_ {
    move |refusal| fault(refusal, file)
}

/// b in full, for `n` rows.
pub(crate) fn whole(side: &mut Side, n: u32) -> Result<Vec<f64>> {
    let mut out = Vec::new();
    match side {
        Side::Held(values) => return Ok(core::mem::take(values)),
        Side::Constant(value) => {
            reserve(&mut out, n as usize)?;
            out.resize(n as usize, *value);
        }
        Side::Listed(rows, values) => {
            reserve(&mut out, n as usize)?;
            out.resize(n as usize, 0.0);
            for (row, value) in narrow_ids(rows, n)?.iter().zip(values) {
                if let Some(slot) = out.get_mut(*row as usize) {
                    *slot = *value;
                }
            }
        }
        Side::Stored(_) => return Err(absent()),
    }
    Ok(out)
}

/// What the head claims, less what rounding may have added to it.
fn claims(file: &File, side: &Side) -> Claims {
    let p = &file.head.properties;
    let margin = (p.max_row_len.max(p.max_column_len) as f64 + 4.0) * 4.0 * ROUNDOFF * p.diagonal.1;
    let (b_most, b_sum) = match side {
        Side::Constant(value) => (value.abs(), Some(value.abs() * file.head.rows as f64)),
        Side::Listed(_, values) | Side::Held(values) => {
            (lanes::max_abs(values), Some(lanes::norm1(values) * (1.0 + 1e-9)))
        }
        Side::Stored(b) => (b.head.properties.off_diagonal.1, None),
    };
    let column_slack = p.column_slack - margin;
    Claims {
        row_slack: p.row_slack - margin,
        row_gap: p.row_gap,
        entries: file.head.entries,
        symmetric: p.symmetric,
        b_most,
        x_sum: b_sum.filter(|_| column_slack > 0.0).map(|sum| sum / column_slack * (1.0 + 1e-9)),
    }
}

impl Work {
    /// True when the operation starts with single rows.
    pub(crate) const fn is_local(request: &Request) -> bool {
        match request.operation {
            Op::Entry => request.method != 2,
            Op::Ppr | Op::Neighbors => true,
            Op::Degree => request.ids.is_some(),
            _ => false,
        }
    }

    /// Starts, once what [`super::job`] loads beforehand is there.
    pub(crate) fn start(request: &Request, file: Option<&File>, data: &mut Data) -> Result<Self> {
        let bad = refused(file);
        let seed = request.number(SEED, 1);
        Ok(match request.operation {
            Op::Solve => {
                let a = data.matrix.as_ref().ok_or_else(absent)?;
                let options = Options {
                    method: Method::ALL.get(request.method as usize).copied().unwrap_or(Method::Auto),
                    tolerance: request.float(TOLERANCE, 1e-8),
                    max_iterations: request.number(MAX_ITERATIONS, 10_000) as u32,
                    seed,
                    unproven: request.unproven,
                };
                Self::Solve(Solver::new(options, whole(&mut data.b, a.rows())?).map_err(bad)?)
            }
            Op::Entry => {
                let file = file.ok_or_else(absent)?;
                let claims = claims(file, &data.b);
                let most = greatest_solution(&claims);
                let options = EntryOptions {
                    tolerance: request.float(TOLERANCE, 0.01 * most),
                    confidence: request.float(CONFIDENCE, 1.0),
                    max_rows: request.number(MAX_ROWS, 200_000),
                    seed,
                };
                let ids = narrow_ids(request.ids.as_deref().unwrap_or_default(), file.rows()?)?;
                let local_only = request.method == 1;
                let solve = request.method == 2;
                Self::Entries(Entries {
                    at: if solve { ids.len() } else { 0 },
                    ids,
                    entry: None,
                    claims,
                    options,
                    before: (0, 0),
                    unmet: solve,
                    missed: 0,
                    local_only,
                    solver: None,
                    walks: 0,
                })
            }
            Op::Ppr => Self::Ppr(Ppr::new(request, file.ok_or_else(absent)?)?),
            Op::PageRank => {
                let a = data.matrix.as_ref().ok_or_else(absent)?;
                let mut power =
                    Power::new(a, request.float(ALPHA, 0.15), request.float(TOLERANCE, 1e-8)).map_err(bad)?;
                power.start_everywhere();
                Self::PageRank(power)
            }
            Op::Diffuse => {
                let a = data.matrix.as_ref().ok_or_else(absent)?;
                let seeds = narrow_ids(request.ids.as_deref().unwrap_or_default(), a.rows())?;
                let (time, tolerance) = (request.float(TIME, 5.0), request.float(TOLERANCE, 1e-8));
                Self::Diffuse(Diffusion::new(a, &seeds, time, tolerance).map_err(bad)?)
            }
            Op::Degree | Op::Neighbors if Self::is_local(request) => {
                let rows = file.ok_or_else(absent)?.rows()?;
                Self::Rows(narrow_ids(request.ids.as_deref().unwrap_or_default(), rows)?)
            }
            _ => Self::Direct,
        })
    }

    /// One piece of work.
    pub(crate) fn step(
        &mut self,
        request: &Request,
        file: Option<&File>,
        data: &mut Data,
        trace: &mut Trace,
        out: &mut Output,
    ) -> Result<Turn> {
        let bad = refused(file);
        match self {
            Self::Solve(solver) => {
                let a = data.matrix.as_ref().ok_or_else(absent)?;
                let cost = solver.step(a).map_err(&bad)?;
                trace.take(solver)?;
                match cost {
                    Some(cost) => Ok(Turn::Worked(cost)),
                    None => {
                        out.value = solver.take_x();
                        Ok(Turn::Ready)
                    }
                }
            }
            Self::Entries(entries) => entries.step(file, data, trace, out),
            Self::Ppr(ppr) => ppr.step(file, data, trace, out),
            Self::PageRank(power) => {
                let a = data.matrix.as_ref().ok_or_else(absent)?;
                if !power.is_done() {
                    let cost = power.sweep(a);
                    trace.push(power.sweeps(), power.rest())?;
                    return Ok(Turn::Worked(cost));
                }
                let k = request.number(K, 0) as usize;
                if k > 0 {
                    rank(&power.best(k, None).map_err(bad)?, out)?;
                } else {
                    out.value = power.take_scores();
                }
                Ok(Turn::Ready)
            }
            Self::Diffuse(diffusion) => {
                let a = data.matrix.as_ref().ok_or_else(absent)?;
                if !diffusion.is_done() {
                    diffusion.step(a);
                    trace.push(diffusion.terms(), diffusion.error())?;
                    return Ok(Turn::Worked(u64::from(a.entries()) + 2 * u64::from(a.rows())));
                }
                rank(&diffusion.best(request.number(K, 10) as usize).map_err(bad)?, out)?;
                Ok(Turn::Ready)
            }
            Self::Rows(ids) => {
                let local = data.local.as_mut().ok_or_else(absent)?;
                let need = local.ask_for(ids, ROWS_PER_ASK).map_err(bad)?;
                if need != Need::Nothing {
                    return Ok(Turn::Wants(need));
                }
                for id in ids.iter() {
                    let (mut degree, mut weight) = (0, 0.0);
                    for (other, value) in local.neighbours(*id) {
                        degree += 1;
                        weight += value;
                        if request.operation == Op::Neighbors {
                            push(&mut out.ids, (*id).into())?;
                            push(&mut out.first, other.into())?;
                            push(&mut out.value, value)?;
                        }
                    }
                    if request.operation == Op::Degree {
                        push(&mut out.ids, (*id).into())?;
                        push(&mut out.small, degree)?;
                        push(&mut out.value, weight)?;
                    }
                }
                Ok(Turn::Ready)
            }
            Self::Direct => direct(request, file, data, out).map(|()| Turn::Ready),
        }
    }

    /// Writes what the columns do not say.
    pub(crate) fn summarize(&self, request: &Request, data: &Data, text: &mut Text) {
        match self {
            Self::Solve(solver) => {
                let Some(report) = solver.report() else { return };
                text.push_word("method", report.method.name());
                push_flag(text, "converged", report.converged);
                text.push_field("iterations", report.iterations.into());
                push_float(text, "relative_residual", report.quality.relative_residual, true);
                let bound = report.quality.error_bound.unwrap_or(f64::INFINITY);
                push_float(text, "error_bound", bound, true);
                push_flag(text, "proven", report.proven);
                push_flag(text, "singular", report.singular);
            }
            Self::Entries(entries) => {
                let solved = entries.solver.is_some();
                text.push_word("method", if solved { "solve" } else { "push" });
                text.push_field("walks", entries.walks);
                push_float(text, "tolerance", entries.options.tolerance, false);
                push_flag(text, "converged", entries.missed == 0);
                if let Some(report) = entries.solver.as_ref().and_then(Solver::report) {
                    text.push_field("iterations", report.iterations.into());
                    push_float(text, "relative_residual", report.quality.relative_residual, true);
                }
            }
            Self::Ppr(ppr) => ppr.summarize(text),
            Self::PageRank(power) => {
                push_flag(text, "converged", true);
                text.push_field("iterations", power.sweeps().into());
                push_float(text, "residual", power.error(), true);
            }
            Self::Diffuse(diffusion) => {
                text.push_field("iterations", diffusion.terms().into());
                push_float(text, "residual", diffusion.error(), true);
            }
            Self::Rows(_) | Self::Direct => {}
        }
        if let (Op::Residual, Some((relative, bound))) = (request.operation, data.quality()) {
            push_float(text, "relative_residual", relative, true);
            push_float(text, "error_bound", bound, true);
        }
        if let Some(local) = &data.local {
            text.push_field("rows_read", local.rows_read());
            text.push_field("bytes_read", data.bytes);
        }
    }
}

/// Iterations and residuals since the last stop.
#[derive(Default)]
pub(crate) struct Trace {
    pub(crate) iterations: Vec<u32>,
    pub(crate) residuals: Vec<f64>,
}

impl Trace {
    pub(crate) fn push(&mut self, iteration: u32, residual: f64) -> Result<()> {
        push(&mut self.iterations, iteration)?;
        push(&mut self.residuals, residual)
    }

    pub(crate) fn clear(&mut self) {
        self.iterations.clear();
        self.residuals.clear();
    }

    fn take(&mut self, solver: &mut Solver) -> Result<()> {
        for (iteration, residual) in solver.trace() {
            self.push(*iteration, *residual)?;
        }
        solver.clear_trace();
        Ok(())
    }
}

pub(crate) fn rank(ranking: &Ranking, out: &mut Output) -> Result<()> {
    for node in &ranking.nodes {
        push(&mut out.ids, node.id.into())?;
        push(&mut out.value, node.score)?;
        push(&mut out.bound, node.bound)?;
        push(&mut out.small, ranking.certified.into())?;
    }
    Ok(())
}

impl Entries {
    fn step(
        &mut self,
        file: Option<&File>,
        data: &mut Data,
        trace: &mut Trace,
        out: &mut Output,
    ) -> Result<Turn> {
        let bad = refused(file);
        let Some(target) = self.ids.get(self.at).copied() else { return self.solve(file, data, trace, out) };
        let local = data.local.as_mut().ok_or_else(absent)?;
        if self.entry.is_none() {
            let hopeless = match Entry::new(target, self.claims, self.options) {
                Ok(entry) => {
                    let hopeless = entry.is_hopeless(file.map_or(0, |f| f.head.rows));
                    self.entry = Some(entry);
                    hopeless
                }
                Err(Refusal::NoSlack) => true,
                Err(other) => return Err(bad(other)),
            };
            // Known to be dearer than a full solve: it is not tried.
            if hopeless && !self.local_only {
                self.unmet = true;
                self.at = self.ids.len();
                return Ok(Turn::Worked(1));
            }
        }
        let entry = self.entry.as_mut().ok_or_else(|| bad(Refusal::NoSlack))?;
        let before = entry.arcs();
        let need = entry.step(local).map_err(&bad)?;
        if need != Need::Nothing {
            return Ok(Turn::Wants(need));
        }
        let cost = entry.arcs() - before;
        if let Some(found) = entry.estimate() {
            self.unmet |= !found.met;
            self.missed += u64::from(!found.met);
            self.walks += found.walks;
            push(&mut out.ids, target.into())?;
            push(&mut out.value, found.value)?;
            push(&mut out.bound, found.bound)?;
            push(&mut out.confidence, found.confidence)?;
            push(&mut out.first, local.rows_read() - self.before.0)?;
            push(&mut out.second, data.bytes - self.before.1)?;
            self.before = (local.rows_read(), data.bytes);
            self.at += 1;
            self.entry = None;
            // Of one row more than may be read, no other is tried.
            if self.unmet && !self.local_only {
                self.at = self.ids.len();
            }
        }
        Ok(Turn::Worked(cost + 1))
    }

    /// All entries from one full solve, with its bound.
    fn solve(
        &mut self,
        file: Option<&File>,
        data: &mut Data,
        trace: &mut Trace,
        out: &mut Output,
    ) -> Result<Turn> {
        if !self.unmet || self.local_only {
            return Ok(Turn::Ready);
        }
        let bad = refused(file);
        let Some(a) = data.matrix.as_ref() else { return Ok(Turn::WantsAll) };
        let solver = match &mut self.solver {
            Some(solver) => solver,
            slot => {
                let options = Options { tolerance: 1e-10, ..Options::default() };
                slot.insert(Solver::new(options, whole(&mut data.b, a.rows())?).map_err(&bad)?)
            }
        };
        let cost = solver.step(a).map_err(&bad)?;
        trace.take(solver)?;
        if let Some(cost) = cost {
            return Ok(Turn::Worked(cost));
        }
        let bound = solver.report().and_then(|report| report.quality.error_bound);
        let Some(bound) = bound else { return Err(bad(Refusal::NoSlack)) };
        let file = file.ok_or_else(absent)?;
        let rows = file.head.rows;
        let bytes =
            rows * 8 + file.head.entries * (file.head.index_width.bytes() + file.head.value_type.width());
        *out = Output::default();
        self.missed = if bound <= self.options.tolerance { 0 } else { self.ids.len() as u64 };
        for id in &self.ids {
            push(&mut out.ids, (*id).into())?;
            push(&mut out.value, solver.x().get(*id as usize).copied().unwrap_or_default())?;
            push(&mut out.bound, bound)?;
            push(&mut out.confidence, 1.0)?;
            push(&mut out.first, rows)?;
            push(&mut out.second, bytes)?;
        }
        Ok(Turn::Ready)
    }
}

impl Data {
    /// Relative residual and error bound of a given x.
    fn quality(&self) -> Option<(f64, f64)> {
        let (a, Side::Held(b)) = (self.matrix.as_ref()?, &self.b) else { return None };
        let facts = Facts::measure(a).ok()?;
        let quality = quality(a, &facts, &self.x, b);
        Some((quality.relative_residual, quality.error_bound.unwrap_or(f64::INFINITY)))
    }
}

fn direct(request: &Request, file: Option<&File>, data: &mut Data, out: &mut Output) -> Result<()> {
    let bad = refused(file);
    let fits = |got: usize, wanted: u32| {
        if got == wanted as usize {
            Ok(())
        } else {
            Err(fault(Refusal::Length { expected: wanted.into(), got: got as u64 }, None))
        }
    };
    match request.operation {
        Op::Spmv | Op::Residual => {
            let a = data.matrix.as_ref().ok_or_else(absent)?;
            fits(data.x.len(), a.columns())?;
            reserve(&mut out.value, a.rows() as usize)?;
            out.value.resize(a.rows() as usize, 0.0);
            if request.operation == Op::Spmv {
                a.multiply(&data.x, &mut out.value);
            } else {
                let b = whole(&mut data.b, a.rows())?;
                fits(b.len(), a.rows())?;
                a.residual(&data.x, &b, &mut out.value);
                data.b = Side::Held(b);
            }
            if out.value.iter().any(|value| !value.is_finite()) {
                return Err(bad(Refusal::Overflow));
            }
        }
        Op::Degree => {
            let a = data.matrix.as_ref().ok_or_else(absent)?;
            reserve(&mut out.small, a.rows() as usize)?;
            reserve(&mut out.value, a.rows() as usize)?;
            for row in 0..a.rows() {
                let weight: f64 = a.row(row).1.iter().fold(0.0, |sum, value| sum + value);
                if !weight.is_finite() {
                    return Err(bad(Refusal::Overflow));
                }
                out.small.push(a.degree(row));
                out.value.push(weight);
            }
        }
        Op::Relu | Op::Gelu => {
            out.value = core::mem::take(&mut data.x);
            let function = if request.operation == Op::Relu { relu } else { gelu };
            out.value.iter_mut().for_each(|value| *value = function(*value));
        }
        Op::Axpy => {
            let x = core::mem::take(&mut data.x);
            out.value = whole(&mut data.b, 0)?;
            fits(out.value.len(), x.len() as u32)?;
            lanes::axpy(request.float(FACTOR, 1.0), &x, &mut out.value);
            if out.value.iter().any(|value| !value.is_finite()) {
                return Err(bad(Refusal::Overflow));
            }
        }
        Op::Popcount => push(&mut out.first, popcount(&request.bits))?,
        _ => {
            reserve(&mut out.first, request.bits.len())?;
            out.first.extend_from_slice(&request.bits);
            xor(&mut out.first, &request.other_bits);
        }
    }
    Ok(())
}
