//! An existing file as one slice of bytes, however large it is. The only unsafe code of this crate.
#![allow(unsafe_code)]

use std::fs::File;
use std::ops::Deref;
use std::path::Path;

use memmap2::Mmap;

use crate::error::{PackError, Result};

/// A file mapped into memory for reading.
#[derive(Debug)]
pub struct Mapped(Option<Mmap>);

impl Mapped {
    /// Maps a regular file.
    ///
    /// The file must not be changed in place while it is mapped: a change would show up in the middle
    /// of a parse, and cutting the file short would end the process. This crate's own writers never do
    /// that, they replace files by renaming.
    ///
    /// # Errors
    /// When it cannot be opened or is not a regular file.
    pub fn open(path: &Path) -> Result<Self> {
        let failed = |e| PackError::io("cannot read the file", path.display(), e);
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(PackError::usage("not a regular file")
                .at(path.display())
                .fix("save it to a file first"));
        }
        if metadata.len() == 0 {
            return Ok(Self(None));
        }
        // SAFETY: the mapping is private and read-only, and every slice of it borrows from `self`, so
        // none outlives it. What remains is that another process may change the file meanwhile. All
        // that reads the bytes here parses them with checked reads and copies what it keeps, so a
        // changed byte is a wrong value and never a broken invariant of a Rust type: the slice is of
        // `u8`, for which every value is valid. A file cut short raises SIGBUS, which ends the process.
        let map = unsafe { Mmap::map(&file) }.map_err(failed)?;
        Ok(Self(Some(map)))
    }
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}
