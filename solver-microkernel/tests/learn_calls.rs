//! The calls of an instance: their JSON, their witness chain, and arguments that make no sense.
#![cfg(feature = "temporal")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use rvf_format::hash::shake256_256;
use rvf_format::read::witness;
use serde_json::Value;
use solver_microkernel::Status;
use solver_microkernel::learn::learner::{Learner, POLICY, RESULT, STATE, WITNESS};
use solver_microkernel::learn::shake::{Shake, shake256};

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(bytes)))
}

/// Entries, and links that do not hold.
fn follow(chain: &[u8]) -> (u64, u32) {
    let mut followed = witness::Chain::default();
    let mut faults = 0;
    followed.follow(chain, 0, &mut |link| faults += u32::from(link.fault.is_some())).unwrap();
    (followed.entries, faults)
}

#[test]
fn the_hash_is_shake_256() {
    let bytes: Vec<u8> = (0..1000u32).map(|i| ((i * 37) >> 2) as u8).collect();
    for len in (0..300).chain([135, 136, 137, 271, 272, 273, 999, 1000]) {
        assert_eq!(shake256(&bytes[..len]), shake256_256(&bytes[..len]), "{len}");
    }
    let mut pieces = Shake::new();
    bytes.chunks(7).for_each(|piece| pieces.update(piece));
    pieces.finish();
    let output = |hash: &Shake| hash.output().iter().flat_map(|lane| lane.to_le_bytes()).collect::<Vec<u8>>();
    assert_eq!(output(&pieces), shake256_256(&bytes));
    let mut numbers = Shake::new();
    numbers.number(0xff_3322_1100, 4);
    numbers.finish();
    assert_eq!(output(&numbers), shake256_256(&[0, 0x11, 0x22, 0x33]));
}

#[test]
fn results_have_the_published_fields() {
    let mut learner = Learner::new();
    assert!(learner.part(RESULT).is_empty() && learner.part(WITNESS).is_empty());
    assert_eq!(learner.train(300, 1, 10, 42), Ok(300));
    let trained = json(learner.part(RESULT));
    assert_eq!(trained["trained"], 300);
    assert_eq!(trained["correct"], 300);
    assert_eq!(trained["accuracy"], 1);
    let patterns = trained["patterns_learned"].as_u64().unwrap();
    learner.train(300, 1, 10, 43).unwrap();
    assert!(json(learner.part(RESULT))["patterns_learned"].as_u64().unwrap() > patterns, "they accumulate");

    assert_eq!(learner.acceptance(50, 200, 5, 500, 42), Ok(true));
    let result = json(learner.part(RESULT));
    assert_eq!(result["version"], 2);
    assert_eq!(result["all_passed"], true);
    assert_eq!(result["witness_entries"], 15);
    assert_eq!(result["witness_chain_bytes"], 15 * 73);
    for mode in ["mode_a", "mode_b", "mode_c"] {
        let mode = &result[mode];
        for (cycle, number) in mode["cycles"].as_array().unwrap().iter().zip(1..) {
            assert_eq!(cycle["cycle"], number);
            for key in ["accuracy", "cost_per_solve", "noise_accuracy"] {
                assert!(cycle[key].is_number(), "{key}");
            }
            assert!(cycle["violations"] == 0 && cycle["patterns_learned"].is_u64());
        }
        for key in
            ["passed", "accuracy_maintained", "cost_improved", "robustness_improved", "zero_violations"]
        {
            assert!(mode[key].is_boolean(), "{key}");
        }
        assert!(mode["dimensions_improved"].as_u64().unwrap() <= 3);
    }

    learner.refresh(POLICY).unwrap();
    let policy = json(learner.part(POLICY));
    let buckets = policy["context_stats"].as_object().unwrap();
    assert!(buckets.len() >= 6 && buckets.contains_key("large:heavy:noisy"), "{buckets:?}");
    for arms in buckets.values() {
        for (arm, stats) in arms.as_object().unwrap() {
            assert!(["none", "weekday", "hybrid"].contains(&arm.as_str()));
            assert!(stats["successes"].as_u64().unwrap() <= stats["attempts"].as_u64().unwrap());
            for key in ["total_steps", "alpha_safety", "beta_safety", "cost_ema", "early_commit_wrongs"] {
                assert!(stats[key].is_number(), "{key}");
            }
        }
    }
    assert_eq!(policy["prepass"], "Off");
    assert_eq!(policy["early_commits_wrong"], 0);
    let (both, wins) = (&policy["speculative_attempts"], &policy["speculative_arm2_wins"]);
    assert!(wins.as_u64().unwrap() > 0 && wins.as_u64() < both.as_u64(), "the second arm is really run");

    let mut fresh = Learner::new();
    fresh.refresh(POLICY).unwrap();
    let fresh = json(fresh.part(POLICY));
    assert_eq!(fresh["rng_state"], 42);
    assert_eq!(fresh["context_stats"].as_object().unwrap().len(), 0);
}

