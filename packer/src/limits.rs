//! Every numeric cap of this crate, with where it comes from.

/// Bytes of vectors in one VEC_SEG by default. Larger batches are no faster; memory is a few of these.
pub const DEFAULT_BATCH_BYTES: u64 = 8 << 20;
/// Bytes of vectors in one VEC_SEG at most: what the published runtime reads, less its head.
pub const MAX_BATCH_BYTES: u64 = rvf_format::limits::MAX_PAYLOAD - 64;
/// Elements of a vector: the format keeps the number in 16 bits.
pub const MAX_DIMENSION: u64 = rvf_format::limits::MAX_DIMENSION as u64;
/// Batches between the thread that reads and the one that writes. One is being filled, one waits.
pub const QUEUED_BATCHES: usize = 1;
/// Bytes of a npy header. NumPy writes 128 unless the array has very many axes.
pub const MAX_NPY_HEADER: u32 = 64 << 10;
/// Axes of a npy array, as in NumPy.
pub const MAX_NPY_AXES: usize = 64;
/// Bytes of a safetensors header: some 100 per tensor, so tens of thousands of tensors.
pub const MAX_SAFETENSORS_HEADER: u64 = 8 << 20;
/// Bytes of one line or record of text: 65,535 numbers of 24 digits and their commas, twice.
pub const MAX_RECORD: u64 = 4 << 20;
/// Bytes of a label: what a reader may show, and far below what a record could hold.
pub const MAX_LABEL: usize = 64 << 10;
/// Bytes of all labels with their framing: what readers accept as one snapshot of metadata.
pub const MAX_LABELS: u64 = rvf_format::limits::MAX_META_BYTES - 256;
/// Bytes of a file of labels: the labels, an id and a tab for each.
pub const MAX_LABEL_FILE: u64 = 512 << 20;
/// Bytes read at a time from a text input.
pub const TEXT_BUFFER: usize = 256 << 10;
/// Tensors named in an error message.
pub const MAX_NAMES_SHOWN: usize = 8;
/// Priority of a solver built with SIMD: chosen first where it can run. Lower is first.
pub const PRIORITY_SIMD: u8 = 10;
/// Priority of every other module.
pub const PRIORITY_SCALAR: u8 = 20;
