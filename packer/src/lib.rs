//! Packs vectors, matrices, labels and the programs that search and solve them into one `.rvf` file.
//!
//! [`input`] reads vectors, a batch at a time, [`matrix`] sparse matrices and graphs; [`plan`] decides what the file is to hold and
//! inspects the modules that go in; [`build`] writes it. [`embed`], [`extract`], [`list`] and
//! [`strip`] work on files that exist, whoever wrote them. Nothing here runs a module.
//!
//! Memory is a few batches (8 MiB each by default) whatever the number of vectors, and beside them:
//! labels, which are held until the end and capped at the 256 MiB that readers accept; and 16 bytes
//! per run of consecutive ids when ids are given instead of counted. Matrices add what
//! [`matrix::MatrixOptions::memory`] says and 24 bytes per column.

pub mod build;
pub mod built_in;
mod check;
mod checked;
pub mod combine;
pub mod embed;
mod error;
pub mod extract;
pub mod ids;
pub mod input;
pub mod labels;
pub mod limits;
pub mod list;
mod mapped;
pub mod matrix;
mod nodes;
pub mod plan;
mod scratch;
mod sink;
pub mod strip;

pub use checked::Damage;
pub use error::{ErrorKind, PackError, Result};
pub use mapped::Mapped;
pub use scratch::Scratch;
pub use sink::{Output, SegmentRow};
