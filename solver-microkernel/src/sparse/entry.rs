//! One element of the solution of A x = b, from the rows around it, with a proven bound.
//!
//! Adjoint push: keep p and r with e_t^T = p^T A + r^T, starting at p = 0, r = e_t. Taking
//! c = r_u / a_uu, p_u += c, r -= c * (row u) keeps the identity and needs row u only. Then
//! x_t - p.b = r.x, so |x_t - p.b| <= sum |r_u| w_u for any w with |x_u| <= w_u, for which
//! X0 = max |b_i| / s_i serves everywhere and (|b_u| + others_u X0) / |a_uu| at rows that were read.
//! Nothing in this depends on the size of the matrix.

use super::access::span;
use super::limits::{ROUNDOFF, ROWS_PER_ASK};
use super::local::{Local, Need, Node, extend};
use super::refusal::{Refusal, Why};
use super::walks::Walks;
use alloc::vec::Vec;
use solver_kernels::push::{Sizes, requeue, spread_residual, weigh};

/// What is known beforehand of the matrix and the right-hand side: claims of the file, which are
/// checked at every row that is read.
#[derive(Clone, Copy, Debug)]
pub struct Claims {
    /// Lower limit of |a_ii| - sum |a_ij|.
    pub row_slack: f64,
    /// Lower limit of 1 - sum |a_ij| / |a_ii|; predicts work, proves nothing.
    pub row_gap: f64,
    /// Stored entries, to compare work with a full solve.
    pub entries: u64,
    /// Symmetric: over-relaxation pays. Nothing is proven from it.
    pub symmetric: bool,
    /// Upper limit of |b_i|.
    pub b_most: f64,
    /// Upper limit of sum |x_i|, where one is known: sum |b_i| / least column slack.
    pub x_sum: Option<f64>,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct EntryOptions {
    /// Wanted bound, absolute.
    pub tolerance: f64,
    /// 1 for a bound that is certain; below 1, random walks may end the work, and the bound holds
    /// with this probability.
    pub confidence: f64,
    /// Rows that may be read.
    pub max_rows: u64,
    /// Of the walks.
    pub seed: u64,
}

/// An estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Of x_t.
    pub value: f64,
    /// |value - x_t| is at most this.
    pub bound: f64,
    /// With this probability; 1 is certainty.
    pub confidence: f64,
    /// The bound is at most the tolerance.
    pub met: bool,
    /// Walks made.
    pub walks: u64,
}

/// An estimate under way.
pub struct Entry {
    options: EntryOptions,
    claims: Claims,
    /// Bound of |x|, from the claims.
    x_most: f64,
    target: u32,
    /// r of each node, and one while it is not in the queue.
    state: Vec<f64>,
    /// Nodes that have their places in the arrays.
    fitted: u32,
    /// The queue, that of the generation after it, and how much of it is used.
    queue: Vec<u32>,
    next: Vec<u32>,
    queued: u32,
    /// How far the queue was looked through for lengths, and for rows.
    asked: [u32; 2],
    threshold: f64,
    relaxation: f64,
    value: f64,
    bound: f64,
    least_bound: f64,
    /// Sum of sizes whose roundings disturb the identity, and those that disturb the value.
    noise: f64,
    drift: f64,
    arcs: u64,
    started: bool,
    walks: Option<Walks>,
    done: Option<Estimate>,
}

/// Largest |x_i| that the claims allow: |b_i| / s_i at its worst.
#[must_use]
pub fn greatest_solution(claims: &Claims) -> f64 {
    if claims.b_most == 0.0 { 0.0 } else { claims.b_most / claims.row_slack * (1.0 + 4.0 * ROUNDOFF) }
}

