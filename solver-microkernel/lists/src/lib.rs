//! Growing arrays of plain values, whose growth fails rather than ends the program; and empty states.
//!
//! Natively that is the `Vec` of `alloc`. In the guest, where bytes count, it is one of the same name and the
//! same methods, as far as the solver needs them, whose growth exists once for all types. A package of its own,
//! because the kernels hold arrays too and this is to be built for size.
#![no_std]

extern crate alloc;

#[cfg(any(target_arch = "wasm32", test))]
#[cfg_attr(
    not(target_arch = "wasm32"),
    allow(unreachable_pub, reason = "tested natively, and used there by none")
)]
mod small;

#[cfg(any(target_arch = "wasm32", test))]
#[cfg_attr(not(target_arch = "wasm32"), allow(unreachable_pub, reason = "as above"))]
mod zeros;

#[cfg(target_arch = "wasm32")]
pub use small::{Vec, append, extend, free, push, put, reserve};
#[cfg(target_arch = "wasm32")]
pub use zeros::{blank, reset, reset_but};

mod blank;
pub use blank::Blank;

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(not(target_arch = "wasm32"))]
pub use native::{Vec, append, blank, extend, free, push, put, reserve, reset, reset_but};
