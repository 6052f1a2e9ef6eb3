//! Bytes of an input, with their position.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::error::{PackError, Result};

/// A readable input that knows its name, how far it was read and, for a file, how long it is.
pub struct Stream {
    name: String,
    reader: Box<dyn Read + Send>,
    position: u64,
    length: Option<u64>,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream({}, {} of {:?})", self.name, self.position, self.length)
    }
}

impl Stream {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be opened or is a directory.
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let failed = |e| PackError::io("cannot read the input", path.display(), e);
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(PackError::usage("the input is a directory").at(name).fix("name the files in it"));
        }
        let length = metadata.is_file().then_some(metadata.len());
        Ok(Self { name, reader: Box::new(file), position: 0, length })
    }

    /// Standard input.
    #[must_use]
    pub fn standard_input() -> Self {
        Self::new("standard input", io::stdin(), None)
    }

    /// Any reader.
    #[must_use]
    pub fn new(name: impl Into<String>, reader: impl Read + Send + 'static, length: Option<u64>) -> Self {
        Self { name: name.into(), reader: Box::new(reader), position: 0, length }
    }

    /// What to call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes read so far.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Bytes in all, when known.
    #[must_use]
    pub const fn length(&self) -> Option<u64> {
        self.length
    }

    /// Bytes still to come, when known.
    #[must_use]
    pub fn remaining(&self) -> Option<u64> {
        self.length.map(|length| length.saturating_sub(self.position))
    }

    /// Reads until `buffer` is full or the input ends; says how many bytes it read.
    ///
    /// # Errors
    /// When reading fails.
    pub fn read_full(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match self.reader.read(rest) {
                Ok(0) => break,
                Ok(n) => done += n.min(rest.len()),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(self.failed(e)),
            }
        }
        self.position += done as u64;
        Ok(done)
    }

    /// Reads all of `buffer`; `what` is a noun for the message when the input ends before.
    ///
    /// # Errors
    /// When reading fails or the input is too short.
    pub fn read_exact(&mut self, buffer: &mut [u8], what: &str) -> Result<()> {
        let start = self.position;
        let got = self.read_full(buffer)?;
        if got < buffer.len() {
            let what = format!("{what} is cut short: needs {} bytes, {got} remain", buffer.len());
            return Err(self.malformed_at(start, what));
        }
        Ok(())
    }

    /// Reads the rest of the input, refusing more than `limit` bytes.
    ///
    /// # Errors
    /// When reading fails or there are more bytes.
    pub fn read_rest(&mut self, limit: u64, what: &str) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let start = self.position;
        let took = Read::take(&mut *self, limit.saturating_add(1)).read_to_end(&mut bytes);
        took.map_err(|e| PackError::io("cannot read the input", &self.name, e))?;
        if bytes.len() as u64 > limit {
            return Err(self.malformed_at(start, format!("{what} has more than {limit} bytes")));
        }
        Ok(bytes)
    }

    /// Reads and drops `count` bytes.
    ///
    /// # Errors
    /// When reading fails or the input is too short.
    pub fn skip(&mut self, count: u64, what: &str) -> Result<()> {
        let start = self.position;
        let skipped = io::copy(&mut Read::take(&mut *self, count), &mut io::sink());
        let skipped = skipped.map_err(|e| PackError::io("cannot read the input", &self.name, e))?;
        if skipped < count {
            let what = format!("{what} is cut short: needs {count} bytes, {skipped} remain");
            return Err(self.malformed_at(start, what));
        }
        Ok(())
    }

    /// True when nothing is left. Reads a byte of an input whose length is not known.
    ///
    /// # Errors
    /// When reading fails.
    pub fn is_at_end(&mut self) -> Result<bool> {
        match self.remaining() {
            Some(remaining) => Ok(remaining == 0),
            None => Ok(self.read_full(&mut [0])? == 0),
        }
    }

    /// The input is malformed at a byte offset.
    #[must_use]
    pub fn malformed_at(&self, offset: u64, what: impl Into<String>) -> PackError {
        PackError::malformed(what).at(format!("{}, byte 0x{offset:x}", self.name))
    }

    fn failed(&self, e: io::Error) -> PackError {
        // An archive that contradicts itself, which its reader can only say in this way.
        if e.kind() == io::ErrorKind::InvalidData {
            return self.malformed_at(self.position, e.to_string());
        }
        PackError::io("cannot read the input", format!("{}, byte 0x{:x}", self.name, self.position), e)
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buffer)?;
        self.position += n as u64;
        Ok(n)
    }
}
