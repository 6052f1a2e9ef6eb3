//! Labels: given in a file or beside the vectors, held until the file is written.

use std::borrow::Cow;
use std::path::Path;

use rvf_format::write::meta::record_len;

use crate::check::label_is_fit;
use crate::error::{PackError, Result};
use crate::ids::IdSet;
use crate::input::Stream;
use crate::limits::{MAX_LABEL_FILE, MAX_LABELS};

/// A file of labels: one per line, in the order of the vectors; or lines of id, tab, label. The first
/// line decides which. A file named `.jsonl` has lines of JSON with `id` and `label`.
#[derive(Debug)]
pub struct LabelFile {
    name: String,
    text: String,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    ByRow,
    ById,
    Json,
}

impl LabelFile {
    /// Reads the file, all of it.
    ///
    /// # Errors
    /// When it cannot be read, is too large, or is not UTF-8.
    pub fn open(path: &Path) -> Result<Self> {
        let mut stream = Stream::open(path)?;
        let bytes = stream.read_rest(MAX_LABEL_FILE, "the file of labels")?;
        let text = String::from_utf8(bytes).map_err(|e| {
            stream
                .malformed_at(e.utf8_error().valid_up_to() as u64, "the labels are not UTF-8")
                .fix("save them as UTF-8")
        })?;
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("jsonl")) {
            return Ok(Self { name: stream.name().to_owned(), text, form: Form::Json });
        }
        let by_id = text.lines().next().is_some_and(|line| split_id(line).is_some());
        let form = if by_id { Form::ById } else { Form::ByRow };
        Ok(Self { name: stream.name().to_owned(), text, form })
    }

    /// What to call the file.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Adds the labels to `labels`; `id_of_row` gives the id of every row, `known` the set of them, and
    /// `noun` says what is labelled.
    pub(crate) fn apply(
        &self,
        labels: &mut Labels,
        rows: u64,
        noun: &str,
        id_of_row: impl Fn(u64) -> u64,
        known: &IdSet,
    ) -> Result<()> {
        let mut lines = 0;
        for (row, line) in (0u64..).zip(self.text.lines()) {
            lines = row + 1;
            let at = || format!("{}, line {lines}", self.name);
            let (id, label) = if self.form == Form::Json {
                if line.trim().is_empty() {
                    continue;
                }
                let found: Option<(u64, String)> = json_label(line).filter(|(id, _)| known.contains(*id));
                let (id, label) = found.ok_or_else(|| {
                    PackError::malformed(format!(
                        "the line is not a JSON object with the id of a {noun} and a label"
                    ))
                    .at(at())
                    .fix("write lines like {\"id\": 7, \"label\": \"king\"}")
                })?;
                (id, Cow::Owned(label))
            } else if self.form == Form::ById {
                let found = split_id(line).filter(|(id, _)| known.contains(*id));
                let (id, label) = found.ok_or_else(|| {
                    PackError::malformed(format!("the line is not the id of a {noun}, a tab and a label"))
                        .at(at())
                        .fix("the first line has this form, so all must")
                })?;
                (id, Cow::Borrowed(label))
            } else if row < rows {
                (id_of_row(row), Cow::Borrowed(line))
            } else {
                continue;
            };
            label_is_fit(&label).map_err(|what| PackError::malformed(what).at(at()))?;
            labels.push(id, &label).map_err(|e| e.at(at()))?;
        }
        if self.form == Form::ByRow && lines != rows {
            let what = format!("{lines} labels for {rows} {noun}s");
            return Err(PackError::malformed(what)
                .at(&self.name)
                .fix("give one label for each, or lines of id, tab, label"));
        }
        Ok(())
    }

    /// True when lines stand for rows, so that the id of each row must be known.
    pub(crate) const fn is_by_row(&self) -> bool {
        matches!(self.form, Form::ByRow)
    }
}

fn json_label(line: &str) -> Option<(u64, String)> {
    let value: serde_json::Value = serde_json::from_str(line).ok()?;
    Some((value.get("id")?.as_u64()?, value.get("label")?.as_str()?.to_owned()))
}

fn split_id(line: &str) -> Option<(u64, &str)> {
    let (id, label) = line.split_once('\t')?;
    Some((id.parse().ok()?, label))
}

/// Labels with their ids, in one block of text.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    text: String,
    /// Id, and where its label ends in the text.
    entries: Vec<(u64, u32)>,
    written: u64,
}

impl Labels {
    /// Keeps a label. An empty one is as good as none.
    pub(crate) fn push(&mut self, id: u64, label: &str) -> Result<()> {
        if label.is_empty() {
            return Ok(());
        }
        self.written += record_len(label);
        let end = u32::try_from(self.text.len() + label.len()).ok().filter(|_| self.written <= MAX_LABELS);
        let Some(end) = end else {
            let what = format!("the labels take more than the {MAX_LABELS} bytes that readers accept");
            return Err(
                PackError::malformed(what).fix("shorten them, or split the vectors over several files")
            );
        };
        self.text.push_str(label);
        self.entries.push((id, end));
        Ok(())
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The labels by ascending id; the error is an id with two labels.
    pub(crate) fn sorted(&self) -> std::result::Result<Vec<(u64, &str)>, u64> {
        let mut start = 0;
        let mut sorted: Vec<(u64, &str)> = self
            .entries
            .iter()
            .map(|(id, end)| {
                let label = self.text.get(start..*end as usize).unwrap_or_default();
                start = *end as usize;
                (*id, label)
            })
            .collect();
        sorted.sort_by_key(|(id, _)| *id);
        match sorted.windows(2).find_map(|pair| matches!(pair, [a, b] if a.0 == b.0).then(|| pair.first())) {
            Some(Some((id, _))) => Err(*id),
            _ => Ok(sorted),
        }
    }
}
