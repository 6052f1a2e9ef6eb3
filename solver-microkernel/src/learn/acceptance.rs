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
use super::bootstrap::{Interval, Resampler};
use super::limits::{LEAST_ACCURACY, NOISE_PERCENT};
use super::log::Log;
use super::rng::{Rng, Stream};
use super::solver::{Decision, Mode};
use super::state::State;
use super::witness::Chain;
use super::{Full, filled, knowledge, policy};
use crate::temporal::context::BUCKETS;
use crate::temporal::puzzle::DIFFICULTIES;
use crate::temporal::{Arm, Puzzle};
use alloc::vec::Vec;

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
        self.solved.get(noisy).map_or(f64::NAN, |solved| f64::from(*solved) / f64::from(self.puzzles))
    }

    /// Steps per puzzle, over both kinds.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.steps.iter().sum::<u64>() as f64 / (2.0 * f64::from(self.puzzles))
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
#[derive(Debug)]
pub struct Report {
    /// All cycles of A, then of B, then of C.
    pub cycles: Vec<Cycle>,
    /// A, B, C.
    pub verdicts: [Verdict; 3],
    /// Puzzles of the hold-out, clean and noisy.
    pub puzzles: u32,
    /// Steps of each constant arm over the hold-out.
    pub constant: [u64; 3],
    /// The cheapest of them.
    pub best_constant: Arm,
    /// Steps if the cheapest arm of each bucket had been known.
    pub hindsight: u64,
    /// Steps per puzzle of C less those of A.
    pub against_fixed: Interval,
    /// Decisions hashed into the chain.
    pub decisions: u64,
    /// The chain: an entry per mode and cycle.
    pub chain: Chain,
}

impl Report {
    /// The cycles of a mode: 0 for A.
    #[must_use]
    pub fn of(&self, mode: usize) -> &[Cycle] {
        let cycles = self.cycles.len() / 3;
        self.cycles.get(mode * cycles..).and_then(|all| all.get(..cycles)).unwrap_or_default()
    }
}

/// Steps of each puzzle of the hold-out: by A, B, C, and by the best constant arm.
type Costs = [Vec<u32>; 4];

/// Runs the test. `state` is what was learned before, and afterwards what C has learned.
pub fn run(state: &mut State, settings: &Settings) -> Result<Report, Full> {
    let count = 2 * settings.hold_out as usize;
    let start = state.try_clone()?;
    let mut bank = Bank::new(state)?;
    let mut costs = [filled(0, count)?, filled(0, count)?, filled(0, count)?, filled(0, count)?];
    let mut resampler = Resampler::new()?;
    let entries = 3 * settings.cycles as usize;
    let mut report = Report {
        cycles: filled(Cycle::default(), entries)?,
        verdicts: [Verdict::default(); 3],
        puzzles: 2 * settings.hold_out,
        constant: [0; 3],
        best_constant: Arm::Scan,
        hindsight: 0,
        against_fixed: Interval::default(),
        decisions: 0,
        chain: Chain::with_room(entries)?,
    };
    let Report { cycles, chain, decisions, .. } = &mut report;
    let modes = [(Mode::Fixed, b'A'), (Mode::Compiled, b'B'), (Mode::Learned, b'C')];
    for (place, cycle) in cycles.iter_mut().enumerate() {
        let number = place as u32 % settings.cycles + 1;
        let mode = place / settings.cycles as usize;
        let (Some((kind, letter)), Some(costs)) = (modes.get(mode), costs.get_mut(mode)) else { continue };
        if number == 1 {
            state.copy_from(&start);
            bank.reset(state);
        }
        let mut log = Log::new();
        let fate = learn(state, &mut bank, *kind, settings, number, &mut log);
        *cycle = hold_out(state, *kind, settings, costs, &mut |decision| log.push(decision));
        cycle.rolled_back = fate == Fate::RolledBack;
        *decisions += log.decisions;
        chain.push(log.action(*letter, number.into(), cycle.accuracy(0), cycle.cost()));
    }
    baselines(&mut report, state, settings, &mut costs);
    judge(&mut report, settings.seed, &costs, &mut resampler);
    Ok(report)
}

