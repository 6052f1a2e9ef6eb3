//! Approximate Cholesky of a symmetric M-matrix (Kyng and Sachdeva 2016; Gao, Kyng and Spielman 2023):
//! the elimination of nodes.
//!
//! The matrix is a Laplacian whose slack s_i is an edge to a ground node. A node v of (about) least
//! degree is eliminated: with weights w_t of its edges, ascending, and W their sum, its column of
//! the factor is w_t / W and its pivot W. Exact elimination would join all its neighbours; here
//! neighbour t gets one edge, to a later neighbour k drawn with probability w_k / S, S being the sum
//! of the later weights, of weight w_t S / W. That is the exact clique in expectation.

use crate::access::{add, at, down, put, up};
use crate::factor::Factor;
use crate::random::Random;
use solver_lists::Vec;

/// No edge, no node; among the neighbours of a node: the ground.
pub const NONE: u32 = u32::MAX;
/// Degrees above this one share a stack: only low degrees are told apart.
pub const MAX_DEGREE: usize = 255;

/// One end of an edge, in the list of the node at that end; its twin is at the number with the lowest
/// bit flipped. A weight of zero marks an edge that is gone.
#[derive(Clone, Copy, Default)]
pub struct Edge {
    /// Weight.
    pub weight: f64,
    /// The node at the other end.
    pub to: u32,
    /// The next end in the list; of an edge of the node at hand: the end itself.
    pub link: u32,
}

/// The graph that is left.
#[derive(Default)]
pub struct Elimination {
    /// Ends of edges, and how many there are.
    pub edges: Vec<Edge>,
    /// See `edges`.
    pub used: u32,
    /// First end in each node's list, and how many in it count.
    pub first: Vec<u32>,
    /// See `first`.
    pub degree: Vec<u32>,
    /// Weight of each node's edge to the ground.
    pub ground: Vec<f64>,
    /// A stack of nodes for each degree; a node whose degree has changed is put elsewhere when it comes up.
    pub stacks: Vec<u32>,
    /// The node below each one in its stack.
    pub below: Vec<u32>,
    /// Edges of the node at hand, and sums of their weights from each on.
    pub near: Vec<Edge>,
    /// See `near`.
    pub sums: Vec<f64>,
    /// Place of each node in the order.
    pub place: Vec<u32>,
    /// Nodes eliminated.
    pub nodes: u32,
    /// The lowest stack that may hold a node.
    pub low: usize,
    /// Draws the edges.
    pub random: Random,
}

impl Elimination {
    /// Adds an edge; there is room.
    pub fn join(&mut self, one: u32, other: u32, weight: f64) {
        for (here, there) in [(one, other), (other, one)] {
            put(&mut self.edges, self.used, Edge { weight, to: there, link: at(&self.first, here) });
            put(&mut self.first, here, self.used);
            up(&mut self.degree, here);
            self.used += 1;
        }
    }

    /// Puts a node on the stack of its degree.
    #[inline(never)]
    pub fn queue(&mut self, node: u32) {
        let key = (at(&self.degree, node) as usize).min(MAX_DEGREE);
        if let Some(top) = self.stacks.get_mut(key) {
            put(&mut self.below, node, *top);
            *top = node;
        }
        self.low = self.low.min(key);
    }

    /// The node on top whose degree is the least, but for degrees that fell since it was queued.
    fn least(&mut self) -> Option<u32> {
        while let Some(top) = self.stacks.get_mut(self.low) {
            let node = *top;
            if node == NONE {
                self.low += 1;
                continue;
            }
            if (at(&self.degree, node) as usize).min(MAX_DEGREE) <= self.low {
                return Some(node);
            }
            *top = at(&self.below, node);
            self.queue(node);
        }
        None
    }

