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
use super::output::{ARM, Line, MODE, fill, most};
use super::rng::{Rng, Stream};
use super::solver::{Mode, Solver};
use super::state::State;
use super::witness::ENTRY;
use super::{Full, bank, knowledge, policy, room, set, word};
use crate::lists::put;
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

/// Words of a cycle, and of a verdict.
const ROW: usize = 9;
/// Places in those of a cycle.
const ACCURACY: usize = 1;
/// See [`ACCURACY`].
const NOISE_ACCURACY: usize = 3;
/// See [`ACCURACY`].
const VIOLATIONS: usize = 4;
/// Words of what is told behind the modes, and the place of the costs of constant arms in it.
const TAIL_WORDS: usize = 12;
/// See [`TAIL_WORDS`].
const CONSTANT: usize = 4;

/// The modes, then the constant arms.
const SOLVERS: usize = 6;
/// Behind the room of the bootstrap: steps by solver, then by bucket; then the steps of each puzzle by all solvers.
const SUMS: usize = ROOM;
/// See [`SUMS`].
const COSTS: usize = SUMS + SOLVERS * BUCKETS;

/// A test and what it needs room for.
pub(super) struct Test<'a> {
    /// What was learned before, and afterwards what C has learned; what was known at the start; what was kept last.
    pub(super) states: &'a mut [State; 3],
    /// Gets an entry per mode and cycle.
    pub(super) chain: &'a mut Vec<u8>,
    /// Gets the JSON.
    pub(super) result: &'a mut Vec<u8>,
    /// What is asked for.
    pub(super) settings: Settings,
}

/// The work of a test.
struct Work {
    solver: Solver,
    words: Vec<u64>,
    /// Of the cycles of all modes.
    rows: Vec<[u64; ROW]>,
    tail: [u64; TAIL_WORDS],
}

