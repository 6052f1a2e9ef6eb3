//! Caps of the sparse solvers, with where they come from.

/// Unit roundoff of f64, 2^-53: the relative error of one rounded operation.
pub const ROUNDOFF: f64 = f64::EPSILON / 2.0;
/// Greatest number of stored entries held in memory: positions are 32 bits, and 2^28 entries of
/// 12 bytes are all that the 4 GiB of a WebAssembly memory can hold beside the vectors.
pub const MAX_ENTRIES: u64 = 1 << 28;
/// Rows treated between two looks at the step budget while a factor is made.
pub const SETUP_ROWS: u32 = 4096;
/// Sweeps of Gauss-Seidel between two looks at the residual: a look costs as much as a sweep.
pub const SWEEPS_PER_CHECK: u32 = 4;
/// Looks without a new best after which Gauss-Seidel counts as stalled.
pub const MAX_IDLE_LOOKS: u32 = 64;
/// Times that a Krylov method starts over from the true residual before it counts as stalled. The
/// recursive residual drifts from the true one by rounding; two or three restarts mend that.
pub const MAX_RESTARTS: u32 = 8;
/// Nodes below which a table of one number per node replaces the hash map: 1 MiB.
pub const DENSE_MAP_NODES: u32 = 1 << 18;
/// Rows asked for in one step: with three reads each they stay below the contract's 4,096 records.
pub const ROWS_PER_ASK: usize = 1024;
/// Walks that go on side by side, so that their rows are asked for together.
pub const WALKERS: usize = 256;
/// Bytes read at once of a matrix: large enough that the host's turn costs little beside them.
pub const PIECE_BYTES: usize = 256 << 10;
/// Rows or nodes that one request may name.
pub const MAX_IDS: usize = 65_536;
/// Rows of one part of a long result: 1 MiB.
pub const PART_ROWS: usize = 65_536;
/// Heads of matrices read at once.
pub const HEADS: usize = 32;
/// Nodes with the greatest inflow that are kept in order: hubs that a push did not meet are nearly
/// always among them, and looking them up costs little beside a push.
pub const GREATEST_INFLOWS: usize = 1024;
/// Rows that a push reads one by one before it takes the whole graph, beside one in 512 of the entries:
/// reading a graph of that size as a whole costs about as much. Of a directed graph only mass decides, and
/// little of that is settled by so few rows unless what can be reached is small.
pub const LOCAL_ROWS: u64 = 2_000;
/// The same for an undirected graph without weights, where degrees bound what is left: measured, a grid is
/// certain after 2,000 rows.
pub const UNDIRECTED_ROWS: u64 = 20_000;
/// Entries passed by a push along single rows, beside one in eight of all: a tenth of a second.
pub const LOCAL_ARCS: u64 = 4_000_000;
/// Sweeps through the graph that its ranks take at the least; a push that passed as many entries is left for them.
pub const SWEEPS_AT_LEAST: u64 = 12;
/// What the choice of a method counts in entries that a sweep or a solve passes, because it takes as long (measured
/// over streams of problems, natively): an entry that a push passes (3 to 6),
pub const PUSH_ENTRY: u64 = 4;
/// a row that is read by itself (170 to 190; half of that from a matrix in memory),
pub const SINGLE_ROW: u64 = 180;
/// an entry of a matrix that is loaded as a whole.
pub const LOADED_ENTRY: u64 = 6;
