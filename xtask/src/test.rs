//! `cargo xtask test`: all set-up, then every test.

use crate::guests;
use crate::process::{self, Result, cargo, exists, root, run_with, target_dir};
use std::path::PathBuf;

/// Runs the tests of the workspace, the guests' rebuild, and the checks that need other programs.
/// What cannot run here is named at the end.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let npm = install_npm_packages()?;
    let mut command = vec!["test", "--workspace", "--locked"];
    command.extend(args.iter().map(String::as_str));
    let variables: Vec<_> = npm.iter().map(|dir| ("RVF_NPM_MODULES", dir.as_path())).collect();
    run_with(&cargo(), &command, &variables)?;
    guests::run(&["--check".to_owned()])?;
    if npm.is_none() {
        eprintln!("SKIPPED: the npm packages that read and write .rvf files (no Node.js with npm here)");
    }
    Ok(())
}

/// Installs the pinned packages under the target folder, where nothing is committed from.
fn install_npm_packages() -> Result<Option<PathBuf>> {
    if !exists("node") || !exists("npm") {
        return Ok(None);
    }
    let dir = target_dir().join("npm-interop");
    std::fs::create_dir_all(&dir).map_err(|e| format!("cannot make {}: {e}", dir.display()))?;
    for name in ["package.json", "package-lock.json"] {
        let source = root().join("interop").join("npm").join(name);
        std::fs::copy(&source, dir.join(name)).map_err(|e| format!("cannot copy {name}: {e}"))?;
    }
    let prefix = dir.to_string_lossy();
    process::run("npm", &["ci", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", &prefix])?;
    Ok(Some(dir.join("node_modules")))
}
