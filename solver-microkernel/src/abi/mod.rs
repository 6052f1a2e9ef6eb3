//! The edge to wasm: exports, allocator, custom section.

#[cfg(any(target_arch = "wasm32", test))]
mod heap;
mod section;

#[cfg(target_arch = "wasm32")]
mod exports;
#[cfg(target_arch = "wasm32")]
mod global;

/// Version of the contract.
pub const ABI_VERSION: i32 = 1;
/// What this build can do: bit 3 k-NN, bit 0 built with SIMD.
pub const CAPABILITIES: i32 = 1 << 3 | cfg!(target_feature = "simd128") as i32;
