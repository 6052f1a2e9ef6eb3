//! Pushing along rows that were read, and looking over what it leaves.

use crate::access::{at, put};
use crate::local::NONE;
use crate::rows::entries;
use solver_lists::Vec;

/// Rows that were read, by slot, and what they lead to.
#[derive(Default)]
pub struct Rows {
    /// Two of each row: where its arcs start, and how many they are; the greatest number when that is not known.
    pub places: Vec<u32>,
    /// Four of each row: diagonal entry, sum of the sizes of the others, element of b, number of the first entry
    /// in the matrix.
    pub facts: Vec<f64>,
    /// Slots of targets.
    pub arcs: Vec<u32>,
    /// Their values.
    pub values: Vec<f64>,
}
solver_lists::blank!(Rows { places, facts, arcs, values });

impl Rows {
    /// Start and length.
    #[inline(never)]
    #[must_use]
    pub fn place(&self, slot: u32) -> &[u32; 2] {
        self.places.as_chunks().0.get(slot as usize).unwrap_or(&[NONE; 2])
    }

    /// Diagonal entry, sum of the sizes of the others, element of b, number of the first entry in the matrix.
    #[inline(never)]
    #[must_use]
    pub fn facts(&self, slot: u32) -> &[f64; 4] {
        self.facts.as_chunks().0.get(slot as usize).unwrap_or(&[0.0; 4])
    }

    /// Targets and values of a row at a place.
    #[inline(always)]
    #[must_use]
    pub fn arcs(&self, [from, len]: &[u32; 2]) -> (&[u32], &[f64]) {
        entries(&self.arcs, &self.values, *from, from.saturating_add(*len)).unwrap_or_default()
    }
}

/// What lies at the nodes, and those whose turn it is.
#[derive(Default)]
pub struct Front {
    /// Two of each node: what lies there, and the limit for the queue; while the node is in it, infinite.
    pub state: Vec<f64>,
    /// What is settled, of mass.
    pub p: Vec<f64>,
    /// y of each node, of mass; ones when there are none.
    pub weights: Vec<f64>,
    /// c of each node, of mass.
    pub inflows: Vec<f64>,
    /// The nodes whose turn it is, and those of the generation after them.
    pub queue: Vec<u32>,
    /// See `queue`.
    pub next: Vec<u32>,
    /// How many are in the queue.
    pub queued: u32,
    /// Nodes that have their places in the arrays.
    pub count: u32,
    /// How far the queue was looked through for lengths, and for rows.
    pub asked: [u32; 2],
    /// Entries passed.
    pub arcs: u64,
    /// Sum of sizes whose roundings disturb the identity; not finite when a number left its range.
    pub noise: f64,
    /// Sum of step times b.
    pub value: f64,
    /// Sum of sizes whose roundings disturb the value.
    pub drift: f64,
}
solver_lists::blank!(Front {
    state,
    p,
    weights,
    inflows,
    queue,
    next,
    queued,
    count,
    asked,
    arcs,
    noise,
    value,
    drift
});

impl Front {
    /// What lies at a node, of either sign.
    #[inline(never)]
    #[must_use]
    pub fn amount(&self, slot: u32) -> f64 {
        at(self.state.as_chunks::<2>().0, slot)[0]
    }

    /// Puts so much there, and the limit.
    #[inline(never)]
    pub fn set(&mut self, slot: u32, amount: f64, limit: f64) {
        put(self.state.as_chunks_mut().0, slot, [amount, limit]);
    }

    /// The weight of a node.
    #[inline(never)]
    #[must_use]
    pub fn weight(&self, slot: u32) -> f64 {
        self.weights.get(slot as usize).copied().unwrap_or(1.0)
    }

    /// Adds `share` times the value of each arc to what lies at its target. A target where that comes to
    /// `epsilon` times the limit or more, of either sign, is put into the queue after this one, and its limit
    /// made infinite, so that it goes in once. Returns the sum of the sizes that came about, in order.
    #[inline(never)]
    fn spread(&mut self, share: f64, epsilon: f64, (targets, values): (&[u32], &[f64])) -> f64 {
        let mut sizes = 0.0;
        let Self { state, next, queued, .. } = self;
        let ((pairs, _), next) = (state.as_chunks_mut(), next.as_mut_slice());
        let mut count = *queued;
        for (target, value) in targets.iter().zip(values) {
            let Some([amount, limit]): Option<&mut [f64; 2]> = pairs.get_mut(*target as usize) else {
                continue;
            };
            *amount += share * value;
            let size = amount.abs();
            sizes += size;
            if size >= epsilon * *limit
                && let Some(place) = next.get_mut(count as usize)
            {
                *place = *target;
                *limit = f64::INFINITY;
                count = count.wrapping_add(1);
            }
        }
        *queued = count;
        sizes
    }

