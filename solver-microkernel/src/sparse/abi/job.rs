//! A job on matrices: heads, data, work, results; each phase ends where bytes or budget are wanted.

use super::emit::Output;
use super::fault::fault;
use super::files::Files;
use super::lazy::{Lazy, Side};
use super::load::Load;
use super::ppr::Kept;
use super::request::{Request, SparseOperation as Op};
use super::work::{Data, Trace, Turn, Work};
use crate::columns::{Column, Values};
use crate::directory::{Directory, Segment};
use crate::fault::{Fault, Result, Status};
use crate::limits::COLUMNS;
use crate::memory::{push, zeroed};
use crate::source::Read;
use crate::sparse::limits::{HEADS, PIECE_BYTES};
use crate::sparse::{Local, Need};
use crate::text::Text;
use alloc::vec::Vec;
use rvf_format::forever::SPARSE_HEAD_LEN;
use rvf_format::limits::MAX_MATRIX_NAME;

/// Bytes of a head with the longest name.
const HEAD_BYTES: usize = SPARSE_HEAD_LEN + MAX_MATRIX_NAME as usize;

/// An array that is loaded as a whole.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Matrix,
    B,
    X,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// So many heads were taken, so many are asked for.
    Heads(usize, usize),
    Load,
    Rows,
    Work,
    Emit,
    Done,
}

pub(crate) struct Job {
    request: Request,
    phase: Phase,
    buffer: Vec<u8>,
    reads: Vec<Read>,
    files: Files,
    /// What is still to load, last first, and what is being loaded.
    targets: Vec<Target>,
    load: Option<(Target, Load)>,
    lazy: Lazy,
    data: Data,
    kept: Option<Kept>,
    work: Option<Work>,
    output: Output,
    trace: Trace,
    /// The host was offered the trace.
    told: bool,
}

/// The work of passing `entries` entries of 12 bytes.
const fn units(entries: u64) -> u64 {
    entries.saturating_mul(12).div_ceil(1024)
}

impl Job {
    /// `kept` is what [`Job::keep`] gave at the end of the last job on the same file.
    pub(crate) fn new(mut request: Request, kept: Option<Kept>) -> Self {
        // b by rows and values, by all its values, or ones; a stored one replaces this.
        let b = match (request.rows.take(), request.values.take()) {
            (Some(rows), Some(values)) => Side::Listed(rows, values),
            (_, Some(values)) => Side::Held(values),
            _ => Side::Constant(1.0),
        };
        let x = request.x_values.take().unwrap_or_default();
        Self {
            request,
            phase: Phase::Heads(0, 0),
            buffer: Vec::new(),
            reads: Vec::new(),
            files: Files::default(),
            targets: Vec::new(),
            load: None,
            lazy: Lazy::new(),
            data: Data { matrix: None, local: None, inflow: None, b, x, bytes: 0 },
            kept,
            work: None,
            output: Output::default(),
            trace: Trace::default(),
            told: false,
        }
    }

    /// A graph that the next question may be about too.
    pub(crate) fn keep(self) -> Option<Kept> {
        let segment = self.files.matrix.filter(|_| self.request.operation == Op::Ppr)?.segment.index;
        Some(Kept { segment, matrix: self.data.matrix?, inflow: self.data.inflow })
    }

    pub(crate) fn reads(&self) -> &[Read] {
        &self.reads
    }

    pub(crate) fn buffer_mut(&mut self) -> &mut [u8] {
        &mut self.buffer
    }

    /// The columns, after a part or at the end.
    pub(crate) fn columns(&self) -> [Option<Column<'_>>; COLUMNS] {
        self.output.columns(self.request.operation)
    }

    /// What happened since the last stop for the budget: iterations and residuals.
    pub(crate) fn progress(&self) -> [Column<'_>; 2] {
        [
            Column::new("iteration", Values::U32(&self.trace.iterations)),
            Column::new("residual", Values::F64(&self.trace.residuals)),
        ]
    }

