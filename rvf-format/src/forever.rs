//! Constants of the format that can never change: files that carry them are in the world.
//!
//! Adding is allowed; changing or renumbering is not. The test at the end says so.

/// First four bytes of every segment, as stored.
pub const SEGMENT_MAGIC: [u8; 4] = *b"SFVR";
/// The only segment version there is.
pub const SEGMENT_VERSION: u8 = 1;
/// Bytes of a segment header.
pub const HEADER_LEN: usize = 64;
/// Segments of the padded dialect start at multiples of this.
pub const ALIGNMENT: u64 = 64;

// Offsets of the header's fields, each derived from the one before.
pub(crate) const H_MAGIC: usize = 0;
pub(crate) const H_VERSION: usize = H_MAGIC + 4;
pub(crate) const H_TYPE: usize = H_VERSION + 1;
pub(crate) const H_FLAGS: usize = H_TYPE + 1;
pub(crate) const H_ID: usize = H_FLAGS + 2;
pub(crate) const H_PAYLOAD_LEN: usize = H_ID + 8;
pub(crate) const H_TIMESTAMP: usize = H_PAYLOAD_LEN + 8;
pub(crate) const H_ALGO: usize = H_TIMESTAMP + 8;
pub(crate) const H_COMPRESSION: usize = H_ALGO + 1;
pub(crate) const H_RESERVED_0: usize = H_COMPRESSION + 1;
pub(crate) const H_RESERVED_1: usize = H_RESERVED_0 + 2;
pub(crate) const H_HASH: usize = H_RESERVED_1 + 4;
pub(crate) const H_UNCOMPRESSED_LEN: usize = H_HASH + 16;
pub(crate) const H_PAD: usize = H_UNCOMPRESSED_LEN + 4;

/// Bytes of a manifest payload before its directory.
pub const MANIFEST_HEAD_LEN: usize = 22;
/// Bytes of one directory entry.
pub const DIRECTORY_ENTRY_LEN: usize = 25;
/// Bytes before the directory in the manifest of `rvf_store_export`.
pub const EXPORT_MANIFEST_HEAD_LEN: usize = 19;
/// Marks the identity trailer of a manifest.
pub const IDENTITY_MAGIC: [u8; 4] = *b"IDIF";
/// Bytes of an identity, without its mark.
pub const IDENTITY_LEN: usize = 68;
/// Marks the segment-hash trailer of a manifest in a signed store.
pub const SEGMENT_HASHES_MAGIC: [u8; 4] = *b"SHDG";

/// Bytes before the rows of a row-major VEC_SEG.
pub const VEC_HEAD_LEN: usize = 6;
/// Bytes of a vector id.
pub const ID_LEN: usize = 8;

/// First bytes of META_SEG version 1.
pub const META_MAGIC: [u8; 8] = *b"RVFMETA\0";
/// First bytes of the footer of META_SEG version 1.
pub const META_FOOTER_MAGIC: [u8; 8] = *b"RVFDONE\0";
/// The META_SEG version read and written.
pub const META_VERSION: u16 = 1;

/// First bytes of a WASM_SEG payload, as stored.
pub const WASM_MAGIC: [u8; 4] = *b"MWVR";
/// Bytes of the header in front of the module.
pub const WASM_HEADER_LEN: usize = 64;

/// Bytes of one witness entry.
pub const WITNESS_ENTRY_LEN: usize = 73;
/// Bytes of one journal entry.
pub const JOURNAL_ENTRY_LEN: usize = 12;

/// First bytes of the Level-0 root page, as stored.
pub const ROOT_PAGE_MAGIC: [u8; 4] = *b"0MVR";
/// Bytes of the root page at the end of a signed store.
pub const ROOT_PAGE_LEN: usize = 4096;

/// First bytes of the integrity record.
pub const INTEGRITY_MAGIC: [u8; 8] = *b"RVFTREE\0";
/// Version of the integrity record.
pub const INTEGRITY_VERSION: u16 = 1;
/// Bytes of an integrity record before its hashes.
pub const INTEGRITY_HEAD_LEN: usize = 64;
/// Bytes of one hash in the integrity record.
pub const INTEGRITY_HASH_LEN: usize = 16;
/// log2 of the block that one leaf covers: 64 KiB.
pub const INTEGRITY_BLOCK_SHIFT: u8 = 16;
/// log2 of the leaves that one page hash covers: 4,096 leaves, 64 KiB of hashes.
pub const INTEGRITY_PAGE_SHIFT: u8 = 12;

