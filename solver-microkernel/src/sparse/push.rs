//! Personalised PageRank around its seeds, by forward push (Andersen, Chung, Lang 2006).
//!
//! pi = alpha sum_k (1 - alpha)^k s P^k. A walk at a node without outgoing weight stays there, as
//! with a self-loop. p and r keep pi = p + sum_u r_u pi_u exactly, where pi_u starts at u. From it,
//! with R the sum of r: pi_v >= p_v + alpha r_v, since a walk that starts at v ends there at once
//! with probability alpha; and pi_v <= p_v + r_v + (1 - alpha)(R - r_v), since one that starts
//! elsewhere must first move; and pi_v <= p_v + max_u (r_u / y_u) c_v with the weights y and the inflow c of
//! [`Inflow`]. Of an undirected graph without weights both are the degree, known without the whole graph.

use super::access::{add, at, put};
use super::best::{Best, key};
use super::inflow::Inflow;
use super::limits::{ROUNDOFF, ROWS_PER_ASK};
use super::local::{Local, Need, Node};
use super::map::NONE;
use super::refusal::{Refusal, push};
use alloc::vec::Vec;

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
    p: Vec<f64>,
    r: Vec<f64>,
    /// y of each node; zero of one that is known to lead nowhere, so that what is there is settled at once.
    weights: Vec<f64>,
    /// c of each node.
    inflows: Vec<f64>,
    queued: Vec<bool>,
    queue: Vec<u32>,
    next: Vec<u32>,
    /// How far the queue was looked through for lengths, and for rows.
    asked: [usize; 2],
    epsilon: f64,
    arcs: u64,
    /// Sum of sizes whose roundings disturb the identity.
    noise: f64,
    started: bool,
    done: Option<Ranking>,
}

/// r / y, where a weight of zero stands for a node that keeps everything.
#[inline(always)]
pub(crate) fn density(r: f64, weight: f64) -> f64 {
    if weight > 0.0 { r / weight } else { r }
}