    pub(crate) fn summarize(&self, text: &mut Text) {
        text.clear();
        text.push("{\"op\":\"");
        text.push(self.request.operation.name());
        text.push("\"");
        if let Some(matrix) = &self.files.matrix {
            text.push_field("rows", matrix.head.rows);
            text.push_field("columns", matrix.head.columns);
            text.push_field("entries", matrix.head.entries);
        }
        if let Some(work) = &self.work {
            work.summarize(&self.request, &self.data, text);
        }
        text.push("}");
    }

    const fn needs_matrix(&self) -> bool {
        !matches!(self.request.operation, Op::Relu | Op::Gelu | Op::Axpy | Op::Popcount | Op::Xor)
    }

    /// Asks for bytes into the buffer.
    fn ask(&mut self, segment: Segment, offset: u64, len: usize, to: usize) -> Result<()> {
        let fits = to.checked_add(len).is_some_and(|end| end <= self.buffer.len());
        let (Ok(len), Ok(to), true) = (u32::try_from(len), u32::try_from(to), fits) else {
            return Err(Fault::memory(len));
        };
        if offset.checked_add(len.into()).is_none_or(|end| end > segment.len) {
            let words = "the segment ends before the bytes that it says it has";
            return Err(Fault::plain(Status::Data, words).at(segment.index, offset));
        }
        // Only wasm has addresses; the buffer stays where it is until the next step.
        let base = if cfg!(target_arch = "wasm32") { self.buffer.as_ptr() as usize as u32 } else { 0 };
        push(
            &mut self.reads,
            Read { segment: segment.index, dst: base.wrapping_add(to), offset, len, zero: 0 },
        )
    }

    fn fit_buffer(&mut self, len: usize) -> Result<()> {
        if self.buffer.len() < len {
            self.buffer = Vec::new();
            self.buffer = zeroed(len)?;
        }
        Ok(())
    }

    /// Goes on until bytes are wanted, a part of the result is there or `budget` units are used up.
    pub(crate) fn step(&mut self, directory: &Directory, budget: u32) -> Result<Status> {
        self.reads.clear();
        if core::mem::take(&mut self.told) {
            self.trace.clear();
        }
        let mut used = 0;
        loop {
            match self.phase {
                Phase::Heads(taken, asked) => {
                    if self.heads(directory, taken, asked)? {
                        return Ok(Status::Reads);
                    }
                }
                Phase::Load => {
                    if self.load()? {
                        return Ok(Status::Reads);
                    }
                }
                Phase::Rows => {
                    if self.rows()? {
                        return Ok(Status::Reads);
                    }
                }
                Phase::Work => {
                    if budget != 0 && used >= budget.into() {
                        self.told = true;
                        return Ok(Status::Budget);
                    }
                    used += self.work()?;
                }
                Phase::Emit => {
                    if self.output.advance(self.request.operation)? {
                        self.phase = Phase::Done;
                        return Ok(Status::Done);
                    }
                    return Ok(Status::Rows);
                }
                Phase::Done => return Ok(Status::Done),
            }
        }
    }

    /// Takes the heads asked for and asks for the next ones; true when there are any.
    fn heads(&mut self, directory: &Directory, taken: usize, asked: usize) -> Result<bool> {
        for (segment, bytes) in
            directory.sparse.iter().skip(taken).take(asked).zip(self.buffer.chunks_exact(HEAD_BYTES))
        {
            let len = segment.len.min(HEAD_BYTES as u64) as usize;
            self.files.offer(&self.request, *segment, bytes.get(..len).unwrap_or_default())?;
        }
        let taken = taken + asked;
        let count = directory.sparse.len().saturating_sub(taken).min(HEADS);
        if count > 0 {
            self.fit_buffer(count * HEAD_BYTES)?;
            for (place, segment) in directory.sparse.iter().skip(taken).take(count).enumerate() {
                self.ask(*segment, 0, segment.len.min(HEAD_BYTES as u64) as usize, place * HEAD_BYTES)?;
            }
            self.phase = Phase::Heads(taken, count);
            return Ok(true);
        }
        self.plan()?;
        Ok(false)
    }

