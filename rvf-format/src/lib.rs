//! The `.rvf` container: bytes to types and back.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod error;
pub mod forever;
pub mod limits;
pub mod read;
pub mod wire;

pub use error::{Error, ErrorKind, Result};
pub use forever::SegmentType;
pub use read::header::SegmentHeader;
pub use read::manifest::{Manifest, ManifestHead, Metric};