#[test]
fn the_chain_follows_the_format_and_tells_of_any_change() {
    let mut learner = Learner::new();
    learner.acceptance(20, 50, 3, 500, 9).unwrap();
    let chain = learner.part(WITNESS).to_vec();
    assert_eq!(chain.len(), 9 * 73);
    assert_eq!(follow(&chain), (9, 0));
    for (entry, number) in chain.chunks(73).zip(0u64..) {
        assert_eq!(entry[64..72], number.to_le_bytes());
        assert_eq!(entry[72], 2);
    }
    for at in 0..chain.len() - 73 {
        let mut broken = chain.clone();
        broken[at] ^= 1;
        assert!(follow(&broken).1 > 0, "{at}");
    }
}

#[test]
fn arguments_without_sense_are_refused_or_harmless() {
    let mut learner = Learner::new();
    let extremes = [i32::MIN, -1, i32::MAX];
    for count in extremes {
        assert_eq!(learner.train(count, 1, 10, 1), Err(Status::Request));
        assert_eq!(learner.acceptance(count, 1, 1, 500, 1), Err(Status::Request));
        assert_eq!(learner.acceptance(1, count, 1, 500, 1), Err(Status::Request));
        assert_eq!(learner.acceptance(1, 1, count, 500, 1), Err(Status::Request));
    }
    assert_eq!(learner.acceptance(1, 1, 1, -1, 1), Err(Status::Request));
    assert!(learner.part(RESULT).is_empty(), "of a call that failed there is no result");
    assert_eq!(learner.train(0, 1, 10, 1), Ok(0));
    assert!(json(learner.part(RESULT))["accuracy"].is_null());
    for (least, most) in [(i32::MIN, i32::MAX), (i32::MAX, i32::MIN), (0, 0), (-5, 3), (10, 1)] {
        assert_eq!(learner.train(50, least, most, u64::MAX), Ok(50), "{least} {most}");
    }
    assert!(learner.acceptance(5, 5, 1, i32::MAX, 0).is_ok());
}

#[test]
fn a_saved_state_goes_on_as_if_nothing_had_happened() {
    let mut learner = Learner::new();
    learner.acceptance(10, 100, 2, 500, 3).unwrap();
    let saved = learner.part(STATE).to_vec();
    let mut other = Learner::new();
    other.load(saved.clone()).unwrap();
    assert_eq!(other.part(STATE), saved);
    for learner in [&mut learner, &mut other] {
        learner.train(500, 1, 10, 8).unwrap();
    }
    assert_eq!(learner.part(STATE), other.part(STATE));
    assert_eq!(learner.part(RESULT), other.part(RESULT));
}

#[test]
fn bytes_that_are_no_state_change_nothing() {
    let mut learner = Learner::new();
    learner.acceptance(10, 100, 2, 500, 3).unwrap();
    let saved = learner.part(STATE).to_vec();
    for len in [0, 1, 8, 32, 3056, saved.len() - 8, saved.len() - 1] {
        assert_eq!(learner.load(saved[..len].to_vec()), Err(Status::Data), "{len}");
    }
    let mut longer = saved.clone();
    longer.push(0);
    assert_eq!(learner.load(longer), Err(Status::Data));
    let mut refused = 0;
    for at in (0..3100).chain((3100..saved.len()).step_by(7)) {
        for bit in [0x01, 0x80] {
            let mut broken = saved.clone();
            broken[at] ^= bit;
            // What is taken must work: nothing in it can make an answer wrong.
            let mut other = Learner::new();
            match other.load(broken) {
                Ok(()) => {
                    if at % 16 == 0 {
                        assert_eq!(other.train(20, 1, 10, 5), Ok(20), "{at}");
                    }
                }
                Err(status) => {
                    assert_eq!(status, Status::Data);
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 2500, "{refused}");
    assert_eq!(learner.part(STATE), saved);
}
