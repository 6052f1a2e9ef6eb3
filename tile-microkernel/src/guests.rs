//! The built modules, as kept in `guests/` of this crate's folder (`cargo xtask guests` rebuilds them).

/// Runs on every WebAssembly engine.
pub static SCALAR: &[u8] = include_bytes!("../guests/tile-scalar.wasm");
/// Needs the 128-bit SIMD instructions; same results, faster.
pub static SIMD: &[u8] = include_bytes!("../guests/tile-simd.wasm");
