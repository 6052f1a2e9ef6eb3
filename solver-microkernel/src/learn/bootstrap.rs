//! Is one cost really below another? A paired bootstrap (Efron, Annals of Statistics 7, 1979): the
//! percentile interval of the mean difference over resampled puzzles.

use super::limits::RESAMPLES;
use super::rng::Rng;
use super::{Full, clear};
use solver_lists::Vec;

/// The mean difference and its 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// Steps of a puzzle by each of several solvers. No search takes as many as fit: it walks over its window of
/// at most 331 days twice.
pub(super) type Costs = [u16; 6];

/// Room for the means of the resamples.
#[derive(Debug, Default)]
pub(super) struct Resampler(Vec<u64>);

impl Resampler {
    pub(super) fn reserve(&mut self) -> Result<(), Full> {
        clear(&mut self.0, RESAMPLES)
    }

    /// The interval of the mean of solver `ours` less solver `theirs`. Zeros for no puzzles.
    #[inline(never)]
    pub(super) fn difference(
        &mut self,
        costs: &[Costs],
        ours: usize,
        theirs: usize,
        mut rng: Rng,
    ) -> Interval {
        let count = costs.len();
        if count == 0 {
            return Interval::default();
        }
        let at = |place: usize| -> i64 {
            let Some(costs) = costs.get(place) else { return 0 };
            let of = |solver: usize| i64::from(costs.get(solver).copied().unwrap_or_default());
            of(ours) - of(theirs)
        };
        // Sums as numbers that sort alike without a sign.
        let bias = 1u64 << 63;
        for sum in &mut self.0 {
            let mut total = 0i64;
            for _ in 0..count {
                total += at((rng.bits() % count as u64) as usize);
            }
            *sum = (total as u64) ^ bias;
        }
        crate::lists::sort(&mut self.0);
        let mean = |sum: i64| sum as f64 / count as f64;
        let end = |place: usize| mean((self.0.get(place).copied().unwrap_or_default() ^ bias) as i64);
        let tail = RESAMPLES / 40;
        let mut total = 0;
        for place in 0..count {
            total += at(place);
        }
        Interval { mean: mean(total), low: end(tail), high: end(RESAMPLES - 1 - tail) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_interval_covers_the_truth_about_as_often_as_it_says() {
        let mut rng = Rng::new(3);
        let mut covered = 0;
        let mut resampler = Resampler::default();
        resampler.reserve().unwrap();
        for round in 0..200 {
            let costs: Vec<Costs> =
                (0..80).map(|_| [0, rng.range(0, 99) as u16, 0, 0, rng.range(10, 109) as u16, 0]).collect();
            let interval = resampler.difference(&costs, 1, 4, Rng::new(round + 1));
            assert!(interval.low <= interval.mean && interval.mean <= interval.high);
            covered += u32::from(interval.low <= -10.0 && -10.0 <= interval.high);
        }
        assert!((180..=199).contains(&covered), "{covered} of 200");
        assert_eq!(resampler.difference(&[], 0, 1, Rng::new(1)), Interval::default());
    }
}
