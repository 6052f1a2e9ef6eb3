//! From sources to a file: one thread reads and checks, one hashes and writes.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rvf_format::Metric;
use rvf_format::hash::Algorithm;
use rvf_format::write::{FileWriter, Options, Summary, WriteError};

use crate::error::{PackError, Result};
use crate::ids::{IdCheck, IdFile, IdSet};
use crate::input::{Batch, Source};
use crate::labels::{LabelFile, Labels};
use crate::limits::QUEUED_BATCHES;
use crate::plan::{Module, batch_rows};
use crate::sink::{Output, SegmentRow};

/// Everything a file is made of.
pub struct Job {
    /// The vectors, one source after the other.
    pub sources: Vec<Box<dyn Source>>,
    /// An id for every vector. Without it, ids come with the vectors or are counted from 0.
    pub ids: Option<IdFile>,
    /// Labels.
    pub labels: Option<LabelFile>,
    /// Programs, in the order they are written.
    pub modules: Vec<Module>,
    /// How distances are measured.
    pub metric: Metric,
    /// The hash of every segment.
    pub algorithm: Algorithm,
    /// Written into every header; 0 for files that depend on their input alone.
    pub timestamp_ns: u64,
    /// Vectors per segment.
    pub batch: Option<u32>,
}

/// A file that was built.
#[derive(Clone, Debug)]
pub struct Built {
    /// Bytes, segments, vectors, digest.
    pub summary: Summary,
    /// Elements of each vector.
    pub dimension: u16,
    /// Vectors that have a label.
    pub labels: u64,
    /// The segment table.
    pub segments: Vec<SegmentRow>,
}

/// Writes a file into `out`. `progress` is told how many bytes of input are done.
///
/// # Errors
/// When an input is refused, the parts do not fit each other, or `out` fails.
pub fn build<W: Write>(job: Job, out: W, progress: &mut dyn FnMut(u64)) -> Result<(Built, W)> {
    let dimension = common_dimension(&job.sources)?;
    let rows = batch_rows(job.batch, dimension)?;
    let options =
        Options { dimension, metric: job.metric, algorithm: job.algorithm, timestamp_ns: job.timestamp_ns };
    let mut packer = Packer {
        writer: FileWriter::new(Output::new(out), options),
        dimension,
        ids: job.ids,
        given: None,
        check: IdCheck::default(),
        labels: Labels::default(),
        row_ids: job.labels.as_ref().filter(|l| l.is_by_row()).map(|_| Vec::new()),
        vectors: 0,
    };
    read_and_take(job.sources, dimension, rows, &mut |batch, bytes| {
        packer.take(batch)?;
        progress(bytes);
        Ok(())
    })?;
    packer.finish(job.labels, &job.modules)
}

/// The dimension of all sources.
fn common_dimension(sources: &[Box<dyn Source>]) -> Result<u16> {
    let first = sources
        .first()
        .ok_or_else(|| PackError::usage("there is no input").fix("name one, or - for standard input"))?;
    match sources.iter().find(|s| s.dimension() != first.dimension()) {
        None => Ok(first.dimension()),
        Some(other) => {
            let what = format!(
                "vectors have {} elements, those of {} have {}",
                other.dimension(),
                first.name(),
                first.dimension()
            );
            Err(PackError::malformed(what)
                .at(other.name())
                .fix("pack inputs of different dimensions into different files"))
        }
    }
}

/// Reads batches on a thread of its own and hands them to `take`, with the bytes read so far. Batches
/// go back and are used again, so three exist at most.
fn read_and_take(
    sources: Vec<Box<dyn Source>>,
    dimension: u16,
    rows: usize,
    take: &mut dyn FnMut(&mut Batch, u64) -> Result<()>,
) -> Result<()> {
    let (full, filled) = sync_channel(QUEUED_BATCHES);
    let (empty, emptied) = sync_channel(QUEUED_BATCHES + 2);
    thread::scope(|scope| {
        let reader = scope.spawn(move || read(sources, dimension, rows, &full, &emptied));
        let taken = filled.iter().try_for_each(|(mut batch, bytes): (Batch, u64)| {
            take(&mut batch, bytes)?;
            // The reader may have ended and want it no more.
            drop(empty.try_send(batch));
            Ok(())
        });
        // Without a receiver the reader stops at its next batch.
        drop(filled);
        let read = reader.join().unwrap_or_else(|_| Err(PackError::usage("the reading thread failed")));
        taken.and(read)
    })
}

