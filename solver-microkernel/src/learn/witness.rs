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

    /// Appends an entry about an action with this hash. Its timestamp is its number from 0 on: there
    /// is no clock.
    pub fn push(&mut self, action: [u8; 32]) -> Result<(), Full> {
        self.bytes.try_reserve(ENTRY).map_err(|_| Full)?;
        let number = (self.bytes.len() / ENTRY) as u64;
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&self.last);
        self.bytes.extend_from_slice(&action);
        self.bytes.extend_from_slice(&number.to_le_bytes());
        self.bytes.push(COMPUTATION);
        self.last = shake256(self.bytes.get(start..).unwrap_or_default());
        Ok(())
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
