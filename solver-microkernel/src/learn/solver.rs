//! A solver of puzzles: a policy and compiled knowledge, used as far as its mode goes.

use super::Full;
use super::knowledge::Knowledge;
use super::policy::Policy;
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

/// A policy and compiled knowledge.
#[derive(Debug)]
pub struct Solver {
    /// Which arm in which context.
    pub policy: Policy,
    /// What signatures say.
    pub knowledge: Knowledge,
}

impl Solver {
    /// A solver that knows nothing.
    pub fn new() -> Result<Self, Full> {
        Ok(Self { policy: Policy::new()?, knowledge: Knowledge::new()? })
    }

    /// Becomes like another one.
    pub fn copy_from(&mut self, other: &Self) {
        self.policy.copy_from(&other.policy);
        self.knowledge.copy_from(&other.knowledge);
    }

    /// A copy.
    pub fn try_clone(&self) -> Result<Self, Full> {
        let mut copy = Self::new()?;
        copy.copy_from(self);
        Ok(copy)
    }

    fn gap(&self, mode: Mode, puzzle: &Puzzle) -> u32 {
        if mode == Mode::Fixed { 0 } else { self.knowledge.gap(puzzle) }
    }

    /// Solves a puzzle and learns nothing.
    #[must_use]
    pub fn solve(&self, mode: Mode, puzzle: &Puzzle, budget: u32) -> Decision {
        let clues = Clues::new(puzzle);
        let context = Context::of(puzzle, &clues);
        let arm = match mode {
            Mode::Fixed | Mode::Compiled => context.fixed_arm(),
            Mode::Learned => self.policy.best(context),
            Mode::Constant(arm) => arm,
        };
        let gap = self.gap(mode, puzzle);
        run(puzzle, &clues, context, arm, gap, budget)
    }

    /// Solves a puzzle and learns from it: the decision, and the one of a second arm that was run for
    /// what there is to learn from it.
    pub fn train(&mut self, mode: Mode, puzzle: &Puzzle, budget: u32) -> (Decision, Option<Decision>) {
        let clues = Clues::new(puzzle);
        let context = Context::of(puzzle, &clues);
        let (arm, second) = match mode {
            Mode::Learned => self.policy.draw(context),
            Mode::Constant(arm) => (arm, None),
            Mode::Fixed | Mode::Compiled => (context.fixed_arm(), None),
        };
        let gap = self.gap(mode, puzzle);
        let decision = run(puzzle, &clues, context, arm, gap, budget);
        self.knowledge.observe(puzzle, &decision.outcome);
        if mode != Mode::Learned {
            return (decision, None);
        }
        self.policy.record(context, arm, &decision.outcome, decision.solved);
        let other = second.map(|arm| run(puzzle, &clues, context, arm, gap, budget));
        if let Some(other) = &other {
            self.policy.record(context, other.arm, &other.outcome, other.solved);
            let won = other.outcome.steps < decision.outcome.steps;
            self.policy.record_second(won);
        }
        (decision, other)
    }
}

fn run(puzzle: &Puzzle, clues: &Clues, context: Context, arm: Arm, gap: u32, budget: u32) -> Decision {
    let outcome = clues.search(arm, gap, budget);
    let solved = !outcome.exhausted && puzzle.is_solved_by(&outcome.days);
    Decision { context, arm, gap, outcome, solved }
}
