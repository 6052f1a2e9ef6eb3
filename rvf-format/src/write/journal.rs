//! JOURNAL_SEG.

use alloc::vec::Vec;

/// The payload that records `deleted` ids for a commit.
#[must_use]
pub fn encode(epoch: u32, deleted: &[u64]) -> Vec<u8> {
    let mut out = Vec::with_capacity(16 + 12 * deleted.len());
    out.extend_from_slice(&(deleted.len() as u32).to_le_bytes());
    out.extend_from_slice(&epoch.to_le_bytes());
    out.extend_from_slice(&0u64.to_le_bytes());
    for id in deleted {
        out.extend_from_slice(&[1, 0, 8, 0]);
        out.extend_from_slice(&id.to_le_bytes());
    }
    out
}
