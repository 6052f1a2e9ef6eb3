//! `cargo xtask test`: all set-up, then every test.

use crate::guests;
use crate::process::{self, Result, cargo, exists, root, run_with, target_dir};
use std::path::{Path, PathBuf};

/// Runs the tests of the workspace, the guests' rebuild, and the checks that need other programs.
/// What cannot run here is named at the end.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let npm = install_npm_packages()?;
    let mut command = vec!["test", "--workspace", "--locked"];
    command.extend(args.iter().map(String::as_str));
    let variables: Vec<_> = npm.iter().map(|dir| ("RVF_NPM_MODULES", dir.as_path())).collect();
    run_with(&cargo(), &command, &variables)?;
    guests::run(&["--check".to_owned()])?;
    let references = install_references();
    if let Ok(python) = &references {
        compare_with_references(python)?;
    }
    if npm.is_none() {
        eprintln!("SKIPPED: the npm packages that read and write .rvf files (no Node.js with npm here)");
    }
    if let Err(why) = references {
        eprintln!("SKIPPED: answers beside scipy and networkx ({why})");
    }
    Ok(())
}

/// A Python of its own with the pinned scipy and networkx, under the target folder.
fn install_references() -> Result<PathBuf> {
    let dir = target_dir().join("references");
    let python = dir.join("bin").join("python");
    let dir = dir.to_string_lossy();
    let list = root().join("interop").join("python").join("requirements.txt");
    process::run("python3", &["-m", "venv", &dir])?;
    let pip = ["-m", "pip", "install", "--quiet", "--requirement", &list.to_string_lossy()];
    process::run(&python.to_string_lossy(), &pip)?;
    Ok(python)
}

/// Packs systems and graphs as a user would, and compares the answers with those of scipy and networkx.
fn compare_with_references(python: &Path) -> Result<()> {
    // The tests of the two tools have built them.
    let script = root().join("interop").join("python").join("check.py");
    let tool =
        |name: &str| target_dir().join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let work = target_dir().join("references-work");
    let paths = [script, tool("rvf-pack"), tool("rvf-run"), work];
    let paths: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
    let args: Vec<&str> = paths.iter().map(|path| &**path).collect();
    process::run(&python.to_string_lossy(), &args)
}

/// Installs the pinned packages under the target folder, where nothing is committed from.
fn install_npm_packages() -> Result<Option<PathBuf>> {
    if !exists("node") || !exists("npm") {
        return Ok(None);
    }
    let dir = target_dir().join("npm-interop");
    std::fs::create_dir_all(&dir).map_err(|e| format!("cannot make {}: {e}", dir.display()))?;
    let source = root().join("interop").join("npm").join("package.json");
    std::fs::copy(&source, dir.join("package.json")).map_err(|e| format!("cannot copy package.json: {e}"))?;
    // The versions are pinned in package.json. A lock file would also have to list native builds for
    // other systems, of which some were never published.
    let prefix = dir.to_string_lossy();
    let flags = ["--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", &prefix];
    process::run("npm", &[&["install"], &flags[..]].concat())?;
    Ok(Some(dir.join("node_modules")))
}
