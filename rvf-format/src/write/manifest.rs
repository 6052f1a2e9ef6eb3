//! MANIFEST_SEG.

use crate::forever::{DIRECTORY_ENTRY_LEN, IDENTITY_LEN, IDENTITY_MAGIC, MANIFEST_HEAD_LEN};
use crate::read::manifest::{DirectoryEntry, Identity};
use alloc::vec::Vec;

/// What goes into a manifest.
#[derive(Clone, Debug)]
pub struct ManifestParts<'a> {
    /// Commits so far.
    pub epoch: u32,
    /// Elements of every vector.
    pub dimension: u16,
    /// Rows held, deleted ones included, superseded ones not.
    pub total_vectors: u64,
    /// 0 generic.
    pub profile: u8,
    /// 0 L2, 1 inner product, 2 cosine.
    pub metric: u8,
    /// Every segment in force, in write order.
    pub directory: &'a [DirectoryEntry],
    /// Deleted ids, ascending.
    pub deleted: &'a [u64],
    /// The identity trailer.
    pub identity: Option<Identity>,
}

impl ManifestParts<'_> {
    /// Bytes that [`encode`] makes.
    #[must_use]
    pub fn encoded_len(&self) -> u64 {
        let identity = if self.identity.is_some() { IDENTITY_MAGIC.len() + IDENTITY_LEN } else { 0 };
        (MANIFEST_HEAD_LEN
            + self.directory.len() * DIRECTORY_ENTRY_LEN
            + 4
            + self.deleted.len() * 8
            + identity) as u64
    }
}

/// The payload of a manifest.
#[must_use]
pub fn encode(parts: &ManifestParts<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(parts.encoded_len() as usize);
    out.extend_from_slice(&parts.epoch.to_le_bytes());
    out.extend_from_slice(&parts.dimension.to_le_bytes());
    out.extend_from_slice(&parts.total_vectors.to_le_bytes());
    out.extend_from_slice(&(parts.directory.len() as u32).to_le_bytes());
    out.extend_from_slice(&[parts.profile, parts.metric, 0, 0]);
    for entry in parts.directory {
        out.extend_from_slice(&entry.segment_id.to_le_bytes());
        out.extend_from_slice(&entry.offset.to_le_bytes());
        out.extend_from_slice(&entry.payload_len.to_le_bytes());
        out.push(entry.segment_type.0);
    }
    out.extend_from_slice(&(parts.deleted.len() as u32).to_le_bytes());
    for id in parts.deleted {
        out.extend_from_slice(&id.to_le_bytes());
    }
    if let Some(identity) = &parts.identity {
        out.extend_from_slice(&IDENTITY_MAGIC);
        out.extend_from_slice(&identity.file_id);
        out.extend_from_slice(&identity.parent_id);
        out.extend_from_slice(&identity.parent_hash);
        out.extend_from_slice(&identity.lineage_depth.to_le_bytes());
    }
    out
}
