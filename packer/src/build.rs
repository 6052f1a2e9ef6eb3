//! From sources to a file: one thread reads and checks, one hashes and writes.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rvf_format::Metric;
use rvf_format::hash::Algorithm;
use rvf_format::write::{FileWriter, Options, Summary, WriteError};

use crate::error::{OUTPUT, PackError, Result};
use crate::ids::{IdCheck, IdFile, IdSet};
use crate::input::{Batch, Source};
use crate::labels::{LabelFile, Labels};
use crate::limits::{MAX_NAMES_SHOWN, QUEUED_BATCHES};
use crate::matrix::assemble::Combine;
use crate::matrix::gather::Gather;
use crate::matrix::graph::Rows;
use crate::matrix::sort::Sorter;
use crate::matrix::store::Store;
use crate::matrix::{BuiltMatrix, KnnGraph, MatrixInput, MatrixOptions};
use crate::nodes::{self, NodeNames};
use crate::plan::{Module, batch_rows};
use crate::scratch::Scratch;
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
    /// Matrices, in the order they are written. Without vectors the file has dimension 0.
    pub matrices: Vec<MatrixInput>,
    /// What is to become of them.
    pub matrix_options: MatrixOptions,
    /// A graph of the vectors, behind the other matrices.
    pub graph: Option<KnnGraph>,
    /// Where temporary files go, of matrices larger than their share of memory.
    pub scratch: Scratch,
}

impl Job {
    /// Nothing to pack yet: the format's defaults, and a place for temporary files.
    #[must_use]
    pub fn new(scratch: Scratch) -> Self {
        Self {
            sources: Vec::new(),
            ids: None,
            labels: None,
            modules: Vec::new(),
            metric: Metric::L2,
            algorithm: Algorithm::CrcRotation,
            timestamp_ns: 0,
            batch: None,
            matrices: Vec::new(),
            matrix_options: MatrixOptions::default(),
            graph: None,
            scratch,
        }
    }
}

/// What takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Reading and writing: bytes of input.
    Packing,
    /// Comparing vectors: pairs.
    Comparing,
}

/// How far a build is.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// With what.
    pub stage: Stage,
    /// Done so far.
    pub done: u64,
    /// In all, when known.
    pub total: Option<u64>,
}

/// A file that was built.
#[derive(Clone, Debug)]
pub struct Built {
    /// Bytes, segments, vectors, digest.
    pub summary: Summary,
    /// Elements of each vector.
    pub dimension: u16,
    /// Vectors and nodes that have a label.
    pub labels: u64,
    /// The matrices, in the order of the file.
    pub matrices: Vec<BuiltMatrix>,
    /// The segment table.
    pub segments: Vec<SegmentRow>,
}

/// Writes a file into `out`. `progress` is told how far it is.
///
/// # Errors
/// When an input is refused, the parts do not fit each other, or `out` fails.
pub fn build<W: Write>(job: Job, out: W, progress: &mut dyn FnMut(Step)) -> Result<(Built, W)> {
    check_parts(&job)?;
    let dimension = common_dimension(&job.sources)?;
    let rows = batch_rows(job.batch, dimension)?;
    let options =
        Options { dimension, metric: job.metric, algorithm: job.algorithm, timestamp_ns: job.timestamp_ns };
    let memory = job.matrix_options.memory;
    let sources = job.sources.iter().map(|s| s.bytes_total());
    let total = sources.chain(job.matrices.iter().map(MatrixInput::bytes_total)).sum::<Option<u64>>();
    let mut packer = Packer {
        writer: FileWriter::new(Output::new(out), options),
        options,
        ids: job.ids,
        given: None,
        counted: true,
        check: IdCheck::default(),
        labels: Labels::default(),
        row_ids: job.labels.as_ref().filter(|l| l.is_by_row()).map(|_| Vec::new()),
        graph_rows: job.graph.as_ref().map(|_| Rows::new(&job.scratch, memory, dimension)),
        vectors: 0,
        origin: origin(&job.sources),
    };
    let mut done = 0;
    read_and_take(job.sources, dimension, rows, &mut |batch, bytes| {
        packer.take(batch)?;
        done = bytes;
        progress(Step { stage: Stage::Packing, done, total });
        Ok(())
    })?;
    let known = packer.known_ids()?;
    let mut matrices =
        Matrices { options: job.matrix_options, scratch: job.scratch, built: Vec::new(), names: Vec::new() };
    for input in job.matrices {
        let len = input.bytes_total().unwrap_or_default();
        matrices.add(&mut packer, input, &mut |bytes| {
            progress(Step { stage: Stage::Packing, done: done + bytes.min(len), total });
        })?;
        done += len;
    }
    if let Some(graph) = job.graph {
        matrices.add_graph(&mut packer, graph, &mut |done, total| {
            progress(Step { stage: Stage::Comparing, done, total: Some(total) });
        })?;
    }
    packer.finish(job.labels, &known, matrices, &job.modules)
}

