//! Compiled knowledge: what the signature of a puzzle says about its answers.
//!
//! A signature is a difficulty and the kinds of clue that are there. Training shows how close two
//! answers of a puzzle ever lay; once a signature was seen a few times, compiling compares that with
//! the calendar and keeps the distance that is true of all days with the same month, weekday and day
//! of the month, as far as the signature gives them. So what is compiled is never wrong: a proposal that
//! the calendar refutes is counted and replaced. A search that knows the distance ends as soon as no
//! further answer can lie in what is left of the range.

use super::limits::COMPILE_AFTER;
use super::state::{Counter, State};
use crate::temporal::clue::Kind;
use crate::temporal::{Outcome, Puzzle};

/// The kinds that may be there or not: all but the window.
const KINDS: usize = 6;
/// Signatures there can be: eleven difficulties (0 is not used) and the sets of kinds.
pub const SIGNATURES: usize = 11 << KINDS;
/// The least distance of two days that agree in month (1), weekday (2), day of the month (4), by the sum
/// of what is given. A test finds the same in every day of 1990 to 2040, where all windows lie.
pub const DISTANCES: [u16; 8] = [1, 1, 7, 7, 28, 365, 28, 1827];

/// What was seen of a signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    /// Clean puzzles seen.
    pub observations: u32,
    /// Least distance of two answers; 0 when none had two.
    pub least_gap: u16,
    /// The calendar's distance is used.
    pub compiled: bool,
}

impl Pattern {
    /// Whether puzzles can have led to it.
    pub(super) fn is_possible(self, signature: usize) -> bool {
        let seen = self.observations > 0 || self == Self::default();
        seen && (self.least_gap == 0 || self.least_gap >= distance(signature))
    }
}

/// The place of a puzzle's signature.
#[must_use]
pub fn signature(puzzle: &Puzzle) -> usize {
    let kinds = puzzle.clues().iter().filter(|clue| clue.kind != Kind::Between);
    let set = kinds.fold(0, |set, clue| set | 1 << clue.kind as usize);
    (puzzle.difficulty as usize) << KINDS | set
}

/// The calendar's distance for a signature.
fn distance(signature: usize) -> u16 {
    DISTANCES.get(signature >> Kind::InMonth as usize & 7).copied().unwrap_or(1)
}

/// The compiled distance for a puzzle; 0 when there is none.
#[must_use]
pub fn gap(state: &State, puzzle: &Puzzle) -> u32 {
    let signature = signature(puzzle);
    if state.pattern(signature).compiled { distance(signature).into() } else { 0 }
}

/// Takes in what a search found. Answers of a noisy puzzle need not fit its clues, and a search that
/// ended early did not see all of them.
pub fn observe(state: &mut State, puzzle: &Puzzle, outcome: &Outcome) {
    if puzzle.noisy || outcome.exhausted || outcome.stopped_early {
        return;
    }
    let signature = signature(puzzle);
    let mut pattern = state.pattern(signature);
    pattern.observations = pattern.observations.saturating_add(1);
    let seen = outcome.least_gap as u16;
    if pattern.least_gap == 0 || (seen > 0 && seen < pattern.least_gap) {
        pattern.least_gap = seen;
    }
    state.set_pattern(signature, pattern);
}

/// Compiles the signatures that were seen often enough.
pub fn compile(state: &mut State) {
    for signature in 0..SIGNATURES {
        let mut pattern = state.pattern(signature);
        if pattern.compiled || pattern.observations < COMPILE_AFTER {
            continue;
        }
        // A signature with single answers proposes that its windows never hold two.
        let window = 30 * ((signature >> KINDS) as u16 + 1);
        let proposed = if pattern.least_gap == 0 { window } else { pattern.least_gap };
        state.count(Counter::Refuted, u32::from(proposed > distance(signature)));
        pattern.compiled = true;
        state.set_pattern(signature, pattern);
    }
}

/// Signatures that were compiled.
#[must_use]
pub fn learned(state: &State) -> u32 {
    (0..SIGNATURES).map(|signature| u32::from(state.pattern(signature).compiled)).sum()
}
