//! Personalised PageRank around its seeds, by forward push (Andersen, Chung, Lang 2006).
//!
//! pi = alpha sum_k (1 - alpha)^k s P^k. A walk at a node without outgoing weight stays there, as
//! with a self-loop. p and r keep pi = p + sum_u r_u pi_u exactly, where pi_u starts at u. From it,
//! with R the sum of r: pi_v >= p_v + alpha r_v, since a walk that starts at v ends there at once
//! with probability alpha; and pi_v <= p_v + r_v + (1 - alpha)(R - r_v), since one that starts
//! elsewhere must first move; and pi_v <= p_v + max_u (r_u / y_u) c_v with the weights y and the inflow c of
//! [`Inflow`]. Of an undirected graph without weights both are the degree, known without the whole graph.

use super::access::{at, put};
use super::best::{Best, is_worse};
use super::csr::{least, most};
use super::inflow::{Inflow, SAFE};
use super::limits::ROUNDOFF;
use super::local::{Local, Need};
use super::map::NONE;
use super::refusal::{Refusal, Why, extend};
use solver_kernels::push::{Front, Ranks};
use solver_lists::Vec;

/// What is asked.
#[derive(Clone, Copy, Debug, Default)]
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
solver_lists::blank!(PushOptions { alpha, k, tolerance, max_arcs, max_rows, undirected });

impl PushOptions {
    /// The inflow of a node of which nothing else is known.
    fn any(&self) -> f64 {
        if self.undirected > 0 { self.undirected.into() } else { f64::INFINITY }
    }
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
#[derive(Debug, Default, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Clone))]
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
solver_lists::blank!(Ranking { nodes, certified, undecided, rest });

/// A push under way.
#[derive(Default)]
pub struct Push {
    options: PushOptions,
    seeds: Vec<u32>,
    /// Mass, and weights: zero of a node that is known to lead nowhere, so that what is there is settled at once.
    front: Front,
    epsilon: f64,
    started: bool,
    done: bool,
    ranking: Ranking,
}
solver_lists::blank!(Push { options, seeds, front, epsilon, started, done, ranking });

/// Places in a front for the nodes met since the last time; `any` is the inflow of one where nothing else is known.
#[inline(never)]
pub(crate) fn fit(
    front: &mut Front,
    local: &Local,
    any: f64,
    inflow: Option<&Inflow>,
) -> Result<(), Refusal> {
    let count = local.count();
    if count as usize > front.queue.len() {
        let len = (count as usize).next_power_of_two().max(256);
        extend(&mut front.state, 0.0, len.saturating_mul(2))?;
        for list in [&mut front.p, &mut front.weights, &mut front.inflows] {
            extend(list, 0.0, len)?;
        }
        for list in [&mut front.queue, &mut front.next] {
            extend(list, 0, len)?;
        }
    }
    while front.count < count {
        let slot = front.count;
        let (inflow, weight) = inflow.map_or((any, 1.0), |inflow| inflow.of(local.id(slot)));
        put(&mut front.inflows, slot, inflow);
        put(&mut front.weights, slot, weight);
        front.set(slot, front.amount(slot), weight);
        front.count += 1;
    }
    Ok(())
}

/// Nothing lies anywhere. The arrays keep their length.
pub(crate) fn clear(front: &mut Front) {
    front.state.fill(0.0);
    (front.queued, front.count, front.asked, front.arcs) = (0, 0, [0; 2], 0);
    (front.noise, front.value, front.drift) = (0.0, 0.0, 0.0);
}

impl Push {
    /// From `seeds`, each with the same share; there is at least one, and none twice.
    #[must_use]
    pub fn new(seeds: Vec<u32>, options: PushOptions) -> Self {
        let mut push = Self { seeds, options, ..Self::default() };
        push.start();
        push
    }

    /// The seeds, before [`Push::start`].
    pub(crate) const fn seeds_mut(&mut self) -> &mut Vec<u32> {
        &mut self.seeds
    }

    /// What is asked, before [`Push::start`].
    pub(crate) const fn options_mut(&mut self) -> &mut PushOptions {
        &mut self.options
    }

