//! Solving and training: the policy and compiled knowledge together, used as far as a mode goes.

use super::state::{Counter, State};
use super::witness::Log;
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
    Scan,
    /// See [`Scan`](Self::Scan).
    Weekday,
    /// See [`Scan`](Self::Scan).
    Hybrid,
}

impl Mode {
    /// The mode of a number: the last for 5 and more.
    #[must_use]
    pub const fn of(number: usize) -> Self {
        match number {
            0 => Self::Fixed,
            1 => Self::Compiled,
            2 => Self::Learned,
            3 => Self::Scan,
            4 => Self::Weekday,
            _ => Self::Hybrid,
        }
    }
}

/// Puzzles that were solved, and the steps of all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Puzzles whose answer was right.
    pub solved: u32,
    /// Steps.
    pub steps: u64,
}

/// A puzzle at hand, what was known of it beforehand, and what came of the last attempt.
#[derive(Debug)]
pub struct Solver {
    /// The puzzle.
    pub puzzle: Puzzle,
    clues: Clues,
    /// What was known beforehand.
    pub context: Context,
    /// The compiled distance used; 0 for none.
    pub gap: u32,
    /// The arm used.
    pub arm: Arm,
    /// What came of it.
    pub outcome: Outcome,
    /// The answer is right.
    pub solved: bool,
    /// Of clean and of noisy puzzles, second attempts left out.
    pub tallies: [Tally; 2],
    /// Answers among those that were given out as complete and were not: compiled knowledge was wrong.
    pub violations: u32,
    /// Decisions of training and of the hold-out.
    pub log: Log,
}

impl Default for Solver {
    fn default() -> Self {
        Self::NEW
    }
}

impl Solver {
    /// Nothing done yet.
    pub(super) const NEW: Self = Self {
        puzzle: Puzzle::NONE,
        clues: Clues::NONE,
        context: Context { days: 0, distractors: 0, noisy: false },
        gap: 0,
        arm: Arm::Scan,
        outcome: Outcome::NONE,
        solved: false,
        tallies: [Tally { solved: 0, steps: 0 }; 2],
        violations: 0,
        log: Log::new(),
    };

    /// Counts puzzles from here on.
    pub fn forget(&mut self) {
        self.tallies = [Tally::default(); 2];
        self.violations = 0;
    }

    #[inline(never)]
    fn run(&mut self, arm: Arm, budget: u32) {
        self.arm = arm;
        self.clues.search_into(arm, self.gap, budget, &mut self.outcome);
        self.solved = !self.outcome.exhausted && self.puzzle.is_solved_by(&self.outcome.days);
    }

    /// Solves the puzzle and learns nothing. When `draws`, the learned policy draws its arm, and a second arm
    /// that may be run for what there is to learn from it.
    #[inline(never)]
    pub fn solve(&mut self, state: &mut State, mode: Mode, budget: u32, draws: bool) -> Option<Arm> {
        self.clues.take(&self.puzzle);
        self.context = Context::of(&self.puzzle, &self.clues);
        self.gap = if mode == Mode::Fixed { 0 } else { knowledge::gap(state, &self.puzzle) };
        let (arm, second) = match mode {
            Mode::Fixed | Mode::Compiled => (self.context.fixed_arm(), None),
            Mode::Learned => policy::choose(state, &self.context, draws),
            constant => (Arm::of(constant as usize - Mode::Scan as usize), None),
        };
        self.run(arm, budget);
        if let Some(tally) = self.tallies.get_mut(usize::from(self.puzzle.noisy)) {
            tally.solved += u32::from(self.solved);
            tally.steps += u64::from(self.outcome.steps);
        }
        self.violations += u32::from(self.outcome.stopped_early && !self.solved && !self.puzzle.noisy);
        second
    }

    /// Solves the puzzle and learns from it, in mode C its policy too.
    #[inline(never)]
    pub fn train(&mut self, state: &mut State, mode: Mode, budget: u32) {
        let second = self.solve(state, mode, budget, true);
        self.learn(state, mode);
        knowledge::observe(state, &self.puzzle, &self.outcome);
        if let Some(arm) = second {
            let steps = self.outcome.steps;
            self.run(arm, budget);
            self.learn(state, mode);
            state.count(Counter::SecondAttempts, true);
            state.count(Counter::SecondWins, self.outcome.steps < steps);
        }
    }

    #[inline(never)]
    fn learn(&mut self, state: &mut State, mode: Mode) {
        self.note();
        if mode == Mode::Learned {
            policy::record(state, &self.context, self.arm, &self.outcome, self.solved);
        }
    }
}
