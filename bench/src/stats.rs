//! Times, and ratios of times taken in turn.

use std::time::{Duration, Instant};

/// Seconds that `work` took.
pub(crate) fn time(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// The middle of some measurements.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Two kinds of work done in turn, so that a change of the machine's speed meets both.
pub(crate) struct Pair {
    /// Median seconds of the first.
    pub(crate) first: f64,
    /// Median seconds of the second.
    pub(crate) second: f64,
    /// Median over the rounds of second / first.
    pub(crate) ratio: f64,
    /// Least and greatest ratio of a round.
    pub(crate) spread: (f64, f64),
}

/// Runs both `rounds` times in turn, after one round that does not count.
pub(crate) fn pair(rounds: usize, mut first: impl FnMut(), mut second: impl FnMut()) -> Pair {
    first();
    second();
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        a.push(time(&mut first));
        b.push(time(&mut second));
    }
    let ratios: Vec<f64> = a.iter().zip(&b).map(|(a, b)| b / a).collect();
    let spread =
        (ratios.iter().copied().fold(f64::INFINITY, f64::min), ratios.iter().copied().fold(0.0, f64::max));
    Pair { first: median(&a), second: median(&b), ratio: median(&ratios), spread }
}

/// Median seconds of `rounds` runs after one that does not count.
pub(crate) fn repeat(rounds: usize, mut work: impl FnMut()) -> f64 {
    work();
    let times: Vec<f64> = (0..rounds).map(|_| time(&mut work)).collect();
    median(&times)
}

/// Seconds as a person reads them.
pub(crate) fn shown(seconds: f64) -> String {
    let d = Duration::from_secs_f64(seconds.max(0.0));
    if seconds < 1e-3 {
        format!("{:.1} us", d.as_secs_f64() * 1e6)
    } else if seconds < 1.0 {
        format!("{:.2} ms", d.as_secs_f64() * 1e3)
    } else {
        format!("{seconds:.2} s")
    }
}
