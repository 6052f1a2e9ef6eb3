//! Results as JSON: the fields of the published solver, and what an honest reader needs beside them.

use super::acceptance::{Cycle, Report, Verdict};
use super::bootstrap::Interval;
use super::knowledge::learned;
use super::output::{ARM, BUCKET, MODE, Output};
use super::state::{ARMS, Counter, State};
use super::witness::Chain;

/// `trained` puzzles, of which `correct` were solved.
pub(super) fn train(json: &mut Output, trained: u32, correct: u32, state: &State) {
    json.fill(
        r##"{"trained":#,"correct":#,"accuracy":%,"patterns_learned":#,"patterns_refuted":#}"##,
        &[
            trained.into(),
            correct.into(),
            (f64::from(correct) / f64::from(trained)).to_bits(),
            learned(state).into(),
            state.counter(Counter::Refuted).into(),
        ],
    );
}

#[inline(never)]
fn interval(json: &mut Output, interval: &Interval) {
    json.fill(
        r##"{"mean":%,"low":%,"high":%}"##,
        &[interval.mean.to_bits(), interval.low.to_bits(), interval.high.to_bits()],
    );
}

fn mode(json: &mut Output, number: u64, mode: &Verdict, cycles: &[Cycle]) {
    json.fill(r##","@":{"cycles":["##, &[MODE + number]);
    for (cycle, number) in cycles.iter().zip(1..) {
        json.comma();
        json.fill(
            r##"{"cycle":#,"accuracy":%,"cost_per_solve":%,"noise_accuracy":%,"violations":#,"patterns_learned":#,"clean_steps":#,"noisy_steps":#,"rolled_back":?}"##,
            &[
                number,
                cycle.accuracy(0).to_bits(),
                cycle.cost().to_bits(),
                cycle.accuracy(1).to_bits(),
                cycle.violations.into(),
                cycle.patterns.into(),
                cycle.steps[0],
                cycle.steps[1],
                cycle.rolled_back.into(),
            ],
        );
    }
    let improved = u64::from(mode.cost_improved)
        + u64::from(mode.robustness_improved)
        + u64::from(mode.accuracy_improved);
    json.fill(
        r##"],"passed":?,"accuracy_maintained":?,"cost_improved":?,"robustness_improved":?,"zero_violations":?,"dimensions_improved":#,"cost_against_best_constant_arm":"##,
        &[
            mode.passed.into(),
            mode.accuracy_maintained.into(),
            mode.cost_improved.into(),
            mode.robustness_improved.into(),
            mode.zero_violations.into(),
            improved,
        ],
    );
    interval(json, &mode.against_constant);
    json.push(b"}");
}

pub(super) fn acceptance(json: &mut Output, report: &Report, chain: &Chain) {
    json.push(br##"{"version":2"##);
    for (verdict, number) in report.verdicts.iter().zip(0..) {
        mode(json, number, verdict, report.of(number as usize));
    }
    let each = |steps: u64| (steps as f64 / f64::from(report.puzzles)).to_bits();
    json.fill(
        r##","all_passed":?,"witness_entries":#,"witness_chain_bytes":#,"decisions":#,"baselines":{"none":%,"weekday":%,"hybrid":%,"best_constant_arm":"@","best_arm_per_bucket":%},"cost_against_mode_a":"##,
        &[
            report.verdicts[2].passed.into(),
            chain.entries() as u64,
            chain.bytes().len() as u64,
            report.decisions,
            each(report.constant[0]),
            each(report.constant[1]),
            each(report.constant[2]),
            ARM + report.best_constant as u64,
            each(report.hindsight),
        ],
    );
    interval(json, &report.against_fixed);
    json.push(b"}");
}

/// The policy; buckets and arms that were never tried are left out.
pub(super) fn policy(json: &mut Output, state: &State) {
    json.push(br##"{"context_stats":{"##);
    let (mut penalty, mut wrong) = (0.0, 0);
    let mut open = usize::MAX;
    for number in 0..ARMS {
        let stats = state.arm(number);
        let bucket = number / 3;
        if stats.attempts() == 0 {
            continue;
        }
        if bucket != open {
            let [range, distractors, noise] = BUCKET;
            let (bucket, at) = (bucket as u64, if open == usize::MAX { 2 } else { 0 });
            json.fill(
                r##"},"@:@:@":{"##.get(at..).unwrap_or_default(),
                &[range + bucket / 6, distractors + bucket / 2 % 3, noise + bucket % 2],
            );
        }
        open = bucket;
        json.comma();
        let [_, steps, alpha, beta, average, wrongs, penalties] = *stats.0;
        json.fill(
            r##""@":{"attempts":#,"successes":#,"total_steps":#,"alpha_safety":%,"beta_safety":%,"cost_ema":%,"early_commit_wrongs":#,"early_commit_penalty_sum":%}"##,
            &[
                ARM + number as u64 % 3,
                stats.attempts().into(),
                stats.successes().into(),
                steps,
                alpha,
                beta,
                average,
                wrongs,
                penalties,
            ],
        );
        penalty += stats.early_penalty();
        wrong += wrongs;
    }
    if open < usize::MAX {
        json.push(b"}");
    }
    json.fill(
        r##"},"early_commit_penalties":%,"early_commits_total":#,"early_commits_wrong":#,"prepass":"Off","speculative_attempts":#,"speculative_arm2_wins":#,"rng_state":#}"##,
        &[
            f64::to_bits(penalty),
            state.counter(Counter::EarlyCommits).into(),
            wrong,
            state.counter(Counter::SecondAttempts).into(),
            state.counter(Counter::SecondWins).into(),
            state.rng().state(),
        ],
    );
}
