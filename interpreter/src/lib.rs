//! A WebAssembly interpreter small enough to travel inside a data file.
//!
//! [`Module::new`] validates a module and translates it to register code; a [`Store`] holds instances and
//! runs their functions with exact fuel, under [`Caps`]. `docs/interpreter.md` is the contract, `README.md` tells the
//! design.
#![no_std]

#[cfg(target_endian = "big")]
compile_error!("frames and linear memory are read as little-endian");

extern crate alloc;

mod error;
#[cfg(feature = "guests")]
pub mod guests;
mod limits;
mod machine;
mod module;
mod opcode;
mod reader;
mod store;
mod translate;
mod types;

pub use error::{Error, Kind as ErrorKind, Reason, Trap};
pub use module::Module;
pub use store::{Caps, FunctionId, InstanceId, NotInstantiated, Run, Store};
pub use types::{FuncType, ValType};
