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
    "solver-microkernel/build",
    "solver-microkernel/guest/Cargo.toml",
    "solver-microkernel/guest/edge/Cargo.toml",
    "solver-microkernel/guest/edge/src",
    "solver-microkernel/guest/src",
    "solver-microkernel/kernels/Cargo.toml",
    "solver-microkernel/kernels/src",
    "solver-microkernel/lists/Cargo.toml",
    "solver-microkernel/lists/src",
    "solver-microkernel/src",
    "solver-microkernel/texts",
];

/// Packages from the registry that are compiled in; their locked versions count.
const PACKAGES: &[&str] = &["byteorder", "libm"];

/// SHA-256 of a byte string, in hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// What the bytes of the modules of one folder depend on.
pub(crate) struct Sources {
    /// Folders and files, from the workspace's root.
    parts: &'static [&'static str],
    /// The manifest of which all but the dev-dependencies counts.
    manifest: &'static str,
    /// The packages whose own level of optimisation counts; none: all packages that are not
    /// [`ALONE`].
    levels: &'static [&'static str],
    /// Packages from the registry that are compiled in; their locked versions count.
    packages: &'static [&'static str],
}

/// Packages that are no part of the solver, and are built with profiles of their own.
const ALONE: &[&str] = &["tile-microkernel", "interpreter", "interpreter-guest"];

/// Of the solver.
const SOLVER: Sources =
    Sources { parts: PARTS, manifest: "solver-microkernel/Cargo.toml", levels: &[], packages: PACKAGES };

/// Of the tile microkernel.
#[allow(dead_code, reason = "each user of this file takes one of them")]
pub(crate) const TILE: Sources = Sources {
    parts: &["tile-microkernel/src"],
    manifest: "tile-microkernel/Cargo.toml",
    levels: &["tile-microkernel"],
    packages: &[],
};

impl Sources {
    /// Whether a section of the workspace's manifest counts.
    fn counts(&self, section: &str) -> bool {
        let Some(package) = section.strip_prefix("profile.guest.package.") else {
            return section.starts_with("profile.guest") || section.starts_with("workspace.package]");
        };
        let is = |name: &str| package.strip_prefix(name).is_some_and(|rest| rest.starts_with(']'));
        match self.levels {
            [] => !ALONE.iter().any(|name| is(name)),
            some => some.iter().any(|name| is(name)),
        }
    }
}

/// Of the interpreter.
#[allow(dead_code, reason = "each user of this file takes one of them")]
pub(crate) const INTERPRETER: Sources = Sources {
    parts: &["interpreter/src", "interpreter/guest/src", "interpreter/guest/Cargo.toml"],
    manifest: "interpreter/Cargo.toml",
    levels: &["interpreter", "interpreter-guest"],
    packages: &[],
};

/// The hash of the solver's sources.
pub(crate) fn hash(root: &Path) -> Result<String, String> {
    hash_of(root, &SOLVER)
}

/// The hash of the sources of the modules of one folder.
pub(crate) fn hash_of(root: &Path, sources: &Sources) -> Result<String, String> {
    let mut files = Vec::new();
    for part in sources.parts {
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
        if sources.counts(section) {
            // A comment in front of the next section is no part of this one.
            let lines: Vec<&str> = section.lines().filter(|line| !line.starts_with('#')).collect();
            text += lines.join("\n").trim_end();
            text += "\n";
        }
    }
    let own = read(&root.join(sources.manifest))?;
    text += own.split("[dev-dependencies]").next().unwrap_or_default();
    for package in read(&root.join("Cargo.lock"))?.split("[[package]]") {
        if sources.packages.iter().any(|name| package.contains(&format!("\nname = \"{name}\"\n"))) {
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
