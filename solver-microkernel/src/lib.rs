//! The program that travels in an `.rvf` file: exact nearest neighbours and their kin over the
//! vectors next to it.
//!
//! It performs no I/O and imports nothing. It asks for bytes, the host copies them from the file,
//! and the program goes on: `docs/abi.md` is the contract. Built for `wasm32-unknown-unknown` this
//! crate is the guest; linked natively, [`Instance`] is the same code over ordinary memory and
//! gives the same bits.
//!
//! Reading order: [`instance`], `job` (the phases), `source` (bytes to rows), `ops` (rows to
//! results). Three packages stand next to it in this folder: `kernels`, the arithmetic; `lists`, the
//! arrays and empty states; and `guest`, the edge to wasm. `unsafe` is theirs: here it is only in what
//! `solver_lists::blank!` writes, which compiles only where it is sound.
#![no_std]

extern crate alloc;

pub mod columns;
pub mod directory;
mod fault;
#[cfg(feature = "guests")]
pub mod guests;
pub mod instance;
mod job;
#[cfg(feature = "thompson-sampling")]
pub mod learn;
pub mod limits;
mod lists;
mod live;
mod measure;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;
mod ops;
mod report;
pub mod request;
mod sentence;
mod source;
#[cfg(feature = "sparse")]
pub mod sparse;
#[cfg(feature = "temporal")]
pub mod temporal;
mod text;
mod texts;
mod topk;
mod unpack;
mod wire;

pub use columns::{Column, Values};
pub use fault::Status;
pub use instance::Instance;
pub use request::Operation;
pub use source::Read;
pub use texts::{DESCRIPTION, description};

/// Version of the contract.
pub const ABI_VERSION: i32 = 1;
/// What this build can do: bit 0 built with SIMD, 1 Thompson sampling, 2 witness chain, 3 k-NN, 4 linear
/// solve, 5 PageRank, 6 calendar puzzles.
pub const CAPABILITIES: i32 = (cfg!(all(target_arch = "wasm32", target_feature = "simd128"))) as i32
    | (cfg!(feature = "thompson-sampling") as i32) << 1
    | (cfg!(feature = "witness-chain") as i32) << 2
    | 1 << 3
    | (cfg!(feature = "sparse") as i32) << 4
    | (cfg!(feature = "sparse") as i32) << 5
    | (cfg!(feature = "temporal") as i32) << 6;
