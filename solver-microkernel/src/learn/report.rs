//! Results as JSON: the fields of the published solver, and what an honest reader needs beside them.

use super::Full;
use super::acceptance::{Cycle, Report, Verdict};
use super::bootstrap::Interval;
use super::json::Json;
use super::json::Value::{Count, Real, Truth, Word};
use super::knowledge::learned;
use super::policy::ArmStats;
use super::state::{ARMS, Counter, State};
use crate::temporal::context::name;
use alloc::vec::Vec;

const NAMES: [&str; 3] = ["none", "weekday", "hybrid"];

/// `trained` puzzles, of which `correct` were solved.
pub(super) fn train(trained: u32, correct: u32, state: &State) -> Result<Vec<u8>, Full> {
    let mut json = Json::new();
    json.fill(
        r##"{"trained":#,"correct":#,"accuracy":#,"patterns_learned":#,"patterns_refuted":#}"##,
        &[
            Count(trained.into()),
            Count(correct.into()),
            Real(f64::from(correct) / f64::from(trained)),
            Count(learned(state).into()),
            Count(state.counter(Counter::Refuted).into()),
        ],
    );
    json.finish()
}

fn interval(json: &mut Json, interval: Interval) {
    json.fill(
        r##"{"mean":#,"low":#,"high":#}"##,
        &[Real(interval.mean), Real(interval.low), Real(interval.high)],
    );
}

fn mode(json: &mut Json, key: &'static str, mode: &Verdict, cycles: &[Cycle]) {
    json.fill(r##","#":{"cycles":["##, &[Word(key)]);
    for (cycle, number) in cycles.iter().zip(1..) {
        json.comma();
        json.fill(
            r##"{"cycle":#,"accuracy":#,"cost_per_solve":#,"noise_accuracy":#,"violations":#,"patterns_learned":#,"clean_steps":#,"noisy_steps":#,"rolled_back":#}"##,
            &[
                Count(number),
                Real(cycle.accuracy(0)),
                Real(cycle.cost()),
                Real(cycle.accuracy(1)),
                Count(cycle.violations.into()),
                Count(cycle.patterns.into()),
                Count(cycle.steps[0]),
                Count(cycle.steps[1]),
                Truth(cycle.rolled_back),
            ],
        );
    }
    let improved = [mode.cost_improved, mode.robustness_improved, mode.accuracy_improved];
    json.fill(
        r##"],"passed":#,"accuracy_maintained":#,"cost_improved":#,"robustness_improved":#,"zero_violations":#,"dimensions_improved":#,"cost_against_best_constant_arm":"##,
        &[
            Truth(mode.passed),
            Truth(mode.accuracy_maintained),
            Truth(mode.cost_improved),
            Truth(mode.robustness_improved),
            Truth(mode.zero_violations),
            Count(improved.into_iter().map(u64::from).sum()),
        ],
    );
    interval(json, mode.against_constant);
    json.raw("}");
}

pub(super) fn acceptance(report: &Report) -> Result<Vec<u8>, Full> {
    let mut json = Json::new();
    json.raw(r##"{"version":2"##);
    for ((key, verdict), place) in ["mode_a", "mode_b", "mode_c"].into_iter().zip(&report.verdicts).zip(0..) {
        mode(&mut json, key, verdict, report.of(place));
    }
    let [_, _, learned] = &report.verdicts;
    let each = |steps: u64| Real(steps as f64 / f64::from(report.puzzles));
    let [scan, weekday, hybrid] = report.constant;
    json.fill(
        r##","all_passed":#,"witness_entries":#,"witness_chain_bytes":#,"decisions":#,"baselines":{"none":#,"weekday":#,"hybrid":#,"best_constant_arm":"#","best_arm_per_bucket":#},"cost_against_mode_a":"##,
        &[
            Truth(learned.passed),
            Count(report.chain.entries() as u64),
            Count(report.chain.bytes().len() as u64),
            Count(report.decisions),
            each(scan),
            each(weekday),
            each(hybrid),
            Word(NAMES.get(report.best_constant.index()).copied().unwrap_or_default()),
            each(report.hindsight),
        ],
    );
    interval(&mut json, report.against_fixed);
    json.raw("}");
    json.finish()
}

/// The policy; buckets and arms that were never tried are left out.
pub(super) fn policy(state: &State) -> Result<Vec<u8>, Full> {
    let mut json = Json::new();
    json.raw(r##"{"context_stats":{"##);
    let (mut penalty, mut wrong) = (0.0, 0);
    let mut open = usize::MAX;
    for number in 0..ARMS {
        let stats = state.arm(number);
        let bucket = number / 3;
        if stats.attempts == 0 {
            continue;
        }
        if bucket != open {
            json.raw(if open == usize::MAX { "\"" } else { "},\"" });
            name(bucket).into_iter().for_each(|part| json.raw(part));
            json.raw("\":{");
            open = bucket;
        }
        json.comma();
        arm(&mut json, NAMES.get(number % 3).copied().unwrap_or_default(), &stats);
        penalty += stats.early_penalty;
        wrong += stats.early_wrong;
    }
    json.fill(
        r##"#},"early_commit_penalties":#,"early_commits_total":#,"early_commits_wrong":#,"prepass":"Off","speculative_attempts":#,"speculative_arm2_wins":#,"rng_state":#}"##,
        &[
            Word(if open == usize::MAX { "" } else { "}" }),
            Real(penalty),
            Count(state.counter(Counter::EarlyCommits).into()),
            Count(wrong),
            Count(state.counter(Counter::SecondAttempts).into()),
            Count(state.counter(Counter::SecondWins).into()),
            Count(state.rng().state()),
        ],
    );
    json.finish()
}

fn arm(json: &mut Json, key: &'static str, stats: &ArmStats) {
    json.fill(
        r##""#":{"attempts":#,"successes":#,"total_steps":#,"alpha_safety":#,"beta_safety":#,"cost_ema":#,"early_commit_wrongs":#,"early_commit_penalty_sum":#}"##,
        &[
            Word(key),
            Count(stats.attempts.into()),
            Count(stats.successes.into()),
            Count(stats.total_steps),
            Real(stats.alpha),
            Real(stats.beta),
            Real(stats.cost_average),
            Count(stats.early_wrong),
            Real(stats.early_penalty),
        ],
    );
}
