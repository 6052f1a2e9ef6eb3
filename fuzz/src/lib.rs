//! Fuzz targets as plain functions over bytes, and a mutator that needs no fuzzer.
//!
//! A target takes any bytes and must return: no panic, no hang, no more memory than a small multiple
//! of its input. `tests/replay.rs` runs every target over its seeds, the files of `corpus/<target>`
//! and deterministic mutations of both, and measures memory. An input that once broke something goes
//! into the corpus.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a panic is what these functions look for

pub mod mutate;
pub mod targets;

pub use targets::{TARGETS, Target};

use std::path::PathBuf;

/// The inputs of a target: seeds made from the fixtures, then the files of its corpus.
#[must_use]
pub fn inputs(target: &Target) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = (0..).zip((target.seeds)()).map(|(n, seed)| (format!("seed {n}"), seed)).collect();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    all.extend(files.iter().map(|path| (path.display().to_string(), std::fs::read(path).unwrap())));
    all
}
