//! `cargo xtask test`: all set-up, then every test.

use crate::process::{Result, cargo, exists, root, run, target_dir};

/// Runs the tests of the workspace, the guests' rebuild, and the checks that need other programs.
/// What cannot run here is named at the end.
pub fn test(args: &[String]) -> Result<()> {
    let mut skipped = Vec::new();
    let npm = install_npm_packages()?;
    match &npm {
        // The tests look for the packages where this variable points.
        Some(dir) => run_tests(args, Some(dir))?,
        None => {
            skipped.push("the npm packages that read and write .rvf files: no Node.js with npm here");
            run_tests(args, None)?;
        }
    }
    if exists("rustup") || exists("rustc") {
        run(&cargo(), &["run", "--quiet", "--package", "xtask", "--", "guests", "--check"])?;
    }
    for what in &skipped {
        eprintln!("SKIPPED: {what}");
    }
    eprintln!("xtask test: everything else passed");
    Ok(())
}

fn run_tests(args: &[String], npm: Option<&std::path::Path>) -> Result<()> {
    let mut command = vec!["test", "--workspace", "--locked"];
    command.extend(args.iter().map(String::as_str));
    if let Some(dir) = npm {
        let variable = format!("RVF_NPM_DIR={}", dir.display());
        let mut with_env = vec![variable.as_str(), "cargo"];
        with_env.extend(command);
        return run("env", &with_env);
    }
    run(&cargo(), &command)
}

/// Installs the pinned packages under the target folder, where nothing is committed from.
fn install_npm_packages() -> Result<Option<std::path::PathBuf>> {
    if !exists("node") || !exists("npm") {
        return Ok(None);
    }
    let dir = target_dir().join("npm");
    let from = root().join("interop").join("npm");
    std::fs::create_dir_all(&dir).map_err(|e| format!("cannot make {}: {e}", dir.display()))?;
    for name in ["package.json", "package-lock.json"] {
        let source = from.join(name);
        if source.exists() {
            std::fs::copy(&source, dir.join(name)).map_err(|e| format!("cannot copy {name}: {e}"))?;
        }
    }
    let dir_text = dir.to_string_lossy().into_owned();
    run("npm", &["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", &dir_text])?;
    Ok(Some(dir))
}
