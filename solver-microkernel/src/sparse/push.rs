//! Personalised PageRank around its seeds, by forward push (Andersen, Chung, Lang 2006).
//!
//! pi = alpha sum_k (1 - alpha)^k s P^k. A walk at a node without outgoing weight stays there, as
//! with a self-loop. p and r keep pi = p + sum_u r_u pi_u exactly, where pi_u starts at u. From it,
//! with R the sum of r: pi_v >= p_v + alpha r_v, since a walk that starts at v ends there at once
//! with probability alpha; and pi_v <= p_v + r_v + (1 - alpha)(R - r_v), since one that starts
//! elsewhere must first move; and pi_v <= p_v + max_u (r_u / y_u) c_v with the weights y and the inflow c of
//! [`Inflow`]. Of an undirected graph without weights both are the degree, known without the whole graph.

use super::access::{at, put, span};
use super::best::{Best, key};
use super::inflow::{Inflow, SAFE};
use super::limits::{ROUNDOFF, ROWS_PER_ASK};
use super::local::{Local, Need, Node, extend};
use super::map::NONE;
use super::refusal::{Refusal, Why, push};
use alloc::vec::Vec;
use solver_kernels::push::{Ranks, fit, requeue, spread_mass};

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct PushOptions {
    /// Chance to end at each step, in (0, 1).
    pub alpha: f64,
    /// Nodes wanted.
    pub k: usize,
    /// Values that differ by no more count as equal.
    pub tolerance: f64,
    /// Entries that may be passed before giving up on a certificate.
    pub max_arcs: u64,
    /// Rows that may be read.
    pub max_rows: u64,
    /// The greatest degree, when the graph is undirected and its entries are all one (claimed; checked where
    /// rows meet); else zero.
    pub undirected: u32,
}

/// A node of the result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// The node.
    pub id: u32,
    /// Never above the true value.
    pub score: f64,
    /// The true value is at most score + bound.
    pub bound: f64,
}

/// How a push ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    /// Best first; fewer than k when fewer were reached.
    pub nodes: Vec<Ranked>,
    /// `undecided` is within the tolerance, or within rounding.
    pub certified: bool,
    /// No other node has a value greater than that of the last one here by more than this.
    pub undecided: f64,
    /// Mass not settled: the sum of all errors.
    pub rest: f64,
}

/// A push under way.
pub struct Push {
    options: PushOptions,
    seeds: Vec<u32>,
    /// r of each node, and y while it is not in the queue; zero of one that is known to lead nowhere, so that
    /// what is there is settled at once.
    state: Vec<f64>,
    p: Vec<f64>,
    /// y and c of each node.
    weights: Vec<f64>,
    inflows: Vec<f64>,
    /// Nodes that have their places in the arrays.
    fitted: u32,
    /// The queue, that of the generation after it, and how much of each is used.
    queue: Vec<u32>,
    next: Vec<u32>,
    queued: u32,
    /// How far the queue was looked through for lengths, and for rows.
    asked: [u32; 2],
    epsilon: f64,
    arcs: u64,
    /// Sum of sizes whose roundings disturb the identity.
    noise: f64,
    started: bool,
    done: Option<Ranking>,
}

impl Push {
    /// From `seeds`, each with the same share; there is at least one, and none twice.
    #[must_use]
    pub const fn new(seeds: Vec<u32>, options: PushOptions) -> Self {
        Self {
            options,
            seeds,
            state: Vec::new(),
            p: Vec::new(),
            weights: Vec::new(),
            inflows: Vec::new(),
            fitted: 0,
            queue: Vec::new(),
            next: Vec::new(),
            queued: 0,
            asked: [0; 2],
            epsilon: 2.5e-4,
            arcs: 0,
            noise: 4.0,
            started: false,
            done: None,
        }
    }

    /// The result, once there.
    #[must_use]
    pub const fn ranking(&self) -> Option<&Ranking> {
        self.done.as_ref()
    }

    /// Entries passed, the count of work.
    #[must_use]
    pub const fn arcs(&self) -> u64 {
        self.arcs
    }

    /// Times the unit roundoff, this bounds the sum of all errors of rounding.
    pub(crate) const fn noise(&self) -> f64 {
        self.noise
    }

    #[inline(always)]
    fn r(&self, slot: u32) -> f64 {
        self.state.get(2 * slot as usize).copied().unwrap_or_default()
    }

    /// r, and the limit for the queue.
    fn set(&mut self, slot: u32, r: f64, limit: f64) {
        let pair = self.state.get_mut(2 * slot as usize..).unwrap_or_default();
        pair.iter_mut().zip([r, limit]).for_each(|(there, value)| *there = value);
    }

