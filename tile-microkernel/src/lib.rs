//! The program for a tile: a processor with some hundred KiB of memory and nothing else.
//!
//! Fourteen functions over four fixed pages, with the signatures that are published for the format's
//! tile microkernel. A host copies a query and blocks of rows in, and takes the nearest rows out:
//!
//! ```text
//! rvf_init, rvf_load_query, { rvf_load_block, rvf_distances, rvf_topk_merge }*, rvf_topk_read
//! ```
//!
//! The library is generic over its [`Memory`], so that the same code runs in the module (over the linear
//! memory) and natively (over [`Flat`]). No function fails otherwise than by its result: -1 for what is
//! refused. See `README.md` for what each function takes.
#![no_std]

#[cfg(not(target_arch = "wasm32"))]
extern crate alloc;

mod distances;
#[cfg(target_arch = "wasm32")]
mod edge;
mod four;
mod graph;
#[cfg(feature = "guests")]
pub mod guests;
mod half;
mod header;
pub mod limits;
mod memory;
mod quantised;
mod root;
mod sums;
mod tile;
mod top;

#[cfg(not(target_arch = "wasm32"))]
pub use memory::Flat;
pub use memory::Memory;
pub use tile::{REFUSED, Tile};