/// One cycle of training, kept or dropped.
fn learn(
    state: &mut State,
    bank: &mut Bank,
    mode: Mode,
    settings: &Settings,
    cycle: u32,
    log: &mut Log,
) -> Fate {
    if mode == Mode::Fixed {
        return Fate::Promoted;
    }
    let mut rng = Rng::stream(settings.seed, Stream::Cycle, cycle.into());
    // A learner that is disabled trains as B does: it takes in knowledge, and no costs.
    let disabled = settings.control == Control::Disabled;
    let trained = if disabled { Mode::Compiled } else { mode };
    for _ in 0..settings.training {
        let noisy = rng.range(0, 99) < NOISE_PERCENT;
        let puzzle = Puzzle::generate(&mut rng, *DIFFICULTIES.start(), *DIFFICULTIES.end(), noisy);
        log.push_both(&state.train(trained, &puzzle, settings.budget));
    }
    knowledge::compile(state);
    let fate = bank.settle(state, mode, settings.seed, settings.budget);
    if settings.control == Control::Shuffled {
        policy::shuffle(state, &mut rng);
    }
    fate
}

/// Solves the hold-out with a frozen state; the steps of each puzzle go to `costs`.
fn hold_out(
    state: &State,
    mode: Mode,
    settings: &Settings,
    costs: &mut [u32],
    see: &mut dyn FnMut(&Decision),
) -> Cycle {
    let mut cycle =
        Cycle { puzzles: settings.hold_out, patterns: knowledge::learned(state), ..Cycle::default() };
    for (number, cost) in costs.iter_mut().enumerate() {
        let noisy = number >= settings.hold_out as usize;
        let mut rng = Rng::stream(settings.seed, Stream::HoldOut, number as u64);
        let puzzle = Puzzle::generate(&mut rng, *DIFFICULTIES.start(), *DIFFICULTIES.end(), noisy);
        let decision = state.solve(mode, &puzzle, settings.budget);
        *cost = decision.outcome.steps;
        let kind = usize::from(noisy);
        if let (Some(solved), Some(steps)) = (cycle.solved.get_mut(kind), cycle.steps.get_mut(kind)) {
            *solved += u32::from(decision.solved);
            *steps += u64::from(*cost);
        }
        cycle.violations += u32::from(decision.is_violation());
        see(&decision);
    }
    cycle
}

/// What constant arms with the knowledge of C would have cost, and the best arm of each bucket.
fn baselines(report: &mut Report, state: &State, settings: &Settings, costs: &mut Costs) {
    let [.., best] = costs;
    let mut cheapest = [u64::MAX; BUCKETS];
    let mut least = u64::MAX;
    let bucket_steps = |arm: Arm, costs: &mut [u32]| {
        let mut buckets = [0u64; BUCKETS];
        hold_out(state, Mode::Constant(arm), settings, costs, &mut |decision| {
            if let Some(steps) = buckets.get_mut(decision.context.bucket()) {
                *steps += u64::from(decision.outcome.steps);
            }
        });
        buckets
    };
    for (arm, total) in Arm::ALL.into_iter().zip(&mut report.constant) {
        let buckets = bucket_steps(arm, best);
        *total = buckets.iter().sum();
        for (least, steps) in cheapest.iter_mut().zip(buckets) {
            *least = (*least).min(steps);
        }
        if *total < least {
            least = *total;
            report.best_constant = arm;
        }
    }
    report.hindsight = cheapest.iter().sum();
    bucket_steps(report.best_constant, best);
}

/// Compares with the baselines.
fn judge(report: &mut Report, seed: u64, costs: &Costs, resampler: &mut Resampler) {
    let [fixed, _, learned, best] = costs;
    let resample = Rng::stream(seed, Stream::Bootstrap, 0);
    report.against_fixed = resampler.difference(learned, fixed, resample);
    let dearer_than_fixed = report.against_fixed.high >= 0.0;
    let a = report.of(0).last().copied().unwrap_or_default();
    let mut verdicts = [Verdict::default(); 3];
    for ((verdict, costs), mode) in verdicts.iter_mut().zip(costs).zip(0..) {
        let cycles = report.of(mode);
        let Some(last) = cycles.last() else { continue };
        let [clean, noisy] = last.solved;
        verdict.against_constant = resampler.difference(costs, best, resample);
        verdict.zero_violations = cycles.iter().all(|cycle| cycle.violations == 0);
        verdict.accuracy_maintained = clean >= a.solved[0] && noisy >= a.solved[1];
        verdict.accuracy_improved = clean > a.solved[0];
        verdict.robustness_improved = noisy > a.solved[1];
        verdict.cost_improved = verdict.against_constant.high < 0.0;
        verdict.passed = verdict.accuracy_maintained
            && verdict.zero_violations
            && verdict.cost_improved
            && last.accuracy(0) >= LEAST_ACCURACY
            && !(mode == 2 && dearer_than_fixed);
    }
    report.verdicts = verdicts;
}
