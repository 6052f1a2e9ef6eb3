//! Every numeric cap of this crate, with where it comes from.

/// Payload of one segment. The published runtime refuses more on reading.
pub const MAX_PAYLOAD: u64 = 256 << 20;
/// Payload of one segment when reading; the format's own limit (a u32 of `uncompressed_len`).
pub const MAX_PAYLOAD_READ: u64 = 4 << 30;
/// Dimension of a vector: the manifest and VEC_SEG keep it in 16 bits.
pub const MAX_DIMENSION: u32 = u16::MAX as u32;
/// Dimension a solver kernel accepts; one more than the file can state.
pub const MAX_KERNEL_DIMENSION: u32 = 65_536;
/// Bytes of one embedded module: the published runtime refuses more on writing.
pub const MAX_MODULE: u64 = 8 << 20;
/// Segments in one file: 25 bytes of directory each, so 25 MB of manifest.
pub const MAX_SEGMENTS: u32 = 1 << 20;
/// Manifest candidates examined while looking for the newest one.
pub const MAX_MANIFEST_CANDIDATES: u32 = 256;
/// Bytes hashed while looking for the newest manifest, beside the file's own size.
pub const MIN_SCAN_HASH_BUDGET: u64 = 16 << 20;
/// Segments walked behind the manifest before the tail counts as torn.
pub const MAX_TAIL_SEGMENTS: u32 = 4096;
/// META_SEG generations read back to a snapshot, as the published runtime does.
pub const MAX_META_CHAIN: usize = 64;
/// Bytes of META_SEG payload read in all, as the published runtime does.
pub const MAX_META_BYTES: u64 = 256 << 20;
/// Deepest directory of blocks in a block-directory VEC_SEG (12 bytes each).
pub const MAX_BLOCKS: u32 = 1 << 20;
/// Bytes of the name of a matrix.
pub const MAX_MATRIX_NAME: u32 = 256;
/// Bytes of the state of one policy: it has to fit into the memory of a guest beside its data.
pub const MAX_POLICY_STATE: u64 = 16 << 20;
/// A matrix may have this many columns whatever its size, and else no more than rows or entries, so
/// that memory per column stays a small multiple of the segment.
pub const MIN_COLUMN_CAP: u64 = 65_536;
