//! The built modules, as kept in `guests/` of this crate's folder (`cargo xtask guests` rebuilds them).

/// Runs on every WebAssembly engine; its guests have no SIMD.
pub static SCALAR: &[u8] = include_bytes!("../guests/interpreter-scalar.wasm");
/// Needs the 128-bit SIMD instructions, and runs guests that do.
pub static SIMD: &[u8] = include_bytes!("../guests/interpreter-simd.wasm");
