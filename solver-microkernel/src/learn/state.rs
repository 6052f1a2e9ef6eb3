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
use super::policy::ArmStats;
use super::rng::Rng;
use super::{Full, filled};
use crate::temporal::context::BUCKETS;
use alloc::vec::Vec;

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

impl Counter {
    /// Two share a word.
    const fn is_low(self) -> bool {
        matches!(self, Self::SecondAttempts | Self::EarlyCommits)
    }
}

/// What was learned.
#[derive(Debug, PartialEq, Eq)]
pub struct State {
    words: Vec<u64>,
}

const fn halves(word: u64) -> (u32, u32) {
    (word as u32, (word >> 32) as u32)
}

const fn join(low: u32, high: u32) -> u64 {
    low as u64 | (high as u64) << 32
}

impl State {
    /// Nothing.
    pub fn new() -> Result<Self, Full> {
        let mut state = Self { words: filled(0, WORDS)? };
        state.set(0, MAGIC);
        state.set_rng(Rng::new(42));
        Ok(state)
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

    /// Becomes like another one.
    #[inline(never)]
    pub fn copy_from(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(to, from)| *to = *from);
    }

    /// A copy.
    pub fn try_clone(&self) -> Result<Self, Full> {
        let mut copy = Self::new()?;
        copy.copy_from(self);
        Ok(copy)
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
        let (low, high) = halves(self.get(2 + counter as usize / 2));
        if counter.is_low() { low } else { high }
    }

    /// It happened `times` more.
    pub fn count(&mut self, counter: Counter, times: u32) {
        let at = 2 + counter as usize / 2;
        let (low, high) = halves(self.get(at));
        let word = if counter.is_low() {
            join(low.saturating_add(times), high)
        } else {
            join(low, high.saturating_add(times))
        };
        self.set(at, word);
    }

    /// What is known of an arm: number `3 * bucket + arm`.
    #[must_use]
    pub fn arm(&self, number: usize) -> ArmStats {
        let word = |place: usize| self.get(FIRST_ARM + ARM_WORDS * number + place);
        let (attempts, successes) = halves(word(0));
        ArmStats {
            attempts,
            successes,
            total_steps: word(1),
            alpha: f64::from_bits(word(2)),
            beta: f64::from_bits(word(3)),
            cost_average: f64::from_bits(word(4)),
            early_wrong: word(5),
            early_penalty: f64::from_bits(word(6)),
        }
    }

    /// Keeps what is known of an arm.
    pub fn set_arm(&mut self, number: usize, arm: &ArmStats) {
        let words = [
            join(arm.attempts, arm.successes),
            arm.total_steps,
            arm.alpha.to_bits(),
            arm.beta.to_bits(),
            arm.cost_average.to_bits(),
            arm.early_wrong,
            arm.early_penalty.to_bits(),
        ];
        for (place, word) in words.into_iter().enumerate() {
            self.set(FIRST_ARM + ARM_WORDS * number + place, word);
        }
    }

    /// What was seen of a signature.
    #[must_use]
    pub fn pattern(&self, signature: usize) -> Pattern {
        let (observations, rest) = halves(self.get(FIRST_PATTERN + signature));
        Pattern { observations, least_gap: rest as u16, compiled: rest >> 16 != 0 }
    }

    /// Keeps what was seen of a signature.
    pub fn set_pattern(&mut self, signature: usize, pattern: Pattern) {
        let rest = u32::from(pattern.least_gap) | u32::from(pattern.compiled) << 16;
        self.set(FIRST_PATTERN + signature, join(pattern.observations, rest));
    }

    /// The bytes to save.
    pub fn save(&self) -> Result<Vec<u8>, Full> {
        let mut bytes = filled(0, BYTES)?;
        for (to, word) in bytes.chunks_exact_mut(8).zip(&self.words) {
            to.copy_from_slice(&word.to_le_bytes());
        }
        Ok(bytes)
    }

    /// The state that was saved; `None` when the bytes are none.
    pub fn load(bytes: &[u8]) -> Result<Option<Self>, Full> {
        let mut state = Self::new()?;
        for at in 0..WORDS {
            state.set(at, crate::wire::number(bytes, 8 * at, 8));
        }
        let possible = bytes.len() == BYTES
            && state.get(0) == MAGIC
            && state.get(1) != 0
            && (0..ARMS).all(|number| state.arm(number).is_possible())
            && (0..SIGNATURES).all(|signature| {
                let pattern = state.pattern(signature);
                // Only bytes that would be written again.
                let whole = state.get(FIRST_PATTERN + signature) >> 49 == 0;
                whole && pattern.is_possible(signature)
            });
        Ok(Some(state).filter(|_| possible))
    }
}
