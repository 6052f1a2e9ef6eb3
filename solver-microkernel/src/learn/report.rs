//! Results as JSON: the fields of the published solver, and what an honest reader needs beside them.

use super::Full;
use super::acceptance::{Cycle, Report, Verdict};
use super::bootstrap::Interval;
use super::json::Json;
use super::knowledge::learned;
use super::policy::ArmStats;
use super::state::{ARMS, Counter, State};
use crate::temporal::context::name;
use alloc::vec::Vec;

const NAMES: [&str; 3] = ["none", "weekday", "hybrid"];

/// `trained` puzzles, of which `correct` were solved.
pub(super) fn train(trained: u32, correct: u32, state: &State) -> Result<Vec<u8>, Full> {
    let mut json = Json::new();
    json.raw("{");
    json.field("trained", trained.into());
    json.field("correct", correct.into());
    json.float_field("accuracy", f64::from(correct) / f64::from(trained));
    json.field("patterns_learned", learned(state).into());
    json.field("patterns_refuted", state.counter(Counter::Refuted).into());
    json.raw("}");
    json.finish()
}

fn interval(json: &mut Json, key: &str, interval: Interval) {
    json.key(key);
    json.raw("{");
    json.float_field("mean", interval.mean);
    json.float_field("low", interval.low);
    json.float_field("high", interval.high);
    json.raw("}");
}

fn mode(json: &mut Json, key: &str, mode: &Verdict, cycles: &[Cycle]) {
    json.key(key);
    json.raw("{");
    json.key("cycles");
    json.raw("[");
    for (cycle, number) in cycles.iter().zip(1..) {
        json.comma();
        json.raw("{");
        json.field("cycle", number);
        json.float_field("accuracy", cycle.accuracy(0));
        json.float_field("cost_per_solve", cycle.cost());
        json.float_field("noise_accuracy", cycle.accuracy(1));
        json.field("violations", cycle.violations.into());
        json.field("patterns_learned", cycle.patterns.into());
        json.field("clean_steps", cycle.steps[0]);
        json.field("noisy_steps", cycle.steps[1]);
        json.bool_field("rolled_back", cycle.rolled_back);
        json.raw("}");
    }
    json.raw("]");
    json.bool_field("passed", mode.passed);
    json.bool_field("accuracy_maintained", mode.accuracy_maintained);
    json.bool_field("cost_improved", mode.cost_improved);
    json.bool_field("robustness_improved", mode.robustness_improved);
    json.bool_field("zero_violations", mode.zero_violations);
    let improved = [mode.cost_improved, mode.robustness_improved, mode.accuracy_improved];
    json.field("dimensions_improved", improved.into_iter().map(u64::from).sum());
    interval(json, "cost_against_best_constant_arm", mode.against_constant);
    json.raw("}");
}

pub(super) fn acceptance(report: &Report) -> Result<Vec<u8>, Full> {
    let mut json = Json::new();
    json.raw("{");
    json.field("version", 2);
    for ((key, verdict), place) in ["mode_a", "mode_b", "mode_c"].into_iter().zip(&report.verdicts).zip(0..) {
        mode(&mut json, key, verdict, report.of(place));
    }
    let [_, _, learned] = &report.verdicts;
    json.bool_field("all_passed", learned.passed);
    json.field("witness_entries", report.chain.entries() as u64);
    json.field("witness_chain_bytes", report.chain.bytes().len() as u64);
    json.field("decisions", report.decisions);
    json.key("baselines");
    json.raw("{");
    let each = |steps: u64| steps as f64 / f64::from(report.puzzles);
    for (arm, steps) in NAMES.into_iter().zip(report.constant) {
        json.float_field(arm, each(steps));
    }
    json.key("best_constant_arm");
    json.raw("\"");
    json.raw(NAMES.get(report.best_constant.index()).copied().unwrap_or_default());
    json.raw("\"");
    json.float_field("best_arm_per_bucket", each(report.hindsight));
    json.raw("}");
    interval(&mut json, "cost_against_mode_a", report.against_fixed);
    json.raw("}");
    json.finish()
}

fn arm(json: &mut Json, key: &str, stats: &ArmStats) {
    json.key(key);
    json.raw("{");
    json.field("attempts", stats.attempts.into());
    json.field("successes", stats.successes.into());
    json.field("total_steps", stats.total_steps);
    json.float_field("alpha_safety", stats.alpha);
    json.float_field("beta_safety", stats.beta);
    json.float_field("cost_ema", stats.cost_average);
    json.field("early_commit_wrongs", stats.early_wrong);
    json.float_field("early_commit_penalty_sum", stats.early_penalty);
    json.raw("}");
}

/// The policy; buckets and arms that were never tried are left out.
pub(super) fn policy(state: &State) -> Result<Vec<u8>, Full> {
    let mut json = Json::new();
    json.raw("{");
    json.key("context_stats");
    json.raw("{");
    let (mut penalty, mut wrong) = (0.0, 0);
    let mut open = usize::MAX;
    for number in 0..ARMS {
        let stats = state.arm(number);
        let bucket = number / 3;
        if stats.attempts == 0 {
            continue;
        }
        if bucket != open {
            if open != usize::MAX {
                json.raw("}");
            }
            json.comma();
            json.raw("\"");
            name(bucket).into_iter().for_each(|part| json.raw(part));
            json.raw("\":{");
            open = bucket;
        }
        arm(&mut json, NAMES.get(number % 3).copied().unwrap_or_default(), &stats);
        penalty += stats.early_penalty;
        wrong += stats.early_wrong;
    }
    if open != usize::MAX {
        json.raw("}");
    }
    json.raw("}");
    json.float_field("early_commit_penalties", penalty);
    json.field("early_commits_total", state.counter(Counter::EarlyCommits).into());
    json.field("early_commits_wrong", wrong);
    json.key("prepass");
    json.raw("\"Off\"");
    json.field("speculative_attempts", state.counter(Counter::SecondAttempts).into());
    json.field("speculative_arm2_wins", state.counter(Counter::SecondWins).into());
    json.field("rng_state", state.rng().state());
    json.raw("}");
    json.finish()
}
