//! Every numeric cap of the solver, with where it comes from.

/// Instances that may live at once; the contract promises at least this many.
pub const INSTANCES: usize = 8;
/// Largest `k` of `knn`: a result of 1 MiB of ids and distances per query.
pub const MAX_K: u64 = 65_536;
/// `k` when the request has none.
pub const DEFAULT_K: u64 = 10;
/// Bytes of vector data held at once: half of four pages of memory, so that `knn` runs in four
/// together with its other buffers (a test says so).
pub const BLOCK_BYTES: usize = 128 << 10;
/// Rows held at once, so that tiny vectors do not make the buffer of distances large.
pub const BLOCK_ROWS: usize = 4096;
/// Bytes of the buffer for manifests and segment heads; grown once the dimension is known.
pub const HEAD_BYTES: usize = 16 << 10;
/// Reads asked for in one step: 24 KiB of records. The contract allows 4,096.
pub const READS_PER_STEP: usize = 1024;
/// Bytes of a 64-bit number in LEB128.
pub const MAX_VARINT: usize = 10;
/// Rows kept beyond `k` at first, to fill gaps that superseded rows leave.
pub const FIRST_SLACK: usize = 16;
/// Bytes of one text: an error or a JSON summary. The longest summary, of a solve with two attempts and
/// numbers of twenty digits, is below 700.
pub const TEXT_BYTES: usize = 768;
/// Columns of the widest result (`stats`).
pub const COLUMNS: usize = 8;
/// Bytes of stack inside the linear memory; the build passes the same number to the linker.
/// The tests of the built guests run every operation within it.
pub const STACK_BYTES: u32 = 16 << 10;
/// Pages of memory below which nothing useful runs.
pub const LEAST_PAGES: u32 = 4;
