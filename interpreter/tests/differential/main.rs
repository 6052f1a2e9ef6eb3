//! The same modules here and in wasmtime: what is valid, results, traps, and what is left in memories and
//! globals. Modules come from seeds (`RVF_SEEDS=5000` runs more of them); those that once differed are kept by number.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stderr)]

mod generate;
mod oracle;
mod ours;

use generate::Random;
use interpreter::{ErrorKind, Module};
use oracle::Oracle;

/// Seeds in an ordinary run: some seconds.
const SEEDS: u64 = 400;

fn seeds() -> u64 {
    std::env::var("RVF_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS)
}

#[test]
fn generated_modules_do_the_same() {
    let oracle = Oracle::new();
    let (mut compared, mut trapped) = (0, 0);
    for seed in 0..seeds() {
        let Some(bytes) = generate::module(seed) else { continue };
        let theirs = oracle.run(&bytes, seed);
        let ours = ours::run(&bytes, seed);
        compared += theirs.calls.len();
        trapped += theirs.calls.iter().filter(|call| call.is_err()).count();
        oracle::assert_same(seed, &ours, &theirs);
    }
    eprintln!("{compared} calls compared, {trapped} of them trapped");
    assert!(compared > seeds() as usize, "the generator makes modules that do something");
}

#[test]
fn changed_modules_are_valid_for_both_or_for_none() {
    let oracle = Oracle::new();
    let (mut valid, mut invalid) = (0, 0);
    for seed in 0..seeds() {
        let Some(bytes) = generate::module(seed) else { continue };
        let mut random = Random(seed + 1);
        for _ in 0..20 {
            let changed = random.change(&bytes);
            match Module::new(&changed) {
                Ok(_) => {
                    valid += 1;
                    assert!(oracle.accepts(&changed), "seed {seed}: accepted only here: {}", dump(&changed));
                }
                Err(error) => {
                    invalid += 1;
                    let refused = matches!(error.reason.kind(), ErrorKind::Malformed | ErrorKind::Invalid);
                    assert!(
                        !refused || !oracle.accepts(&changed),
                        "seed {seed}: refused only here ({error}): {}",
                        dump(&changed)
                    );
                }
            }
        }
    }
    eprintln!("{valid} changed modules are valid, {invalid} are not");
    assert!(valid > 0 && invalid > 0);
}

/// Changed modules that are still valid must run without harm, whatever they do.
#[test]
fn changed_modules_run_without_harm() {
    for seed in 0..seeds() / 2 {
        let Some(bytes) = generate::module(seed) else { continue };
        let mut random = Random(seed + 7);
        for _ in 0..20 {
            let changed = random.change(&bytes);
            if Module::new(&changed).is_ok() {
                ours::run(&changed, seed);
            }
        }
    }
}

fn dump(bytes: &[u8]) -> String {
    let path = std::env::temp_dir().join("interpreter-differs.wasm");
    std::fs::write(&path, bytes).unwrap();
    path.display().to_string()
}
