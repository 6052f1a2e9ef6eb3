//! The answer, as a table with labels, JSON, CSV, or NumPy files.

use std::io::{IsTerminal, Write, stdout};
use std::path::{Path, PathBuf};

use rvf_loader::abi::{Operation, Table as Columns, Unit};
use rvf_loader::job::Answer;
use rvf_loader::lookup;
use rvf_loader::rvf_format::File;
use rvf_loader::rvf_format::read::meta::Labels;
use rvf_terminal::serde_json::{Map, Value, json};
use rvf_terminal::{Align, Manners, OutputFile, Overwrite, Report, Table, escape};

use super::{columns, npy, summary};
use crate::report;

/// Where the answer goes.
pub(super) struct Output {
    pub(super) csv: bool,
    pub(super) force: bool,
    pub(super) targets: Vec<Target>,
}

/// One NumPy file.
pub(super) struct Target {
    column: Option<String>,
    path: PathBuf,
}

impl Target {
    /// `FILE` or `COLUMN=FILE`, where COLUMN is one of the operation's.
    pub(super) fn parse(given: &Path, operation: &Operation) -> Result<Self, Report> {
        let text = given.to_string_lossy();
        let named = text.split_once('=').and_then(|(name, file)| {
            operation
                .columns
                .iter()
                .find(|column| column.name == name)
                .map(|_| (name.to_owned(), PathBuf::from(file)))
        });
        let names = || {
            let names: Vec<&str> = operation.columns.iter().map(|column| column.name.as_str()).collect();
            names.join(", ")
        };
        if named.is_none()
            && let Some((name, _)) = text.split_once('=')
            && !name.contains(['/', '\\', '.'])
        {
            return Err(Report::usage(format!("the answer has no column `{name}`")).fix(format!(
                "the columns are {}; a file with = in its name is written ./NAME.npy",
                names()
            )));
        }
        let (column, path) = match named {
            Some((column, path)) => (Some(column), path),
            None => (None, given.to_owned()),
        };
        if path.extension().is_none_or(|extension| extension != "npy") {
            return Err(Report::usage("--out writes NumPy files")
                .at(path.display())
                .fix(format!("give FILE.npy or COLUMN=FILE.npy; the columns are {}", names())));
        }
        Ok(Self { column, path })
    }
}

/// The module that gave an answer.
pub(super) struct SolverFacts {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) origin: String,
    pub(super) segment: Option<u32>,
}

impl SolverFacts {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "version": self.version,
            "origin": self.origin,
            "segment": self.segment,
        })
    }
}

/// An answer and what is said about it.
pub(super) struct Shown<'a> {
    pub(super) path: &'a Path,
    pub(super) operation: &'a Operation,
    pub(super) answer: &'a Answer,
    pub(super) labels: Option<Labels<'a>>,
    pub(super) solver: SolverFacts,
    pub(super) engine: &'static str,
    pub(super) warnings: Vec<String>,
    /// The copy that was saved with what the run taught.
    pub(super) saved: Option<Value>,
}

/// The labels of the answer's ids, when the operation has a column of ids and the file has labels.
pub(super) fn labels<'a>(
    file: &File<'a>,
    operation: &Operation,
    table: &Columns,
    path: &Path,
) -> Result<Option<Labels<'a>>, Report> {
    let mut columns = operation.columns.iter().filter(|column| column.unit == Some(Unit::Id)).peekable();
    if columns.peek().is_none() {
        return Ok(None);
    }
    let ids: Vec<u64> =
        columns.filter_map(|column| table.column(&column.name)).flat_map(columns::ids).collect();
    let labels = lookup::labels_of(file, &ids).map_err(|error| report::data(path, &error))?;
    Ok(labels.file_has_records().then_some(labels))
}

/// The files that an answer is written to.
pub(super) fn paths(output: &Output) -> Vec<&Path> {
    output.targets.iter().map(|target| target.path.as_path()).collect()
}

pub(super) fn write(shown: &Shown<'_>, output: &Output, manners: &Manners) -> Result<(), Report> {
    let overwrite = if output.force { Overwrite::Replace } else { Overwrite::Refuse };
    // All of them are made before the first is filled, so that a refused one leaves no others.
    let created: Vec<OutputFile> = output
        .targets
        .iter()
        .map(|target| OutputFile::create(&target.path, overwrite))
        .collect::<Result<_, _>>()?;
    for (target, out) in output.targets.iter().zip(created) {
        write_npy(&shown.answer.table, target, out)?;
        manners.note(&format!("wrote {}", target.path.display()));
    }
    if manners.json {
        return rvf_terminal::print(&rvf_terminal::document("rvf-answer/1", shown.to_json()));
    }
    if output.csv {
        return rvf_terminal::print(&shown.to_csv(stdout().is_terminal()));
    }
    if output.targets.is_empty() {
        let mut text = shown.to_table().to_text(manners.colour.stdout);
        if let Some(line) = summary::line(&shown.answer.summary) {
            text.push_str(&format!("\n{}\n", escape(&line)));
        }
        rvf_terminal::print(&text)?;
    }
    Ok(())
}

