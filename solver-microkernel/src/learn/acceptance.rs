//! Does learning help? The test that says so, or that it does not.
//!
//! Three modes solve the same hold-out, which nothing was learned from: A with the fixed policy, B with
//! compiled knowledge beside it, C with the learned policy and compiled knowledge. Each starts from
//! what its instance had learned before and is trained in cycles; after each cycle it is frozen and
//! solves the hold-out, half of which is noisy.
//!
//! In the end C is compared, puzzle by puzzle, with A and with the best of three solvers that use one
//! arm for all and have the same compiled knowledge as C. Which of these is best is told by the
//! hold-out itself, in hindsight, so the comparison is hard on C. C passes when the 95 % interval of the
//! mean difference is below zero for both, no answer was wrong that A had right, and no search was
//! ended early by mistake. A and B have to beat the same arm. Every decision, in training and on the
//! hold-out, is hashed into the witness chain.

use super::bank::{Bank, Fate};
use super::bootstrap::{Costs, Interval, Resampler};
use super::limits::{LEAST_ACCURACY, NOISE_PERCENT};
use super::log::Log;
use super::rng::{Rng, Stream};
use super::solver::Mode;
use super::state::State;
use super::witness::Chain;
use super::{Full, clear, knowledge, policy};
use crate::temporal::context::BUCKETS;
use crate::temporal::puzzle::DIFFICULTIES;
use crate::temporal::{Arm, Puzzle};
use solver_lists::Vec;

/// What to test with.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Clean puzzles of the hold-out, and as many noisy ones.
    pub hold_out: u32,
    /// Puzzles learned from in each cycle.
    pub training: u32,
    /// Cycles.
    pub cycles: u32,
    /// Steps that a puzzle may take.
    pub budget: u32,
    /// What all puzzles come from.
    pub seed: u64,
    /// Whether the learner works.
    pub control: Control,
}

/// The control experiment: what is reported when nothing can have been learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// The learner works.
    Learning,
    /// It is not told what came of its attempts.
    Disabled,
    /// What it learned is given to other arms before it is tested.
    Shuffled,
}

/// A frozen solver on the hold-out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cycle {
    /// Puzzles solved, clean and noisy.
    pub solved: [u32; 2],
    /// Steps taken, clean and noisy.
    pub steps: [u64; 2],
    /// Puzzles of each kind.
    pub puzzles: u32,
    /// Searches that compiled knowledge ended by mistake.
    pub violations: u32,
    /// Compiled signatures.
    pub patterns: u32,
    /// What was learned in this cycle was dropped.
    pub rolled_back: bool,
}

impl Cycle {
    /// Share of clean (0) or noisy (1) puzzles solved; not a number when there are none.
    #[must_use]
    pub fn accuracy(&self, noisy: usize) -> f64 {
        f64::from(self.solved.get(noisy).copied().unwrap_or_default()) / f64::from(self.puzzles)
    }

    /// Steps per puzzle, over both kinds.
    #[must_use]
    pub fn cost(&self) -> f64 {
        (self.steps[0] + self.steps[1]) as f64 / (2.0 * f64::from(self.puzzles))
    }
}

/// What became of a mode.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verdict {
    /// Steps per puzzle less those of the best constant arm.
    pub against_constant: Interval,
    /// Accuracy of the last cycle is at least that of A, clean and noisy.
    pub accuracy_maintained: bool,
    /// Cheaper than the best constant arm, surely.
    pub cost_improved: bool,
    /// Solves more noisy puzzles than A.
    pub robustness_improved: bool,
    /// Solves more clean puzzles than A.
    pub accuracy_improved: bool,
    /// No violation in any cycle.
    pub zero_violations: bool,
    /// All that is asked for.
    pub passed: bool,
}

