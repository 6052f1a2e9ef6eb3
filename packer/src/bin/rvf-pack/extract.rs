//! `rvf-pack extract`.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use rvf_packer::extract::{Vectors, only_module, segment};
use rvf_packer::matrix::write_matrix_market;
use rvf_packer::{Mapped, PackError};
use rvf_terminal::serde_json::{Map, Value, json};
use rvf_terminal::{Exit, Manners, Report, count_text, document, escape};

use crate::damage::DamageArgs;
use crate::place::{Place, say};
use crate::report;

/// Take a module, a segment, a matrix, vectors, ids or labels out of a file
///
/// A module comes out as it went in; any other segment as its payload, and a matrix as Matrix Market
/// text that gives the same bits when it is packed again. Vectors, ids and labels are
/// those in force: not deleted, and not replaced by a later vector of the same id.
///
/// Examples:
///   rvf-pack extract words.rvf --segment 3 -o solver.wasm
///   rvf-pack extract grid.rvf --matrix grid -o grid.mtx
///   rvf-pack extract words.rvf --vectors v.npy --ids i.npy --labels l.tsv
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The file
    file: PathBuf,
    /// The segment to write to -o (see list) [default: the only module]
    #[arg(long, value_name = "N", requires = "output")]
    segment: Option<u32>,
    /// The matrix to write to -o, by its name (see list)
    #[arg(long, value_name = "NAME", requires = "output", conflicts_with = "segment")]
    matrix: Option<String>,
    /// Where the module, segment or matrix goes; - is standard output
    #[arg(short, long, value_name = "FILE", required_unless_present_any = ["vectors", "ids", "labels"])]
    output: Option<PathBuf>,
    /// Write the vectors, as npy of f32
    #[arg(long, value_name = "FILE")]
    vectors: Option<PathBuf>,
    /// Write the ids of the vectors, as npy of u64
    #[arg(long, value_name = "FILE")]
    ids: Option<PathBuf>,
    /// Write the labels, as lines of id, tab, label
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Replace outputs that exist
    #[arg(short, long)]
    force: bool,
    #[command(flatten)]
    damage: DamageArgs,
}

pub(crate) fn run(args: &Args, manners: &mut Manners) -> Result<Exit, Report> {
    let outputs = [&args.output, &args.vectors, &args.ids, &args.labels];
    if outputs.into_iter().flatten().filter(|path| path.as_os_str() == "-").count() > 1 {
        return Err(Report::usage("standard output is named twice").fix("send one of the outputs to a file"));
    }
    let bytes = Mapped::open(&args.file).map_err(|e| report(&e))?;
    let name = args.file.display().to_string();
    let damage = args.damage.choose(manners);
    let mut written = Vec::new();
    if let (Some(path), Some(matrix)) = (&args.output, &args.matrix) {
        let mut entries = 0;
        write(path, args.force, "a matrix", manners, |out| {
            entries = write_matrix_market(&bytes, &name, matrix, damage, out)?;
            Ok(())
        })?;
        written.push((path, "entries", entries));
    } else if let Some(path) = &args.output {
        let index = match args.segment {
            Some(index) => index,
            None => only_module(&bytes, &name).map_err(|e| report(&e))?,
        };
        let content = segment(&bytes, &name, index, damage).map_err(|e| report(&e))?;
        write(path, args.force, "a segment", manners, |out| {
            out.write_all(content).map_err(|e| PackError::io("cannot write the output", path.display(), e))
        })?;
        written.push((path, "bytes", content.len() as u64));
    }
    if args.vectors.is_some() || args.ids.is_some() || args.labels.is_some() {
        let vectors = Vectors::open(&bytes, &name, damage).map_err(|e| report(&e))?;
        if let Some(path) = &args.vectors {
            write(path, args.force, "a npy file", manners, |out| vectors.write_npy(out))?;
            written.push((path, "vectors", vectors.count));
        }
        if let Some(path) = &args.ids {
            write(path, args.force, "a npy file", manners, |out| vectors.write_ids(out))?;
            written.push((path, "ids", vectors.count));
        }
        if let Some(path) = &args.labels {
            let mut count = 0;
            write(path, args.force, "a file of labels", manners, |out| {
                count = vectors.write_labels(out)?;
                Ok(())
            })?;
            written.push((path, "labels", count));
        }
    }
    tell(&written, manners)?;
    Ok(Exit::Ok)
}

fn write(
    path: &Path,
    force: bool,
    what: &str,
    manners: &mut Manners,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), PackError>,
) -> Result<(), Report> {
    let mut place = Place::open(path, force, what, manners)?;
    let mut out = BufWriter::new(&mut place);
    fill(&mut out).map_err(|e| report(&e))?;
    out.flush().map_err(|e| Report::io("cannot write the output", path.display(), &e))?;
    drop(out);
    place.commit()
}

fn tell(written: &[(&PathBuf, &str, u64)], manners: &Manners) -> Result<(), Report> {
    if manners.json {
        let files: Vec<Value> = written
            .iter()
            .map(|(path, what, count)| json!({ "file": path.display().to_string(), "what": what, "count": count }))
            .collect();
        return say(
            manners,
            &document("rvf-extract/1", Map::from_iter([("files".to_owned(), Value::Array(files))])),
        );
    }
    let lines: String = written
        .iter()
        .map(|(path, what, count)| {
            format!("wrote {}: {} {what}\n", escape(&path.display().to_string()), count_text(*count))
        })
        .collect();
    say(manners, &lines)
}
