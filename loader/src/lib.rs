//! Open, verify, select and run the programs that travel in `.rvf` files.

pub mod abi;
#[cfg(feature = "jit")]
pub mod cache;
pub mod engine;
pub mod job;
pub mod limits;

pub use limits::Limits;
