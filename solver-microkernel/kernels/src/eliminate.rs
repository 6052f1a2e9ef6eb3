//! Approximate Cholesky of a symmetric M-matrix (Kyng and Sachdeva 2016; Gao, Kyng and Spielman 2023):
//! the elimination of nodes.
//!
//! The matrix is a Laplacian whose slack s_i is an edge to a ground node. A node v of (about) least
//! degree is eliminated: with weights w_t of its edges, ascending, and W their sum, its column of
//! the factor is w_t / W and its pivot W. Exact elimination would join all its neighbours; here
//! neighbour t gets one edge, to a later neighbour k drawn with probability w_k / S, S being the sum
//! of the later weights, of weight w_t S / W. That is the exact clique in expectation.

use crate::access::{at, calls, put};
use crate::factor::{Factor, NONE};
use crate::random::Random;
use solver_lists::Vec;

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
    /// The next end in the list.
    pub link: u32,
}

/// An edge of the node at hand.
#[derive(Clone, Copy, Default)]
pub struct Near {
    weight: f64,
    /// The weights from this one on.
    sum: f64,
    /// The neighbour; [`NONE`] is the ground.
    to: u32,
    /// Its end.
    end: u32,
}

/// What is known of a node.
#[derive(Clone, Copy)]
pub struct Node {
    /// Weight of its edge to the ground.
    pub ground: f64,
    /// First end in its list, and how many in it count.
    pub first: u32,
    /// See `first`.
    pub degree: u32,
    /// The node below it in its stack.
    pub below: u32,
    /// Its place in the order.
    pub place: u32,
    /// Where it stands among the neighbours of the node at hand.
    pub seen: u32,
}

impl Node {
    /// A node without edges.
    pub const ALONE: Self = Self { ground: 0.0, first: NONE, degree: 0, below: NONE, place: 0, seen: NONE };
}

/// The graph that is left.
#[derive(Default)]
pub struct Elimination {
    /// Ends of edges.
    pub edges: Vec<Edge>,
    /// The nodes, and how many are eliminated.
    pub nodes: Vec<Node>,
    /// See `nodes`.
    pub gone: u32,
    /// A stack of nodes for each degree; a node whose degree has changed is put elsewhere when it comes up.
    pub stacks: Vec<u32>,
    /// The lowest stack that may hold a node.
    pub low: usize,
    /// Edges of the node at hand.
    pub near: Vec<Near>,
    /// Draws the edges.
    pub random: Random,
}
solver_lists::blank!(Elimination { edges, nodes, gone, stacks, low, near, random });

impl Elimination {
    /// Makes `end` an end of an edge of this weight from `here` to another node.
    #[inline(never)]
    pub fn attach(&mut self, here: u32, end: u32, to: u32, weight: f64) {
        if let Some(node) = self.nodes.get_mut(here as usize) {
            put(&mut self.edges, end, Edge { weight, to, link: node.first });
            node.first = end;
            node.degree += 1;
        }
    }

    /// Puts a node on the stack of its degree.
    #[inline(never)]
    pub fn queue(&mut self, number: u32) {
        let Some(node) = self.nodes.get_mut(number as usize) else { return };
        let key = (node.degree as usize).min(MAX_DEGREE);
        if let Some(top) = self.stacks.get_mut(key) {
            node.below = *top;
            *top = number;
        }
        self.low = self.low.min(key);
    }