impl Push {
    /// From `seeds`, each with the same share; there is at least one, and none twice.
    #[must_use]
    pub const fn new(seeds: Vec<u32>, options: PushOptions) -> Self {
        Self {
            options,
            seeds,
            p: Vec::new(),
            r: Vec::new(),
            weights: Vec::new(),
            inflows: Vec::new(),
            queued: Vec::new(),
            queue: Vec::new(),
            next: Vec::new(),
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

    /// p and r of a node that was met.
    pub(crate) fn at(&self, slot: u32) -> (f64, f64) {
        (at(&self.p, slot), at(&self.r, slot))
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
        self.weights.clear();
        self.inflows.clear();
        self.done = None;
        self.fit(local, Some(inflow))?;
        self.fill_queue()
    }

    /// One generation of pushes. `Nothing` without a [`Push::ranking`] means that there is more to do.
    pub fn step(&mut self, local: &mut Local, inflow: Option<&Inflow>) -> Result<Need, Refusal> {
        local.clear_wanted();
        if !self.started {
            self.started = true;
            let share = 1.0 / self.seeds.len() as f64;
            for i in 0..self.seeds.len() as u32 {
                let slot = local.slot(at(&self.seeds, i))?;
                self.fit(local, inflow)?;
                put(&mut self.r, slot, share);
                put(&mut self.queued, slot, true);
                push(&mut self.queue, slot)?;
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
        if spent || self.queue.is_empty() {
            self.certify(local, inflow, spent)?;
        }
        Ok(Need::Nothing)
    }

    /// Places for the nodes met since the last time.
    fn fit(&mut self, local: &Local, inflow: Option<&Inflow>) -> Result<(), Refusal> {
        for node in local.nodes().iter().skip(self.weights.len()) {
            if self.p.len() == self.weights.len() {
                push(&mut self.p, 0.0)?;
                push(&mut self.r, 0.0)?;
                push(&mut self.queued, false)?;
            }
            let (weight, most) = match inflow {
                Some(inflow) => (inflow.weight(node.id), inflow.of(node.id)),
                None if self.options.undirected > 0 => (1.0, f64::from(self.options.undirected)),
                None => (1.0, f64::INFINITY),
            };
            push(&mut self.weights, weight)?;
            push(&mut self.inflows, most)?;
        }
        Ok(())
    }

    /// Asks for what is missing along the queue: first all lengths, then all rows.
    fn ask(&mut self, local: &mut Local) -> Result<Need, Refusal> {
        for (pass, need) in [Need::Lengths, Need::Rows].into_iter().enumerate() {
            let Some(asked) = self.asked.get_mut(pass) else { continue };
            while let Some(slot) = self.queue.get(*asked).copied() {
                *asked += 1;
                let node = local.node(slot);
                let mut missing = node.len == NONE;
                if need == Need::Rows {
                    missing = !node.is_read() && node.len > 0;
                    if node.len == 0 || self.options.undirected > 0 {
                        put(&mut self.weights, slot, node.len.into());
                    }
                    if self.options.undirected > 0 {
                        put(&mut self.inflows, slot, node.len.into());
                    }
                }
                if missing && at(&self.r, slot) >= self.epsilon * at(&self.weights, slot) {
                    local.want(slot)?;
                    if local.wanted().len() >= ROWS_PER_ASK {
                        return Ok(need);
                    }
                }
            }
            if !local.wanted().is_empty() {
                return Ok(need);
            }
        }
        self.asked = [0; 2];
        Ok(Need::Nothing)
    }

    fn generation(&mut self, local: &Local, inflow: Option<&Inflow>) -> Result<(), Refusal> {
        self.fit(local, inflow)?;
        self.next.clear();
        let alpha = self.options.alpha;
        let mut i = 0;
        while let Some(slot) = self.queue.get(i).copied() {
            i += 1;
            put(&mut self.queued, slot, false);
            let r = at(&self.r, slot);
            let node = local.node(slot);
            let weight = node.diagonal + node.others;
            if node.len == 0 || (node.is_read() && weight == 0.0) {
                add(&mut self.p, slot, r);
                put(&mut self.r, slot, 0.0);
                self.noise += at(&self.p, slot);
                continue;
            }
            if !node.is_read() || r < self.epsilon * at(&self.weights, slot) {
                continue;
            }
            add(&mut self.p, slot, alpha * r);
            put(&mut self.r, slot, 0.0);
            let share = (1.0 - alpha) * r / weight;
            let (slots, values) = local.arcs(&node);
            let mut sizes = at(&self.p, slot) + f64::from(node.len) * r + 8.0 * r;
            for (slot, value) in slots.iter().zip(values) {
                let Some(r) = self.r.get_mut(*slot as usize) else { continue };
                *r += share * value;
                sizes += *r;
                if *r >= self.epsilon * at(&self.weights, *slot) && !at(&self.queued, *slot) {
                    put(&mut self.queued, *slot, true);
                    push(&mut self.next, *slot)?;
                }
            }
            self.noise += sizes;
            self.arcs += u64::from(node.len) + 1;
        }
        core::mem::swap(&mut self.queue, &mut self.next);
        Ok(())
    }

    fn fill_queue(&mut self) -> Result<(), Refusal> {
        self.queue.clear();
        self.asked = [0; 2];
        for (slot, (r, weight)) in (0..).zip(self.r.iter().zip(&self.weights)) {
            let over = *r > 0.0 && *r >= self.epsilon * weight;
            put(&mut self.queued, slot, over);
            if over {
                push(&mut self.queue, slot)?;
            }
        }
        Ok(())
    }

    /// Bounds for all nodes that were met; done when the k best are certain or the work is spent.
    fn certify(&mut self, local: &Local, inflow: Option<&Inflow>, spent: bool) -> Result<(), Refusal> {
        self.fit(local, inflow)?;
        let alpha = self.options.alpha;
        let margin = 1.01 * ROUNDOFF * self.noise;
        let tolerance = self.options.tolerance.max(4.0 * margin);
        let (mut rest, mut densest) = (0.0, 0.0f64);
        let mut best = Best::new(self.options.k);
        for (slot, (p, r)) in (0..).zip(self.p.iter().zip(&self.r)) {
            rest += r;
            densest = densest.max(density(*r, at(&self.weights, slot)));
            let score = p + alpha * r;
            if score > 0.0 && best.takes(score) {
                best.offer(key(score, local.node(slot).id))?;
            }
        }
        // The rounding of the sum.
        let rest = rest * (1.0 + 1e-9);
        let top = best.sorted();
        let last = top.get(self.options.k.wrapping_sub(1)).copied();
        let bar = last.map_or(0.0, |(score, _)| score);
        // Nothing is left to settle: what was not reached has no value at all.
        let far = if rest > margin { (1.0 - alpha) * rest } else { 0.0 };
        let met = local.nodes().len() as u64;
        self.arcs += met / 2;
        let mut claimed = f64::from(self.options.undirected);
        loop {
            let upper = |slot: u32| {
                let (p, r) = self.at(slot);
                let any = p + alpha * r + (1.0 - alpha) * rest;
                // What leads nowhere keeps what is there, whatever its inflow.
                let own = if at(&self.weights, slot) > 0.0 { 0.0 } else { r };
                any.min(p + own + densest * at(&self.inflows, slot))
            };
            // The greatest value that a node left out may have: one that was not met, or one that was.
            let mut outside = 0.0f64;
            if met < u64::from(local.rows()) {
                let most = match inflow {
                    Some(inflow) => inflow.greatest_of(|id| local.find(id).is_some()),
                    None if claimed > 0.0 => claimed,
                    None => f64::INFINITY,
                };
                outside = far.min(densest * most);
            }
            for slot in 0..self.p.len() as u32 {
                let most = upper(slot);
                if most > outside && most > bar {
                    let (p, r) = self.at(slot);
                    let score = p + alpha * r;
                    // With fewer than k, every node that has a score is in.
                    let id = local.node(slot).id;
                    if last.map_or(score == 0.0, |(bar, at)| key(score, id) < key(bar, at)) {
                        outside = most;
                    }
                }
            }
            let undecided = (outside + 2.0 * margin - bar).max(0.0);
            let certified = undecided <= tolerance;
            if !certified && !spent {
                self.epsilon *= 0.25;
                return self.fill_queue();
            }
            // The claim is looked at once, when the result depends on it.
            if claimed > 0.0 && !mirrored(local) {
                claimed = 0.0;
                self.options.undirected = 0;
                self.weights.clear();
                self.inflows.clear();
                self.fit(local, inflow)?;
                densest = super::lanes::max_abs(&self.r);
                continue;
            }
            let mut nodes = Vec::new();
            for (score, id) in &top {
                let Some(slot) = local.find(*id) else { continue };
                let bound = (upper(slot) - score).max(0.0) + 2.0 * margin;
                push(&mut nodes, Ranked { id: *id, score: *score, bound })?;
            }
            self.done = Some(Ranking { nodes, certified, undecided, rest: rest + margin });
            return Ok(());
        }
    }
}

/// Every arc between two rows that were read has its mirror image, and all weights are one: what
/// the claim of an undirected graph says, as far as rows were read.
fn mirrored(local: &Local) -> bool {
    (0..).zip(local.nodes()).filter(|(_, node)| node.is_read()).all(|(slot, node)| {
        let (slots, values) = local.arcs(node);
        slots.iter().zip(values).all(|(other, value)| {
            let back = local.node(*other);
            *value == 1.0 && (!back.is_read() || has_arc(local, &back, slot, node.id))
        })
    })
}

/// By bisection: ids ascend along a row.
fn has_arc(local: &Local, from: &Node, to: u32, id: u32) -> bool {
    let (slots, _) = local.arcs(from);
    let place = slots.partition_point(|slot| local.node(*slot).id < id);
    slots.get(place) == Some(&to)
}
