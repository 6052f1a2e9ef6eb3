//! Personalised PageRank in three stages, each going on from the state of the one before: pushes along rows
//! read one by one; pushes in the whole graph, with bounds from its inflow; sweeps over everything.
//!
//! An instance keeps the graph and its inflow for the next question. Stages and limits are the same then,
//! rows only come from memory, so answers do not depend on what was asked before.

use super::emit::{push_flag, push_float};
use super::request::{ALPHA, K, MAX_WORK, TOLERANCE};
use super::work::{Desk, Turn};
use crate::sparse::limits::{
    LOCAL_ARCS, LOCAL_ROWS, PUSH_ENTRY, SINGLE_ROW, SWEEPS_AT_LEAST, UNDIRECTED_ROWS,
};
use crate::sparse::refusal::Refusal;
use crate::sparse::{Need, Push};
use crate::text::Text;

/// A question under way.
pub(crate) struct Ppr {
    pub(crate) push: Push,
    /// The push has ended, and sweeps go on from it.
    pub(crate) sweeps: bool,
    /// The inflow is complete and the push goes on with it.
    wide: bool,
    /// No more than a step along single rows was made before the whole graph was read.
    pub(crate) whole_first: bool,
}
solver_lists::blank!(Ppr { push, sweeps, wide, whole_first });

impl Desk {
    /// Starts with the seeds. `whole`: no more than a step along single rows before the whole graph is read.
    pub(super) fn start_ppr(&mut self, whole: bool) {
        let Self { request, files, ppr, rows: ids, .. } = self;
        let Some(file) = files.matrix() else { return };
        ppr.whole_first = whole;
        let p = &file.head.properties;
        let undirected = p.symmetric && p.off_diagonal == (1.0, 1.0);
        let rows = if undirected { UNDIRECTED_ROWS } else { LOCAL_ROWS };
        let options = ppr.push.options_mut();
        options.alpha = request.float(ALPHA, 0.15);
        options.k = request.number(K, 10) as usize;
        options.tolerance = request.float(TOLERANCE, 1e-9);
        options.max_arcs =
            if whole { 1 } else { request.number(MAX_WORK, LOCAL_ARCS + file.head.entries / 8) };
        options.max_rows = rows + file.head.entries / 512;
        options.undirected = if undirected { p.max_row_len.clamp(1, u32::MAX.into()) as u32 } else { 0 };
        core::mem::swap(ppr.push.seeds_mut(), ids);
        ppr.push.start();
    }

    /// One piece of work of the stage at hand.
    pub(super) fn step_ppr(&mut self) -> Result<(), Refusal> {
        let only = self.request.is_local_only();
        let Self { graph, data, trace, chooser, ppr, power, .. } = self;
        let a = &graph.matrix;
        let Ppr { push, .. } = ppr;
        let options = *push.options_mut();
        if ppr.sweeps {
            self.cost = power.sweep(a);
            trace.push(power.sweeps(), power.rest())?;
            // A look costs about as much as a sweep of a sparse graph.
            if power.is_done() || power.sweeps().is_multiple_of(4) {
                let found = push.ranking_mut();
                power.rank(options.k, Some(&graph.inflow), found)?;
                if found.certified || power.is_done() {
                    return self.rank();
                }
            }
        } else if !push.is_done() {
            let before = push.arcs();
            push.advance(&mut data.local, if ppr.wide { Some(&graph.inflow) } else { None })?;
            self.cost = push.arcs() - before;
            chooser.charge((PUSH_ENTRY - 1) * self.cost);
            let need = data.local.need();
            if need != Need::Nothing {
                let wanted = data.local.wanted().len() as u64;
                if graph.is_loaded {
                    data.local.take_from(need, a)?;
                    self.cost = wanted;
                    chooser.charge(SINGLE_ROW / 2 * wanted);
                } else {
                    self.turn = Turn::Rows;
                    chooser.charge(SINGLE_ROW * wanted);
                }
            }
        } else if only || push.ranking_mut().certified {
            return self.rank();
        } else if !graph.is_loaded {
            self.turn = Turn::All;
        } else if ppr.wide {
            power.start(a, options.alpha, options.tolerance)?;
            power.start_from(&data.local, push);
            ppr.sweeps = true;
            self.cost = a.entries().into();
        } else {
            if graph.alpha != options.alpha {
                graph.alpha = options.alpha;
                graph.inflow.start(a, options.alpha)?;
            }
            graph.inflow.advance(a)?;
            self.cost = graph.inflow.cost();
            if self.cost == 0 {
                self.cost = 1;
                ppr.wide = true;
                // What the sweeps would cost that end it too: measured, pushes win as long as they pass no more.
                let arcs = push.arcs() + SWEEPS_AT_LEAST * u64::from(a.entries()) + 1000;
                push.widen(&data.local, &graph.inflow, arcs, u64::MAX)?;
            }
        }
        Ok(())
    }

    pub(super) fn summarize_ppr(&self, text: &mut Text) {
        let Self { ppr, power, .. } = self;
        let found = ppr.push.ranking();
        text.push_word("method", if ppr.sweeps { "sweeps" } else { "push" });
        text.push_field("work", ppr.push.arcs());
        push_flag(text, "certified", found.is_some_and(|found| found.certified));
        push_float(text, "undecided", found.map_or(0.0, |found| found.undecided), true);
        text.push_field("iterations", power.sweeps().into());
        let rest = if ppr.sweeps { power.rest() } else { found.map_or(0.0, |found| found.rest) };
        push_float(text, "residual", rest, true);
    }
}
