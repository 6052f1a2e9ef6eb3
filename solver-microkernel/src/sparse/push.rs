//! Personalised PageRank around its seeds, by forward push (Andersen, Chung, Lang 2006).
//!
//! pi = alpha sum_k (1 - alpha)^k s P^k. A walk at a node without outgoing weight stays there, as
//! with a self-loop. p and r keep pi = p + sum_u r_u pi_u exactly, where pi_u starts at u. From it,
//! with R the sum of r: pi_v >= p_v + alpha r_v, since a walk that starts at v ends there at once
//! with probability alpha; and pi_v <= p_v + r_v + (1 - alpha)(R - r_v), since one that starts
//! elsewhere must first move. In an undirected graph without weights also pi_v <= p_v + d_v max r_u/d_u,
//! because d_u pi_u(v) = d_v pi_v(u).

use super::access::{add, at, put};
use super::best::{Best, key};
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
    /// Entries that may be passed before giving up on a certificate.
    pub max_arcs: u64,
    /// The graph is undirected and its entries are all one (claimed; checked where rows meet).
    pub undirected: bool,
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
#[derive(Clone, Debug, Default)]
pub struct Ranking {
    /// Best first; fewer than k when fewer were reached.
    pub nodes: Vec<Ranked>,
    /// No other node can have a greater value than the last one here.
    pub certified: bool,
    /// Mass not settled: the sum of all errors.
    pub rest: f64,
}

/// A push under way.
pub struct Push {
    options: PushOptions,
    seeds: Vec<u32>,
    p: Vec<f64>,
    r: Vec<f64>,
    queued: Vec<bool>,
    queue: Vec<u32>,
    next: Vec<u32>,
    epsilon: f64,
    arcs: u64,
    started: bool,
    done: Option<Ranking>,
}

