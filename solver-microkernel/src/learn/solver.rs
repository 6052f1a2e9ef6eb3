//! Solving and training: the policy and compiled knowledge together, used as far as a mode goes.

use super::log::Log;
use super::state::{Counter, State};
use super::{knowledge, policy};
use crate::temporal::search::Clues;
use crate::temporal::{Arm, Context, Outcome, Puzzle};

/// What a solver uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A: the fixed policy.
    Fixed,
    /// B: the fixed policy, and compiled knowledge.
    Compiled,
    /// C: the learned policy, and compiled knowledge.
    Learned,
    /// One arm for all, and compiled knowledge: what C has to beat.
    Constant(Arm),
}

/// A puzzle that was solved, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What was known beforehand.
    pub context: Context,
    /// The arm used.
    pub arm: Arm,
    /// The compiled distance used; 0 for none.
    pub gap: u32,
    /// What came of it.
    pub outcome: Outcome,
    /// The answer is right.
    pub solved: bool,
}

impl Decision {
    /// An answer was given out as complete and is not: compiled knowledge was wrong.
    #[must_use]
    pub const fn is_violation(&self) -> bool {
        self.outcome.stopped_early && !self.solved && !self.context.noisy
    }
}

/// A puzzle made ready.
struct Task<'a> {
    puzzle: &'a Puzzle,
    clues: Clues,
    context: Context,
    gap: u32,
    budget: u32,
}

impl<'a> Task<'a> {
    #[inline(never)]
    fn new(state: &State, mode: Mode, puzzle: &'a Puzzle, budget: u32) -> Self {
        let clues = Clues::new(puzzle);
        let context = Context::of(puzzle, &clues);
        let gap = if mode == Mode::Fixed { 0 } else { knowledge::gap(state, puzzle) };
        Self { puzzle, clues, context, gap, budget }
    }

    #[inline(never)]
    fn run(&self, arm: Arm) -> Decision {
        let outcome = self.clues.search(arm, self.gap, self.budget);
        let solved = !outcome.exhausted && self.puzzle.is_solved_by(&outcome.days);
        Decision { context: self.context, arm, gap: self.gap, outcome, solved }
    }
}

impl State {
    /// Solves a puzzle and learns nothing.
    #[must_use]
    pub fn solve(&self, mode: Mode, puzzle: &Puzzle, budget: u32) -> Decision {
        let task = Task::new(self, mode, puzzle, budget);
        task.run(match mode {
            Mode::Fixed | Mode::Compiled => task.context.fixed_arm(),
            Mode::Learned => policy::best(self, task.context),
            Mode::Constant(arm) => arm,
        })
    }

    /// Solves a puzzle and learns from it, in mode C its policy too. In that mode a second arm may be run
    /// for what there is to learn from it. Decisions go to the log; whether the puzzle was solved, and in
    /// how many steps, by the first arm.
    #[inline(never)]
    pub fn train(&mut self, mode: Mode, puzzle: &Puzzle, budget: u32, log: &mut Log) -> (bool, u32) {
        let task = Task::new(self, mode, puzzle, budget);
        let learned = mode == Mode::Learned;
        let fixed = (task.context.fixed_arm(), None);
        let (mut arm, mut second) = if learned { policy::draw(self, task.context) } else { fixed };
        let mut first = None;
        loop {
            let decision = task.run(arm);
            log.push(&decision);
            let Decision { outcome, solved, .. } = &decision;
            if learned {
                policy::record(self, task.context, arm, outcome, *solved);
            }
            let came = (*solved, outcome.steps);
            match first {
                None => knowledge::observe(self, puzzle, outcome),
                Some((_, steps)) => {
                    self.count(Counter::SecondAttempts, 1);
                    self.count(Counter::SecondWins, (came.1 < steps).into());
                }
            }
            let first = *first.get_or_insert(came);
            let Some(next) = second.take() else { return first };
            arm = next;
        }
    }
}
