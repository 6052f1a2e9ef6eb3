//! Readers: one file per segment kind, bytes in, types out.

pub mod header;
pub mod manifest;
pub mod vectors;
