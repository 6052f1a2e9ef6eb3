//! A program that a packer put behind the static data: docs/interpreter.md, "Combined".
#![allow(unsafe_code)]

use core::cell::UnsafeCell;

/// What the packer writes; all zero in the module as built.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Embedded {
    address: u32,
    len: u32,
    pub(crate) pages: u32,
    pub(crate) stack_bytes: u32,
    pub(crate) table_elements: u32,
}

#[repr(transparent)]
pub(crate) struct Slot(UnsafeCell<Embedded>);

// SAFETY: the module is built without threads, and nothing in it writes the slot.
unsafe impl Sync for Slot {}

// SAFETY: the prefix is the module's own, so the name meets no other.
#[unsafe(export_name = "rvf_interpreter_embedded")]
pub(crate) static SLOT: Slot =
    Slot(UnsafeCell::new(Embedded { address: 0, len: 0, pages: 0, stack_bytes: 0, table_elements: 0 }));

unsafe extern "C" {
    /// Where the linker's data ends.
    static __heap_base: u8;
}

impl Embedded {
    pub(crate) fn get() -> Self {
        // SAFETY: the slot is valid; `volatile` since what it holds comes from a later data segment.
        unsafe { SLOT.0.get().read_volatile() }
    }

    /// The program; `None` if there is none.
    pub(crate) fn program(self) -> Option<&'static [u8]> {
        if self.len == 0 {
            return None;
        }
        // SAFETY: the packer put that many bytes there, below where the heap starts.
        Some(unsafe { core::slice::from_raw_parts(self.address as usize as *const u8, self.len as usize) })
    }
}

/// Where free memory starts: behind the static data and the embedded program.
pub(crate) fn heap_start() -> usize {
    let embedded = Embedded::get();
    let base = &raw const __heap_base as usize;
    base.max(embedded.address as usize + embedded.len as usize)
}
