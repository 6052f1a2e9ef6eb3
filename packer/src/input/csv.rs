//! Comma-separated values: one vector per record, with an optional header, id and label.

use csv::{ByteRecord, Reader, ReaderBuilder};
use std::io::{self, Read};

use crate::check::label_is_fit;
use crate::error::{PackError, Result};
use crate::input::dense::dimension;
use crate::input::{Batch, NO_VECTORS, Source, Stream};
use crate::limits::{MAX_RECORD, MAX_TOKEN_SHOWN, TEXT_BUFFER};

/// Whether the first record names the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// It does when none of its fields, beside label and id, is a number. Refused when some are and some
    /// are not: a header and a vector with a hole in it look alike.
    #[default]
    Auto,
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// How to read records.
#[derive(Clone, Debug, Default)]
pub struct CsvOptions {
    /// Whether there is a header.
    pub header: Header,
    /// The column of ids: its name, or its number from 1. Without it, a column named `id`.
    pub id_column: Option<String>,
    /// The column of labels: its name, or its number from 1. Without it, a column named `label`.
    pub label_column: Option<String>,
    /// What stands between fields; by default a comma, or a tab for tsv.
    pub delimiter: Option<u8>,
}

/// A source of records.
pub(crate) struct Csv {
    name: String,
    reader: Reader<Bounded>,
    record: ByteRecord,
    /// The record is the first vector and was not handed out yet.
    pending: bool,
    id: Option<usize>,
    label: Option<usize>,
    dimension: u16,
    delimiter: u8,
    has_header: bool,
    total: Option<u64>,
    row: u64,
}

impl Csv {
    /// Reads the first record, which tells the columns.
    pub(crate) fn open(stream: Stream, options: &CsvOptions, delimiter: u8) -> Result<Self> {
        let (name, total) = (stream.name().to_owned(), stream.length());
        let delimiter = options.delimiter.unwrap_or(delimiter);
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(TEXT_BUFFER)
            .from_reader(Bounded { stream, budget: MAX_RECORD + TEXT_BUFFER as u64 });
        let record = ByteRecord::new();
        let mut csv = Self {
            name,
            reader,
            record,
            pending: true,
            id: None,
            label: None,
            dimension: 1,
            delimiter,
            has_header: false,
            total,
            row: 0,
        };
        if !csv.next_record()? {
            return Err(PackError::malformed("the input has no records").at(&csv.name).fix(NO_VECTORS));
        }
        csv.refuse_utf_16()?;
        let names: Vec<String> =
            csv.record.iter().map(|f| String::from_utf8_lossy(f).trim().to_owned()).collect();
        csv.id = csv.column(&names, options.id_column.as_deref(), "id")?;
        csv.label = csv.column(&names, options.label_column.as_deref(), "label")?;
        if csv.id.is_some() && csv.id == csv.label {
            return Err(PackError::usage("ids and labels are in the same column").at(&csv.name));
        }
        let named = |wanted: &Option<String>| wanted.as_ref().is_some_and(|n| n.parse::<usize>().is_err());
        csv.has_header = match options.header {
            Header::Yes => true,
            Header::No => false,
            Header::Auto if named(&options.id_column) || named(&options.label_column) => true,
            Header::Auto => {
                let found_by_name = (options.id_column.is_none() && csv.id.is_some())
                    || (options.label_column.is_none() && csv.label.is_some());
                csv.first_is_header(found_by_name)?
            }
        };
        if csv.has_header && !csv.next_record()? {
            return Err(PackError::malformed("the input has a header and no records")
                .at(&csv.name)
                .fix(NO_VECTORS));
        }
        let columns = csv.elements().count() as u64;
        let at = csv.offset();
        csv.dimension = dimension(&csv.reader.get_ref().stream, at, columns)?;
        Ok(csv)
    }

    /// Names are no numbers, and elements are: a first record that has both may be either.
    fn first_is_header(&self, found_by_name: bool) -> Result<bool> {
        let (mut numbers, mut others) = (0, None);
        for (column, field) in self.elements() {
            match number(field) {
                Some(_) => numbers += 1,
                None => others = others.or(Some((column, field))),
            }
        }
        let (is_mixed, what) = match others {
            Some((column, field)) => {
                let what = format!(
                    "the first line holds numbers, and '{}' in column {}: it may be a header or a vector",
                    shown(field),
                    column + 1
                );
                (numbers > 0, what)
            }
            None => {
                let what = "the first line names a column of ids or labels, and the rest of it are numbers";
                (found_by_name, what.to_owned())
            }
        };
        if !is_mixed {
            return Ok(others.is_some());
        }
        let advice = others.and_then(|(_, field)| self.other_delimiter(field)).unwrap_or_else(|| {
            "say whether it names the columns with --header yes, or is a vector with --header no".to_owned()
        });
        Err(self.malformed(what).fix(advice))
    }

    /// What to do when a field seems to hold several.
    fn other_delimiter(&self, field: &[u8]) -> Option<String> {
        let (_, name) = [(b';', "';'"), (b'\t', "'\\t'"), (b',', "','")]
            .into_iter()
            .find(|(other, _)| *other != self.delimiter && field.contains(other))?;
        Some(format!("fields seem to stand between other characters: give --delimiter {name}"))
    }

    /// Text of two bytes per character would look like one odd field.
    fn refuse_utf_16(&self) -> Result<()> {
        let first = self.record.get(0).unwrap_or_default();
        if first.starts_with(&[0xff, 0xfe]) || first.starts_with(&[0xfe, 0xff]) {
            return Err(self.malformed("the text is UTF-16").fix("save it as UTF-8"));
        }
        Ok(())
    }

