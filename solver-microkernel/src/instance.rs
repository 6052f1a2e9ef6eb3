//! One solver instance: the whole contract over ordinary memory, for native use and for the exports.

use crate::columns::Column;
use crate::directory::Directory;
use crate::fault::Status;
use crate::job::Job;
use crate::limits::COLUMNS;
use crate::report::{Report, Result};
use crate::request::Request;
use crate::source::Read;

/// An instance. Call [`open`](Self::open), then [`begin`](Self::begin), then
/// [`step`](Self::step) until it returns [`Status::Done`] or a fault.
///
/// [`crate::native::run`] is the loop around it for files in memory.
pub struct Instance {
    directory: Option<Directory>,
    job: Option<Work>,
    /// The fault that ended the last call, which stays until the next `open` or `begin`; or the summary.
    report: Report,
}

/// A job of either kind.
#[allow(clippy::large_enum_variant, reason = "one per instance; a box could fail to allocate")]
enum Work {
    Vectors(Job),
    #[cfg(feature = "sparse")]
    Sparse(crate::sparse::abi::Job),
}

impl Work {
    /// The job of a request, which may go on with what the last job had in memory.
    fn parse(last: Option<Self>, request: &[u8], report: &mut Report) -> Result<Self> {
        #[cfg(feature = "sparse")]
        if let Some(operation) = crate::sparse::abi::Request::operation(request) {
            let request = crate::sparse::abi::Request::parse(operation, request);
            let request = request.map_err(|fault| report.take(&fault))?;
            let kept = last.and_then(|last| match last {
                Self::Sparse(job) => job.keep(),
                Self::Vectors(_) => None,
            });
            return Ok(Self::Sparse(crate::sparse::abi::Job::new(request, kept)));
        }
        drop(last);
        Request::parse(request, report).map(|request| Self::Vectors(Job::new(request)))
    }

    fn step(&mut self, directory: &mut Directory, budget: u32, report: &mut Report) -> Result<Status> {
        match self {
            Self::Vectors(job) => job.step(directory, budget, report),
            #[cfg(feature = "sparse")]
            Self::Sparse(job) => {
                let status = job.step(directory, budget).map_err(|fault| report.take(&fault))?;
                if status == Status::Done {
                    job.summarize(&mut report.text);
                }
                Ok(status)
            }
        }
    }
}

impl Default for Instance {
    fn default() -> Self {
        Self::new()
    }
}

impl Instance {
    /// An instance without a file.
    #[must_use]
    pub const fn new() -> Self {
        Self { directory: None, job: None, report: Report::new() }
    }

    #[inline(never)]
    fn clear(&mut self) {
        self.job = None;
        self.report.clear();
    }

    /// The status of a call; a job that failed is dropped.
    #[inline(never)]
    fn settle(&mut self, result: Result<Status>) -> Status {
        result.unwrap_or_else(|_| {
            self.job = None;
            self.report.status()
        })
    }

    /// Stands for an `open` or `begin` whose bytes could not be had: they lie outside the memory
    /// ([`Status::Request`]) or there is no room for a copy ([`Status::Memory`]).
    pub fn refuse(&mut self, status: Status) -> Status {
        self.clear();
        let words = match status {
            Status::Memory => "the memory cannot grow by a copy of the bytes given; allow more pages",
            _ => "the pointer and length are outside the linear memory",
        };
        self.report.plain(status, words);
        status
    }

    /// Takes a segment directory ([`crate::directory::record`] makes its records).
    #[inline(never)]
    pub fn open(&mut self, directory: &[u8]) -> Status {
        self.clear();
        self.directory = None;
        self.directory = Directory::parse(directory, &mut self.report).ok();
        self.report.status()
    }

    /// Takes a request; a job that is not finished is dropped.
    #[inline(never)]
    pub fn begin(&mut self, request: &[u8]) -> Status {
        let last = self.job.take();
        self.clear();
        if self.directory.is_none() {
            self.report.plain(Status::Order, "begin comes after open");
        } else if let Ok(job) = Work::parse(last, request, &mut self.report) {
            self.job = Some(job);
        }
        self.report.status()
    }

    /// Goes on with the job. After [`Status::Reads`] all reads must have been served.
    #[inline(never)]
    pub fn step(&mut self, budget: u32) -> Status {
        if self.report.status().is_fault() {
            return self.report.status();
        }
        let result = match (&mut self.job, &mut self.directory) {
            (Some(job), Some(directory)) => job.step(directory, budget, &mut self.report),
            _ => Err(self.report.plain(Status::Order, "step comes after begin")),
        };
        self.settle(result)
    }

    /// The bytes wanted, after [`Status::Reads`].
    #[must_use]
    pub fn reads(&self) -> &[Read] {
        match &self.job {
            Some(Work::Vectors(job)) => &job.source.reads,
            #[cfg(feature = "sparse")]
            Some(Work::Sparse(job)) => job.reads(),
            None => &[],
        }
    }

    /// The buffer that the reads go to (outside wasm, [`Read::dst`] is an offset in it).
    pub fn buffer_mut(&mut self) -> &mut [u8] {
        match &mut self.job {
            Some(Work::Vectors(job)) => job.source.buffer_mut(),
            #[cfg(feature = "sparse")]
            Some(Work::Sparse(job)) => job.buffer_mut(),
            None => &mut [],
        }
    }

    /// Column `number` of the description, after [`Status::Rows`] or [`Status::Done`].
    #[must_use]
    #[inline(never)]
    pub fn column(&self, number: usize) -> Option<Column<'_>> {
        match self.job.as_ref()? {
            Work::Vectors(job) => job.op.column(job.request.operation, &job.source, number),
            #[cfg(feature = "sparse")]
            Work::Sparse(job) => job.columns().into_iter().flatten().nth(number),
        }
    }

    /// The columns, after [`Status::Rows`] or [`Status::Done`].
    pub fn columns(&self) -> impl Iterator<Item = Column<'_>> {
        (0..COLUMNS).map_while(|number| self.column(number))
    }

    /// What happened since the last stop for the budget, after [`Status::Budget`]: iterations and
    /// residuals of a job that has them, else nothing.
    pub fn progress(&self) -> impl Iterator<Item = Column<'_>> {
        let progress: Option<[Column<'_>; 2]> = match &self.job {
            #[cfg(feature = "sparse")]
            Some(Work::Sparse(job)) => Some(job.progress()),
            _ => None,
        };
        progress.into_iter().flatten()
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