    /// Pushes along the queue. A node where less lies than `epsilon` times its weight keeps it. Of mass,
    /// `factor` of what lies at a node is settled in `p` and the rest goes along its row; one that leads nowhere
    /// settles everything. Of a residual (not `mass`), each step is `factor` times what would take it to zero.
    #[inline(never)]
    pub fn push_along(&mut self, rows: &Rows, mass: bool, factor: f64, epsilon: f64) {
        let (mut noise, mut drift) = (0.0, 0.0);
        let count = core::mem::take(&mut self.queued);
        for turn in 0..count {
            let slot = at(&self.queue, turn);
            let pairs = self.state.as_chunks_mut::<2>().0;
            let Some([lies, limit]) = pairs.get_mut(slot as usize) else { continue };
            let (amount, least) = (*lies, at(&self.weights, slot));
            let place = rows.places.as_chunks::<2>().0.get(slot as usize);
            let [from, len] = *place.unwrap_or(&[NONE; 2]);
            let [diagonal, others, b, _] = at(rows.facts.as_chunks::<4>().0, slot);
            let is_read = from != NONE;
            let weight = diagonal + others;
            let ends = mass && (len == 0 || (is_read && weight == 0.0));
            let waits = !ends && (!is_read || amount.abs() < epsilon * least || amount == 0.0);
            *limit = least;
            if waits {
                continue;
            }
            let (step, own, more);
            if mass {
                *lies = 0.0;
                let settled = if ends { amount } else { factor * amount };
                let Some(p) = self.p.get_mut(slot as usize) else { continue };
                *p += settled;
                own = *p;
                if ends {
                    noise += own;
                    continue;
                }
                step = (1.0 - factor) * amount / weight;
                // Far from both ends of the range, so that products keep their digits.
                if !(1e-280..1e280).contains(&step) {
                    noise = f64::INFINITY;
                    break;
                }
                more = [f64::from(len) * amount, 8.0 * amount];
            } else {
                step = -(factor * amount / diagonal);
                self.value -= step * b;
                drift += (step * b).abs() + self.value.abs();
                own = 0.0 + step.abs() * (diagonal.abs() + others);
                more = [0.0; 2];
            }
            let [passed, lost] = more;
            noise += self.spread(step, epsilon, rows.arcs(&[from, len])) + own + passed + lost;
            self.arcs += u64::from(len) + 1;
        }
        self.noise += noise;
        self.drift += drift;
        core::mem::swap(&mut self.queue, &mut self.next);
    }

    /// Puts every node where something lies, of either sign, that comes to `epsilon` times its weight into the
    /// queue.
    #[inline(never)]
    pub fn requeue(&mut self, epsilon: f64) {
        (self.queued, self.asked) = (0, [0; 2]);
        for slot in 0..self.count {
            let (amount, weight) = (self.amount(slot), self.weight(slot));
            let queues = amount.abs() >= epsilon * weight && amount != 0.0;
            self.set(slot, amount, if queues { f64::INFINITY } else { weight });
            if queues {
                put(&mut self.queue, self.queued, slot);
                self.queued += 1;
            }
        }
    }

    /// Adds up what a residual may still mean for the value: x is at most `x_most` anywhere, and at most
    /// (|b| + others `x_most`) / |diagonal| where the row was read.
    #[inline(never)]
    #[must_use]
    pub fn weigh(&self, rows: &Rows, x_most: f64) -> Sizes {
        let mut sizes = Sizes::default();
        for slot in 0..self.count {
            let size = self.amount(slot).abs();
            if size == 0.0 {
                continue;
            }
            let [diagonal, others, b, _] = *rows.facts(slot);
            let known = (b.abs() + others * x_most) / diagonal.abs();
            let is_read = rows.place(slot)[0] != NONE;
            sizes.weighed += size * if is_read && known < x_most { known } else { x_most };
            sizes.total += size;
            sizes.most = if size > sizes.most { size } else { sizes.most };
            sizes.active += 1;
        }
        sizes
    }
}

/// Sums over a residual.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sizes {
    /// Of sizes times what x may be there at the most.
    pub weighed: f64,
    /// Of sizes.
    pub total: f64,
    /// The greatest size.
    pub most: f64,
    /// How many are not zero.
    pub active: u32,
}

/// Masses with what bounds the values of nodes; arrays without weights or inflows stand for ones and for no bound.
#[derive(Clone, Copy)]
pub struct Ranks<'a> {
    /// What is settled.
    pub p: &'a [f64],
    /// What is not, at every `stride`-th place.
    pub state: &'a [f64],
    /// 1 or 2.
    pub stride: usize,
    /// y of each node; zero where everything stays.
    pub weights: &'a [f64],
    /// c of each node.
    pub inflows: &'a [f64],
    /// Chance to end.
    pub alpha: f64,
    /// The sum of what is not settled.
    pub rest: f64,
    /// The greatest r / y.
    pub densest: f64,
}

impl Ranks<'_> {
    /// What is not settled of a node.
    #[inline(always)]
    #[must_use]
    pub fn r(&self, slot: u32) -> f64 {
        self.state.get(slot as usize * self.stride).copied().unwrap_or_default()
    }

    /// y of a node.
    #[inline(always)]
    #[must_use]
    pub fn weight(&self, slot: u32) -> f64 {
        self.weights.get(slot as usize).copied().unwrap_or(1.0)
    }

    /// What a value is at the least.
    #[inline(always)]
    #[must_use]
    pub fn lower(&self, slot: u32) -> f64 {
        at(self.p, slot) + self.alpha * self.r(slot)
    }

    /// How much more it may be, as what is not settled may all come to lie there.
    #[inline(always)]
    #[must_use]
    pub fn more(&self) -> f64 {
        (1.0 - self.alpha) * self.rest
    }

    /// What a value is at the most.
    #[inline(never)]
    #[must_use]
    pub fn upper(&self, slot: u32) -> f64 {
        let (p, r) = (at(self.p, slot), self.r(slot));
        let any = self.lower(slot) + self.more();
        if self.inflows.is_empty() {
            return any;
        }
        // What leads nowhere keeps what is there, whatever its inflow.
        let own = if self.weight(slot) > 0.0 { 0.0 } else { r };
        let most = p + own + self.densest * at(self.inflows, slot);
        if most < any { most } else { any }
    }
}
