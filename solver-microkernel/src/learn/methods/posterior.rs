//! What is known of an arm: a normal-inverse-gamma posterior of the logarithm of its cost, and a Beta
//! posterior of its success.
//!
//! With prior mean m (of the cost model), weights k = 0.01 and a = 1.5 and b = 0.02 (a hundredth of an observation;
//! costs of a kind that spread by about a fifth), and n observations of mean x and sum of squared deviations S
//! (Murphy, "Conjugate Bayesian analysis of the Gaussian distribution", 2007, section 6):
//!
//! `k' = k + n`, `m' = (k m + n x) / k'`, `a' = a + n/2`, `b' = b + S/2 + k n (x - m)^2 / (2 k')`.
//!
//! A sample is s^2 = b' / Gamma(a'), then Normal(m', s^2 / k'). Success starts as Beta(20, 1): methods seldom
//! fail, and a wider prior would be noise in the choice between two that never did.

use super::super::beta::{beta, gamma, normal};
use super::super::rng::Rng;
use crate::learn::{set, word};

const PRIOR_WEIGHT: f64 = 0.01;
const PRIOR_SHAPE: f64 = 1.5;
const PRIOR_SCALE: f64 = 0.02;
const PRIOR_SUCCESSES: f64 = 20.0;

/// Words of what is known of an arm: attempts u32 and those given up or failed u32, mean of the logarithms of
/// their costs f64, sum of squared deviations from it f64.
pub(super) const WORDS: usize = 3;

/// The words of an arm, which begin at `at`, as numbers: attempts, failures, mean and squares.
#[inline(always)]
fn known(words: &[u64], at: usize) -> (u32, u32, f64, f64) {
    let counts = word(words, at);
    let (mean, squares) = (word(words, at + 1), word(words, at + 2));
    (counts as u32, (counts >> 32) as u32, f64::from_bits(mean), f64::from_bits(squares))
}

/// Takes in an attempt (Welford, Technometrics 4, 1962).
pub(super) fn observe(words: &mut [u64], at: usize, cost: u64, solved: bool) {
    let (attempts, failures, mean, squares) = known(words, at);
    let attempts = attempts.saturating_add(1);
    let failures = failures.saturating_add(u32::from(!solved));
    let cost = libm::log(cost.max(1) as f64);
    let apart = cost - mean;
    let mean = mean + apart / f64::from(attempts);
    let squares = squares + apart * (cost - mean);
    set(words, at, u64::from(attempts) | u64::from(failures) << 32);
    set(words, at + 1, mean.to_bits());
    set(words, at + 2, squares.to_bits());
}

/// Whether attempts can have led to these words.
pub(super) fn is_possible(words: &[u64], at: usize) -> bool {
    let (attempts, failures, mean, squares) = known(words, at);
    // The logarithm of the greatest u64 is less than 45; deviations are at most half of that.
    let most = 45.0 * 45.0 * (f64::from(attempts) + 1.0);
    failures <= attempts
        && (0.0..45.0).contains(&mean)
        && (0.0..=most).contains(&squares)
        && (attempts > 0 || (mean == 0.0 && squares == 0.0))
}

/// The posterior.
#[derive(Clone, Copy, Debug)]
pub(super) struct Posterior {
    weight: f64,
    mean: f64,
    shape: f64,
    scale: f64,
    pub(super) solved: f64,
    failed: f64,
}

impl Posterior {
    /// Of the arm whose words begin at `at`; `expected` is the guess of the cost model.
    pub(super) fn new(words: &[u64], at: usize, expected: f64) -> Self {
        let (attempts, failures, mean, squares) = known(words, at);
        let prior = libm::log(expected.clamp(1.0, 1e18));
        let n = f64::from(attempts);
        let failed = f64::from(failures);
        let weight = PRIOR_WEIGHT + n;
        let apart = mean - prior;
        Self {
            weight,
            mean: (PRIOR_WEIGHT * prior + n * mean) / weight,
            shape: PRIOR_SHAPE + 0.5 * n,
            scale: PRIOR_SCALE + 0.5 * (squares + PRIOR_WEIGHT * n / weight * apart * apart),
            solved: n - failed,
            failed,
        }
    }

    /// Mean logarithm of the cost until it is solved.
    pub(super) fn mean(&self) -> f64 {
        self.mean
            - libm::log((self.solved + PRIOR_SUCCESSES) / (self.solved + self.failed + PRIOR_SUCCESSES + 1.0))
    }

    /// A draw of it.
    pub(super) fn sample(&self, rng: &mut Rng) -> f64 {
        let variance = self.scale / gamma(rng, self.shape);
        let cost = self.mean + normal(rng) * solver_kernels::sqrt64(variance / self.weight);
        cost - libm::log(beta(rng, self.solved + PRIOR_SUCCESSES, self.failed + 1.0).max(1e-9))
    }
}
