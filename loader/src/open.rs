//! The first verb: open. Cheap: finds the manifest from the file's tail.

use core::convert::Infallible;
use core::fmt;
use std::io;

use rvf_format::File;

use crate::source::Source;

/// An opened file.
#[derive(Debug)]
pub struct Rvf<'a> {
    source: Source<'a>,
}

impl<'a> Rvf<'a> {
    /// Opens a path (mapped), a `Vec<u8>`, or borrowed bytes.
    ///
    /// # Errors
    /// When the source cannot be read, or holds no manifest that can be understood.
    pub fn open<S>(source: S) -> Result<Self, OpenError>
    where
        S: TryInto<Source<'a>>,
        OpenError: From<S::Error>,
    {
        let source = source.try_into()?;
        File::open(source.bytes())?;
        Ok(Self { source })
    }

    /// The file's structure.
    ///
    /// # Errors
    /// When the file has been changed since it was opened, and no longer can be understood.
    pub fn file(&self) -> Result<File<'_>, rvf_format::Error> {
        File::open(self.source.bytes())
    }
}

/// A file could not be opened.
#[derive(Debug)]
pub enum OpenError {
    /// Reading failed.
    Io(io::Error),
    /// The path is a directory.
    Directory,
    /// The path is a pipe, a device or a socket.
    NotRegular,
    /// The bytes are no `.rvf` file, or a damaged one.
    Format(rvf_format::Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "cannot read the file: {error}"),
            Self::Directory => f.write_str("it is a directory"),
            Self::NotRegular => f.write_str("it is no regular file"),
            Self::Format(error) => write!(f, "not an .rvf file that can be opened: {error}"),
        }
    }
}

impl core::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Format(error) => Some(error),
            Self::Directory | Self::NotRegular => None,
        }
    }
}

impl From<Infallible> for OpenError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<rvf_format::Error> for OpenError {
    fn from(error: rvf_format::Error) -> Self {
        Self::Format(error)
    }
}
