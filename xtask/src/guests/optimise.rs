//! wasm-opt of one pinned version, for the modules whose every byte counts.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::build::output;
use crate::process::{exists, target_dir};

/// The npm package that carries wasm-opt, and its version: another one makes other bytes.
const PACKAGE: &str = "binaryen";
const VERSION: &str = "132.0.0";

/// Exactly what the interpreter's module may use: with all features on, wasm-opt writes types that
/// other engines refuse.
const FEATURES: &[&str] = &[
    "--mvp-features",
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-mutable-globals",
    "--enable-multivalue",
    "--enable-reference-types",
];

/// Whether wasm-opt is there, or can be had.
pub(super) fn can_install() -> bool {
    exists("node") && (tool().is_file() || exists("npm"))
}

fn folder() -> PathBuf {
    target_dir().join("npm-binaryen")
}

fn tool() -> PathBuf {
    folder().join("node_modules").join(PACKAGE).join("bin").join("wasm-opt")
}

/// The bytes of a module after these passes.
pub(super) fn run(root: &Path, module: &Path, passes: &[&str]) -> Result<Vec<u8>, String> {
    if !tool().is_file() {
        if !can_install() {
            return Err(format!("{} needs wasm-opt: install Node.js with npm", module.display()));
        }
        let prefix = folder();
        std::fs::create_dir_all(&prefix).map_err(|e| format!("{}: {e}", prefix.display()))?;
        let package = format!("{PACKAGE}@{VERSION}");
        let flags = ["--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error", "--no-save"];
        output(Command::new("npm").arg("install").arg("--prefix").arg(&prefix).args(flags).arg(package))?;
    }
    let small = module.with_extension("opt.wasm");
    let mut command = Command::new("node");
    command.current_dir(root).arg(tool()).arg(module).args(FEATURES).args(passes).args([
        "--strip-target-features",
        "--strip-debug",
        "--strip-producers",
    ]);
    output(command.arg("-o").arg(&small))?;
    std::fs::read(&small).map_err(|e| format!("{}: {e}", small.display()))
}
