//! `--save`: a copy of the file with what was learned.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction};
use rvf_loader::Rvf;
use rvf_loader::learning::{Learned, SaveError, Saved};
use rvf_terminal::serde_json::{Value, json};
use rvf_terminal::{Manners, OutputFile, Overwrite, Report, bytes_text, hex};

use crate::report;

/// Where the copy goes.
pub(super) struct Target {
    path: PathBuf,
    force: bool,
}

/// The flag. `--force` belongs to whoever adds it.
pub(super) fn flag() -> Arg {
    Arg::new("save")
        .long("save")
        .value_name("FILE.rvf")
        .value_parser(clap::value_parser!(PathBuf))
        .action(ArgAction::Set)
        .help("Write a copy of the file with what was learned; with --force it may be the file itself")
}

impl Target {
    /// The output may have this path. `file` is what is learned from: only `force` lets the copy take its
    /// place, whole or not at all.
    pub(super) fn of(path: &Path, force: bool, file: &Path) -> Result<Self, Report> {
        if !force && rvf_terminal::refuse_clashes(&[file], &[path]).is_err() {
            return Err(Report::usage("the copy would replace the file that it is made of")
                .at(path.display())
                .fix("name another file, or replace this one with --force"));
        }
        OutputFile::check(path, overwrite(force))?;
        Ok(Self { path: path.to_owned(), force })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the copy beside its place, and gives it its name when it is whole.
    pub(super) fn write(&self, rvf: &Rvf<'_>, file: &Path, learned: &Learned) -> Result<Saved, Report> {
        let out = OutputFile::create(&self.path, overwrite(self.force))?;
        let (saved, out) = rvf
            .save(learned, BufWriter::with_capacity(BUFFER, out))
            .map_err(|error| failed(file, &self.path, &error))?;
        let broken = |error: &std::io::Error| Report::io("cannot write the copy", self.path.display(), error);
        let mut out = out.into_inner().map_err(|error| broken(error.error()))?;
        out.flush().map_err(|error| broken(&error))?;
        out.commit()?;
        Ok(saved)
    }

    /// What was saved, for people.
    pub(super) fn tell(&self, saved: &Saved, manners: &Manners) {
        manners.note(&format!(
            "saved {} in generation {} ({} learned from) to {}, {}",
            saved.head.name(),
            saved.head.generation,
            saved.head.learned,
            self.path.display(),
            bytes_text(saved.bytes)
        ));
    }

    /// What was saved, for programs.
    pub(super) fn to_json(&self, saved: &Saved) -> Value {
        json!({
            "file": self.path.to_string_lossy(),
            "bytes": saved.bytes,
            "digest": hex(&saved.digest),
            "policy": saved.head.name(),
            "generation": saved.head.generation,
            "learned": saved.head.learned,
            "state_bytes": saved.head.state_len,
            "state_hash": hex(&saved.head.state_hash),
        })
    }
}

/// Bytes that are written at once: a copy is made of many small pieces.
const BUFFER: usize = 1 << 18;

fn overwrite(force: bool) -> Overwrite {
    if force { Overwrite::Replace } else { Overwrite::Refuse }
}

fn failed(file: &Path, out: &Path, error: &SaveError) -> Report {
    match error {
        SaveError::Damaged(error) => report::data(file, error),
        SaveError::Format(error) => report::format(file, error)
            .fix("nothing was saved; see rvf-run verify, and rvf-run witness verify"),
        SaveError::Write(error) => Report::io("cannot write the copy", out.display(), error),
    }
}
