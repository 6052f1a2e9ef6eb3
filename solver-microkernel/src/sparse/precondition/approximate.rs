//! Approximate Cholesky of a symmetric M-matrix (Kyng and Sachdeva 2016; Gao, Kyng and Spielman 2023).
//!
//! The matrix is a Laplacian whose slack s_i is an edge to a ground node. A node v of (about) least
//! degree is eliminated: with weights w_t of its edges, ascending, and W their sum, its column of
//! the factor is w_t / W and its pivot W. Exact elimination would join all its neighbours; here
//! neighbour t gets one edge, to a later neighbour k drawn with probability w_k / S, S being the sum
//! of the later weights, of weight w_t S / W. That is the exact clique in expectation.

use crate::sparse::access::{add, at, down, put, span, up};
use crate::sparse::csr::Matrix;
use crate::sparse::limits::MAX_DEGREE_QUEUE;
use crate::sparse::random::Random;
use crate::sparse::refusal::{Refusal, filled, push, reserve};
use alloc::vec::Vec;

/// No edge, no node.
const NONE: u32 = u32::MAX;

/// One end of an edge, in the list of the node at that end; its twin is at the number with the
/// lowest bit flipped. A weight of zero marks an edge that is gone.
#[derive(Clone, Copy, Default)]
struct Half {
    weight: f64,
    to: u32,
    next: u32,
}

/// An edge of the node that is eliminated.
#[derive(Clone, Copy, Default, PartialEq)]
struct Candidate {
    weight: f64,
    to: u32,
    half: u32,
}

/// The factor by columns in the order of elimination, and what is needed to make it.
pub(crate) struct Approximate {
    /// Node at each place of the order, and place of each node.
    order: Vec<u32>,
    place: Vec<u32>,
    offsets: Vec<u32>,
    rows: Vec<u32>,
    values: Vec<f64>,
    inverse: Vec<f64>,
    work: Vec<f64>,
    build: Build,
}

struct Build {
    halves: Vec<Half>,
    /// First half of each node's list, weight of its edge to the ground, edges in its list that count.
    first: Vec<u32>,
    ground: Vec<f64>,
    degree: Vec<u32>,
    /// A stack of nodes for every degree; a node whose degree has changed is put elsewhere when it comes up.
    stacks: Vec<u32>,
    below: Vec<u32>,
    low: usize,
    /// Where a neighbour stands among the candidates.
    seen: Vec<u32>,
    candidates: Vec<Candidate>,
    /// Sum of weights from each candidate on.
    rest: Vec<f64>,
    random: Random,
}

impl Approximate {
    /// For a symmetric matrix with no positive entry off its diagonal.
    pub(crate) fn new(a: &Matrix, seed: u64) -> Result<Self, Refusal> {
        let n = a.rows() as usize;
        let mut build = Build {
            halves: Vec::new(),
            first: filled(NONE, n)?,
            ground: filled(0.0, n)?,
            degree: filled(0, n)?,
            stacks: filled(NONE, MAX_DEGREE_QUEUE + 1)?,
            below: filled(NONE, n)?,
            low: 0,
            seen: filled(NONE, n)?,
            candidates: Vec::new(),
            rest: Vec::new(),
            random: Random::new(seed),
        };
        reserve(&mut build.halves, (a.entries() as usize).saturating_sub(n))?;
        for row in 0..a.rows() {
            let (columns, values) = a.row(row);
            let (mut diagonal, mut others) = (0.0, 0.0);
            for (column, value) in columns.iter().zip(values) {
                if *column == row {
                    diagonal = *value;
                } else {
                    others += value.abs();
                    if *column > row && *value < 0.0 {
                        build.join(row, *column, -value)?;
                    }
                }
            }
            // Slack that is only rounding would make a singular system look regular.
            let slack = diagonal - others;
            put(&mut build.ground, row, if slack > 1e-15 * diagonal { slack } else { 0.0 });
        }
        for node in (0..a.rows()).rev() {
            build.queue(node);
        }
        let mut factor = Self {
            order: Vec::new(),
            place: filled(0, n)?,
            offsets: Vec::new(),
            rows: Vec::new(),
            values: Vec::new(),
            inverse: Vec::new(),
            work: filled(0.0, n)?,
            build,
        };
        reserve(&mut factor.order, n)?;
        reserve(&mut factor.inverse, n)?;
        reserve(&mut factor.offsets, n + 1)?;
        factor.offsets.push(0);
        Ok(factor)
    }

