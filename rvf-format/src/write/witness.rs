//! WITNESS_SEG.

use crate::forever::WITNESS_ENTRY_LEN;
use crate::hash::shake256_256;

/// Kind of an entry that records a computation or a change, as the published runtime numbers it.
pub const KIND_COMPUTATION: u8 = 1;

/// One entry: the link to the entry before (zero for the first), and the hash of what was done.
#[must_use]
pub fn entry(previous: &[u8; 32], action: &[u8], timestamp_ns: u64, kind: u8) -> [u8; WITNESS_ENTRY_LEN] {
    let mut out = [0; WITNESS_ENTRY_LEN];
    let parts: [&[u8]; 4] = [previous, &shake256_256(action), &timestamp_ns.to_le_bytes(), &[kind]];
    for (place, byte) in out.iter_mut().zip(parts.into_iter().flatten()) {
        *place = *byte;
    }
    out
}
