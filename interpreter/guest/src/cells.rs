//! The buffer for arguments and results, at an address that a packer can read from the module.
#![allow(unsafe_code)]

use core::cell::UnsafeCell;

/// Two for each of the most values a function may have.
pub(crate) const CELLS: usize = 256;

#[repr(transparent)]
pub(crate) struct Buffer(UnsafeCell<[u64; CELLS]>);

// SAFETY: the module is built without threads.
unsafe impl Sync for Buffer {}

// SAFETY: the prefix is the module's own, so the name meets no other.
#[unsafe(export_name = "rvf_interpreter_cells")]
static BUFFER: Buffer = Buffer(UnsafeCell::new([0; CELLS]));

/// The cells, owned by the one guest.
pub(crate) struct Cells(());

impl Cells {
    /// Only the static guest's, of which there is one.
    pub(crate) const fn new() -> Self {
        Self(())
    }

    pub(crate) fn first(&self, count: usize) -> &[u64] {
        // SAFETY: `Cells` exists once, so borrowing it is borrowing the buffer.
        unsafe { &*BUFFER.0.get() }.get(..count).unwrap_or_default()
    }

    pub(crate) fn first_mut(&mut self, count: usize) -> &mut [u64] {
        // SAFETY: as above.
        unsafe { &mut *BUFFER.0.get() }.get_mut(..count).unwrap_or_default()
    }
}