/// The rounding of all additions so far: each passes on at most what is there, 1/alpha in all.
pub(crate) fn rounding(arcs: u64, alpha: f64) -> f64 {
    (arcs as f64 + 16.0) * ROUNDOFF / alpha
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
            queued: Vec::new(),
            queue: Vec::new(),
            next: Vec::new(),
            epsilon: 1e-4,
            arcs: 0,
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

    /// Nodes met with what they hold: id, p, r. For going on with the whole graph in memory.
    pub fn state<'a>(&'a self, local: &'a Local) -> impl Iterator<Item = (u32, f64, f64)> {
        local.nodes().iter().zip(self.p.iter().zip(&self.r)).map(|(node, (p, r))| (node.id, *p, *r))
    }

    /// One generation of pushes. `Nothing` without a [`Push::ranking`] means that there is more to do.
    pub fn step(&mut self, local: &mut Local) -> Result<Need, Refusal> {
        local.clear_wanted();
        if !self.started {
            self.started = true;
            let share = 1.0 / self.seeds.len() as f64;
            for i in 0..self.seeds.len() as u32 {
                let slot = local.slot(at(&self.seeds, i))?;
                self.fit(local)?;
                put(&mut self.r, slot, share);
                put(&mut self.queued, slot, true);
                push(&mut self.queue, slot)?;
            }
        }
        if self.done.is_some() {
            return Ok(Need::Nothing);
        }
        let need = self.ask(local)?;
        if need != Need::Nothing {
            return Ok(need);
        }
        self.generation(local)?;
        if self.queue.is_empty() {
            self.certify(local)?;
        }
        Ok(Need::Nothing)
    }

    fn fit(&mut self, local: &Local) -> Result<(), Refusal> {
        while self.p.len() < local.nodes().len() {
            push(&mut self.p, 0.0)?;
            push(&mut self.r, 0.0)?;
            push(&mut self.queued, false)?;
        }
        Ok(())
    }

    /// Enough on the node to push it: epsilon for each of its entries. The length is not needed
    /// below epsilon, and an empty row is known by its length.
    fn wants(&self, slot: u32, node: &Node) -> Need {
        let r = at(&self.r, slot);
        if node.is_read() || node.len == 0 || r < self.epsilon {
            Need::Nothing
        } else if node.len == NONE {
            Need::Lengths
        } else if r >= self.epsilon * f64::from(node.len) {
            Need::Rows
        } else {
            Need::Nothing
        }
    }

    fn ask(&self, local: &mut Local) -> Result<Need, Refusal> {
        let mut need = Need::Nothing;
        for slot in &self.queue {
            let missing = self.wants(*slot, &local.node(*slot));
            if need == Need::Nothing {
                need = missing;
            }
            if need == missing && missing != Need::Nothing {
                local.want(*slot)?;
                if local.wanted().len() >= ROWS_PER_ASK {
                    break;
                }
            }
        }
        Ok(need)
    }

    fn generation(&mut self, local: &Local) -> Result<(), Refusal> {
        self.fit(local)?;
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
                continue;
            }
            if !node.is_read() || r < self.epsilon * f64::from(node.len) {
                continue;
            }
            add(&mut self.p, slot, alpha * r);
            put(&mut self.r, slot, 0.0);
            let share = (1.0 - alpha) * r / weight;
            let (slots, values) = local.arcs(&node);
            for (slot, value) in slots.iter().zip(values) {
                let Some(r) = self.r.get_mut(*slot as usize) else { continue };
                *r += share * value;
                let known = local.node(*slot).len;
                let least = if known == NONE { 1.0 } else { f64::from(known.max(1)) };
                if *r >= self.epsilon * least && !at(&self.queued, *slot) {
                    put(&mut self.queued, *slot, true);
                    push(&mut self.next, *slot)?;
                }
            }
            self.arcs += u64::from(node.len) + 1;
        }
        core::mem::swap(&mut self.queue, &mut self.next);
        Ok(())
    }

    /// Bounds for all nodes that were met; done when the k best are certain or the work is spent.
    fn certify(&mut self, local: &Local) -> Result<(), Refusal> {
        let alpha = self.options.alpha;
        let margin = rounding(self.arcs, alpha);
        let rest = super::lanes::sum(&self.r);
        let mut densest = 0.0f64;
        let mut best = Best::new(self.options.k);
        for ((p, r), node) in self.p.iter().zip(&self.r).zip(local.nodes()) {
            let degree = if node.len == NONE { 1 } else { node.len.max(1) };
            densest = densest.max(r / f64::from(degree));
            let score = p + alpha * r;
            if score > 0.0 {
                best.offer(key(score, node.id))?;
            }
        }
        let top = best.sorted();
        let last = top.last().copied();
        let bar = last.map_or(0.0, |(score, _)| score);
        let upper = |undirected: bool, p: f64, r: f64, node: &Node| {
            let any = p + r + (1.0 - alpha) * (rest - r).max(0.0);
            let near = if undirected && node.len != NONE { p + f64::from(node.len) * densest } else { any };
            any.min(near) + margin
        };
        let far = (1.0 - alpha) * rest + margin;
        let met = local.nodes().len() as u64;
        let certain = |undirected: bool| {
            let mut certified = top.len() >= self.options.k.min(met as usize)
                && (met >= u64::from(local.rows()) || far <= bar);
            for ((p, r), node) in self.p.iter().zip(&self.r).zip(local.nodes()) {
                let inside = last.is_some_and(|(score, id)| key(p + alpha * r, node.id) >= key(score, id));
                certified &= inside || upper(undirected, *p, *r, node) <= bar;
            }
            certified
        };
        let mut certified = certain(self.options.undirected);
        let spent = self.arcs >= self.options.max_arcs;
        // The claim is looked at once, when the result depends on it.
        if self.options.undirected && (certified || spent) && !mirrored(local) {
            self.options.undirected = false;
            certified = certain(false);
        }
        let undirected = self.options.undirected;
        self.arcs += met / 2;
        // Nothing left to settle: what was not reached has no value at all.
        certified |= rest <= margin;
        if !certified && !spent {
            self.epsilon *= 0.25;
            for (slot, node) in (0..).zip(local.nodes()) {
                let least = if node.len == NONE { 1.0 } else { f64::from(node.len.max(1)) };
                let over = at(&self.r, slot) >= self.epsilon * least;
                put(&mut self.queued, slot, over);
                if over {
                    push(&mut self.queue, slot)?;
                }
            }
            return Ok(());
        }
        let mut nodes = Vec::new();
        for (score, id) in top {
            let Some(slot) = local.find(id) else { continue };
            let bound =
                upper(undirected, at(&self.p, slot), at(&self.r, slot), &local.node(slot)) - score + margin;
            push(&mut nodes, Ranked { id, score, bound })?;
        }
        self.done = Some(Ranking { nodes, certified, rest: rest + margin });
        Ok(())
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
