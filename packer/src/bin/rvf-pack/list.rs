//! `rvf-pack list`.

use std::path::PathBuf;

use rvf_format::read::wasm::HashKind;
use rvf_format::{HashVerdict, SegmentType};
use rvf_packer::Mapped;
use rvf_packer::list::{Entry, Listing, ModuleEntry, list};
use rvf_terminal::serde_json::{Map, Value, json};
use rvf_terminal::{Align, Exit, Manners, Report, Table, count_text, counted, document, escape};
use rvf_wasm_inspect::feature_names;

use crate::head::{head_json, matrix_text};
use crate::report;

/// List the segments, modules and matrices of a file
///
/// Exit code 1 when a segment does not match its hash.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file
    file: PathBuf,
}

pub(crate) fn run(args: &Args, manners: &Manners) -> Result<Exit, Report> {
    let bytes = Mapped::open(&args.file).map_err(|e| report(&e))?;
    let name = args.file.display().to_string();
    let listing = list(&bytes, &name).map_err(|e| report(&e))?;
    let text = if manners.json { json_text(&name, &listing) } else { table_text(&name, &listing, manners) };
    rvf_terminal::print(&text)?;
    let is_damaged = |entry: &Entry| matches!(entry.hash, HashVerdict::Mismatch(_));
    Ok(if listing.segments.iter().any(is_damaged) { Exit::No } else { Exit::Ok })
}

fn hash_text(entry: &Entry) -> String {
    match &entry.hash {
        // The record hashes itself with the rest of the file; a hash in its header would be a circle.
        HashVerdict::Unhashed if entry.segment_type == SegmentType::INTEGRITY => "own".to_owned(),
        HashVerdict::Match(algorithm) => format!("{} ok", algorithm.name()),
        HashVerdict::Mismatch(_) => "MISMATCH".to_owned(),
        HashVerdict::Unhashed => "none".to_owned(),
        HashVerdict::Unsupported(number) => format!("unknown kind {number}"),
    }
}

fn kind_text(hash: HashKind) -> &'static str {
    match hash {
        HashKind::Shake256 => "shake256",
        HashKind::ByteFold => "additive fold (proves nothing)",
        HashKind::Neither => "does not match",
    }
}

fn table_text(name: &str, listing: &Listing, manners: &Manners) -> String {
    let mut table = Table::new(&[
        ("segment", Align::Right),
        ("type", Align::Left),
        ("offset", Align::Right),
        ("payload", Align::Right),
        ("id", Align::Right),
        ("hash", Align::Left),
        ("holds", Align::Left),
    ]);
    for entry in &listing.segments {
        table.row([
            entry.index.to_string(),
            entry.segment_type.to_string(),
            format!("0x{:x}", entry.offset),
            entry.payload_len.to_string(),
            entry.segment_id.to_string(),
            hash_text(entry),
            holds_text(entry),
        ]);
    }
    let mut text = format!(
        "{}: {} of {}, metric {}, {} deleted, {} dialect\n",
        escape(name),
        counted(listing.vectors, "vector"),
        listing.dimension,
        listing.metric.name(),
        count_text(listing.deleted),
        listing.dialect.name(),
    );
    text.push_str(&table.to_text(manners.colour.stdout));
    for entry in &listing.segments {
        if let Some(ModuleEntry::Read { lies, hash, .. }) = &entry.module {
            if *hash != HashKind::Shake256 {
                text.push_str(&format!("segment {}: bytecode hash: {}\n", entry.index, kind_text(*hash)));
            }
            match lies {
                Ok(lies) => {
                    for lie in lies.iter().filter(|lie| lie.field != "bytecode hash") {
                        text.push_str(&format!("segment {}: {}\n", entry.index, escape(&lie.to_string())));
                    }
                }
                Err(why) => {
                    text.push_str(&format!("segment {}: not a module: {}\n", entry.index, escape(why)))
                }
            }
        }
    }
    text
}

/// What a module or matrix is; nothing for other segments.
fn holds_text(entry: &Entry) -> String {
    match (&entry.module, &entry.matrix) {
        (Some(module), _) => module_text(module),
        (_, Some(Ok(matrix))) => format!("{}: {}", matrix.name, matrix_text(&matrix.head)),
        (_, Some(Err(why))) => format!("unreadable: {why}"),
        (None, None) => String::new(),
    }
}

fn module_text(module: &ModuleEntry) -> String {
    match module {
        ModuleEntry::Unreadable(why) => format!("unreadable: {why}"),
        ModuleEntry::Read { header, .. } => {
            let features = feature_names(header.required_features);
            let features =
                if features.is_empty() { String::new() } else { format!(", {}", features.join("+")) };
            format!("{} for {}, priority {}{features}", header.role, header.target, header.bootstrap_priority)
        }
    }
}

fn json_text(name: &str, listing: &Listing) -> String {
    let mut body = Map::new();
    body.insert("file".to_owned(), json!(name));
    body.insert("dialect".to_owned(), json!(listing.dialect.name()));
    body.insert("dimension".to_owned(), json!(listing.dimension));
    body.insert("metric".to_owned(), json!(listing.metric.name()));
    body.insert("vectors".to_owned(), json!(listing.vectors));
    body.insert("deleted".to_owned(), json!(listing.deleted));
    body.insert("segments".to_owned(), listing.segments.iter().map(entry_json).collect());
    document("rvf-list/1", body)
}

fn entry_json(entry: &Entry) -> Value {
    let mut value = json!({
        "segment": entry.index,
        "type": entry.segment_type.to_string(),
        "offset": entry.offset,
        "payload_bytes": entry.payload_len,
        "id": entry.segment_id,
        "hash": hash_text(entry),
    });
    if let (Some(matrix), Some(fields)) = (&entry.matrix, value.as_object_mut()) {
        let matrix = match matrix {
            Ok(matrix) => head_json(&matrix.name, &matrix.head),
            Err(why) => json!({ "error": why }),
        };
        fields.insert("matrix".to_owned(), matrix);
    }
    let module = match &entry.module {
        None => return value,
        Some(ModuleEntry::Unreadable(why)) => json!({ "error": why }),
        Some(ModuleEntry::Read { header, hash, lies }) => json!({
            "role": header.role.to_string(),
            "target": header.target.to_string(),
            "features": feature_names(header.required_features),
            "exports": header.export_count,
            "bytes": header.bytecode_size,
            "min_pages": header.min_memory_pages,
            "max_pages": header.max_memory_pages,
            "tables": header.table_count,
            "priority": header.bootstrap_priority,
            "bytecode_hash": kind_text(*hash),
            "valid": lies.is_ok(),
            "lies": lies.as_ref().map_or_else(
                |why| json!([why]),
                |lies| lies.iter().map(|lie| Value::from(lie.to_string())).collect(),
            ),
        }),
    };
    if let Some(fields) = value.as_object_mut() {
        fields.insert("module".to_owned(), module);
    }
    value
}
