//! The edge between the contract's numbers and [`solver_microkernel::Instance`]. All `unsafe` of
//! the guest is here, in three named modules. A package of its own, so that it is built for size.
//!
//! Except for wasm this crate holds nothing but the tests of the allocator.
#![no_std]

#[cfg(any(target_arch = "wasm32", test))]
extern crate alloc;

#[cfg(target_arch = "wasm32")]
mod exports;
#[cfg(target_arch = "wasm32")]
mod global;
#[cfg(any(target_arch = "wasm32", test))]
mod heap;
mod section;