impl Entry {
    /// Row `target` is below the number of rows of the [`Local`] given later.
    pub fn new(target: u32, claims: Claims, options: EntryOptions) -> Result<Self, Refusal> {
        let x_most = greatest_solution(&claims);
        if !(claims.row_slack > 0.0 && x_most.is_finite()) {
            return Err(Why::NoSlack.plain());
        }
        Ok(Self {
            options,
            claims,
            x_most,
            target,
            state: Vec::new(),
            fitted: 0,
            queue: Vec::new(),
            next: Vec::new(),
            queued: 0,
            asked: [0; 2],
            threshold: 0.25,
            // Measured: saves half of the pushes on symmetric matrices, diverges on some others.
            relaxation: if claims.symmetric { 1.3 } else { 1.0 },
            value: 0.0,
            bound: f64::INFINITY,
            least_bound: f64::INFINITY,
            noise: 0.0,
            drift: 0.0,
            arcs: 0,
            started: false,
            walks: None,
            done: None,
        })
    }

    /// The work that pushing would take is above that of a full solve: reaching the tolerance takes
    /// about ln(X0/tolerance) / gap hops, and in the plane a ball of that radius.
    #[must_use]
    pub fn is_hopeless(&self, rows: u64) -> bool {
        let hops =
            libm::log((self.x_most / self.options.tolerance).max(2.0)) / self.claims.row_gap.max(1e-300);
        let ball = (hops * hops / 2.0).min(rows as f64);
        hops * ball > 40.0 * self.claims.entries as f64 + 1e6
    }

    /// The estimate, once there.
    #[must_use]
    pub const fn estimate(&self) -> Option<&Estimate> {
        self.done.as_ref()
    }

    /// Entries passed so far, the count of work.
    #[must_use]
    pub fn arcs(&self) -> u64 {
        self.arcs + self.walks.as_ref().map_or(0, Walks::arcs)
    }

    /// One generation of pushes or one round of walks. `Nothing` with [`Entry::estimate`] still
    /// empty means that there is more to do.
    pub fn step(&mut self, local: &mut Local) -> Result<Need, Refusal> {
        self.check(local)?;
        local.clear_wanted();
        if !self.started {
            let slot = local.slot(self.target)?;
            self.fit(local)?;
            self.set(slot, 1.0, 1.0);
            self.started = true;
            self.certify(local)?;
        }
        if self.done.is_some() {
            return Ok(Need::Nothing);
        }
        if let Some(walks) = &mut self.walks {
            if local.rows_read() >= self.options.max_rows {
                let made = walks.made();
                return self.settle(self.value, self.bound, 1.0, made).map(|()| Need::Nothing);
            }
            let need = walks.step(local, &self.claims)?;
            if let Some((mean, half)) = walks.result() {
                let value = self.value + mean;
                let bound = half + self.rounding() + 1e-12 * (half + mean.abs());
                self.settle(value, bound, self.options.confidence, walks_made(self.walks.as_ref()))?;
            }
            return Ok(need);
        }
        if self.is_spent(local) {
            self.queued = 0;
        } else {
            let need = self.ask(local)?;
            if need != Need::Nothing {
                return Ok(need);
            }
            self.generation(local)?;
        }
        if self.queued == 0 {
            self.certify(local)?;
        }
        Ok(Need::Nothing)
    }

    /// r, and the limit for the queue.
    fn set(&mut self, slot: u32, r: f64, limit: f64) {
        let pair = self.state.get_mut(2 * slot as usize..).unwrap_or_default();
        pair.iter_mut().zip([r, limit]).for_each(|(there, value)| *there = value);
    }

    fn fit(&mut self, local: &Local) -> Result<(), Refusal> {
        let count = local.count();
        if count as usize > self.queue.len() {
            let len = (count as usize).next_power_of_two().max(256);
            extend(&mut self.state, len.saturating_mul(2), 0.0)?;
            extend(&mut self.queue, len, 0)?;
            extend(&mut self.next, len, 0)?;
        }
        for slot in self.fitted..count {
            self.set(slot, 0.0, 1.0);
        }
        self.fitted = count;
        Ok(())
    }

    /// Wants the rows of the queue that are not there: first their lengths, then themselves.
    fn ask(&mut self, local: &mut Local) -> Result<Need, Refusal> {
        let room = self.options.max_rows.saturating_sub(local.rows_read()).min(ROWS_PER_ASK as u64);
        let Self { queue, state, threshold, .. } = self;
        let now = span(queue, 0, self.queued);
        local.missing(now, &mut self.asked, room as usize, state, &[], *threshold)
    }

