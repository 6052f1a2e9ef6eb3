//! The global allocator: takes from the end of the memory, and gives back only what it gave last.
//!
//! Blocks of 64 KiB and more lie in a row at the end of the memory, smaller ones in chunks of that row. So the
//! guest's memory, which is made last, grows where it is while small things come and go.
#![allow(unsafe_code)]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::UnsafeCell;
use core::ptr::{copy_nonoverlapping, null_mut};

use crate::embedded;

const PAGE: usize = 65_536;

/// A stretch of memory that is handed out from its start.
struct Stretch {
    next: usize,
    end: usize,
}

impl Stretch {
    /// `len` bytes, aligned; `None` if they do not fit.
    fn take(&mut self, len: usize, align: usize) -> Option<usize> {
        let at = self.next.checked_add(align - 1)? & !(align - 1);
        let next = at.checked_add(len)?;
        if next > self.end {
            return None;
        }
        self.next = next;
        Some(at)
    }
}

struct Heap {
    small: Stretch,
    /// To the end of the memory, which grows.
    large: Stretch,
}

impl Heap {
    fn take_large(&mut self, len: usize, align: usize) -> Option<usize> {
        if self.large.end == 0 {
            self.large = Stretch { next: embedded::heap_start(), end: memory_size::<0>() * PAGE };
        }
        if let Some(at) = self.large.take(len, align) {
            return Some(at);
        }
        let missing = self.large.next.checked_add(len)?.checked_add(align)? - self.large.end;
        if memory_grow::<0>(missing.div_ceil(PAGE)) == usize::MAX {
            return None;
        }
        self.large.end = memory_size::<0>() * PAGE;
        self.large.take(len, align)
    }

    fn take(&mut self, len: usize, align: usize) -> Option<usize> {
        if len >= PAGE {
            return self.take_large(len, align);
        }
        if let Some(at) = self.small.take(len, align) {
            return Some(at);
        }
        self.new_chunk()?;
        self.small.take(len, align)
    }

    fn new_chunk(&mut self) -> Option<()> {
        let next = self.take_large(PAGE, 16)?;
        // A chunk that follows the last one makes it longer.
        if next != self.small.end {
            self.small.next = next;
        }
        self.small.end = next + PAGE;
        Some(())
    }

    /// The stretch whose newest block this is.
    fn newest(&mut self, at: usize, len: usize) -> Option<&mut Stretch> {
        let stretch = if len >= PAGE { &mut self.large } else { &mut self.small };
        (at + len == stretch.next).then_some(stretch)
    }
}

struct Global(UnsafeCell<Heap>);

// SAFETY: the module is built without threads and its memory is not shared.
unsafe impl Sync for Global {}

// SAFETY: `Heap` hands out ranges between the end of the static data and the end of the memory. A range is handed
// out again only after `dealloc` or `realloc` gave back the newest block, so live blocks are disjoint. Nothing
// here allocates or unwinds, and there is one thread, so the `&mut Heap` is the only one.
unsafe impl GlobalAlloc for Global {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let heap = unsafe { &mut *self.0.get() };
        heap.take(layout.size(), layout.align()).map_or(null_mut(), |at| at as *mut u8)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let heap = unsafe { &mut *self.0.get() };
        if let Some(stretch) = heap.newest(block as usize, layout.size()) {
            stretch.next = block as usize;
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let heap = unsafe { &mut *self.0.get() };
        let (old, align) = (layout.size(), layout.align());
        // A large block at the end grows in place.
        if old >= PAGE
            && size > old
            && heap.newest(block as usize, old).is_some()
            && heap.take_large(size - old, 1).is_some()
        {
            return block;
        }
        let Some(at) = heap.take(size, align) else { return null_mut() };
        // SAFETY: both blocks have at least that many bytes, and the new one is not the old one.
        unsafe { copy_nonoverlapping(block, at as *mut u8, old.min(size)) };
        at as *mut u8
    }
}

#[global_allocator]
static HEAP: Global =
    Global(UnsafeCell::new(Heap { small: Stretch { next: 0, end: 0 }, large: Stretch { next: 0, end: 0 } }));

/// Makes room for small blocks, so that they will not come behind the large block that is made next.
pub(crate) fn make_room() {
    // SAFETY: as above; no reference to the heap outlives a call.
    let heap = unsafe { &mut *HEAP.0.get() };
    let _ = heap.new_chunk();
}
