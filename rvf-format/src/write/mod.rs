//! Writers: types in, one canonical form of bytes out.
//!
//! [`FileWriter`] writes segments one after the other into a [`Sink`], never looks back, and ends
//! with the integrity record and the manifest. Its memory is what one segment takes and 16 bytes
//! per 64 KiB written.

mod file;
pub mod header;
mod integrity;
pub mod journal;
pub mod manifest;
pub mod meta;
pub mod policy;
mod resume;
mod save;
pub mod sparse;
pub mod vectors;
pub mod wasm;
pub mod witness;

pub use file::{FileWriter, Options, Summary, WriteError};
pub use resume::resume;
pub use save::{Lesson, save};

use alloc::vec::Vec;
use core::convert::Infallible;

/// Where bytes go.
pub trait Sink {
    /// Why bytes could not be taken.
    type Error;
    /// Takes all of `bytes`.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;
}

impl Sink for Vec<u8> {
    type Error = Infallible;
    fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.extend_from_slice(bytes);
        Ok(())
    }
}

impl<S: Sink + ?Sized> Sink for &mut S {
    type Error = S::Error;
    fn write(&mut self, bytes: &[u8]) -> Result<(), S::Error> {
        (**self).write(bytes)
    }
}
