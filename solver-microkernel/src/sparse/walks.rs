//! Random walks for the rest that pushing leaves (von Neumann and Ulam; Andoni, Krauthgamer and
//! Pogrow 2019): from row u a walk goes to v with probability |a_uv| / |a_uu|, changing sign with
//! -a_uv / a_uu, and stops with the probability that is left, scoring sign * b_u / s_u. The mean of
//! the score is x_u, and no score is larger than X0, whatever the size of the matrix.
//!
//! Started at u with probability |r_u| / |r|, the score times |r| estimates r.x. The half width is
//! the better of Hoeffding's at a number of walks fixed beforehand and the empirical Bernstein bound
//! of Maurer and Pontil (2009) at each of the looks before; the chance of error is split over all.

use super::access::at;
use super::entry::{Claims, EntryOptions, check_claims};
use super::limits::{ROWS_PER_ASK, WALKERS};
use super::local::{Local, Need};
use super::map::NONE;
use super::refusal::{Refusal, filled, reserve};
use alloc::vec::Vec;
use solver_kernels::random::Random;

#[derive(Clone, Copy)]
struct Walker {
    random: Random,
    slot: u32,
    negative: bool,
    resting: bool,
}

pub(crate) struct Walks {
    /// Sums of |r| up to each node, signs of r.
    sums: Vec<f64>,
    negative: Vec<bool>,
    walkers: Vec<Walker>,
    scores: Vec<f64>,
    total: f64,
    range: f64,
    tolerance: f64,
    chance: f64,
    seed: u64,
    looks: f64,
    /// Walks finished, the number at the next look, and at the last one.
    made: u64,
    look_at: u64,
    last: u64,
    mean: f64,
    squares: f64,
    arcs: u64,
    result: Option<(f64, f64)>,
}

impl Walks {
    /// `state` holds pairs of r and of something else, by node.
    pub(crate) fn new(
        state: &[f64],
        total: f64,
        x_most: f64,
        options: EntryOptions,
        rounding: f64,
    ) -> Result<Self, Refusal> {
        let mut sums = Vec::new();
        let mut negative = Vec::new();
        reserve(&mut sums, state.len() / 2)?;
        reserve(&mut negative, state.len() / 2)?;
        let mut sum = 0.0;
        for [r, _] in state.as_chunks::<2>().0 {
            sum += r.abs();
            sums.push(sum);
            negative.push(*r < 0.0);
        }
        let tolerance = options.tolerance - rounding;
        let chance = 1.0 - options.confidence;
        // Scores lie in an interval of this length.
        let range = 2.0 * total * x_most;
        // Hoeffding with half of the chance: 2 exp(-2 N tolerance^2 / range^2) = chance / 2.
        let share = range / tolerance;
        let last =
            if tolerance > 0.0 { share * share / 2.0 * libm::log(4.0 / chance) } else { f64::INFINITY };
        let last = if last < 1e15 { last as u64 + 1 } else { u64::MAX };
        let looks = f64::from(64 - (last / WALKERS as u64).leading_zeros()).max(1.0);
        Ok(Self {
            sums,
            negative,
            walkers: Vec::new(),
            scores: filled(0.0, WALKERS)?,
            total: sum,
            range,
            tolerance,
            chance,
            seed: options.seed,
            looks,
            made: 0,
            look_at: WALKERS as u64,
            last,
            mean: 0.0,
            squares: 0.0,
            arcs: 0,
            result: None,
        })
    }

    /// Steps that Hoeffding's number of walks would take; one in `1/gap` ends a walk.
    pub(crate) fn predicted(&self, gap: f64) -> f64 {
        if self.last == u64::MAX { f64::INFINITY } else { self.last as f64 / gap.max(1e-300) * 4.0 }
    }

    pub(crate) const fn arcs(&self) -> u64 {
        self.arcs
    }

    pub(crate) const fn made(&self) -> u64 {
        self.made
    }

    /// Mean and half width, at the end.
    pub(crate) const fn result(&self) -> Option<(f64, f64)> {
        self.result
    }

