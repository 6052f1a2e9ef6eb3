//! Every target over its seeds, its corpus and deterministic mutations: no panic, no hang, and no
//! more memory than a small multiple of the input.
//!
//! `RVF_FUZZ_ROUNDS` sets the mutations per input (default 60); `RVF_FUZZ_SEED` makes others.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use rvf_fixtures::generate::Rng;
use rvf_fuzz::mutate::mutate;
use rvf_fuzz::{TARGETS, Target, inputs};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use support::peak_of;

/// Inputs are a few kilobytes: a slow machine needs a hundredth of this.
const PATIENCE: Duration = Duration::from_secs(5);

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// Why an input is a finding, or nothing.
fn judge(target: &Target, input: &[u8]) -> Result<(), String> {
    let started = Instant::now();
    let (result, peak) = peak_of(|| catch_unwind(AssertUnwindSafe(|| (target.run)(input))));
    if result.is_err() {
        return Err("panicked".into());
    }
    let allowed = target.memory(input.len());
    if peak > allowed {
        return Err(format!("held {peak} bytes for an input of {}, allowed are {allowed}", input.len()));
    }
    let took = started.elapsed();
    if took > PATIENCE { Err(format!("took {took:?} for an input of {}", input.len())) } else { Ok(()) }
}

/// Keeps the input where it can be looked at and turned into a corpus file.
fn report(target: &Target, origin: &str, why: &str, input: &[u8]) -> String {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("findings");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!(
        "{}-{:016x}",
        target.name,
        input.iter().fold(7u64, |h, b| h.wrapping_mul(31) ^ u64::from(*b))
    ));
    std::fs::write(&path, input).unwrap();
    format!("{} on {origin}: {why}; the input is in {}", target.name, path.display())
}

fn replay(target: &Target) {
    let rounds = number("RVF_FUZZ_ROUNDS", 60);
    let mut rng = Rng::new(number("RVF_FUZZ_SEED", 1));
    let inputs = inputs(target);
    assert!(!inputs.is_empty(), "{} has nothing to start from", target.name);
    let mut findings = Vec::new();
    for (origin, input) in &inputs {
        if let Err(why) = judge(target, input) {
            findings.push(report(target, origin, &why, input));
        }
        for round in 0..rounds {
            let other = &inputs[rng.below(inputs.len() as u64) as usize].1;
            let changed = mutate(input, other, &mut rng);
            if let Err(why) = judge(target, &changed) {
                findings.push(report(target, &format!("{origin}, mutation {round}"), &why, &changed));
                break;
            }
        }
    }
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

macro_rules! replays {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            replay(TARGETS.iter().find(|t| t.name == stringify!($name)).unwrap());
        })*

        #[test]
        fn every_target_is_replayed() {
            let replayed = [$(stringify!($name)),*];
            TARGETS.iter().for_each(|t| assert!(replayed.contains(&t.name), "{} is not", t.name));
        }
    };
}

replays! {
    open_file verify_file read_file manifest vectors meta wasm_header policy witness save wasm_inspect combine
    solver_directory solver_request solver_data description select
    solver_matrix npy fvecs bvecs csv jsonl safetensors raw mtx npz edges array round_trip
}

/// An input that wants far more than it brings: the judge must see it, or it sees nothing.
#[test]
fn the_judge_notices_memory_and_panics() {
    let greedy = Target { name: "greedy", run: |b| vec![1u8; 1000 * b.len()].len() as u64, ..TARGETS[0] };
    assert!(judge(&greedy, &[0; 100]).is_err_and(|why| why.contains("held")));
    let fragile = Target { name: "fragile", run: |b| u64::from(b[7]), ..TARGETS[0] };
    assert!(judge(&fragile, &[0; 3]).is_err_and(|why| why.contains("panicked")));
    assert!(judge(&fragile, &[0; 8]).is_ok());
}

/// The seeds are answered by nearly every operation: what is compared is really there.
#[test]
fn the_seeds_of_matrices_are_answered() {
    let target = TARGETS.iter().find(|t| t.name == "solver_matrix").unwrap();
    let answered: Vec<u64> = (target.seeds)().iter().map(|seed| (target.run)(seed)).collect();
    assert_eq!(
        answered,
        [9, 6, 6, 6, 7, 0],
        "of nine; walks refuse negative weights, a graph has no solution"
    );
}

/// The seeds are combined: what is changed in them was whole.
#[test]
fn the_seeds_of_modules_are_combined() {
    let target = TARGETS.iter().find(|t| t.name == "combine").unwrap();
    assert!(
        (target.seeds)().iter().all(|seed| (target.run)(seed) > 4),
        "memory, four exports and the program's"
    );
}

/// Committed inputs stay few and small.
#[test]
fn the_corpus_is_small() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut total = 0;
    for folder in std::fs::read_dir(root).unwrap() {
        let folder = folder.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert!(TARGETS.iter().any(|t| t.name == name), "{name} is no target");
        total +=
            std::fs::read_dir(&folder).unwrap().map(|f| f.unwrap().metadata().unwrap().len()).sum::<u64>();
    }
    assert!(total < 300 * 1024, "the corpus has {total} bytes");
}
