//! `rvf-run inspect`: what is in a file.

mod matrices;
mod policies;

use std::path::Path;

use rvf_loader::lookup;
use rvf_loader::rvf_format::read::vectors::vector_count;
use rvf_loader::rvf_format::{File, HashVerdict, Segment, SegmentType};
use rvf_loader::segments::Extent;
use rvf_terminal::serde_json::{Map, Value, json};
use rvf_terminal::{Align, Exit, Manners, Report, Table, bytes_text, count_text};

use crate::args::HostArgs;
use crate::{report, select, target};

pub(crate) fn run(path: &Path, host: &HostArgs, manners: &Manners) -> Result<Exit, Report> {
    let rvf = target::open(path, host)?;
    let file = rvf.file().map_err(|error| report::format(path, &error))?;
    let selection = select::judge(&rvf, path, host, manners)?;
    let seen = Seen::of(&file);
    if manners.json {
        let mut body = seen.to_json(path, &file);
        body.insert("matrices".to_owned(), matrices::to_json(&file));
        body.insert("policies".to_owned(), policies::to_json(&file));
        body.insert("modules".to_owned(), select::to_json(&selection));
        body.insert("bootstrap".to_owned(), select::bootstrap_json(&selection));
        rvf_terminal::print(&rvf_terminal::document("rvf-inspect/1", body))?;
        return Ok(Exit::Ok);
    }
    let mut text = seen.to_text(path, &file);
    text.push_str(&seen.table().to_text(manners.colour.stdout));
    for table in [matrices::table(&file), policies::table(&file)].into_iter().flatten() {
        text.push('\n');
        text.push_str(&table.to_text(manners.colour.stdout));
    }
    if !selection.verdicts.is_empty() {
        text.push('\n');
        text.push_str(&select::table(&selection).to_text(manners.colour.stdout));
        text.push_str(&format!("\nbootstrap: {}\n", selection.bootstrap()));
    }
    rvf_terminal::print(&text)?;
    Ok(Exit::Ok)
}

/// What was seen of a file without hashing it.
struct Seen<'a> {
    segments: Vec<Result<Segment<'a>, (u32, String)>>,
    vectors: u64,
    labels: Result<u64, String>,
    integrity: &'static str,
}

impl<'a> Seen<'a> {
    fn of(file: &File<'a>) -> Self {
        let dimension = file.manifest().head.dimension;
        let listed = (0..file.segment_count())
            .map(|index| file.segment(index).map_err(|error| (index, error.to_string())));
        let segments: Vec<_> = listed.chain([Ok(*file.manifest_segment())]).collect();
        let mut extent = Extent::of(file);
        let vectors = segments
            .iter()
            .flatten()
            .filter(|segment| segment.header.segment_type == SegmentType::VEC)
            .filter(|segment| extent.take(segment).is_ok())
            .filter_map(|segment| vector_count(segment.payload, dimension, segment.payload_offset()).ok())
            .fold(0, u64::saturating_add);
        let labels =
            lookup::labels(file).map(|labels| labels.label_count()).map_err(|error| error.to_string());
        let integrity = match file.integrity() {
            Ok(Some(_)) => "present (not checked: use verify)",
            Ok(None) => "none",
            Err(_) => "DAMAGED",
        };
        Self { segments, vectors, labels, integrity }
    }

    fn to_text(&self, path: &Path, file: &File<'_>) -> String {
        let head = &file.manifest().head;
        let labels = match &self.labels {
            Ok(count) => count_text(*count),
            Err(error) => format!("unreadable: {error}"),
        };
        let mut lines = vec![
            ("file", format!("{}, {}", path.display(), bytes_text(file.bytes().len() as u64))),
            ("dialect", file.dialect().name().to_owned()),
            ("vectors", format!("{} of dimension {}", count_text(self.vectors), head.dimension)),
            ("metric", metric(file).to_owned()),
            ("deleted", count_text(file.manifest().deleted.len() as u64)),
            ("labels", labels),
            ("epoch", head.epoch.to_string()),
            ("integrity record", self.integrity.to_owned()),
        ];
        if file.root_page().is_some() {
            lines.push(("root page", "present; its signature is not checked".to_owned()));
        }
        if file.uncommitted_tail() > 0 {
            lines.push(("behind the manifest", bytes_text(file.uncommitted_tail())));
        }
        let line = |(name, value): (&str, String)| format!("{name:<20}{}\n", rvf_terminal::escape(&value));
        lines.into_iter().map(line).collect::<String>() + "\n"
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&[
            ("segment", Align::Right),
            ("type", Align::Left),
            ("id", Align::Right),
            ("offset", Align::Right),
            ("payload", Align::Right),
            ("hash", Align::Left),
        ]);
        for segment in &self.segments {
            match segment {
                Ok(segment) => table.row([
                    segment.index.to_string(),
                    type_name(segment.header.segment_type),
                    segment.header.segment_id.to_string(),
                    format!("0x{:x}", segment.offset),
                    bytes_text(segment.header.payload_len),
                    hash_name(segment).to_owned(),
                ]),
                Err((index, error)) => table.row([index.to_string(), error.clone()]),
            }
        }
        table
    }

    fn to_json(&self, path: &Path, file: &File<'_>) -> Map<String, Value> {
        let head = &file.manifest().head;
        let segments: Vec<Value> = self
            .segments
            .iter()
            .map(|segment| match segment {
                Ok(segment) => json!({
                    "segment": segment.index,
                    "type": type_name(segment.header.segment_type),
                    "type_code": segment.header.segment_type.0,
                    "id": segment.header.segment_id,
                    "offset": segment.offset,
                    "payload_bytes": segment.header.payload_len,
                    "hash": hash_name(segment),
                }),
                Err((index, error)) => json!({ "segment": index, "error": error }),
            })
            .collect();
        let labels = match &self.labels {
            Ok(count) => json!(count),
            Err(error) => json!({ "error": error }),
        };
        let fields = json!({
            "file": path.to_string_lossy(),
            "bytes": file.bytes().len(),
            "dialect": file.dialect().name(),
            "dimension": head.dimension,
            "metric": metric(file),
            "vectors": self.vectors,
            "deleted": file.manifest().deleted.len(),
            "labels": labels,
            "epoch": head.epoch,
            "integrity_record": !matches!(file.integrity(), Ok(None)),
            "signed": file.root_page().is_some(),
            "uncommitted_bytes": file.uncommitted_tail(),
            "segments": segments,
        });
        match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }
}

fn metric(file: &File<'_>) -> &'static str {
    file.manifest().head.metric().name()
}

pub(crate) fn type_name(kind: SegmentType) -> String {
    kind.name().map_or_else(|| format!("0x{:02X}", kind.0), str::to_owned)
}

/// The kind of hash that a segment carries; nothing is checked here.
fn hash_name(segment: &Segment<'_>) -> &'static str {
    if segment.header.is_unhashed() {
        return "none";
    }
    rvf_loader::rvf_format::hash::Algorithm::from_byte(segment.header.checksum_algo)
        .map_or("unknown", |kind| kind.name())
}

/// What a segment's hash says, in words.
pub(crate) fn hash_words(verdict: &HashVerdict) -> String {
    match verdict {
        HashVerdict::Match(algorithm) => format!("{} matches", algorithm.name()),
        HashVerdict::Mismatch(_) => "DOES NOT MATCH".to_owned(),
        HashVerdict::Unhashed => "not hashed: cannot be verified".to_owned(),
        HashVerdict::Unsupported(kind) => format!("hash of the unknown kind {kind}: cannot be verified"),
    }
}
