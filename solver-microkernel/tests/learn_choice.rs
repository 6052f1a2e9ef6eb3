//! `method` `auto` with a policy in the file: what it chooses, what it learns, what it refuses.
#![cfg(feature = "policy")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

mod common;
#[path = "common/host.rs"]
mod host;
mod sparse_support;
#[path = "sparse_support/files.rs"]
mod sparse_support_files;
#[path = "sparse_support/regret.rs"]
mod sparse_support_regret;

use serde_json::Value;
use solver_microkernel::learn::methods::Methods;
use solver_microkernel::sparse::SparseOperation as Op;
use sparse_support_files::*;
use sparse_support_regret::*;

#[test]
fn a_file_learns_and_the_next_run_starts_from_it() {
    let (plain, ..) = everything();
    let asks = [
        Ask::new(Op::Solve).text(2, "b"),
        Ask::new(Op::Solve).text(2, "b").choice(5, 1),
        Ask::new(Op::Entry).text(2, "b").u64s(10, &[150, 3]),
        Ask::new(Op::Ppr).text(1, "graph").u64s(10, &[7, 9]),
    ];
    let mut state = Vec::new();
    let mut before = Vec::new();
    for round in 0..40u64 {
        let file =
            if state.is_empty() { with(&plain, &[]) } else { with(&plain, &[policy("methods", &state)]) };
        for (ask, number) in asks.iter().zip(0..) {
            let answer = ask.run(&file);
            let summary = json(&answer);
            assert_eq!(answer.text, ask.run(&file).text, "the same file and request, the same choice");
            assert!(summary["units"].as_u64().unwrap() > 0 && summary["signature"].is_u64(), "{summary}");
            if number < 3 {
                assert_eq!(summary["converged"], true, "{summary}");
            } else {
                assert_eq!(summary["certified"], true, "{summary}");
            }
            let observed = observation(&summary);
            assert!(observed.len() == 3 || observed.len() == 6);
            let now = with(&plain, &[policy("methods", &state)]);
            let (new, said) = learn(if state.is_empty() { &plain } else { &now }, &observed);
            assert_eq!((&said["policy"], &said["form"]), (&Value::from("methods"), &Value::from(1)));
            before.extend(observed);
            assert_eq!(said["learned"], before.len() / 3, "round {round}");
            state = new;
        }
    }
    // All at once is the same as one after another.
    assert_eq!(learn(&plain, &before).0, state);
    let mut methods = Methods::new().unwrap();
    assert!(methods.load(&state).unwrap());
    assert_eq!(methods.observations() as usize, before.len() / 3);
}

#[test]
fn guests_choose_and_learn_the_same_bits() {
    let (plain, ..) = everything();
    let asks = [
        Ask::new(Op::Solve).text(2, "b"),
        Ask::new(Op::Entry).text(2, "b").u64s(10, &[150, 3]),
        Ask::new(Op::Ppr).text(1, "graph").u64s(10, &[7, 9]),
    ];
    let mut hosts =
        ["solver-full-scalar.wasm", "solver-full-simd.wasm"].map(|name| host::Host::new(name, 64));
    let handles = hosts.each_mut().map(|host| host.call("create", &[]));
    let mut state = Vec::new();
    for _ in 0..12 {
        let file = with(&plain, &if state.is_empty() { vec![] } else { vec![policy("methods", &state)] });
        let mut observations = Vec::new();
        for ask in &asks {
            let native = ask.run(&file);
            for (host, handle) in hosts.iter_mut().zip(handles) {
                assert_eq!(host.run(handle, &file, &ask.0.clone().build(), 0).bits(), native.bits());
            }
            observations.extend(observation(&json(&native)));
        }
        let ask = Ask::new(Op::Learn).u64s(22, &observations);
        let native = ask.run(&file);
        for (host, handle) in hosts.iter_mut().zip(handles) {
            assert_eq!(host.run(handle, &file, &ask.0.clone().build(), 0).bits(), native.bits());
        }
        state = words(&native);
    }
}

#[test]
fn policies_of_others_are_passed_over_and_broken_ones_are_refused() {
    let (plain, ..) = everything();
    let ask = Ask::new(Op::Solve).text(2, "b");
    let wanted = ask.run(&plain);
    let (state, _) = learn(&plain, &observation(&json(&wanted)));
    let foreign = [vec![], vec![0; 40], b"RVFPOLCY".to_vec(), policy("puzzles", &state), vec![7; 100_000]];
    assert_eq!(ask.run(&with(&plain, &foreign)).bits(), wanted.bits());
    // The newest is in force, behind what others wrote.
    let mut all = vec![policy("methods", &[0; 24]), policy("methods", &state)];
    all.extend(foreign);
    assert_eq!(json(&ask.run(&with(&plain, &all)))["converged"], true);
    for at in 0..state.len() {
        for bit in [1, 128] {
            let mut broken = state.clone();
            broken[at] ^= bit;
            let answer = ask.run(&with(&plain, &[policy("methods", &broken)]));
            if answer.status == 0 {
                // A state that can be: it may choose another method, never give a worse answer.
                assert_eq!(json(&answer)["converged"], true);
            } else {
                assert_eq!(answer.status, -5);
                assert!(
                    answer.text.contains("policy") && answer.text.contains("segment 3"),
                    "{}",
                    answer.text
                );
            }
        }
    }
    let cut = ask.run(&with(&plain, &[policy("methods", &state[..30])]));
    assert_eq!(cut.status, -5, "{}", cut.text);
    for observations in [&[1, 2][..], &[0, 0, 0], &[1, 4, 9], &[1, 1 << 40, 9]] {
        let answer = Ask::new(Op::Learn).u64s(22, observations).run(&plain);
        assert_eq!(answer.status, -4, "{}", answer.text);
    }
    // An explicit method needs no policy, not even a broken one.
    let explicit = Ask::new(Op::Solve).text(2, "b").choice(5, 2);
    assert_eq!(explicit.run(&with(&plain, &[policy("methods", &[0; 24])])).status, 0);
}

/// The experiment that the pages on learning and benchmarks show: a stream of new problems, a policy that learns
/// from each, and what every fixed method and the best in hindsight would have cost. The first half is for learning.
fn is_close_to_the_best_and_below(duty: Duty, seed: u64, beaten: &[&str]) {
    let course = duty.run(seed, ROUNDS);
    let (first, second) = course.split_at(course.len() / 2);
    let (first, second) = (means(first), means(second));
    println!("| {} | first half | second half |\n|---|---|---|", duty.name());
    for (place, name) in ["learned"].iter().chain(duty.fixed()).enumerate() {
        println!("| {name} | {:.2} | {:.2} |", first[place], second[place]);
    }
    assert!(second[0] <= 1.25, "{}", second[0]);
    for (mean, name) in second.iter().skip(1).zip(duty.fixed()) {
        assert!(!beaten.contains(name) || second[0] < *mean, "{name}");
    }
}

// The learner's constants were set on other streams of solves than this one, and on none of the other two.
#[test]
fn solves_never_seen() {
    is_close_to_the_best_and_below(Duty::Solve, SEED, Duty::Solve.fixed());
}

#[test]
fn entries_never_seen() {
    is_close_to_the_best_and_below(Duty::Entry, SEED, Duty::Entry.fixed());
}

#[test]
fn ranks_never_seen() {
    is_close_to_the_best_and_below(Duty::Ppr, SEED, Duty::Ppr.fixed());
}
