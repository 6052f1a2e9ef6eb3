//! Single entries: those that could not be had locally come from a full solve.

use super::emit::{Output, push_flag, push_float};
use super::files::File;
use super::lazy::{Side, narrow_ids};
use super::request::{CONFIDENCE, IDS, MAX_ROWS, Request, SEED, TOLERANCE};
use super::work::{Data, Desk, Turn, whole};
use crate::sparse::limits::ROUNDOFF;
use crate::sparse::refusal::{Refusal, Why, push};
use crate::sparse::{Claims, Entry, EntryOptions, Need, Options, Solver, Trace, greatest_solution, lanes};
use crate::text::Text;
use solver_lists::Vec;

/// Entries under way.
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
    solve_first: bool,
    walks: u64,
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

impl Entries {
    /// `solve`: everything at once, and nothing from single rows.
    pub(crate) fn new(request: &Request, file: &File, side: &Side, solve: bool) -> Result<Self, Refusal> {
        let claims = claims(file, side);
        let most = greatest_solution(&claims);
        let options = EntryOptions {
            tolerance: request.float(TOLERANCE, 0.01 * most),
            confidence: request.float(CONFIDENCE, 1.0),
            max_rows: request.number(MAX_ROWS, 200_000),
            seed: request.number(SEED, 1),
        };
        let ids = narrow_ids(&request.words(IDS)?, file.rows()?)?;
        Ok(Self {
            at: if solve { ids.len() } else { 0 },
            ids,
            entry: None,
            claims,
            options,
            before: (0, 0),
            unmet: solve,
            missed: 0,
            local_only: request.method() == 1,
            solve_first: solve,
            walks: 0,
        })
    }

    /// Which of the two ways was taken first; none when the request allows but one.
    pub(crate) fn arm(&self) -> Option<usize> {
        if self.local_only { None } else { Some(self.solve_first.into()) }
    }

    /// Leaves single rows for a full solve.
    pub(crate) fn give_up(&mut self) {
        if !self.unmet && !self.local_only {
            self.unmet = true;
            self.at = self.ids.len();
        }
    }

    pub(crate) fn step(&mut self, solver: &mut Option<Solver>, desk: &mut Desk) -> Result<Turn, Refusal> {
        let Desk { files, data, trace, output, .. } = desk;
        let file = files.matrix()?;
        let Some(target) = self.ids.get(self.at).copied() else {
            return self.solve(solver, file, data, trace, output);
        };
        let local = data.local.as_mut().ok_or(Why::NoMatrix.plain())?;
        let entry = match &mut self.entry {
            Some(entry) => entry,
            slot => {
                let entry = slot.insert(Entry::default());
                // The only thing that may be wrong is that there is no slack.
                let refused = entry.start(target, self.claims, self.options);
                let hopeless = refused.is_err() || entry.is_hopeless(file.head.rows);
                // Known to be dearer than a full solve: it is not tried.
                if hopeless && !self.local_only {
                    self.unmet = true;
                    self.at = self.ids.len();
                    return Ok(Turn::Worked(1));
                }
                refused?;
                entry
            }
        };
        let before = entry.arcs();
        let need = entry.step(local)?;
        if need != Need::Nothing {
            return Ok(Turn::Wants(need));
        }
        let cost = entry.arcs() - before;
        if let Some(found) = entry.estimate().copied() {
            self.unmet |= !found.met;
            self.missed += u64::from(!found.met);
            self.walks += found.walks;
            let (rows, bytes) = (local.rows_read(), data.bytes);
            let read = (rows - self.before.0, bytes - self.before.1);
            give(output, target, (found.value, found.bound, found.confidence), read)?;
            self.before = (rows, bytes);
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
        solver: &mut Option<Solver>,
        file: &File,
        data: &mut Data,
        trace: &mut Trace,
        output: &mut Output,
    ) -> Result<Turn, Refusal> {
        if !self.unmet || self.local_only {
            return Ok(Turn::Ready);
        }
        let Some(a) = data.matrix.as_ref() else { return Ok(Turn::WantsAll) };
        let solver = match solver {
            Some(solver) => solver,
            slot => {
                let options = Options { tolerance: 1e-10, ..Options::default() };
                let solver = slot.insert(Solver::default());
                *solver.b_mut() = whole(&mut data.b, a.rows())?;
                solver.start(options)?;
                solver
            }
        };
        if let Some(cost) = solver.step(a, trace)? {
            return Ok(Turn::Worked(cost));
        }
        let bound = solver.report().and_then(|report| report.quality.error_bound);
        let Some(bound) = bound else { return Err(Why::NoSlack.plain()) };
        let rows = file.head.rows;
        let (index, value) = file.widths();
        let bytes = rows * 8 + file.head.entries * (index + value);
        *output = Output::default();
        self.missed = if bound <= self.options.tolerance { 0 } else { self.ids.len() as u64 };
        for id in &self.ids {
            let x = solver.x().get(*id as usize).copied().unwrap_or_default();
            give(output, *id, (x, bound, 1.0), (rows, bytes))?;
        }
        Ok(Turn::Ready)
    }

    pub(crate) fn summarize(&self, solved: bool, text: &mut Text) {
        text.push_word("method", if solved { "solve" } else { "push" });
        text.push_field("walks", self.walks);
        push_float(text, "tolerance", self.options.tolerance, false);
        push_flag(text, "converged", self.missed == 0);
    }
}

/// Value, bound and confidence of a row, with the rows and bytes that were read for it.
#[inline(never)]
fn give(output: &mut Output, id: u32, found: (f64, f64, f64), read: (u64, u64)) -> Result<(), Refusal> {
    output.row(id.into(), found.0)?;
    output.bound(found.1)?;
    let ([_, first, second], [.., confidences]) = (&mut output.wide, &mut output.floats);
    push(confidences, found.2)?;
    push(first, read.0)?;
    push(second, read.1)
}
