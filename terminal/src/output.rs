//! Output files that appear whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::interrupt;
use crate::limits::MAX_TEMPORARY_NAMES;
use crate::report::Report;

/// What to do when the output is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// Refuse.
    Refuse,
    /// Replace it.
    Replace,
}

/// A file that is written beside its target and renamed by [`OutputFile::commit`]. Dropped without a
/// commit, or on an interrupt, it leaves nothing behind and an older target untouched.
///
/// A target that exists and is not a regular file (a device, a pipe) is written directly.
#[derive(Debug)]
pub struct OutputFile {
    file: Option<File>,
    temporary: Option<PathBuf>,
    target: PathBuf,
    overwrite: Overwrite,
}

impl OutputFile {
    /// Starts an output.
    ///
    /// # Errors
    /// When the target exists and is not to be replaced, is a directory, or cannot be created.
    pub fn create(target: &Path, overwrite: Overwrite) -> Result<Self, Report> {
        Self::check(target, overwrite)?;
        let existing = fs::metadata(target).ok();
        if existing.as_ref().is_some_and(|m| !m.is_file()) {
            let file = OpenOptions::new().write(true).open(target).map_err(|e| cannot_create(target, &e))?;
            return Ok(Self { file: Some(file), temporary: None, target: target.to_owned(), overwrite });
        }
        // A link is followed, so that the file it names is replaced and not the link.
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let (file, temporary) = create_beside(&target)?;
        interrupt::register(&temporary);
        let output = Self { file: Some(file), temporary: Some(temporary), target, overwrite };
        if let (Some(metadata), Some(path)) = (existing, &output.temporary) {
            fs::set_permissions(path, metadata.permissions())
                .map_err(|e| cannot_create(&output.target, &e))?;
        }
        Ok(output)
    }

    /// Whether an output may have this path, as far as that can be told without creating it.
    ///
    /// # Errors
    /// When the target exists and is not to be replaced, or is a directory.
    pub fn check(target: &Path, overwrite: Overwrite) -> Result<(), Report> {
        match fs::metadata(target) {
            Ok(metadata) if metadata.is_dir() => {
                Err(Report::usage("the output is a directory").at(target.display()).fix("name a file"))
            }
            Ok(metadata) if metadata.is_file() && overwrite == Overwrite::Refuse => Err(exists(target)),
            _ => Ok(()),
        }
    }

    /// The file's path, for messages.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Puts the file on the disk and gives it its name.
    ///
    /// # Errors
    /// When writing fails, or when the target appeared meanwhile and is not to be replaced.
    pub fn commit(mut self) -> Result<(), Report> {
        let Some(file) = self.file.take() else { return Ok(()) };
        let failed = |e: io::Error| Report::io("cannot finish the output", self.target.display(), &e);
        let Some(temporary) = &self.temporary else {
            return Ok(());
        };
        file.sync_all().map_err(failed)?;
        drop(file);
        match self.overwrite {
            Overwrite::Replace => fs::rename(temporary, &self.target).map_err(failed)?,
            Overwrite::Refuse => publish(temporary, &self.target)?,
        }
        interrupt::forget(temporary);
        sync_directory(&self.target);
        self.temporary = None;
        Ok(())
    }

    fn open(&mut self) -> io::Result<&mut File> {
        self.file.as_mut().ok_or_else(|| io::Error::other("the output is finished"))
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.open()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.open()?.flush()
    }
}

impl Seek for OutputFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.open()?.seek(to)
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        self.file = None;
        if let Some(temporary) = &self.temporary {
            // A failure here is no news after the one that led here.
            drop(fs::remove_file(temporary));
            interrupt::forget(temporary);
        }
    }
}

/// Gives the finished file its name without replacing one that appeared meanwhile.
fn publish(temporary: &Path, target: &Path) -> Result<(), Report> {
    match fs::hard_link(temporary, target) {
        Ok(()) => {
            drop(fs::remove_file(temporary));
            Ok(())
        }
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(exists(target)),
        // The file system has no hard links; looking first is the best that is left.
        Err(_) if target.exists() => Err(exists(target)),
        Err(_) => fs::rename(temporary, target)
            .map_err(|e| Report::io("cannot finish the output", target.display(), &e)),
    }
}

fn create_beside(target: &Path) -> Result<(File, PathBuf), Report> {
    let Some(name) = target.file_name() else {
        return Err(Report::usage("the output has no file name").at(target.display()).fix("name a file"));
    };
    for attempt in 0..MAX_TEMPORARY_NAMES {
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{attempt}.tmp", std::process::id()));
        let path = target.with_file_name(hidden);
        match OpenOptions::new().read(true).write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(cannot_create(target, &e)),
        }
    }
    Err(Report::usage("cannot find a free name for the temporary file").at(target.display()))
}

fn sync_directory(target: &Path) {
    let directory = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Some systems cannot open a directory; the file itself is on the disk by now.
    if let Ok(directory) = File::open(directory) {
        drop(directory.sync_all());
    }
}

fn exists(target: &Path) -> Report {
    Report::usage("the output exists already")
        .at(target.display())
        .fix("choose another name, or replace it with --force")
}

fn cannot_create(target: &Path, error: &io::Error) -> Report {
    Report::io("cannot create the output", target.display(), error)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(directory).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn the_file_has_its_name_only_when_it_is_whole() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("a.rvf");
        let mut output = OutputFile::create(&target, Overwrite::Refuse).unwrap();
        output.write_all(b"whole").unwrap();
        assert!(!target.exists());
        output.commit().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"whole");
        assert_eq!(names(directory.path()), ["a.rvf"]);
    }

    #[test]
    fn an_abandoned_output_leaves_nothing_and_spares_the_old_file() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("a.rvf");
        fs::write(&target, b"old").unwrap();
        let mut output = OutputFile::create(&target, Overwrite::Replace).unwrap();
        output.write_all(b"half").unwrap();
        drop(output);
        assert_eq!(fs::read(&target).unwrap(), b"old");
        assert_eq!(names(directory.path()), ["a.rvf"]);
    }

    #[test]
    fn nothing_is_replaced_without_force() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("a.rvf");
        fs::write(&target, b"old").unwrap();
        assert!(OutputFile::create(&target, Overwrite::Refuse).is_err());
        let fresh = directory.path().join("b.rvf");
        let output = OutputFile::create(&fresh, Overwrite::Refuse).unwrap();
        fs::write(&fresh, b"somebody else's").unwrap();
        assert!(output.commit().is_err());
        assert_eq!(fs::read(&fresh).unwrap(), b"somebody else's");
        assert_eq!(names(directory.path()), ["a.rvf", "b.rvf"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_the_file_it_names_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let (file, link) = (directory.path().join("real"), directory.path().join("link"));
        fs::write(&file, b"old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let mut output = OutputFile::create(&link, Overwrite::Replace).unwrap();
        output.write_all(b"new").unwrap();
        output.commit().unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_directly() {
        let mut output = OutputFile::create(Path::new("/dev/null"), Overwrite::Refuse).unwrap();
        output.write_all(b"x").unwrap();
        output.commit().unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn a_directory_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        assert!(OutputFile::create(directory.path(), Overwrite::Replace).is_err());
    }
}