    /// Starts a batch, or moves every walker of it on by one hop.
    pub(crate) fn step(&mut self, local: &mut Local, claims: &Claims) -> Result<Need, Refusal> {
        if self.last == u64::MAX {
            self.result = Some((0.0, self.range / 2.0));
            return Ok(Need::Nothing);
        }
        if self.walkers.is_empty() {
            self.start()?;
        }
        let need = self.ask(local)?;
        if need != Need::Nothing {
            return Ok(need);
        }
        let mut walking = false;
        let mut walkers = core::mem::take(&mut self.walkers);
        for (walker, score) in walkers.iter_mut().zip(&mut self.scores) {
            if !walker.resting {
                self.arcs += hop(walker, score, local, claims)?;
                walking |= !walker.resting;
            }
        }
        if walking {
            self.walkers = walkers;
        } else {
            self.finish();
        }
        Ok(Need::Nothing)
    }

    fn start(&mut self) -> Result<(), Refusal> {
        let count = (WALKERS as u64).min(self.last - self.made);
        reserve(&mut self.walkers, count as usize)?;
        for index in self.made..self.made + count {
            let mut random = Random::stream(self.seed, index);
            let draw = random.unit() * self.total;
            let slot =
                self.sums.partition_point(|sum| *sum <= draw).min(self.sums.len().saturating_sub(1)) as u32;
            let negative = at(&self.negative, slot);
            self.walkers.push(Walker { random, slot, negative, resting: false });
        }
        Ok(())
    }

    fn ask(&self, local: &mut Local) -> Result<Need, Refusal> {
        let mut need = Need::Nothing;
        for walker in &self.walkers {
            let node = local.node(walker.slot);
            let missing = match (walker.resting || node.is_read(), node.len) {
                (true, _) => continue,
                (false, NONE) => Need::Lengths,
                (false, _) => Need::Rows,
            };
            if need == Need::Nothing {
                need = missing;
            }
            // Several walkers may stand on one row.
            if need == missing && !local.wanted().contains(&node.id) {
                local.want(walker.slot)?;
            }
            if local.wanted().len() >= ROWS_PER_ASK {
                break;
            }
        }
        Ok(need)
    }

    /// Takes in the scores of a batch in the order of its walks, and looks.
    fn finish(&mut self) {
        let count = (WALKERS as u64).min(self.last - self.made) as usize;
        for score in self.scores.iter().take(count) {
            self.made += 1;
            let value = self.total * score;
            let difference = value - self.mean;
            self.mean += difference / self.made as f64;
            self.squares += difference * (value - self.mean);
        }
        let made = self.made as f64;
        if self.made >= self.last {
            let half = self.range * solver_kernels::sqrt64(libm::log(4.0 / self.chance) / (2.0 * made));
            self.result = Some((self.mean, half));
        } else if self.made >= self.look_at {
            self.look_at = self.look_at.saturating_mul(2);
            // Both sides, at each look: chance / (2 looks), halved again for the two sides.
            let log = libm::log(8.0 * self.looks / self.chance);
            let variance = self.squares / (made - 1.0);
            let half = solver_kernels::sqrt64(2.0 * variance * log / made)
                + 7.0 * self.range * log / (3.0 * (made - 1.0));
            if half <= self.tolerance {
                self.result = Some((self.mean, half));
            }
        }
    }
}

/// One hop; returns the entries passed.
fn hop(walker: &mut Walker, score: &mut f64, local: &Local, claims: &Claims) -> Result<u64, Refusal> {
    let node = local.node(walker.slot);
    check_claims(claims, &node)?;
    let mut draw = walker.random.unit() * node.diagonal.abs();
    let (slots, values) = local.arcs(&node);
    let mut passed = 1;
    for (slot, value) in slots.iter().zip(values) {
        if *slot == walker.slot {
            continue;
        }
        passed += 1;
        let size = value.abs();
        if draw < size {
            // -a_uv / a_uu below zero turns the sign.
            walker.negative ^= (*value > 0.0) == (node.diagonal > 0.0);
            walker.slot = *slot;
            return Ok(passed);
        }
        draw -= size;
    }
    let own = node.b / (node.diagonal.abs() - node.others);
    *score = if walker.negative == (node.diagonal > 0.0) { -own } else { own };
    walker.resting = true;
    Ok(passed)
}
