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
//!
//! All that is measured is kept as words, in the order in which the result prints them.

use super::bootstrap::{COST_BITS, MOST_COST, ROOM, difference};
use super::limits::{LEAST_ACCURACY, NOISE_PERCENT};
use super::output::{ARM, MODE, fill, most};
use super::rng::{Rng, Stream};
use super::solver::{Mode, Solver};
use super::state::State;
use super::witness::ENTRY;
use super::{Full, bank, knowledge, policy, room};
use crate::learn::{set, word};
use crate::temporal::context::BUCKETS;
use crate::temporal::puzzle::DIFFICULTIES;
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
}

/// The learner works.
pub const LEARNING: u8 = 0;
/// A control experiment, of what is reported when nothing can have been learned: the learner is not told what
/// came of its attempts.
pub const DISABLED: u8 = 1;
/// Another: what it learned is given to other arms before it is tested.
pub const SHUFFLED: u8 = 2;

const HEAD: &str = r##"{"version":2"##;
const NAME: &str = r##","mode_@":{"cycles":["##;
const CYCLE: &str = r##",{"cycle":#,"accuracy":%,"cost_per_solve":%,"noise_accuracy":%,"violations":#,"patterns_learned":#,"clean_steps":#,"noisy_steps":#,"rolled_back":?}"##;
const VERDICT: &str = r##"],"passed":?,"accuracy_maintained":?,"cost_improved":?,"robustness_improved":?,"zero_violations":?,"dimensions_improved":#,"cost_against_best_constant_arm":{"mean":%,"low":%,"high":%}}"##;
const TAIL: &str = r##","all_passed":?,"witness_entries":#,"witness_chain_bytes":#,"decisions":#,"baselines":{"none":%,"weekday":%,"hybrid":%,"best_constant_arm":"@","best_arm_per_bucket":%},"cost_against_mode_a":{"mean":%,"low":%,"high":%}}"##;

/// Words of a row: of a cycle, and of the verdict behind the cycles of a mode.
const ROW: usize = 9;
/// Places in the row of a cycle.
const ACCURACY: usize = 1;
/// See [`ACCURACY`].
const COST: usize = 2;
/// See [`ACCURACY`].
const NOISE_ACCURACY: usize = 3;
/// See [`ACCURACY`].
const VIOLATIONS: usize = 4;
/// Where the interval stands in a verdict, and words of what is told behind the modes.
const INTERVAL: usize = 6;
const TAIL_WORDS: usize = 12;

/// The modes, then the constant arms.
const SOLVERS: usize = 6;
/// Behind the room of the bootstrap: steps by solver, then by bucket; then the steps of each puzzle by all solvers.
const SUMS: usize = ROOM;
/// See [`SUMS`].
const COSTS: usize = SUMS + SOLVERS * BUCKETS;

/// A test and what it needs room for.
pub(super) struct Test<'a> {
    /// What was learned before, and afterwards what C has learned.
    pub(super) state: &'a mut State,
    /// Gets an entry per mode and cycle.
    pub(super) chain: &'a mut Vec<u8>,
    /// Gets the JSON.
    pub(super) result: &'a mut Vec<u8>,
    /// What is asked for.
    pub(super) settings: Settings,
}

/// Puts values side by side.
#[inline(never)]
fn write(words: &mut [u64], at: usize, values: &[u64]) {
    for (value, at) in values.iter().zip(at..) {
        set(words, at, *value);
    }
}

/// The number of which the bits are there.
#[inline(never)]
fn float(words: &[u64], at: usize) -> f64 {
    f64::from_bits(word(words, at))
}

/// Of two such numbers.
#[inline(never)]
fn is_less(words: &[u64], one: usize, other: usize) -> bool {
    float(words, one) < float(words, other)
}

/// The work of a test.
struct Work {
    solver: Solver,
    start: State,
    checkpoint: State,
    words: Vec<u64>,
}

