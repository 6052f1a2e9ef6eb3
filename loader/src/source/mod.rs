//! Where the bytes of a file come from: a mapping, the heap, or the caller.

mod map;

use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use self::map::Map;
use crate::open::OpenError;

/// The bytes of a file.
#[derive(Debug)]
pub enum Source<'a> {
    /// Mapped into memory; only what is touched is read.
    Mapped(Map),
    /// Read as a whole.
    Heap(Vec<u8>),
    /// Lent by the caller.
    Borrowed(&'a [u8]),
}

impl Source<'_> {
    /// Maps a regular file; reads anything else (a pipe, a device) as a whole.
    ///
    /// # Errors
    /// When the file cannot be opened or read.
    pub fn map(path: &Path) -> Result<Self, OpenError> {
        let file = File::open(path).map_err(OpenError::Io)?;
        let metadata = file.metadata().map_err(OpenError::Io)?;
        if metadata.is_dir() {
            return Err(OpenError::Directory);
        }
        // Nothing can be mapped from an empty file.
        if metadata.is_file() && metadata.len() > 0 {
            return Map::of(&file).map(Self::Mapped).map_err(OpenError::Io);
        }
        read_all(file)
    }

    /// Reads a file as a whole, so that nobody can change it afterwards.
    ///
    /// # Errors
    /// When the file cannot be opened or read.
    pub fn read(path: &Path) -> Result<Self, OpenError> {
        let file = File::open(path).map_err(OpenError::Io)?;
        if file.metadata().map_err(OpenError::Io)?.is_dir() {
            return Err(OpenError::Directory);
        }
        read_all(file)
    }

    /// All the bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map.bytes(),
            Self::Heap(bytes) => bytes,
            Self::Borrowed(bytes) => bytes,
        }
    }
}

fn read_all<'a>(mut file: File) -> Result<Source<'a>, OpenError> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(OpenError::Io)?;
    Ok(Source::Heap(bytes))
}

impl From<Vec<u8>> for Source<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Heap(bytes)
    }
}

impl<'a> From<&'a [u8]> for Source<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Borrowed(bytes)
    }
}

impl TryFrom<&Path> for Source<'_> {
    type Error = OpenError;

    fn try_from(path: &Path) -> Result<Self, OpenError> {
        Self::map(path)
    }
}
