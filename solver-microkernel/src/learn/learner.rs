//! An instance of the learning solver: what the exports of the published solver do.

use super::acceptance::{LEARNING, Settings, Test};
use super::limits::{MAX_CYCLES, MAX_HOLD_OUT, MAX_PUZZLES, TRAIN_BUDGET};
use super::output::{ARM, BUCKET, fill, most};
use super::policy::{PENALTY, WRONG, float};
use super::rng::{Rng, Stream};
use super::solver::{Mode, Solver};
use super::state::{ARM_WORDS, ARMS, Counter, State};
use super::witness::ENTRY;
use super::{Full, knowledge, room};
use crate::fault::Status;
use crate::temporal::puzzle::DIFFICULTIES;
use solver_lists::Vec;

/// An instance: what it learned, and the results of its last calls.
#[derive(Debug, Default)]
pub struct Learner {
    /// One, made by the first call that needs it.
    states: Vec<State>,
    result: Vec<u8>,
    policy: Vec<u8>,
    chain: Vec<u8>,
}

/// What an instance has to read, by number: see [`Learner::part`].
pub const RESULT: usize = 0;
/// See [`RESULT`].
pub const POLICY: usize = 1;
/// See [`RESULT`].
pub const WITNESS: usize = 2;
/// See [`RESULT`].
pub const STATE: usize = 3;

const TRAINED: &str = r#"{"trained":;,"correct":;,"accuracy":=,"patterns_learned":;,"patterns_refuted":;}"#;
const CONTEXTS: &str = r#"{"context_stats":{"#;
const CONTEXT: &str = r#"},"@:@:@":{"#;
const STATISTICS: &str = r#","@":{"attempts":<,"successes":>,"total_steps":;,"alpha_safety":=,"beta_safety":=,"cost_ema":=,"early_commit_wrongs":;,"early_commit_penalty_sum":=}"#;
const TOTALS: &str = r#"},"early_commit_penalties":=,"early_commits_total":;,"early_commits_wrong":;,"prepass":"Off","speculative_attempts":;,"speculative_arm2_wins":;,"rng_state":;}"#;
/// The most bytes of a policy.
const MOST_POLICY: usize =
    most(CONTEXTS) + ARMS * (most(CONTEXT) + most(STATISTICS)) + most("}") + most(TOTALS);

fn difficulty(value: i32) -> u32 {
    value.clamp(*DIFFICULTIES.start() as i32, *DIFFICULTIES.end() as i32) as u32
}

/// The state, made when there is none yet; nothing when the memory cannot grow enough.
#[inline(never)]
fn ready(states: &mut Vec<State>) -> Option<&mut State> {
    if states.is_empty() {
        if solver_lists::extend(states, State::ZEROS, 1) != 0 {
            return None;
        }
        states.first_mut()?.start();
    }
    states.first_mut()
}

impl From<Full> for Status {
    fn from(_: Full) -> Self {
        Self::Memory
    }
}

