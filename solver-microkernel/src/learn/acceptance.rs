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
use super::bootstrap::{Interval, difference};
use super::limits::{LEAST_ACCURACY, NOISE_PERCENT};
use super::log::Log;
use super::rng::{Rng, Stream};
use super::solver::{Mode, Solver};
use super::witness::Chain;
use super::{Full, filled};
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
#[derive(Debug, Default)]
pub struct ModeReport {
    /// Its cycles.
    pub cycles: Vec<Cycle>,
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
    /// Times that a cycle's learning was dropped.
    pub rollbacks: u32,
}

/// The whole test.
#[derive(Debug)]
pub struct Report {
    /// A, B, C.
    pub modes: [ModeReport; 3],
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

/// Runs the test. `state` is what was learned before, and afterwards what C has learned.
pub fn run(state: &mut Solver, settings: &Settings) -> Result<Report, Full> {
    let count = 2 * settings.hold_out as usize;
    let mut report = Report {
        modes: [ModeReport::default(), ModeReport::default(), ModeReport::default()],
        puzzles: 2 * settings.hold_out,
        constant: [0; 3],
        best_constant: Arm::Scan,
        hindsight: 0,
        against_fixed: Interval::default(),
        decisions: 0,
        chain: Chain::new(),
    };
    let mut costs = [filled(0, count)?, filled(0, count)?, filled(0, count)?];
    let start = state.try_clone()?;
    let modes = [(Mode::Fixed, b'A'), (Mode::Compiled, b'B'), (Mode::Learned, b'C')];
    for ((mode, costs), (kind, letter)) in report.modes.iter_mut().zip(&mut costs).zip(modes) {
        state.copy_from(&start);
        let mut bank = Bank::new(state)?;
        mode.cycles.try_reserve_exact(settings.cycles as usize).map_err(|_| Full)?;
        for number in 1..=settings.cycles {
            let mut log = Log::new();
            let fate = learn(state, &mut bank, kind, settings, number, &mut log)?;
            let mut cycle = hold_out(state, kind, settings, costs, Some(&mut log), None);
            cycle.rolled_back = fate == Fate::RolledBack;
            report.decisions += log.decisions;
            report.chain.push(log.action(letter, number.into(), cycle.accuracy(0), cycle.cost()))?;
            mode.cycles.push(cycle);
        }
        mode.rollbacks = bank.rollbacks;
    }
    judge(&mut report, state, settings, &costs)?;
    Ok(report)
}

/// One cycle of training, kept or dropped.
fn learn(
    state: &mut Solver,
    bank: &mut Bank,
    mode: Mode,
    settings: &Settings,
    cycle: u32,
    log: &mut Log,
) -> Result<Fate, Full> {
    if mode == Mode::Fixed {
        return Ok(Fate::Promoted);
    }
    let mut rng = Rng::stream(settings.seed, Stream::Cycle, cycle.into());
    // A learner that is disabled trains as B does: it takes in knowledge, and no costs.
    let disabled = mode == Mode::Learned && settings.control == Control::Disabled;
    let trained = if disabled { Mode::Compiled } else { mode };
    for _ in 0..settings.training {
        let noisy = rng.range(0, 99) < NOISE_PERCENT;
        let puzzle = Puzzle::generate(&mut rng, *DIFFICULTIES.start(), *DIFFICULTIES.end(), noisy);
        let (first, second) = state.train(trained, &puzzle, settings.budget);
        log.push(&first);
        second.iter().for_each(|second| log.push(second));
    }
    state.knowledge.compile()?;
    let fate = bank.settle(state, mode, settings.seed, settings.budget);
    if mode == Mode::Learned && settings.control == Control::Shuffled {
        state.policy.shuffle(&mut rng);
    }
    Ok(fate)
}

/// Solves the hold-out; the steps of each puzzle go to `costs`, those of each bucket to `buckets`.
fn hold_out(
    state: &Solver,
    mode: Mode,
    settings: &Settings,
    costs: &mut [u32],
    mut log: Option<&mut Log>,
    mut buckets: Option<&mut [u64]>,
) -> Cycle {
    let mut cycle =
        Cycle { puzzles: settings.hold_out, patterns: state.knowledge.learned(), ..Cycle::default() };
    for (number, cost) in costs.iter_mut().enumerate() {
        let noisy = number >= settings.hold_out as usize;
        let mut rng = Rng::stream(settings.seed, Stream::HoldOut, number as u64);
        let puzzle = Puzzle::generate(&mut rng, *DIFFICULTIES.start(), *DIFFICULTIES.end(), noisy);
        let decision = state.solve(mode, &puzzle, settings.budget);
        *cost = decision.outcome.steps;
        if let (Some(solved), Some(steps)) =
            (cycle.solved.get_mut(usize::from(noisy)), cycle.steps.get_mut(usize::from(noisy)))
        {
            *solved += u32::from(decision.solved);
            *steps += u64::from(*cost);
        }
        cycle.violations += u32::from(decision.is_violation());
        if let Some(log) = &mut log {
            log.push(&decision);
        }
        if let Some(steps) = buckets.as_mut().and_then(|b| b.get_mut(decision.context.bucket())) {
            *steps += u64::from(*cost);
        }
    }
    cycle
}

/// Compares with the baselines.
fn judge(
    report: &mut Report,
    state: &Solver,
    settings: &Settings,
    costs: &[Vec<u32>; 3],
) -> Result<(), Full> {
    let [fixed, _, learned] = costs;
    let mut best: Vec<u32> = Vec::new();
    let mut cheapest = [u64::MAX; BUCKETS];
    for (arm, total) in Arm::ALL.into_iter().zip(&mut report.constant) {
        let mut steps = filled(0, fixed.len())?;
        let mut buckets = [0; BUCKETS];
        hold_out(state, Mode::Constant(arm), settings, &mut steps, None, Some(&mut buckets));
        *total = buckets.iter().sum();
        for (least, steps) in cheapest.iter_mut().zip(buckets) {
            *least = (*least).min(steps);
        }
        if best.is_empty() || *total < best.iter().map(|steps| u64::from(*steps)).sum() {
            report.best_constant = arm;
            best = steps;
        }
    }
    report.hindsight = cheapest.iter().sum();
    let resample = Rng::stream(settings.seed, Stream::Bootstrap, 0);
    report.against_fixed = difference(learned, fixed, resample)?;
    let first = report.modes.first().and_then(|a| a.cycles.last()).copied();
    let dearer_than_fixed = report.against_fixed.high >= 0.0;
    for ((mode, costs), learned) in report.modes.iter_mut().zip(costs).zip([false, false, true]) {
        mode.against_constant = difference(costs, &best, resample)?;
        mode.zero_violations = mode.cycles.iter().all(|cycle| cycle.violations == 0);
        let (Some(a), Some(last)) = (first, mode.cycles.last()) else { continue };
        let [clean, noisy] = last.solved;
        mode.accuracy_maintained = clean >= a.solved[0] && noisy >= a.solved[1];
        mode.accuracy_improved = clean > a.solved[0];
        mode.robustness_improved = noisy > a.solved[1];
        mode.cost_improved = mode.against_constant.high < 0.0;
        mode.passed = mode.accuracy_maintained
            && mode.zero_violations
            && mode.cost_improved
            && last.accuracy(0) >= LEAST_ACCURACY
            && !(learned && dearer_than_fixed);
    }
    Ok(())
}