fn write_npy(table: &Columns, target: &Target, mut out: OutputFile) -> Result<(), Report> {
    let written = match &target.column {
        None => npy::write_table(&mut out, table),
        Some(name) => match table.column(name) {
            Some(column) => npy::write_column(&mut out, column, table.rows),
            None => return Err(Report::usage(format!("the answer has no column `{name}`"))),
        },
    };
    written
        .and_then(|()| out.flush())
        .map_err(|error| Report::io("cannot write the file", target.path.display(), &error))?;
    out.commit()
}

impl Shown<'_> {
    /// The unit of a column, from the description.
    fn is_id(&self, name: &str) -> bool {
        self.labels.is_some()
            && self
                .operation
                .columns
                .iter()
                .any(|column| column.name == name && column.unit == Some(Unit::Id))
    }

    fn label(&self, id: Option<u64>) -> &str {
        id.zip(self.labels.as_ref()).and_then(|(id, labels)| labels.get(id)).unwrap_or_default()
    }

    /// The name of the column of labels beside an id column.
    fn label_name(name: &str) -> String {
        if name == "id" { "label".to_owned() } else { format!("{name}_label") }
    }

    fn to_table(&self) -> Table {
        let table = &self.answer.table;
        let mut names: Vec<(String, Align)> = Vec::new();
        for column in &table.columns {
            names.push((column.name.clone(), if column.width == 1 { Align::Right } else { Align::Left }));
            if self.is_id(&column.name) {
                names.push((Self::label_name(&column.name), Align::Left));
            }
        }
        let heads: Vec<(&str, Align)> = names.iter().map(|(name, align)| (name.as_str(), *align)).collect();
        let mut shown = Table::new(&heads);
        for row in 0..table.rows {
            let mut cells = Vec::new();
            for column in &table.columns {
                cells.push(columns::cell(column, row));
                if self.is_id(&column.name) {
                    cells.push(self.label(columns::id(column, row)).to_owned());
                }
            }
            shown.row(cells);
        }
        shown
    }

    /// Header and rows; a column of vectors becomes one field per element. On a terminal labels are
    /// escaped; anywhere else they are what the file says.
    fn to_csv(&self, on_terminal: bool) -> String {
        let table = &self.answer.table;
        let mut header = Vec::new();
        for column in &table.columns {
            match column.width {
                1 => header.push(column.name.clone()),
                width => header.extend((0..width).map(|element| format!("{}_{element}", column.name))),
            }
            if self.is_id(&column.name) {
                header.push(Self::label_name(&column.name));
            }
        }
        let mut text = header.join(",") + "\n";
        for row in 0..table.rows {
            let mut fields = Vec::new();
            for column in &table.columns {
                fields.extend(columns::texts(column, row));
                if self.is_id(&column.name) {
                    fields.push(field(self.label(columns::id(column, row)), on_terminal));
                }
            }
            text.push_str(&fields.join(","));
            text.push('\n');
        }
        text
    }

    fn to_json(&self) -> Map<String, Value> {
        let table = &self.answer.table;
        let rows: Vec<Value> = (0..table.rows)
            .map(|row| {
                let mut fields = Map::new();
                for column in &table.columns {
                    fields.insert(column.name.clone(), columns::json(column, row));
                    if self.is_id(&column.name) {
                        fields.insert(
                            Self::label_name(&column.name),
                            self.label(columns::id(column, row)).into(),
                        );
                    }
                }
                Value::Object(fields)
            })
            .collect();
        let fields = json!({
            "file": self.path.to_string_lossy(),
            "operation": self.operation.name,
            "solver": self.solver.to_json(),
            "engine": self.engine,
            "warnings": self.warnings,
            "summary": self.answer.summary,
            "rows": rows,
        });
        let mut fields = match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        if let Some(saved) = &self.saved {
            fields.insert("saved".to_owned(), saved.clone());
        }
        fields
    }
}

/// A CSV field, in quotes where it needs them. A leading sign that a spreadsheet
/// would take for a formula is kept as it is: this is data for programs.
fn field(text: &str, on_terminal: bool) -> String {
    let text = if on_terminal { escape(text) } else { text.into() };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_csv_field_is_exact_in_a_file_and_harmless_on_a_terminal() {
        assert_eq!(field("a\u{1b}[31m,\u{202e}b", false), "\"a\u{1b}[31m,\u{202e}b\"");
        assert_eq!(field("a\u{1b}[31m,\u{202e}b", true), "\"a\\u{1b}[31m,\\u{202e}b\"");
        assert_eq!(field("=1+1", true), "=1+1");
    }
}
