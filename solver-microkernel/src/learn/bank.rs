//! The reasoning bank: what is learned is staged, and kept only when it does no harm.
//!
//! A checkpoint is the last state that was kept. After a cycle of training the state and its checkpoint
//! solve the same validation puzzles, which are neither learned from nor tested on. The state is
//! promoted to be the checkpoint; or, when it solves fewer or costs more than the checkpoint by more
//! than a twentieth, it is rolled back to it.

use super::Full;
use super::limits::{REGRESSION, VALIDATION};
use super::rng::{Rng, Stream};
use super::solver::Mode;
use super::state::State;
use crate::temporal::Puzzle;
use crate::temporal::puzzle::DIFFICULTIES;

/// What became of the learning since the last checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is the checkpoint now.
    Promoted,
    /// It is gone.
    RolledBack,
}

/// Holds the checkpoint.
#[derive(Debug, Default)]
pub struct Bank {
    checkpoint: State,
}

impl Bank {
    /// Makes room for the checkpoint, which is the state as it is.
    pub fn start(&mut self, state: &State) -> Result<(), Full> {
        self.checkpoint.start()?;
        self.reset(state);
        Ok(())
    }

    /// Takes the state as checkpoint without a question.
    pub fn reset(&mut self, state: &State) {
        self.checkpoint.copy_from(state);
    }

    /// Promotes the state or rolls it back.
    pub fn settle(&mut self, state: &mut State, mode: Mode, seed: u64, budget: u32) -> Fate {
        let (solved, cost) = validate(state, mode, seed, budget);
        let (solved_before, cost_before) = validate(&self.checkpoint, mode, seed, budget);
        if solved < solved_before || cost > cost_before + cost_before / REGRESSION {
            // The policy's random numbers go on: else the next cycle would draw the same again.
            let rng = state.rng();
            state.copy_from(&self.checkpoint);
            state.set_rng(rng);
            return Fate::RolledBack;
        }
        self.reset(state);
        Fate::Promoted
    }
}

/// Puzzles solved and steps taken.
#[inline(never)]
fn validate(state: &State, mode: Mode, seed: u64, budget: u32) -> (u32, u64) {
    let mut rng = Rng::stream(seed, Stream::Validation, 0);
    let mut totals = (0, 0);
    for number in 0..VALIDATION {
        let puzzle = Puzzle::generate(&mut rng, *DIFFICULTIES.start(), *DIFFICULTIES.end(), number % 2 == 1);
        let decision = state.solve(mode, &puzzle, budget);
        totals.0 += u32::from(decision.solved);
        totals.1 += u64::from(decision.outcome.steps);
    }
    totals
}