impl Learner {
    /// An instance that learned nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { states: Vec::new(), result: Vec::new(), policy: Vec::new(), chain: Vec::new() }
    }

    /// Solves `count` clean puzzles and learns from them; difficulties are brought into 1..=10. The
    /// number solved; or [`Status::Request`] for a count that is negative or beyond
    /// [`MAX_PUZZLES`], [`Status::Memory`].
    pub fn train(&mut self, count: i32, least: i32, most: i32, seed: u64) -> Result<u32, Status> {
        self.result.clear();
        let count = count as u32;
        if count > MAX_PUZZLES {
            return Err(Status::Request);
        }
        let least = difficulty(least);
        let most = difficulty(most).max(least);
        let state = ready(&mut self.states).ok_or(Full)?;
        room(&mut self.chain, ENTRY)?;
        room(&mut self.result, const { super::output::most(TRAINED) })?;
        let mut rng = Rng::stream(seed, Stream::Train, 0);
        let mut solver = Solver::NEW;
        for _ in 0..count {
            solver.puzzle.draw(&mut rng, least, most, false);
            solver.train(state, Mode::Learned, TRAIN_BUDGET);
        }
        knowledge::compile(state);
        let [clean, _] = solver.tallies;
        let each = |sum: f64| (sum / f64::from(count)).to_bits();
        let accuracy = each(clean.solved.into());
        let action = [b'T'.into(), count.into(), accuracy, each(clean.steps as f64)];
        solver.log.seal(&mut self.chain, action);
        let learned = knowledge::learned(state);
        let refuted = state.counter(Counter::Refuted);
        let told = [count.into(), clean.solved.into(), accuracy, learned.into(), refuted.into()];
        fill(&mut self.result, TRAINED, &told);
        Ok(clean.solved)
    }

    /// Runs the acceptance test from what was learned so far, and goes on from what it learned. Whether
    /// mode C passed; or a status as of [`train`](Self::train).
    pub fn acceptance(
        &mut self,
        hold_out: i32,
        training: i32,
        cycles: i32,
        budget: i32,
        seed: u64,
    ) -> Result<bool, Status> {
        let (hold_out, training) = (hold_out as u32, training as u32);
        let (cycles, budget) = (cycles as u32, budget as u32);
        self.test::<LEARNING>(Settings { hold_out, training, cycles, budget, seed })
    }

    /// The same, or one of the controls.
    pub fn test<const CONTROL: u8>(&mut self, settings: Settings) -> Result<bool, Status> {
        self.result.clear();
        self.chain.clear();
        let Settings { hold_out, training, cycles, budget, .. } = settings;
        let fits = hold_out <= MAX_HOLD_OUT
            && training <= MAX_PUZZLES
            && cycles <= MAX_CYCLES
            && budget <= i32::MAX as u32;
        if !fits {
            return Err(Status::Request);
        }
        let Self { states, result, chain, .. } = self;
        let state = ready(states).ok_or(Full)?;
        let passed = Test { state, chain, result, settings }.run::<CONTROL>()?;
        self.refresh_policy()?;
        Ok(passed)
    }

    /// Part `number` of what there is to read: the JSON of the last `train` or `acceptance` that ended well, the
    /// policy as it was last [written](Self::refresh_policy), the witness chain (of the last acceptance test, and
    /// of what was trained since), or what was learned ([`state`](super::state) has the layout).
    #[must_use]
    pub fn part(&self, number: usize) -> &[u8] {
        match number {
            RESULT => &self.result,
            POLICY => &self.policy,
            WITNESS => &self.chain,
            _ => self.states.first().map_or(&[], State::bytes),
        }
    }

    /// Makes the parts that are not there yet, and writes the policy anew.
    pub fn refresh(&mut self, number: usize) -> Result<(), Status> {
        match number {
            POLICY => self.refresh_policy(),
            STATE => ready(&mut self.states).map(|_| ()).ok_or(Status::Memory),
            _ => Ok(()),
        }
    }

    /// The policy as JSON; buckets and arms that were never tried are left out.
    #[inline(never)]
    fn refresh_policy(&mut self) -> Result<(), Status> {
        let Self { policy, states, .. } = self;
        policy.clear();
        let state = ready(states).ok_or(Full)?;
        room(policy, MOST_POLICY)?;
        fill(policy, CONTEXTS, &[]);
        let (mut penalty, mut wrong) = (0.0, 0);
        let mut open = ARMS;
        for number in 0..ARMS {
            let at = State::arm(number);
            if state.get(at) == 0 {
                continue;
            }
            let (bucket, arm) = (number / 3, number % 3);
            if bucket != open {
                let [range, distractors, noise] = BUCKET;
                let name = bucket as u64;
                let names = [range + name / 6, distractors + name / 2 % 3, noise + name % 2];
                let text = if open == ARMS { CONTEXT.get(2..).unwrap_or_default() } else { CONTEXT };
                fill(policy, text, &names);
                open = bucket;
            }
            let mut values = [ARM + arm as u64; 1 + ARM_WORDS];
            for (value, at) in values.iter_mut().skip(1).zip(at..) {
                *value = state.get(at);
            }
            fill(policy, STATISTICS, &values);
            penalty += float(state, at + PENALTY);
            wrong += state.get(at + WRONG);
        }
        if open < ARMS {
            fill(policy, "}", &[]);
        }
        let counter = |counter| u64::from(state.counter(counter));
        let totals = [
            f64::to_bits(penalty),
            counter(Counter::EarlyCommits),
            wrong,
            counter(Counter::SecondAttempts),
            counter(Counter::SecondWins),
            state.rng().state(),
        ];
        fill(policy, TOTALS, &totals);
        Ok(())
    }

    /// Goes on from a saved state; bytes that are none ([`Status::Data`]) change nothing.
    pub fn load(&mut self, bytes: Vec<u8>) -> Result<(), Status> {
        let state = ready(&mut self.states).ok_or(Full)?;
        if state.load(&bytes) { Ok(()) } else { Err(Status::Data) }
    }
}