/// First bytes of a SPARSE_SEG payload.
pub const SPARSE_MAGIC: [u8; 8] = *b"RVFCSR\0\0";
/// Version of SPARSE_SEG.
pub const SPARSE_VERSION: u16 = 1;
/// Bytes in front of the name and the arrays of a matrix.
pub const SPARSE_HEAD_LEN: usize = 256;

/// First bytes of a POLICY_KERNEL payload of ours; the type has no other layout.
pub const POLICY_MAGIC: [u8; 8] = *b"RVFPOLCY";
/// Version of the head of a policy.
pub const POLICY_VERSION: u16 = 1;
/// Bytes in front of the state of a policy.
pub const POLICY_HEAD_LEN: usize = 128;
/// Bytes of the name in that head.
pub const POLICY_NAME_LEN: usize = 32;

/// File-metadata key that names the field holding labels (value: field id as u64).
pub const LABEL_FIELD_KEY: &str = "rvf.label_field";
/// The field that holds labels in files written here.
pub const LABEL_FIELD_ID: u16 = 1;

/// Declares the segment types once: constant, number, name.
macro_rules! segment_types {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        /// What a segment holds: one byte, open-ended. Unknown numbers are kept.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct SegmentType(pub u8);

        impl SegmentType {
            $($(#[$doc])* pub const $name: Self = Self($number);)*

            /// The name in the format's documents, or `None` for a number without one.
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($text),)*
                    _ => None,
                }
            }
        }

        #[cfg(test)]
        const ALL_TYPES: &[(u8, &str)] = &[$(($number, $text),)*];
    };
}

segment_types! {
    /// Vectors.
    VEC = 0x01, "VEC";
    /// A search index; kept, not used.
    INDEX = 0x02, "INDEX";
    /// Overlay; a name only.
    OVERLAY = 0x03, "OVERLAY";
    /// Deletions, informative.
    JOURNAL = 0x04, "JOURNAL";
    /// Table of contents.
    MANIFEST = 0x05, "MANIFEST";
    /// Quantisation codebooks; a name only.
    QUANT = 0x06, "QUANT";
    /// Metadata per vector and per file.
    META = 0x07, "META";
    /// Hot set; a name only.
    HOT = 0x08, "HOT";
    /// Sketch; a name only.
    SKETCH = 0x09, "SKETCH";
    /// Witness chain.
    WITNESS = 0x0A, "WITNESS";
    /// Profile; a name only.
    PROFILE = 0x0B, "PROFILE";
    /// Key material; a name only.
    CRYPTO = 0x0C, "CRYPTO";
    /// Metadata index; a name only.
    META_IDX = 0x0D, "META_IDX";
    /// An operating-system kernel image; never run.
    KERNEL = 0x0E, "KERNEL";
    /// An eBPF program; never run.
    EBPF = 0x0F, "EBPF";
    /// A WebAssembly module.
    WASM = 0x10, "WASM";
    /// A web dashboard; never run.
    DASHBOARD = 0x11, "DASHBOARD";
    /// Copy-on-write map of a branch.
    COW_MAP = 0x20, "COW_MAP";
    /// Reference counts; a name only.
    REFCOUNT = 0x21, "REFCOUNT";
    /// Membership filter of a branch.
    MEMBERSHIP = 0x22, "MEMBERSHIP";
    /// Delta; a name only.
    DELTA = 0x23, "DELTA";
    /// Transfer prior; a name only.
    TRANSFER_PRIOR = 0x30, "TRANSFER_PRIOR";
    /// A learned policy.
    POLICY_KERNEL = 0x31, "POLICY_KERNEL";
    /// Cost curve; a name only.
    COST_CURVE = 0x32, "COST_CURVE";
    /// Federated manifest; a name only.
    FEDERATED_MANIFEST = 0x33, "FEDERATED_MANIFEST";
    /// Privacy proof; a name only.
    DIFF_PRIVACY_PROOF = 0x34, "DIFF_PRIVACY_PROOF";
    /// Redaction log; a name only.
    REDACTION_LOG = 0x35, "REDACTION_LOG";
    /// Aggregate weights; a name only.
    AGGREGATE_WEIGHTS = 0x36, "AGGREGATE_WEIGHTS";
    /// Extension space: sparse matrices and graphs.
    SPARSE = 0xF0, "SPARSE";
    /// Extension space: the integrity record.
    INTEGRITY = 0xF1, "INTEGRITY";
}

