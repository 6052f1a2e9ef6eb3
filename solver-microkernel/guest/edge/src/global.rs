//! The global allocator of the module: [`Heap`] over the linear memory.
#![allow(unsafe_code)]

use crate::heap::{ALIGN, Heap, Region};
use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::UnsafeCell;
use core::ptr::null_mut;

const PAGE: u32 = 65_536;

unsafe extern "C" {
    /// Where the linker's data ends.
    static __heap_base: u8;
}

/// The linear memory behind the data.
struct Linear;

impl Region for Linear {
    fn end(&self) -> u32 {
        u32::try_from(memory_size::<0>()).unwrap_or(0).saturating_mul(PAGE)
    }

    fn grow_to(&mut self, end: u32) -> bool {
        let more = end.saturating_sub(self.end()).div_ceil(PAGE);
        memory_grow::<0>(more as usize) != usize::MAX
    }

    fn load(&self, at: u32) -> u32 {
        // SAFETY: `Heap` calls this only for the start of a block of at least 16 bytes that it
        // handed out (so inside the memory, behind `__heap_base`, 16-byte aligned) and that was
        // freed since: nobody else has a reference to it, and `store` initialised it.
        unsafe { (at as usize as *const u32).read() }
    }

    fn store(&mut self, at: u32, value: u32) {
        // SAFETY: as for `load`; the block is being freed, so its owner gave up all references.
        unsafe { (at as usize as *mut u32).write(value) }
    }
}

struct Global(UnsafeCell<Heap>);

// SAFETY: the module is built without threads and its memory is not shared, so there is one thread.
unsafe impl Sync for Global {}

// SAFETY: blocks come from `Heap`, which hands out disjoint, 16-byte aligned ranges between
// `__heap_base` and the end of the memory (tested natively over another region). Nothing here
// unwinds or allocates. The `&mut Heap` is unique: there is one thread, no interrupt, and `Heap`
// calls nothing that allocates. Layouts of a larger alignment are refused.
unsafe impl GlobalAlloc for Global {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > ALIGN as usize {
            return null_mut();
        }
        let Ok(size) = u32::try_from(layout.size()) else { return null_mut() };
        // SAFETY: unique as said above; only the address of the symbol is used.
        let (heap, base) = unsafe { (&mut *self.0.get(), &raw const __heap_base as usize as u32) };
        heap.allocate(&mut Linear, base, size) as usize as *mut u8
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: unique as said above.
        let heap = unsafe { &mut *self.0.get() };
        heap.free(&mut Linear, ptr as usize as u32, layout.size() as u32);
    }
}

#[global_allocator]
static GLOBAL: Global = Global(UnsafeCell::new(Heap::new()));
