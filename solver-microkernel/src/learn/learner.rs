//! An instance of the learning solver: what the exports of the published solver do.

use super::acceptance::{LEARNING, Settings, Test};
use super::limits::{MAX_CYCLES, MAX_HOLD_OUT, MAX_PUZZLES, TRAIN_BUDGET};
use super::output::{ARM, BUCKET, Line, bytes, fill, most};
use super::policy::{PENALTY, WRONG, float};
use super::rng::{Rng, Stream};
use super::solver::{Mode, Solver};
use super::state::{ARM_WORDS, ARMS, Counter, State};
use super::witness::ENTRY;
use super::{Full, knowledge, room, set};
use crate::fault::Status;
use crate::temporal::context::BUCKETS;
use crate::temporal::puzzle::DIFFICULTIES;
use solver_lists::Vec;

/// An instance: what it learned, and the results of its last calls.
#[derive(Debug, Default)]
pub struct Learner {
    /// What was learned, made by the first call that needs it; behind it room that calls need.
    states: Vec<State>,
    /// Result, policy and chain.
    parts: [Vec<u8>; 3],
}

/// What an instance has to read, by number: see [`Learner::part`].
pub const RESULT: usize = 0;
/// See [`RESULT`].
pub const POLICY: usize = 1;
/// See [`RESULT`].
pub const WITNESS: usize = 2;
/// See [`RESULT`].
pub const STATE: usize = 3;

/// The most bytes of a policy, with one behind each bucket.
const MOST_POLICY: usize = most(Line::Contexts)
    + BUCKETS * (most(Line::Context) + 1)
    + ARMS * most(Line::Statistics)
    + most(Line::Totals);

fn difficulty(value: i32) -> u32 {
    value.clamp(*DIFFICULTIES.start() as i32, *DIFFICULTIES.end() as i32) as u32
}

/// The state, made when there is none yet, and room for more of them; nothing when the memory cannot grow enough.
fn ready<const COUNT: usize>(states: &mut Vec<State>) -> Option<&mut [State; COUNT]> {
    make(states, COUNT);
    states.first_chunk_mut()
}

/// Makes the first state, and room for `count`. A function of its own: the zeros lie on the stack meanwhile.
#[inline(never)]
fn make(states: &mut Vec<State>, count: usize) {
    if solver_lists::extend(states, State::ZEROS, count) == 0
        && let Some(state) = states.first_mut()
    {
        state.start();
    }
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
        Self { states: Vec::new(), parts: [const { Vec::new() }; 3] }
    }

    /// Frees everything that it holds.
    pub fn close(&mut self) {
        solver_lists::free(&mut self.states);
        for part in &mut self.parts {
            solver_lists::free(part);
        }
    }

    /// Solves `count` clean puzzles and learns from them; difficulties are brought into 1..=10. The
    /// number solved; or [`Status::Request`] for a count that is negative or beyond
    /// [`MAX_PUZZLES`], [`Status::Memory`].
    pub fn train(&mut self, count: i32, least: i32, most: i32, seed: u64) -> Result<u32, Status> {
        let Self { states, parts: [result, _, chain] } = self;
        result.clear();
        let count = count as u32;
        if count > MAX_PUZZLES {
            return Err(Status::Request);
        }
        let least = difficulty(least);
        let most = difficulty(most).max(least);
        let [state] = ready(states).ok_or(Full)?;
        room(chain, ENTRY)?;
        room(result, const { super::output::most(Line::Trained) })?;
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
        solver.log.seal(chain, action);
        let learned = knowledge::learned(state);
        let refuted = state.counter(Counter::Refuted);
        let told = [count.into(), clean.solved.into(), accuracy, learned.into(), refuted.into()];
        fill(result, Line::Trained, &told);
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
        let Self { states, parts: [result, _, chain] } = self;
        result.clear();
        chain.clear();
        let Settings { hold_out, training, cycles, budget, .. } = settings;
        let fits = hold_out <= MAX_HOLD_OUT
            && training <= MAX_PUZZLES
            && cycles <= MAX_CYCLES
            && budget <= i32::MAX as u32;
        if !fits {
            return Err(Status::Request);
        }
        let states = ready(states).ok_or(Full)?;
        let passed = Test { states, chain, result, settings }.run::<CONTROL>()?;
        self.refresh_policy()?;
        Ok(passed)
    }

    /// Part `number` of what there is to read: the JSON of the last `train` or `acceptance` that ended well, the
    /// policy as it was last [written](Self::refresh_policy), the witness chain (of the last acceptance test, and
    /// of what was trained since), or what was learned ([`state`](super::state) has the layout).
    #[must_use]
    pub fn part(&self, number: usize) -> &[u8] {
        match self.parts.get(number) {
            Some(part) => part,
            None => self.states.first().map_or(&[], State::bytes),
        }
    }

    /// Makes the parts that are not there yet, and writes the policy anew.
    pub fn refresh(&mut self, number: usize) -> Result<(), Status> {
        match number {
            POLICY => self.refresh_policy(),
            STATE => ready::<1>(&mut self.states).map(|_| ()).ok_or(Status::Memory),
            _ => Ok(()),
        }
    }

    /// The policy as JSON; buckets and arms that were never tried are left out.
    #[inline(never)]
    fn refresh_policy(&mut self) -> Result<(), Status> {
        let Self { states, parts: [_, policy, _] } = self;
        policy.clear();
        let [state] = ready(states).ok_or(Full)?;
        room(policy, MOST_POLICY)?;
        fill(policy, Line::Contexts, &[]);
        let (mut penalty, mut wrong) = (0.0, 0);
        let mut at = State::arm(0);
        for bucket in 0..BUCKETS as u64 {
            let mut open = false;
            for arm in 0..3 {
                if state.get(at) != 0 {
                    if !open {
                        let [range, distractors, noise] = BUCKET;
                        let names = [range + bucket / 6, distractors + bucket / 2 % 3, noise + bucket % 2];
                        fill(policy, Line::Context, &names);
                        open = true;
                    }
                    let mut values = [ARM + arm; 1 + ARM_WORDS];
                    for place in 0..ARM_WORDS {
                        set(&mut values, 1 + place, state.get(at + place));
                    }
                    fill(policy, Line::Statistics, &values);
                    penalty += float(state, at + PENALTY);
                    wrong += state.get(at + WRONG);
                }
                at += ARM_WORDS;
            }
            if open {
                bytes(policy, b'}'.into(), 1);
            }
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
        fill(policy, Line::Totals, &totals);
        Ok(())
    }

    /// Goes on from a saved state; bytes that are none ([`Status::Data`]) change nothing.
    pub fn load(&mut self, bytes: Vec<u8>) -> Result<(), Status> {
        let [state, loaded] = ready(&mut self.states).ok_or(Full)?;
        if !loaded.load(&bytes) {
            return Err(Status::Data);
        }
        *state = *loaded;
        Ok(())
    }
}
