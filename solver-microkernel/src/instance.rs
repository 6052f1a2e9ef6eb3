//! One solver instance: the whole contract over ordinary memory, for native use and for the exports.

use crate::columns::Column;
use crate::directory::Directory;
use crate::fault::{Fault, Result, Status};
use crate::job::Job;
use crate::request::Request;
use crate::source::Read;
use crate::text::Text;

/// An instance. Call [`open`](Self::open), then [`begin`](Self::begin), then
/// [`step`](Self::step) until it returns [`Status::Done`] or a fault.
///
/// [`crate::native::run`] is the loop around it for files in memory.
pub struct Instance {
    directory: Option<Directory>,
    job: Option<Work>,
    /// The fault that ended the last call; it stays until the next `open` or `begin`.
    fault: Option<Status>,
    error: Text,
    summary: Text,
}

/// A job of either kind.
#[allow(clippy::large_enum_variant, reason = "one per instance; a box could fail to allocate")]
enum Work {
    Vectors(Job),
    #[cfg(feature = "sparse")]
    Sparse(crate::sparse::abi::Job),
}

impl Work {
    fn parse(request: &[u8]) -> Result<Self> {
        #[cfg(feature = "sparse")]
        if let Some(operation) = crate::sparse::abi::Request::operation(request) {
            let request = crate::sparse::abi::Request::parse(operation, request)?;
            return Ok(Self::Sparse(crate::sparse::abi::Job::new(request)));
        }
        Request::parse(request).map(|request| Self::Vectors(Job::new(request)))
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
        Self { directory: None, job: None, fault: None, error: Text::new(), summary: Text::new() }
    }

    #[inline(never)]
    fn clear(&mut self) {
        self.job = None;
        self.fault = None;
        self.error.clear();
        self.summary.clear();
    }

    fn settle(&mut self, result: Result<Status>) -> Status {
        match result {
            Ok(status) => status,
            Err(fault) => self.fail(&fault),
        }
    }

    #[cold]
    #[inline(never)]
    fn fail(&mut self, fault: &Fault) -> Status {
        self.job = None;
        fault.render(&mut self.error);
        self.fault = Some(fault.status());
        fault.status()
    }

    /// Stands for an `open` or `begin` whose bytes could not be had: they lie outside the memory
    /// ([`Status::Request`]) or there is no room for a copy ([`Status::Memory`]).
    pub fn refuse(&mut self, status: Status) -> Status {
        self.clear();
        let words = match status {
            Status::Memory => "the memory cannot grow by a copy of the bytes given; allow more pages",
            _ => "the pointer and length are outside the linear memory",
        };
        self.fail(&Fault::plain(status, words))
    }

    /// Takes a segment directory ([`crate::directory::record`] makes its records).
    #[inline(never)] // built for size here, for speed where it would be inlined
    pub fn open(&mut self, directory: &[u8]) -> Status {
        self.clear();
        self.directory = None;
        let result = Directory::parse(directory).map(|directory| {
            self.directory = Some(directory);
            Status::Done
        });
        self.settle(result)
    }

    /// Takes a request; a job that is not finished is dropped.
    #[inline(never)]
    pub fn begin(&mut self, request: &[u8]) -> Status {
        self.clear();
        if self.directory.is_none() {
            return self.fail(&Fault::plain(Status::Order, "begin comes after open"));
        }
        let result = Work::parse(request).map(|job| {
            self.job = Some(job);
            Status::Done
        });
        self.settle(result)
    }

    /// Goes on with the job. After [`Status::Reads`] all reads must have been served.
    #[inline(never)]
    pub fn step(&mut self, budget: u32) -> Status {
        if let Some(status) = self.fault {
            return status;
        }
        let (Some(job), Some(directory)) = (&mut self.job, &self.directory) else {
            return self.fail(&Fault::plain(Status::Order, "step comes after begin"));
        };
        let result = match job {
            Work::Vectors(job) => job.step(directory, budget),
            #[cfg(feature = "sparse")]
            Work::Sparse(job) => job.step(directory, budget),
        };
        if matches!(result, Ok(Status::Done)) {
            match job {
                Work::Vectors(job) => job.op.summarize(&job.request, job.source.facts(), &mut self.summary),
                #[cfg(feature = "sparse")]
                Work::Sparse(job) => job.summarize(&mut self.summary),
            }
        }
        self.settle(result)
    }

    /// The bytes wanted, after [`Status::Reads`].
    #[must_use]
    pub fn reads(&self) -> &[Read] {
        match &self.job {
            Some(Work::Vectors(job)) => job.source.reads(),
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

    /// The columns, after [`Status::Rows`] or [`Status::Done`].
    #[inline(never)]
    pub fn columns(&self) -> impl Iterator<Item = Column<'_>> {
        let columns = self.job.as_ref().map(|job| match job {
            Work::Vectors(job) => job.op.columns(),
            #[cfg(feature = "sparse")]
            Work::Sparse(job) => job.columns(),
        });
        columns.into_iter().flatten().flatten()
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
        self.summary.bytes()
    }

    /// The sentence of the last fault; empty when there was none.
    #[must_use]
    pub fn error(&self) -> &[u8] {
        self.error.bytes()
    }
}
