//! A job on matrices: heads, data, work, results; each phase ends where bytes or budget are wanted.

use super::asks::Asks;
use super::choose::{Chooser, POLICY_BYTES};
use super::data::Side;
use super::files::{B, MATRIX, X};
use super::lazy::Lazy;
use super::load::Load;
use super::operations::SparseOperation as Op;
use super::request::{ROWS, VALUES, X_VALUES};
use super::work::{Desk, Turn};
use crate::columns::{Column, Values};
use crate::directory::Directory;
use crate::fault::Status;
use crate::report::{Failed, Report};
use crate::source::Read;
use crate::sparse::limits::{HEADS, LOADED_ENTRY};
use crate::sparse::refusal::{Refusal, Why};
use rvf_format::forever::{POLICY_HEAD_LEN, SPARSE_HEAD_LEN};
use rvf_format::limits::MAX_MATRIX_NAME;

/// Bytes of a head with the longest name.
const HEAD_BYTES: u64 = SPARSE_HEAD_LEN as u64 + MAX_MATRIX_NAME as u64;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Heads,
    /// So many policies, from the last one, were looked at; the last of them is in the buffer.
    Policy,
    Load,
    Rows,
    Work,
    Emit,
    Done,
}
solver_lists::blank!(enum Phase = Heads);

/// A job, and the graph that the next one may be about too.
pub(crate) struct Job {
    phase: Phase,
    /// Heads or policies that were taken in, and those that were asked for.
    taken: usize,
    asked: usize,
    asks: Asks,
    load: Load,
    lazy: Lazy,
    desk: Desk,
    /// The host was offered the trace.
    told: bool,
}
solver_lists::blank!(Job { phase, taken, asked, asks, load, lazy, desk, told });

/// The work of passing `entries` entries of 12 bytes.
const fn units(entries: u64) -> u64 {
    entries.saturating_mul(12).div_ceil(1024)
}

impl Job {
    /// Takes the parameters.
    #[inline(never)]
    pub(crate) fn start(&mut self, operation: Op, request: &[u8], report: &mut Report) -> Result<(), Failed> {
        self.desk.request.operation = operation;
        self.desk.request.parse(request, report)?;
        self.vectors().map_err(|refusal| self.explain(refusal, report))
    }

    /// Ends the job. What it had in memory of a graph stays, if the next one can be about it too.
    pub(crate) fn end(&mut self) {
        let graph = &self.desk.graph;
        if graph.is_loaded && graph.kept.is_some() {
            solver_lists::reset_but(self, |job| &mut job.desk.graph);
        } else {
            solver_lists::reset(self);
        }
    }

    /// The vectors in the request. b by rows and values, by all its values, or ones; a stored one
    /// replaces this.
    fn vectors(&mut self) -> Result<(), Refusal> {
        let Desk { request, data, .. } = &mut self.desk;
        request.floats(X_VALUES, &mut data.x)?;
        request.floats(VALUES, &mut data.b)?;
        request.words(ROWS, &mut data.rows)?;
        if request.has(VALUES) {
            data.side = if request.has(ROWS) { Side::Listed } else { Side::Held };
        }
        Ok(())
    }

    pub(crate) fn reads(&self) -> &[Read] {
        &self.asks.reads
    }

    pub(crate) fn buffer_mut(&mut self) -> &mut [u8] {
        &mut self.asks.buffer
    }

