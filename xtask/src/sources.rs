//! The hash of everything that the bytes of the guests depend on. `guests.lock` records it, and a
//! test of the solver compares, so that a change without a rebuild is noticed.

use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Folders and files, from the workspace's root; of `rvf-format` what the guest compiles.
const PARTS: &[&str] = &[
    "rvf-format/Cargo.toml",
    "rvf-format/src/error.rs",
    "rvf-format/src/forever.rs",
    "rvf-format/src/lib.rs",
    "rvf-format/src/limits.rs",
    "rvf-format/src/read/header.rs",
    "rvf-format/src/read/manifest.rs",
    "rvf-format/src/read/mod.rs",
    "rvf-format/src/read/sparse",
    "rvf-format/src/read/vectors.rs",
    "rvf-format/src/wire.rs",
    "solver-microkernel/guest/Cargo.toml",
    "solver-microkernel/guest/edge/Cargo.toml",
    "solver-microkernel/guest/edge/src",
    "solver-microkernel/guest/src",
    "solver-microkernel/kernels/Cargo.toml",
    "solver-microkernel/kernels/src",
    "solver-microkernel/src",
];

/// Packages from the registry that are compiled in; their locked versions count.
const PACKAGES: &[&str] = &["byteorder", "libm"];

/// SHA-256 of a byte string, in hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// The hash of the guests' sources.
pub(crate) fn hash(root: &Path) -> Result<String, String> {
    let mut files = Vec::new();
    for part in PARTS {
        collect(&root.join(part), &mut files)?;
    }
    files.sort();
    let mut text = String::new();
    for file in files {
        let bytes = std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        text += &format!("{} {}\n", name.replace('\\', "/"), hex(&bytes));
    }
    let manifest = read(&root.join("Cargo.toml"))?;
    for section in manifest.split("\n[") {
        if section.starts_with("profile.guest") || section.starts_with("workspace.package]") {
            text += section.trim_end();
            text += "\n";
        }
    }
    let solver = read(&root.join("solver-microkernel/Cargo.toml"))?;
    text += solver.split("[dev-dependencies]").next().unwrap_or_default();
    for package in read(&root.join("Cargo.lock"))?.split("[[package]]") {
        if PACKAGES.iter().any(|name| package.contains(&format!("\nname = \"{name}\"\n"))) {
            text += package.trim();
            text += "\n";
        }
    }
    Ok(hex(text.as_bytes()))
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(|e| format!("{}: {e}", path.display()))?;
        for entry in entries {
            collect(&entry.map_err(|e| e.to_string())?.path(), files)?;
        }
    } else {
        files.push(path.to_path_buf());
    }
    Ok(())
}
