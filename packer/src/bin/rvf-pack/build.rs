//! `rvf-pack build`.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::ValueEnum;
use rvf_format::Metric;
use rvf_format::hash::Algorithm;
use rvf_packer::Scratch;
use rvf_packer::build::{Job, Stage, Step, build};
use rvf_packer::built_in::Content;
use rvf_packer::ids::IdFile;
use rvf_packer::input::{CsvOptions, Dtype, Header, InputOptions};
use rvf_packer::labels::LabelFile;
use rvf_packer::plan::Module;
use rvf_terminal::{Exit, Manners, Progress, Report, refuse_clashes};

use crate::choice::{ChoiceArgs, warn_of};
use crate::flags::{About, refuse_idle};
use crate::inputs::{AnyFormat, Inputs};
use crate::matrices::MatrixArgs;
use crate::place::Place;
use crate::report;
use crate::tell::{Told, tell};

/// Pack vectors, matrices and graphs into a file that carries its solver
///
/// Vectors are npy, fvecs, bvecs, csv, tsv, jsonl, safetensors or raw; several inputs are packed one
/// after the other, as one set. Memory stays at a few batches whatever the number of vectors; labels are
/// held until the end (at most 256 MiB), and given ids take 16 bytes per run of consecutive ones.
///
/// Matrices are Matrix Market (mtx), sparse matrices of SciPy (npz) and edge lists (edges); each has a
/// name, which is its file's unless it is given as NAME=FILE. An input with a name is never vectors: tsv,
/// csv and txt are edge lists then, and npy is a dense array such as a right-hand side. Matrices are
/// stored by rows, columns ascending, entries of the same place added up; those that are not symmetric
/// also by columns. They are sorted within --memory, through temporary files beside the output when they
/// are larger; measuring takes 24 bytes per column beside that.
///
/// Edge lists have two nodes and perhaps a weight on each line, between tabs or spaces; lines that start
/// with # or % are comments. Edges are directed unless --undirected. Nodes that are whole numbers are rows
/// counted from 0. When the first edge has one that is not, all are names: numbered as they appear, and
/// kept as labels. A file has one label for a number: vector i and node i are the same thing, as in the
/// graph of --knn-graph, and unrelated ones belong into files of their own.
///
/// Examples:
///   rvf-pack build words.npy --labels words.txt --metric cosine -o words.rvf
///   rvf-pack build words.npy --metric cosine --knn-graph 10 --knn-symmetric -o words.rvf
///   rvf-pack build words.npy --self-bootstrapping -o words.rvf
///   rvf-pack build words.npy --target bare-tile -o words.rvf
///   rvf-pack build grid.mtx rhs=b.npy -o grid.rvf
///   rvf-pack build links=links.tsv --undirected -o links.rvf
///   generate | rvf-pack build - --format raw --dtype f32 --dim 128 -o out.rvf
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Files of vectors or matrices, also NAME=FILE; - is standard input, with --format
    #[arg(required_unless_present = "name", value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// The file to write; - is standard output
    #[arg(short, long, value_name = "FILE", required_unless_present = "dry_run")]
    output: Option<PathBuf>,
    /// Labels: one per line in order, or lines of id, tab, label; or jsonl
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Ids: npy of u64 or i64, or text with one per line [default: 0, 1, 2, ...]
    #[arg(long, value_name = "FILE")]
    ids: Option<PathBuf>,
    /// How distances are measured
    #[arg(long, value_enum, default_value = "l2")]
    metric: MetricArg,
    /// Vectors per segment [default: as many as fill 8 MiB]
    #[arg(long, value_name = "ROWS")]
    batch: Option<u32>,
    /// Hash of each segment: crc opens in all software, shake256 is cryptographic
    #[arg(long, value_enum, default_value = "crc")]
    hash: HashArg,
    /// A solver to embed; repeat for more [default: the built-in ones, scalar and SIMD]
    #[arg(long, value_name = "MODULE", conflicts_with = "no_solver")]
    solver: Vec<PathBuf>,
    /// Embed no solver
    #[arg(long)]
    no_solver: bool,
    /// Embed interpreters as well, so that the file runs on a host that runs some WebAssembly only
    #[arg(long, conflicts_with = "no_solver")]
    self_bootstrapping: bool,
    #[command(flatten)]
    choice: ChoiceArgs,
    /// Replace the output when it exists
    #[arg(short, long)]
    force: bool,
    /// Do everything but write; print the segment table
    #[arg(long)]
    dry_run: bool,
    /// Time written into the file: now, or seconds since 1970 [default: SOURCE_DATE_EPOCH, or 0]
    #[arg(long, value_name = "now|SECONDS")]
    timestamp: Option<String>,
    /// Format of the inputs [default: told from each name]
    #[arg(long, value_name = "FORMAT", value_parser = AnyFormat::parse)]
    format: Option<AnyFormat>,
    /// Element type of raw input; with --dim, --format raw may be left out
    #[arg(long, value_name = "TYPE", value_parser = dtype_arg)]
    dtype: Option<Dtype>,
    /// Dimension of raw input
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    dim: Option<u16>,
    /// Which tensor of a safetensors file holds the vectors
    #[arg(long, value_name = "NAME")]
    tensor: Option<String>,
    /// Column of ids in csv, by name or number from 1 [default: the one named id]
    #[arg(long, value_name = "COLUMN", hide_short_help = true)]
    id_column: Option<String>,
    /// Column of labels in csv, by name or number from 1 [default: the one named label]
    #[arg(long, value_name = "COLUMN", hide_short_help = true)]
    label_column: Option<String>,
    /// Whether the first line of csv names the columns
    #[arg(long, value_enum, default_value = "auto", hide_short_help = true)]
    header: HeaderArg,
    /// What stands between the fields of csv or of an edge list
    #[arg(long, value_name = "CHAR", value_parser = delimiter_arg)]
    delimiter: Option<u8>,
    #[command(flatten)]
    matrices: MatrixArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum MetricArg {
    /// Squared Euclidean distance
    L2,
    /// Inner product, negated
    Ip,
    /// One less the cosine
    Cosine,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum HashArg {
    /// CRC-32 and its rotations
    Crc,
    /// XXH3-128
    Xxh3,
    /// SHAKE-256
    Shake256,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum HeaderArg {
    /// When none of its fields is a number
    Auto,
    /// It does
    Yes,
    /// It does not
    No,
}

fn dtype_arg(name: &str) -> Result<Dtype, String> {
    let names: Vec<_> = Dtype::ALL.iter().map(|(name, _)| *name).collect();
    Dtype::from_name(name).ok_or_else(|| format!("expected one of {}", names.join(", ")))
}

fn delimiter_arg(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"\\t" => Ok(b'\t'),
        [one] if one.is_ascii() => Ok(*one),
        _ => Err("expected one ASCII character".to_owned()),
    }
}

pub(crate) fn run(args: Args, manners: &mut Manners) -> Result<Exit, Report> {
    let timestamp_ns = timestamp(args.timestamp.as_deref())?;
    let inputs = Inputs::of(&args.inputs, args.format, &args.matrices)?;
    let content = if inputs.matrices.is_empty() && args.matrices.knn_graph.is_none() {
        Content::Vectors
    } else {
        Content::Matrices
    };
    if let Some(output) = &args.output {
        let others = args.solver.iter().chain(&args.ids).chain(&args.labels).map(PathBuf::as_path);
        refuse_clashes(&inputs.paths().chain(others).collect::<Vec<_>>(), &[output])?;
    }
    refuse_idle_flags(&args, &inputs)?;
    let modules = modules(&args, content, manners)?;
    warn_of(&modules, manners);
    let output = args.output.as_deref().filter(|_| !args.dry_run);
    let mut place = match output {
        Some(path) => Place::open(path, args.force, "an .rvf file", manners)?,
        None => Place::Nowhere,
    };
    if let Some(path) = args.output.as_deref().filter(|_| args.dry_run) {
        Place::check(path, args.force)?;
    }
    let opened = inputs.open(&input_options(&args), manners)?;
    let job = Job {
        sources: opened.sources,
        ids: args.ids.as_deref().map(IdFile::open).transpose().map_err(|e| report(&e))?,
        labels: args.labels.as_deref().map(LabelFile::open).transpose().map_err(|e| report(&e))?,
        metric: match args.metric {
            MetricArg::L2 => Metric::L2,
            MetricArg::Ip => Metric::InnerProduct,
            MetricArg::Cosine => Metric::Cosine,
        },
        algorithm: match args.hash {
            HashArg::Crc => Algorithm::CrcRotation,
            HashArg::Xxh3 => Algorithm::Xxh3,
            HashArg::Shake256 => Algorithm::Shake256,
        },
        timestamp_ns,
        batch: args.batch,
        modules,
        matrices: opened.matrices,
        matrix_options: args.matrices.options(args.delimiter),
        graph: args.matrices.graph(),
        scratch: Scratch::beside(output),
    };
    let modules = job.modules.clone();
    let mut bar: Option<(Stage, Progress)> = None;
    let built = build(job, &mut place, &mut |step| show(&mut bar, step, manners));
    drop(bar);
    let target = output.map_or_else(String::new, |path| path.display().to_string());
    let (built, _) = built.map_err(|e| report(&e.named_output(target)))?;
    place.commit()?;
    tell(
        &Told { output: args.output.as_deref(), dry_run: args.dry_run, built: &built, modules: &modules },
        manners,
    )?;
    Ok(Exit::Ok)
}

/// Draws how far it is; what is counted changes with the stage.
fn show(bar: &mut Option<(Stage, Progress)>, step: Step, manners: &Manners) {
    if bar.as_ref().is_none_or(|(stage, _)| *stage != step.stage) {
        let fresh = match step.stage {
            Stage::Packing => Progress::bytes(manners, "packing", step.total),
            Stage::Comparing => Progress::parts(manners, "comparing", step.total.unwrap_or_default()),
        };
        *bar = Some((step.stage, fresh));
    }
    if let Some((_, progress)) = bar {
        progress.set(step.done);
    }
}

fn input_options(args: &Args) -> InputOptions {
    let header = match args.header {
        HeaderArg::Auto => Header::Auto,
        HeaderArg::Yes => Header::Yes,
        HeaderArg::No => Header::No,
    };
    let csv = CsvOptions {
        header,
        id_column: args.id_column.clone(),
        label_column: args.label_column.clone(),
        delimiter: args.delimiter,
    };
    InputOptions { format: None, dtype: args.dtype, dimension: args.dim, tensor: args.tensor.clone(), csv }
}

fn modules(args: &Args, content: Content, manners: &Manners) -> Result<Vec<Module>, Report> {
    if args.no_solver {
        return Ok(Vec::new());
    }
    let mut modules = if args.solver.is_empty() {
        manners.detail(1, "embedding the built-in solvers");
        args.choice.built_in(content)?
    } else {
        args.choice.prepare(&args.solver)?
    };
    if args.self_bootstrapping {
        modules.extend(args.choice.interpreters(modules.len())?);
    }
    Ok(modules)
}

/// Refuses flags that would do nothing.
fn refuse_idle_flags(args: &Args, inputs: &Inputs) -> Result<(), Report> {
    if args.no_solver
        && let Some(flag) = args.choice.given()
    {
        return Err(Report::usage(format!("{flag} is about solvers, and --no-solver embeds none"))
            .fix("leave one of them out"));
    }
    let mut formats = Vec::new();
    for (path, format) in &inputs.vectors {
        let options = InputOptions { format: *format, ..input_options(args) };
        formats.push(options.format_of(path).map_err(|e| report(&e))?);
    }
    let flags = [
        (args.dtype.is_some(), "--dtype", About::Raw),
        (args.dim.is_some(), "--dim", About::Raw),
        (args.tensor.is_some(), "--tensor", About::Safetensors),
        (args.id_column.is_some(), "--id-column", About::Csv),
        (args.label_column.is_some(), "--label-column", About::Csv),
        (!matches!(args.header, HeaderArg::Auto), "--header", About::Csv),
        (args.delimiter.is_some(), "--delimiter", About::Delimited),
    ];
    refuse_idle(inputs, &formats, &flags)?;
    let graph_flags = args.matrices.graph_flags();
    refuse_idle(inputs, &formats, &graph_flags.map(|(given, flag)| (given, flag, About::Edges)))
}

/// Nanoseconds for the headers.
fn timestamp(asked: Option<&str>) -> Result<u64, Report> {
    let (text, name) = match asked {
        Some("now") => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            return Ok(u64::try_from(now.as_nanos()).unwrap_or(u64::MAX));
        }
        Some(text) => (text.to_owned(), "--timestamp"),
        None => match std::env::var("SOURCE_DATE_EPOCH") {
            Ok(text) if !text.is_empty() => (text, "SOURCE_DATE_EPOCH"),
            _ => return Ok(0),
        },
    };
    let seconds: Option<u64> = text.parse().ok();
    seconds.and_then(|s| s.checked_mul(1_000_000_000)).ok_or_else(|| {
        Report::usage(format!("{name} is '{text}', which is not a time"))
            .fix("give seconds since 1970, or now")
    })
}