    /// p and r of a node that was met.
    pub(crate) fn at(&self, slot: u32) -> (f64, f64) {
        (at(&self.p, slot), self.r(slot))
    }

    /// Goes on after a result that is not certified, with the inflow of the graph and new limits.
    pub fn widen(
        &mut self,
        local: &Local,
        inflow: &Inflow,
        max_arcs: u64,
        max_rows: u64,
    ) -> Result<(), Refusal> {
        (self.options.max_arcs, self.options.max_rows) = (max_arcs, max_rows);
        self.options.undirected = 0;
        self.fitted = 0;
        self.done = None;
        self.fit(local, Some(inflow))?;
        self.fill_queue();
        Ok(())
    }

    /// One generation of pushes. `Nothing` without a [`Push::ranking`] means that there is more to do.
    pub fn step(&mut self, local: &mut Local, inflow: Option<&Inflow>) -> Result<Need, Refusal> {
        self.take_lengths(local);
        local.clear_wanted();
        if !self.started {
            self.started = true;
            let share = 1.0 / self.seeds.len() as f64;
            for i in 0..self.seeds.len() as u32 {
                let slot = local.slot(at(&self.seeds, i))?;
                self.fit(local, inflow)?;
                self.set(slot, share, f64::INFINITY);
                put(&mut self.queue, i, slot);
                self.queued = i + 1;
            }
        }
        if self.done.is_some() {
            return Ok(Need::Nothing);
        }
        let spent = self.arcs >= self.options.max_arcs || local.rows_read() >= self.options.max_rows;
        if !spent {
            let need = self.ask(local)?;
            if need != Need::Nothing {
                return Ok(need);
            }
            self.generation(local, inflow)?;
        }
        if spent || self.queued == 0 {
            self.certify(local, inflow, spent)?;
        }
        Ok(Need::Nothing)
    }

    /// Places for the nodes met since the last time.
    fn fit(&mut self, local: &Local, inflow: Option<&Inflow>) -> Result<(), Refusal> {
        let count = local.count();
        if count as usize > self.p.len() {
            let len = (count as usize).next_power_of_two().max(256);
            extend(&mut self.p, len, 0.0)?;
            extend(&mut self.weights, len, 0.0)?;
            extend(&mut self.inflows, len, 0.0)?;
            extend(&mut self.state, len.saturating_mul(2), 0.0)?;
            extend(&mut self.queue, len, 0)?;
            extend(&mut self.next, len, 0)?;
        }
        let most = if self.options.undirected > 0 { self.options.undirected.into() } else { f64::INFINITY };
        let Self { state, weights, inflows, fitted, .. } = self;
        let by_id = inflow.map_or((&[][..], &[][..]), Inflow::parts);
        fit(span(local.ids(), 0, count), *fitted, state, weights, inflows, by_id, most);
        self.fitted = count;
        Ok(())
    }

    /// Asks for what is missing along the queue: first all lengths, then all rows.
    fn ask(&mut self, local: &mut Local) -> Result<Need, Refusal> {
        let Self { queue, state, weights, epsilon, .. } = self;
        let now = span(queue, 0, self.queued);
        local.missing(now, &mut self.asked, ROWS_PER_ASK, state, weights, *epsilon)
    }

    /// The lengths that have come are the weights of an undirected graph; what leads nowhere keeps everything.
    fn take_lengths(&mut self, local: &Local) {
        for id in local.wanted() {
            let Some(slot) = local.find(*id) else { continue };
            let len = local.node(slot).len;
            if len == 0 || (len != NONE && self.options.undirected > 0) {
                put(&mut self.weights, slot, len.into());
            }
            if len != NONE && self.options.undirected > 0 {
                put(&mut self.inflows, slot, len.into());
            }
        }
    }

    fn generation(&mut self, local: &Local, inflow: Option<&Inflow>) -> Result<(), Refusal> {
        self.fit(local, inflow)?;
        let Self { queue, next, state, p, weights, epsilon, .. } = self;
        let alpha = self.options.alpha;
        let now = span(queue, 0, self.queued);
        let moved = spread_mass(local.read(), now, next, state, p, weights, alpha, *epsilon);
        self.queued = moved.queued;
        self.arcs += moved.arcs;
        self.noise += moved.noise;
        core::mem::swap(&mut self.queue, &mut self.next);
        if self.noise.is_finite() { Ok(()) } else { Err(Why::Overflow.plain()) }
    }

    fn fill_queue(&mut self) {
        self.asked = [0; 2];
        let Self { state, fitted, weights, epsilon, queue, .. } = self;
        self.queued = requeue(state, *fitted, weights, *epsilon, queue);
    }

