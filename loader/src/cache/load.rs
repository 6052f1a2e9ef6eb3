//! The one place where machine code comes from a file.
//!
//! # Why this is sound
//!
//! `Module::deserialize` runs whatever machine code it is given, so the bytes must be
//! what `Module::serialize` gave earlier for the same engine configuration.
//! An [`Entry`] exists only if it was read from a regular file that is no link, belongs
//! to the effective user and cannot be read or written by anyone else, inside a directory
//! with the same properties. Only this loader writes there, by renaming complete files, and
//! it writes only what `Module::serialize` gave. So whoever could place other bytes there is
//! this user (or root), who can run any code anyway. Damage by accident (a torn write, a
//! bad disk) is caught by the hash that the entry carries. The name of the entry is the
//! hash of the module and of the compiler's own statement of what its output depends on, and
//! wasmtime checks version and target of the artifact once more.
//! No byte of an `.rvf` file ever gets here.

#![allow(unsafe_code)]

use wasmtime::{Engine, Module};

use super::entry::Entry;

pub(super) fn trusted(engine: &Engine, entry: &Entry) -> Option<Module> {
    // SAFETY: see the module's text: the bytes are those that `Module::serialize` gave.
    unsafe { Module::deserialize(engine, entry.code()) }.ok()
}
