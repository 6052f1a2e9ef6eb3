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
use super::state::{ARM_WORDS, ARMS, Counter, State};
use crate::temporal::{Arm, Context, Outcome};

/// Places of the words of an arm; the first has attempts u32, and those whose answer was right u32.
const STEPS: usize = 1;
/// Sum of rewards.
const ALPHA: usize = 2;
/// Sum of one minus reward.
const BETA: usize = 3;
/// Running average of the cost as a share of the longest range of the bucket.
const AVERAGE: usize = 4;
/// Answers that compiled knowledge ended early and wrongly.
pub(super) const WRONG: usize = 5;
/// Sum over those of the share of the range that was left.
pub(super) const PENALTY: usize = 6;

#[inline(never)]
pub(super) fn float(state: &State, at: usize) -> f64 {
    f64::from_bits(state.get(at))
}

#[inline(never)]
fn add(state: &mut State, at: usize, more: f64) {
    state.set(at, (float(state, at) + more).to_bits());
}

/// Whether a number is between zero and another one.
#[inline(never)]
fn is_share(part: f64, whole: f64) -> bool {
    (0.0..=whole).contains(&part)
}

/// Whether attempts can have led to the words of the arm `at`.
#[inline(never)]
pub(super) fn is_possible(state: &State, at: usize) -> bool {
    let counts = state.get(at);
    let attempts = f64::from(counts as u32);
    let (alpha, beta) = (float(state, at + ALPHA), float(state, at + BETA));
    // Sums of rewards differ from the exact ones by less than this.
    (alpha + beta - attempts).abs() <= 1e-9 * (attempts + 1.0)
        && is_share(alpha, f64::INFINITY)
        && is_share(beta, f64::INFINITY)
        && is_share(float(state, at + AVERAGE), 1.0)
        && is_share(float(state, at + PENALTY), attempts)
        && counts >> 32 <= counts & u64::from(u32::MAX)
        && state.get(at + WRONG) <= counts & u64::from(u32::MAX)
}

/// The arm of the greatest mean reward, the fixed policy's where nothing was tried. When `draws`, the arm of
/// the greatest draw from the posteriors instead; and the next one, when the two are so close and so little
/// tried that running both is worth its cost.
pub fn choose(state: &mut State, context: &Context, draws: bool) -> (Arm, Option<Arm>) {
    let first = State::arm(3 * context.bucket());
    let mut rng = state.rng();
    let mut values = [0.0; 3];
    let mut tried = 0;
    for (value, arm) in values.iter_mut().zip(0..) {
        let at = first + ARM_WORDS * arm;
        let (gained, lost) = (float(state, at + ALPHA), float(state, at + BETA));
        *value = if draws {
            beta(&mut rng, gained + 1.0, lost + 1.0)
        } else {
            (gained + 1.0) / (gained + lost + 2.0)
        };
        tried |= state.get(at);
    }
    let best = greatest(&values, 3);
    if !draws {
        return (if tried == 0 { context.fixed_arm() } else { Arm::of(best) }, None);
    }
    state.set_rng(rng);
    let next = greatest(&values, best);
    let (one, two) = (first + ARM_WORDS * best, first + ARM_WORDS * next);
    let close = (float(state, one + AVERAGE) - float(state, two + AVERAGE)).abs() < CLOSE;
    let least = (state.get(one) as u32).min(state.get(two) as u32);
    let both = close && least > 0 && least < SPECULATE_UNTIL;
    (Arm::of(best), both.then(|| Arm::of(next)))
}

/// Learns from an attempt.
#[inline(never)]
pub fn record(state: &mut State, context: &Context, arm: Arm, outcome: &Outcome, solved: bool) {
    state.count(Counter::EarlyCommits, outcome.stopped_early);
    let at = State::arm(3 * context.bucket() + arm.index());
    let longest = f64::from(context.longest());
    let saved = (f64::from(context.days) - f64::from(outcome.steps)) / (2.0 * longest);
    let reward = if outcome.exhausted { 0.0 } else { (0.5 + saved).clamp(0.0, 1.0) };
    let cost = (f64::from(outcome.steps) / longest).min(1.0);
    let counts = state.get(at);
    if counts as u32 != u32::MAX {
        state.set(at, counts + 1 + (u64::from(solved) << 32));
    }
    state.set(at + STEPS, state.get(at + STEPS).saturating_add(outcome.steps.into()));
    add(state, at + ALPHA, reward);
    add(state, at + BETA, 1.0 - reward);
    let newest = if counts as u32 == 0 { 1.0 } else { NEWEST };
    add(state, at + AVERAGE, newest * (cost - float(state, at + AVERAGE)));
    if outcome.stopped_early && !solved {
        state.set(at + WRONG, state.get(at + WRONG).saturating_add(1));
        add(state, at + PENALTY, saved.max(0.0));
    }
}

/// Gives what was learned of the arms of each bucket to other ones, by one to three places, so that a
/// third of the buckets keep theirs: the control of the acceptance test.
pub fn shuffle(state: &mut State, rng: &mut Rng) {
    for bucket in 0..ARMS / 3 {
        let by = rng.range(1, 3) as usize;
        for word in 0..ARM_WORDS {
            let at = |arm: usize| State::arm(3 * bucket + arm) + word;
            let old = [0, 1, 2].map(|arm| state.get(at(arm)));
            for (value, place) in old.into_iter().zip(by..) {
                state.set(at(place % 3), value);
            }
        }
    }
}

/// The place of the greatest value but for one; the first of equals.
fn greatest(values: &[f64; 3], but: usize) -> usize {
    let (mut best, mut most) = (0, f64::NEG_INFINITY);
    for (place, value) in values.iter().enumerate() {
        if place != but && *value > most {
            (best, most) = (place, *value);
        }
    }
    best
}