/// Refuses parts that have nothing to go with, before anything is read.
fn check_parts(job: &Job) -> Result<()> {
    if job.sources.is_empty() && job.matrices.is_empty() {
        return Err(PackError::usage("there is no input").fix("name one, or - for standard input"));
    }
    if job.sources.is_empty() && (job.graph.is_some() || job.ids.is_some()) {
        let what = if job.graph.is_some() { "a graph of neighbours is made" } else { "ids are those" };
        return Err(
            PackError::usage(format!("{what} of vectors, and no input holds any")).fix("name one that does")
        );
    }
    if let Some(graph) = &job.graph {
        graph.check()?;
    }
    let names =
        job.matrices.iter().map(|m| m.name.as_str()).chain(job.graph.as_ref().map(|g| g.name.as_str()));
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            let what = format!("two matrices are named '{}'", name.escape_default());
            return Err(PackError::usage(what).fix("name one of them otherwise, as in NAME=FILE"));
        }
    }
    Ok(())
}

/// Matrices on their way into a file.
struct Matrices {
    options: MatrixOptions,
    scratch: Scratch,
    built: Vec<BuiltMatrix>,
    names: Vec<NodeNames>,
}

impl Matrices {
    fn add<W: Write>(
        &mut self,
        packer: &mut Packer<W>,
        input: MatrixInput,
        progress: &mut dyn FnMut(u64),
    ) -> Result<()> {
        let (name, origin) = (input.name.clone(), input.origin().to_owned());
        let mut gather = Gather::new(Sorter::new(&self.scratch, self.options.memory), progress);
        let mut facts = input.read(&self.options, &mut gather)?;
        if let Some(names) = facts.names.take() {
            self.names.push(NodeNames { origin: origin.clone(), names: names.list });
        }
        let stored =
            packer.store(&self.scratch, &self.options).put(name, gather.into_sorter(), facts, Combine::Sum);
        // Faults of the whole matrix have no place of their own.
        self.built.push(stored.map_err(|e| if e.place().is_none() { e.at(origin) } else { e })?);
        Ok(())
    }

