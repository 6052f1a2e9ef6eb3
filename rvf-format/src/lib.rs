//! The `.rvf` container: bytes to types and back.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod error;
pub mod forever;
#[cfg(feature = "hash")]
pub mod hash;
pub mod limits;
pub mod read;
#[cfg(feature = "hash")]
pub mod verify;
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
