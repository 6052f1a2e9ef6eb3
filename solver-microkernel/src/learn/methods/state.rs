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

use super::posterior::Known;
use super::{ARMS, Observation, Signature};
use crate::learn::Full;
use crate::learn::limits::SLOTS;
use crate::lists::{Heap, put, set, word};
use crate::wire::number;
use solver_lists::Vec;

const MAGIC: u64 = u64::from_le_bytes(*b"RVFMETH1");
/// Places of the words before the slots.
const CLOCK: usize = 1;
const COUNT: usize = 2;
const HEAD: usize = 3;
const SLOT: usize = 2 + 3 * ARMS;
const MOST_WORDS: usize = HEAD + SLOT * SLOTS;
/// Bytes of the largest state.
pub const MOST_BYTES: usize = 8 * MOST_WORDS;

/// What was learned: the words as they are saved.
#[derive(Debug, PartialEq, Eq)]
pub struct Methods {
    words: Vec<u64>,
}

impl Methods {
    /// Nothing.
    #[inline(never)]
    pub fn new() -> Result<Self, Full> {
        let mut words = Vec::new();
        if solver_lists::reserve(&mut words, MOST_WORDS) != 0 {
            return Err(Full);
        }
        for first in [MAGIC, 0, 0] {
            put(&mut words, first);
        }
        Ok(Self { words })
    }

    /// Observations taken in so far.
    #[must_use]
    pub fn observations(&self) -> u32 {
        word(&self.words, CLOCK) as u32
    }

    /// The words to save.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    fn slots(&self) -> usize {
        word(&self.words, COUNT) as usize
    }

    /// A word of a slot.
    #[inline(never)]
    fn get(&self, slot: usize, at: usize) -> u64 {
        word(&self.words, HEAD + SLOT * slot + at)
    }

    #[inline(never)]
    fn put(&mut self, slot: usize, at: usize, value: u64) {
        set(&mut self.words, HEAD + SLOT * slot + at, value);
    }

    /// The slot of a signature.
    fn find(&self, signature: Signature) -> Option<usize> {
        (0..self.slots()).find(|slot| self.get(*slot, 0) == signature.word())
    }

    #[inline(never)]
    fn known(&self, slot: usize, arm: usize) -> Known {
        let at = 2 + 3 * arm;
        let counts = self.get(slot, at);
        Known {
            attempts: counts as u32,
            failures: (counts >> 32) as u32,
            mean: f64::from_bits(self.get(slot, at + 1)),
            squares: f64::from_bits(self.get(slot, at + 2)),
        }
    }

    /// What is known of an arm for a signature.
    #[must_use]
    pub fn arm(&self, signature: Signature, arm: usize) -> Known {
        match self.find(signature) {
            Some(slot) if arm < ARMS => self.known(slot, arm),
            _ => Known::default(),
        }
    }

    /// A slot for a new signature: an empty one, or that of the signature not used for longest.
    fn make_room(&mut self, signature: Signature) -> usize {
        let mut slot = self.slots();
        if slot < SLOTS {
            set(&mut self.words, COUNT, slot as u64 + 1);
            for _ in 0..SLOT {
                // Room for all slots was made at the start.
                put(&mut self.words, 0);
            }
        } else {
            slot = 0;
            for other in 1..SLOTS {
                if self.get(other, 1) < self.get(slot, 1) {
                    slot = other;
                }
            }
        }
        for at in 0..SLOT {
            self.put(slot, at, 0);
        }
        self.put(slot, 0, signature.word());
        slot
    }

    /// Moves a slot to where its signature belongs.
    fn settle(&mut self, mut slot: usize) -> usize {
        let len = self.slots();
        let mut slots = Heap { words: self.words.get_mut(HEAD..).unwrap_or_default(), wide: SLOT, len };
        let is_less = |slots: &Heap<'_>, a, b| word(slots.words, SLOT * a) < word(slots.words, SLOT * b);
        while slot > 0 && is_less(&slots, slot, slot - 1) {
            slots.swap(slot, slot - 1);
            slot -= 1;
        }
        while slot + 1 < len && is_less(&slots, slot + 1, slot) {
            slots.swap(slot, slot + 1);
            slot += 1;
        }
        slot
    }

    /// Learns from an attempt. The signature not used for longest makes room for a new one.
    #[inline(never)]
    pub fn observe(&mut self, observation: &Observation) {
        let signature = observation.signature;
        let slot = match self.find(signature) {
            Some(slot) => slot,
            None => {
                let slot = self.make_room(signature);
                self.settle(slot)
            }
        };
        let clock = self.observations().saturating_add(1).into();
        set(&mut self.words, CLOCK, clock);
        self.put(slot, 1, clock);
        let arm = observation.arm.min(ARMS - 1);
        let mut known = self.known(slot, arm);
        known.observe(observation.cost, observation.solved);
        let at = 2 + 3 * arm;
        self.put(slot, at, u64::from(known.attempts) | u64::from(known.failures) << 32);
        self.put(slot, at + 1, known.mean.to_bits());
        self.put(slot, at + 2, known.squares.to_bits());
    }

    /// The state of bytes that were saved; `None` when they are none.
    #[inline(never)]
    pub fn load(bytes: &[u8]) -> Result<Option<Self>, Full> {
        let mut methods = Self::new()?;
        let slots = number(bytes, 8 * COUNT, 8);
        let clock = number(bytes, 8 * CLOCK, 8);
        let whole = slots <= SLOTS as u64 && bytes.len() == 8 * (HEAD + SLOT * slots as usize);
        if number(bytes, 0, 8) != MAGIC || !whole || clock > u32::MAX.into() {
            return Ok(None);
        }
        methods.words.clear();
        for at in 0..bytes.len() / 8 {
            put(&mut methods.words, number(bytes, 8 * at, 8));
        }
        let mut before = 0;
        for slot in 0..methods.slots() {
            let signature = methods.get(slot, 0);
            let arms = (0..ARMS).all(|arm| methods.known(slot, arm).is_possible());
            if signature <= before || methods.get(slot, 1) > clock || !arms {
                return Ok(None);
            }
            before = signature;
        }
        Ok(Some(methods))
    }
}
