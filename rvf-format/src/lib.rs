//! The `.rvf` container: bytes to types and back.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod error;
#[cfg_attr(not(feature = "hash"), allow(dead_code, reason = "a solver reads a part of the format"))]
pub mod forever;
#[cfg(feature = "hash")]
pub mod hash;
pub mod limits;
pub mod read;
#[cfg(feature = "hash")]
pub mod verify;
#[cfg_attr(not(feature = "hash"), allow(dead_code, reason = "a solver reads a part of the format"))]
pub mod wire;
#[cfg(feature = "hash")]
pub mod write;

pub use error::{Error, ErrorKind, Result};
pub use forever::SegmentType;
#[cfg(feature = "hash")]
pub use read::file::{Dialect, File, HashVerdict, Segment};
pub use read::header::SegmentHeader;
#[cfg(feature = "hash")]
pub use read::integrity::BlockChecker;
pub use read::manifest::{Manifest, ManifestHead, Metric};