    /// Eliminates nodes until `end` are gone. Stops before a node for which `near`, `sums`, `rows` or
    /// `values` have too little room, and returns how many neighbours it may have, with the ground.
    #[inline(never)]
    pub fn run(&mut self, factor: &mut Factor, end: u32) -> Option<usize> {
        let Factor { inverse, own, seen, middle, .. } = factor;
        while self.nodes < end {
            let node = self.least()?;
            let most = at(&self.degree, node) as usize + 1;
            let used = at(&own.offsets, self.nodes) as usize;
            if self.near.len().min(self.sums.len()) < most
                || own.indices.len().min(own.values.len()) < used + most
            {
                return Some(most);
            }
            if let Some(top) = self.stacks.get_mut(self.low) {
                *top = at(&self.below, node);
            }
            let count = self.collect(node, seen);
            put(&mut self.place, node, self.nodes);
            put(middle, self.nodes, node);
            let mut total = 0.0;
            for t in (0..count).rev() {
                total += at(&self.near, t).weight;
                put(&mut self.sums, t, total);
            }
            let mut used = used as u32;
            for t in 0..count {
                let Edge { weight, to, .. } = at(&self.near, t);
                if to != NONE {
                    put(&mut own.indices, used, to);
                    put(&mut own.values, used, weight / total);
                    used += 1;
                }
            }
            put(inverse, self.nodes, if total > 0.0 { 1.0 / total } else { 0.0 });
            self.nodes += 1;
            put(&mut own.offsets, self.nodes, used);
            self.spread(count, total);
        }
        None
    }

    /// Collects the edges of a node, parallel ones added up, by ascending weight.
    fn collect(&mut self, node: u32, seen: &mut [u32]) -> u32 {
        let mut count = 0;
        let mut end = at(&self.first, node);
        while end != NONE {
            let Edge { weight, to, link } = at(&self.edges, end);
            if weight > 0.0 {
                match self.near.get_mut(at(seen, to) as usize) {
                    Some(edge) if edge.to == to && at(seen, to) < count => {
                        edge.weight += weight;
                        drop(&mut self.edges, end ^ 1);
                        down(&mut self.degree, to);
                    }
                    _ => {
                        put(seen, to, count);
                        put(&mut self.near, count, Edge { weight, to, link: end });
                        count += 1;
                    }
                }
            }
            end = link;
        }
        let weight = at(&self.ground, node);
        if weight > 0.0 {
            put(&mut self.near, count, Edge { weight, to: NONE, link: NONE });
            count += 1;
        }
        sort(self.near.get_mut(..count as usize).unwrap_or_default());
        count
    }

    /// Joins the neighbours by sampled edges, in the places of those that are eliminated.
    fn spread(&mut self, count: u32, total: f64) {
        for t in 0..count {
            let Edge { weight, to, link: end } = at(&self.near, t);
            let later = if t + 1 < count { at(&self.sums, t + 1) } else { 0.0 };
            let new_weight = weight * (later / total);
            // The later neighbour below which the draw falls: sums fall from one to the next.
            let draw = self.random.unit() * later;
            let (mut low, mut high) = (t + 1, count);
            while high.saturating_sub(low) > 1 {
                let middle = low + (high - low) / 2;
                if at(&self.sums, middle) > draw { low = middle } else { high = middle }
            }
            let drawn = low < count && new_weight > 0.0;
            let partner = if drawn { at(&self.near, low).to } else { NONE };
            if to == NONE {
                // The greatest number is no node: then nothing is added.
                add(&mut self.ground, partner, new_weight);
            } else if partner != NONE {
                put(&mut self.edges, end, Edge { weight: new_weight, to, link: at(&self.first, partner) });
                put(&mut self.first, partner, end);
                if let Some(twin) = self.edges.get_mut((end ^ 1) as usize) {
                    twin.weight = new_weight;
                    twin.to = partner;
                }
                up(&mut self.degree, partner);
            } else {
                if drawn {
                    add(&mut self.ground, to, new_weight);
                }
                drop(&mut self.edges, end ^ 1);
                down(&mut self.degree, to);
            }
        }
    }
}

fn drop(edges: &mut [Edge], end: u32) {
    if let Some(edge) = edges.get_mut(end as usize) {
        edge.weight = 0.0;
    }
}

/// Ascending by weight, equal weights by node (no node comes twice). Degrees are small, and insertion
/// is best; longer lists are presorted at wider and wider gaps (Shell 1959).
#[inline(never)]
fn sort(list: &mut [Edge]) {
    let mut gap = 1;
    while gap < list.len() / 8 {
        gap = gap * 9 / 4 + 1;
    }
    while gap > 0 {
        for start in gap..list.len() {
            let new = at(list, start as u32);
            let mut place = start;
            while place >= gap {
                let other = at(list, (place - gap) as u32);
                if other.weight < new.weight || (other.weight == new.weight && other.to < new.to) {
                    break;
                }
                put(list, place as u32, other);
                place -= gap;
            }
            put(list, place as u32, new);
        }
        gap = gap * 4 / 9;
    }
}
