//! An instance of the learning solver: what the exports of the published solver do.

use super::acceptance::{Control, Settings, Test};
use super::limits::{MAX_CYCLES, MAX_HOLD_OUT, MAX_PUZZLES, TRAIN_BUDGET};
use super::log::Log;
use super::output::Output;
use super::rng::{Rng, Stream};
use super::solver::Mode;
use super::state::State;
use super::witness::Chain;
use super::{Full, knowledge, report};
use crate::fault::Status;
use crate::temporal::Puzzle;
use crate::temporal::puzzle::DIFFICULTIES;

/// An instance: what it learned, and the results of its last calls.
#[derive(Debug, Default)]
pub struct Learner {
    /// Made by the first call that needs it.
    state: State,
    result: Output,
    policy: Output,
    chain: Chain,
    saved: Output,
}

/// Numbers of a caller, none of which may be negative or beyond its cap.
fn within(numbers: &[(i32, u32)]) -> Result<(), Status> {
    for (number, most) in numbers {
        if *number < 0 || *number as u32 > *most {
            return Err(Status::Request);
        }
    }
    Ok(())
}

fn difficulty(value: i32) -> u32 {
    value.clamp(*DIFFICULTIES.start() as i32, *DIFFICULTIES.end() as i32) as u32
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
        Self {
            state: State::empty(),
            result: Output::new(),
            policy: Output::new(),
            chain: Chain::new(),
            saved: Output::new(),
        }
    }

    #[inline(never)]
    fn start(&mut self) -> Result<(), Full> {
        if self.state.is_empty() { self.state.start() } else { Ok(()) }
    }

    /// Solves `count` clean puzzles and learns from them; difficulties are brought into 1..=10. The
    /// number solved; or [`Status::Request`] for a count that is negative or beyond
    /// [`MAX_PUZZLES`], [`Status::Memory`].
    pub fn train(&mut self, count: i32, least: i32, most: i32, seed: u64) -> Result<u32, Status> {
        self.result.clear();
        within(&[(count, MAX_PUZZLES)])?;
        let least = difficulty(least);
        let most = difficulty(most).max(least);
        self.start()?;
        self.chain.reserve(1)?;
        let mut rng = Rng::stream(seed, Stream::Train, 0);
        let (mut correct, mut steps) = (0, 0);
        let mut log = Log::new();
        for _ in 0..count {
            let puzzle = Puzzle::generate(&mut rng, least, most, false);
            let (solved, taken) = self.state.train(Mode::Learned, &puzzle, TRAIN_BUDGET, &mut log);
            correct += u32::from(solved);
            steps += u64::from(taken);
        }
        knowledge::compile(&mut self.state);
        let each = |sum: f64| sum / f64::from(count);
        let action = log.action(b'T', count as u64, each(correct.into()), each(steps as f64));
        self.chain.push(&action);
        report::train(&mut self.result, count as u32, correct, &self.state);
        self.result.settle()?;
        Ok(correct)
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
        self.result.clear();
        self.chain.clear();
        within(&[
            (hold_out, MAX_HOLD_OUT),
            (training, MAX_PUZZLES),
            (cycles, MAX_CYCLES),
            (budget, u32::MAX),
        ])?;
        let settings = Settings {
            hold_out: hold_out as u32,
            training: training as u32,
            cycles: cycles as u32,
            budget: budget as u32,
            seed,
            control: Control::Learning,
        };
        self.start()?;
        let mut test = Test::default();
        test.run(&mut self.state, &mut self.chain, &settings)?;
        report::acceptance(&mut self.result, &test.report, &self.chain);
        self.result.settle()?;
        self.refresh_policy()?;
        Ok(test.report.verdicts[2].passed)
    }

    /// The JSON of the last `train` or `acceptance` that ended well.
    #[must_use]
    pub fn result(&self) -> &[u8] {
        self.result.bytes()
    }

    /// Writes the policy anew; its length in bytes.
    #[inline(never)]
    pub fn refresh_policy(&mut self) -> Result<usize, Status> {
        self.policy.clear();
        self.start()?;
        report::policy(&mut self.policy, &self.state);
        self.policy.settle()?;
        Ok(self.policy.bytes().len())
    }

    /// The policy as it was last written.
    #[must_use]
    pub fn policy(&self) -> &[u8] {
        self.policy.bytes()
    }

    /// The witness chain: of the last acceptance test, and of what was trained since.
    #[must_use]
    pub fn witness(&self) -> &[u8] {
        self.chain.bytes()
    }

    /// Writes the whole state anew ([`state`](super::state) has the layout); its length in bytes.
    pub fn refresh_state(&mut self) -> Result<usize, Status> {
        self.saved.clear();
        self.start()?;
        self.state.save(&mut self.saved);
        self.saved.settle()?;
        Ok(self.saved.bytes().len())
    }

    /// The state as it was last written.
    #[must_use]
    pub fn state(&self) -> &[u8] {
        self.saved.bytes()
    }

    /// Goes on from a saved state; bytes that are none ([`Status::Data`]) change nothing.
    pub fn load(&mut self, bytes: &[u8]) -> Result<(), Status> {
        let mut loaded = State::empty();
        if !loaded.load(bytes)? {
            return Err(Status::Data);
        }
        self.state = loaded;
        Ok(())
    }
}
