//! Every numeric cap of the learning part, with where it comes from.

/// Most puzzles of one `train` and of one cycle of the acceptance test: a second or so of work.
pub const MAX_PUZZLES: u32 = 1_000_000;
/// Most puzzles of a hold-out: 8 bytes are kept of each, and of as many noisy ones.
pub const MAX_HOLD_OUT: u32 = 20_000;
/// Most cycles of an acceptance test: each takes some 400 bytes of JSON and 73 of the witness chain, for each mode.
pub const MAX_CYCLES: u32 = 1_000;
/// Steps that a puzzle may take in `train`, as many as in the published solver. The scan of the largest
/// window takes 331.
pub const TRAIN_BUDGET: u32 = 400;
/// Share of noisy puzzles among those that the acceptance test learns from, of 100.
pub const NOISE_PERCENT: i32 = 25;
/// Puzzles, half of them noisy, that decide whether a cycle's learning is kept.
pub const VALIDATION: u32 = 64;
/// A cycle's learning is dropped when it makes those puzzles dearer by more than one part in this.
pub const REGRESSION: u32 = 20;
/// Observations of a signature before it is worth compiling.
pub const COMPILE_AFTER: u32 = 3;
/// Resamples of the bootstrap: the ends of the interval are its 25th and 976th mean.
pub const RESAMPLES: usize = 1_000;
/// An arm that was tried so often is no longer run second, for information alone.
pub const SPECULATE_UNTIL: u32 = 40;
/// Two arms are close when their average costs differ by less than this share of the longest range.
pub const CLOSE: f64 = 0.1;
/// Weight of the newest cost in the running average, as in the published policy.
pub const NEWEST: f64 = 0.1;
/// Least share of clean puzzles that must be solved to pass, as in the published test.
pub const LEAST_ACCURACY: f64 = 0.8;
/// Kinds of problem that a policy of methods remembers: 7 KiB.
pub const SLOTS: usize = 64;
/// Times the mean cost of the best arm known after which another arm is given up: more would waste more on
/// bad arms, less would give up good ones on their bad days (costs of a kind spread by a factor of two).
pub const RACE: f64 = 3.0;