    fn ranks(&self) -> Ranks<'_> {
        let Self { p, state, weights, inflows, .. } = self;
        Ranks { p, state, stride: 2, weights, inflows, alpha: self.options.alpha, rest: 0.0, densest: 0.0 }
    }

    /// Bounds for all nodes that were met; done when the k best are certain or the work is spent.
    fn certify(&mut self, local: &Local, inflow: Option<&Inflow>, spent: bool) -> Result<(), Refusal> {
        self.fit(local, inflow)?;
        let margin = 1.01 * ROUNDOFF * self.noise;
        let tolerance = self.options.tolerance.max(4.0 * margin);
        self.arcs += u64::from(self.fitted) / 2;
        loop {
            let mut ranks = self.ranks();
            ranks.survey(self.fitted);
            // The rounding of the sum and of the weights.
            (ranks.rest, ranks.densest) = (ranks.rest * SAFE, ranks.densest * SAFE);
            let (top, bar, mut outside) = select(&ranks, self.fitted, self.options.k, local.ids())?;
            // A node that was not met; when nothing is left to settle it has no value at all.
            if local.count() < local.rows() && ranks.rest > margin {
                let most = match inflow {
                    Some(inflow) => inflow.greatest_of(|id| local.find(id).is_some()),
                    None if self.options.undirected > 0 => self.options.undirected.into(),
                    None => f64::INFINITY,
                };
                let far = (1.0 - self.options.alpha) * ranks.rest;
                outside = outside.max(far.min(ranks.densest * most));
            }
            let undecided = (outside + 2.0 * margin - bar).max(0.0);
            let certified = undecided <= tolerance;
            if !certified && !spent {
                self.epsilon *= 0.25;
                self.fill_queue();
                return Ok(());
            }
            // The claim is looked at once, when the result depends on it.
            if self.options.undirected > 0 && !mirrored(local) {
                self.options.undirected = 0;
                self.fitted = 0;
                self.fit(local, inflow)?;
                continue;
            }
            let mut nodes = Vec::new();
            for (score, id) in &top {
                let Some(slot) = local.find(*id) else { continue };
                let bound = (ranks.upper(slot) - score).max(0.0) + 2.0 * margin;
                push(&mut nodes, Ranked { id: *id, score: *score, bound })?;
            }
            self.done = Some(Ranking { nodes, certified, undecided, rest: ranks.rest + margin });
            return Ok(());
        }
    }
}

/// Scores and ids, best first, and two values beside them.
type Selection = (Vec<(f64, u32)>, f64, f64);

/// The k greatest lower bounds, best first; the last of them (zero when there are fewer); and the greatest
/// upper bound above that of any other node, or zero. `ids` by slot; without them slots are ids.
pub(crate) fn select(ranks: &Ranks<'_>, count: u32, k: usize, ids: &[u32]) -> Result<Selection, Refusal> {
    let id = |slot: u32| if ids.is_empty() { slot } else { at(ids, slot) };
    let mut best = Best::new(k);
    let mut slot = ranks.next_above(0, count, 0.0, false);
    while slot < count {
        best.offer(key(ranks.lower(slot), id(slot)))?;
        slot = ranks.next_above(slot + 1, count, best.below(), false);
    }
    let top = best.sorted();
    let last = top.get(k.wrapping_sub(1)).copied();
    let bar = last.map_or(0.0, |(score, _)| score);
    let mut outside = 0.0;
    slot = ranks.next_above(0, count, bar, true);
    while slot < count {
        let score = ranks.lower(slot);
        // With fewer than k, every node that has a score is in.
        let out = last.map_or(score == 0.0, |(bar, at)| key(score, id(slot)) < key(bar, at));
        if out {
            outside = ranks.upper(slot);
        }
        slot = ranks.next_above(slot + 1, count, if outside > bar { outside } else { bar }, true);
    }
    Ok((top, bar, outside))
}

/// Every arc between two rows that were read has its mirror image, and all weights are one: what
/// the claim of an undirected graph says, as far as rows were read.
fn mirrored(local: &Local) -> bool {
    (0..local.count()).all(|slot| {
        let node = local.node(slot);
        let (slots, values) = local.arcs(&node);
        slots.iter().zip(values).all(|(other, value)| {
            let back = local.node(*other);
            *value == 1.0 && (!back.is_read() || has_arc(local, &back, slot, node.id))
        })
    })
}

/// By bisection: ids ascend along a row.
fn has_arc(local: &Local, from: &Node, to: u32, id: u32) -> bool {
    let (slots, _) = local.arcs(from);
    let place = slots.partition_point(|slot| local.id(*slot) < id);
    slots.get(place) == Some(&to)
}
