//! What was learned of methods, as one block of words: in memory, and in a file.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 8 | `RVFMETH1` |
//! | 8 | 4 + 4 | observations taken in (the clock), 0 |
//! | 16 | 8 | slots n, at most 64 |
//! | 24 | 112 n | slots, ascending by signature |
//!
//! A slot: signature u64, clock of its last use u64, then four times {attempts u32, failures u32, mean
//! f64, sum of squared deviations f64} of the logarithm of the cost. All little-endian.

use super::posterior::{self, Posterior, WORDS, is_possible};
use super::{ARMS, OBSERVATION_WORDS, Observation, Signature};
use crate::learn::Full;
use crate::learn::limits::SLOTS;
use crate::learn::{set, word};
use crate::lists::Heap;
use crate::wire::number;
use solver_lists::Vec;

const MAGIC: u64 = u64::from_le_bytes(*b"RVFMETH1");
/// Places of the words before the slots.
const CLOCK: usize = 1;
const COUNT: usize = 2;
const HEAD: usize = 3;
/// Place of the number of the observation that used a slot last, and of the arms.
const LAST: usize = 1;
/// See [`LAST`].
const ARM: usize = 2;
const SLOT: usize = ARM + WORDS * ARMS;
const MOST_WORDS: usize = HEAD + SLOT * SLOTS;
/// Bytes of the largest state.
pub const MOST_BYTES: usize = 8 * MOST_WORDS;

/// What was learned: the words as they are saved, and zeros for the slots that are not used yet. No words: nothing
/// was, and there is no room for it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Methods {
    words: Vec<u64>,
}
solver_lists::blank!(Methods { words });

impl Methods {
    /// Nothing learned yet.
    pub fn new() -> Result<Self, Full> {
        let mut methods = Self::default();
        methods.start()?;
        Ok(methods)
    }

    /// Makes room, and forgets everything.
    #[inline(never)]
    pub fn start(&mut self) -> Result<(), Full> {
        self.words.clear();
        if solver_lists::extend(&mut self.words, 0, MOST_WORDS) != 0 {
            return Err(Full);
        }
        set(&mut self.words, 0, MAGIC);
        Ok(())
    }

    /// Whether there is no room.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Observations taken in so far.
    #[must_use]
    pub fn observations(&self) -> u32 {
        word(&self.words, CLOCK) as u32
    }

    /// The words to save.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        self.words.get(..HEAD + SLOT * self.slots()).unwrap_or_default()
    }

    /// Slots in use.
    fn slots(&self) -> usize {
        word(&self.words, COUNT) as usize
    }

    /// The place of the slot of a signature, or else of the one that was not used for longest: of none at all, as
    /// long as there are such.
    #[inline(never)]
    fn find(&self, signature: u64) -> usize {
        let mut oldest = HEAD;
        for slot in 0..SLOTS {
            let at = HEAD + SLOT * slot;
            if word(&self.words, at) == signature {
                return at;
            }
            if word(&self.words, at + LAST) < word(&self.words, oldest + LAST) {
                oldest = at;
            }
        }
        oldest
    }

    /// The place of the slot of a signature; behind the last for one that has none, where all is zero.
    pub(super) fn place(&self, signature: Signature) -> usize {
        let slot = self.find(signature.word());
        if word(&self.words, slot) == signature.word() { slot } else { MOST_WORDS }
    }

    /// What is known of an arm, by the [place](Self::place) of a slot.
    pub(super) fn posterior(&self, slot: usize, arm: usize, expected: f64) -> Posterior {
        Posterior::new(&self.words, slot + ARM + WORDS * arm, expected)
    }

    /// Attempts of an arm for a signature.
    #[must_use]
    pub fn attempts(&self, signature: Signature, arm: usize) -> u32 {
        word(&self.words, self.place(signature) + ARM + WORDS * arm.min(ARMS - 1)) as u32
    }

    /// Learns from an attempt.
    pub fn observe(&mut self, observation: &Observation) {
        let known = self.take(&observation.words());
        debug_assert!(known, "an observation that was made");
    }

    /// Learns from the [words](Observation::words) of an attempt; false when they are none. The signature not used
    /// for longest makes room for a new one.
    #[inline(never)]
    pub fn take(&mut self, [signature, arm, cost]: &[u64; OBSERVATION_WORDS]) -> bool {
        let (signature, solved, number) = (*signature, arm >> 8, arm & 255);
        if signature == 0 || solved > 1 || number >= ARMS as u64 {
            return false;
        }
        let mut slot = self.find(signature);
        let before = word(&self.words, slot);
        if before != signature {
            let len = self.slots() + usize::from(before == 0);
            set(&mut self.words, COUNT, len as u64);
            for at in 0..SLOT {
                set(&mut self.words, slot + at, 0);
            }
            set(&mut self.words, slot, signature);
            Heap { words: self.words.get_mut(HEAD..).unwrap_or_default(), wide: SLOT, len }.sort();
            slot = self.find(signature);
        }
        let clock = self.observations().saturating_add(1).into();
        set(&mut self.words, CLOCK, clock);
        set(&mut self.words, slot + LAST, clock);
        let at = slot + ARM + WORDS * number as usize;
        posterior::observe(&mut self.words, at, *cost, solved == 1);
        true
    }

    /// Becomes the state of bytes that were saved; false when they are none, and then nothing is known.
    #[inline(never)]
    pub fn load(&mut self, bytes: &[u8]) -> Result<bool, Full> {
        self.start()?;
        for at in 0..(bytes.len() / 8).min(MOST_WORDS) {
            set(&mut self.words, at, number(bytes, 8 * at, 8));
        }
        let clock = word(&self.words, CLOCK);
        let slots = word(&self.words, COUNT);
        let whole = slots <= SLOTS as u64 && bytes.len() == 8 * (HEAD + SLOT * slots as usize);
        if word(&self.words, 0) != MAGIC || !whole || clock > u32::MAX.into() {
            return Ok(false);
        }
        let mut before = 0;
        for slot in 0..self.slots() {
            let slot = HEAD + SLOT * slot;
            let signature = word(&self.words, slot);
            // A slot is there because it was used once.
            let fits = signature > before && (1..=clock).contains(&word(&self.words, slot + LAST));
            if !fits || !(0..ARMS).all(|arm| is_possible(&self.words, slot + ARM + WORDS * arm)) {
                return Ok(false);
            }
            before = signature;
        }
        Ok(true)
    }
}
