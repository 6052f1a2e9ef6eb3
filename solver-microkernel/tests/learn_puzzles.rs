//! Every puzzle is solved, by every arm, to the same answer.
#![cfg(feature = "temporal")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

use solver_microkernel::learn::knowledge::{DISTANCES, compile, gap, learned, observe};
use solver_microkernel::learn::rng::Rng;
use solver_microkernel::learn::state::{Counter, State};
use solver_microkernel::temporal::clue::Kind;
use solver_microkernel::temporal::date::{Cursor, number};
use solver_microkernel::temporal::search::Clues;
use solver_microkernel::temporal::{Arm, Context, Puzzle};

/// The days that break the fewest clues, found the slow way.
fn fewest_broken(puzzle: &Puzzle) -> Vec<i32> {
    let (first, last) = puzzle.window;
    let broken = |day: &i32| puzzle.clues().iter().filter(|clue| !clue.holds(&Cursor::new(*day))).count();
    let least = (first..=last).map(|day| broken(&day)).min().unwrap();
    (first..=last).filter(|day| broken(day) == least).collect()
}

#[test]
fn every_arm_solves_every_puzzle_of_every_difficulty_to_the_same_answer() {
    for difficulty in 1..=10 {
        let mut rng = Rng::new(u64::from(difficulty));
        for number in 0..1000 {
            let noisy = number % 2 == 1;
            let puzzle = Puzzle::generate(&mut rng, difficulty, difficulty, noisy);
            let clues = Clues::new(&puzzle);
            let wanted = fewest_broken(&puzzle);
            assert!(wanted.contains(&puzzle.target));
            assert_eq!(puzzle.is_contradiction(), noisy);
            for arm in Arm::ALL {
                // A clean puzzle within the budget of `train`, a noisy one within the usual one of the
                // acceptance test, which holds a walk in vain and a scan.
                let outcome = clues.search(arm, 0, if noisy { 500 } else { 400 });
                assert!(!outcome.exhausted && puzzle.is_solved_by(&outcome.days), "{puzzle:?} {arm:?}");
                let found = puzzle.window.0..=puzzle.window.1;
                let found: Vec<i32> =
                    found.filter(|day| outcome.days.contains(day - puzzle.window.0)).collect();
                assert_eq!(found, wanted, "{puzzle:?} {arm:?}");
                assert_eq!(outcome.days.count() as usize, wanted.len());
                let gap = wanted.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(0);
                assert_eq!(outcome.least_gap as i32, gap);
                if arm == Arm::Scan {
                    assert_eq!(outcome.steps, Context::of(&puzzle, &clues).days);
                }
                // With one step less it is not solved, and says so.
                let short = clues.search(arm, 0, outcome.steps - 1);
                assert!(short.exhausted && short.steps == outcome.steps - 1);
            }
        }
    }
}

#[test]
fn clean_clues_are_true_and_one_of_a_noisy_puzzle_is_not() {
    let mut rng = Rng::new(3);
    let mut kinds = [0; 7];
    for number in 0..5000 {
        let noisy = number % 2 == 1;
        let puzzle = Puzzle::generate(&mut rng, 1, 10, noisy);
        let wrong: Vec<_> =
            puzzle.clues().iter().filter(|clue| !clue.holds(&Cursor::new(puzzle.target))).collect();
        assert_eq!(wrong.len(), usize::from(noisy), "{puzzle:?}");
        wrong.iter().for_each(|clue| kinds[clue.kind as usize] += 1);
    }
    assert_eq!(kinds[Kind::Between as usize], 0);
    assert!(kinds[..6].iter().all(|count| *count > 100), "{kinds:?}");
}

#[test]
fn the_distances_of_the_calendar_are_those_of_its_days() {
    for (given, distance) in DISTANCES.into_iter().enumerate() {
        let mut last_seen = std::collections::HashMap::new();
        let mut least = i32::MAX;
        for day in number(1990, 1, 1)..number(2041, 1, 1) {
            let [_, month, weekday, day_of_month, _] = Cursor::new(day).fields;
            let parts = [month, weekday, day_of_month];
            let key: Vec<i32> =
                (0..3).map(|part| if given >> part & 1 == 1 { parts[part] } else { 99 }).collect();
            if let Some(seen) = last_seen.insert(key, day) {
                least = least.min(day - seen);
            }
        }
        assert_eq!(i32::from(distance), least, "{given}");
    }
}

#[test]
fn knowledge_saves_steps_and_never_an_answer() {
    let mut state = State::new();
    let mut rng = Rng::new(11);
    for _ in 0..3000 {
        let puzzle = Puzzle::generate(&mut rng, 1, 10, false);
        observe(&mut state, &puzzle, &Clues::new(&puzzle).search(Arm::Scan, 0, 400));
    }
    assert_eq!(learned(&state), 0);
    compile(&mut state);
    assert!(learned(&state) > 100 && state.counter(Counter::Refuted) > 0);
    let (mut saved, mut early) = (0, 0);
    for number in 0..5000 {
        let puzzle = Puzzle::generate(&mut rng, 1, 10, number % 4 == 3);
        let clues = Clues::new(&puzzle);
        let gap = gap(&state, &puzzle);
        for arm in Arm::ALL {
            let (plain, informed) = (clues.search(arm, 0, 500), clues.search(arm, gap, 500));
            assert_eq!(plain.days, informed.days, "{puzzle:?}");
            assert!(informed.steps <= plain.steps);
            assert_eq!(informed.stopped_early, informed.steps < plain.steps || informed.stopped_early);
            saved += plain.steps - informed.steps;
            early += u32::from(informed.stopped_early);
        }
    }
    assert!(saved > 100_000 && early > 3000, "{saved} {early}");
}

/// What there is to learn: in some buckets another arm is cheapest than in others.
#[test]
fn the_cheapest_arm_depends_on_the_context() {
    let mut rng = Rng::new(17);
    let mut buckets = vec![(0u32, [0u64; 3]); 18];
    for number in 0..40_000 {
        let puzzle = Puzzle::generate(&mut rng, 1, 10, number % 2 == 1);
        let clues = Clues::new(&puzzle);
        let (count, steps) = &mut buckets[Context::of(&puzzle, &clues).bucket()];
        *count += 1;
        for arm in Arm::ALL {
            steps[arm.index()] += u64::from(clues.search(arm, 0, 500).steps);
        }
    }
    let mut cheapest = [0; 3];
    for (bucket, (count, steps)) in buckets.iter().enumerate().filter(|(_, (count, _))| *count >= 100) {
        let each = steps.map(|steps| steps as f64 / f64::from(*count));
        let names =
            [["small", "medium", "large"][bucket / 6], ["clean", "some", "heavy"][bucket / 2 % 3]].join(":");
        let noise = ["clean", "noisy"][bucket % 2];
        println!("{names:>12}:{noise} {count:>6} {each:>8.1?}");
        let least = (0..3).min_by_key(|arm| steps[*arm]).unwrap();
        cheapest[least] += 1;
    }
    println!("buckets in which each arm is cheapest: {cheapest:?}");
    assert!(cheapest[0] > 0 && cheapest[2] > 0, "{cheapest:?}");
}
