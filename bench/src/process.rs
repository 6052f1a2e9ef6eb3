//! Whole processes, as a user starts them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder that holds this program, and the tools beside it.
pub(crate) fn tools() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|e| e.to_string())?;
    own.parent().map(Path::to_path_buf).ok_or_else(|| "no folder".into())
}

/// Runs a tool to its end; fails when it fails.
pub(crate) fn run(tool: &Path, args: &[&str]) -> Result<(), String> {
    let output = Command::new(tool)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .map_err(|e| format!("{}: {e}", tool.display()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{} {args:?}: {}", tool.display(), String::from_utf8_lossy(&output.stderr)))
}
