//! Calendar puzzles: clues about a date, three ways to search for it, and a generator of puzzles.
//!
//! Reading order: [`date`] (days as numbers), [`clue`], [`puzzle`] (the generator), [`search`] (the
//! three arms and what a step is), [`context`] (what a chooser may know before it picks an arm).

pub mod clue;
pub mod context;
pub mod date;
pub mod puzzle;
pub mod search;

pub use context::Context;
pub use puzzle::Puzzle;
pub use search::{Arm, Outcome};
