//! The loop that runs a job: step, copy what the guest asks for, take its columns.

use core::fmt;

use crate::abi::{
    AbiError, Client, DirectoryEntry, Operation, Progress, Read, Status, Table, encode_directory,
};
use crate::limits;

/// Bytes that a guest may read, by segment.
pub trait Segments {
    /// Why bytes could not be given.
    type Error;

    /// The segments on offer, in file order.
    fn directory(&self) -> &[DirectoryEntry];

    /// The bytes of a range that has been checked to be inside the segment's payload.
    ///
    /// # Errors
    /// When the bytes are damaged.
    fn read(&mut self, segment: u32, offset: u64, len: u32) -> Result<&[u8], Self::Error>;
}

/// What a job cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Steps taken.
    pub steps: u64,
    /// Reads served.
    pub reads: u64,
    /// Bytes copied into the guest.
    pub bytes_read: u64,
    /// Bytes of guest memory at the end.
    pub memory_bytes: u64,
}

/// The answer of a finished job.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The result columns.
    pub table: Table,
    /// The guest's JSON summary; null when it gives none.
    pub summary: serde_json::Value,
    /// What it cost.
    pub stats: Stats,
}

/// Why a job ended without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobError<E> {
    /// The guest failed, or was ended.
    Guest(AbiError),
    /// Bytes it asked for could not be given.
    Data(E),
}

impl<E: fmt::Display> fmt::Display for JobError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Guest(error) => error.fmt(f),
            Self::Data(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error> core::error::Error for JobError<E> {}

impl<E> From<AbiError> for JobError<E> {
    fn from(error: AbiError) -> Self {
        Self::Guest(error)
    }
}

/// Gives the guest the directory of `segments`.
///
/// # Errors
/// The guest's own.
pub fn open(client: &mut Client, segments: &impl Segments) -> Result<(), AbiError> {
    client.open(&encode_directory(segments.directory()))
}

/// Runs one packed request for `operation` to its end. `progress` hears how it goes on.
///
/// # Errors
/// When the guest fails, asks for what it may not have, or hits a limit.
pub fn run<S: Segments>(
    client: &mut Client,
    segments: &mut S,
    operation: &Operation,
    request: &[u8],
    limits: &limits::Limits,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Answer, JobError<S::Error>> {
    let mut table = Table::of(&operation.columns);
    let mut stats = Stats::default();
    let mut wanted = Vec::new();
    // Progress counts as a part of the result: without an end it ends the job.
    let mut told_bytes = 0u64;
    client.begin(request)?;
    loop {
        stats.steps = stats.steps.saturating_add(1);
        client.charge(limits::FUEL_PER_STEP)?;
        match client.step(limits.step_units)? {
            Status::Budget => {
                let iterations = client.progress(limits.result_bytes.saturating_sub(told_bytes))?;
                told_bytes = told_bytes.saturating_add(size_of_val(iterations.as_slice()) as u64);
                progress(Progress { bytes_read: stats.bytes_read, iterations: &iterations });
            }
            Status::Reads => {
                client.reads(&mut wanted)?;
                // A copy costs time as well: about one unit per 16 bytes. Small ones are charged
                // together, so that the clock is not looked at for each.
                let mut owed = 0u64;
                for read in &wanted {
                    owed = owed.saturating_add(1).saturating_add(u64::from(read.len) / 16);
                    if owed >= limits::FUEL_AT_ONCE {
                        client.charge(core::mem::take(&mut owed))?;
                    }
                    serve(client, segments, read)?;
                    stats.reads = stats.reads.saturating_add(1);
                    stats.bytes_read = stats.bytes_read.saturating_add(u64::from(read.len));
                }
                client.charge(owed)?;
                progress(Progress { bytes_read: stats.bytes_read, iterations: &[] });
            }
            Status::Rows => client.columns(&mut table, limits.result_bytes)?,
            Status::Done => {
                client.columns(&mut table, limits.result_bytes)?;
                let summary = client.summary()?;
                stats.memory_bytes = u64::try_from(client.memory_bytes()).unwrap_or(u64::MAX);
                return Ok(Answer { table, summary, stats });
            }
        }
    }
}

/// Copies one wanted range straight from the file into the guest's memory.
fn serve<S: Segments>(client: &mut Client, segments: &mut S, read: &Read) -> Result<(), JobError<S::Error>> {
    let Some(entry) = offered(segments.directory(), read.segment) else {
        let what = format!("it wants to read segment {}, which was not offered", read.segment);
        return Err(AbiError::Contract { what }.into());
    };
    let inside = read.offset.checked_add(u64::from(read.len)).is_some_and(|end| end <= entry.payload_len);
    if !inside {
        let what = format!(
            "it wants {} bytes at {} of segment {}, whose payload has {}",
            read.len, read.offset, read.segment, entry.payload_len
        );
        return Err(AbiError::Contract { what }.into());
    }
    let destination = client.destination(read)?;
    let source = segments.read(read.segment, read.offset, read.len).map_err(JobError::Data)?;
    destination.copy_from_slice(source);
    Ok(())
}

/// The directory's entry of an index, which most often is its place as well.
fn offered(directory: &[DirectoryEntry], index: u32) -> Option<&DirectoryEntry> {
    let place = usize::try_from(index).ok()?;
    let here = directory.get(place).filter(|entry| entry.index == index);
    here.or_else(|| directory.iter().find(|entry| entry.index == index))
}
