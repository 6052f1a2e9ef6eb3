//! What a solver of puzzles learned: one block of bytes, which is also how it is saved in a file.
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

use super::knowledge::{self, SIGNATURES};
use super::policy;
use super::rng::Rng;
use crate::temporal::context::BUCKETS;

const MAGIC: u64 = u64::from_le_bytes(*b"RVFPUZZ1");
/// Arms of all buckets.
pub const ARMS: usize = 3 * BUCKETS;
const FIRST_ARM: usize = 4;
/// Words of an arm.
pub const ARM_WORDS: usize = 7;
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

/// What was learned: its words, each little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State([[u8; 8]; WORDS]);

impl State {
    /// Zeros, which are no state yet.
    pub(super) const ZEROS: Self = Self([[0; 8]; WORDS]);

    /// A state that learned nothing.
    #[must_use]
    pub fn new() -> Self {
        let mut state = Self::ZEROS;
        state.start();
        state
    }

    /// Zeros become a state that learned nothing.
    pub(super) fn start(&mut self) {
        if self.get(0) == 0 {
            self.set(0, MAGIC);
            self.set_rng(Rng::new(42));
        }
    }

    /// What is saved.
    #[must_use]
    pub const fn bytes(&self) -> &[u8] {
        self.0.as_flattened()
    }

    /// A word; zero behind the last.
    #[must_use]
    #[inline(never)]
    pub(super) fn get(&self, at: usize) -> u64 {
        self.0.get(at).map_or(0, |word| u64::from_le_bytes(*word))
    }

    #[inline(never)]
    pub(super) fn set(&mut self, at: usize, value: u64) {
        if let Some(word) = self.0.get_mut(at) {
            *word = value.to_le_bytes();
        }
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

    /// It happened once more, if it did.
    #[inline(never)]
    pub fn count(&mut self, counter: Counter, happened: bool) {
        if happened && self.counter(counter) < u32::MAX {
            let at = 2 + counter as usize / 2;
            self.set(at, self.get(at) + (1 << (32 * (counter as u32 & 1))));
        }
    }

    /// The place of the first word of an arm: number `3 * bucket + arm`.
    #[must_use]
    pub(super) const fn arm(number: usize) -> usize {
        FIRST_ARM + ARM_WORDS * number
    }

    /// The place of what was seen of a signature.
    #[must_use]
    pub(super) const fn pattern(signature: usize) -> usize {
        FIRST_PATTERN + signature
    }

    /// Becomes the state that was saved as these bytes; false when they are none.
    #[must_use]
    pub fn load(&mut self, bytes: &[u8]) -> bool {
        if bytes.len() != BYTES {
            return false;
        }
        self.0.as_flattened_mut().copy_from_slice(bytes);
        self.get(0) == MAGIC
            && self.get(1) != 0
            && (0..ARMS).all(|number| policy::is_possible(self, Self::arm(number)))
            && (0..SIGNATURES).all(|signature| knowledge::is_possible(self, signature))
    }
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}
