//! Temporary files that no way of ending leaves behind, and arrays that move there when they grow.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::{PackError, Result};
use crate::limits::MAX_TEMPORARY_NAMES;

/// Where temporary files go.
#[derive(Clone, Debug)]
pub struct Scratch {
    directory: PathBuf,
}

impl Scratch {
    /// In this directory.
    #[must_use]
    pub fn in_directory(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// Beside an output that is a file or will be one; else where the system keeps such files.
    #[must_use]
    pub fn beside(output: Option<&Path>) -> Self {
        let regular = output
            .filter(|path| path.as_os_str() != "-")
            .filter(|path| std::fs::metadata(path).map_or(true, |m| m.is_file()));
        let directory = regular.and_then(Path::parent);
        Self::in_directory(match directory {
            Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
            Some(parent) => parent.to_owned(),
            None => std::env::temp_dir(),
        })
    }

    /// A new file that ends with its handle: on Unix it has no name any more when this returns, on
    /// Windows the system removes it. So an error, an interrupt or a crash leaves nothing behind.
    pub(crate) fn file(&self) -> Result<TempFile> {
        let failed = |e| PackError::io("cannot create a temporary file", self.directory.display(), e);
        for attempt in 0..MAX_TEMPORARY_NAMES {
            let path = self.directory.join(format!(".rvf-pack-{}-{attempt}.tmp", std::process::id()));
            match create(&path) {
                Ok(file) => {
                    #[cfg(not(windows))]
                    std::fs::remove_file(&path).map_err(failed)?;
                    return Ok(TempFile { file, len: 0, directory: self.directory.clone() });
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(failed(e)),
            }
        }
        Err(PackError::usage("cannot find a free name for a temporary file").at(self.directory.display()))
    }
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt;
        /// FILE_FLAG_DELETE_ON_CLOSE.
        const DELETE_ON_CLOSE: u32 = 0x0400_0000;
        options.custom_flags(DELETE_ON_CLOSE);
    }
    options.open(path)
}

/// A temporary file: appended to, then read anywhere.
#[derive(Debug)]
pub(crate) struct TempFile {
    file: File,
    len: u64,
    directory: PathBuf,
}

impl TempFile {
    /// Bytes written.
    pub(crate) const fn len(&self) -> u64 {
        self.len
    }

    /// Writes behind what is there.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let mut file = &self.file;
        let done = file.seek(SeekFrom::Start(self.len)).and_then(|_| file.write_all(bytes));
        done.map_err(|e| {
            PackError::io("cannot write a temporary file", self.directory.display(), e)
                .fix("make room there, or write the output on a disk with more space")
        })?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Fills `buffer` from an offset; what is read was written before.
    pub(crate) fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let mut file = &self.file;
        let done = file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_exact(buffer));
        done.map_err(|e| PackError::io("cannot read a temporary file", self.directory.display(), e))
    }
}

/// Bytes that are appended and then read from the start: in memory up to a limit, in a file beyond.
#[derive(Debug)]
pub(crate) struct Spool {
    scratch: Scratch,
    limit: usize,
    memory: Vec<u8>,
    file: Option<TempFile>,
}

impl Spool {
    /// An empty one that keeps `limit` bytes in memory.
    pub(crate) fn new(scratch: &Scratch, limit: u64) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Self { scratch: scratch.clone(), limit, memory: Vec::new(), file: None }
    }

    /// Bytes in all.
    pub(crate) fn len(&self) -> u64 {
        self.file.as_ref().map_or(0, TempFile::len) + self.memory.len() as u64
    }

    /// Appends.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<()> {
        if self.memory.len() + bytes.len() > self.limit {
            let file = match &mut self.file {
                Some(file) => file,
                None => self.file.insert(self.scratch.file()?),
            };
            file.append(&self.memory)?;
            self.memory.clear();
        }
        self.memory.extend_from_slice(bytes);
        Ok(())
    }

    /// Reads what was appended: fills `buffer` from an offset.
    pub(crate) fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let in_file = self.file.as_ref().map_or(0, TempFile::len);
        let from_file = usize::try_from(in_file.saturating_sub(offset)).unwrap_or(usize::MAX);
        let (low, high) = buffer.split_at_mut(from_file.min(buffer.len()));
        if let Some(file) = self.file.as_ref().filter(|_| !low.is_empty()) {
            file.read_at(offset, low)?;
        }
        let start =
            usize::try_from((offset + low.len() as u64).saturating_sub(in_file)).unwrap_or(usize::MAX);
        let held = self.memory.get(start..).and_then(|rest| rest.get(..high.len()));
        match held {
            Some(bytes) => high.copy_from_slice(bytes),
            None => return Err(PackError::usage("an array ends before its last element")),
        }
        Ok(())
    }

    /// Visits all bytes in pieces.
    pub(crate) fn pieces(&self, visit: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut buffer = vec![0; self.limit.clamp(1, PIECE)];
        let (mut at, end) = (0, self.file.as_ref().map_or(0, TempFile::len));
        while at < end {
            let want = usize::try_from(end - at).map_or(buffer.len(), |n| n.min(buffer.len()));
            let piece = buffer.get_mut(..want).unwrap_or_default();
            self.read_at(at, piece)?;
            visit(piece)?;
            at += want as u64;
        }
        if self.memory.is_empty() { Ok(()) } else { visit(&self.memory) }
    }

    /// Reads elements of `N` bytes from the start.
    pub(crate) fn elements<const N: usize>(&self) -> Elements<'_, N> {
        Elements { spool: self, at: 0, buffer: Vec::new(), used: 0 }
    }
}

/// Bytes moved at a time.
const PIECE: usize = 256 << 10;

/// Elements of a spool, in order.
pub(crate) struct Elements<'a, const N: usize> {
    spool: &'a Spool,
    at: u64,
    buffer: Vec<u8>,
    used: usize,
}

impl<const N: usize> Elements<'_, N> {
    /// The next element, `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<[u8; N]>> {
        if self.used == self.buffer.len() {
            let left = usize::try_from(self.spool.len() - self.at).unwrap_or(usize::MAX);
            let want = (PIECE / 4 / N * N).min(left / N * N);
            if want == 0 {
                return Ok(None);
            }
            self.buffer.resize(want, 0);
            self.spool.read_at(self.at, &mut self.buffer)?;
            self.at += want as u64;
            self.used = 0;
        }
        let element = self.buffer.get(self.used..).and_then(|rest| rest.first_chunk::<N>()).copied();
        self.used += N;
        Ok(element)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn bytes_come_back_from_memory_and_from_a_file_and_nothing_stays() {
        let directory = tempfile::tempdir().unwrap();
        let scratch = Scratch::in_directory(directory.path());
        for limit in [0, 7, 64, 1 << 20] {
            let mut spool = Spool::new(&scratch, limit);
            for i in 0..1000u64 {
                spool.push(&i.to_le_bytes()).unwrap();
            }
            assert_eq!(spool.len(), 8000);
            assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
            let mut elements = spool.elements::<8>();
            for i in 0..1000u64 {
                assert_eq!(elements.next().unwrap().map(u64::from_le_bytes), Some(i));
            }
            assert_eq!(elements.next().unwrap(), None);
            let mut all = Vec::new();
            spool
                .pieces(&mut |piece| {
                    all.extend_from_slice(piece);
                    Ok(())
                })
                .unwrap();
            assert_eq!(all.len(), 8000);
            let mut two = [0; 16];
            spool.read_at(7984, &mut two).unwrap();
            assert_eq!(all.get(7984..).unwrap(), two);
            assert!(spool.read_at(7985, &mut two).is_err());
        }
    }
}
