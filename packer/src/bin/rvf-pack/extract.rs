//! `rvf-pack extract`.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use rvf_packer::extract::{LabelForm, Vectors, only_module, segment};
use rvf_packer::matrix::write_matrix_market;
use rvf_packer::{Damage, Mapped, PackError};
use rvf_terminal::serde_json::{Map, Value, json};
use rvf_terminal::{Exit, Manners, Report, count_text, counted, document, escape, refuse_clashes};

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
    /// Write the labels, as lines of id, tab, label; as JSON lines when the name ends in .jsonl
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Replace outputs that exist
    #[arg(short, long)]
    force: bool,
    #[command(flatten)]
    damage: DamageArgs,
}

/// What goes into one output.
#[derive(Clone, Copy)]
enum Part {
    Matrix,
    Segment,
    Vectors,
    Ids,
    Labels,
}

impl Part {
    fn open(self, path: &Path, force: bool, manners: &mut Manners) -> Result<Place, Report> {
        match self {
            Self::Matrix | Self::Labels => Place::open_text(path, force, manners),
            Self::Segment => Place::open(path, force, "a segment", manners),
            Self::Vectors | Self::Ids => Place::open(path, force, "a npy file", manners),
        }
    }
}

pub(crate) fn run(args: &Args, manners: &mut Manners) -> Result<Exit, Report> {
    let main = if args.matrix.is_some() { Part::Matrix } else { Part::Segment };
    let parts: Vec<(Part, &PathBuf)> = [
        (main, &args.output),
        (Part::Vectors, &args.vectors),
        (Part::Ids, &args.ids),
        (Part::Labels, &args.labels),
    ]
    .into_iter()
    .filter_map(|(part, path)| Some((part, path.as_ref()?)))
    .collect();
    if parts.iter().filter(|(_, path)| path.as_os_str() == "-").count() > 1 {
        return Err(Report::usage("standard output is named twice").fix("send one of the outputs to a file"));
    }
    let outputs: Vec<&Path> = parts.iter().map(|(_, path)| path.as_path()).collect();
    refuse_clashes(&[&args.file], &outputs)?;
    let bytes = Mapped::open(&args.file).map_err(|e| report(&e))?;
    let name = args.file.display().to_string();
    let damage = args.damage.choose(manners);
    let needs_vectors = args.vectors.is_some() || args.ids.is_some() || args.labels.is_some();
    let vectors = needs_vectors.then(|| Vectors::open(&bytes, &name, damage)).transpose();
    let source = Contents { args, bytes: &bytes, name, damage, vectors: vectors.map_err(|e| report(&e))? };
    // All are created before any is written, and all are whole before any gets its name.
    let places = parts.iter().map(|(part, path)| part.open(path, args.force, manners));
    let mut places = places.collect::<Result<Vec<_>, _>>()?;
    let mut written = Vec::new();
    for ((part, path), place) in parts.iter().zip(&mut places) {
        let mut out = BufWriter::new(place);
        let (what, count) = source
            .write(*part, path, &mut out, manners)
            .map_err(|e| report(&e.named_output(path.display())))?;
        out.flush().map_err(|e| Report::io("cannot write the output", path.display(), &e))?;
        written.push((*path, what, count));
    }
    places.into_iter().try_for_each(Place::commit)?;
    tell(&written, manners)?;
    Ok(Exit::Ok)
}

/// The file and what was asked of it.
struct Contents<'a> {
    args: &'a Args,
    bytes: &'a [u8],
    name: String,
    damage: Damage,
    vectors: Option<Vectors<'a>>,
}

impl Contents<'_> {
    /// Writes a part and says what was written, and how many of them.
    fn write(
        &self,
        part: Part,
        path: &Path,
        out: &mut dyn Write,
        manners: &Manners,
    ) -> Result<(&'static str, u64), PackError> {
        match (part, &self.vectors) {
            (Part::Vectors, Some(vectors)) => vectors.write_npy(out).map(|()| ("vector", vectors.count)),
            (Part::Ids, Some(vectors)) => vectors.write_ids(out).map(|()| ("id", vectors.count)),
            (Part::Labels, Some(vectors)) => {
                let is_jsonl = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("jsonl"));
                let written =
                    vectors.write_labels(if is_jsonl { LabelForm::Json } else { LabelForm::Lines }, out)?;
                if written.broken > 0 {
                    manners.warn(&format!(
                        "{} with line breaks, written as \\n and \\r; a file named .jsonl keeps them as they are",
                        counted(written.broken, "label")
                    ));
                }
                Ok(("label", written.count))
            }
            (Part::Matrix, _) => {
                let matrix = self.args.matrix.as_deref().unwrap_or_default();
                write_matrix_market(self.bytes, &self.name, matrix, self.damage, out)
                    .map(|count| ("entry", count))
            }
            _ => {
                let index = match self.args.segment {
                    Some(index) => index,
                    None => only_module(self.bytes, &self.name)?,
                };
                let content = segment(self.bytes, &self.name, index, self.damage)?;
                out.write_all(content)
                    .map_err(|e| PackError::io("cannot write the output", path.display(), e))?;
                Ok(("byte", content.len() as u64))
            }
        }
    }
}

fn tell(written: &[(&PathBuf, &str, u64)], manners: &Manners) -> Result<(), Report> {
    if manners.json {
        let files: Vec<Value> = written
            .iter()
            .map(|(path, what, count)| json!({ "file": path.display().to_string(), "what": plural(what), "count": count }))
            .collect();
        return say(
            manners,
            &document("rvf-extract/1", Map::from_iter([("files".to_owned(), Value::Array(files))])),
        );
    }
    let lines: String = written
        .iter()
        .map(|(path, what, count)| {
            format!("wrote {}: {}\n", escape(&path.display().to_string()), said(*count, what))
        })
        .collect();
    say(manners, &lines)
}

/// The noun for many.
fn plural(noun: &str) -> String {
    if noun == "entry" { "entries".to_owned() } else { format!("{noun}s") }
}

fn said(count: u64, noun: &str) -> String {
    if noun == "entry" && count != 1 {
        format!("{} entries", count_text(count))
    } else {
        counted(count, noun)
    }
}
