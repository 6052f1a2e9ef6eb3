//! The exported functions: numbers in, numbers out, over [`Instance`].
//!
//! Why the `unsafe` here is sound:
//! - One thread. The module is built without threads and imports nothing, so no call can come in
//!   while another one runs, and the one `&mut` to the state is unique (no exported function calls
//!   `state` twice, and none calls another).
//! - Bytes from the host are copied before any reference to the state exists, by raw pointer,
//!   after the range is compared with the size of the memory; so a range that overlaps the
//!   module's own data is a plain read of initialised bytes.
//! - The only writes to an address of the host's choice are those of `to_host`, into a block that
//!   `alloc` handed out and `free` did not take back: the host owns it.
//! - The host writes into the buffer of an instance between calls, at addresses that this module
//!   gave it (the reads). No reference to the buffer lives across calls, and its address has been
//!   exposed, so the compiler cannot take the old bytes for granted.
#![allow(unsafe_code)]

#[cfg(feature = "temporal")]
mod learning;

use alloc::alloc::{Layout, alloc_zeroed, dealloc};
use core::arch::wasm32::memory_size;
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::ptr::null_mut;
use solver_lists::{Vec, extend};
use solver_microkernel::limits::{COLUMNS, INSTANCES};
use solver_microkernel::{ABI_VERSION, CAPABILITIES, DESCRIPTION, Instance, Status, description};

/// Bytes of a record of the column table, in words.
const COLUMN_WORDS: usize = 8;

/// An instance and its column table.
struct Slot {
    instance: Instance,
    columns: [[u32; COLUMN_WORDS]; COLUMNS],
    used: u32,
    #[cfg(feature = "temporal")]
    learning: learning::Part,
}

impl Slot {
    fn new() -> Self {
        Self {
            instance: Instance::new(),
            columns: [[0; COLUMN_WORDS]; COLUMNS],
            used: 0,
            #[cfg(feature = "temporal")]
            learning: learning::Part::new(),
        }
    }

    /// The JSON of the last job or, when that came later, of the last call of the learning solver.
    fn result(&self) -> &[u8] {
        #[cfg(feature = "temporal")]
        if let Some(result) = self.learning.result() {
            return result;
        }
        self.instance.summary()
    }

    /// The sentence about what failed last.
    fn error(&self) -> &[u8] {
        #[cfg(feature = "temporal")]
        if let Some(error) = self.learning.error() {
            return error;
        }
        self.instance.error()
    }
}

struct State {
    /// Initialised where `live` says so; otherwise zeros, of which the module carries no image.
    slots: [MaybeUninit<Slot>; INSTANCES],
    live: [bool; INSTANCES],
    /// The blocks of `alloc` that live, newest first.
    blocks: *mut Block,
}

/// What lies in front of each block of `alloc`.
#[repr(C, align(16))]
struct Block {
    next: *mut Block,
    /// Bytes behind this head, as asked for.
    len: u32,
}

/// Bytes of the head; a block is as well aligned as its head.
const HEAD: u32 = size_of::<Block>() as u32;

impl Block {
    fn start(this: *mut Self) -> u32 {
        this as usize as u32 + HEAD
    }

    /// Of a block that was asked for with `len`: never more than `isize::MAX`, so it is a layout.
    fn layout(len: u32) -> Option<Layout> {
        Layout::from_size_align(len as usize + HEAD as usize, align_of::<Self>()).ok()
    }
}

struct Cell(UnsafeCell<State>);

// SAFETY: one thread, see above.
unsafe impl Sync for Cell {}

static STATE: Cell = Cell(UnsafeCell::new(State {
    slots: [const { MaybeUninit::uninit() }; INSTANCES],
    live: [false; INSTANCES],
    blocks: null_mut(),
}));

/// The state. Each exported function calls this once and lets go of it before it returns.
fn state() -> &'static mut State {
    // SAFETY: one thread and no nested call, see above.
    unsafe { &mut *STATE.0.get() }
}

impl State {
    #[inline(never)]
    fn slot(&mut self, handle: i32) -> Option<&mut Slot> {
        let index = handle.wrapping_sub(1) as u32 as usize;
        if !self.live.get(index).copied().unwrap_or_default() {
            return None;
        }
        // SAFETY: `create` initialised the slot before it set `live`, and `destroy` clears that.
        self.slots.get_mut(index).map(|slot| unsafe { slot.assume_init_mut() })
    }
}

/// A copy of bytes that the host points at.
fn from_host(ptr: u32, len: u32) -> Result<Vec<u8>, Status> {
    let size = memory_size::<0>() as u64 * 65_536;
    if u64::from(ptr) + u64::from(len) > size {
        return Err(Status::Request);
    }
    let mut bytes = Vec::new();
    if extend(&mut bytes, 0, len as usize) != 0 {
        return Err(Status::Memory);
    }
    // Growing may have moved the end of the memory, never its contents.
    // SAFETY: the source range is inside the memory and initialised (linear memory starts as
    // zeros); the target has `len` bytes and is not yet visible to anyone. `copy` allows
    // an overlap, which a host could cause by pointing at free memory.
    unsafe { core::ptr::copy(ptr as usize as *const u8, bytes.as_mut_ptr(), len as usize) };
    Ok(bytes)
}

