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
use crate::wire::number;
use alloc::vec::Vec;

const MAGIC: u64 = u64::from_le_bytes(*b"RVFMETH1");
const HEAD: usize = 3;
const SLOT: usize = 2 + 3 * ARMS;
/// Bytes of the largest state.
pub const MOST_BYTES: usize = 8 * (HEAD + SLOT * SLOTS);

/// What was learned.
#[derive(Debug, PartialEq, Eq)]
pub struct Methods {
    clock: u32,
    /// Whole slots.
    words: Vec<u64>,
}

impl Methods {
    /// Nothing.
    pub fn new() -> Result<Self, Full> {
        let mut words = Vec::new();
        words.try_reserve_exact(SLOTS * SLOT).map_err(|_| Full)?;
        Ok(Self { clock: 0, words })
    }

    /// Observations taken in so far.
    #[must_use]
    pub const fn observations(&self) -> u32 {
        self.clock
    }

    fn get(&self, at: usize) -> u64 {
        self.words.get(at).copied().unwrap_or_default()
    }

    fn put(&mut self, at: usize, value: u64) {
        if let Some(word) = self.words.get_mut(at) {
            *word = value;
        }
    }

    /// Where the slot of a signature is, or would be.
    fn find(&self, signature: Signature) -> (usize, bool) {
        for (place, slot) in self.words.chunks_exact(SLOT).enumerate() {
            match slot.first() {
                Some(word) if *word >= signature.word() => return (place * SLOT, *word == signature.word()),
                _ => {}
            }
        }
        (self.words.len(), false)
    }

    fn known(&self, at: usize) -> Known {
        let counts = self.get(at);
        Known {
            attempts: counts as u32,
            failures: (counts >> 32) as u32,
            mean: f64::from_bits(self.get(at + 1)),
            squares: f64::from_bits(self.get(at + 2)),
        }
    }

    /// What is known of an arm for a signature.
    #[must_use]
    pub fn arm(&self, signature: Signature, arm: usize) -> Known {
        match self.find(signature) {
            (at, true) if arm < ARMS => self.known(at + 2 + 3 * arm),
            _ => Known::default(),
        }
    }

    /// Learns from an attempt. The signature not used for longest makes room for a new one.
    pub fn observe(&mut self, observation: &Observation) {
        let (mut at, mut there) = self.find(observation.signature);
        if !there && self.words.len() >= SLOTS * SLOT {
            let mut oldest = (0, u64::MAX);
            for place in (0..self.words.len()).step_by(SLOT) {
                let used = self.get(place + 1);
                if used < oldest.1 {
                    oldest = (place, used);
                }
            }
            self.words.drain(oldest.0..oldest.0 + SLOT);
            (at, there) = self.find(observation.signature);
        }
        if !there {
            // Room for all slots was made at the start.
            let end = self.words.len();
            self.words.resize(end + SLOT, 0);
            self.words.copy_within(at..end, at + SLOT);
            for place in at..at + SLOT {
                self.put(place, 0);
            }
            self.put(at, observation.signature.word());
        }
        self.clock = self.clock.saturating_add(1);
        self.put(at + 1, self.clock.into());
        let at = at + 2 + 3 * observation.arm.min(ARMS - 1);
        let mut known = self.known(at);
        known.observe(observation.cost, observation.solved);
        self.put(at, u64::from(known.attempts) | u64::from(known.failures) << 32);
        self.put(at + 1, known.mean.to_bits());
        self.put(at + 2, known.squares.to_bits());
    }

    /// The words to save.
    pub fn save(&self) -> Result<Vec<u64>, Full> {
        let mut saved = Vec::new();
        saved.try_reserve_exact(HEAD + self.words.len()).map_err(|_| Full)?;
        saved.extend([MAGIC, self.clock.into(), (self.words.len() / SLOT) as u64]);
        saved.extend_from_slice(&self.words);
        Ok(saved)
    }

    /// The state of bytes that were saved; `None` when they are none.
    pub fn load(bytes: &[u8]) -> Result<Option<Self>, Full> {
        let mut methods = Self::new()?;
        let slots = number(bytes, 16, 8);
        let clock = number(bytes, 8, 8);
        let whole = slots <= SLOTS as u64 && bytes.len() == 8 * (HEAD + SLOT * slots as usize);
        if number(bytes, 0, 8) != MAGIC || !whole || clock > u32::MAX.into() {
            return Ok(None);
        }
        methods.clock = clock as u32;
        methods.words.extend((HEAD..HEAD + SLOT * slots as usize).map(|at| number(bytes, 8 * at, 8)));
        let mut before = 0;
        for at in (0..methods.words.len()).step_by(SLOT) {
            let signature = methods.get(at);
            let arms = (0..ARMS).all(|arm| methods.known(at + 2 + 3 * arm).is_possible());
            if signature <= before || methods.get(at + 1) > clock || !arms {
                return Ok(None);
            }
            before = signature;
        }
        Ok(Some(methods))
    }
}
