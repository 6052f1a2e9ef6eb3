//! Is one cost really below another? A paired bootstrap (Efron, Annals of Statistics 7, 1979): the
//! percentile interval of the mean difference over resampled puzzles.

use super::limits::RESAMPLES;
use super::rng::Rng;
use super::{Full, filled};
use alloc::vec::Vec;

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

/// Room for the means of the resamples.
pub(super) struct Resampler(Vec<u64>);

impl Resampler {
    pub(super) fn new() -> Result<Self, Full> {
        Ok(Self(filled(0, RESAMPLES)?))
    }

    /// The interval of the mean of `ours - theirs`, paired by puzzle. Zeros for no puzzles.
    #[inline(never)]
    pub(super) fn difference(&mut self, ours: &[u32], theirs: &[u32], mut rng: Rng) -> Interval {
        let count = ours.len().min(theirs.len());
        if count == 0 {
            return Interval::default();
        }
        let at = |place: usize| -> i64 {
            let of = |costs: &[u32]| costs.get(place).copied().unwrap_or_default();
            i64::from(of(ours)) - i64::from(of(theirs))
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
        Interval { mean: mean((0..count).map(at).sum()), low: end(tail), high: end(RESAMPLES - 1 - tail) }
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
        let mut resampler = Resampler::new().unwrap();
        for round in 0..200 {
            let pairs: Vec<(u32, u32)> =
                (0..80).map(|_| (rng.range(0, 99) as u32, rng.range(10, 109) as u32)).collect();
            let (ours, theirs): (Vec<u32>, Vec<u32>) = pairs.into_iter().unzip();
            let interval = resampler.difference(&ours, &theirs, Rng::new(round + 1));
            assert!(interval.low <= interval.mean && interval.mean <= interval.high);
            covered += u32::from(interval.low <= -10.0 && -10.0 <= interval.high);
        }
        assert!((180..=199).contains(&covered), "{covered} of 200");
        assert_eq!(resampler.difference(&[], &[], Rng::new(1)), Interval::default());
    }
}
