//! The exported functions: numbers in, numbers out, over [`Instance`].
//!
//! Why the `unsafe` here is sound:
//! - One thread. The module is built without threads and imports nothing, so no call can come in
//!   while another one runs, and the one `&mut` to the state is unique (`with_state` is not
//!   called from inside itself).
//! - Bytes from the host are copied before any reference to the state exists, by raw pointer,
//!   after the range is compared with the size of the memory; so a range that overlaps the
//!   module's own data is a plain read of initialised bytes.
//! - The only write to an address of the host's choice is that of `result_read`, into a block that
//!   `alloc` handed out and `free` did not take back: the host owns it.
//! - The host writes into the buffer of an instance between calls, at addresses that this module
//!   gave it (the reads). No reference to the buffer lives across calls, and its address has been
//!   exposed, so the compiler cannot take the old bytes for granted.
#![allow(unsafe_code)]

use alloc::vec::Vec;
use core::arch::wasm32::memory_size;
use core::cell::UnsafeCell;
use solver_microkernel::limits::{COLUMNS, INSTANCES};
use solver_microkernel::{ABI_VERSION, CAPABILITIES, DESCRIPTION, Instance, Status};

/// Bytes of a record of the column table, in words.
const COLUMN_WORDS: usize = 8;

/// An instance and its column table.
struct Slot {
    instance: Instance,
    columns: [[u32; COLUMN_WORDS]; COLUMNS],
    used: u32,
}

struct State {
    /// Each empty or with one element: on the heap, so that the module carries no image of them.
    slots: [Vec<Slot>; INSTANCES],
    /// Blocks of `alloc` that live, by address.
    blocks: Vec<Vec<Unit>>,
}

