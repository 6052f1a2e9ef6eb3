//! Decisions on their way into the witness chain.

use super::shake::Shake;
use super::solver::Decision;

/// Hashes decisions, each in 68 bytes: bucket, arm, distance used, steps, and whether it was solved (1),
/// ended early (2), out of budget (4), as u32; then the answer's days as bits.
#[derive(Debug)]
pub(super) struct Log {
    hash: Shake,
    pub(super) decisions: u64,
}

impl Log {
    pub(super) const fn new() -> Self {
        Self { hash: Shake::new(), decisions: 0 }
    }

    pub(super) fn push(&mut self, decision: &Decision) {
        let outcome = &decision.outcome;
        let flags = u32::from(decision.solved)
            | u32::from(outcome.stopped_early) << 1
            | u32::from(outcome.exhausted) << 2;
        let fields =
            [decision.context.bucket() as u32, decision.arm as u32, decision.gap, outcome.steps, flags];
        let mut record = [0u8; 68];
        let (head, days) = record.split_at_mut(20);
        for (to, field) in head.chunks_exact_mut(4).zip(fields) {
            to.copy_from_slice(&field.to_le_bytes());
        }
        for (to, word) in days.chunks_exact_mut(8).zip(outcome.days.words()) {
            to.copy_from_slice(&word.to_le_bytes());
        }
        self.hash.update(&record);
        self.decisions += 1;
    }

    /// The hash of an entry's action: the 25 bytes of the published solver (a letter, a number, accuracy
    /// and cost), then the hash of the decisions.
    pub(super) fn action(self, letter: u8, number: u64, accuracy: f64, cost: f64) -> [u8; 32] {
        let mut hash = Shake::new();
        hash.update(&[letter]);
        for bits in [number, accuracy.to_bits(), cost.to_bits()] {
            hash.update(&bits.to_le_bytes());
        }
        hash.update(&self.hash.finish());
        hash.finish()
    }
}
