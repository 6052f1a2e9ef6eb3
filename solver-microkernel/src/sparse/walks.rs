//! Random walks for the rest that pushing leaves (von Neumann and Ulam; Andoni, Krauthgamer and
//! Pogrow 2019): from row u a walk goes to v with probability |a_uv| / |a_uu|, changing sign with
//! -a_uv / a_uu, and stops with the probability that is left, scoring sign * b_u / s_u. The mean of
//! the score is x_u, and no score is larger than X0, whatever the size of the matrix.
//!
//! Started at u with probability |r_u| / |r|, the score times |r| estimates r.x. The half width is
//! the better of Hoeffding's at a number of walks fixed beforehand and the empirical Bernstein bound
//! of Maurer and Pontil (2009) at each of the looks before; the chance of error is split over all.

use super::csr::most;
use super::entry::EntryOptions;
use super::limits::WALKERS;
use super::local::{Local, Need};
use super::map::NONE;
use super::refusal::{Refusal, fill, reserve};
use solver_kernels::push::Front;
use solver_kernels::random::Random;
use solver_lists::Vec;

#[derive(Clone, Copy)]
struct Walker {
    random: Random,
    /// At the end.
    score: f64,
    /// Where it is; [`NONE`] at the end.
    slot: u32,
    negative: bool,
}

#[derive(Default)]
pub(crate) struct Walks {
    /// Sums of |r| up to each node.
    sums: Vec<f64>,
    walkers: Vec<Walker>,
    total: f64,
    range: f64,
    tolerance: f64,
    chance: f64,
    seed: u64,
    looks: f64,
    /// Walks finished, the number at the next look, and at the last one.
    pub(crate) made: u64,
    look_at: u64,
    last: u64,
    squares: f64,
    pub(crate) arcs: u64,
    /// Mean and half width are those of the end.
    pub(crate) ended: bool,
    pub(crate) mean: f64,
    pub(crate) half: f64,
}
solver_lists::blank!(Walks {
    sums,
    walkers,
    total,
    range,
    tolerance,
    chance,
    seed,
    looks,
    made,
    look_at,
    last,
    squares,
    arcs,
    ended,
    mean,
    half
});

impl Walks {
    /// As if none had been made.
    pub(crate) fn clear(&mut self) {
        self.walkers.clear();
        (self.made, self.arcs, self.ended) = (0, 0, false);
        (self.mean, self.squares) = (0.0, 0.0);
    }

    /// Starts, before any walk, from what lies at the nodes.
    #[inline(never)]
    pub(crate) fn start(
        &mut self,
        front: &Front,
        total: f64,
        x_most: f64,
        options: &EntryOptions,
        rounding: f64,
    ) -> Result<(), Refusal> {
        fill(&mut self.sums, 0.0, front.state.len() / 2)?;
        self.total = 0.0;
        for (slot, sum) in (0..).zip(&mut self.sums) {
            self.total += front.amount(slot).abs();
            *sum = self.total;
        }
        self.seed = options.seed;
        self.tolerance = options.tolerance - rounding;
        self.chance = 1.0 - options.confidence;
        // Scores lie in an interval of this length.
        self.range = 2.0 * total * x_most;
        // Hoeffding with half of the chance: 2 exp(-2 N tolerance^2 / range^2) = chance / 2.
        let share = self.range / self.tolerance;
        let last = share * share / 2.0 * libm::log(4.0 / self.chance);
        let possible = self.tolerance > 0.0 && last < 1e15;
        self.last = if possible { last as u64 + 1 } else { u64::MAX };
        self.looks = most(f64::from(64 - (self.last / WALKERS as u64).leading_zeros()), 1.0);
        self.look_at = WALKERS as u64;
        Ok(())
    }

    /// Steps that Hoeffding's number of walks would take; one in `1/gap` ends a walk.
    pub(crate) fn predicted(&self, gap: f64) -> f64 {
        if self.last == u64::MAX { f64::INFINITY } else { self.last as f64 / most(gap, 1e-300) * 4.0 }
    }

    /// Starts a batch, or moves every walker of it on by one hop; wants the rows where they stand.
    pub(crate) fn step(&mut self, local: &mut Local, front: &Front) -> Result<(), Refusal> {
        if self.last == u64::MAX {
            (self.half, self.ended) = (self.range / 2.0, true);
            return Ok(());
        }
        if self.walkers.is_empty() {
            self.begin(front)?;
        }
        for walker in &self.walkers {
            // Several walkers may stand on one row.
            if walker.slot != NONE && !local.wanted().contains(&local.id(walker.slot)) {
                local.want(walker.slot)?;
            }
        }
        if local.need() != Need::Nothing {
            return Ok(());
        }
        let mut walking = false;
        for walker in &mut self.walkers {
            if walker.slot != NONE {
                hop(walker, &mut self.arcs, local);
                walking |= walker.slot != NONE;
            }
        }
        if !walking {
            self.finish();
        }
        Ok(())
    }

    fn begin(&mut self, front: &Front) -> Result<(), Refusal> {
        let count = (self.last - self.made).min(WALKERS as u64);
        reserve(&mut self.walkers, count as usize)?;
        for index in self.made..self.made + count {
            let mut random = Random::stream(self.seed, index);
            let draw = random.unit() * self.total;
            let last = self.sums.len().saturating_sub(1);
            let slot = self.sums.partition_point(|sum| *sum <= draw).min(last) as u32;
            let negative = front.amount(slot) < 0.0;
            crate::lists::put(&mut self.walkers, Walker { random, score: 0.0, slot, negative });
        }
        Ok(())
    }

    /// Takes in the scores of a batch in the order of its walks, and looks.
    fn finish(&mut self) {
        for walker in &self.walkers {
            self.made += 1;
            let value = self.total * walker.score;
            let difference = value - self.mean;
            self.mean += difference / self.made as f64;
            self.squares += difference * (value - self.mean);
        }
        self.walkers.clear();
        let last = self.made >= self.last;
        if !last && self.made < self.look_at {
            return;
        }
        self.look_at = self.look_at.saturating_mul(2);
        let made = self.made as f64;
        // Both sides, at each look: chance / (2 looks), halved again for the two sides.
        let log = libm::log(if last { 4.0 } else { 8.0 * self.looks } / self.chance);
        let variance = self.squares / (made - 1.0);
        let root =
            solver_kernels::sqrt64(if last { log / (2.0 * made) } else { 2.0 * variance * log / made });
        self.half =
            if last { self.range * root } else { root + 7.0 * self.range * log / (3.0 * (made - 1.0)) };
        self.ended = last || self.half <= self.tolerance;
    }
}

/// One hop, from a row that was read and checked; counts the entries passed.
fn hop(walker: &mut Walker, passed: &mut u64, local: &Local) {
    let [diagonal, others, b, _] = *local.read().facts(walker.slot);
    let mut draw = walker.random.unit() * diagonal.abs();
    let (slots, values) = local.arcs(walker.slot);
    *passed += 1;
    for (slot, value) in slots.iter().zip(values) {
        if *slot == walker.slot {
            continue;
        }
        *passed += 1;
        let size = value.abs();
        if draw < size {
            // -a_uv / a_uu below zero turns the sign.
            walker.negative ^= (*value > 0.0) == (diagonal > 0.0);
            walker.slot = *slot;
            return;
        }
        draw -= size;
    }
    let own = b / (diagonal.abs() - others);
    walker.score = if walker.negative == (diagonal > 0.0) { -own } else { own };
    walker.slot = NONE;
}
