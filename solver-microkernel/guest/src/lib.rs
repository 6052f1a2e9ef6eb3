//! The solver as a WebAssembly module: links [`solver_edge`], whose exports are the module's.
//!
//! Built with `cargo xtask guests` (crate type `cdylib`, target `wasm32-unknown-unknown`). This
//! package is empty because its level of optimisation is that of the whole link.
#![no_std]

pub use solver_edge as edge;
