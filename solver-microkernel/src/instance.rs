//! One solver instance: the whole contract over ordinary memory, for native use and for the exports.

use crate::columns::Column;
use crate::directory::Directory;
use crate::fault::Status;
use crate::job::Job;
use crate::limits::COLUMNS;
use crate::report::{Report, Result};
use crate::sentence::Sentence;
use crate::source::Read;
#[cfg(feature = "sparse")]
use crate::sparse::SparseOperation;
use solver_lists::{blank, reset};

/// An instance. Call [`open`](Self::open), then [`begin`](Self::begin), then
/// [`step`](Self::step) until it returns [`Status::Done`] or a fault.
///
/// [`crate::native::run`] is the loop around it for files in memory.
pub struct Instance {
    directory: Option<Directory>,
    /// What is at work.
    work: Work,
    vectors: Job,
    #[cfg(feature = "sparse")]
    sparse: crate::sparse::abi::Job,
    /// The fault that ended the last call, which stays until the next `open` or `begin`; or the summary.
    report: Report,
}

/// The kind of the job.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    None,
    Vectors,
    #[cfg(feature = "sparse")]
    Sparse,
}

impl Default for Instance {
    fn default() -> Self {
        Self::new()
    }
}

impl Instance {
    /// An instance without a file.
    #[must_use]
    pub fn new() -> Self {
        Self {
            directory: None,
            work: Work::None,
            vectors: blank(),
            #[cfg(feature = "sparse")]
            sparse: blank(),
            report: Report::new(),
        }
    }

    /// The one place where a job ends: to free what it holds takes code.
    #[inline(never)]
    fn drop_job(&mut self) {
        self.work = Work::None;
        reset(&mut self.vectors);
        #[cfg(feature = "sparse")]
        reset(&mut self.sparse);
    }

    /// Frees everything that the instance holds; it is as new then.
    pub fn close(&mut self) {
        self.clear();
        self.directory = None;
    }

    #[inline(never)]
    fn clear(&mut self) {
        self.drop_job();
        self.report.clear();
    }

    /// The status of a call; a job that failed is dropped.
    #[inline(never)]
    fn settle(&mut self, result: Result<Status>) -> Status {
        result.unwrap_or_else(|_| {
            self.drop_job();
            self.report.status()
        })
    }

    /// Stands for an `open` or `begin` whose bytes could not be had: they lie outside the memory
    /// ([`Status::Request`]) or there is no room for a copy ([`Status::Memory`]).
    pub fn refuse(&mut self, status: Status) -> Status {
        self.clear();
        self.report.plain(if status == Status::Memory { Sentence::Copy } else { Sentence::Pointer });
        status
    }

    /// Takes a segment directory ([`crate::directory::record`] makes its records).
    #[inline(never)]
    pub fn open(&mut self, directory: &[u8]) -> Status {
        self.close();
        self.directory = Directory::parse(directory, &mut self.report).ok();
        self.report.status()
    }

    /// Takes a request; a job that is not finished is dropped.
    #[inline(never)]
    pub fn begin(&mut self, request: &[u8]) -> Status {
        self.report.clear();
        let result = self.start(request);
        self.settle(result)
    }

    /// Starts the job of a request, which may go on with what the last job, gone now, had in memory.
    fn start(&mut self, request: &[u8]) -> Result<Status> {
        #[cfg(feature = "sparse")]
        if let (Some(operation), true) = (SparseOperation::of(request), self.directory.is_some()) {
            self.work = Work::Sparse;
            self.sparse.end();
            reset(&mut self.vectors);
            self.sparse.start(operation, request, &mut self.report)?;
            return Ok(Status::Done);
        }
        self.drop_job();
        if self.directory.is_none() {
            return Err(self.report.plain(Sentence::BeginFirst));
        }
        self.work = Work::Vectors;
        self.vectors.request.parse(request, &mut self.report)?;
        Ok(Status::Done)
    }

    /// Goes on with the job. After [`Status::Reads`] all reads must have been served.
    #[inline(never)]
    pub fn step(&mut self, budget: u32) -> Status {
        if self.report.status().is_fault() {
            return self.report.status();
        }
        let report = &mut self.report;
        let result = match (self.work, &mut self.directory) {
            #[cfg(feature = "sparse")]
            (Work::Sparse, Some(directory)) => self.sparse.step(directory, budget, report),
            (Work::Vectors, Some(directory)) => self.vectors.step(directory, budget, report),
            _ => Err(report.plain(Sentence::StepFirst)),
        };
        self.settle(result)
    }

    /// The bytes wanted, after [`Status::Reads`].
    #[must_use]
    pub fn reads(&self) -> &[Read] {
        match self.work {
            #[cfg(feature = "sparse")]
            Work::Sparse => self.sparse.reads(),
            _ => &self.vectors.source.reads,
        }
    }

    /// The buffer that the reads go to (outside wasm, [`Read::dst`] is an offset in it).
    pub fn buffer_mut(&mut self) -> &mut [u8] {
        match self.work {
            #[cfg(feature = "sparse")]
            Work::Sparse => self.sparse.buffer_mut(),
            _ => self.vectors.source.buffer_mut(),
        }
    }

    /// Column `number` of the description, after [`Status::Rows`] or [`Status::Done`].
    #[must_use]
    #[inline(never)]
    pub fn column(&self, number: usize) -> Option<Column<'_>> {
        match self.work {
            #[cfg(feature = "sparse")]
            Work::Sparse => self.sparse.column(number),
            Work::Vectors => {
                self.vectors.op.column(self.vectors.request.operation, &self.vectors.source, number)
            }
            Work::None => None,
        }
    }

    /// The columns, after [`Status::Rows`] or [`Status::Done`].
    pub fn columns(&self) -> impl Iterator<Item = Column<'_>> {
        (0..COLUMNS).map_while(|number| self.column(number))
    }

    /// What happened since the last stop for the budget, after [`Status::Budget`]: iterations and
    /// residuals of a job that has them, else nothing.
    pub fn progress(&self) -> impl Iterator<Item = Column<'_>> {
        (0..COLUMNS).map_while(|number| self.progress_column(number))
    }

    /// Column `number` of it.
    #[must_use]
    #[cfg_attr(not(feature = "sparse"), allow(unused_variables, reason = "no other job has progress"))]
    pub fn progress_column(&self, number: usize) -> Option<Column<'_>> {
        match self.work {
            #[cfg(feature = "sparse")]
            Work::Sparse => self.sparse.progress(number),
            _ => None,
        }
    }

    /// The JSON summary, after [`Status::Done`]; empty before.
    #[must_use]
    pub fn summary(&self) -> &[u8] {
        if self.report.status().is_fault() { &[] } else { self.report.text.bytes() }
    }

    /// The sentence of the last fault; empty when there was none.
    #[must_use]
    pub fn error(&self) -> &[u8] {
        if self.report.status().is_fault() { self.report.text.bytes() } else { &[] }
    }
}