fn read(
    sources: Vec<Box<dyn Source>>,
    dimension: u16,
    rows: usize,
    full: &SyncSender<(Batch, u64)>,
    emptied: &Receiver<Batch>,
) -> Result<()> {
    let mut batch = Batch::default();
    let mut bytes_before = 0;
    for mut source in sources {
        loop {
            let held = batch.len(dimension);
            let got = source.fill(&mut batch, rows - held)?;
            if got == 0 {
                break;
            }
            line_up(&mut batch, held, held + got).map_err(|e| e.at(source.name()))?;
            if held + got == rows {
                let next = emptied.try_recv().unwrap_or_default();
                let whole = std::mem::replace(&mut batch, next);
                batch.clear();
                if full.send((whole, bytes_before + source.bytes_read())).is_err() {
                    return Ok(());
                }
            }
        }
        bytes_before += source.bytes_read();
    }
    if !batch.is_empty() {
        // The other side ends early only after a failure of its own.
        drop(full.send((batch, bytes_before)));
    }
    Ok(())
}

/// Lines labels and ids up with rows when a batch holds rows of several sources.
fn line_up(batch: &mut Batch, before: usize, now: usize) -> Result<()> {
    if !batch.labels.is_empty() && batch.labels.len() + before == now {
        batch.labels.splice(0..0, std::iter::repeat_n(None, before));
    }
    if !batch.labels.is_empty() {
        batch.labels.resize(now, None);
    }
    match batch.ids.len() {
        0 => Ok(()),
        len if len == now => Ok(()),
        _ => Err(mixed_ids()),
    }
}

fn mixed_ids() -> PackError {
    PackError::malformed("some inputs have ids and others have none")
        .fix("give ids to all, or all of them with --ids FILE")
}

struct Packer<W> {
    writer: FileWriter<Output<W>>,
    dimension: u16,
    ids: Option<IdFile>,
    /// Whether ids are given; the first batch decides.
    given: Option<bool>,
    check: IdCheck,
    labels: Labels,
    /// Ids by row, kept when they are given and labels refer to rows.
    row_ids: Option<Vec<u64>>,
    vectors: u64,
}

impl<W: Write> Packer<W> {
    fn take(&mut self, batch: &mut Batch) -> Result<()> {
        let rows = batch.len(self.dimension);
        if let Some(file) = &mut self.ids {
            if !batch.ids.is_empty() {
                return Err(PackError::usage("ids are given twice: with the vectors and in a file")
                    .fix("leave out --ids, or name another --id-column"));
            }
            file.take(rows, &mut batch.ids)?;
        }
        let given = !batch.ids.is_empty();
        if *self.given.get_or_insert(given) != given {
            return Err(mixed_ids());
        }
        if given {
            self.check.push(&batch.ids);
            if let Some(row_ids) = &mut self.row_ids {
                row_ids.extend_from_slice(&batch.ids);
            }
        } else {
            batch.ids.extend(self.vectors..self.vectors + rows as u64);
        }
        for (id, label) in batch.ids.iter().zip(&batch.labels) {
            if let Some(label) = label {
                self.labels.push(*id, label)?;
            }
        }
        self.vectors += rows as u64;
        self.writer.vectors(&batch.ids, &batch.rows).map_err(write_error)
    }

    fn finish(mut self, label_file: Option<LabelFile>, modules: &[Module]) -> Result<(Built, W)> {
        if self.vectors == 0 {
            return Err(PackError::malformed("the inputs hold no vectors"));
        }
        if let Some(ids) = self.ids {
            ids.finish(self.vectors)?;
        }
        let known = if self.given == Some(true) {
            self.check.finish().map_err(|(id, first, second)| {
                PackError::malformed(format!("the id {id} comes twice, in rows {first} and {second}"))
                    .fix("ids are unique in a file: drop one of the rows, or leave the ids out")
            })?
        } else {
            IdSet::Counted(self.vectors)
        };
        if let Some(file) = label_file {
            let row_ids = self.row_ids.unwrap_or_default();
            let id_of_row =
                |row: u64| usize::try_from(row).ok().and_then(|row| row_ids.get(row)).copied().unwrap_or(row);
            file.apply(&mut self.labels, self.vectors, id_of_row, &known)?;
        }
        let sorted = self.labels.sorted().map_err(|id| {
            PackError::malformed(format!("the vector {id} has two labels"))
                .fix("give one, in the input or with --labels")
        })?;
        if !self.labels.is_empty() {
            self.writer.labels(&sorted).map_err(write_error)?;
        }
        for module in modules {
            self.writer.module(&module.header, &module.bytes).map_err(write_error)?;
        }
        let (summary, output) = self.writer.finish().map_err(write_error)?;
        let segments = output.segments.clone();
        let built = Built { summary, dimension: self.dimension, labels: sorted.len() as u64, segments };
        Ok((built, output.into_inner()))
    }
}

/// A failure of the writer as an error of this crate.
pub(crate) fn write_error(error: WriteError<io::Error>) -> PackError {
    match error {
        WriteError::Format(error) => PackError::malformed(error.to_string()),
        WriteError::Sink(error) => PackError::io("cannot write the output", "output", error),
    }
}
