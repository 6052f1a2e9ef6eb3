//! A job on matrices: heads, data, work, results; each phase ends where bytes or budget are wanted.

use super::choose::{Chooser, POLICY_BYTES};
use super::files::{Array, Files};
use super::lazy::{Lazy, Side};
use super::load::Load;
use super::operations::SparseOperation as Op;
use super::ppr::Kept;
use super::request::{ROWS, Request, VALUES, X_VALUES};
use super::work::{Data, Desk, Turn, Work};
use crate::columns::{Column, Values};
use crate::directory::{Directory, Segment};
use crate::fault::Status;
use crate::report::{Failed, Report};
use crate::source::Read;
use crate::sparse::limits::{HEADS, PIECE_BYTES};
use crate::sparse::refusal::{Refusal, Why, fill, push};
use crate::sparse::{Local, Need, Trace};
use rvf_format::forever::{POLICY_HEAD_LEN, SPARSE_HEAD_LEN};
use rvf_format::limits::MAX_MATRIX_NAME;
use solver_lists::Vec;

/// Bytes of a head with the longest name.
const HEAD_BYTES: usize = SPARSE_HEAD_LEN + MAX_MATRIX_NAME as usize;
/// Arrays that are loaded as a whole, in this order.
const ARRAYS: [Array; 3] = [Array::B, Array::Matrix, Array::X];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// So many heads were taken, so many are asked for.
    Heads(usize, usize),
    /// So many policies, from the last one, were asked for; the last of them is in the buffer.
    Policy(usize),
    Load,
    Rows,
    Work,
    Emit,
    Done,
}

pub(crate) struct Job {
    phase: Phase,
    buffer: Vec<u8>,
    reads: Vec<Read>,
    /// A bit for each array that is still to load, and the one that is being loaded.
    wanted: u8,
    loading: Option<Array>,
    load: Load,
    lazy: Lazy,
    desk: Desk,
    /// The segment whose graph is kept from the last job.
    kept: Option<u32>,
    work: Work,
    /// The host was offered the trace.
    told: bool,
    /// Where in the file a refusal arose, when that is known at once.
    place: Option<(u32, u64)>,
}

/// The work of passing `entries` entries of 12 bytes.
const fn units(entries: u64) -> u64 {
    entries.saturating_mul(12).div_ceil(1024)
}

impl Job {
    /// A job without parameters. `kept` is what [`Job::keep`] gave at the end of the last job on the same file.
    pub(crate) fn new(operation: Op, kept: Kept) -> Self {
        let Kept { segment, matrix, inflow } = kept;
        let data = Data { matrix, local: None, inflow, b: Side::Constant(1.0), x: Vec::new(), bytes: 0 };
        let (files, trace) = (Files::default(), Trace::default());
        Self {
            phase: Phase::Heads(0, 0),
            buffer: Vec::new(),
            reads: Vec::new(),
            wanted: 0,
            loading: None,
            load: Load::default(),
            lazy: Lazy::new(),
            desk: Desk {
                request: Request::new(operation),
                files,
                data,
                trace,
                output: super::emit::Output::default(),
                chooser: Chooser::default(),
            },
            kept: segment,
            work: Work::default(),
            told: false,
            place: None,
        }
    }

    /// Takes the parameters.
    #[inline(never)]
    pub(crate) fn start(&mut self, request: &[u8], report: &mut Report) -> Result<(), Failed> {
        self.desk.request.parse(request, report)?;
        self.vectors().map_err(|refusal| self.explain(refusal, report))
    }

    /// A graph that the next question may be about too.
    pub(crate) fn keep(&mut self) -> Kept {
        let Desk { request, files, data, .. } = &mut self.desk;
        match &files.matrix {
            Some(file) if request.operation == Op::Ppr && data.matrix.is_some() => Kept {
                segment: Some(file.segment.index),
                matrix: data.matrix.take(),
                inflow: data.inflow.take(),
            },
            _ => Kept::default(),
        }
    }

    /// The vectors in the request. b by rows and values, by all its values, or ones; a stored one
    /// replaces this.
    fn vectors(&mut self) -> Result<(), Refusal> {
        let Desk { request, data, .. } = &mut self.desk;
        data.x = request.floats(X_VALUES)?;
        if request.has(VALUES) {
            let values = request.floats(VALUES)?;
            data.b = if request.has(ROWS) {
                Side::Listed(request.words(ROWS)?, values)
            } else {
                Side::Held(values)
            };
        }
        Ok(())
    }

    pub(crate) fn reads(&self) -> &[Read] {
        &self.reads
    }

