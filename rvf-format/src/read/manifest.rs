//! MANIFEST_SEG: the table of contents.
//!
//! [`ManifestHead`] is what a solver needs and costs 22 bytes; [`Manifest`] is all of it.

use crate::error::{Error, ErrorKind, Result};
use crate::forever::{
    DIRECTORY_ENTRY_LEN, EXPORT_MANIFEST_HEAD_LEN, IDENTITY_LEN, IDENTITY_MAGIC, MANIFEST_HEAD_LEN,
    SEGMENT_HASHES_MAGIC, SegmentType,
};
use crate::limits::MAX_SEGMENTS;
use crate::wire::Cursor;
use alloc::vec::Vec;

/// How far two vectors are apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Metric {
    /// Squared Euclidean distance.
    #[default]
    L2,
    /// Negative inner product.
    InnerProduct,
    /// One minus the cosine of the angle.
    Cosine,
}

impl Metric {
    /// The metric of a manifest byte; numbers without meaning read as L2, as the ecosystem does.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        match byte {
            1 => Self::InnerProduct,
            2 => Self::Cosine,
            _ => Self::L2,
        }
    }

    /// The number in a manifest, and the index among an operation's choices.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::L2 => 0,
            Self::InnerProduct => 1,
            Self::Cosine => 2,
        }
    }

    /// `l2`, `ip` or `cosine`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::L2 => "l2",
            Self::InnerProduct => "ip",
            Self::Cosine => "cosine",
        }
    }
}

/// Whose manifest this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManifestKind {
    /// The common one: counts at 14, directory at 22.
    Native,
    /// That of `rvf_store_export`: profile at 14, directory at 19, no metric, no deleted list.
    Export,
}

/// The fixed fields of a manifest, and where its parts lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManifestHead {
    /// Native or exported by the published wasm module.
    pub kind: ManifestKind,
    /// Commits so far.
    pub epoch: u32,
    /// Elements of every vector.
    pub dimension: u16,
    /// Rows held, a hint of the writer's.
    pub total_vectors: u64,
    /// Directory entries.
    pub segment_count: u32,
    /// 0 generic, 1 core, 2 hot, 3 full.
    pub profile: u8,
    /// The metric byte as stored; see [`Metric::from_byte`].
    pub metric_byte: u8,
    /// The two bytes after the metric; zero in every known file.
    pub reserved: u16,
}

impl ManifestHead {
    /// Bytes of payload that [`ManifestHead::parse`] looks at.
    pub const LEN: usize = MANIFEST_HEAD_LEN;

    /// Reads the head from the first bytes of a manifest payload of `payload_len` bytes
    /// that lies at the absolute `offset`.
    pub fn parse(bytes: &[u8], payload_len: u64, offset: u64) -> Result<Self> {
        let mut c = Cursor::new(bytes, offset);
        if c.remaining() < MANIFEST_HEAD_LEN {
            let needed = MANIFEST_HEAD_LEN as u64;
            let kind = ErrorKind::Truncated { needed, available: c.remaining() as u64 };
            return Err(c.error("manifest", kind));
        }
        let epoch = c.u32("epoch")?;
        let dimension = c.u16("dimension")?;
        let total_vectors = c.u64("vector count")?;
        let mut export = c;
        let count_at = c;
        let segment_count = c.u32("segment count")?;
        let profile = c.u8("profile")?;
        let metric_byte = c.u8("metric")?;
        let reserved = c.u16("reserved field")?;
        let room = payload_len.saturating_sub(MANIFEST_HEAD_LEN as u64);
        if u64::from(segment_count) <= room / DIRECTORY_ENTRY_LEN as u64 {
            if segment_count > MAX_SEGMENTS {
                let kind = ErrorKind::TooLarge { limit: MAX_SEGMENTS.into(), got: segment_count.into() };
                return Err(count_at.error("segment count", kind));
            }
            let kind = ManifestKind::Native;
            return Ok(Self {
                kind,
                epoch,
                dimension,
                total_vectors,
                segment_count,
                profile,
                metric_byte,
                reserved,
            });
        }
        let profile = export.u8("profile")?;
        let segments = export.u32("segment count")?;
        let whole = EXPORT_MANIFEST_HEAD_LEN as u64 + u64::from(segments) * DIRECTORY_ENTRY_LEN as u64;
        if segments <= MAX_SEGMENTS && whole == payload_len {
            return Ok(Self {
                kind: ManifestKind::Export,
                epoch,
                dimension,
                total_vectors,
                segment_count: segments,
                profile,
                metric_byte: 0,
                reserved: 0,
            });
        }
        let limit = room / DIRECTORY_ENTRY_LEN as u64;
        Err(count_at.error("segment count", ErrorKind::TooLarge { limit, got: segment_count.into() }))
    }

    /// The metric in force.
    #[must_use]
    pub const fn metric(&self) -> Metric {
        Metric::from_byte(self.metric_byte)
    }

    /// Offset in the payload of the first directory entry.
    #[must_use]
    pub const fn directory_offset(&self) -> u64 {
        match self.kind {
            ManifestKind::Native => MANIFEST_HEAD_LEN as u64,
            ManifestKind::Export => EXPORT_MANIFEST_HEAD_LEN as u64,
        }
    }

