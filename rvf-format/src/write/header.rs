//! The 64-byte segment header.

use crate::forever::{
    H_ALGO, H_COMPRESSION, H_FLAGS, H_HASH, H_ID, H_MAGIC, H_PAD, H_PAYLOAD_LEN, H_RESERVED_0, H_RESERVED_1,
    H_TIMESTAMP, H_TYPE, H_UNCOMPRESSED_LEN, H_VERSION, HEADER_LEN, SEGMENT_MAGIC, SEGMENT_VERSION,
};
use crate::read::header::SegmentHeader;
use byteorder::{ByteOrder, LittleEndian as Le};

/// The bytes of a header.
#[must_use]
#[allow(clippy::indexing_slicing)] // constant ranges inside an array of 64
pub fn encode(header: &SegmentHeader) -> [u8; HEADER_LEN] {
    let mut out = [0; HEADER_LEN];
    out[H_MAGIC..H_VERSION].copy_from_slice(&SEGMENT_MAGIC);
    out[H_VERSION] = SEGMENT_VERSION;
    out[H_TYPE] = header.segment_type.0;
    Le::write_u16(&mut out[H_FLAGS..], header.flags);
    Le::write_u64(&mut out[H_ID..], header.segment_id);
    Le::write_u64(&mut out[H_PAYLOAD_LEN..], header.payload_len);
    Le::write_u64(&mut out[H_TIMESTAMP..], header.timestamp_ns);
    out[H_ALGO] = header.checksum_algo;
    out[H_COMPRESSION] = header.compression;
    Le::write_u16(&mut out[H_RESERVED_0..], header.reserved_0);
    Le::write_u32(&mut out[H_RESERVED_1..], header.reserved_1);
    out[H_HASH..H_UNCOMPRESSED_LEN].copy_from_slice(&header.content_hash);
    Le::write_u32(&mut out[H_UNCOMPRESSED_LEN..], header.uncompressed_len);
    Le::write_u32(&mut out[H_PAD..], header.alignment_pad);
    out
}