    pub(crate) const fn entries(&self) -> u64 {
        self.rows.len() as u64
    }

    pub(crate) fn make(&mut self, nodes: u32) -> Result<bool, Refusal> {
        for _ in 0..nodes {
            if self.order.len() == self.place.len() {
                self.finish();
                return Ok(true);
            }
            let Some(node) = self.build.least() else { return Err(Refusal::Overflow) };
            self.eliminate(node)?;
        }
        Ok(false)
    }

    /// Rows of the factor are renamed to places, so that applying it walks through memory in order.
    fn finish(&mut self) {
        for row in &mut self.rows {
            *row = at(&self.place, *row);
        }
        self.build.halves = Vec::new();
        self.build.first = Vec::new();
        self.build.ground = Vec::new();
        self.build.degree = Vec::new();
        self.build.below = Vec::new();
        self.build.seen = Vec::new();
    }

    fn eliminate(&mut self, node: u32) -> Result<(), Refusal> {
        let build = &mut self.build;
        build.gather(node)?;
        put(&mut self.place, node, self.order.len() as u32);
        self.order.push(node);
        let mut total = 0.0;
        let list = &mut build.candidates;
        reserve_rest(&mut build.rest, list.len())?;
        for (candidate, rest) in list.iter().zip(&mut build.rest).rev() {
            total += candidate.weight;
            *rest = total;
        }
        for candidate in list.iter().filter(|candidate| candidate.to != NONE) {
            push(&mut self.rows, candidate.to)?;
            push(&mut self.values, candidate.weight / total)?;
        }
        self.offsets.push(self.rows.len() as u32);
        self.inverse.push(if total > 0.0 { 1.0 / total } else { 0.0 });
        build.spread(total);
        Ok(())
    }

    /// z = M^-1 r, by the places of the order.
    #[inline(never)]
    pub(crate) fn apply(&mut self, r: &[f64], z: &mut [f64]) {
        let Self { order, offsets, rows, values, inverse, work, .. } = self;
        for (work, node) in work.iter_mut().zip(order.iter()) {
            *work = at(r, *node);
        }
        let n = order.len() as u32;
        for place in 0..n {
            let (from, to) = (at(offsets, place), at(offsets, place + 1));
            let own = at(work, place);
            for (row, value) in span(rows, from, to).iter().zip(span(values, from, to)) {
                add(work, *row, value * own);
            }
            put(work, place, own * at(inverse, place));
        }
        for place in (0..n).rev() {
            let (from, to) = (at(offsets, place), at(offsets, place + 1));
            let mut sum = at(work, place);
            for (row, value) in span(rows, from, to).iter().zip(span(values, from, to)) {
                sum += value * at(work, *row);
            }
            put(work, place, sum);
        }
        for (work, node) in work.iter().zip(order.iter()) {
            put(z, *node, *work);
        }
    }
}

fn reserve_rest(rest: &mut Vec<f64>, len: usize) -> Result<(), Refusal> {
    rest.clear();
    if rest.capacity() < len {
        reserve(rest, len.saturating_mul(2))?;
    }
    rest.resize(len, 0.0);
    Ok(())
}

impl Build {
    fn join(&mut self, one: u32, other: u32, weight: f64) -> Result<(), Refusal> {
        let half = self.halves.len() as u32;
        push(&mut self.halves, Half { weight, to: other, next: at(&self.first, one) })?;
        push(&mut self.halves, Half { weight, to: one, next: at(&self.first, other) })?;
        put(&mut self.first, one, half);
        put(&mut self.first, other, half + 1);
        up(&mut self.degree, one);
        up(&mut self.degree, other);
        Ok(())
    }

    fn queue(&mut self, node: u32) {
        let key = (at(&self.degree, node) as usize).min(MAX_DEGREE_QUEUE);
        if let Some(top) = self.stacks.get_mut(key) {
            put(&mut self.below, node, *top);
            *top = node;
        }
        self.low = self.low.min(key);
    }

    /// Takes a node whose degree is the least, but for degrees that fell since it was queued.
    fn least(&mut self) -> Option<u32> {
        while let Some(top) = self.stacks.get_mut(self.low) {
            let node = *top;
            if node == NONE {
                self.low += 1;
                continue;
            }
            *top = at(&self.below, node);
            if (at(&self.degree, node) as usize).min(MAX_DEGREE_QUEUE) <= self.low {
                return Some(node);
            }
            self.queue(node);
        }
        None
    }