/// Copies bytes to where the host wants them: `ptr`, which must lie in one of the blocks that begin
/// with `block`, with room for all of them. Their number, or a status.
#[inline(never)]
fn to_host(mut block: *mut Block, bytes: &[u8], ptr: u32) -> i32 {
    // SAFETY: every block in the list is live and has a head. The range written to lies inside one
    // of them, which no reference of this module points into.
    unsafe {
        while !block.is_null() {
            let skip = ptr.wrapping_sub(Block::start(block));
            if skip <= (*block).len && bytes.len() as u32 <= (*block).len - skip {
                core::ptr::copy_nonoverlapping(bytes.as_ptr(), ptr as usize as *mut u8, bytes.len());
                return bytes.len() as i32;
            }
            block = (*block).next;
        }
    }
    Status::Request.code()
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
    description().as_ptr() as usize as u32
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_describe_len() -> u32 {
    DESCRIPTION.len() as u32
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_alloc(len: i32) -> u32 {
    let len = len.max(0) as u32;
    let Some(layout) = Block::layout(len).filter(|_| len > 0) else { return 0 };
    // The host gets bytes that are initialised, so that reading them back is sound.
    // SAFETY: the layout has at least the bytes of a head.
    let block = unsafe { alloc_zeroed(layout) }.cast::<Block>();
    if block.is_null() {
        return 0;
    }
    let state = state();
    // SAFETY: the block has room and alignment for a head, and nobody else knows of it.
    unsafe { block.write(Block { next: state.blocks, len }) };
    state.blocks = block;
    Block::start(block)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_free(ptr: u32, len: i32) {
    let mut link: *mut *mut Block = &raw mut state().blocks;
    // SAFETY: `link` is the list's head or the `next` of a live block; every block in the list was
    // written by `alloc` and is taken out here before it is freed, with the layout that it was
    // allocated with.
    unsafe {
        while !(*link).is_null() {
            let block = *link;
            if Block::start(block) == ptr && (*block).len == len as u32 {
                *link = (*block).next;
                if let Some(layout) = Block::layout(len as u32) {
                    dealloc(block.cast(), layout);
                }
                return;
            }
            link = &raw mut (*block).next;
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_create() -> i32 {
    let state = state();
    for ((slot, live), handle) in state.slots.iter_mut().zip(&mut state.live).zip(1..) {
        if !*live {
            slot.write(Slot::new());
            *live = true;
            return handle;
        }
    }
    Status::Handle.code()
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_destroy(handle: i32) -> i32 {
    let state = state();
    let Some(slot) = state.slot(handle) else { return Status::Handle.code() };
    // All that it holds; what is left needs no drop, and `create` writes over it.
    slot.instance.close();
    #[cfg(feature = "temporal")]
    slot.learning.close();
    if let Some(live) = state.live.get_mut(handle as usize - 1) {
        *live = false;
    }
    Status::Done.code()
}

#[inline(never)]
fn hand_over(handle: i32, ptr: u32, len: u32, is_open: bool) -> i32 {
    let bytes = from_host(ptr, len);
    let Some(slot) = state().slot(handle) else { return Status::Handle.code() };
    slot.used = 0;
    #[cfg(feature = "temporal")]
    slot.learning.leave();
    match &bytes {
        Ok(bytes) if is_open => slot.instance.open(bytes),
        Ok(bytes) => slot.instance.begin(bytes),
        Err(status) => slot.instance.refuse(*status),
    }
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
    let Some(slot) = state().slot(handle) else { return Status::Handle.code() };
    #[cfg(feature = "temporal")]
    slot.learning.leave();
    let status = slot.instance.step(budget);
    slot.used = 0;
    for (words, number) in slot.columns.iter_mut().zip(0..) {
        let column = match status {
            Status::Rows | Status::Done => slot.instance.column(number),
            #[cfg(feature = "sparse")]
            Status::Budget => slot.instance.progress_column(number),
            _ => None,
        };
        let Some(column) = column else { break };
        *words = column.record();
        slot.used += 1;
    }
    status.code()
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_reads_ptr(handle: i32) -> u32 {
    state().slot(handle).map_or(0, |slot| slot.instance.reads().as_ptr() as usize as u32)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_reads_len(handle: i32) -> i32 {
    state().slot(handle).map_or(-1, |slot| size_of_val(slot.instance.reads()) as i32)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_columns_ptr(handle: i32) -> u32 {
    state().slot(handle).map_or(0, |slot| slot.columns.as_ptr() as usize as u32)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_columns_len(handle: i32) -> i32 {
    state().slot(handle).map_or(-1, |slot| slot.used as i32 * (COLUMN_WORDS as i32 * 4))
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_result_len(handle: i32) -> i32 {
    state().slot(handle).map_or(-1, |slot| slot.result().len() as i32)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_result_read(handle: i32, ptr: u32) -> i32 {
    let state = state();
    let block = state.blocks;
    let Some(slot) = state.slot(handle) else { return Status::Handle.code() };
    to_host(block, slot.result(), ptr)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_error_ptr(handle: i32) -> u32 {
    state().slot(handle).map_or(0, |slot| slot.error().as_ptr() as usize as u32)
}

#[unsafe(no_mangle)]
extern "C" fn rvf_solver_error_len(handle: i32) -> i32 {
    state().slot(handle).map_or(-1, |slot| slot.error().len() as i32)
}
