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
use super::state::{ARMS, Counter, State};
use crate::temporal::{Arm, Context, Outcome};

/// What is known of an arm in a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ArmStats {
    /// Attempts.
    pub attempts: u32,
    /// Attempts whose answer was right.
    pub successes: u32,
    /// Steps of all attempts.
    pub total_steps: u64,
    /// Sum of rewards.
    pub alpha: f64,
    /// Sum of one minus reward.
    pub beta: f64,
    /// Running average of the cost as a share of the longest range of the bucket.
    pub cost_average: f64,
    /// Answers that compiled knowledge ended early and wrongly.
    pub early_wrong: u64,
    /// Sum over those of the share of the range that was left.
    pub early_penalty: f64,
}

impl ArmStats {
    fn record(&mut self, context: Context, outcome: &Outcome, solved: bool) {
        self.attempts = self.attempts.saturating_add(1);
        self.successes = self.successes.saturating_add(u32::from(solved));
        self.total_steps = self.total_steps.saturating_add(outcome.steps.into());
        let longest = f64::from(context.longest());
        let saved = (f64::from(context.days) - f64::from(outcome.steps)) / (2.0 * longest);
        let reward = if outcome.exhausted { 0.0 } else { (0.5 + saved).clamp(0.0, 1.0) };
        self.alpha += reward;
        self.beta += 1.0 - reward;
        let cost = (f64::from(outcome.steps) / longest).min(1.0);
        let newest = if self.attempts == 1 { 1.0 } else { NEWEST };
        self.cost_average += newest * (cost - self.cost_average);
        if outcome.stopped_early && !solved {
            self.early_wrong = self.early_wrong.saturating_add(1);
            self.early_penalty += saved.max(0.0);
        }
    }

    /// Whether attempts can have led to these numbers.
    pub(super) fn is_possible(&self) -> bool {
        let attempts = f64::from(self.attempts);
        // Sums of rewards differ from the exact ones by less than this.
        let apart = self.alpha + self.beta - attempts;
        apart.abs() <= 1e-9 * (attempts + 1.0)
            && self.alpha >= 0.0
            && self.beta >= 0.0
            && (0.0..=1.0).contains(&self.cost_average)
            && (0.0..=attempts).contains(&self.early_penalty)
            && self.successes <= self.attempts
            && self.early_wrong <= self.attempts.into()
    }

    /// Mean of the posterior.
    fn mean(&self) -> f64 {
        (self.alpha + 1.0) / (self.alpha + self.beta + 2.0)
    }
}

/// The arms of a bucket.
fn arms(state: &State, context: Context) -> [ArmStats; 3] {
    Arm::ALL.map(|arm| state.arm(3 * context.bucket() + arm.index()))
}

/// The arm of the greatest mean reward; the fixed policy's where nothing was tried.
#[must_use]
pub fn best(state: &State, context: Context) -> Arm {
    let arms = arms(state, context);
    if arms.iter().all(|arm| arm.attempts == 0) {
        return context.fixed_arm();
    }
    greatest(arms.map(|arm| arm.mean())).0
}

/// A draw from the posteriors: the arm whose sample is greatest, and the next when the two are so
/// close and so little tried that running both is worth its cost.
pub fn draw(state: &mut State, context: Context) -> (Arm, Option<Arm>) {
    let arms = arms(state, context);
    let mut rng = state.rng();
    let samples = arms.map(|arm| beta(&mut rng, arm.alpha + 1.0, arm.beta + 1.0));
    state.set_rng(rng);
    let (first, second) = greatest(samples);
    let of = |arm: Arm| arms.get(arm.index()).copied().unwrap_or_default();
    let (one, two) = (of(first), of(second));
    let close = (one.cost_average - two.cost_average).abs() < CLOSE;
    let least = one.attempts.min(two.attempts);
    (first, Some(second).filter(|_| close && least > 0 && least < SPECULATE_UNTIL))
}

/// Learns from an attempt.
pub fn record(state: &mut State, context: Context, arm: Arm, outcome: &Outcome, solved: bool) {
    state.count(Counter::EarlyCommits, outcome.stopped_early.into());
    let number = 3 * context.bucket() + arm.index();
    let mut stats = state.arm(number);
    stats.record(context, outcome, solved);
    state.set_arm(number, &stats);
}

/// Gives what was learned of the arms of each bucket to other ones, by one to three places, so that a
/// third of the buckets keep theirs: the control of the acceptance test.
pub fn shuffle(state: &mut State, rng: &mut Rng) {
    for bucket in 0..ARMS / 3 {
        let by = rng.range(1, 3) as usize;
        let old = Arm::ALL.map(|arm| state.arm(3 * bucket + arm.index()));
        for (stats, place) in old.iter().zip(by..) {
            state.set_arm(3 * bucket + place % 3, stats);
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
