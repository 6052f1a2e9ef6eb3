//! Is one cost really below another? A paired bootstrap (Efron, Annals of Statistics 7, 1979): the
//! percentile interval of the mean difference over resampled puzzles.

use super::limits::RESAMPLES;
use super::rng::Rng;
use super::{Full, filled};

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

/// The interval of the mean of `ours - theirs`, paired by puzzle. Zeros for no puzzles.
pub(super) fn difference(ours: &[u32], theirs: &[u32], mut rng: Rng) -> Result<Interval, Full> {
    let count = ours.len().min(theirs.len());
    if count == 0 {
        return Ok(Interval::default());
    }
    let at = |place: usize| -> i64 {
        let of = |costs: &[u32]| costs.get(place).copied().unwrap_or_default();
        i64::from(of(ours)) - i64::from(of(theirs))
    };
    // Sums as numbers that sort alike without a sign.
    let bias = 1u64 << 63;
    let mut sums = filled(0u64, RESAMPLES)?;
    for sum in &mut sums {
        let mut total = 0i64;
        for _ in 0..count {
            total += at((rng.bits() % count as u64) as usize);
        }
        *sum = (total as u64) ^ bias;
    }
    crate::lists::sort(&mut sums);
    let mean = |sum: i64| sum as f64 / count as f64;
    let end = |place: usize| mean((sums.get(place).copied().unwrap_or_default() ^ bias) as i64);
    let tail = RESAMPLES / 40;
    Ok(Interval { mean: mean((0..count).map(at).sum()), low: end(tail), high: end(RESAMPLES - 1 - tail) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn the_interval_covers_the_truth_about_as_often_as_it_says() {
        let mut rng = Rng::new(3);
        let mut covered = 0;
        for round in 0..200 {
            let pairs: Vec<(u32, u32)> =
                (0..80).map(|_| (rng.range(0, 99) as u32, rng.range(10, 109) as u32)).collect();
            let (ours, theirs): (Vec<u32>, Vec<u32>) = pairs.into_iter().unzip();
            let interval = difference(&ours, &theirs, Rng::new(round + 1)).unwrap();
            assert!(interval.low <= interval.mean && interval.mean <= interval.high);
            covered += u32::from(interval.low <= -10.0 && -10.0 <= interval.high);
        }
        assert!((180..=199).contains(&covered), "{covered} of 200");
        assert_eq!(difference(&[], &[], Rng::new(1)).unwrap(), Interval::default());
    }
}
