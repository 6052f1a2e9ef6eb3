//! The built guests, as kept in `guests/` of this crate's folder (`cargo xtask guests` rebuilds them).

/// Vectors only. Runs on every WebAssembly engine.
pub static SCALAR: &[u8] = include_bytes!("../guests/solver-scalar.wasm");
/// Needs the 128-bit SIMD instructions; same results, faster.
pub static SIMD: &[u8] = include_bytes!("../guests/solver-simd.wasm");
/// k-NN, matrices and graphs, for where bytes count. Runs on every WebAssembly engine.
pub static SPARSE_SCALAR: &[u8] = include_bytes!("../guests/solver-sparse-scalar.wasm");
/// k-NN, matrices and graphs, for where bytes count, with the 128-bit SIMD instructions; same results, faster.
pub static SPARSE_SIMD: &[u8] = include_bytes!("../guests/solver-sparse-simd.wasm");
/// Everything: also learning. Runs on every WebAssembly engine.
pub static FULL_SCALAR: &[u8] = include_bytes!("../guests/solver-full-scalar.wasm");
/// Everything, with the 128-bit SIMD instructions; same results, faster.
pub static FULL_SIMD: &[u8] = include_bytes!("../guests/solver-full-simd.wasm");
/// k-NN alone, for where every byte counts. Runs on every WebAssembly engine.
pub static KNN_SCALAR: &[u8] = include_bytes!("../guests/solver-knn-scalar.wasm");
/// k-NN alone, with the 128-bit SIMD instructions; same results, faster.
pub static KNN_SIMD: &[u8] = include_bytes!("../guests/solver-knn-simd.wasm");

/// All of them.
pub static ALL: [&[u8]; 8] =
    [SCALAR, SIMD, SPARSE_SCALAR, SPARSE_SIMD, FULL_SCALAR, FULL_SIMD, KNN_SCALAR, KNN_SIMD];