    pub(crate) fn buffer_mut(&mut self) -> &mut [u8] {
        &mut self.buffer
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
        match self.advance(directory, budget, report) {
            Ok(status) => {
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
        if let Some(matrix) = &self.desk.files.matrix {
            text.push_field("rows", matrix.head.rows);
            text.push_field("columns", matrix.head.columns);
            text.push_field("entries", matrix.head.entries);
        }
        self.work.summarize(&self.desk, text);
        text.push("}");
    }

    /// Writes the sentence of a refusal, with the place in the file where there is one.
    #[cold]
    #[inline(never)]
    fn explain(&self, refusal: Refusal, report: &mut Report) -> Failed {
        if refusal.is(Why::Told) {
            return Failed;
        }
        let mut place = self.place;
        let (mut a, mut b) = (refusal.number(), refusal.other());
        if let Some(file) = &self.desk.files.matrix {
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

    /// Asks for bytes into the buffer.
    #[inline(never)]
    fn ask(&mut self, segment: Segment, offset: u64, len: usize, to: usize) -> Result<(), Refusal> {
        if offset.checked_add(len as u64).is_none_or(|end| end > segment.len) {
            self.place = Some((segment.index, offset));
            return Err(Why::Ends.plain());
        }
        // Only wasm has addresses; the buffer stays where it is until the next step.
        let base = if cfg!(target_arch = "wasm32") { self.buffer.as_ptr() as usize as u32 } else { 0 };
        let dst = base.wrapping_add(to as u32);
        push(&mut self.reads, Read { segment: segment.index, dst, offset, len: len as u32, zero: 0 })
    }

    #[inline(never)]
    fn fit_buffer(&mut self, len: usize) -> Result<(), Refusal> {
        if self.buffer.len() < len { fill(&mut self.buffer, 0, len) } else { Ok(()) }
    }

    fn advance(
        &mut self,
        directory: &Directory,
        budget: u32,
        report: &mut Report,
    ) -> Result<Status, Refusal> {
        self.reads.clear();
        if core::mem::take(&mut self.told) {
            self.desk.trace.clear();
        }
        let mut used = 0;
        loop {
            let waits = match self.phase {
                Phase::Heads(taken, asked) => self.heads(directory, taken, asked, report)?,
                Phase::Policy(asked) => self.policy(directory, asked)?,
                Phase::Load => self.load()?,
                Phase::Rows => self.rows()?,
                Phase::Work => {
                    if budget != 0 && used >= budget.into() {
                        self.told = true;
                        return Ok(Status::Budget);
                    }
                    used += self.work()?;
                    false
                }
                Phase::Emit => {
                    if !self.desk.output.advance(self.desk.request.operation)? {
                        return Ok(Status::Rows);
                    }
                    self.phase = Phase::Done;
                    false
                }
                Phase::Done => return Ok(Status::Done),
            };
            if waits {
                return Ok(Status::Reads);
            }
        }
    }

    /// Takes the heads asked for and asks for the next ones; true when there are any.
    fn heads(
        &mut self,
        directory: &Directory,
        taken: usize,
        asked: usize,
        report: &mut Report,
    ) -> Result<bool, Refusal> {
        let (_, rest) = directory.sparse.split_at_checked(taken).unwrap_or_default();
        let (here, rest) = rest.split_at_checked(asked).unwrap_or_default();
        for (segment, bytes) in here.iter().zip(self.buffer.chunks_exact(HEAD_BYTES)) {
            let len = segment.len.min(HEAD_BYTES as u64) as usize;
            let bytes = bytes.get(..len).unwrap_or_default();
            self.desk.files.offer(&self.desk.request, *segment, bytes, report)?;
        }
        let count = rest.len().min(HEADS);
        if count == 0 {
            return self.policy(directory, 0);
        }
        self.fit_buffer(count * HEAD_BYTES)?;
        for (place, segment) in rest.iter().take(count).enumerate() {
            self.ask(*segment, 0, segment.len.min(HEAD_BYTES as u64) as usize, place * HEAD_BYTES)?;
        }
        self.phase = Phase::Heads(taken + asked, count);
        Ok(true)
    }

    /// Looks for what was learned of methods, the newest first; true when bytes are wanted.
    fn policy(&mut self, directory: &Directory, mut asked: usize) -> Result<bool, Refusal> {
        let mut found = !Chooser::wants_policy(&self.desk.request);
        let of = |asked: usize| directory.policies().iter().rev().nth(asked).copied();
        if let Some(segment) = asked.checked_sub(1).and_then(of) {
            let len = segment.len.min(POLICY_BYTES as u64) as usize;
            self.place = Some((segment.index, POLICY_HEAD_LEN as u64));
            found = self.desk.chooser.offer(self.buffer.get(..len).unwrap_or_default())?;
            self.place = None;
        }
        while let (false, Some(segment)) = (found, of(asked)) {
            asked += 1;
            // A longer one is none of methods.
            if segment.len <= POLICY_BYTES as u64 {
                self.fit_buffer(POLICY_BYTES)?;
                self.ask(segment, 0, segment.len as usize, 0)?;
                self.phase = Phase::Policy(asked);
                return Ok(true);
            }
        }
        self.plan().map(|()| false)
    }

    /// Says what is loaded before the work starts.
    fn plan(&mut self) -> Result<(), Refusal> {
        let Desk { request, files, data, .. } = &mut self.desk;
        files.check(request)?;
        if let Some(b) = &files.b {
            data.b = Side::Stored(*b);
        }
        if files.x.is_some() {
            self.wanted = Array::X as u8;
        }
        // What is of another matrix, or for another operation, goes before anything is loaded.
        let graph = request.operation == Op::Ppr;
        if self.kept.is_some()
            && (!graph || self.kept != files.matrix.as_ref().map(|file| file.segment.index))
        {
            (data.matrix, data.inflow) = (None, None);
        }
        if request.is_local() {
            let file = files.matrix()?;
            let square = !matches!(request.operation, Op::Degree | Op::Neighbors);
            if square && file.head.rows != file.head.columns {
                return Err(Why::NotSquare.plain());
            }
            if let Side::Stored(b) = &data.b
                && b.head.entries != file.head.rows
            {
                return Err(Why::Length.at(file.head.rows));
            }
            let nodes = file.rows()?.max(file.columns()?);
            data.local.insert(Local::default()).start(nodes, graph)?;
        } else {
            self.want_all();
        }
        self.phase = Phase::Load;
        Ok(())
    }

    /// The whole matrix, and b where it is stored.
    fn want_all(&mut self) {
        let files = &self.desk.files;
        let matrix = if files.matrix.is_some() { Array::Matrix as u8 } else { 0 };
        let b = if files.b.is_some() { Array::B as u8 } else { 0 };
        self.wanted |= matrix | b;
    }

    /// Goes on with the loads; true when bytes are wanted.
    fn load(&mut self) -> Result<bool, Refusal> {
        // Not for rows read one by one: to fill so much takes as long as a quarter of an answer.
        if self.loading.is_some() || self.wanted != 0 {
            self.fit_buffer(PIECE_BYTES)?;
        }
        loop {
            let Desk { files, data, .. } = &mut self.desk;
            if let Some(array) = self.loading
                && let Some(file) = files.of(array)
            {
                if let Some(piece) = self.load.advance(file, &self.buffer)? {
                    let segment = file.segment;
                    self.ask(segment, piece.offset, piece.len, 0)?;
                    return Ok(true);
                }
                if array == Array::Matrix {
                    data.matrix = Some(self.load.matrix(file)?);
                } else {
                    self.place = Some((file.segment.index, file.head.arrays.values));
                    let values = self.load.values()?;
                    self.place = None;
                    if array == Array::B { data.b = Side::Held(values) } else { data.x = values }
                }
            }
            self.loading = ARRAYS.into_iter().find(|array| self.wanted & *array as u8 != 0);
            let Some(array) = self.loading else {
                self.buffer = Vec::new();
                self.phase = Phase::Work;
                return Ok(false);
            };
            self.wanted &= !(array as u8);
            if let Some(file) = files.of(array) {
                self.load.start(file, array == Array::Matrix)?;
            }
        }
    }

    /// Takes rows and asks for more of them; true when bytes are wanted.
    fn rows(&mut self) -> Result<bool, Refusal> {
        let Desk { files, data, .. } = &mut self.desk;
        let file = files.matrix()?;
        if let Some(local) = &mut data.local {
            self.lazy.take(&self.buffer, file, &data.b, local)?;
            let (wanted, bytes) = self.lazy.ask(file, &data.b, local)?;
            data.bytes = self.lazy.bytes();
            self.fit_buffer(bytes)?;
            for read in &wanted {
                self.ask(read.segment, read.offset, read.len, read.to)?;
            }
            if !self.reads.is_empty() {
                return Ok(true);
            }
            if self.lazy.is_waiting() {
                // Empty rows need no bytes.
                return Ok(false);
            }
        }
        self.phase = Phase::Work;
        Ok(false)
    }

    /// One piece of work; its units.
    fn work(&mut self) -> Result<u64, Refusal> {
        match self.work.step(&mut self.desk)? {
            Turn::Worked(entries) => {
                let units = units(entries);
                self.desk.chooser.spend(units);
                if self.desk.chooser.is_over() {
                    self.work.give_up(&mut self.desk)?;
                }
                return Ok(units);
            }
            Turn::Wants(need) => {
                if let (Some(local), true) = (&self.desk.data.local, need != Need::Nothing) {
                    self.lazy.want(need, local)?;
                    self.phase = Phase::Rows;
                }
            }
            Turn::WantsAll => {
                // To read it is a pass too.
                let entries = self.desk.files.matrix()?.head.entries;
                self.desk.chooser.spend(units(entries));
                self.want_all();
                self.phase = Phase::Load;
            }
            Turn::Ready => self.phase = Phase::Emit,
        }
        Ok(1)
    }
}