    /// Eliminates nodes until `end` are gone. Stops before a node for which `near` or the factor's rows are too
    /// short: returns the neighbours that it has at most, for which the caller makes room; zero at the end.
    #[inline(never)]
    pub fn run(&mut self, factor: &mut Factor, end: u32) -> usize {
        let Factor { inverse, own, middle, .. } = factor;
        while self.gone < end {
            // The node on top whose degree is the least, but for degrees that fell since it was queued.
            let Some(top) = self.stacks.get_mut(self.low) else { return 0 };
            let number = *top;
            let Some(node) = self.nodes.get(number as usize) else {
                self.low += 1;
                continue;
            };
            let degree = node.degree as usize;
            let mut used = calls::at(&own.offsets, self.gone);
            let is_least = degree.min(MAX_DEGREE) <= self.low;
            let room =
                self.near.len().min(own.indices.len().min(own.values.len()).saturating_sub(used as usize));
            if is_least && room <= degree {
                return degree + 1;
            }
            *top = node.below;
            if !is_least {
                self.queue(number);
                continue;
            }
            let (count, total) = self.collect(number);
            calls::put(middle, self.gone, number);
            calls::put(inverse, self.gone, if total > 0.0 { 1.0 / total } else { 0.0 });
            for t in 0..count {
                let Near { weight, to, .. } = at(&self.near, t);
                if to != NONE {
                    calls::put(&mut own.indices, used, to);
                    calls::put(&mut own.values, used, weight / total);
                    used += 1;
                }
                self.spread(t, count, total);
            }
            self.gone += 1;
            calls::put(&mut own.offsets, self.gone, used);
        }
        0
    }

    /// Collects the edges of a node, parallel ones added up, by ascending weight; returns how many there are and
    /// the sum of their weights.
    #[inline(always)]
    fn collect(&mut self, number: u32) -> (u32, f64) {
        let Self { edges, nodes, near, gone, .. } = self;
        let (mut count, mut total) = (0, 0.0);
        let Some(node) = nodes.get_mut(number as usize) else { return (count, total) };
        node.place = *gone;
        let (mut end, ground) = (node.first, node.ground);
        while let Some(Edge { weight, to, link }) = edges.get(end as usize).copied() {
            if weight > 0.0
                && let Some(node) = nodes.get_mut(to as usize)
            {
                match near.get_mut(node.seen as usize) {
                    Some(edge) if edge.to == to && node.seen < count => {
                        edge.weight += weight;
                        node.degree = node.degree.wrapping_sub(1);
                        if let Some(twin) = edges.get_mut((end ^ 1) as usize) {
                            twin.weight = 0.0;
                        }
                    }
                    _ => {
                        node.seen = count;
                        put(near, count, Near { weight, sum: 0.0, to, end });
                        count += 1;
                    }
                }
            }
            end = link;
        }
        if ground > 0.0 {
            put(near, count, Near { weight: ground, sum: 0.0, to: NONE, end: NONE });
            count += 1;
        }
        let near = near.get_mut(..count as usize).unwrap_or_default();
        sort(near);
        for edge in near.iter_mut().rev() {
            total += edge.weight;
            edge.sum = total;
        }
        (count, total)
    }

    /// Joins neighbour `t` to a later one by a sampled edge, in the place of the one that is eliminated.
    #[inline(always)]
    fn spread(&mut self, t: u32, count: u32, total: f64) {
        let Self { near, random, .. } = self;
        let Near { weight, to, end, .. } = at(near, t);
        let (mut low, mut high) = (t + 1, count);
        let later = if low < high { at(near, low).sum } else { 0.0 };
        let new_weight = weight * (later / total);
        // The later neighbour below which the draw falls: sums fall from one to the next.
        let draw = random.unit() * later;
        while high.saturating_sub(low) > 1 {
            let middle = low + (high - low) / 2;
            if at(near, middle).sum > draw { low = middle } else { high = middle }
        }
        let drawn = low < count && new_weight > 0.0;
        let partner = if drawn { at(near, low).to } else { NONE };
        let mut kept = 0.0;
        if to != NONE && partner != NONE {
            kept = new_weight;
            self.attach(partner, end, to, kept);
        } else {
            // The greatest number is no node: of two that are none, nothing comes.
            if drawn && let Some(node) = self.nodes.get_mut(to.min(partner) as usize) {
                node.ground += new_weight;
            }
            if let Some(node) = self.nodes.get_mut(to as usize) {
                node.degree = node.degree.wrapping_sub(1);
            }
        }
        if let Some(twin) = self.edges.get_mut((end ^ 1) as usize) {
            twin.weight = kept;
            twin.to = partner;
        }
    }
}

/// Ascending by weight, equal weights by node (no node comes twice). Degrees are small, and insertion
/// is best; longer lists are presorted at wider and wider gaps (Shell 1959).
#[inline(never)]
fn sort(list: &mut [Near]) {
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
