//! Runs register code.
//!
//! This module and [`run`] are where speed comes from, and the only places with unchecked access to memory. The
//! argument why that is sound:
//!
//! - **Words.** `pc` starts at a function's first word and moves by whole instructions or by the distance of a
//!   branch. Both were written by the translator for validated code; every path through a function ends
//!   in a return, a trap or a branch, so `pc` never leaves the function. The words live in an `Arc<Module>`
//!   that the instance holds, behind a `Vec` that is never changed again.
//! - **Frames.** Every place in an instruction is below the function's frame size: the translator keeps the
//!   highest slot it used, puts the constants behind it, and fixes the frame's size after both. A frame is entered
//!   only when all of it, and the note of the return before it, lies inside the stack, whose `Vec` is
//!   never resized. A vector takes two slots, both counted.
//! - **Returns.** The note of a return is written when a function is entered, in slots that belong to no frame,
//!   and read once. It holds what `pc`, frame and instance were, which still are valid: frames below are
//!   left alone, and instances are neither moved nor dropped while a call runs or is paused.
//! - **Linear memory.** Each access is checked against the length before it is made; both are read again after
//!   whatever can change them.
#![allow(unsafe_code)]

mod float;
#[cfg(target_family = "wasm")]
mod intrinsics;
mod run;
#[cfg(feature = "simd")]
mod vector;

use crate::error::Trap;
use crate::limits;
use crate::module::{Code, Module};
use crate::store::{FunctionId, Instance, Store};

pub(crate) use run::State;

/// Where a module's code is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context {
    codes: *const Code,
    words: *const u16,
    constants: *const u64,
}

impl Context {
    /// Stays valid as long as the module.
    pub(crate) fn new(module: &Module) -> Self {
        Self {
            codes: module.codes.as_ptr(),
            words: module.words.as_ptr(),
            constants: module.constants.as_ptr(),
        }
    }
}

/// Calls a function whose arguments are in the stack from slot `frame` on. Gives the state of a call that ran
/// out of fuel; otherwise the results are in the first slots of the stack.
pub(crate) fn call(store: &mut Store, function: FunctionId, frame: usize) -> Result<Option<State>, Trap> {
    let function = *store.functions.get(function.0 as usize).ok_or(Trap::WrongUse)?;
    let instance: &Instance = store.instances.get(function.instance as usize).ok_or(Trap::WrongUse)?;
    let code: *const Code = instance.module.codes.get(function.code as usize).ok_or(Trap::WrongUse)?;
    let instance: *const Instance = instance;
    // SAFETY: the code is the instance's, which is in the store; room in the stack is checked first.
    let entered = unsafe {
        if frame < limits::RETURN_SLOTS || frame + (*code).frame as usize > store.stack.len() {
            return Err(Trap::StackExhausted);
        }
        run::enter_first(store.stack.as_mut_ptr(), frame, code, instance)
    };
    // SAFETY: what was entered is a frame inside the stack.
    unsafe { run::run(store, entered) }
}

/// Goes on with a call that ran out of fuel.
pub(crate) fn resume(store: &mut Store, state: State) -> Result<Option<State>, Trap> {
    // SAFETY: the state came from this store, which drops it before it changes its instances.
    unsafe { run::run(store, state) }
}