impl SegmentType {
    /// True for segments that hold programs, which a solver is never offered.
    #[must_use]
    pub fn is_code(self) -> bool {
        matches!(self, Self::WASM | Self::KERNEL | Self::EBPF | Self::DASHBOARD)
    }
}

impl core::fmt::Display for SegmentType {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "0x{:02X}", self.0),
        }
    }
}

impl core::fmt::Debug for SegmentType {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// If this test fails, the change breaks every file already written. Do not adapt the test.
    #[test]
    fn never_change_these_constants() {
        assert_eq!(SEGMENT_MAGIC, [0x53, 0x46, 0x56, 0x52]);
        assert_eq!((SEGMENT_VERSION, HEADER_LEN, ALIGNMENT), (1, 64, 64));
        assert_eq!(
            [H_MAGIC, H_VERSION, H_TYPE, H_FLAGS, H_ID, H_PAYLOAD_LEN, H_TIMESTAMP, H_ALGO],
            [0x00, 0x04, 0x05, 0x06, 0x08, 0x10, 0x18, 0x20]
        );
        assert_eq!(
            [H_COMPRESSION, H_RESERVED_0, H_RESERVED_1, H_HASH, H_UNCOMPRESSED_LEN, H_PAD],
            [0x21, 0x22, 0x24, 0x28, 0x38, 0x3C]
        );
        assert_eq!((MANIFEST_HEAD_LEN, DIRECTORY_ENTRY_LEN, EXPORT_MANIFEST_HEAD_LEN), (22, 25, 19));
        assert_eq!((IDENTITY_MAGIC, IDENTITY_LEN), ([0x49, 0x44, 0x49, 0x46], 68));
        assert_eq!(SEGMENT_HASHES_MAGIC, [0x53, 0x48, 0x44, 0x47]);
        assert_eq!((VEC_HEAD_LEN, ID_LEN), (6, 8));
        assert_eq!((&META_MAGIC, &META_FOOTER_MAGIC, META_VERSION), (b"RVFMETA\0", b"RVFDONE\0", 1));
        assert_eq!((WASM_MAGIC, WASM_HEADER_LEN), ([0x4D, 0x57, 0x56, 0x52], 64));
        assert_eq!((WITNESS_ENTRY_LEN, JOURNAL_ENTRY_LEN), (73, 12));
        assert_eq!((ROOT_PAGE_MAGIC, ROOT_PAGE_LEN), ([0x30, 0x4D, 0x56, 0x52], 4096));
        assert_eq!((&INTEGRITY_MAGIC, INTEGRITY_VERSION), (b"RVFTREE\0", 1));
        assert_eq!((INTEGRITY_HEAD_LEN, INTEGRITY_HASH_LEN), (64, 16));
        assert_eq!((INTEGRITY_BLOCK_SHIFT, INTEGRITY_PAGE_SHIFT), (16, 12));
        assert_eq!((&SPARSE_MAGIC, SPARSE_VERSION, SPARSE_HEAD_LEN), (b"RVFCSR\0\0", 1, 256));
        assert_eq!((&POLICY_MAGIC, POLICY_VERSION), (b"RVFPOLCY", 1));
        assert_eq!((POLICY_HEAD_LEN, POLICY_NAME_LEN), (128, 32));
        assert_eq!((LABEL_FIELD_KEY, LABEL_FIELD_ID), ("rvf.label_field", 1));
    }

    #[test]
    fn segment_types_have_distinct_numbers() {
        for (i, a) in ALL_TYPES.iter().enumerate() {
            assert!(ALL_TYPES.iter().skip(i + 1).all(|b| a.0 != b.0 && a.1 != b.1), "{a:?}");
        }
        assert_eq!(ALL_TYPES.len(), 30);
        assert_eq!(SegmentType(0x10).name(), Some("WASM"));
        assert_eq!(SegmentType(0xF1), SegmentType::INTEGRITY);
    }
}
