//! What a solver of puzzles learned, as bytes: saved in a file, it goes on from there.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 8 | `RVFPUZZ1` |
//! | 8 | 8 | state of the policy's random numbers, not 0 |
//! | 16 | 4 x 4 | second attempts, second attempts that were cheaper, searches ended early, refuted proposals |
//! | 32 | 54 x 56 | by bucket, by arm: attempts u32, successes u32, steps u64, alpha f64, beta f64, average cost f64, early mistakes u32, 0 u32, their penalty f64 |
//! | 3056 | 4 + 4 | patterns n, 0 |
//! | 3064 | 12 n | ascending signature u16, compiled u16 (0 or 1), least distance seen u32, observations u32 |
//!
//! The compiled distances themselves are not in it: they come from the calendar, so that no file can
//! make a search give a wrong answer.

use super::Full;
use super::knowledge::Saved;
use super::policy::ArmStats;
use super::rng::Rng;
use super::solver::Solver;
use crate::wire::number;
use alloc::vec::Vec;

const MAGIC: u64 = u64::from_le_bytes(*b"RVFPUZZ1");
const HEAD: usize = 32;
const ARM: usize = 56;
const ARMS: usize = 54 * ARM;
const PATTERN: usize = 12;

/// Why bytes are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// They are no state.
    Invalid,
    /// There is no memory for it.
    Full,
}

impl From<Full> for Refused {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

/// The bytes of a state.
pub fn save(state: &Solver) -> Result<Vec<u8>, Full> {
    let saved = state.knowledge.saved();
    let len = HEAD + ARMS + 8 + PATTERN * saved.clone().count();
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len).map_err(|_| Full)?;
    let mut put = |value: u64, len: usize| bytes.extend(value.to_le_bytes().into_iter().take(len));
    let policy = &state.policy;
    put(MAGIC, 8);
    put(policy.rng.state(), 8);
    for count in
        [policy.speculative_attempts, policy.second_wins, policy.early_commits, state.knowledge.refuted]
    {
        put(count.into(), 4);
    }
    for arm in policy.stats().iter().flatten() {
        put(arm.attempts.into(), 4);
        put(arm.successes.into(), 4);
        put(arm.total_steps, 8);
        put(arm.alpha.to_bits(), 8);
        put(arm.beta.to_bits(), 8);
        put(arm.cost_average.to_bits(), 8);
        put(arm.early_wrong.into(), 8);
        put(arm.early_penalty.to_bits(), 8);
    }
    put(saved.clone().count() as u64, 8);
    for pattern in saved {
        put(pattern.signature.into(), 2);
        put(pattern.compiled.into(), 2);
        put(pattern.least_gap.into(), 4);
        put(pattern.observations.into(), 4);
    }
    Ok(bytes)
}

/// The state of bytes of [`save`].
pub fn load(bytes: &[u8]) -> Result<Solver, Refused> {
    let at = |at: usize, len: usize| number(bytes, at, len);
    let word = |place: usize| at(place, 4) as u32;
    let patterns = at(HEAD + ARMS, 8);
    let whole = (bytes.len() as u64).checked_sub((HEAD + ARMS + 8) as u64);
    if at(0, 8) != MAGIC || at(8, 8) == 0 || whole != patterns.checked_mul(PATTERN as u64) {
        return Err(Refused::Invalid);
    }
    let mut state = Solver::new()?;
    let policy = &mut state.policy;
    policy.rng = Rng::new(at(8, 8));
    policy.speculative_attempts = word(16);
    policy.second_wins = word(20);
    policy.early_commits = word(24);
    state.knowledge.refuted = word(28);
    for (place, arm) in policy.stats_mut().iter_mut().flatten().enumerate() {
        let start = HEAD + ARM * place;
        let float = |place: usize| f64::from_bits(at(start + place, 8));
        *arm = ArmStats {
            attempts: word(start),
            successes: word(start + 4),
            total_steps: at(start + 8, 8),
            alpha: float(16),
            beta: float(24),
            cost_average: float(32),
            early_wrong: word(start + 40),
            early_penalty: float(48),
        };
        if at(start + 44, 4) != 0 || !arm.is_possible() {
            return Err(Refused::Invalid);
        }
    }
    let mut least = 0;
    for place in 0..patterns as usize {
        let start = HEAD + ARMS + 8 + PATTERN * place;
        let saved = Saved {
            signature: at(start, 2) as u16,
            compiled: at(start + 2, 2) as u16,
            least_gap: word(start + 4),
            observations: word(start + 8),
        };
        if saved.signature < least || !state.knowledge.restore(saved)? {
            return Err(Refused::Invalid);
        }
        least = saved.signature + 1;
    }
    Ok(state)
}
