//! The exports: docs/interpreter.md, "Module ABI".
//!
//! Every `unsafe(no_mangle)` and `unsafe(export_name)` here is sound for one reason: the prefix is this module's own, so the name
//! meets no other.
#![allow(unsafe_code)]

use alloc::vec::Vec;
use core::cell::UnsafeCell;

use interpreter::Caps;

use crate::cells::CELLS;
use crate::guest::Guest;

const ABI_VERSION: i32 = 1;

/// Guest features as in a WASM_SEG header: bulk memory, multi-value, reference types, and SIMD if built in.
const FEATURES: i32 = 0x0E | cfg!(feature = "simd") as i32;
const LINKING: i32 = (cfg!(feature = "linking") as i32) << 16;

static DESCRIPTION: &str = concat!(
    r#"{"name":"rvf-interpreter","version":""#,
    env!("CARGO_PKG_VERSION"),
    r#"","abi":1,"runs":"WebAssembly 2.0, one memory, no imports","fuel":"one unit per loop iteration and call"}"#
);

struct State(UnsafeCell<Guest>);

// SAFETY: the module is built without threads.
unsafe impl Sync for State {}

static STATE: State = State(UnsafeCell::new(Guest::new()));

/// The state, for the length of one export's call.
fn state() -> &'static mut Guest {
    // SAFETY: exports are called one at a time by a host that cannot be called from here (nothing is imported), and
    // none calls another, so this is the only reference.
    unsafe { &mut *STATE.0.get() }
}

/// Bytes that the host names. A wrong address or length is the host's loss: everything it can reach is
/// inside this module's own memory.
fn bytes(at: usize, len: usize) -> &'static [u8] {
    let end = core::arch::wasm32::memory_size::<0>() * 65_536;
    if len == 0 || at == 0 || at > end || len > end - at {
        return &[];
    }
    // SAFETY: inside the memory, and nothing writes there during the call: the host put data into a block from `alloc`.
    unsafe { core::slice::from_raw_parts(at as *const u8, len) }
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_abi_version() -> i32 {
    ABI_VERSION
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_capabilities() -> i32 {
    FEATURES | LINKING
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_describe_ptr() -> *const u8 {
    DESCRIPTION.as_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_describe_len() -> usize {
    DESCRIPTION.len()
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_alloc(len: usize) -> usize {
    let mut block: Vec<u128> = Vec::new();
    let units = len.div_ceil(16);
    if block.try_reserve_exact(units).is_err() {
        return 0;
    }
    block.resize(units, 0);
    block.leak().as_ptr() as usize
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_free(at: usize, len: usize) {
    if at != 0 {
        // SAFETY: the contract of the export: a block from `alloc` of that length, freed once.
        drop(unsafe { Vec::<u128>::from_raw_parts(at as *mut u128, 0, len.div_ceil(16)) });
    }
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_load(at: usize, len: usize) -> i32 {
    state().load(bytes(at, len))
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_instantiate(pages: u32, stack_bytes: u32, table_elements: u32) -> i32 {
    state().instantiate(Caps { pages, stack_bytes, table_elements })
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_find(at: usize, len: usize) -> i32 {
    state().find(bytes(at, len))
}

/// What [`rvf_interpreter_signature`] gave last.
struct Signature(UnsafeCell<[u8; 8 + CELLS]>);

// SAFETY: the module is built without threads.
unsafe impl Sync for Signature {}

static SIGNATURE: Signature = Signature(UnsafeCell::new([0; 8 + CELLS]));

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_signature(function: u32) -> usize {
    let Some((params, results)) = state().signature(function) else { return 0 };
    // SAFETY: the only reference, as for `state`.
    let buffer = unsafe { &mut *SIGNATURE.0.get() };
    let [count, results_count, ..] = buffer.as_chunks_mut::<4>().0 else { return 0 };
    *count = (params.len() as u32).to_le_bytes();
    *results_count = (results.len() as u32).to_le_bytes();
    for (place, ty) in buffer.iter_mut().skip(8).zip(params.iter().chain(results)) {
        *place = *ty as u8;
    }
    buffer.as_ptr() as usize
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_cells_ptr() -> *const u64 {
    state().cells.first(CELLS).as_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_cells_len() -> usize {
    CELLS
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_call(function: u32, fuel: i64) -> i32 {
    state().call(function, fuel)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_resume(fuel: i64) -> i32 {
    state().resume(fuel)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_fuel() -> i64 {
    state().fuel()
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_memory_base() -> usize {
    let guest = state();
    match guest.boot() {
        Ok(()) => guest.memory().as_ptr() as usize,
        Err(_) => 0,
    }
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_memory_len() -> usize {
    state().memory().len()
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_global(at: usize, len: usize) -> i32 {
    state().global(bytes(at, len))
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_error_ptr() -> *const u8 {
    state().message.bytes().as_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_error_len() -> usize {
    state().message.bytes().len()
}

#[unsafe(no_mangle)]
extern "C" fn rvf_interpreter_forward(ordinal: usize) {
    if state().forward(ordinal) < 0 {
        core::arch::wasm32::unreachable();
    }
}

#[cfg(feature = "linking")]
mod linking {
    use super::{bytes, state};

    #[unsafe(no_mangle)]
    extern "C" fn rvf_interpreter_register(at: usize, len: usize) {
        state().register(bytes(at, len));
    }

    #[unsafe(no_mangle)]
    extern "C" fn rvf_interpreter_current() -> i32 {
        state().current()
    }

    #[unsafe(no_mangle)]
    extern "C" fn rvf_interpreter_select(instance: u32) {
        state().select(instance);
    }
}
