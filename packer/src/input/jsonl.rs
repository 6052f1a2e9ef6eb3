//! JSON lines: an array of numbers, or an object with `vector` and, if wanted, `id` and `label`.

use std::io::{BufRead, BufReader, Read};

use serde_json::Value;

use crate::check::label_is_fit;
use crate::error::{PackError, Result};
use crate::input::dense::dimension;
use crate::input::dtype::narrow;
use crate::input::{Batch, Source, Stream};
use crate::limits::{MAX_RECORD, TEXT_BUFFER};

/// Names under which vectors are found; the first is ours.
const VECTOR_KEYS: [&str; 3] = ["vector", "embedding", "values"];

/// A source of lines.
pub(crate) struct Jsonl {
    reader: BufReader<Stream>,
    line: Vec<u8>,
    number: u64,
    /// Offset of the line, and of the one after.
    start: u64,
    end: u64,
    /// The line is the first vector and was not handed out yet.
    pending: bool,
    dimension: u16,
    /// Whether vectors have ids; the first one decides.
    ids: bool,
}

impl Jsonl {
    /// Reads the first line, which tells the dimension.
    pub(crate) fn open(stream: Stream) -> Result<Self> {
        let reader = BufReader::with_capacity(TEXT_BUFFER, stream);
        let mut jsonl = Self {
            reader,
            line: Vec::new(),
            number: 0,
            start: 0,
            end: 0,
            pending: true,
            dimension: 1,
            ids: false,
        };
        if !jsonl.next_line()? {
            return Err(PackError::malformed("the input has no lines").at(jsonl.name()));
        }
        let value = jsonl.parse()?;
        let elements = jsonl.elements(&value)?.len() as u64;
        jsonl.dimension = dimension(jsonl.reader.get_ref(), jsonl.start, elements)?;
        jsonl.ids = value.get("id").is_some();
        Ok(jsonl)
    }

    /// Reads the next line that is not blank.
    fn next_line(&mut self) -> Result<bool> {
        loop {
            self.line.clear();
            self.start = self.end;
            self.number += 1;
            let read = (&mut self.reader).take(MAX_RECORD + 1).read_until(b'\n', &mut self.line);
            let read = read.map_err(|e| PackError::io("cannot read the input", self.place(), e))?;
            self.end += read as u64;
            if read as u64 > MAX_RECORD {
                return Err(self.malformed(format!("the line has more than {MAX_RECORD} bytes")));
            }
            if read == 0 {
                return Ok(false);
            }
            if !self.line.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }

    fn place(&self) -> String {
        format!("{}, line {}, byte 0x{:x}", self.name(), self.number, self.start)
    }

    fn malformed(&self, what: impl Into<String>) -> PackError {
        PackError::malformed(what).at(self.place())
    }

    fn parse(&self) -> Result<Value> {
        serde_json::from_slice(&self.line).map_err(|e| {
            self.malformed(format!("not JSON at column {}: {}", e.column(), strip_place(&e.to_string())))
        })
    }

    fn elements<'a>(&self, value: &'a Value) -> Result<&'a [Value]> {
        let found = match value {
            Value::Array(elements) => Some(elements),
            _ => VECTOR_KEYS.iter().find_map(|key| value.get(key)?.as_array()),
        };
        found.map(Vec::as_slice).ok_or_else(|| {
            self.malformed("neither an array of numbers nor an object with an array 'vector'").fix(
                "write lines like {\"id\": 7, \"label\": \"king\", \"vector\": [0.1, 0.2]} or [0.1, 0.2]",
            )
        })
    }

    fn take_line(&self, batch: &mut Batch) -> Result<()> {
        let value = self.parse()?;
        let elements = self.elements(&value)?;
        if elements.len() != usize::from(self.dimension) {
            let what = format!(
                "the vector has {} elements, the ones before have {}",
                elements.len(),
                self.dimension
            );
            return Err(self.malformed(what));
        }
        for (column, element) in elements.iter().enumerate() {
            let x = element
                .as_f64()
                .ok_or_else(|| self.malformed(format!("element {column} is not a number")))?;
            batch.rows.push(narrow(x).map_err(|fault| self.malformed(format!("element {column} {fault}")))?);
        }
        match value.get("id") {
            None if self.ids => return Err(self.malformed("the vector has no id, the ones before have")),
            Some(_) if !self.ids => {
                return Err(self.malformed("the vector has an id, the ones before have none"));
            }
            None => {}
            Some(id) => {
                let id = id.as_u64().or_else(|| id.as_str()?.parse().ok());
                batch.ids.push(
                    id.ok_or_else(|| self.malformed("the id is not a whole number from 0 to 2^64 - 1"))?,
                );
            }
        }
        let label = match value.get("label") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => {
                label_is_fit(text).map_err(|what| self.malformed(what))?;
                Some(text.clone()).filter(|text| !text.is_empty())
            }
            Some(_) => return Err(self.malformed("the label is not a text")),
        };
        batch.labels.push(label);
        Ok(())
    }
}

/// The message without "at line 1 column 5": the line is always 1 here.
fn strip_place(message: &str) -> &str {
    message.split_once(" at line ").map_or(message, |(text, _)| text)
}

impl Source for Jsonl {
    fn name(&self) -> &str {
        self.reader.get_ref().name()
    }

    fn dimension(&self) -> u16 {
        self.dimension
    }

    fn fill(&mut self, batch: &mut Batch, limit: usize) -> Result<usize> {
        for done in 0..limit {
            if !std::mem::take(&mut self.pending) && !self.next_line()? {
                return Ok(done);
            }
            self.take_line(batch)?;
        }
        Ok(limit)
    }

    fn bytes_read(&self) -> u64 {
        self.end
    }

    fn bytes_total(&self) -> Option<u64> {
        self.reader.get_ref().length()
    }
}
