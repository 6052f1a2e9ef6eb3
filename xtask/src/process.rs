//! Running other programs, and saying so.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A step that failed, in words.
pub type Result<T> = std::result::Result<T, String>;

/// The folder of the workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Where cargo puts what it builds.
pub fn target_dir() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// Prints a command, runs it from the workspace's folder, and fails when it fails.
pub fn run<S: AsRef<OsStr>>(program: &str, args: &[S]) -> Result<()> {
    let words: Vec<_> = args.iter().map(|a| a.as_ref().to_string_lossy().into_owned()).collect();
    eprintln!("$ {} {}", shown(program), words.join(" "));
    run_quietly(program, args)
}

/// [`run`] without printing the command.
pub fn run_quietly<S: AsRef<OsStr>>(program: &str, args: &[S]) -> Result<()> {
    let status = Command::new(program)
        .args(args)
        .current_dir(root())
        .stdin(Stdio::null())
        .status()
        .map_err(|e| format!("cannot start {program}: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{} failed: {status}", shown(program))) }
}

/// True when a program can be started at all.
pub fn exists(program: &str) -> bool {
    let status =
        Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|s| s.success())
}

/// The cargo that runs this.
pub fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".into())
}

/// A program's name without the folders in front.
fn shown(program: &str) -> String {
    Path::new(program).file_name().map_or_else(|| program.into(), |n| n.to_string_lossy().into_owned())
}
