//! Which arm to use in which context, by Thompson sampling (Thompson, Biometrika 25, 1933) with Beta
//! posteriors.
//!
//! The reward of an attempt lies in 0..=1 and is linear in its cost: one half for as many steps as a
//! scan would take, which is known beforehand, more for fewer. So the arm of the greatest mean
//! reward is that of the least mean cost, and the length of the range, which is no merit of an arm,
//! is not noise in its reward. A fractional reward r counts as r successes and 1 - r failures.

use super::beta::beta;
use super::limits::{CLOSE, NEWEST, SPECULATE_UNTIL};
use super::rng::Rng;
use super::state::{ARMS, ArmWords, Counter, State, join};
use crate::temporal::{Arm, Context, Outcome};

/// What is known of an arm in a bucket: the words of a saved [state](super::state), read.
#[derive(Clone, Copy, Debug)]
pub struct ArmStats<'a>(pub &'a ArmWords);

/// Places of the words.
const COUNTS: usize = 0;
const STEPS: usize = 1;
const ALPHA: usize = 2;
const BETA: usize = 3;
const AVERAGE: usize = 4;
const WRONG: usize = 5;
const PENALTY: usize = 6;

impl ArmStats<'_> {
    /// Attempts.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.0[COUNTS] as u32
    }

    /// Attempts whose answer was right.
    #[must_use]
    pub const fn successes(&self) -> u32 {
        (self.0[COUNTS] >> 32) as u32
    }

    /// Sum of rewards.
    #[must_use]
    pub const fn alpha(&self) -> f64 {
        f64::from_bits(self.0[ALPHA])
    }

    /// Sum of one minus reward.
    #[must_use]
    pub const fn beta(&self) -> f64 {
        f64::from_bits(self.0[BETA])
    }

    /// Running average of the cost as a share of the longest range of the bucket.
    #[must_use]
    pub const fn cost_average(&self) -> f64 {
        f64::from_bits(self.0[AVERAGE])
    }

    /// Answers that compiled knowledge ended early and wrongly.
    #[must_use]
    pub const fn early_wrong(&self) -> u64 {
        self.0[WRONG]
    }

    /// Sum over those of the share of the range that was left.
    #[must_use]
    pub const fn early_penalty(&self) -> f64 {
        f64::from_bits(self.0[PENALTY])
    }

    /// Whether attempts can have led to these numbers.
    pub(super) fn is_possible(&self) -> bool {
        let attempts = f64::from(self.attempts());
        // Sums of rewards differ from the exact ones by less than this.
        let apart = self.alpha() + self.beta() - attempts;
        apart.abs() <= 1e-9 * (attempts + 1.0)
            && self.alpha() >= 0.0
            && self.beta() >= 0.0
            && (0.0..=1.0).contains(&self.cost_average())
            && (0.0..=attempts).contains(&self.early_penalty())
            && self.successes() <= self.attempts()
            && self.early_wrong() <= self.attempts().into()
    }

    /// Mean of the posterior.
    fn mean(&self) -> f64 {
        (self.alpha() + 1.0) / (self.alpha() + self.beta() + 2.0)
    }
}

/// The arm of the greatest mean reward; the fixed policy's where nothing was tried.
#[must_use]
pub fn best(state: &State, context: Context) -> Arm {
    let mut means = [0.0; 3];
    let mut tried = 0;
    for (mean, number) in means.iter_mut().zip(3 * context.bucket()..) {
        let arm = state.arm(number);
        *mean = arm.mean();
        tried |= arm.attempts();
    }
    if tried == 0 { context.fixed_arm() } else { greatest(means).0 }
}

/// A draw from the posteriors: the arm whose sample is greatest, and the next when the two are so
/// close and so little tried that running both is worth its cost.
pub fn draw(state: &mut State, context: Context) -> (Arm, Option<Arm>) {
    let first_number = 3 * context.bucket();
    let mut rng = state.rng();
    let mut samples = [0.0; 3];
    for (sample, number) in samples.iter_mut().zip(first_number..) {
        let arm = state.arm(number);
        *sample = beta(&mut rng, arm.alpha() + 1.0, arm.beta() + 1.0);
    }
    state.set_rng(rng);
    let (first, second) = greatest(samples);
    let (one, two) = (state.arm(first_number + first.index()), state.arm(first_number + second.index()));
    let close = (one.cost_average() - two.cost_average()).abs() < CLOSE;
    let least = one.attempts().min(two.attempts());
    (first, Some(second).filter(|_| close && least > 0 && least < SPECULATE_UNTIL))
}

/// Learns from an attempt.
pub fn record(state: &mut State, context: Context, arm: Arm, outcome: &Outcome, solved: bool) {
    state.count(Counter::EarlyCommits, outcome.stopped_early.into());
    let Some(words) = state.arm_mut(3 * context.bucket() + arm.index()) else { return };
    let stats = ArmStats(words);
    let longest = f64::from(context.longest());
    let saved = (f64::from(context.days) - f64::from(outcome.steps)) / (2.0 * longest);
    let reward = if outcome.exhausted { 0.0 } else { (0.5 + saved).clamp(0.0, 1.0) };
    let cost = (f64::from(outcome.steps) / longest).min(1.0);
    let attempts = stats.attempts().saturating_add(1);
    let newest = if attempts == 1 { 1.0 } else { NEWEST };
    let average = stats.cost_average() + newest * (cost - stats.cost_average());
    let (alpha, beta) = (stats.alpha() + reward, stats.beta() + (1.0 - reward));
    let penalty = stats.early_penalty() + saved.max(0.0);
    let successes = stats.successes().saturating_add(u32::from(solved));
    words[COUNTS] = join(attempts, successes);
    words[STEPS] = words[STEPS].saturating_add(outcome.steps.into());
    words[ALPHA] = alpha.to_bits();
    words[BETA] = beta.to_bits();
    words[AVERAGE] = average.to_bits();
    if outcome.stopped_early && !solved {
        words[WRONG] = words[WRONG].saturating_add(1);
        words[PENALTY] = penalty.to_bits();
    }
}

/// Gives what was learned of the arms of each bucket to other ones, by one to three places, so that a
/// third of the buckets keep theirs: the control of the acceptance test.
pub fn shuffle(state: &mut State, rng: &mut Rng) {
    for bucket in 0..ARMS / 3 {
        let by = rng.range(1, 3) as usize;
        let old = Arm::ALL.map(|arm| *state.arm(3 * bucket + arm.index()).0);
        for (stats, place) in old.iter().zip(by..) {
            if let Some(words) = state.arm_mut(3 * bucket + place % 3) {
                *words = *stats;
            }
        }
    }
}

/// The arms of the greatest and of the second greatest value; the first of equals.
fn greatest(values: [f64; 3]) -> (Arm, Arm) {
    let [scan, weekday, hybrid] = values;
    let pair = if weekday > scan { (Arm::Weekday, Arm::Scan) } else { (Arm::Scan, Arm::Weekday) };
    if hybrid > scan.max(weekday) {
        (Arm::Hybrid, pair.0)
    } else if hybrid > scan.min(weekday) {
        (pair.0, Arm::Hybrid)
    } else {
        pair
    }
}
