//! What `build` has to say when it is done.

use std::path::Path;

use rvf_packer::build::Built;
use rvf_packer::matrix::BuiltMatrix;
use rvf_packer::plan::Module;
use rvf_terminal::serde_json::{Map, Value, json};
use rvf_terminal::{Align, Manners, Report, Table, bytes_text, count_text, counted, document, escape, hex};

use crate::head::{head_json, matrix_text};
use crate::place::say;

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

/// What there is to tell.
pub(crate) struct Told<'a> {
    pub(crate) output: Option<&'a Path>,
    pub(crate) dry_run: bool,
    pub(crate) built: &'a Built,
    pub(crate) modules: &'a [Module],
}

/// Tells it, as one document or as lines, and warns of what a user may not expect.
pub(crate) fn tell(told: &Told<'_>, manners: &Manners) -> Result<(), Report> {
    let built = told.built;
    if built.dimension > 0 && built.summary.vectors == 0 {
        manners.warn("the inputs hold no vectors, so the file has none");
    }
    built.matrices.iter().for_each(|matrix| warn(matrix, manners));
    let digest = hex(&built.summary.digest);
    let name = told.output.map(|path| path.display().to_string());
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
        body.insert("written".to_owned(), json!(!told.dry_run));
        body.insert("bytes".to_owned(), json!(built.summary.bytes));
        body.insert("vectors".to_owned(), json!(built.summary.vectors));
        body.insert("dimension".to_owned(), json!(built.dimension));
        body.insert("labels".to_owned(), json!(built.labels));
        body.insert("matrices".to_owned(), built.matrices.iter().map(matrix_json).collect());
        body.insert("modules".to_owned(), told.modules.iter().map(module_json).collect());
        body.insert("digest".to_owned(), json!(digest));
        body.insert("segments".to_owned(), Value::Array(segments));
        return say(manners, &document("rvf-build/1", body));
    }
    let mut text = String::new();
    if told.dry_run {
        let mut table = Table::new(&[
            ("offset", Align::Right),
            ("type", Align::Left),
            ("id", Align::Right),
            ("payload", Align::Right),
        ]);
        for s in &built.segments {
            let row = [format!("0x{:x}", s.offset), s.segment_type.to_string(), s.segment_id.to_string()];
            table.row(row.into_iter().chain([s.payload_len.to_string()]));
        }
        text.push_str(&table.to_text(manners.colour.stdout));
    }
    for BuiltMatrix { name, head, .. } in &built.matrices {
        text.push_str(&format!("matrix {}: {}\n", escape(name), matrix_text(head)));
    }
    let verb = if told.dry_run { "would write" } else { "wrote" };
    let name = escape(name.as_deref().unwrap_or("a file")).into_owned();
    text.push_str(&format!(
        "{verb} {name}: {}{}, {}, {} ({} bytes)\ndigest {digest}\n",
        content_text(built),
        counted(built.labels, "label"),
        counted(told.modules.len() as u64, "module"),
        bytes_text(built.summary.bytes),
        built.summary.bytes,
    ));
    say(manners, &text)
}

/// Vectors, matrices or both.
fn content_text(built: &Built) -> String {
    let mut text = String::new();
    if built.dimension > 0 {
        text.push_str(&format!("{} of {}, ", counted(built.summary.vectors, "vector"), built.dimension));
    }
    match built.matrices.len() {
        0 => {}
        1 => text.push_str("1 matrix, "),
        n => text.push_str(&format!("{n} matrices, ")),
    }
    text
}

fn matrix_json(matrix: &BuiltMatrix) -> Value {
    let mut value = head_json(&matrix.name, &matrix.head);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("repeated".to_owned(), json!(matrix.repeated));
        fields.insert("dropped_zeros".to_owned(), json!(matrix.dropped));
        fields.insert("note".to_owned(), json!(matrix.note));
    }
    value
}

fn warn(matrix: &BuiltMatrix, manners: &Manners) {
    let name = escape(&matrix.name);
    if matrix.repeated > 0 {
        let how = if matrix.summed { "were added to it" } else { "count once; --values f64 adds them up" };
        let count = count_text(matrix.repeated);
        manners.warn(&format!("matrix {name}: {count} entries repeat an earlier place and {how}"));
    }
    if matrix.dropped > 0 {
        manners.note(&format!("matrix {name}: {} zeros left out", count_text(matrix.dropped)));
    }
    if let Some(note) = &matrix.note {
        manners.note(&format!("matrix {name}: {}", escape(note)));
    }
}