    /// Offset in the payload of the deleted list (u32 count, then u64 ids), or of its end
    /// when the writer has none.
    #[must_use]
    pub const fn deleted_offset(&self) -> u64 {
        self.directory_offset() + self.segment_count as u64 * DIRECTORY_ENTRY_LEN as u64
    }
}

/// One line of the table of contents. The segment's own header has the last word on
/// type and length; [`crate::File`] compares them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// Identifier as stored here.
    pub segment_id: u64,
    /// Absolute offset of the header.
    pub offset: u64,
    /// Payload length as stored here.
    pub payload_len: u64,
    /// Type as stored here.
    pub segment_type: SegmentType,
}

/// Who a file is and what it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// This file.
    pub file_id: [u8; 16],
    /// The file that it was derived from; zero for none.
    pub parent_id: [u8; 16],
    /// Hash of the tail of the parent; zero for none.
    pub parent_hash: [u8; 32],
    /// Derivations since the first ancestor.
    pub lineage_depth: u32,
}

/// A segment's id and content hash, as a signed store lists them.
pub type SegmentHash = (u64, [u8; 16]);

/// A whole manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The fixed fields.
    pub head: ManifestHead,
    /// Every segment in force, in write order, older manifests included, itself not.
    pub directory: Vec<DirectoryEntry>,
    /// Ids that are deleted, ascending.
    pub deleted: Vec<u64>,
    /// The identity trailer.
    pub identity: Option<Identity>,
    /// Hash of each listed segment, in directory order (signed stores).
    pub segment_hashes: Option<Vec<SegmentHash>>,
    /// Bytes behind the last part that was understood.
    pub unknown_trailer: u64,
}

impl Manifest {
    /// Reads a manifest payload that lies at the absolute `offset`.
    pub fn parse(payload: &[u8], offset: u64) -> Result<Self> {
        let head = ManifestHead::parse(payload, payload.len() as u64, offset)?;
        let mut c = Cursor::new(payload, offset);
        c.sized(head.directory_offset(), "manifest")?;
        let mut directory = Vec::with_capacity(head.segment_count as usize);
        for _ in 0..head.segment_count {
            directory.push(DirectoryEntry {
                segment_id: c.u64("directory entry")?,
                offset: c.u64("directory entry")?,
                payload_len: c.u64("directory entry")?,
                segment_type: SegmentType(c.u8("directory entry")?),
            });
        }
        let deleted = if head.kind == ManifestKind::Native { parse_deleted(&mut c)? } else { Vec::new() };
        let identity = parse_identity(&mut c)?;
        let segment_hashes = parse_segment_hashes(&mut c, head.segment_count)?;
        Ok(Self { head, directory, deleted, identity, segment_hashes, unknown_trailer: c.remaining() as u64 })
    }
}

/// The published reader takes as many ids as there are bytes for; a list cut short is refused
/// here, because ids that are missing would come back to life.
fn parse_deleted(c: &mut Cursor<'_>) -> Result<Vec<u64>> {
    if c.remaining() == 0 {
        return Ok(Vec::new());
    }
    let count = c.u32("deleted count")?;
    let mut list = Cursor::new(c.sized(u64::from(count) * 8, "deleted list")?, c.offset());
    let mut deleted = Vec::with_capacity(count as usize);
    for _ in 0..count {
        deleted.push(list.u64("deleted id")?);
    }
    deleted.sort_unstable();
    deleted.dedup();
    Ok(deleted)
}

fn parse_identity(c: &mut Cursor<'_>) -> Result<Option<Identity>> {
    if !c.rest().starts_with(&IDENTITY_MAGIC) || c.remaining() < IDENTITY_MAGIC.len() + IDENTITY_LEN {
        return Ok(None);
    }
    c.bytes(IDENTITY_MAGIC.len(), "identity")?;
    Ok(Some(Identity {
        file_id: c.array("identity")?,
        parent_id: c.array("identity")?,
        parent_hash: c.array("identity")?,
        lineage_depth: c.u32("identity")?,
    }))
}

fn parse_segment_hashes(c: &mut Cursor<'_>, segments: u32) -> Result<Option<Vec<SegmentHash>>> {
    if !c.rest().starts_with(&SEGMENT_HASHES_MAGIC) {
        return Ok(None);
    }
    c.bytes(SEGMENT_HASHES_MAGIC.len(), "segment hashes")?;
    let count_at = *c;
    let count = c.u32("segment hash count")?;
    if count != segments {
        let kind = ErrorKind::Mismatch { expected: segments.into(), got: count.into() };
        return Err(count_at.error("segment hash count", kind));
    }
    let bytes = u64::from(count) * 24;
    if c.remaining() as u64 != bytes {
        let kind = ErrorKind::Mismatch { expected: bytes, got: c.remaining() as u64 };
        return Err(Error::new(c.offset(), "length of the segment hashes", kind));
    }
    let mut hashes = Vec::with_capacity(count as usize);
    for _ in 0..count {
        hashes.push((c.u64("segment hash")?, c.array("segment hash")?));
    }
    Ok(Some(hashes))
}
