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
use super::{Full, filled};
use crate::temporal::context::BUCKETS;
use crate::temporal::{Arm, Context, Outcome};
use alloc::vec::Vec;

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
    pub early_wrong: u32,
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
        let shares = (self.alpha + self.beta - attempts).abs() <= 1e-9 * (attempts + 1.0);
        shares
            && self.alpha >= 0.0
            && self.beta >= 0.0
            && (0.0..=1.0).contains(&self.cost_average)
            && (0.0..=attempts).contains(&self.early_penalty)
            && self.successes <= self.attempts
            && self.early_wrong <= self.attempts
    }

    /// Mean of the posterior.
    fn mean(&self) -> f64 {
        (self.alpha + 1.0) / (self.alpha + self.beta + 2.0)
    }
}

/// The posteriors of all buckets.
#[derive(Debug)]
pub struct Policy {
    stats: Vec<[ArmStats; 3]>,
    /// The policy's own random numbers.
    pub rng: Rng,
    /// Times that two arms were close and both were run.
    pub speculative_attempts: u32,
    /// Times that the second of them was cheaper.
    pub second_wins: u32,
    /// Searches that compiled knowledge ended early.
    pub early_commits: u32,
}

impl Policy {
    /// A policy that knows nothing.
    pub fn new() -> Result<Self, Full> {
        let stats = filled([ArmStats::default(); 3], BUCKETS)?;
        Ok(Self { stats, rng: Rng::new(42), speculative_attempts: 0, second_wins: 0, early_commits: 0 })
    }

    /// Becomes like another one.
    pub fn copy_from(&mut self, other: &Self) {
        for (to, from) in self.stats.iter_mut().zip(&other.stats) {
            *to = *from;
        }
        self.rng = other.rng;
        self.speculative_attempts = other.speculative_attempts;
        self.second_wins = other.second_wins;
        self.early_commits = other.early_commits;
    }

    /// What is known, by bucket and arm.
    #[must_use]
    pub fn stats(&self) -> &[[ArmStats; 3]] {
        &self.stats
    }

    pub(super) fn stats_mut(&mut self) -> &mut [[ArmStats; 3]] {
        &mut self.stats
    }

    fn arms(&self, context: Context) -> [ArmStats; 3] {
        self.stats.get(context.bucket()).copied().unwrap_or_default()
    }

    /// The arm of the greatest mean reward; the fixed policy's where nothing was tried.
    #[must_use]
    pub fn best(&self, context: Context) -> Arm {
        let arms = self.arms(context);
        if arms.iter().all(|arm| arm.attempts == 0) {
            return context.fixed_arm();
        }
        greatest(arms.map(|arm| arm.mean())).0
    }

    /// A draw from the posteriors: the arm whose sample is greatest, and the next when the two are so
    /// close and so little tried that running both is worth its cost.
    pub fn draw(&mut self, context: Context) -> (Arm, Option<Arm>) {
        let arms = self.arms(context);
        let mut samples = arms.map(|_| 0.0);
        for (sample, arm) in samples.iter_mut().zip(&arms) {
            *sample = beta(&mut self.rng, arm.alpha + 1.0, arm.beta + 1.0);
        }
        let (first, second) = greatest(samples);
        let of = |arm: Arm| arms.get(arm.index()).copied().unwrap_or_default();
        let (one, two) = (of(first), of(second));
        let close = (one.cost_average - two.cost_average).abs() < CLOSE;
        let young = one.attempts.min(two.attempts) < SPECULATE_UNTIL;
        let tried = one.attempts > 0 && two.attempts > 0;
        (first, Some(second).filter(|_| close && young && tried))
    }

    /// Learns from an attempt.
    pub fn record(&mut self, context: Context, arm: Arm, outcome: &Outcome, solved: bool) {
        self.early_commits = self.early_commits.saturating_add(u32::from(outcome.stopped_early));
        let arms = self.stats.get_mut(context.bucket());
        if let Some(stats) = arms.and_then(|arms| arms.get_mut(arm.index())) {
            stats.record(context, outcome, solved);
        }
    }

    /// Counts a second attempt.
    pub(super) const fn record_second(&mut self, won: bool) {
        self.speculative_attempts = self.speculative_attempts.saturating_add(1);
        self.second_wins = self.second_wins.saturating_add(won as u32);
    }

    /// Gives what was learned of each arm to another one, by a draw of the three orders in which none
    /// or all keep their own: the control of the acceptance test.
    pub fn shuffle(&mut self, rng: &mut Rng) {
        for arms in &mut self.stats {
            arms.rotate_left(rng.range(0, 2) as usize);
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
