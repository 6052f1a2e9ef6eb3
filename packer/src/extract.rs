//! Taking things out of a file again: modules, segments, vectors, ids, labels.

use std::collections::HashMap;
use std::io::{self, Write};

use rvf_format::read::meta::Metadata;
use rvf_format::read::vectors::for_each_vector;
use rvf_format::read::wasm::WasmSegment;
use rvf_format::{File, SegmentType};

use crate::checked::{Checked, Damage};
use crate::embed::open;
use crate::error::{OUTPUT, PackError, Result};

/// The content of the segment at a place of the directory: the module itself for a WASM_SEG, the
/// payload for any other.
///
/// # Errors
/// When the bytes are not a file, there is no such segment, or it is damaged and `damage` does not allow
/// that.
pub fn segment<'a>(bytes: &'a [u8], name: &str, index: u32, damage: Damage) -> Result<&'a [u8]> {
    let file = open(bytes, name)?;
    let count = file.segment_count();
    if index > count {
        return Err(PackError::usage(format!("there is no segment {index}"))
            .at(name)
            .fix(format!("the file has segments 0 to {count}")));
    }
    let segment = if index == count { Ok(*file.manifest_segment()) } else { file.segment(index) };
    let segment = segment.map_err(|e| damaged(name, e))?;
    Checked::of(&file, name, damage)?.segment(&segment)?;
    if segment.header.segment_type != SegmentType::WASM {
        return Ok(segment.payload);
    }
    WasmSegment::parse(segment.payload, segment.payload_offset())
        .map(|s| s.bytecode)
        .map_err(|e| damaged(name, e))
}

/// The place of the only module of a file.
///
/// # Errors
/// When there is none or more than one.
pub fn only_module(bytes: &[u8], name: &str) -> Result<u32> {
    let file = open(bytes, name)?;
    let entries = (0..).zip(&file.manifest().directory);
    let places: Vec<u32> =
        entries.filter(|(_, e)| e.segment_type == SegmentType::WASM).map(|(index, _)| index).collect();
    match *places.as_slice() {
        [only] => Ok(only),
        [] => Err(PackError::absent("the file carries no module").at(name)),
        _ => {
            let places: Vec<String> = places.iter().map(u32::to_string).collect();
            Err(PackError::usage(format!("the file carries {} modules", places.len()))
                .at(name)
                .fix(format!("choose with --segment one of {}", places.join(", "))))
        }
    }
}

/// How labels are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelForm {
    /// Lines of id, tab, label; line breaks in a label become `\n` and `\r`.
    Lines,
    /// Lines of JSON, `{"id":7,"label":"king"}`: every label as it is.
    Json,
}

/// Labels that were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenLabels {
    /// How many.
    pub count: u64,
    /// Of them, those whose line breaks could not be kept.
    pub broken: u64,
}

/// The vectors in force: not deleted, and of rows with the same id the last. In file order.
pub struct Vectors<'a> {
    file: File<'a>,
    name: String,
    damage: Damage,
    /// For files in which an id comes twice: the row that counts.
    last: Option<HashMap<u64, u64>>,
    /// Vectors in force.
    pub count: u64,
    /// Elements of each.
    pub dimension: u16,
}

impl<'a> Vectors<'a> {
    /// Reads the ids of a file.
    ///
    /// # Errors
    /// When the bytes are not a file or a segment of vectors is damaged; with [`Damage::Allow`] only when it
    /// cannot be read.
    pub fn open(bytes: &'a [u8], name: &str, damage: Damage) -> Result<Self> {
        let file = open(bytes, name)?;
        Checked::of(&file, name, damage)?.segments_of(SegmentType::VEC)?;
        let dimension = file.manifest().head.dimension;
        let mut vectors = Self { file, name: name.to_owned(), damage, last: None, count: 0, dimension };
        let mut ids = Vec::new();
        vectors.visit_all(&mut |id, _| {
            ids.push(id);
            Ok(())
        })?;
        if !ids.is_sorted_by(|a, b| a < b) {
            vectors.last = Some(ids.iter().copied().zip(0..).collect());
        }
        drop(ids);
        let mut count = 0;
        vectors.visit(&mut |_, _| {
            count += 1;
            Ok(())
        })?;
        vectors.count = count;
        Ok(vectors)
    }