    /// Starts an empty push that has its seeds and options.
    pub(crate) const fn start(&mut self) {
        self.epsilon = 2.5e-4;
        self.front.noise = 4.0;
    }

    /// The result, once there.
    #[must_use]
    pub fn ranking(&self) -> Option<&Ranking> {
        self.done.then_some(&self.ranking)
    }

    /// True once the result is there.
    pub(crate) const fn is_done(&self) -> bool {
        self.done
    }

    /// The ranking, which other methods may use too.
    pub(crate) const fn ranking_mut(&mut self) -> &mut Ranking {
        &mut self.ranking
    }

    /// Entries passed, the count of work.
    #[must_use]
    pub const fn arcs(&self) -> u64 {
        self.front.arcs
    }

    /// What lies where. The noise in it, times the unit roundoff, bounds the sum of all errors of rounding.
    pub(crate) const fn front(&self) -> &Front {
        &self.front
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
        self.front.count = 0;
        self.done = false;
        self.fit(local, Some(inflow))?;
        self.front.requeue(self.epsilon);
        Ok(())
    }

    /// One generation of pushes. `Nothing` without a [`Push::ranking`] means that there is more to do.
    pub fn step(&mut self, local: &mut Local, inflow: Option<&Inflow>) -> Result<Need, Refusal> {
        self.advance(local, inflow)?;
        Ok(local.need())
    }

    #[inline(never)]
    pub(crate) fn advance(&mut self, local: &mut Local, inflow: Option<&Inflow>) -> Result<(), Refusal> {
        self.take_lengths(local);
        local.clear_wanted();
        if !self.started {
            self.started = true;
            let share = 1.0 / self.seeds.len() as f64;
            local.room(self.seeds.len())?;
            for i in 0..self.seeds.len() as u32 {
                let slot = local.slot(at(&self.seeds, i));
                self.fit(local, inflow)?;
                self.front.set(slot, share, f64::INFINITY);
                put(&mut self.front.queue, i, slot);
                self.front.queued = i + 1;
            }
        }
        if self.done {
            return Ok(());
        }
        let spent = self.arcs() >= self.options.max_arcs || local.rows_read() >= self.options.max_rows;
        if !spent {
            local.ask_along(&mut self.front, u64::MAX, self.epsilon)?;
            if local.need() != Need::Nothing {
                return Ok(());
            }
            self.fit(local, inflow)?;
            self.front.push_along(local.read(), true, self.options.alpha, self.epsilon);
            if !self.front.noise.is_finite() {
                return Err(Why::Overflow.plain());
            }
        }
        if spent || self.front.queued == 0 {
            self.certify(local, inflow, spent)?;
        }
        Ok(())
    }

    /// Places for the nodes met since the last time.
    #[inline(never)]
    fn fit(&mut self, local: &Local, inflow: Option<&Inflow>) -> Result<(), Refusal> {
        fit(&mut self.front, local, self.options.any(), inflow)
    }

    /// The lengths that have come are the weights of an undirected graph; what leads nowhere keeps everything.
    fn take_lengths(&mut self, local: &Local) {
        for id in local.wanted() {
            let slot = local.find(*id);
            let len = local.len(slot);
            let known = len != NONE && self.options.undirected > 0;
            if len == 0 || known {
                put(&mut self.front.weights, slot, len.into());
            }
            if known {
                put(&mut self.front.inflows, slot, len.into());
            }
        }
    }