impl Test<'_> {
    /// Runs the test; whether C passed.
    pub(super) fn run<const CONTROL: u8>(&mut self) -> Result<bool, Full> {
        let cycles = self.settings.cycles as usize;
        let mut work = Work {
            solver: Solver::NEW,
            start: State::empty(),
            checkpoint: State::empty(),
            words: Vec::new(),
        };
        let tail = self.rows() + ROW * (3 * cycles + SOLVERS);
        if solver_lists::extend(&mut work.words, 0, tail + TAIL_WORDS) != 0 {
            return Err(Full);
        }
        work.start.start()?;
        work.start.copy_from(self.state);
        work.checkpoint.start()?;
        room(self.chain, 3 * cycles * ENTRY)?;
        let modes = const { 3 * (most(NAME) + most(VERDICT)) + most(HEAD) + most(TAIL) };
        room(self.result, modes + 3 * cycles * const { most(CYCLE) })?;
        self.measure::<CONTROL>(&mut work);
        self.judge(&mut work.words, tail);
        let told = [
            3 * cycles as u64,
            self.chain.len() as u64,
            work.solver.log.decisions - 3 * self.puzzles() as u64,
        ];
        write(&mut work.words, tail + 1, &told);
        self.print(&work.words);
        Ok(word(&work.words, tail) != 0)
    }

    /// Puzzles of the hold-out.
    const fn puzzles(&self) -> usize {
        2 * self.settings.hold_out as usize
    }

    /// The place of the first row: of each mode the cycles and the verdict, then the constant arms.
    const fn rows(&self) -> usize {
        COSTS + self.puzzles()
    }

    /// Trains the modes and solves the hold-out with each cycle of each, then with the constant arms.
    fn measure<const CONTROL: u8>(&mut self, work: &mut Work) {
        let each = f64::from(self.settings.hold_out);
        let mut row = self.rows();
        for number in 0..SOLVERS {
            let is_mode = number < 3;
            let mut cycles = 1;
            if is_mode {
                self.state.copy_from(&work.start);
                work.checkpoint.copy_from(&work.start);
                cycles = self.settings.cycles;
            }
            for cycle in 1..=cycles {
                let rolled_back = matches!(number, 1 | 2) && self.learn::<CONTROL>(work, number, cycle);
                self.hold_out(work, number);
                let [clean, noisy] = &work.solver.tallies;
                let accuracy = (f64::from(clean.solved) / each).to_bits();
                let cost = ((clean.steps + noisy.steps) as f64 / (2.0 * each)).to_bits();
                let values = [
                    cycle.into(),
                    accuracy,
                    cost,
                    (f64::from(noisy.solved) / each).to_bits(),
                    work.solver.violations.into(),
                    knowledge::learned(self.state).into(),
                    clean.steps,
                    noisy.steps,
                    rolled_back.into(),
                ];
                write(&mut work.words, row, &values);
                row += ROW;
                if is_mode {
                    let letter = b'A' + number as u8;
                    work.solver.log.seal(self.chain, [letter.into(), cycle.into(), accuracy, cost]);
                }
            }
            if is_mode {
                row += ROW;
            }
        }
    }

    /// One cycle of training; true when it was dropped.
    fn learn<const CONTROL: u8>(&mut self, work: &mut Work, mode: usize, cycle: u32) -> bool {
        let Settings { training, budget, seed, .. } = self.settings;
        // A learner that is disabled trains as B does: it takes in knowledge, and no costs.
        let mode = Mode::of(mode);
        let trained = if CONTROL == DISABLED { Mode::Compiled } else { mode };
        let mut rng = Rng::stream(seed, Stream::Cycle, cycle.into());
        for _ in 0..training {
            let noisy = rng.range(0, 99) < NOISE_PERCENT;
            work.solver.puzzle.draw(&mut rng, *DIFFICULTIES.start(), *DIFFICULTIES.end(), noisy);
            work.solver.train(self.state, trained, budget);
        }
        knowledge::compile(self.state);
        let dropped = bank::settle(&mut work.solver, self.state, &mut work.checkpoint, mode, seed, budget);
        if CONTROL == SHUFFLED {
            policy::shuffle(self.state, &mut rng);
        }
        dropped
    }

    /// Solves the hold-out with a frozen state; the steps of each puzzle are kept, and added up by bucket.
    fn hold_out(&mut self, work: &mut Work, number: usize) {
        let Settings { budget, seed, .. } = self.settings;
        let shift = COST_BITS * number as u32;
        work.solver.forget();
        for puzzle in 0..self.puzzles() {
            let noisy = puzzle >= self.settings.hold_out as usize;
            let mut rng = Rng::stream(seed, Stream::HoldOut, puzzle as u64);
            work.solver.puzzle.draw(&mut rng, *DIFFICULTIES.start(), *DIFFICULTIES.end(), noisy);
            work.solver.solve(self.state, Mode::of(number), budget, false);
            work.solver.note();
            let steps = u64::from(work.solver.outcome.steps).min(MOST_COST);
            let others = word(&work.words, COSTS + puzzle) & !(MOST_COST << shift);
            set(&mut work.words, COSTS + puzzle, others | steps << shift);
            let sum = SUMS + BUCKETS * number + work.solver.context.bucket();
            let steps = steps + word(&work.words, sum);
            set(&mut work.words, sum, steps);
        }
    }

    /// Compares with the baselines: what constant arms with the knowledge of C cost, and the best arm of each
    /// bucket.
    fn judge(&self, words: &mut [u64], tail: usize) {
        let Settings { seed, .. } = self.settings;
        let cycles = self.settings.cycles as usize;
        let puzzles = self.puzzles();
        let rows = self.rows();
        let constant = rows + 3 * ROW * (cycles + 1);
        let (mut best, mut least) = (0, f64::INFINITY);
        for arm in 0..3 {
            let cost = float(words, constant + ROW * arm + COST);
            set(words, tail + 4 + arm, cost.to_bits());
            if cost < least {
                (best, least) = (arm, cost);
            }
        }
        set(words, tail + 7, ARM + best as u64);
        let mut hindsight = 0;
        for bucket in 0..BUCKETS {
            let mut least = u64::MAX;
            for arm in 3..SOLVERS {
                least = least.min(word(words, SUMS + BUCKETS * arm + bucket));
            }
            hindsight += least;
        }
        set(words, tail + 8, (hindsight as f64 / puzzles as f64).to_bits());
        difference(words, (COSTS, puzzles), (2, 0), seed, tail + 9);
        if cycles == 0 {
            return;
        }
        let first = rows + ROW * (cycles - 1);
        let mut to = rows;
        for mode in 0..3 {
            let mut violations = 0;
            for _ in 0..cycles {
                violations += word(words, to + VIOLATIONS);
                to += ROW;
            }
            difference(words, (COSTS, puzzles), (mode, 3 + best), seed, to + INTERVAL);
            let last = to - ROW;
            let accuracy_improved = is_less(words, first + ACCURACY, last + ACCURACY);
            let robustness_improved = is_less(words, first + NOISE_ACCURACY, last + NOISE_ACCURACY);
            let maintained = !is_less(words, last + ACCURACY, first + ACCURACY)
                && !is_less(words, last + NOISE_ACCURACY, first + NOISE_ACCURACY);
            let cost_improved = float(words, to + INTERVAL + 2) < 0.0;
            let passed = maintained
                && violations == 0
                && cost_improved
                && float(words, last + ACCURACY) >= LEAST_ACCURACY
                && (mode < 2 || float(words, tail + 11) < 0.0);
            let dimensions =
                u64::from(cost_improved) + u64::from(robustness_improved) + u64::from(accuracy_improved);
            let verdict = [
                passed.into(),
                maintained.into(),
                cost_improved.into(),
                robustness_improved.into(),
                (violations == 0).into(),
                dimensions,
            ];
            write(words, to, &verdict);
            to += ROW;
            // In the end that of C.
            set(words, tail, passed.into());
        }
    }

    fn print(&mut self, words: &[u64]) {
        fill(self.result, HEAD, &[]);
        let mut row = self.rows();
        for mode in 0..3 {
            fill(self.result, NAME, &[MODE + mode]);
            for cycle in 0..=self.settings.cycles {
                let text = if cycle < self.settings.cycles { CYCLE } else { VERDICT };
                fill(self.result, text, words.get(row..).unwrap_or_default());
                row += ROW;
            }
        }
        fill(self.result, TAIL, words.get(row + 3 * ROW..).unwrap_or_default());
    }
}
