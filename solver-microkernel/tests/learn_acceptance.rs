//! The acceptance test of the learning solver, over many seeds and with its controls.
#![cfg(feature = "temporal")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

use solver_microkernel::learn::Learner;
use solver_microkernel::learn::acceptance::{Control, Report, Settings, Test};
use solver_microkernel::learn::bank::{Bank, Fate};
use solver_microkernel::learn::log::Log;
use solver_microkernel::learn::policy;
use solver_microkernel::learn::rng::{Rng, Stream};
use solver_microkernel::learn::solver::Mode;
use solver_microkernel::learn::state::State;
use solver_microkernel::learn::witness::Chain;
use solver_microkernel::temporal::{Arm, Puzzle};

/// What the published JavaScript package asks for when its caller says nothing.
fn defaults(seed: u64, control: Control) -> Settings {
    Settings { hold_out: 50, training: 200, cycles: 5, budget: 500, seed, control }
}

fn test(seed: u64, control: Control) -> Report {
    test_with_chain(seed, control).0
}

fn test_with_chain(seed: u64, control: Control) -> (Report, Vec<u8>) {
    let mut test = Test::default();
    let mut chain = Chain::new();
    test.run(&mut State::new().unwrap(), &mut chain, &defaults(seed, control)).unwrap();
    assert_eq!(chain.entries(), test.report.cycles.len());
    (test.report, chain.bytes().to_vec())
}

/// Steps per puzzle of the last cycle of a mode.
fn cost(report: &Report, mode: usize) -> f64 {
    report.of(mode).last().unwrap().cost()
}

fn best_constant(report: &Report) -> f64 {
    report.constant[report.best_constant] as f64 / f64::from(report.puzzles)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A hundred seeds at which nobody had looked when the puzzles, the arms and the test got their form; the
/// seeds from 0 on were looked at.
const SEEDS: core::ops::Range<u64> = 1_000_000..1_000_100;

#[test]
fn it_passes_because_it_learned_and_says_so_when_it_did_not() {
    let summary = |control| {
        let reports: Vec<Report> = SEEDS.map(|seed| test(seed, control)).collect();
        let passed = reports.iter().filter(|report| report.verdicts[2].passed).count();
        let of = |ratio: &dyn Fn(&Report) -> f64| median(reports.iter().map(ratio).collect());
        let (fixed, constant) = (of(&|r| cost(r, 2) / cost(r, 0)), of(&|r| cost(r, 2) / best_constant(r)));
        let hindsight = of(&|r| cost(r, 2) * f64::from(r.puzzles) / r.hindsight as f64);
        println!(
            "{control:?}: {passed} of 100 passed; C to A {fixed:.3}, to the best constant arm \
             {constant:.3}, to the best arm of each bucket {hindsight:.3}"
        );
        (reports, passed, constant)
    };

    let (reports, passed, constant) = summary(Control::Learning);
    assert!(passed >= 95 && constant < 0.95, "{passed} {constant}");
    for report in &reports {
        // No arm is best everywhere; and neither A nor B beats the best of them.
        assert!((report.hindsight as f64) < best_constant(report) * f64::from(report.puzzles));
        assert!(!report.verdicts[0].passed && !report.verdicts[1].passed);
        // Compiled knowledge is used: B is cheaper than A with the same arms, and never wrong.
        assert!(cost(report, 1) < cost(report, 0));
        for (mode, verdict) in report.verdicts.iter().enumerate() {
            assert!(verdict.zero_violations && verdict.accuracy_maintained && !verdict.robustness_improved);
            let last = report.of(mode).last().unwrap();
            assert_eq!((last.accuracy(0), last.accuracy(1)), (1.0, 1.0));
        }
        assert_eq!(report.cycles.len(), 15);
    }

    let (reports, passed, _) = summary(Control::Disabled);
    assert_eq!(passed, 0);
    for report in &reports {
        assert_eq!(cost(report, 2), cost(report, 1), "without its learner C is B");
    }
    let (_, passed, constant) = summary(Control::Shuffled);
    assert!(passed <= 10 && constant > 1.0, "{passed} {constant}");
}

#[test]
fn the_same_request_gives_the_same_report() {
    let [(a, chain), (_, again), (_, other)] =
        [42, 42, 43].map(|seed| test_with_chain(seed, Control::Learning));
    assert_eq!(chain, again);
    assert_ne!(chain, other);
    // Two modes learn from 5 x 200 puzzles, with second attempts; three solve 5 x 100.
    assert!(a.decisions > 2 * 1000 + 3 * 500, "{}", a.decisions);
}

/// An acceptance test that trains nothing by itself shows what its instance had learned before.
#[test]
fn training_an_instance_feeds_its_acceptance_test() {
    let cost = |trained: bool| {
        let mut learner = Learner::new();
        if trained {
            assert_eq!(learner.train(2000, 1, 10, 7), Ok(2000));
        }
        learner.acceptance(50, 0, 1, 500, 42).unwrap();
        let result: serde_json::Value = serde_json::from_slice(learner.result()).unwrap();
        result["mode_c"]["cycles"][0]["clean_steps"].as_u64().unwrap()
    };
    let (fresh, trained) = (cost(false), cost(true));
    assert!(trained * 2 < fresh, "{trained} {fresh}");
}

#[test]
fn learning_that_does_harm_is_rolled_back() {
    let seed = 5;
    let mut state = State::new().unwrap();
    let mut rng = Rng::stream(seed, Stream::Train, 0);
    for number in 0..3000 {
        let puzzle = Puzzle::generate(&mut rng, 1, 10, number % 2 == 1);
        state.train(Mode::Learned, &puzzle, 500, &mut Log::new());
    }
    let mut bank = Bank::default();
    bank.start(&state).unwrap();
    assert_eq!(bank.settle(&mut state, Mode::Learned, seed, 500), Fate::Promoted);

    let mut before = State::new().unwrap();
    before.copy_from(&state);
    // A liar: every attempt is reported as free for the scan of clean puzzles.
    for _ in 0..200 {
        let puzzle = Puzzle::generate(&mut rng, 1, 10, false);
        let mut decision = state.solve(Mode::Constant(Arm::Scan), &puzzle, 500);
        for _ in 0..50 {
            decision.outcome.steps = 0;
            policy::record(&mut state, decision.context, Arm::Scan, &decision.outcome, true);
        }
    }
    assert_ne!(state, before);
    assert_eq!(bank.settle(&mut state, Mode::Learned, seed, 500), Fate::RolledBack);
    assert_eq!(state, before);
}

#[test]
fn tiny_and_senseless_settings_end_and_fail() {
    for (hold_out, training, cycles, budget) in
        [(0, 0, 0, 0), (0, 10, 2, 500), (10, 0, 1, 0), (1, 1, 1, 1), (50, 200, 0, 500)]
    {
        let mut learner = Learner::new();
        assert_eq!(learner.acceptance(hold_out, training, cycles, budget, 1), Ok(false));
        let result: serde_json::Value = serde_json::from_slice(learner.result()).unwrap();
        assert_eq!(result["all_passed"], false);
        assert_eq!(result["witness_entries"], 3 * cycles);
        assert_eq!(learner.witness().len(), 3 * 73 * cycles as usize);
    }
}
