//! Readers: one file per segment kind, bytes in, types out.

#[cfg(feature = "hash")]
pub mod file;
pub mod header;
#[cfg(feature = "hash")]
pub mod integrity;
#[cfg(feature = "hash")]
pub mod journal;
pub mod manifest;
#[cfg(feature = "hash")]
pub mod meta;
pub mod policy;
#[cfg(feature = "hash")]
pub mod root_page;
#[cfg(feature = "hash")]
mod scan;
pub mod sparse;
pub mod vectors;
#[cfg(feature = "hash")]
pub mod wasm;
#[cfg(feature = "hash")]
pub mod witness;
