//! The one mapping of a file into memory.
//!
//! # Why this is sound enough, and what it assumes
//!
//! A mapping shows the file as it is now. Another process that writes to the file
//! changes bytes behind a `&[u8]`, which Rust assumes not to change; one that truncates
//! it makes a later access end the process (SIGBUS). No safe interface can rule out either, so:
//!
//! * The mapping is read-only and private; this process never writes through it.
//! * Code is copied to the heap before it is hashed, inspected and run, so that what
//!   was checked is what runs, whatever happens to the file.
//! * Data is only ever copied out of the mapping into a guest's memory or parsed by
//!   bounds-checked code that holds no references derived from the bytes' values:
//!   lengths are read once into variables, compared, and used from there. A change in
//!   between gives a wrong answer, never an access outside the mapping.
//! * Whoever cannot accept that assumption (a file that untrusted processes can write)
//!   uses `Source::read`, on the command line `--no-mmap`.

#![allow(unsafe_code)]

use std::fs::File;
use std::io;

use memmap2::Mmap;

/// A read-only mapping of a whole file.
#[derive(Debug)]
pub struct Map(Mmap);

impl Map {
    pub(super) fn of(file: &File) -> io::Result<Self> {
        // SAFETY: the file must not be changed while it is mapped. That is the stated
        // assumption of this module; its text says why breaking it stays harmless here.
        unsafe { Mmap::map(file) }.map(Self)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}
