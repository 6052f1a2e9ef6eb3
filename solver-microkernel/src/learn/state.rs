//! What a solver of puzzles learned: one block of words, which is also how it is saved in a file.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 8 | `RVFPUZZ1` |
//! | 8 | 8 | state of the policy's random numbers, not 0 |
//! | 16 | 4 x 4 | second attempts, second attempts that were cheaper, searches ended early, refuted proposals |
//! | 32 | 54 x 56 | by bucket, then by arm: attempts u32, successes u32, steps u64, alpha f64, beta f64, average cost f64, early mistakes u64, their penalty f64 |
//! | 3056 | 704 x 8 | by signature: clean puzzles seen u32, least distance of answers u16, compiled u16 (0 or 1) |
//!
//! All little-endian. The compiled distances themselves are not in it: they come from the calendar, so
//! no file can make a search give a wrong answer.

use super::knowledge::{Pattern, SIGNATURES};
use super::output::Output;
use super::policy::ArmStats;
use super::rng::Rng;
use super::{Full, clear};
use crate::temporal::context::BUCKETS;
use solver_lists::Vec;

const MAGIC: u64 = u64::from_le_bytes(*b"RVFPUZZ1");
/// Arms of all buckets.
pub const ARMS: usize = 3 * BUCKETS;
const FIRST_ARM: usize = 4;
const ARM_WORDS: usize = 7;
const FIRST_PATTERN: usize = FIRST_ARM + ARMS * ARM_WORDS;
const WORDS: usize = FIRST_PATTERN + SIGNATURES;
/// Bytes of a saved state.
pub const BYTES: usize = 8 * WORDS;

/// A number that counts what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Times that two arms were close and both were run.
    SecondAttempts,
    /// Times that the second of them was cheaper.
    SecondWins,
    /// Searches that compiled knowledge ended early.
    EarlyCommits,
    /// Proposals that the calendar refuted.
    Refuted,
}

/// What is known of an arm, as it is kept.
pub type ArmWords = [u64; ARM_WORDS];

/// What was learned; [empty](Self::is_empty) by default.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct State {
    words: Vec<u64>,
}

pub(super) const fn join(low: u32, high: u32) -> u64 {
    low as u64 | (high as u64) << 32
}

impl State {
    /// No room for anything.
    #[must_use]
    pub const fn empty() -> Self {
        Self { words: Vec::new() }
    }

    /// A state that learned nothing.
    pub fn new() -> Result<Self, Full> {
        let mut state = Self::empty();
        state.start()?;
        Ok(state)
    }

    /// Makes room, and forgets everything.
    #[inline(never)]
    pub fn start(&mut self) -> Result<(), Full> {
        clear(&mut self.words, WORDS)?;
        self.set(0, MAGIC);
        self.set_rng(Rng::new(42));
        Ok(())
    }

    /// Whether there is no room.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    #[inline(never)]
    fn get(&self, at: usize) -> u64 {
        self.words.get(at).copied().unwrap_or_default()
    }

    #[inline(never)]
    fn set(&mut self, at: usize, value: u64) {
        if let Some(word) = self.words.get_mut(at) {
            *word = value;
        }
    }

    /// Becomes like another one, where there is room.
    #[inline(never)]
    pub fn copy_from(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(to, from)| *to = *from);
    }

    /// The random numbers of the policy.
    #[must_use]
    pub fn rng(&self) -> Rng {
        Rng::new(self.get(1))
    }

    /// Goes on with other random numbers.
    pub fn set_rng(&mut self, rng: Rng) {
        self.set(1, rng.state());
    }

    /// How often it happened.
    #[must_use]
    pub fn counter(&self, counter: Counter) -> u32 {
        (self.get(2 + counter as usize / 2) >> (32 * (counter as u32 & 1))) as u32
    }

    /// It happened `times` more.
    pub fn count(&mut self, counter: Counter, times: u32) {
        let at = 2 + counter as usize / 2;
        let times = times.min(u32::MAX - self.counter(counter));
        self.set(at, self.get(at) + (u64::from(times) << (32 * (counter as u32 & 1))));
    }

    /// What is known of an arm: number `3 * bucket + arm`.
    #[must_use]
    #[inline(never)]
    pub fn arm(&self, number: usize) -> ArmStats<'_> {
        let words = self.words.get(FIRST_ARM + ARM_WORDS * number..).and_then(|words| words.first_chunk());
        ArmStats(words.unwrap_or(&[0; ARM_WORDS]))
    }

    /// The same, to change it.
    pub(super) fn arm_mut(&mut self, number: usize) -> Option<&mut ArmWords> {
        self.words.get_mut(FIRST_ARM + ARM_WORDS * number..).and_then(|words| words.first_chunk_mut())
    }

    /// What was seen of a signature.
    #[must_use]
    pub fn pattern(&self, signature: usize) -> Pattern {
        let word = self.get(FIRST_PATTERN + signature);
        Pattern { observations: word as u32, least_gap: (word >> 32) as u16, compiled: word >> 48 != 0 }
    }

    /// Keeps what was seen of a signature.
    pub fn set_pattern(&mut self, signature: usize, pattern: Pattern) {
        let rest = u32::from(pattern.least_gap) | u32::from(pattern.compiled) << 16;
        self.set(FIRST_PATTERN + signature, join(pattern.observations, rest));
    }

    /// Appends the bytes to save.
    pub fn save(&self, out: &mut Output) {
        for word in &self.words {
            out.push(&word.to_le_bytes());
        }
    }

    /// Becomes the state that was saved; false when the bytes are none, and then it is of no use.
    pub fn load(&mut self, bytes: &[u8]) -> Result<bool, Full> {
        self.start()?;
        for at in 0..WORDS {
            self.set(at, crate::wire::number(bytes, 8 * at, 8));
        }
        Ok(bytes.len() == BYTES
            && self.get(0) == MAGIC
            && self.get(1) != 0
            && (0..ARMS).all(|number| self.arm(number).is_possible())
            && (0..SIGNATURES).all(|signature| {
                let pattern = self.pattern(signature);
                // Only bytes that would be written again.
                let whole = self.get(FIRST_PATTERN + signature) >> 49 == 0;
                whole && pattern.is_possible(signature)
            }))
    }
}
