//! Which of several methods to use for a problem, by Thompson sampling on what they cost before.
//!
//! Problems are told apart by a [`Signature`]; each has a slot, and the 64 used last are kept. What is
//! learned is the logarithm of the cost, counted in work that depends on the problem alone and never on the
//! machine, so learning can be replayed bit for bit. [`posterior`] has the mathematics, [`state`] the bytes.
//!
//! Correctness never depends on a choice: every method's answer is checked in the same way. Nor does the
//! cost beyond a factor: an arm that is tried is given up at [`RACE`](super::limits::RACE) times the mean
//! cost of the best arm known, which is then run, so the worst is that factor more than the best arm costs.

pub mod posterior;
pub mod state;

pub use state::Methods;

use super::limits::RACE;
use super::rng::Rng;

/// Arms of the duty that has most.
pub const ARMS: usize = 4;

/// What kind of problem it is; zero only where none is known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature(u64);
solver_lists::blank!(Signature { 0 });

impl Signature {
    /// The signature of a duty (1..=255) and up to seven features, each cut to a byte: numbers that are
    /// alike for problems that should be solved alike.
    #[must_use]
    pub fn new(duty: u8, features: &[i32]) -> Self {
        let rest = features.iter().take(7).rev().fold(0, |rest, feature| Self::behind(rest, *feature));
        Self::of(duty, rest)
    }

    /// The signature of a duty in front of features.
    #[must_use]
    pub const fn of(duty: u8, features: u64) -> Self {
        Self(features << 8 | if duty == 0 { 1 } else { duty as u64 })
    }

    /// Features that come behind one more, in front of them.
    #[must_use]
    #[inline(never)]
    pub fn behind(features: u64, first: i32) -> u64 {
        features << 8 | (first.clamp(-128, 127) + 128) as u64
    }

    /// The signature as it is saved.
    #[must_use]
    pub const fn word(self) -> u64 {
        self.0
    }
}

/// What is tried, and when to give it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The arm.
    pub arm: usize,
    /// Cost after which it is given up for `fallback`; `None` when it is the best arm known, or
    /// none is.
    pub cap: Option<u64>,
    /// The best arm known.
    pub fallback: usize,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The problem.
    pub signature: Signature,
    /// The arm.
    pub arm: usize,
    /// It gave the answer: it was neither given up nor failed.
    pub solved: bool,
    /// What it cost.
    pub cost: u64,
}

/// Words of an observation as a list of numbers.
pub const OBSERVATION_WORDS: usize = 3;

impl Observation {
    /// Signature, arm + 256 if solved, cost.
    #[must_use]
    pub const fn words(&self) -> [u64; OBSERVATION_WORDS] {
        [self.signature.word(), self.arm as u64 | (self.solved as u64) << 8, self.cost]
    }
}

impl Methods {
    /// Draws an arm for a problem. `expected` has a guess of the cost of each arm that there is, at most
    /// [`ARMS`], from a model, which weighs as much as a hundredth of an observation.
    #[must_use]
    pub fn choose(&self, signature: Signature, expected: &[f64], rng: &mut Rng) -> Choice {
        let slot = self.place(signature);
        let (mut arm, mut least) = (0, f64::INFINITY);
        let (mut fallback, mut least_mean, mut tried) = (0, f64::INFINITY, false);
        for (place, expected) in expected.iter().enumerate() {
            let posterior = self.posterior(slot, place, *expected);
            let sample = posterior.sample(rng);
            if sample < least {
                (arm, least) = (place, sample);
            }
            // The best arm known is one that was tried, if there is one.
            let mean = posterior.mean();
            let solved = posterior.solved > 0.0;
            if if solved == tried { mean < least_mean } else { solved } {
                (fallback, least_mean, tried) = (place, mean, solved);
            }
        }
        let cap = (tried && arm != fallback).then(|| (RACE * crate::sparse::exp(least_mean)) as u64);
        Choice { arm, cap, fallback }
    }
}
