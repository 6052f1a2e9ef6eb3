//! Lines of text and the words in them, with places for messages.

use std::io::{BufRead, BufReader, Read};

use crate::error::{PackError, Result};
use crate::input::Stream;
use crate::limits::{MAX_RECORD, MAX_TOKEN_SHOWN, TEXT_BUFFER};

/// A text read line by line.
pub(crate) struct Lines {
    reader: BufReader<Stream>,
    line: Vec<u8>,
    number: u64,
    /// Offset of the line, and of the one after it.
    start: u64,
    end: u64,
}

/// A word: where in the line it starts, and where it ends.
pub(crate) type Span = (usize, usize);

impl Lines {
    pub(crate) fn new(stream: Stream) -> Self {
        let reader = BufReader::with_capacity(TEXT_BUFFER, stream);
        Self { reader, line: Vec::new(), number: 0, start: 0, end: 0 }
    }

    /// Reads the next line; false at the end.
    pub(crate) fn next(&mut self) -> Result<bool> {
        self.line.clear();
        self.start = self.end;
        let read = (&mut self.reader).take(MAX_RECORD).read_until(b'\n', &mut self.line);
        let read = read.map_err(|e| PackError::io("cannot read the input", self.place(0), e))?;
        if read == 0 {
            return Ok(false);
        }
        self.number += 1;
        self.end += read as u64;
        if read as u64 == MAX_RECORD && self.line.last() != Some(&b'\n') {
            let what = format!("the line has more than {MAX_RECORD} bytes");
            return Err(self.malformed(0, what).fix("put one entry on each line"));
        }
        while self.line.last().is_some_and(|b| matches!(b, b'\n' | b'\r')) {
            self.line.pop();
        }
        Ok(true)
    }

    /// The line without its end.
    pub(crate) fn line(&self) -> &[u8] {
        &self.line
    }

    /// The number of the line, from 1.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// Bytes read.
    pub(crate) const fn position(&self) -> u64 {
        self.end
    }

    /// Bytes of the input, when known.
    pub(crate) fn length(&self) -> Option<u64> {
        self.reader.get_ref().length()
    }

    /// What the input is called.
    pub(crate) fn name(&self) -> &str {
        self.reader.get_ref().name()
    }

    /// The line is malformed at a byte of it.
    pub(crate) fn malformed(&self, at: usize, what: impl Into<String>) -> PackError {
        PackError::malformed(what).at(self.place(at))
    }

    fn place(&self, at: usize) -> String {
        let (line, byte) = (self.number.max(1), self.start + at as u64);
        format!("{}, line {line}, column {}, byte 0x{byte:x}", self.name(), at + 1)
    }

    /// Up to `N` words between spaces and tabs, and whether there are more.
    pub(crate) fn words<const N: usize>(&self) -> ([Span; N], usize) {
        let mut spans = [(0, 0); N];
        let (mut count, mut at) = (0, 0);
        let space = |b: &u8| b.is_ascii_whitespace();
        loop {
            let rest = self.line.get(at..).unwrap_or_default();
            let Some(skip) = rest.iter().position(|b| !space(b)) else { break };
            let start = at + skip;
            let word = self.line.get(start..).unwrap_or_default();
            at = start + word.iter().position(space).unwrap_or(word.len());
            if let Some(slot) = spans.get_mut(count) {
                *slot = (start, at);
            }
            count += 1;
            if count > N {
                break;
            }
        }
        (spans, count)
    }

    /// The bytes of a word.
    pub(crate) fn word(&self, span: Span) -> &[u8] {
        self.line.get(span.0..span.1).unwrap_or_default()
    }

    /// A word as it may be shown in a message.
    pub(crate) fn shown(&self, span: Span) -> String {
        let word = self.word(span);
        match word.get(..MAX_TOKEN_SHOWN) {
            Some(part) if word.len() > MAX_TOKEN_SHOWN => format!("'{}...'", String::from_utf8_lossy(part)),
            _ => format!("'{}'", String::from_utf8_lossy(word)),
        }
    }
}

/// A whole number without sign.
pub(crate) fn whole(word: &[u8]) -> Option<u64> {
    if word.is_empty() || word.len() > 20 {
        return None;
    }
    word.iter().try_fold(0u64, |all, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 { None } else { all.checked_mul(10)?.checked_add(digit.into()) }
    })
}

/// The nearest f64; also with the exponent letter of Fortran.
pub(crate) fn real(word: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(word).ok()?;
    if let Ok(value) = text.parse() {
        return Some(value);
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return None;
    }
    text.replacen(['d', 'D'], "e", 1).parse().ok()
}
