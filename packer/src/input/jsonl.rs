//! JSON lines: an array of numbers, or an object with `vector` and, if wanted, `id` and `label`.

use std::io::{BufRead, BufReader, Read};

use serde_json::error::Category;

use crate::error::{PackError, Result};
use crate::input::dense::dimension;
use crate::input::json_line::{Line, Parsed};
use crate::input::{Batch, NO_VECTORS, Source, Stream};
use crate::limits::{MAX_RECORD, TEXT_BUFFER};

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
            return Err(PackError::malformed("the input has no lines").at(jsonl.name()).fix(NO_VECTORS));
        }
        let mut elements = Vec::new();
        jsonl.ids = jsonl.parse(&mut elements)?.id.is_some();
        jsonl.dimension = dimension(jsonl.reader.get_ref(), jsonl.start, elements.len() as u64)?;
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

    /// Appends the elements of the vector to `rows` and returns what came with them.
    fn parse(&self, rows: &mut Vec<f32>) -> Result<Parsed> {
        let mut json = serde_json::Deserializer::from_slice(&self.line);
        let parsed = Line::new(rows).read(&mut json).and_then(|parsed| json.end().map(|()| parsed));
        parsed.map_err(|e| {
            let message = e.to_string();
            let message = strip_place(&message);
            match e.classify() {
                Category::Data => self.malformed(message).fix(
                    "write lines like {\"id\": 7, \"label\": \"king\", \"vector\": [0.1, 0.2]} or [0.1, 0.2]",
                ),
                _ => self.malformed(format!("not JSON at column {}: {message}", e.column())),
            }
        })
    }

    fn take_line(&self, batch: &mut Batch) -> Result<()> {
        let start = batch.rows.len();
        let parsed = self.parse(&mut batch.rows)?;
        let got = batch.rows.len() - start;
        if got != usize::from(self.dimension) {
            let what = format!("the vector has {got} elements, the ones before have {}", self.dimension);
            return Err(self.malformed(what));
        }
        match parsed.id {
            None if self.ids => return Err(self.malformed("the vector has no id, the ones before have")),
            Some(_) if !self.ids => {
                return Err(self.malformed("the vector has an id, the ones before have none"));
            }
            id => batch.ids.extend(id),
        }
        batch.labels.push(parsed.label);
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