/// 16 bytes with the alignment that `alloc` promises.
#[derive(Clone, Copy)]
#[repr(align(16))]
struct Unit(#[allow(dead_code)] [u8; 16]);

struct Cell(UnsafeCell<State>);

// SAFETY: one thread, see above.
unsafe impl Sync for Cell {}

static STATE: Cell =
    Cell(UnsafeCell::new(State { slots: [const { Vec::new() }; INSTANCES], blocks: Vec::new() }));

fn with_state<T>(run: impl FnOnce(&mut State) -> T) -> T {
    // SAFETY: one thread and no nested call, see above.
    run(unsafe { &mut *STATE.0.get() })
}

fn with_slot<T>(handle: i32, bad: T, run: impl FnOnce(&mut Slot) -> T) -> T {
    with_state(|state| {
        let index = usize::try_from(handle).ok().and_then(|h| h.checked_sub(1));
        match index.and_then(|i| state.slots.get_mut(i)?.first_mut()) {
            Some(slot) => run(slot),
            None => bad,
        }
    })
}

/// A copy of bytes that the host points at.
fn from_host(ptr: u32, len: u32) -> Result<Vec<u8>, Status> {
    let size = memory_size::<0>() as u64 * 65_536;
    if u64::from(ptr) + u64::from(len) > size {
        return Err(Status::Request);
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len as usize).map_err(|_| Status::Memory)?;
    // Growing may have moved the end of the memory, never its contents.
    // SAFETY: the source range is inside the memory and initialised (linear memory starts as
    // zeros); the target has room for `len` bytes and is not yet visible to anyone. `copy` allows
    // an overlap, which a host could cause by pointing at free memory.
    unsafe {
        core::ptr::copy(ptr as usize as *const u8, bytes.as_mut_ptr(), len as usize);
        bytes.set_len(len as usize);
    }
    Ok(bytes)
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_abi_version() -> i32 {
    ABI_VERSION
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_capabilities() -> i32 {
    CAPABILITIES
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_describe_ptr() -> u32 {
    DESCRIPTION.as_ptr() as usize as u32
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_describe_len() -> u32 {
    DESCRIPTION.len() as u32
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_alloc(len: i32) -> u32 {
    let Some(len) = usize::try_from(len).ok().filter(|len| *len > 0) else { return 0 };
    let mut block: Vec<Unit> = Vec::new();
    let units = len.div_ceil(size_of::<Unit>());
    if block.try_reserve_exact(units).is_err() {
        return 0;
    }
    // The host gets bytes that are initialised, so that reading them back is sound.
    block.resize(units, Unit([0; 16]));
    let ptr = block.as_ptr() as usize as u32;
    with_state(|state| {
        if state.blocks.try_reserve(1).is_err() {
            return 0;
        }
        state.blocks.push(block);
        ptr
    })
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_free(ptr: u32, len: i32) {
    with_state(|state| {
        let units = usize::try_from(len).unwrap_or_default().div_ceil(size_of::<Unit>());
        let is_it = |b: &Vec<Unit>| b.as_ptr() as usize as u32 == ptr && b.len() == units;
        if let Some(at) = state.blocks.iter().position(is_it) {
            state.blocks.swap_remove(at);
        }
    });
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_create() -> i32 {
    with_state(|state| {
        for (slot, handle) in state.slots.iter_mut().zip(1..) {
            if slot.is_empty() && slot.try_reserve_exact(1).is_ok() {
                let columns = [[0; COLUMN_WORDS]; COLUMNS];
                slot.push(Slot { instance: Instance::new(), columns, used: 0 });
                return handle;
            }
        }
        Status::Handle.code()
    })
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_destroy(handle: i32) -> i32 {
    with_state(|state| {
        let index = usize::try_from(handle).ok().and_then(|h| h.checked_sub(1));
        match index.and_then(|i| state.slots.get_mut(i)) {
            Some(slot) if !slot.is_empty() => {
                *slot = Vec::new();
                Status::Done.code()
            }
            _ => Status::Handle.code(),
        }
    })
}

fn hand_over(handle: i32, ptr: u32, len: u32, is_open: bool) -> i32 {
    let bytes = from_host(ptr, len);
    with_slot(handle, Status::Handle, |slot| {
        slot.used = 0;
        match &bytes {
            Ok(bytes) if is_open => slot.instance.open(bytes),
            Ok(bytes) => slot.instance.begin(bytes),
            Err(status) => slot.instance.refuse(*status),
        }
    })
    .code()
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_open(handle: i32, ptr: u32, len: u32) -> i32 {
    hand_over(handle, ptr, len, true)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_begin(handle: i32, ptr: u32, len: u32) -> i32 {
    hand_over(handle, ptr, len, false)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_step(handle: i32, budget: u32) -> i32 {
    with_slot(handle, Status::Handle, |slot| {
        let status = slot.instance.step(budget);
        slot.used = 0;
        let has_columns = matches!(status, Status::Rows | Status::Done);
        let columns = slot.instance.columns().filter(|_| has_columns);
        let progress = slot.instance.progress().filter(|_| status == Status::Budget);
        for (column, words) in columns.chain(progress).zip(&mut slot.columns) {
            *words = [
                column.name.as_ptr() as usize as u32,
                column.name.len() as u32,
                column.type_number(),
                column.rows(),
                column.width,
                column.address() as u32,
                column.data_len(),
                0,
            ];
            slot.used += 1;
        }
        status
    })
    .code()
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_reads_ptr(handle: i32) -> u32 {
    with_slot(handle, 0, |slot| slot.instance.reads().as_ptr() as usize as u32)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_reads_len(handle: i32) -> i32 {
    with_slot(handle, Status::Handle.code(), |slot| size_of_val(slot.instance.reads()) as i32)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_columns_ptr(handle: i32) -> u32 {
    with_slot(handle, 0, |slot| slot.columns.as_ptr() as usize as u32)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_columns_len(handle: i32) -> i32 {
    with_slot(handle, Status::Handle.code(), |slot| slot.used as i32 * (COLUMN_WORDS as i32 * 4))
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_result_len(handle: i32) -> i32 {
    with_slot(handle, Status::Handle.code(), |slot| slot.instance.summary().len() as i32)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_result_read(handle: i32, ptr: u32) -> i32 {
    let room = with_state(|state| {
        state.blocks.iter().find_map(|block| {
            let start = block.as_ptr() as usize as u32;
            let len = (block.len() * size_of::<Unit>()) as u32;
            ptr.checked_sub(start).and_then(|skip| len.checked_sub(skip))
        })
    });
    with_slot(handle, Status::Handle.code(), |slot| {
        let summary = slot.instance.summary();
        if room.is_none_or(|room| (room as usize) < summary.len()) {
            return Status::Request.code();
        }
        // SAFETY: the range lies inside a live block of `alloc`, which no reference of this module
        // points into, and which is another one than the instance's.
        unsafe {
            core::ptr::copy_nonoverlapping(summary.as_ptr(), ptr as usize as *mut u8, summary.len());
        }
        summary.len() as i32
    })
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_error_ptr(handle: i32) -> u32 {
    with_slot(handle, 0, |slot| slot.instance.error().as_ptr() as usize as u32)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_error_len(handle: i32) -> i32 {
    with_slot(handle, Status::Handle.code(), |slot| slot.instance.error().len() as i32)
}
