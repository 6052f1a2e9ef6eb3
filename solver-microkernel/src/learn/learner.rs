//! An instance of the learning solver: what the exports of the published solver do.

use super::acceptance::{Control, Settings};
use super::limits::{MAX_CYCLES, MAX_HOLD_OUT, MAX_PUZZLES, TRAIN_BUDGET};
use super::log::Log;
use super::rng::{Rng, Stream};
use super::solver::Mode;
use super::state::State;
use super::witness::Chain;
use super::{Full, acceptance, knowledge, report};
use crate::fault::Status;
use crate::temporal::Puzzle;
use crate::temporal::puzzle::DIFFICULTIES;
use alloc::vec::Vec;

/// An instance: what it learned, and the results of its last calls.
#[derive(Debug, Default)]
pub struct Learner {
    /// Made by the first call that needs it.
    state: Option<State>,
    result: Vec<u8>,
    policy: Vec<u8>,
    chain: Chain,
    state_bytes: Vec<u8>,
}

fn state(slot: &mut Option<State>) -> Result<&mut State, Full> {
    match slot {
        Some(state) => Ok(state),
        none => Ok(none.insert(State::new()?)),
    }
}

/// A number of a caller, none of which may be negative or beyond a cap.
fn within(value: i32, most: u32) -> Result<u32, Status> {
    u32::try_from(value).ok().filter(|value| *value <= most).ok_or(Status::Request)
}

fn difficulty(value: i32) -> u32 {
    value.clamp(*DIFFICULTIES.start() as i32, *DIFFICULTIES.end() as i32) as u32
}

impl Learner {
    /// An instance that learned nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            state: None,
            result: Vec::new(),
            policy: Vec::new(),
            chain: Chain::new(),
            state_bytes: Vec::new(),
        }
    }

    /// Solves `count` clean puzzles and learns from them; difficulties are brought into 1..=10. The
    /// number solved; or [`Status::Request`] for a count that is negative or beyond
    /// [`MAX_PUZZLES`], [`Status::Memory`].
    pub fn train(&mut self, count: i32, least: i32, most: i32, seed: u64) -> Result<u32, Status> {
        self.result = Vec::new();
        let count = within(count, MAX_PUZZLES)?;
        let least = difficulty(least);
        let most = difficulty(most).max(least);
        let mut rng = Rng::stream(seed, Stream::Train, 0);
        let mut work = || -> Result<u32, Full> {
            let state = state(&mut self.state)?;
            self.chain.reserve(1)?;
            let (mut correct, mut steps) = (0, 0);
            let mut log = Log::new();
            for _ in 0..count {
                let puzzle = Puzzle::generate(&mut rng, least, most, false);
                let decisions = state.train(Mode::Learned, &puzzle, TRAIN_BUDGET);
                correct += u32::from(decisions.0.solved);
                steps += u64::from(decisions.0.outcome.steps);
                log.push_both(&decisions);
            }
            knowledge::compile(state);
            let each = |sum: f64| sum / f64::from(count);
            let action = log.action(b'T', count.into(), each(correct.into()), each(steps as f64));
            self.chain.push(action);
            self.result = report::train(count, correct, state)?;
            Ok(correct)
        };
        work().map_err(|Full| Status::Memory)
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
        self.result = Vec::new();
        self.chain = Chain::new();
        let settings = Settings {
            hold_out: within(hold_out, MAX_HOLD_OUT)?,
            training: within(training, MAX_PUZZLES)?,
            cycles: within(cycles, MAX_CYCLES)?,
            budget: within(budget, u32::MAX)?,
            seed,
            control: Control::Learning,
        };
        let mut work = || -> Result<bool, Full> {
            let state = state(&mut self.state)?;
            let report = acceptance::run(state, &settings)?;
            self.result = report::acceptance(&report)?;
            let [_, _, learned] = &report.verdicts;
            let passed = learned.passed;
            self.chain = report.chain;
            self.policy = report::policy(state)?;
            Ok(passed)
        };
        work().map_err(|Full| Status::Memory)
    }

    /// The JSON of the last `train` or `acceptance` that ended well.
    #[must_use]
    pub fn result(&self) -> &[u8] {
        &self.result
    }

    /// Writes the policy anew; its length in bytes.
    pub fn refresh_policy(&mut self) -> Result<usize, Status> {
        let mut work = || -> Result<usize, Full> {
            self.policy = report::policy(state(&mut self.state)?)?;
            Ok(self.policy.len())
        };
        work().map_err(|Full| Status::Memory)
    }

    /// The policy as it was last written.
    #[must_use]
    pub fn policy(&self) -> &[u8] {
        &self.policy
    }

    /// The witness chain: of the last acceptance test, and of what was trained since.
    #[must_use]
    pub fn witness(&self) -> &[u8] {
        self.chain.bytes()
    }

    /// Writes the whole state anew ([`state`](super::state) has the layout); its length in bytes.
    pub fn refresh_state(&mut self) -> Result<usize, Status> {
        let mut work = || -> Result<usize, Full> {
            self.state_bytes = state(&mut self.state)?.save()?;
            Ok(self.state_bytes.len())
        };
        work().map_err(|Full| Status::Memory)
    }

    /// The state as it was last written.
    #[must_use]
    pub fn state(&self) -> &[u8] {
        &self.state_bytes
    }

    /// Goes on from a saved state; bytes that are none ([`Status::Data`]) change nothing.
    pub fn load(&mut self, bytes: &[u8]) -> Result<(), Status> {
        let state = State::load(bytes).map_err(|Full| Status::Memory)?;
        self.state = Some(state.ok_or(Status::Data)?);
        Ok(())
    }
}