    /// Visits the vectors in force.
    fn visit(&self, visit: &mut dyn FnMut(u64, &[f32]) -> Result<()>) -> Result<()> {
        let deleted = &self.file.manifest().deleted;
        let sorted = deleted.is_sorted();
        let mut row = 0;
        self.visit_all(&mut |id, elements| {
            let superseded = self.last.as_ref().is_some_and(|last| last.get(&id) != Some(&row));
            row += 1;
            let is_deleted = if sorted { deleted.binary_search(&id).is_ok() } else { deleted.contains(&id) };
            if superseded || is_deleted { Ok(()) } else { visit(id, elements) }
        })
    }

    fn visit_all(&self, visit: &mut dyn FnMut(u64, &[f32]) -> Result<()>) -> Result<()> {
        for segment in self.file.segments_of(SegmentType::VEC) {
            let segment = segment.map_err(|e| damaged(&self.name, e))?;
            let mut outcome = Ok(());
            for_each_vector(segment.payload, self.dimension, segment.payload_offset(), |id, elements| {
                outcome =
                    if elements.len() == usize::from(self.dimension) { visit(id, elements) } else { Ok(()) };
                outcome.is_ok()
            })
            .map_err(|e| damaged(&self.name, e))?;
            outcome?;
        }
        Ok(())
    }

    /// Writes the vectors as npy, f32, C order.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn write_npy(&self, out: &mut dyn Write) -> Result<()> {
        put(out, &npy_header("<f4", &format!("({}, {})", self.count, self.dimension)))?;
        let mut bytes = Vec::new();
        self.visit(&mut |_, elements| {
            bytes.clear();
            bytes.extend(elements.iter().flat_map(|x| x.to_le_bytes()));
            put(out, &bytes)
        })
    }

    /// Writes the ids of the vectors, in the same order, as npy, u64.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn write_ids(&self, out: &mut dyn Write) -> Result<()> {
        put(out, &npy_header("<u8", &format!("({},)", self.count)))?;
        self.visit(&mut |id, _| put(out, &id.to_le_bytes()))
    }

    /// Writes the labels of the vectors that have one, and says how many. Of a file without vectors these
    /// are the labels of nodes: all there are.
    ///
    /// # Errors
    /// When the metadata is damaged or `out` fails.
    pub fn write_labels(&self, form: LabelForm, out: &mut dyn Write) -> Result<WrittenLabels> {
        Checked::of(&self.file, &self.name, self.damage)?.segments_of(SegmentType::META)?;
        let metadata = Metadata::read(&self.file).map_err(|e| damaged(&self.name, e))?;
        let mut written = WrittenLabels { count: 0, broken: 0 };
        let mut write = |id: u64| {
            let Some(label) = metadata.label(id) else { return Ok(()) };
            written.count += 1;
            let line = match form {
                LabelForm::Json => format!("{}\n", serde_json::json!({ "id": id, "label": label })),
                LabelForm::Lines if label.contains(['\n', '\r']) => {
                    written.broken += 1;
                    format!("{id}\t{}\n", label.replace('\n', "\\n").replace('\r', "\\r"))
                }
                LabelForm::Lines => format!("{id}\t{label}\n"),
            };
            put(out, line.as_bytes())
        };
        if self.dimension == 0 {
            metadata.records.keys().try_for_each(|id| write(*id))?;
        } else {
            self.visit(&mut |id, _| write(id))?;
        }
        Ok(written)
    }
}

/// The head of a npy file, version 1, filled up so that the elements start at a multiple of 64.
fn npy_header(descr: &str, shape: &str) -> Vec<u8> {
    let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let unfilled = 10 + text.len() + 1;
    let fill = unfilled.next_multiple_of(64) - unfilled;
    let length = (text.len() + fill + 1) as u16;
    let mut head = b"\x93NUMPY\x01\x00".to_vec();
    head.extend_from_slice(&length.to_le_bytes());
    head.extend_from_slice(text.as_bytes());
    head.resize(head.len() + fill, b' ');
    head.push(b'\n');
    head
}

fn put(out: &mut dyn Write, bytes: &[u8]) -> Result<()> {
    out.write_all(bytes).map_err(|e: io::Error| PackError::io("cannot write the output", OUTPUT, e))
}

fn damaged(name: &str, error: rvf_format::Error) -> PackError {
    PackError::malformed(error.to_string()).at(name)
}