    /// Column `number`, after a part or at the end.
    pub(crate) fn column(&self, number: usize) -> Option<Column<'_>> {
        self.desk.output.column(self.desk.request.operation, number)
    }

    /// What happened since the last stop for the budget: iterations and residuals.
    pub(crate) fn progress(&self, number: usize) -> Option<Column<'_>> {
        let trace = &self.desk.trace;
        match number {
            0 => Some(Column::new("iteration", Values::U32(&trace.iterations))),
            1 => Some(Column::new("residual", Values::F64(&trace.residuals))),
            _ => None,
        }
    }

    /// Goes on until bytes are wanted, a part of the result is there or `budget` units are used up. At
    /// the end the report has the summary.
    #[inline(never)]
    pub(crate) fn step(
        &mut self,
        directory: &Directory,
        budget: u32,
        report: &mut Report,
    ) -> Result<Status, Failed> {
        let mut status = Status::Done;
        match self.advance(directory, budget, report, &mut status) {
            Ok(()) => {
                if status == Status::Done {
                    self.summarize(report);
                }
                Ok(status)
            }
            Err(refusal) => Err(self.explain(refusal, report)),
        }
    }

    fn summarize(&self, report: &mut Report) {
        let text = &mut report.text;
        text.clear();
        text.push("{\"op\":\"");
        text.push(self.desk.request.operation.name());
        text.push("\"");
        if let Some(matrix) = self.desk.files.matrix() {
            text.push_field("rows", matrix.head.rows);
            text.push_field("columns", matrix.head.columns);
            text.push_field("entries", matrix.head.entries);
        }
        self.desk.summarize(text);
        text.push("}");
    }

    /// Writes the sentence of a refusal, with the place in the file where there is one.
    #[cold]
    #[inline(never)]
    fn explain(&self, refusal: Refusal, report: &mut Report) -> Failed {
        if refusal.is(Why::Told) {
            return Failed;
        }
        let (mut a, mut b) = (refusal.number(), refusal.other());
        let files = &self.desk.files;
        let mut place = None;
        let (segment, offset) = self.asks.last;
        if refusal.is(Why::Ends) {
            place = Some((segment, offset));
        } else if self.phase == Phase::Policy {
            place = Some((segment, POLICY_HEAD_LEN as u64));
        } else if let (true, Some(file)) = (refusal.is(Why::Dense), files.of(self.load.at)) {
            place = Some((file.segment.index, file.head.arrays.values));
        } else if let Some(file) = files.matrix() {
            let (arrays, (index, value)) = (&file.head.arrays, file.widths());
            let mut at = |base: u64, number: u64, width: u64| {
                place = Some((file.segment.index, base.saturating_add(number.saturating_mul(width))));
            };
            if refusal.is(Why::Offsets) {
                at(arrays.offsets, a, 8);
            } else if refusal.is(Why::Column) {
                at(arrays.columns, b, index);
            } else if refusal.is(Why::Value) {
                at(arrays.values, b, value);
            } else if refusal.is(Why::FalseClaim) {
                at(92, 0, 0);
            } else if refusal.is(Why::NotSquare) {
                (a, b) = (file.head.rows, file.head.columns);
            } else if refusal.is(Why::NoRow) {
                b = file.head.rows;
            }
        }
        let failed = report.fail_line("", refusal.line(), a, b);
        if let Some((segment, offset)) = place {
            report.place(segment, offset);
        }
        failed
    }

    fn advance(
        &mut self,
        directory: &Directory,
        budget: u32,
        report: &mut Report,
        status: &mut Status,
    ) -> Result<(), Refusal> {
        self.asks.clear();
        if core::mem::take(&mut self.told) {
            self.desk.trace.clear();
        }
        let mut used = 0;
        loop {
            match self.phase {
                Phase::Heads => self.heads(directory, report)?,
                Phase::Policy => self.policy(directory)?,
                Phase::Load => self.load()?,
                Phase::Rows => self.rows()?,
                Phase::Work => {
                    if budget != 0 && used >= budget.into() {
                        self.told = true;
                        *status = Status::Budget;
                        return Ok(());
                    }
                    self.work()?;
                    used += self.desk.cost;
                }
                Phase::Emit => {
                    self.desk.output.advance(self.desk.request.operation)?;
                    if !self.desk.output.is_last() {
                        *status = Status::Rows;
                        return Ok(());
                    }
                    self.phase = Phase::Done;
                }
                Phase::Done => return Ok(()),
            }
            if !self.asks.reads.is_empty() {
                *status = Status::Reads;
                return self.asks.place();
            }
        }
    }

    /// Takes the heads asked for and asks for the next ones.
    fn heads(&mut self, directory: &Directory, report: &mut Report) -> Result<(), Refusal> {
        let Self { desk, asks, .. } = self;
        let segments = |from: usize| directory.sparse.get(from..).unwrap_or_default();
        let mut place = 0;
        for segment in segments(self.taken).iter().take(self.asked) {
            let bytes = asks.take(&mut place, segment.len.min(HEAD_BYTES) as usize);
            desk.files.offer(&desk.request, *segment, bytes, report)?;
        }
        self.taken += self.asked;
        self.asked = 0;
        for segment in segments(self.taken).iter().take(HEADS) {
            self.asked += 1;
            asks.ask(*segment, 0, segment.len.min(HEAD_BYTES) as usize)?;
        }
        if self.asked == 0 {
            self.taken = 0;
            self.phase = Phase::Policy;
        }
        Ok(())
    }

    /// Looks for what was learned of methods, the newest first.
    fn policy(&mut self, directory: &Directory) -> Result<(), Refusal> {
        let Self { desk, asks, .. } = self;
        let left = directory.policies().iter().rev().skip(self.taken);
        let offered = core::mem::take(&mut self.asked);
        let found = offered > 0 && desk.chooser.offer(asks.take(&mut 0, offered))?;
        if Chooser::wants_policy(&desk.request) && !found {
            for segment in left {
                self.taken += 1;
                // A longer one is none of methods.
                if segment.len <= POLICY_BYTES as u64 {
                    self.asked = segment.len as usize;
                    return asks.ask(*segment, 0, self.asked);
                }
            }
        }
        self.phase = Phase::Load;
        self.plan()
    }

    /// Says what is loaded before the work starts.
    fn plan(&mut self) -> Result<(), Refusal> {
        let Self { desk: Desk { request, files, graph, data, .. }, load, .. } = self;
        files.check(request)?;
        load.want(X);
        // What is of another matrix, or for another operation, goes before anything is loaded.
        let ppr = request.operation == Op::Ppr;
        let kept = files.matrix().filter(|_| ppr).map(|file| file.segment.index);
        if graph.kept.is_some() && graph.kept != kept {
            solver_lists::reset(graph);
        }
        graph.kept = kept;
        let Some(file) = files.matrix() else {
            load.want(B);
            return Ok(());
        };
        if !request.is_local() {
            load.want(B);
            load.want(MATRIX);
            return Ok(());
        }
        let (rows, columns) = (file.head.rows, file.head.columns);
        if rows != columns && !matches!(request.operation, Op::Degree | Op::Neighbors) {
            return Err(Why::NotSquare.plain());
        }
        if let Some(b) = files.of(B) {
            data.side = Side::Stored;
            if b.head.entries != rows {
                return Err(Why::Length.at(rows));
            }
        }
        let most = rows.max(columns);
        if most >= u32::MAX.into() {
            return Err(Why::TooLarge.at(most));
        }
        data.local.start(most as u32, ppr)
    }

    /// Goes on with the loads.
    fn load(&mut self) -> Result<(), Refusal> {
        let Self { desk: Desk { files, graph, data, .. }, load, asks, .. } = self;
        load.advance(files, asks, graph, data)?;
        if asks.reads.is_empty() {
            self.phase = Phase::Work;
        }
        Ok(())
    }

    /// Takes rows and asks for more of them.
    fn rows(&mut self) -> Result<(), Refusal> {
        let Self { desk: Desk { files, data, .. }, lazy, asks, .. } = self;
        let Some(file) = files.matrix() else { return Ok(()) };
        lazy.take(file, files, asks, data)?;
        lazy.ask(file, files, asks, data)?;
        // Empty rows need no bytes.
        if asks.reads.is_empty() && lazy.is_done(data) {
            self.phase = Phase::Work;
        }
        Ok(())
    }

    /// One piece of work, whose cost becomes one in units.
    fn work(&mut self) -> Result<(), Refusal> {
        let Self { desk, load, lazy, .. } = self;
        desk.step()?;
        let mut units = units(desk.cost);
        match desk.turn {
            Turn::Worked => {
                desk.chooser.spend(units);
                if desk.chooser.is_over() {
                    desk.give_up()?;
                }
            }
            Turn::Rows => {
                lazy.start();
                self.phase = Phase::Rows;
                units = 1;
            }
            Turn::All => {
                let entries = desk.files.matrix().map_or(0, |file| file.head.entries);
                desk.chooser.charge(LOADED_ENTRY * entries);
                load.want(B);
                load.want(MATRIX);
                self.phase = Phase::Load;
                units = 1;
            }
            Turn::Ready => {
                self.phase = Phase::Emit;
                units = 1;
            }
        }
        desk.cost = units;
        Ok(())
    }
}