    /// The column the user named by text or number, or the one with the usual name.
    fn column(&self, names: &[String], wanted: Option<&str>, usual: &str) -> Result<Option<usize>> {
        let by_name = |name: &str| names.iter().position(|n| n.eq_ignore_ascii_case(name));
        let Some(wanted) = wanted else { return Ok(by_name(usual)) };
        // A number is a place, even when the first record holds the same number: it may be no header.
        let found = match wanted.parse::<usize>() {
            Ok(number) => number.checked_sub(1).filter(|index| *index < names.len()),
            Err(_) => by_name(wanted),
        };
        found.map(Some).ok_or_else(|| {
            PackError::usage(format!("there is no column '{wanted}'"))
                .at(&self.name)
                .fix(format!("give a name in the header or a number from 1 to {}", names.len()))
        })
    }

    fn next_record(&mut self) -> Result<bool> {
        self.reader.get_mut().budget = MAX_RECORD + TEXT_BUFFER as u64;
        self.reader.read_byte_record(&mut self.record).map_err(|e| {
            let at = format!("{}, line {}", self.name, self.reader.position().line());
            match e.into_kind() {
                csv::ErrorKind::Io(e) if e.kind() == io::ErrorKind::FileTooLarge => {
                    let what = format!("a record has more than {MAX_RECORD} bytes");
                    PackError::malformed(what).at(at).fix("look for a quote that is not closed")
                }
                csv::ErrorKind::Io(e) => PackError::io("cannot read the input", at, e),
                other => PackError::malformed(format!("the record cannot be read: {other:?}")).at(at),
            }
        })
    }

    fn elements(&self) -> impl Iterator<Item = (usize, &[u8])> {
        let special = [self.id, self.label];
        self.record.iter().enumerate().filter(move |(i, _)| !special.contains(&Some(*i)))
    }

    fn offset(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::byte)
    }

    fn place(&self) -> String {
        let line = self.record.position().map_or(0, csv::Position::line);
        format!("{}, line {line}, byte 0x{:x}", self.name, self.offset())
    }

    fn malformed(&self, what: impl Into<String>) -> PackError {
        PackError::malformed(what).at(self.place())
    }

    fn take_record(&self, batch: &mut Batch) -> Result<()> {
        let start = batch.rows.len();
        for (column, field) in self.elements() {
            let x = number(field).ok_or_else(|| {
                let what = format!("column {} holds '{}', which is not a number", column + 1, shown(field));
                let error = self.malformed(what);
                match self.other_delimiter(field) {
                    Some(advice) => error.fix(advice),
                    None => error,
                }
            })?;
            if !x.is_finite() {
                return Err(self.malformed(format!("column {} is not finite as f32", column + 1)));
            }
            batch.rows.push(x);
            if batch.rows.len() - start > usize::from(self.dimension) {
                break;
            }
        }
        let got = batch.rows.len() - start;
        if got != usize::from(self.dimension) {
            let more = if got > usize::from(self.dimension) { " or more" } else { "" };
            let what =
                format!("row {} has {got}{more} numbers, the rows before have {}", self.row, self.dimension);
            return Err(self.malformed(what));
        }
        if let Some(column) = self.id {
            let field = self.record.get(column).unwrap_or_default();
            let id = std::str::from_utf8(field).ok().and_then(|text| text.trim().parse().ok());
            batch
                .ids
                .push(id.ok_or_else(|| self.malformed("the id is not a whole number from 0 to 2^64 - 1"))?);
        }
        if let Some(column) = self.label {
            let field = self.record.get(column).unwrap_or_default();
            let text = std::str::from_utf8(field).map_err(|_| self.malformed("the label is not UTF-8"))?;
            label_is_fit(text).map_err(|what| self.malformed(what))?;
            batch.labels.push(if text.is_empty() { None } else { Some(text.to_owned()) });
        }
        Ok(())
    }
}

/// The start of a field, for a message.
fn shown(field: &[u8]) -> String {
    String::from_utf8_lossy(field.get(..MAX_TOKEN_SHOWN).unwrap_or(field)).into_owned()
}

/// The nearest f32, or `None` when the text is not a number. Too large is infinite.
fn number(field: &[u8]) -> Option<f32> {
    std::str::from_utf8(field).ok()?.trim().parse().ok()
}

impl Source for Csv {
    fn name(&self) -> &str {
        &self.name
    }

    fn dimension(&self) -> u16 {
        self.dimension
    }

    fn note(&self) -> Option<String> {
        self.has_header.then(|| "the first line is taken for names of columns (see --header)".to_owned())
    }

    fn fill(&mut self, batch: &mut Batch, limit: usize) -> Result<usize> {
        for done in 0..limit {
            if !std::mem::take(&mut self.pending) && !self.next_record()? {
                return Ok(done);
            }
            self.take_record(batch)?;
            self.row += 1;
        }
        Ok(limit)
    }

    fn bytes_read(&self) -> u64 {
        self.reader.position().byte()
    }

    fn bytes_total(&self) -> Option<u64> {
        self.total
    }
}

/// A stream that fails when one record takes too much of it: a quote that never closes would
/// otherwise gather the whole input.
struct Bounded {
    stream: Stream,
    budget: u64,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.budget == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let n = self.stream.read(buffer)?;
        self.budget = self.budget.saturating_sub(n as u64);
        Ok(n)
    }
}
