//! Personalised PageRank in three stages, each going on from the state of the one before: pushes along rows
//! read one by one; pushes in the whole graph, with bounds from its inflow; sweeps over everything.
//!
//! An instance keeps the graph and its inflow for the next question. Stages and limits are the same then,
//! rows only come from memory, so answers do not depend on what was asked before.

use super::emit::{push_flag, push_float};
use super::files::File;
use super::request::{ALPHA, K, MAX_WORK, Request, TOLERANCE};
use super::work::{Desk, Turn, rank};
use crate::sparse::limits::{LOCAL_ARCS, LOCAL_ROWS, SWEEPS_AT_LEAST, UNDIRECTED_ROWS};
use crate::sparse::refusal::{Refusal, Why};
use crate::sparse::{Inflow, Matrix, Need, Power, Push, PushOptions, Ranking};
use crate::text::Text;

/// What an instance keeps of a graph.
#[derive(Default)]
pub(crate) struct Kept {
    /// Of which segment; none when nothing is kept.
    pub(crate) segment: Option<u32>,
    pub(crate) matrix: Option<Matrix>,
    /// For an alpha.
    pub(crate) inflow: Option<(f64, Inflow)>,
}

/// A question under way.
pub(crate) struct Ppr {
    push: Push,
    power: Option<Power>,
    /// The inflow is complete and the push goes on with it.
    wide: bool,
    certified: bool,
    undecided: f64,
    alpha: f64,
    tolerance: f64,
    k: usize,
    local_only: bool,
    whole: bool,
}

impl Ppr {
    /// `whole`: no more than a step along single rows before the whole graph is read.
    pub(crate) fn new(request: &Request, file: &File, whole: bool) -> Result<Self, Refusal> {
        let p = &file.head.properties;
        let undirected = p.symmetric && p.off_diagonal == (1.0, 1.0);
        let (alpha, k) = (request.float(ALPHA, 0.15), request.number(K, 10) as usize);
        let tolerance = request.float(TOLERANCE, 1e-9);
        let rows = if undirected { UNDIRECTED_ROWS } else { LOCAL_ROWS };
        let options = PushOptions {
            alpha,
            k,
            tolerance,
            max_arcs: if whole { 1 } else { request.number(MAX_WORK, LOCAL_ARCS + file.head.entries / 8) },
            max_rows: rows + file.head.entries / 512,
            undirected: if undirected { p.max_row_len.clamp(1, u32::MAX.into()) as u32 } else { 0 },
        };
        let mut push = Push::default();
        *push.seeds_mut() = request.seeds(file.rows()?)?;
        push.start(options);
        let local_only = request.method() == 1;
        Ok(Self {
            push,
            power: None,
            wide: false,
            certified: false,
            undecided: 0.0,
            alpha,
            tolerance,
            k,
            local_only,
            whole,
        })
    }

    /// Which of the two ways was taken first; none when the request allows but one.
    pub(crate) fn arm(&self) -> Option<usize> {
        if self.local_only { None } else { Some(self.whole.into()) }
    }

    pub(crate) fn step(&mut self, desk: &mut Desk) -> Result<Turn, Refusal> {
        let Desk { data, trace, output, .. } = desk;
        if let Some(power) = &mut self.power {
            let a = data.matrix.as_ref().ok_or(Why::NoMatrix.plain())?;
            let cost = power.sweep(a);
            trace.push(power.sweeps(), power.rest())?;
            // A look costs about as much as a sweep of a sparse graph.
            if power.is_done() || power.sweeps() % 4 == 0 {
                let inflow = data.inflow.as_ref().map(|(_, inflow)| inflow);
                let mut found = Ranking::default();
                power.rank(self.k, inflow, &mut found)?;
                if found.certified || power.is_done() {
                    (self.certified, self.undecided) = (found.certified, found.undecided);
                    rank(&found, output)?;
                    return Ok(Turn::Ready);
                }
            }
            return Ok(Turn::Worked(cost));
        }
        let local = data.local.as_mut().ok_or(Why::NoMatrix.plain())?;
        let Some(found) = self.push.ranking() else {
            let before = self.push.arcs();
            let inflow = if self.wide { data.inflow.as_ref().map(|(_, inflow)| inflow) } else { None };
            let need = self.push.step(local, inflow)?;
            if need == Need::Nothing {
                return Ok(Turn::Worked(self.push.arcs() - before));
            }
            let Some(a) = &data.matrix else { return Ok(Turn::Wants(need)) };
            local.take_from(need, a)?;
            return Ok(Turn::Worked(local.wanted().len() as u64));
        };
        if found.certified || self.local_only {
            (self.certified, self.undecided) = (found.certified, found.undecided);
            rank(found, output)?;
            return Ok(Turn::Ready);
        }
        let Some(a) = &data.matrix else { return Ok(Turn::WantsAll) };
        if self.wide {
            let power = self.power.insert(Power::default());
            power.start(a, self.alpha, self.tolerance)?;
            power.start_from(local, &self.push);
            return Ok(Turn::Worked(a.entries().into()));
        }
        let inflow = match &mut data.inflow {
            Some((alpha, inflow)) if *alpha == self.alpha => inflow,
            slot => {
                let (_, inflow) = slot.insert((self.alpha, Inflow::default()));
                inflow.start(a, self.alpha)?;
                inflow
            }
        };
        if let Some(cost) = inflow.step(a)? {
            return Ok(Turn::Worked(cost));
        }
        self.wide = true;
        // What the sweeps would cost that end it too: measured, pushes win as long as they pass no more.
        let arcs = self.push.arcs() + SWEEPS_AT_LEAST * u64::from(a.entries()) + 1000;
        self.push.widen(local, inflow, arcs, u64::MAX)?;
        Ok(Turn::Worked(1))
    }

    pub(crate) fn summarize(&self, text: &mut Text) {
        text.push_word("method", if self.power.is_some() { "sweeps" } else { "push" });
        text.push_field("work", self.push.arcs());
        push_flag(text, "certified", self.certified);
        push_float(text, "undecided", self.undecided, true);
        text.push_field("iterations", self.power.as_ref().map_or(0, Power::sweeps).into());
        let rest = self.power.as_ref().map_or(self.push.ranking().map_or(0.0, |r| r.rest), Power::rest);
        push_float(text, "residual", rest, true);
    }
}