    fn add_graph<W: Write>(
        &mut self,
        packer: &mut Packer<W>,
        graph: KnnGraph,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<()> {
        let Some(rows) = packer.graph_rows.take() else { return Ok(()) };
        let metric = packer.options.metric;
        let (sorter, facts) = rows.graph(&graph, metric, &self.scratch, self.options.memory, progress)?;
        drop(rows);
        let mut store = packer.store(&self.scratch, &self.options);
        self.built.push(store.put(graph.name, sorter, facts, Combine::Greatest)?);
        Ok(())
    }

    /// Rows of the tallest: as many nodes can have a label.
    fn nodes(&self) -> u64 {
        self.built.iter().map(|m| m.head.rows).max().unwrap_or(0)
    }
}

/// The names of the sources, as many as a message has room for.
fn origin(sources: &[Box<dyn Source>]) -> String {
    let mut names: Vec<&str> = sources.iter().take(MAX_NAMES_SHOWN).map(|s| s.name()).collect();
    if sources.len() > names.len() {
        names.push("...");
    }
    names.join(", ")
}

/// The dimension of all sources; 0 without any.
fn common_dimension(sources: &[Box<dyn Source>]) -> Result<u16> {
    let Some(first) = sources.first() else { return Ok(0) };
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
    options: Options,
    ids: Option<IdFile>,
    /// Whether ids are given; the first batch decides.
    given: Option<bool>,
    /// Whether every id is the number of its row.
    counted: bool,
    check: IdCheck,
    labels: Labels,
    /// Ids by row, kept when they are given and labels refer to rows.
    row_ids: Option<Vec<u64>>,
    /// The vectors again, kept when a graph is to be made of them.
    graph_rows: Option<Rows>,
    vectors: u64,
    /// What the vectors are from, for messages about all of them.
    origin: String,
}

impl<W: Write> Packer<W> {
    fn take(&mut self, batch: &mut Batch) -> Result<()> {
        let rows = batch.len(self.options.dimension);
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
            self.counted &= (self.vectors..).zip(&batch.ids).all(|(row, id)| row == *id);
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
        if let Some(kept) = &mut self.graph_rows {
            kept.push(&batch.rows)?;
        }
        self.vectors += rows as u64;
        self.writer.vectors(&batch.ids, &batch.rows).map_err(write_error)
    }

    /// The ids of the vectors, once all are taken.
    fn known_ids(&mut self) -> Result<IdSet> {
        let mut origin = self.origin.clone();
        if let Some(ids) = self.ids.take() {
            ids.name().clone_into(&mut origin);
            ids.finish(self.vectors)?;
        }
        if self.given != Some(true) {
            return Ok(IdSet::Counted(self.vectors));
        }
        std::mem::take(&mut self.check).finish().map_err(|(id, first, second)| {
            PackError::malformed(format!("the id {id} comes twice, in rows {first} and {second}"))
                .at(format!("{origin}, row {second}"))
                .fix("ids are unique in a file: drop one of the rows, or leave the ids out")
        })
    }

    fn store<'a>(&'a mut self, scratch: &'a Scratch, options: &'a MatrixOptions) -> Store<'a, W> {
        Store { writer: &mut self.writer, algorithm: self.options.algorithm, scratch, options }
    }

    fn finish(
        mut self,
        label_file: Option<LabelFile>,
        known: &IdSet,
        matrices: Matrices,
        modules: &[Module],
    ) -> Result<(Built, W)> {
        let nodes_only = self.options.dimension == 0;
        let mut origin = std::mem::take(&mut self.origin);
        if let Some(file) = label_file {
            file.name().clone_into(&mut origin);
            let row_ids = self.row_ids.unwrap_or_default();
            let id_of_row =
                |row: u64| usize::try_from(row).ok().and_then(|row| row_ids.get(row)).copied().unwrap_or(row);
            if nodes_only {
                let nodes = matrices.nodes();
                file.apply(&mut self.labels, nodes, "node", id_of_row, &IdSet::Counted(nodes))?;
            } else {
                file.apply(&mut self.labels, self.vectors, "vector", id_of_row, known)?;
            }
        }
        let graph_of_vectors = !nodes_only && !self.counted && !matrices.built.is_empty();
        if graph_of_vectors && !self.labels.is_empty() {
            return Err(nodes::other_numbers());
        }
        for names in &matrices.names {
            nodes::label(&mut self.labels, names, known)?;
        }
        let sorted = self.labels.sorted().map_err(|id| {
            PackError::malformed(format!("the vector {id} has two labels"))
                .at(origin)
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
        let dimension = self.options.dimension;
        let (labels, matrices) = (sorted.len() as u64, matrices.built);
        Ok((Built { summary, dimension, labels, matrices, segments }, output.into_inner()))
    }
}

/// A failure of the writer as an error of this crate.
pub(crate) fn write_error(error: WriteError<io::Error>) -> PackError {
    match error {
        WriteError::Format(error) => PackError::malformed(error.to_string()),
        WriteError::Sink(error) => PackError::io("cannot write the output", OUTPUT, error),
    }
}
