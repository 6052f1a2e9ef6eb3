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
/// Characters of a text in a npy: the name of a format.
pub const MAX_NPY_TEXT: usize = 64;
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
/// Pages of memory that `rvf-run` gives a module unless told otherwise: above, embedding warns.
pub const DEFAULT_HOST_PAGES: u64 = 1024;
/// Priority of a solver built with SIMD: chosen first where it can run. Lower is first.
pub const PRIORITY_SIMD: u8 = 10;
/// Priority of every other module.
pub const PRIORITY_SCALAR: u8 = 20;
/// Priority of a combined module: after the programs that it could stand for.
pub const PRIORITY_COMBINED: u8 = 30;
/// Most pages of the program inside a combined module by default: what `rvf-run` gives a module.
pub const COMBINED_PAGES: u32 = 1024;
/// Bytes of its stack, as `rvf-run` gives to an interpreted module.
pub const COMBINED_STACK_BYTES: u32 = 512 << 10;
/// Most elements of its tables, as in `rvf-run`.
pub const COMBINED_TABLE_ELEMENTS: u32 = 10_000;
/// Rows or columns of a matrix: a segment of 4 GiB holds no more row offsets of 8 bytes.
pub const MAX_LINES: u64 = (rvf_format::limits::MAX_PAYLOAD_READ >> 3) - 64;
/// Entries read for one matrix, repeated ones included: a segment of 4 GiB holds no more indices of 4 bytes.
pub const MAX_ENTRIES: u64 = rvf_format::limits::MAX_PAYLOAD_READ >> 2;
/// Rows or columns that a matrix may have whatever its entries: 24 MiB of sums while it is measured.
pub const MIN_LINE_CAP: u64 = 1 << 20;
/// Rows or columns per entry beyond that, so that memory follows the input's size.
pub const LINES_PER_ENTRY: u64 = 16;
/// Bytes for sorting by default, of which files of that size and more go through temporary files.
pub const DEFAULT_MEMORY: u64 = 128 << 20;
/// Bytes for sorting at least: below, runs are so short that merging them costs more than it saves.
pub const MIN_MEMORY: u64 = 4 << 20;
/// Part of the memory for the entries of one run: 16 bytes each, twice over while one order is merged
/// into the other, half as much again while they are sorted.
pub const RUN_PART: u64 = 64;
/// Part of the memory for each of the six arrays of a matrix before they go to temporary files.
pub const ARRAY_PART: u64 = 16;
/// Bytes read at a time from each run while runs are merged, at least and at most.
pub const MERGE_BUFFER: (usize, usize) = (8 << 10, 256 << 10);
/// Names tried for a temporary file before giving up.
pub const MAX_TEMPORARY_NAMES: u32 = 1000;
/// Bytes of a token shown in an error message.
pub const MAX_TOKEN_SHOWN: usize = 40;
/// Members of an npz: a sparse matrix has six.
pub const MAX_MEMBERS: usize = 4096;
/// Bytes that one deflated byte can stand for at most (258 bytes in two bits), and some for the ends.
pub const MAX_INFLATION: u64 = 1032;
/// Bytes inflated at a time: the window that deflate refers back to.
pub const INFLATE_WINDOW: usize = 32 << 10;
/// Bytes of an npz on standard input, which is held whole.
pub const MAX_PIPED_NPZ: u64 = 1 << 30;
/// Neighbours per vector in a graph: beyond, the graph is larger than most sets of vectors.
pub const MAX_NEIGHBOURS: u32 = 4096;
/// Bytes of vectors that are compared with all queries at a time: they stay in a processor's cache.
pub const GRAPH_BLOCK: usize = 256 << 10;
/// Threads that compare.
pub const MAX_GRAPH_THREADS: usize = 16;
