//! One file of the cache: the SHAKE-256 of the code, then the code.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use rvf_format::hash::shake256_256;

use crate::limits;

const HASH: usize = 32;

/// The code of an entry, after ownership, mode and hash have been checked.
pub(super) struct Entry(Vec<u8>);

impl Entry {
    pub(super) fn code(&self) -> &[u8] {
        self.0.get(HASH..).unwrap_or_default()
    }
}

pub(super) fn read(path: &Path) -> io::Result<Entry> {
    let flags = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    // The checks are made on the open file, so that nothing can be swapped in after them.
    let metadata = file.metadata()?;
    let ours = metadata.is_file()
        && metadata.uid() == rustix::process::geteuid().as_raw()
        && metadata.mode() & 0o077 == 0
        && metadata.len() <= limits::CACHE_ENTRY_BYTES;
    if !ours {
        return Err(io::Error::from(io::ErrorKind::PermissionDenied));
    }
    let mut bytes = Vec::new();
    file.take(limits::CACHE_ENTRY_BYTES).read_to_end(&mut bytes)?;
    match bytes.split_at_checked(HASH) {
        Some((hash, code)) if shake256_256(code) == hash => Ok(Entry(bytes)),
        _ => Err(io::Error::from(io::ErrorKind::InvalidData)),
    }
}

pub(super) fn write(path: &Path, code: &[u8]) -> io::Result<()> {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let temporary = path.with_extension(format!("{}-{number}.tmp", std::process::id()));
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    let written = fill(file, code).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // Best effort: the error that counts is the one above.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn fill(mut file: File, code: &[u8]) -> io::Result<()> {
    file.write_all(&shake256_256(code))?;
    file.write_all(code)
}
