//! Compiled knowledge: what the signature of a puzzle says about its answers.
//!
//! A signature is a difficulty and the kinds of clue that are there. Training shows how close two
//! answers of a puzzle ever lay; once a signature was seen a few times, compiling compares that with
//! the calendar itself, day by day from 1990 to 2040, and keeps the distance that is true of all days
//! with the same month, weekday and day of the month. So what is compiled is never wrong: a proposal
//! that the calendar refutes is counted and replaced. A search that knows the distance ends as soon
//! as no further answer can lie in what is left of the range.

use super::limits::COMPILE_AFTER;
use super::{Full, filled};
use crate::temporal::clue::Kind;
use crate::temporal::date::{Cursor, number};
use crate::temporal::{Outcome, Puzzle};
use alloc::vec::Vec;

/// The kinds that may be there or not: all but the window.
const KINDS: usize = 6;
/// Signatures there can be: eleven difficulties (0 is not used) and the sets of kinds.
const SIGNATURES: usize = 11 << KINDS;

/// What was seen and compiled of a signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    /// Clean puzzles seen.
    pub observations: u32,
    /// Least distance of two answers; 0 when none had two.
    pub least_gap: u32,
    /// The compiled distance; 0 before.
    pub gap: u32,
}

/// A pattern as it is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Saved {
    pub(super) signature: u16,
    /// 1 when its distance is compiled.
    pub(super) compiled: u16,
    pub(super) least_gap: u32,
    pub(super) observations: u32,
}

/// All patterns.
#[derive(Debug)]
pub struct Knowledge {
    patterns: Vec<Pattern>,
    /// Least distances by month, weekday and day of the month being given (bits 0, 1, 2); 0 before
    /// the calendar was asked.
    calendar: [u32; 8],
    /// Proposals that the calendar refuted.
    pub refuted: u32,
}

/// The place of a puzzle's signature.
#[must_use]
pub fn signature(puzzle: &Puzzle) -> usize {
    let kinds = puzzle.clues().iter().filter(|clue| clue.kind != Kind::Between);
    let set = kinds.fold(0, |set, clue| set | 1 << clue.kind as usize);
    (puzzle.difficulty as usize) << KINDS | set
}

/// Which of month, weekday and day of the month a signature gives.
const fn given(signature: usize) -> usize {
    signature >> Kind::InMonth as usize & 7
}

impl Knowledge {
    /// No knowledge.
    pub fn new() -> Result<Self, Full> {
        Ok(Self { patterns: filled(Pattern::default(), SIGNATURES)?, calendar: [0; 8], refuted: 0 })
    }

    /// Becomes like another one.
    pub fn copy_from(&mut self, other: &Self) {
        for (to, from) in self.patterns.iter_mut().zip(&other.patterns) {
            *to = *from;
        }
        self.calendar = other.calendar;
        self.refuted = other.refuted;
    }

    /// The compiled distance for a puzzle; 0 when there is none.
    #[must_use]
    pub fn gap(&self, puzzle: &Puzzle) -> u32 {
        self.patterns.get(signature(puzzle)).map_or(0, |pattern| pattern.gap)
    }

    /// Takes in what a search found. Answers of a noisy puzzle need not fit its clues, and a search
    /// that ended early did not see all of them.
    pub fn observe(&mut self, puzzle: &Puzzle, outcome: &Outcome) {
        if puzzle.noisy || outcome.exhausted || outcome.stopped_early {
            return;
        }
        if let Some(pattern) = self.patterns.get_mut(signature(puzzle)) {
            pattern.observations = pattern.observations.saturating_add(1);
            let seen = [pattern.least_gap, outcome.least_gap];
            pattern.least_gap = seen.into_iter().filter(|gap| *gap > 0).min().unwrap_or(0);
        }
    }

    /// Compiles the signatures that were seen often enough.
    pub fn compile(&mut self) -> Result<(), Full> {
        for signature in 0..self.patterns.len() {
            let pattern = self.patterns.get(signature).copied().unwrap_or_default();
            if pattern.gap > 0 || pattern.observations < COMPILE_AFTER {
                continue;
            }
            let known = self.calendar_gap(signature)?;
            // A signature with single answers proposes that its windows never hold two.
            let window = 30 * ((signature >> KINDS) as u32 + 1);
            let proposed = if pattern.least_gap == 0 { window } else { pattern.least_gap };
            self.refuted = self.refuted.saturating_add(u32::from(proposed > known));
            if let Some(pattern) = self.patterns.get_mut(signature) {
                pattern.gap = known;
            }
        }
        Ok(())
    }

    /// The distance that the calendar gives for a signature.
    fn calendar_gap(&mut self, signature: usize) -> Result<u32, Full> {
        let Some(known) = self.calendar.get_mut(given(signature)) else { return Ok(1) };
        if *known == 0 {
            *known = calendar_gap(given(signature))?;
        }
        Ok(*known)
    }

    /// The patterns that hold something, in the order of their signatures.
    pub(super) fn saved(&self) -> impl Iterator<Item = Saved> + Clone {
        let seen = self.patterns.iter().zip(0..).filter(|(pattern, _)| pattern.observations > 0);
        seen.map(|(pattern, signature)| Saved {
            signature,
            compiled: u16::from(pattern.gap > 0),
            least_gap: pattern.least_gap,
            observations: pattern.observations,
        })
    }

    /// Takes in a saved pattern; false when there can be none like it.
    pub(super) fn restore(&mut self, saved: Saved) -> Result<bool, Full> {
        let signature = usize::from(saved.signature);
        if signature >= SIGNATURES || saved.compiled > 1 || saved.observations == 0 {
            return Ok(false);
        }
        let known = self.calendar_gap(signature)?;
        let possible = saved.least_gap == 0 || saved.least_gap >= known;
        if let Some(pattern) = self.patterns.get_mut(signature) {
            let gap = known * u32::from(saved.compiled);
            *pattern = Pattern { observations: saved.observations, least_gap: saved.least_gap, gap };
        }
        Ok(possible)
    }

    /// Signatures that were compiled.
    #[must_use]
    pub fn learned(&self) -> u32 {
        self.patterns.iter().map(|pattern| u32::from(pattern.gap > 0)).sum()
    }
}

/// The least distance of two days of 1990 to 2040 that agree in what is given: every puzzle's windows
/// lie in these years.
pub fn calendar_gap(given: usize) -> Result<u32, Full> {
    let mut last_seen = filled(i32::MIN, 13 * 7 * 32)?;
    let mut least = u32::MAX;
    let mut at = Cursor::new(number(1990, 1, 1));
    while at.year <= 2040 {
        let part = |bit: usize, value: u32| if given & bit > 0 { value as usize } else { 0 };
        let key = (part(1, at.month) * 7 + part(2, at.weekday)) * 32 + part(4, at.day);
        if let Some(seen) = last_seen.get_mut(key) {
            if *seen != i32::MIN {
                least = least.min((at.number - *seen) as u32);
            }
            *seen = at.number;
        }
        at.advance(1);
    }
    Ok(least)
}
