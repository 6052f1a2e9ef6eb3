//! The segment directory that a guest is given.

/// Bytes of one record.
const RECORD: usize = 32;

/// One segment that a guest may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The host's name for the segment, unique; used in reads.
    pub index: u32,
    /// Segment type of the format.
    pub kind: u8,
    /// This is the manifest in force.
    pub manifest: bool,
    /// Bytes of payload.
    pub payload_len: u64,
    /// The segment's own id.
    pub segment_id: u64,
}

/// The directory as bytes, in the order given.
#[must_use]
pub fn encode(entries: &[DirectoryEntry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len().saturating_mul(RECORD));
    for entry in entries {
        bytes.extend_from_slice(&entry.index.to_le_bytes());
        bytes.extend_from_slice(&[entry.kind, u8::from(entry.manifest), 0, 0]);
        bytes.extend_from_slice(&entry.payload_len.to_le_bytes());
        bytes.extend_from_slice(&entry.segment_id.to_le_bytes());
        bytes.extend_from_slice(&[0; 8]);
    }
    bytes
}
