//! Decisions on their way into the witness chain.

use super::shake::Shake;
use super::solver::Decision;

/// Hashes decisions, each in 12 bytes: bucket u8, arm u8, whether it was solved (1), ended early (2), out
/// of budget (4) as u8, 0, distance used u16, days found u16, steps u32.
#[derive(Debug)]
pub struct Log {
    hash: Shake,
    /// How many.
    pub decisions: u64,
}

impl Default for Log {
    fn default() -> Self {
        Self::new()
    }
}

impl Log {
    /// No decision.
    #[must_use]
    pub const fn new() -> Self {
        Self { hash: Shake::new(), decisions: 0 }
    }

    /// One more.
    #[inline(never)]
    pub fn push(&mut self, decision: &Decision) {
        let outcome = &decision.outcome;
        let flags = u32::from(decision.solved)
            | u32::from(outcome.stopped_early) << 1
            | u32::from(outcome.exhausted) << 2;
        for field in [
            decision.context.bucket() as u32 | (decision.arm as u32) << 8 | flags << 16,
            decision.gap | outcome.days.count() << 16,
            outcome.steps,
        ] {
            self.hash.update(&field.to_le_bytes());
        }
        self.decisions += 1;
    }

    /// The hash of an entry's action: the 25 bytes of the published solver (a letter, a number, accuracy
    /// and cost), then the hash of the decisions.
    pub fn action(&mut self, letter: u8, number: u64, accuracy: f64, cost: f64) -> [u8; 32] {
        let mut hash = Shake::new();
        hash.update(&[letter]);
        for bits in [number, accuracy.to_bits(), cost.to_bits()] {
            hash.update(&bits.to_le_bytes());
        }
        hash.update(&self.hash.finish());
        hash.finish()
    }
}
