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

const PRIOR_WEIGHT: f64 = 0.01;
const PRIOR_SHAPE: f64 = 1.5;
const PRIOR_SCALE: f64 = 0.02;
const PRIOR_SUCCESSES: f64 = 20.0;

/// The observations of an arm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Known {
    /// Attempts.
    pub attempts: u32,
    /// Attempts that were given up or failed.
    pub failures: u32,
    /// Mean of the logarithms of their costs.
    pub mean: f64,
    /// Sum of squared deviations from it.
    pub squares: f64,
}

impl Known {
    /// Attempts that gave the answer.
    #[must_use]
    pub const fn solved(&self) -> u32 {
        self.attempts.saturating_sub(self.failures)
    }

    /// Takes in an attempt (Welford, Technometrics 4, 1962).
    pub fn observe(&mut self, cost: u64, solved: bool) {
        let cost = libm::log(cost.max(1) as f64);
        self.attempts = self.attempts.saturating_add(1);
        self.failures = self.failures.saturating_add(u32::from(!solved));
        let apart = cost - self.mean;
        self.mean += apart / f64::from(self.attempts);
        self.squares += apart * (cost - self.mean);
    }

    /// Whether attempts can have led to these numbers.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        // The logarithm of the greatest u64 is less than 45; deviations are at most half of that.
        let most = 45.0 * 45.0 * (f64::from(self.attempts) + 1.0);
        self.failures <= self.attempts
            && (0.0..45.0).contains(&self.mean)
            && (0.0..=most).contains(&self.squares)
            && (self.attempts > 0 || *self == Self::default())
    }
}

/// The posterior.
#[derive(Clone, Copy, Debug)]
pub(super) struct Posterior {
    weight: f64,
    mean: f64,
    shape: f64,
    scale: f64,
    solved: f64,
    failed: f64,
}

impl Posterior {
    /// `expected` is the guess of the cost model.
    pub(super) fn new(known: &Known, expected: f64) -> Self {
        let prior = libm::log(expected.clamp(1.0, 1e18));
        let n = f64::from(known.attempts);
        let weight = PRIOR_WEIGHT + n;
        let apart = known.mean - prior;
        Self {
            weight,
            mean: (PRIOR_WEIGHT * prior + n * known.mean) / weight,
            shape: PRIOR_SHAPE + 0.5 * n,
            scale: PRIOR_SCALE + 0.5 * (known.squares + PRIOR_WEIGHT * n / weight * apart * apart),
            solved: f64::from(known.solved()),
            failed: f64::from(known.failures),
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
