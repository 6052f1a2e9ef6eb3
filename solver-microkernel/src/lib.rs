//! The program that travels in an `.rvf` file: exact nearest neighbours and their kin over the
//! vectors next to it.
//!
//! It performs no I/O and imports nothing. It asks for bytes, the host copies them from the file,
//! and the program goes on: `docs/abi.md` is the contract. Built for `wasm32-unknown-unknown` this
//! crate is the guest; linked natively, [`Instance`] is the same code over ordinary memory and
//! gives the same bits.
//!
//! Reading order: [`instance`], `job` (the phases), `source` (bytes to rows), `ops` and `kernels`
//! (rows to results), `abi` (the edge to wasm, the only place with `unsafe`).
#![no_std]

extern crate alloc;

mod abi;
pub mod columns;
mod describe;
pub mod directory;
mod fault;
#[cfg(feature = "guests")]
pub mod guests;
pub mod instance;
mod job;
mod kernels;
pub mod limits;
mod live;
mod memory;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;
mod ops;
pub mod request;
mod source;
mod text;
mod topk;

pub use abi::{ABI_VERSION, CAPABILITIES};
pub use columns::{Column, Values};
pub use describe::DESCRIPTION;
pub use fault::Status;
pub use instance::Instance;
pub use request::Operation;
pub use source::Read;
