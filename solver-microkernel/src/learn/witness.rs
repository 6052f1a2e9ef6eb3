//! A witness chain: entries of 73 bytes that each hold the hash of the one before.
//!
//! The layout is that of WITNESS_SEG (docs/format.md): previous hash (32), hash of the action (32),
//! timestamp u64, kind u8, with SHAKE-256 for both hashes and zeros before the first entry.

use super::output::bytes;
use super::shake::Shake;
use super::solver::Solver;
use solver_lists::Vec;

/// Bytes of an entry.
pub const ENTRY: usize = 73;
/// The kind of entries that record a computation, as the published solver numbers it.
const COMPUTATION: u64 = 2;

/// Decisions on their way into a chain.
#[derive(Debug, Default)]
pub struct Log {
    hash: Shake,
    /// How many there ever were.
    pub decisions: u64,
}

impl Solver {
    /// Takes the last decision into the log, in 12 bytes: bucket u8, arm u8, whether it was solved (1), ended early
    /// (2), out of budget (4) as u8, 0, distance used u16, days found u16, steps u32.
    #[inline(never)]
    pub fn note(&mut self) {
        let (outcome, hash) = (&self.outcome, &mut self.log.hash);
        let flags = u32::from(self.solved)
            | u32::from(outcome.stopped_early) << 1
            | u32::from(outcome.exhausted) << 2;
        let choice = self.context.bucket() as u32 | (self.arm as u32) << 8 | flags << 16;
        hash.number(choice.into(), 4);
        hash.number((self.gap | outcome.days.count() << 16).into(), 4);
        hash.number(outcome.steps.into(), 4);
        self.log.decisions += 1;
    }
}

/// Appends whole numbers, the lowest bytes first.
#[inline(never)]
fn numbers(chain: &mut Vec<u8>, values: &[u64]) {
    for value in values {
        bytes(chain, *value, 8);
    }
}

impl Log {
    /// No decision.
    #[must_use]
    pub const fn new() -> Self {
        Self { hash: Shake::new(), decisions: 0 }
    }

    /// Appends an entry to a chain, for which there is room, and starts anew. Its timestamp is its number from 0
    /// on: there is no clock. What is hashed are the 25 bytes of the published solver (a letter, a number, the
    /// bits of accuracy and cost), then the hash of the decisions.
    #[inline(never)]
    pub fn seal(&mut self, chain: &mut Vec<u8>, action: [u64; 4]) {
        let [letter, rest @ ..] = action;
        let mut hash = Shake::new();
        hash.number(letter, 1);
        hash.numbers(&rest);
        self.hash.finish();
        hash.numbers(self.hash.output());
        hash.finish();
        self.hash = Shake::new();
        if let Some(entry) = chain.get(chain.len().wrapping_sub(ENTRY)..) {
            self.hash.update(entry);
            self.hash.finish();
        }
        let number = chain.len() / ENTRY;
        numbers(chain, self.hash.output());
        numbers(chain, hash.output());
        bytes(chain, number as u64, 8);
        self.hash = Shake::new();
        bytes(chain, COMPUTATION, 1);
    }
}