    /// Bounds for all nodes that were met; done when the k best are certain or the work is spent.
    #[inline(never)]
    fn certify(&mut self, local: &Local, inflow: Option<&Inflow>, spent: bool) -> Result<(), Refusal> {
        self.fit(local, inflow)?;
        let margin = 1.01 * ROUNDOFF * self.front.noise;
        let tolerance = most(self.options.tolerance, 4.0 * margin);
        self.front.arcs += u64::from(self.front.count) / 2;
        loop {
            let Self { front: Front { p, state, weights, inflows, count, .. }, ranking, options, .. } = self;
            let alpha = options.alpha;
            let mut ranks = Ranks { p, state, stride: 2, weights, inflows, alpha, rest: 0.0, densest: 0.0 };
            survey(&mut ranks, *count);
            // The rounding of the sum and of the weights.
            (ranks.rest, ranks.densest) = (ranks.rest * SAFE, ranks.densest * SAFE);
            ranking.select(&ranks, *count, options.k, local.ids(), margin)?;
            let mut outside = ranking.undecided;
            // A node that was not met; when nothing is left to settle it has no value at all.
            if local.count() < local.rows() && ranks.rest > margin {
                let greatest = inflow.map_or(options.any(), |inflow| inflow.greatest_of(local));
                let far = (1.0 - alpha) * ranks.rest;
                outside = most(outside, least(far, ranks.densest * greatest));
            }
            ranking.undecided = most(outside + 2.0 * margin - ranking.bar(options.k), 0.0);
            ranking.certified = ranking.undecided <= tolerance;
            if !ranking.certified && !spent {
                self.epsilon *= 0.25;
                self.front.requeue(self.epsilon);
                return Ok(());
            }
            // The claim is looked at once, when the result depends on it.
            if options.undirected > 0 && !mirrored(local) {
                options.undirected = 0;
                self.front.count = 0;
                self.fit(local, inflow)?;
                continue;
            }
            ranking.rest = ranks.rest + margin;
            self.done = true;
            return Ok(());
        }
    }
}

impl Ranking {
    /// Takes the k greatest lower bounds, best first, and as `undecided` the greatest upper bound above the last
    /// of them of any other node, or zero. `ids` by slot; without them slots are ids. Bounds have twice the `margin` added.
    #[inline(never)]
    pub(crate) fn select(
        &mut self,
        ranks: &Ranks<'_>,
        count: u32,
        k: usize,
        ids: &[u32],
        margin: f64,
    ) -> Result<(), Refusal> {
        let id = |slot: u32| if ids.is_empty() { slot } else { at(ids, slot) };
        let mut best = Best::new(&mut self.nodes, k);
        for slot in 0..count {
            let score = ranks.lower(slot);
            if score > best.below() {
                let bound = most(ranks.upper(slot) - score, 0.0) + 2.0 * margin;
                best.offer(Ranked { id: id(slot), score, bound })?;
            }
        }
        best.sort();
        let mut bar = self.bar(k);
        self.undecided = 0.0;
        for slot in 0..count {
            let score = ranks.lower(slot);
            if score + ranks.more() <= bar {
                continue;
            }
            let upper = ranks.upper(slot);
            if upper <= bar {
                continue;
            }
            let node = Ranked { id: id(slot), score, bound: 0.0 };
            // With fewer than k, every node that has a score is in.
            if self.nodes.get(k.wrapping_sub(1)).map_or(node.score == 0.0, |last| is_worse(&node, last)) {
                self.undecided = upper;
                bar = upper;
            }
        }
        Ok(())
    }

    /// The last of k scores; zero when there are fewer.
    pub(crate) fn bar(&self, k: usize) -> f64 {
        self.nodes.get(k.wrapping_sub(1)).map_or(0.0, |last| last.score)
    }
}

/// Sets `rest` and `densest`; adds up in order.
#[inline(never)]
pub(crate) fn survey(ranks: &mut Ranks<'_>, count: u32) {
    for slot in 0..count {
        let (r, weight) = (ranks.r(slot), ranks.weight(slot));
        ranks.rest += r;
        ranks.densest = most(ranks.densest, if weight > 0.0 { r / weight } else { r });
    }
}

/// Every arc between two rows that were read has its mirror image, and all weights are one: what
/// the claim of an undirected graph says, as far as rows were read.
fn mirrored(local: &Local) -> bool {
    let read = local.read();
    (0..local.count()).all(|slot| {
        let (slots, values) = read.arcs(read.place(slot));
        let id = local.id(slot);
        slots.iter().zip(values).all(|(other, value)| {
            let back = read.place(*other);
            // By bisection: ids ascend along a row.
            let (slots, _) = read.arcs(back);
            let place = || slots.partition_point(|slot| local.id(*slot) < id);
            *value == 1.0 && (back[0] == NONE || slots.get(place()) == Some(&slot))
        })
    })
}
