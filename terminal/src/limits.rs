//! Every numeric cap of this crate, with where it comes from.

use std::time::Duration;

/// How long a job runs before its progress bar appears: shorter ones need none.
pub const PROGRESS_DELAY: Duration = Duration::from_millis(500);
/// Names tried for the temporary file beside an output before giving up.
pub const MAX_TEMPORARY_NAMES: u32 = 64;
/// Causes of an error that are printed: chains are short, a longer one is a cycle.
pub const MAX_CAUSES: usize = 16;
/// Widest cell of a table, in terminal columns; longer text is cut with an ellipsis.
pub const MAX_CELL_WIDTH: usize = 120;
