//! Where the bytes of a file come from: a mapping, the heap, or the caller.

mod map;

use std::fs::{self, File};
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
    /// Maps a file.
    ///
    /// # Errors
    /// When it is no regular file, or cannot be opened or read.
    pub fn map(path: &Path) -> Result<Self, OpenError> {
        let (file, len) = regular(path)?;
        // Nothing can be mapped from an empty file.
        if len > 0 {
            return Map::of(&file).map(Self::Mapped).map_err(OpenError::Io);
        }
        read_all(file, len)
    }

    /// Reads a file as a whole, so that nobody can change it afterwards.
    ///
    /// # Errors
    /// When it is no regular file, or cannot be opened or read.
    pub fn read(path: &Path) -> Result<Self, OpenError> {
        let (file, len) = regular(path)?;
        read_all(file, len)
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

/// Opens a regular file, and says how long it is. A pipe or a device has no tail to start from, opening
/// one can wait for ever, and what it gives has no end.
fn regular(path: &Path) -> Result<(File, u64), OpenError> {
    let kind = fs::metadata(path).map_err(OpenError::Io)?;
    if kind.is_dir() {
        return Err(OpenError::Directory);
    }
    if !kind.is_file() {
        return Err(OpenError::NotRegular);
    }
    let file = File::open(path).map_err(OpenError::Io)?;
    let len = file.metadata().map_err(OpenError::Io)?.len();
    Ok((file, len))
}

/// The bytes that the file says it has: no more when it grows, or has no true length.
fn read_all<'a>(file: File, len: u64) -> Result<Source<'a>, OpenError> {
    let mut bytes = Vec::new();
    file.take(len).read_to_end(&mut bytes).map_err(OpenError::Io)?;
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