    /// Says what is loaded before the work starts.
    fn plan(&mut self) -> Result<()> {
        let needs_matrix = self.needs_matrix();
        self.files.check(&self.request, needs_matrix)?;
        if !needs_matrix {
            self.files.matrix = None;
        }
        if let Some(b) = &self.files.b {
            self.data.b = Side::Stored(*b);
        }
        if self.files.x.is_some() {
            push(&mut self.targets, Target::X)?;
        }
        // What is of another matrix, or for another operation, goes before anything is loaded.
        let kept = self.kept.take();
        if Work::is_local(&self.request) {
            let file = self.files.matrix()?;
            let square = !matches!(self.request.operation, Op::Degree | Op::Neighbors);
            if square && file.head.rows != file.head.columns {
                let (rows, columns) = (file.head.rows, file.head.columns);
                return Err(fault(crate::sparse::Refusal::NotSquare { rows, columns }, None));
            }
            if let Side::Stored(b) = &self.data.b
                && b.head.entries != file.head.rows
            {
                let (expected, got) = (file.head.rows, b.head.entries);
                return Err(fault(crate::sparse::Refusal::Length { expected, got }, None));
            }
            let graph = self.request.operation == Op::Ppr;
            if let Some(kept) = kept.filter(|kept| graph && kept.segment == file.segment.index) {
                (self.data.matrix, self.data.inflow) = (Some(kept.matrix), kept.inflow);
            }
            let nodes = file.rows()?.max(file.columns()?);
            self.data.local = Some(Local::new(nodes, graph).map_err(|e| fault(e, None))?);
        } else {
            self.want_all()?;
        }
        self.phase = Phase::Load;
        Ok(())
    }

    /// The whole matrix, and b where it is stored.
    fn want_all(&mut self) -> Result<()> {
        if self.needs_matrix() {
            push(&mut self.targets, Target::Matrix)?;
        }
        if self.files.b.is_some() {
            push(&mut self.targets, Target::B)?;
        }
        Ok(())
    }

    /// Goes on with the loads; true when bytes are wanted.
    fn load(&mut self) -> Result<bool> {
        self.fit_buffer(PIECE_BYTES)?;
        loop {
            let Some((target, mut load)) = self.load.take() else {
                let Some(target) = self.targets.pop() else {
                    self.buffer = Vec::new();
                    self.phase = Phase::Work;
                    return Ok(false);
                };
                let file = match target {
                    Target::Matrix => Some(*self.files.matrix()?),
                    Target::B => self.files.b,
                    Target::X => self.files.x,
                };
                let Some(file) = file else { continue };
                let load = if target == Target::Matrix { Load::matrix(&file)? } else { Load::dense(&file)? };
                self.load = Some((target, load));
                continue;
            };
            if let Some(piece) = load.advance(&self.buffer)? {
                let segment = load.segment();
                self.load = Some((target, load));
                self.ask(segment, piece.offset, piece.len, 0)?;
                return Ok(true);
            }
            match target {
                Target::Matrix => self.data.matrix = Some(load.into_matrix()?),
                Target::B => self.data.b = Side::Held(load.into_values()?),
                Target::X => self.data.x = load.into_values()?,
            }
        }
    }

    /// Takes rows and asks for more of them; true when bytes are wanted.
    fn rows(&mut self) -> Result<bool> {
        let file = *self.files.matrix()?;
        if let Some(local) = &mut self.data.local {
            self.lazy.take(&self.buffer, &file, &self.data.b, local)?;
            let (wanted, bytes) = self.lazy.ask(&file, &self.data.b, local)?;
            self.data.bytes = self.lazy.bytes();
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
    fn work(&mut self) -> Result<u64> {
        let file = self.files.matrix.as_ref();
        let work = match &mut self.work {
            Some(work) => work,
            slot => slot.insert(Work::start(&self.request, file, &mut self.data)?),
        };
        match work.step(&self.request, file, &mut self.data, &mut self.trace, &mut self.output)? {
            Turn::Worked(entries) => return Ok(units(entries)),
            Turn::Wants(need) => {
                if let (Some(local), true) = (&self.data.local, need != Need::Nothing) {
                    self.lazy.want(need, local)?;
                    self.phase = Phase::Rows;
                }
            }
            Turn::WantsAll => {
                self.want_all()?;
                self.phase = Phase::Load;
            }
            Turn::Ready => self.phase = Phase::Emit,
        }
        Ok(1)
    }
}