/// The whole test.
#[derive(Debug, Default)]
pub struct Report {
    /// All cycles of A, then of B, then of C.
    pub cycles: Vec<Cycle>,
    /// A, B, C.
    pub verdicts: [Verdict; 3],
    /// Puzzles of the hold-out, clean and noisy.
    pub puzzles: u32,
    /// Steps of each constant arm over the hold-out.
    pub constant: [u64; 3],
    /// The number of the cheapest of them.
    pub best_constant: usize,
    /// Steps if the cheapest arm of each bucket had been known.
    pub hindsight: u64,
    /// Steps per puzzle of C less those of A.
    pub against_fixed: Interval,
    /// Decisions hashed into the chain.
    pub decisions: u64,
}

impl Report {
    /// The cycles of a mode: 0 for A.
    #[must_use]
    pub fn of(&self, mode: usize) -> &[Cycle] {
        let cycles = self.cycles.len() / 3;
        self.cycles.get(mode * cycles..).and_then(|all| all.get(..cycles)).unwrap_or_default()
    }
}

/// Every solver of the hold-out: the modes, then the constant arms, by their places in [`Costs`].
const SOLVERS: [Mode; 6] = [
    Mode::Fixed,
    Mode::Compiled,
    Mode::Learned,
    Mode::Constant(Arm::Scan),
    Mode::Constant(Arm::Weekday),
    Mode::Constant(Arm::Hybrid),
];

/// A test and what it needs room for.
#[derive(Debug, Default)]
pub struct Test {
    /// What came of it.
    pub report: Report,
    start: State,
    bank: Bank,
    costs: Vec<Costs>,
    resampler: Resampler,
}

impl Test {
    /// Runs the test. `state` is what was learned before, and afterwards what C has learned. The chain gets an
    /// entry per mode and cycle.
    pub fn run(&mut self, state: &mut State, chain: &mut Chain, settings: &Settings) -> Result<(), Full> {
        let entries = 3 * settings.cycles as usize;
        self.start.start()?;
        self.start.copy_from(state);
        self.bank.start(state)?;
        self.resampler.reserve()?;
        clear(&mut self.costs, 2 * settings.hold_out as usize)?;
        clear(&mut self.report.cycles, entries)?;
        chain.reserve(entries)?;
        self.report.puzzles = 2 * settings.hold_out;
        let mut place = 0;
        for mode in 0..3 {
            state.copy_from(&self.start);
            self.bank.reset(state);
            for number in 1..=settings.cycles {
                let mut log = Log::new();
                let rolled_back = self.learn(state, mode, settings, number, &mut log);
                let mut cycle = self.hold_out(state, mode, settings, Some(&mut log), &mut [0; BUCKETS]);
                cycle.rolled_back = rolled_back;
                self.report.decisions += log.decisions;
                let action = log.action(b'A' + mode as u8, number.into(), cycle.accuracy(0), cycle.cost());
                chain.push(&action);
                if let Some(to) = self.report.cycles.get_mut(place) {
                    *to = cycle;
                }
                place += 1;
            }
        }
        self.baselines(state, settings);
        self.judge(settings.seed);
        Ok(())
    }

    /// One cycle of training; true when it was dropped.
    fn learn(
        &mut self,
        state: &mut State,
        mode: usize,
        settings: &Settings,
        cycle: u32,
        log: &mut Log,
    ) -> bool {
        if mode == 0 {
            return false;
        }
        // A learner that is disabled trains as B does: it takes in knowledge, and no costs.
        let learned = if mode == 2 { Mode::Learned } else { Mode::Compiled };
        let trained = if settings.control == Control::Disabled { Mode::Compiled } else { learned };
        let mut rng = Rng::stream(settings.seed, Stream::Cycle, cycle.into());
        for _ in 0..settings.training {
            let noisy = rng.range(0, 99) < NOISE_PERCENT;
            let puzzle = Puzzle::generate(&mut rng, *DIFFICULTIES.start(), *DIFFICULTIES.end(), noisy);
            state.train(trained, &puzzle, settings.budget, log);
        }
        knowledge::compile(state);
        let fate = self.bank.settle(state, learned, settings.seed, settings.budget);
        if settings.control == Control::Shuffled {
            policy::shuffle(state, &mut rng);
        }
        fate == Fate::RolledBack
    }

