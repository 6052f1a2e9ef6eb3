//! Engines that can run the interpreter's module, behind one small trait, and the module's ABI over it.
#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "each user takes its part; for tests"
)]

mod hosts;
mod module;

pub(crate) use hosts::{Host, Wasmi, Wasmtime};
pub(crate) use module::{Guest, Status, cells_of};

use std::path::PathBuf;

/// A module that is kept in `guests/`.
pub(crate) fn built(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("guests").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