    /// Collects the edges of a node, parallel ones added up, by ascending weight.
    fn gather(&mut self, node: u32) -> Result<(), Refusal> {
        let Self { halves, seen, candidates, degree, ground, .. } = self;
        candidates.clear();
        let mut half = at(&self.first, node);
        while half != NONE {
            let Half { weight, to, next } = at(halves, half);
            if weight > 0.0 {
                let known = at(seen, to);
                match candidates.get_mut(known as usize) {
                    Some(candidate) if candidate.to == to => {
                        candidate.weight += weight;
                        drop_half(halves, half ^ 1);
                        down(degree, to);
                    }
                    _ => {
                        put(seen, to, candidates.len() as u32);
                        push(candidates, Candidate { weight, to, half })?;
                    }
                }
            }
            half = next;
        }
        let weight = at(ground, node);
        if weight > 0.0 {
            push(candidates, Candidate { weight, to: NONE, half: NONE })?;
        }
        sort(candidates);
        Ok(())
    }

    /// Joins the neighbours by sampled edges, in the places of those that are eliminated.
    fn spread(&mut self, total: f64) {
        let Self { halves, candidates, rest, first, degree, random, ground, .. } = self;
        let count = candidates.len();
        for (t, candidate) in candidates.iter().enumerate() {
            let Candidate { weight, to, half } = *candidate;
            let later = rest.get(t + 1).copied().unwrap_or(0.0);
            let new_weight = weight * (later / total);
            // The later candidate below which the draw falls: sums fall from one to the next.
            let draw = random.unit() * later;
            let (mut low, mut high) = (t + 1, count);
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if rest.get(middle).is_some_and(|rest| *rest > draw) { low = middle } else { high = middle }
            }
            let partner = candidates.get(low).filter(|_| new_weight > 0.0);
            if to == NONE {
                if let Some(partner) = partner {
                    add(ground, partner.to, new_weight);
                }
                continue;
            }
            match partner {
                Some(&Candidate { to: k, .. }) if k != NONE => {
                    let next = at(first, k);
                    put(halves, half, Half { weight: new_weight, to, next });
                    put(first, k, half);
                    if let Some(twin) = halves.get_mut((half ^ 1) as usize) {
                        twin.weight = new_weight;
                        twin.to = k;
                    }
                    up(degree, k);
                }
                _ => {
                    if partner.is_some() {
                        add(ground, to, new_weight);
                    }
                    drop_half(halves, half ^ 1);
                    down(degree, to);
                }
            }
        }
    }
}

fn drop_half(halves: &mut [Half], half: u32) {
    if let Some(half) = halves.get_mut(half as usize) {
        half.weight = 0.0;
    }
}

/// Ascending by weight, equal weights by node. Degrees are small; long lists are sorted by heap.
fn sort(list: &mut [Candidate]) {
    if list.len() > 32 {
        return heap_sort(list);
    }
    for end in 1..list.len() {
        let mut place = end;
        while place > 0 {
            let (Some(&low), Some(&high)) = (list.get(place - 1), list.get(place)) else { break };
            if !before(&high, &low) {
                break;
            }
            list.swap(place - 1, place);
            place -= 1;
        }
    }
}

fn before(a: &Candidate, b: &Candidate) -> bool {
    a.weight < b.weight || (a.weight == b.weight && a.to < b.to)
}

fn heap_sort(list: &mut [Candidate]) {
    for at in (0..list.len() / 2).rev() {
        sift(list, at);
    }
    let mut heap = list;
    while let Some(last) = heap.len().checked_sub(1) {
        heap.swap(0, last);
        heap = heap.split_at_mut(last).0;
        sift(heap, 0);
    }
}

fn sift(heap: &mut [Candidate], mut at: usize) {
    loop {
        let left = 2 * at + 1;
        let child = match (heap.get(left), heap.get(left + 1)) {
            (Some(l), Some(r)) if before(l, r) => left + 1,
            (Some(_), _) => left,
            (None, _) => return,
        };
        let (Some(low), Some(high)) = (heap.get(at), heap.get(child)) else { return };
        if !before(low, high) {
            return;
        }
        heap.swap(at, child);
        at = child;
    }
}
