//! Open, verify, select and run the programs that travel in `.rvf` files.
//!
//! Four nouns, four verbs:
//!
//! ```no_run
//! use std::path::Path;
//! use rvf_loader::abi::Request;
//! use rvf_loader::{Host, Limits, Policy, Rvf};
//!
//! let rvf = Rvf::open(Path::new("words.rvf"))?;
//! rvf.verify(&Policy::default())?;
//! let solver = rvf.select(&Host::default())?;
//! let request = Request::new("knn").with("query", vec![0.5_f32; 100]).with("k", 10_u64);
//! let answer = solver.run(&request, &Limits::default())?;
//! println!("{} rows", answer.table.rows);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `open` touches the file's tail only; `verify` reads all of it; `select` copies,
//! hashes and inspects the modules; `run` checks the data it reads as it reads it.
//! A guest has no imports, a memory cap, a finite budget and a bounded stack.
//! See `docs/security.md` for what is promised and what is not.

pub mod abi;
#[cfg(all(feature = "jit", unix))]
pub mod cache;
pub mod call;
pub mod engine;
pub mod job;
pub mod learning;
pub mod limits;
pub mod lookup;
pub mod matrices;
pub mod open;
pub mod profile;
pub mod segments;
pub mod select;
pub mod solver;
pub mod source;
mod tile;
pub mod verify;
pub mod witness;

pub use limits::Limits;
pub use open::{OpenError, Rvf};
pub use profile::Profile;
pub use select::{Host, SelectError};
pub use solver::{RunError, Session, Solver};
pub use source::Source;
pub use verify::{Policy, Verified, VerifyError};

// The format's types appear in this crate's interface.
pub use rvf_format;
