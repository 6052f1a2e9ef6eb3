//! A witness chain: entries of 73 bytes that each hold the hash of the one before.
//!
//! The layout is that of WITNESS_SEG (docs/format.md): previous hash (32), hash of the action (32),
//! timestamp u64, kind u8, with SHAKE-256 for both hashes and zeros before the first entry.

use super::Full;
use super::output::Output;
use super::shake::shake256;

/// Bytes of an entry.
pub const ENTRY: usize = 73;
/// The kind of entries that record a computation, as the published solver numbers it.
pub const COMPUTATION: u8 = 2;

/// A chain.
#[derive(Debug, Default)]
pub struct Chain {
    out: Output,
    last: [u8; 32],
}

impl Chain {
    /// No entry.
    #[must_use]
    pub const fn new() -> Self {
        Self { out: Output::new(), last: [0; 32] }
    }

    /// No entry again.
    pub fn clear(&mut self) {
        self.out.clear();
        self.last = [0; 32];
    }

    /// Makes room for more entries.
    pub fn reserve(&mut self, entries: usize) -> Result<(), Full> {
        self.out.reserve(entries.saturating_mul(ENTRY))
    }

    /// Appends an entry about an action with this hash, for which [room was made](Self::reserve). Its
    /// timestamp is its number from 0 on: there is no clock.
    pub fn push(&mut self, action: &[u8; 32]) {
        let start = self.out.bytes().len();
        self.out.push(&self.last);
        self.out.push(action);
        self.out.push(&(self.entries() as u64).to_le_bytes());
        self.out.push(&[COMPUTATION]);
        self.last = shake256(self.out.bytes().get(start..).unwrap_or_default());
    }

    /// The entries.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.out.bytes()
    }

    /// How many there are.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.bytes().len() / ENTRY
    }
}
