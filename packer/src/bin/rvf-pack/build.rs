//! `rvf-pack build`.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::ValueEnum;
use rvf_format::Metric;
use rvf_format::hash::Algorithm;
use rvf_packer::build::{Built, Job, build};
use rvf_packer::ids::IdFile;
use rvf_packer::input::{self, CsvOptions, Dtype, Format, Header, InputOptions, Source};
use rvf_packer::labels::LabelFile;
use rvf_packer::plan::Module;
use rvf_terminal::serde_json::{Map, Value, json};
use rvf_terminal::{Align, Exit, Manners, Progress, Report, Table, bytes_text, count_text, document};

use crate::choice::ChoiceArgs;
use crate::place::{Place, say};
use crate::report;

/// Pack vectors into a file that carries its solver
///
/// Inputs are npy, fvecs, bvecs, csv, tsv, jsonl, safetensors or raw; several are packed one after the
/// other. Memory stays at a few batches whatever the number of vectors; labels are held until the end
/// (at most 256 MiB), and given ids take 16 bytes per run of consecutive ones.
///
/// Examples:
///   rvf-pack build words.npy --labels words.txt --metric cosine -o words.rvf
///   rvf-pack build part1.fvecs part2.fvecs -o base.rvf
///   generate | rvf-pack build - --format raw --dtype f32 --dim 128 -o out.rvf
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Files of vectors; - is standard input and needs --format
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// The file to write; - is standard output
    #[arg(short, long, value_name = "FILE", required_unless_present = "dry_run")]
    output: Option<PathBuf>,
    /// Labels: one per line in the order of the vectors, or lines of id, tab, label
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
    #[arg(long, value_name = "FORMAT", value_parser = format_arg)]
    format: Option<Format>,
    /// Element type of raw input
    #[arg(long, value_name = "TYPE", value_parser = dtype_arg)]
    dtype: Option<Dtype>,
    /// Dimension of raw input
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    dim: Option<u16>,
    /// Which tensor of a safetensors file holds the vectors
    #[arg(long, value_name = "NAME")]
    tensor: Option<String>,
    /// Column of ids in csv, by name or number from 1 [default: the one named id]
    #[arg(long, value_name = "COLUMN")]
    id_column: Option<String>,
    /// Column of labels in csv, by name or number from 1 [default: the one named label]
    #[arg(long, value_name = "COLUMN")]
    label_column: Option<String>,
    /// Whether the first line of csv names the columns
    #[arg(long, value_enum, default_value = "auto")]
    header: HeaderArg,
    /// What stands between the fields of csv
    #[arg(long, value_name = "CHAR", value_parser = delimiter_arg)]
    delimiter: Option<u8>,
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
    /// When a field of it is not a number
    Auto,
    /// It does
    Yes,
    /// It does not
    No,
}

fn format_arg(name: &str) -> Result<Format, String> {
    let names: Vec<_> = Format::ALL.iter().map(|(name, _)| *name).collect();
    Format::from_name(name).ok_or_else(|| format!("expected one of {}", names.join(", ")))
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
    let modules = modules(&args, manners)?;
    let mut place = match &args.output {
        Some(path) if !args.dry_run => Place::open(path, args.force, "an .rvf file", manners)?,
        _ => Place::Nowhere,
    };
    let sources = sources(&args)?;
    let total = sources.iter().map(|s| s.bytes_total()).sum::<Option<u64>>();
    let job = Job {
        sources,
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
    };
    let mut bar = Progress::bytes(manners, "packing", total);
    let summary: Vec<Value> = job.modules.iter().map(module_json).collect();
    let built = build(job, &mut place, &mut |done| bar.set(done));
    drop(bar);
    let (built, _) = built.map_err(|e| report(&e))?;
    place.commit()?;
    tell(&args, &built, summary, manners)?;
    Ok(Exit::Ok)
}

fn sources(args: &Args) -> Result<Vec<Box<dyn Source>>, Report> {
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
    let options = InputOptions {
        format: args.format,
        dtype: args.dtype,
        dimension: args.dim,
        tensor: args.tensor.clone(),
        csv,
    };
    if args.inputs.iter().filter(|path| path.as_os_str() == "-").count() > 1 {
        return Err(Report::usage("standard input is named twice").fix("name - once"));
    }
    args.inputs.iter().map(|path| input::open(path, &options).map_err(|e| report(&e))).collect()
}

fn modules(args: &Args, manners: &Manners) -> Result<Vec<Module>, Report> {
    if args.no_solver {
        return Ok(Vec::new());
    }
    if !args.solver.is_empty() {
        return args.choice.prepare(&args.solver);
    }
    manners.detail(1, "embedding the built-in solvers");
    args.choice.built_in()
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

fn module_json(module: &Module) -> Value {
    let header = &module.header;
    json!({
        "name": module.name,
        "bytes": module.bytes.len(),
        "role": header.role.to_string(),
        "target": header.target.to_string(),
        "features": rvf_wasm_inspect::feature_names(header.required_features),
        "priority": header.bootstrap_priority,
    })
}

fn tell(args: &Args, built: &Built, modules: Vec<Value>, manners: &Manners) -> Result<(), Report> {
    let digest: String = built.summary.digest.iter().map(|b| format!("{b:02x}")).collect();
    let name = args.output.as_ref().map(|path| path.display().to_string());
    if manners.json {
        let segments: Vec<Value> = built
            .segments
            .iter()
            .map(|s| {
                json!({ "offset": s.offset, "type": s.segment_type.to_string(), "id": s.segment_id,
                        "payload_bytes": s.payload_len })
            })
            .collect();
        let mut body = Map::new();
        body.insert("file".to_owned(), json!(name));
        body.insert("written".to_owned(), json!(!args.dry_run));
        body.insert("bytes".to_owned(), json!(built.summary.bytes));
        body.insert("vectors".to_owned(), json!(built.summary.vectors));
        body.insert("dimension".to_owned(), json!(built.dimension));
        body.insert("labels".to_owned(), json!(built.labels));
        body.insert("modules".to_owned(), Value::Array(modules));
        body.insert("digest".to_owned(), json!(digest));
        body.insert("segments".to_owned(), Value::Array(segments));
        return say(manners, &document("rvf-build/1", body));
    }
    let mut text = String::new();
    if args.dry_run {
        let mut table = Table::new(&[
            ("offset", Align::Right),
            ("type", Align::Left),
            ("id", Align::Right),
            ("payload", Align::Right),
        ]);
        for s in &built.segments {
            let row = [s.offset.to_string(), s.segment_type.to_string(), s.segment_id.to_string()];
            table.row(row.into_iter().chain([s.payload_len.to_string()]));
        }
        text.push_str(&table.to_text(manners.colour.stdout));
    }
    let verb = if args.dry_run { "would write" } else { "wrote" };
    let name = rvf_terminal::escape(name.as_deref().unwrap_or("a file")).into_owned();
    text.push_str(&format!(
        "{verb} {name}: {} vectors of {}, {} labels, {} modules, {} ({} bytes)\ndigest {digest}\n",
        count_text(built.summary.vectors),
        built.dimension,
        count_text(built.labels),
        modules.len(),
        bytes_text(built.summary.bytes),
        built.summary.bytes,
    ));
    say(manners, &text)
}