    /// Solves the hold-out with a frozen state; the steps of each puzzle are kept for `solver`, and added up
    /// by bucket.
    #[inline(never)]
    fn hold_out(
        &mut self,
        state: &State,
        solver: usize,
        settings: &Settings,
        mut log: Option<&mut Log>,
        buckets: &mut [u64; BUCKETS],
    ) -> Cycle {
        let mode = SOLVERS.get(solver).copied().unwrap_or(Mode::Fixed);
        let mut cycle =
            Cycle { puzzles: settings.hold_out, patterns: knowledge::learned(state), ..Cycle::default() };
        for (number, costs) in self.costs.iter_mut().enumerate() {
            let noisy = number >= settings.hold_out as usize;
            let mut rng = Rng::stream(settings.seed, Stream::HoldOut, number as u64);
            let puzzle = Puzzle::generate(&mut rng, *DIFFICULTIES.start(), *DIFFICULTIES.end(), noisy);
            let decision = state.solve(mode, &puzzle, settings.budget);
            let steps = decision.outcome.steps;
            if let Some(cost) = costs.get_mut(solver) {
                *cost = steps as u16;
            }
            if let Some(sum) = buckets.get_mut(decision.context.bucket()) {
                *sum += u64::from(steps);
            }
            let kind = usize::from(noisy);
            if let (Some(solved), Some(sum)) = (cycle.solved.get_mut(kind), cycle.steps.get_mut(kind)) {
                *solved += u32::from(decision.solved);
                *sum += u64::from(steps);
            }
            cycle.violations += u32::from(decision.is_violation());
            if let Some(log) = &mut log {
                log.push(&decision);
            }
        }
        cycle
    }

    /// What constant arms with the knowledge of C would have cost, and the best arm of each bucket.
    fn baselines(&mut self, state: &State, settings: &Settings) {
        let mut cheapest = [u64::MAX; BUCKETS];
        let mut least = u64::MAX;
        self.report.best_constant = 0;
        for arm in 0..3 {
            let mut buckets = [0; BUCKETS];
            let cycle = self.hold_out(state, 3 + arm, settings, None, &mut buckets);
            let total = cycle.steps[0] + cycle.steps[1];
            if let Some(to) = self.report.constant.get_mut(arm) {
                *to = total;
            }
            if total < least {
                least = total;
                self.report.best_constant = arm;
            }
            for (least, steps) in cheapest.iter_mut().zip(buckets) {
                *least = (*least).min(steps);
            }
        }
        self.report.hindsight = 0;
        for least in cheapest {
            self.report.hindsight += least;
        }
    }

    /// Compares with the baselines.
    fn judge(&mut self, seed: u64) {
        let Self { report, costs, resampler, .. } = self;
        let resample = Rng::stream(seed, Stream::Bootstrap, 0);
        report.against_fixed = resampler.difference(costs, 2, 0, resample);
        let a = report.of(0).last().copied().unwrap_or_default();
        for mode in 0..3 {
            let Some(last) = report.of(mode).last() else { continue };
            let mut verdict = Verdict {
                against_constant: resampler.difference(costs, mode, 3 + report.best_constant, resample),
                accuracy_maintained: last.solved[0] >= a.solved[0] && last.solved[1] >= a.solved[1],
                accuracy_improved: last.solved[0] > a.solved[0],
                robustness_improved: last.solved[1] > a.solved[1],
                zero_violations: true,
                ..Verdict::default()
            };
            for cycle in report.of(mode) {
                verdict.zero_violations &= cycle.violations == 0;
            }
            verdict.cost_improved = verdict.against_constant.high < 0.0;
            verdict.passed = verdict.accuracy_maintained
                && verdict.zero_violations
                && verdict.cost_improved
                && last.accuracy(0) >= LEAST_ACCURACY
                && (mode < 2 || report.against_fixed.high < 0.0);
            if let Some(to) = report.verdicts.get_mut(mode) {
                *to = verdict;
            }
        }
    }
}
