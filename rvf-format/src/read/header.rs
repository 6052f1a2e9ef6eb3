//! The 64-byte segment header.

use crate::error::{ErrorKind, Result};
use crate::forever::{HEADER_LEN, SEGMENT_MAGIC, SEGMENT_VERSION, SegmentType};
use crate::wire::Cursor;

/// A segment header as stored. Magic and version have been checked; nothing else is judged here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentHeader {
    /// What the payload is.
    pub segment_type: SegmentType,
    /// Flag bits; kept, not interpreted.
    pub flags: u16,
    /// Identifier; published writers repeat them after a reopen.
    pub segment_id: u64,
    /// Bytes of payload, without padding.
    pub payload_len: u64,
    /// Nanoseconds since 1970, 0 when the writer says nothing.
    pub timestamp_ns: u64,
    /// 0 CRC rotation or XXH3-128, 1 XXH3-128, 2 SHAKE-256.
    pub checksum_algo: u8,
    /// 0 none; others are never read.
    pub compression: u8,
    /// Zero in every known file.
    pub reserved_0: u16,
    /// Zero in every known file.
    pub reserved_1: u32,
    /// Hash of the payload; all zero means "not hashed".
    pub content_hash: [u8; 16],
    /// Zero unless compressed.
    pub uncompressed_len: u32,
    /// Fill bytes after the payload in the padded dialect.
    pub alignment_pad: u32,
}

impl SegmentHeader {
    /// Reads a header from the first 64 of `bytes`, which lie at the absolute `offset`.
    pub fn parse(bytes: &[u8], offset: u64) -> Result<Self> {
        let mut c = Cursor::new(bytes, offset);
        if c.remaining() < HEADER_LEN {
            let kind = ErrorKind::Truncated { needed: HEADER_LEN as u64, available: c.remaining() as u64 };
            return Err(c.error("segment header", kind));
        }
        let magic: [u8; 4] = c.array("segment magic")?;
        if magic != SEGMENT_MAGIC {
            let kind = ErrorKind::Mismatch {
                expected: u64::from(u32::from_le_bytes(SEGMENT_MAGIC)),
                got: u64::from(u32::from_le_bytes(magic)),
            };
            return Err(crate::Error::new(offset, "segment magic", kind));
        }
        let version_at = c;
        let version = c.u8("segment version")?;
        if version != SEGMENT_VERSION {
            let kind = ErrorKind::Mismatch { expected: SEGMENT_VERSION.into(), got: version.into() };
            return Err(version_at.error("segment version", kind));
        }
        Ok(Self {
            segment_type: SegmentType(c.u8("segment type")?),
            flags: c.u16("segment flags")?,
            segment_id: c.u64("segment id")?,
            payload_len: c.u64("payload length")?,
            timestamp_ns: c.u64("timestamp")?,
            checksum_algo: c.u8("checksum algorithm")?,
            compression: c.u8("compression")?,
            reserved_0: c.u16("reserved field")?,
            reserved_1: c.u32("reserved field")?,
            content_hash: c.array("content hash")?,
            uncompressed_len: c.u32("uncompressed length")?,
            alignment_pad: c.u32("alignment padding")?,
        })
    }

    /// True when the writer stored no hash, so that damage cannot be seen.
    #[must_use]
    pub fn is_unhashed(&self) -> bool {
        self.content_hash == [0; 16]
    }
}