    /// Pushes along the whole queue, in order.
    fn generation(&mut self, local: &Local) -> Result<(), Refusal> {
        self.fit(local)?;
        let Self { queue, next, state, value, relaxation, threshold, .. } = self;
        let now = span(queue, 0, self.queued);
        let moved = spread_residual(local.read(), now, next, state, *value, *relaxation, *threshold);
        self.value = moved.value;
        self.drift += moved.drift;
        self.noise += moved.noise;
        self.arcs += moved.arcs;
        self.queued = moved.queued;
        core::mem::swap(&mut self.queue, &mut self.next);
        Ok(())
    }

    /// Rows that have come must keep what was claimed.
    fn check(&self, local: &Local) -> Result<(), Refusal> {
        for id in local.wanted() {
            let node = local.find(*id).map(|slot| local.node(slot)).filter(Node::is_read);
            if let Some(node) = node {
                check_claims(&self.claims, &node)?;
            }
        }
        Ok(())
    }

    /// No more pushing: a full solve would have been cheaper, or no more rows may be read.
    const fn is_spent(&self, local: &Local) -> bool {
        let most = self.claims.entries.saturating_mul(20).saturating_add(100_000);
        self.arcs > most || local.rows_read() >= self.options.max_rows
    }

    fn rounding(&self) -> f64 {
        2.0 * ROUNDOFF * (self.noise * self.x_most + self.drift)
    }

    /// Adds up the bound. Not yet small enough: lowers the threshold, or goes over to walks.
    fn certify(&mut self, local: &Local) -> Result<(), Refusal> {
        let Sizes { weighed, total, most, active } =
            weigh(local.read(), &self.state, self.fitted, self.x_most);
        self.arcs += u64::from(self.fitted) / 4;
        let mut bound = weighed;
        if let Some(x_sum) = self.claims.x_sum {
            bound = bound.min(most * x_sum);
        }
        self.bound = bound * (1.0 + 1e-9) + self.rounding();
        if self.bound <= self.options.tolerance {
            return self.settle(self.value, self.bound, 1.0, 0);
        }
        // Over-relaxation that lets the bound grow is given up.
        if self.bound > 2.0 * self.least_bound {
            self.relaxation = 1.0;
        }
        self.least_bound = self.least_bound.min(self.bound);
        let spent = self.is_spent(local);
        if self.options.confidence < 1.0 {
            let walks = Walks::new(&self.state, total, self.x_most, self.options, self.rounding())?;
            if spent || walks.predicted(self.claims.row_gap) < 2.0 * self.arcs as f64 {
                self.walks = Some(walks);
                return Ok(());
            }
        }
        // Rounding alone is above the tolerance, or nothing more may be read.
        if spent || self.rounding() >= self.options.tolerance || active == 0 {
            return self.settle(self.value, self.bound, 1.0, 0);
        }
        self.threshold = (0.5 * self.threshold).min(0.5 * total / f64::from(active));
        self.asked = [0; 2];
        self.queued = requeue(&mut self.state, self.fitted, &[], self.threshold, &mut self.queue);
        Ok(())
    }

    fn settle(&mut self, value: f64, bound: f64, confidence: f64, walks: u64) -> Result<(), Refusal> {
        if !(value.is_finite() && bound.is_finite()) {
            return Err(Why::Overflow.plain());
        }
        let met = bound <= self.options.tolerance;
        self.done = Some(Estimate { value, bound, confidence, met, walks });
        Ok(())
    }
}

const fn walks_made(walks: Option<&Walks>) -> u64 {
    match walks {
        Some(walks) => walks.made(),
        None => 0,
    }
}

/// Refuses a row that breaks what the file claims.
pub(crate) fn check_claims(claims: &Claims, node: &Node) -> Result<(), Refusal> {
    if node.diagonal == 0.0 {
        return Err(Why::ZeroDiagonal.row(node.id));
    }
    if node.slack().most < claims.row_slack || node.b.abs() > claims.b_most {
        return Err(Why::FalseClaim.row(node.id));
    }
    Ok(())
}
