//! The reasoning bank: what is learned is staged, and kept only when it does no harm.
//!
//! A checkpoint is the last state that was kept. After a cycle of training the state and its checkpoint
//! solve the same validation puzzles, which are neither learned from nor tested on. The state is
//! promoted to be the checkpoint; or, when it solves fewer or costs more than the checkpoint by more
//! than a twentieth, it is rolled back to it.

use super::limits::{REGRESSION, VALIDATION};
use super::rng::{Rng, Stream};
use super::solver::{Mode, Solver};
use super::state::State;
use crate::temporal::puzzle::DIFFICULTIES;

/// Promotes the state or rolls it back; true when it was rolled back.
pub fn settle(
    solver: &mut Solver,
    state: &mut State,
    checkpoint: &mut State,
    mode: Mode,
    seed: u64,
    budget: u32,
) -> bool {
    let (now, before) =
        (validate(solver, state, mode, seed, budget), validate(solver, checkpoint, mode, seed, budget));
    let cost = before as u32;
    let is_worse = now >> 32 < before >> 32 || now as u32 > cost + cost / REGRESSION;
    if is_worse {
        // The policy's random numbers go on: else the next cycle would draw the same again.
        let rng = state.rng();
        *state = *checkpoint;
        state.set_rng(rng);
    } else {
        *checkpoint = *state;
    }
    is_worse
}

/// Puzzles solved, above 32 bits of steps taken.
#[inline(never)]
fn validate(solver: &mut Solver, state: &mut State, mode: Mode, seed: u64, budget: u32) -> u64 {
    let mut rng = Rng::stream(seed, Stream::Validation, 0);
    solver.forget();
    for number in 0..VALIDATION {
        solver.puzzle.draw(&mut rng, *DIFFICULTIES.start(), *DIFFICULTIES.end(), number % 2 == 1);
        solver.solve(state, mode, budget, false);
    }
    let [clean, noisy] = &solver.tallies;
    u64::from(clean.solved + noisy.solved) << 32 | (clean.steps + noisy.steps)
}