impl Test<'_> {
    /// Runs the test; whether C passed.
    pub(super) fn run<const CONTROL: u8>(&mut self) -> Result<bool, Full> {
        let all = 3 * self.settings.cycles as usize;
        let mut work =
            Work { solver: Solver::NEW, words: Vec::new(), rows: Vec::new(), tail: [0; TAIL_WORDS] };
        let missing = solver_lists::extend(&mut work.words, 0, COSTS + self.puzzles())
            | solver_lists::reserve(&mut work.rows, all);
        if missing != 0 {
            return Err(Full);
        }
        room(self.chain, all * ENTRY)?;
        let modes =
            const { 3 * (most(Line::Mode) + most(Line::Verdict)) + most(Line::Head) + most(Line::Tail) };
        room(self.result, modes + all * const { most(Line::Cycle) })?;
        let [state, start, _] = &mut *self.states;
        *start = *state;
        self.measure::<CONTROL>(&mut work);
        Ok(self.judge(&mut work))
    }

    /// Puzzles of the hold-out.
    const fn puzzles(&self) -> usize {
        2 * self.settings.hold_out as usize
    }

    /// Trains the modes and solves the hold-out with each cycle of each, then with the constant arms.
    fn measure<const CONTROL: u8>(&mut self, work: &mut Work) {
        let each = f64::from(self.settings.hold_out);
        for number in 0..SOLVERS {
            let is_mode = number < 3;
            let mut cycles = 1;
            if is_mode {
                let [state, start, checkpoint] = &mut *self.states;
                *checkpoint = *start;
                *state = *start;
                cycles = self.settings.cycles;
            }
            let mut cycle = 0;
            while cycle < cycles {
                cycle += 1;
                let rolled_back = matches!(number, 1 | 2) && self.learn::<CONTROL>(work, number, cycle);
                self.hold_out(work, number);
                let [clean, noisy] = &work.solver.tallies;
                let accuracy = (f64::from(clean.solved) / each).to_bits();
                let cost = ((clean.steps + noisy.steps) as f64 / (2.0 * each)).to_bits();
                if is_mode {
                    let row = [
                        cycle.into(),
                        accuracy,
                        cost,
                        (f64::from(noisy.solved) / each).to_bits(),
                        work.solver.violations.into(),
                        knowledge::learned(&self.states[0]).into(),
                        clean.steps,
                        noisy.steps,
                        rolled_back.into(),
                    ];
                    put(&mut work.rows, row);
                    let letter = b'A' + number as u8;
                    work.solver.log.seal(self.chain, [letter.into(), cycle.into(), accuracy, cost]);
                } else {
                    set(&mut work.tail, CONSTANT - 3 + number, cost);
                }
            }
        }
    }

    /// One cycle of training; true when it was dropped.
    fn learn<const CONTROL: u8>(&mut self, work: &mut Work, mode: usize, cycle: u32) -> bool {
        let Settings { training, budget, seed, .. } = self.settings;
        // A learner that is disabled trains as B does: it takes in knowledge, and no costs.
        let mode = Mode::of(mode);
        let trained = if CONTROL == DISABLED { Mode::Compiled } else { mode };
        let [state, _, checkpoint] = &mut *self.states;
        let mut rng = Rng::stream(seed, Stream::Cycle, cycle.into());
        for _ in 0..training {
            let noisy = rng.range(0, 99) < NOISE_PERCENT;
            work.solver.puzzle.draw(&mut rng, *DIFFICULTIES.start(), *DIFFICULTIES.end(), noisy);
            work.solver.train(state, trained, budget);
        }
        knowledge::compile(state);
        let dropped = bank::settle(&mut work.solver, state, checkpoint, mode, seed, budget);
        if CONTROL == SHUFFLED {
            policy::shuffle(state, &mut rng);
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
            work.solver.solve(&mut self.states[0], Mode::of(number), budget, false);
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
    /// bucket; and prints all of it. Whether C passed.
    fn judge(&mut self, work: &mut Work) -> bool {
        let Settings { seed, cycles, .. } = self.settings;
        let Work { solver, words, rows, tail, .. } = work;
        let puzzles = self.puzzles();
        let (mut best, mut least) = (0, f64::INFINITY);
        for arm in 0..3 {
            let cost = f64::from_bits(word(tail, CONSTANT + arm));
            if cost < least {
                (best, least) = (arm, cost);
            }
        }
        let mut hindsight = 0;
        for bucket in 0..BUCKETS {
            let mut least = u64::MAX;
            for arm in 3..SOLVERS {
                least = least.min(word(words, SUMS + BUCKETS * arm + bucket));
            }
            hindsight += least;
        }
        let [passed, entries, bytes, decisions, _, _, _, name, per_bucket, against @ ..] = tail;
        *entries = rows.len() as u64;
        *bytes = self.chain.len() as u64;
        *decisions = solver.log.decisions - 3 * puzzles as u64;
        *name = ARM + best as u64;
        *per_bucket = (hindsight as f64 / puzzles as f64).to_bits();
        difference(words, (COSTS, puzzles), (2, 0), seed, against);
        let [_, _, high] = *against;
        let beats_a = f64::from_bits(high) < 0.0;
        fill(self.result, Line::Head, &[]);
        let mut rows = rows.iter();
        let (mut first_accuracy, mut first_noise) = (0.0, 0.0);
        for mode in 0..3 {
            fill(self.result, Line::Mode, &[MODE + mode]);
            let (mut accuracy, mut noise, mut violations) = (0.0, 0.0, 0);
            for row in rows.by_ref().take(cycles as usize) {
                fill(self.result, Line::Cycle, row);
                accuracy = f64::from_bits(row[ACCURACY]);
                noise = f64::from_bits(row[NOISE_ACCURACY]);
                violations += row[VIOLATIONS];
            }
            if mode == 0 {
                (first_accuracy, first_noise) = (accuracy, noise);
            }
            let mut verdict = [0; ROW];
            if cycles > 0 {
                let [is_passed, maintained, improved, robust, clean, dimensions, interval @ ..] =
                    &mut verdict;
                difference(words, (COSTS, puzzles), (mode as usize, 3 + best), seed, interval);
                let [_, _, high] = *interval;
                *maintained = u64::from(!(accuracy < first_accuracy || noise < first_noise));
                *improved = u64::from(f64::from_bits(high) < 0.0);
                *robust = u64::from(first_noise < noise);
                *clean = u64::from(violations == 0);
                *dimensions = *improved + *robust + u64::from(first_accuracy < accuracy);
                let least = accuracy >= LEAST_ACCURACY && (mode < 2 || beats_a);
                *is_passed = *maintained & *improved & *clean & u64::from(least);
                // In the end that of C.
                *passed = *is_passed;
            }
            fill(self.result, Line::Verdict, &verdict);
        }
        let passed = *passed != 0;
        fill(self.result, Line::Tail, tail);
        passed
    }
}
