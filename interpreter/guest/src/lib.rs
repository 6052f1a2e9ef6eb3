//! The interpreter as a WebAssembly module: the exports of `docs/interpreter.md`, an allocator, nothing else.
//!
//! Built as a `cdylib` for `wasm32-unknown-unknown`; on other targets this package is empty.
#![no_std]

#[cfg(target_family = "wasm")]
extern crate alloc;

#[cfg(target_family = "wasm")]
mod cells;
#[cfg(target_family = "wasm")]
mod embedded;
#[cfg(target_family = "wasm")]
mod exports;
#[cfg(target_family = "wasm")]
mod guest;
#[cfg(target_family = "wasm")]
mod heap;
#[cfg(target_family = "wasm")]
mod message;

#[cfg(target_family = "wasm")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
