//! Compiled knowledge: what the signature of a puzzle says about its answers.
//!
//! A signature is a difficulty and the kinds of clue that are there. Training shows how close two
//! answers of a puzzle ever lay; once a signature was seen a few times, compiling compares that with
//! the calendar and keeps the distance that is true of all days with the same month, weekday and day
//! of the month, as far as the signature gives them. So what is compiled is never wrong: a proposal that
//! the calendar refutes is counted and replaced. A search that knows the distance ends as soon as no
//! further answer can lie in what is left of the range.
//!
//! What was seen of a signature is a word: the clean puzzles (32 bits), the least distance of two answers
//! (16 bits; 0 when none had two), and 1 when the calendar's distance is used (16 bits).

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

/// The word's bit of a signature that was compiled.
const COMPILED: u64 = 1 << 48;

/// Whether puzzles can have led to what is known of a signature. Only words that would be written again.
pub(super) fn is_possible(state: &State, signature: usize) -> bool {
    let word = state.get(State::pattern(signature));
    let gap = (word >> 32) as u16;
    word == 0 || (word as u32 > 0 && word < 2 * COMPILED && (gap == 0 || gap >= distance(signature)))
}

/// The place of a puzzle's signature.
#[must_use]
pub fn signature(puzzle: &Puzzle) -> usize {
    (puzzle.difficulty as usize) << KINDS | puzzle.kinds as usize
}

/// The calendar's distance for a signature.
#[inline(never)]
fn distance(signature: usize) -> u16 {
    DISTANCES.get(signature >> Kind::InMonth as usize & 7).copied().unwrap_or(1)
}

/// The compiled distance for a puzzle; 0 when there is none.
#[must_use]
pub fn gap(state: &State, puzzle: &Puzzle) -> u32 {
    let signature = signature(puzzle);
    if state.get(State::pattern(signature)) < COMPILED { 0 } else { distance(signature).into() }
}

/// Takes in what a search found. Answers of a noisy puzzle need not fit its clues, and a search that
/// ended early did not see all of them.
pub fn observe(state: &mut State, puzzle: &Puzzle, outcome: &Outcome) {
    if puzzle.noisy || outcome.exhausted || outcome.stopped_early {
        return;
    }
    let at = State::pattern(signature(puzzle));
    let mut word = state.get(at);
    let (seen, least) = (outcome.least_gap as u16, (word >> 32) as u16);
    // One less than the least of none is more than any.
    if seen.wrapping_sub(1) < least.wrapping_sub(1) {
        word ^= u64::from(least ^ seen) << 32;
    }
    state.set(at, word + u64::from(word as u32 != u32::MAX));
}

/// Compiles the signatures that were seen often enough.
pub fn compile(state: &mut State) {
    for signature in 0..SIGNATURES {
        let at = State::pattern(signature);
        let word = state.get(at);
        if word >= COMPILED || (word as u32) < COMPILE_AFTER {
            continue;
        }
        // A signature with single answers proposes that its windows never hold two.
        let window = 30 * ((signature >> KINDS) as u16 + 1);
        let seen = (word >> 32) as u16;
        let proposed = if seen == 0 { window } else { seen };
        state.count(Counter::Refuted, proposed > distance(signature));
        state.set(at, word + COMPILED);
    }
}

/// Signatures that were compiled.
#[must_use]
#[inline(never)]
pub fn learned(state: &State) -> u32 {
    let mut count = 0;
    for signature in 0..SIGNATURES {
        count += u32::from(state.get(State::pattern(signature)) >= COMPILED);
    }
    count
}
