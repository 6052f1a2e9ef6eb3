//! Is one cost really below another? A paired bootstrap (Efron, Annals of Statistics 7, 1979): the
//! percentile interval of the mean difference over resampled puzzles.

use super::limits::RESAMPLES;
use super::rng::{Rng, Stream};
use super::{set, word};
use crate::lists::sort;

/// Bits of the steps of a puzzle by one of six solvers, side by side in a word. No search takes as many as do not
/// fit: it walks over its window of at most 331 days twice, and lines up with a weekday once a month.
pub(super) const COST_BITS: u32 = 10;
/// The most steps that fit.
pub(super) const MOST_COST: u64 = (1 << COST_BITS) - 1;
/// Words of room in front of the costs: the sum of each resample, and the sum of all.
pub(super) const ROOM: usize = RESAMPLES + 1;

/// The steps of a solver.
const fn cost(costs: u64, solver: usize) -> u64 {
    costs >> (COST_BITS * solver as u32) & MOST_COST
}

/// Writes the mean of the steps of solver `ours` less those of `theirs`, and the ends of its 95 % interval, as
/// the bits of three numbers: nothing for no puzzles. The costs of `count` puzzles begin at `costs`.
#[inline(never)]
pub(super) fn difference(
    words: &mut [u64],
    (costs, count): (usize, usize),
    (ours, theirs): (usize, usize),
    seed: u64,
    interval: &mut [u64; 3],
) {
    if count == 0 {
        return;
    }
    let mut rng = Rng::stream(seed, Stream::Bootstrap, 0);
    // Sums are of differences raised by this, so that they sort alike without a sign.
    let raised = MOST_COST;
    for resample in 0..ROOM {
        let mut total = 0;
        for place in 0..count {
            let drawn = if resample < RESAMPLES { (rng.bits() % count as u64) as usize } else { place };
            let puzzle = word(words, costs + drawn);
            total += raised + cost(puzzle, ours) - cost(puzzle, theirs);
        }
        set(words, resample, total);
    }
    sort(words.get_mut(..RESAMPLES).unwrap_or_default());
    let tail = RESAMPLES / 40;
    for (to, sum) in interval.iter_mut().zip([RESAMPLES, tail, RESAMPLES - 1 - tail]) {
        let total = word(words, sum) as i64 - (raised * count as u64) as i64;
        *to = (total as f64 / count as f64).to_bits();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn the_interval_covers_the_truth_about_as_often_as_it_says() {
        let mut rng = Rng::new(3);
        let mut covered = 0;
        let count = 80;
        let mut words = vec![0; ROOM + count];
        let mut interval = [0; 3];
        for seed in 0..200 {
            for place in 0..count {
                let costs = rng.range(0, 99) << COST_BITS;
                set(&mut words, ROOM + place, costs as u64 | (rng.range(10, 109) as u64) << (4 * COST_BITS));
            }
            difference(&mut words, (ROOM, count), (1, 4), seed, &mut interval);
            let [mean, low, high] = interval.map(f64::from_bits);
            assert!(low <= mean && mean <= high);
            covered += u32::from(low <= -10.0 && -10.0 <= high);
        }
        assert!((180..=199).contains(&covered), "{covered} of 200");
        let before = interval;
        difference(&mut [7; 4], (0, 0), (0, 1), 1, &mut interval);
        assert_eq!(interval, before);
    }
}
