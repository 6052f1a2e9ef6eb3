//! A witness chain: entries of 73 bytes that each hold the hash of the one before.
//!
//! The layout is that of WITNESS_SEG (docs/format.md): previous hash (32), hash of the action (32),
//! timestamp u64, kind u8, with SHAKE-256 for both hashes and zeros before the first entry.

use super::Full;
use super::shake::shake256;
use alloc::vec::Vec;

/// Bytes of an entry.
pub const ENTRY: usize = 73;
/// The kind of entries that record a computation, as the published solver numbers it.
pub const COMPUTATION: u8 = 2;

/// A chain.
#[derive(Debug, Default)]
pub struct Chain {
    bytes: Vec<u8>,
    last: [u8; 32],
}

impl Chain {
    /// No entry.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), last: [0; 32] }
    }

    /// No entry yet, and room for so many.
    pub fn with_room(entries: usize) -> Result<Self, Full> {
        let mut chain = Self::new();
        chain.reserve(entries)?;
        Ok(chain)
    }

    /// Makes room for more entries.
    pub fn reserve(&mut self, entries: usize) -> Result<(), Full> {
        self.bytes.try_reserve(entries.saturating_mul(ENTRY)).map_err(|_| Full)
    }

    /// Appends an entry about an action with this hash; none when no room was made. Its timestamp is its
    /// number from 0 on: there is no clock.
    #[inline(never)]
    pub fn push(&mut self, action: [u8; 32]) {
        let number = (self.bytes.len() / ENTRY) as u64;
        let mut entry = [0; ENTRY];
        let parts: [&[u8]; 4] = [&self.last, &action, &number.to_le_bytes(), &[COMPUTATION]];
        for (to, from) in entry.iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        if self.bytes.capacity() - self.bytes.len() >= ENTRY {
            self.bytes.extend_from_slice(&entry);
            self.last = shake256(&entry);
        }
    }

    /// The entries.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many there are.
    #[must_use]
    pub const fn entries(&self) -> usize {
        self.bytes.len() / ENTRY
    }
}
