//! Single entries: those that could not be had locally come from a full solve.

use super::data::Side;
use super::emit::{Output, push_flag, push_float};
use super::files::B;
use super::request::{CONFIDENCE, MAX_ROWS, SEED, TOLERANCE};
use super::work::{Desk, Turn};
use crate::sparse::access::at;
use crate::sparse::limits::{PUSH_ENTRY, ROUNDOFF, SINGLE_ROW};
use crate::sparse::refusal::{Refusal, Why, push};
use crate::sparse::{Entry, Need, Options, greatest_solution, lanes};
use crate::text::Text;

/// Entries under way; their rows are those of the [`Desk`].
pub(crate) struct Entries {
    at: u32,
    entry: Entry,
    /// The entry at hand was started.
    started: bool,
    /// Rows and bytes read before it.
    rows: u64,
    bytes: u64,
    unmet: bool,
    /// Results whose bound is above the tolerance.
    missed: u64,
    /// Everything at once was tried first, and nothing from single rows.
    pub(crate) solve_first: bool,
    walks: u64,
    tolerance: f64,
}
solver_lists::blank!(Entries {
    at,
    entry,
    started,
    rows,
    bytes,
    unmet,
    missed,
    solve_first,
    walks,
    tolerance
});

impl Desk {
    /// Starts with what the head claims, less what rounding may have added to it. `solve`: everything at
    /// once, and nothing from single rows.
    pub(super) fn start_entries(&mut self, solve: bool) {
        let Self { request, files, data, entries, .. } = self;
        let Some(file) = files.matrix() else { return };
        let (claims, options) = entries.entry.terms_mut();
        let p = &file.head.properties;
        let margin = (p.max_row_len.max(p.max_column_len) as f64 + 4.0) * 4.0 * ROUNDOFF * p.diagonal.1;
        let column_slack = p.column_slack - margin;
        claims.row_slack = p.row_slack - margin;
        claims.row_gap = p.row_gap;
        claims.entries = file.head.entries;
        claims.symmetric = p.symmetric;
        claims.b_most = 1.0;
        let mut sum = file.head.rows as f64;
        if let (Side::Stored, Some(b)) = (data.side, files.of(B)) {
            claims.b_most = b.head.properties.off_diagonal.1;
        } else if data.side != Side::Ones {
            claims.b_most = lanes::max_abs(&data.b);
            sum = lanes::norm1(&data.b) * (1.0 + 1e-9);
        }
        if data.side != Side::Stored && column_slack > 0.0 {
            claims.x_sum = Some(sum / column_slack * (1.0 + 1e-9));
        }
        entries.tolerance = request.float(TOLERANCE, 0.01 * greatest_solution(claims));
        options.tolerance = entries.tolerance;
        options.confidence = request.float(CONFIDENCE, 1.0);
        options.max_rows = request.number(MAX_ROWS, 200_000);
        options.seed = request.number(SEED, 1);
        entries.solve_first = solve;
        if solve {
            self.leave_rows();
        }
    }

    /// Leaves single rows for a full solve.
    pub(super) fn leave_rows(&mut self) {
        self.entries.unmet = true;
        self.entries.at = self.rows.len() as u32;
    }

    /// One piece of work on the entry at hand.
    pub(super) fn step_entries(&mut self) -> Result<(), Refusal> {
        let only = self.request.is_local_only();
        let Self { rows, data, entries, output, chooser, .. } = self;
        let Entries { entry, .. } = entries;
        if entries.at as usize >= rows.len() {
            return if entries.unmet && !only { self.step_solve_for_entries() } else { self.end() };
        }
        let target = at(rows, entries.at);
        if !entries.started {
            // The only thing that may be wrong is that there is no slack.
            let refused = entry.start(target);
            let hopeless = refused.is_err() || entry.is_hopeless(data.local.rows().into());
            // Known to be dearer than a full solve: it is not tried.
            if hopeless && !only {
                self.cost = 1;
                self.leave_rows();
                return Ok(());
            }
            refused?;
            entries.started = true;
        }
        let before = entry.arcs();
        entry.advance(&mut data.local)?;
        if data.local.need() != Need::Nothing {
            self.turn = Turn::Rows;
            chooser.charge(SINGLE_ROW * data.local.wanted().len() as u64);
            return Ok(());
        }
        self.cost = entry.arcs() - before + 1;
        chooser.charge((PUSH_ENTRY - 1) * self.cost);
        let Some(found) = entry.estimate() else { return Ok(()) };
        entries.started = false;
        entries.at += 1;
        entries.unmet |= !found.met;
        entries.missed += u64::from(!found.met);
        entries.walks += found.walks;
        let (rows, bytes) = (data.local.rows_read(), data.bytes);
        output.found(target, found.value, found.bound, found.confidence)?;
        output.read(rows - entries.rows, bytes - entries.bytes)?;
        (entries.rows, entries.bytes) = (rows, bytes);
        // Of one row more than may be read, no other is tried.
        if entries.unmet && !only {
            self.leave_rows();
        }
        Ok(())
    }

    /// All entries from one full solve, with its bound.
    fn step_solve_for_entries(&mut self) -> Result<(), Refusal> {
        if !self.graph.is_loaded {
            self.turn = Turn::All;
            return Ok(());
        }
        if !self.solving {
            *self.solver.options_mut() = Options { tolerance: 1e-10, ..Options::default() };
            self.start_solve()?;
        }
        if self.step_solve()? {
            return Ok(());
        }
        let Self { rows, files, output, entries, solver, .. } = self;
        let bound = solver.report().and_then(|report| report.quality.error_bound);
        let (Some(bound), Some(file)) = (bound, files.matrix()) else { return Err(Why::NoSlack.plain()) };
        let (index, value) = file.widths();
        let bytes = file.head.rows * 8 + file.head.entries * (index + value);
        output.clear();
        entries.missed = if bound <= entries.tolerance { 0 } else { rows.len() as u64 };
        for id in rows {
            output.found(*id, at(solver.x(), *id), bound, 1.0)?;
            output.read(file.head.rows, bytes)?;
        }
        self.end()
    }
}

impl Entries {
    pub(crate) fn summarize(&self, solved: bool, text: &mut Text) {
        text.push_word("method", if solved { "solve" } else { "push" });
        text.push_field("walks", self.walks);
        push_float(text, "tolerance", self.tolerance, false);
        push_flag(text, "converged", self.missed == 0);
    }
}

impl Output {
    /// One more row with its value, bound and confidence.
    #[inline(never)]
    fn found(&mut self, id: u32, value: f64, bound: f64, confidence: f64) -> Result<(), Refusal> {
        self.row(id.into(), value)?;
        self.bound(bound)?;
        let [.., confidences] = &mut self.floats;
        push(confidences, confidence)
    }

    /// The rows and bytes that were read for it.
    #[inline(never)]
    fn read(&mut self, rows: u64, bytes: u64) -> Result<(), Refusal> {
        let [_, first, second] = &mut self.wide;
        push(first, rows)?;
        push(second, bytes)
    }
}
