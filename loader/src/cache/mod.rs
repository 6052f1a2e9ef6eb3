//! Compiled code of modules seen before, in a directory that only this user can write.
//!
//! Machine code is never taken from an `.rvf` file. An entry is used only when its
//! directory and its file belong to this user, are no links, and can be written by
//! nobody else, and when the entry's own hash holds. Anything else means: compile.

mod entry;
mod load;

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use wasmtime::{Engine, Module};

use crate::limits;

/// A private directory of compiled modules.
#[derive(Debug)]
pub struct Cache {
    directory: PathBuf,
}

impl Cache {
    /// The user's cache: `rvf` under `XDG_CACHE_HOME`, else under `HOME/.cache`.
    ///
    /// # Errors
    /// When neither variable is set, or the directory cannot be made, or is not private.
    pub fn of_user() -> io::Result<Self> {
        let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let base = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
        let base = base.ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotFound, "neither XDG_CACHE_HOME nor HOME is set")
        })?;
        Self::at(base.join("rvf"))
    }

    /// A cache in `directory`, which is created with mode 0700 when it does not exist.
    ///
    /// # Errors
    /// When the directory cannot be made, is a link, belongs to another user, or can be
    /// read or written by others.
    pub fn at(directory: PathBuf) -> io::Result<Self> {
        if let Some(parent) = directory.parent() {
            fs::create_dir_all(parent)?;
        }
        match DirBuilder::new().mode(0o700).create(&directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        check_private(&directory)?;
        Ok(Self { directory })
    }

    /// Where the entries are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn contains(&self, key: &[u8; 32]) -> bool {
        self.path(key).exists()
    }

    /// The compiled module of `key`, if there is an entry that can be trusted.
    pub(crate) fn load(&self, engine: &Engine, key: &[u8; 32]) -> Option<Module> {
        check_private(&self.directory).ok()?;
        let entry = entry::read(&self.path(key)).ok()?;
        load::trusted(engine, &entry)
    }

    /// Keeps a compiled module. Failing to is no error: the next start compiles again.
    pub(crate) fn store(&self, module: &Module, key: &[u8; 32]) {
        let Ok(code) = module.serialize() else { return };
        if check_private(&self.directory).is_ok() && entry::write(&self.path(key), &code).is_ok() {
            self.drop_oldest();
            self.drop_unfinished();
        }
    }

    fn path(&self, key: &[u8; 32]) -> PathBuf {
        let name: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        self.directory.join(name).with_extension("cwasm")
    }

    /// The files whose name ends like this, with the time of their last change.
    fn listed(&self, ending: &str) -> Vec<(SystemTime, PathBuf)> {
        let Ok(listing) = fs::read_dir(&self.directory) else { return Vec::new() };
        listing
            .flatten()
            .filter(|entry| entry.path().extension().is_some_and(|extension| extension == ending))
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect()
    }

    /// Removes what processes left behind that were ended while they wrote an entry.
    fn drop_unfinished(&self) {
        for (changed, path) in self.listed("tmp") {
            if changed.elapsed().is_ok_and(|age| age > limits::CACHE_UNFINISHED) {
                // Another process may have removed it already.
                let _ = fs::remove_file(path);
            }
        }
    }

    fn drop_oldest(&self) {
        let mut entries = self.listed("cwasm");
        entries.sort();
        let surplus = entries.len().saturating_sub(limits::CACHE_ENTRIES);
        for (_, path) in entries.iter().take(surplus) {
            // Another process may have removed it already.
            let _ = fs::remove_file(path);
        }
    }
}

/// Refuses a directory that is a link, is not ours, or is open to others.
fn check_private(directory: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(directory)?;
    let private = metadata.is_dir()
        && metadata.uid() == rustix::process::geteuid().as_raw()
        && metadata.mode() & 0o077 == 0;
    if private {
        return Ok(());
    }
    let message = format!(
        "{} is not a directory that only its owner, this user, can use (mode 0700)",
        directory.display()
    );
    Err(io::Error::new(io::ErrorKind::PermissionDenied, message))
}
