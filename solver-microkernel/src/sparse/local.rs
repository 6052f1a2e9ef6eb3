//! The part of a matrix or graph that was read: rows come when they are asked for, are checked, and
//! stay. Neighbours are kept by their own numbers, so that going along a row looks nothing up.

use super::csr::{Matrix, Slack};
use super::map::{Map, NONE};
use super::refusal::{Refusal, Why, push, reserve};
use alloc::vec::Vec;
use solver_kernels::access::{at, put, span};
use solver_kernels::local::look;
use solver_kernels::push::{Rows, next_missing};

/// What a local method wants before it can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Nothing,
    /// The lengths of the rows in [`Local::wanted`].
    Lengths,
    /// The rows in [`Local::wanted`], whose lengths are known.
    Rows,
}

/// A node that was met.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Node {
    /// Its row in the matrix.
    pub(crate) id: u32,
    /// Where its arcs start; the greatest number while they are not read.
    pub(crate) from: u32,
    /// Entries in its row; the greatest number while that is not known.
    pub(crate) len: u32,
    /// The diagonal entry, the sum of sizes of the others, and the right-hand side.
    pub(crate) diagonal: f64,
    pub(crate) others: f64,
    pub(crate) b: f64,
}

impl Node {
    pub(crate) const fn is_read(&self) -> bool {
        self.from != NONE
    }

    pub(crate) fn slack(&self) -> Slack {
        Slack::of(self.diagonal, self.others, self.len)
    }
}

/// Rows read, and rows wanted. What is kept of the nodes is in one array by kind, longer than there are nodes.
pub struct Local {
    rows: u32,
    /// Weights must not be negative.
    graph: bool,
    map: Map,
    /// Nodes that were met.
    count: u32,
    ids: Vec<u32>,
    /// `from` and `len` of each.
    places: Vec<u32>,
    /// Number of the first entry in the matrix.
    firsts: Vec<u64>,
    /// `diagonal`, `others` and `b` of each.
    facts: Vec<f64>,
    arcs: Vec<u32>,
    values: Vec<f64>,
    wanted: Vec<u32>,
    rows_read: u64,
}

/// Slot of `slot` in an array of `width` for each node.
#[inline(always)]
const fn place(slot: u32, width: usize, at: usize) -> usize {
    slot as usize * width + at
}

/// Makes an array longer, up to `len`.
pub(crate) fn extend<T: Copy>(vec: &mut Vec<T>, len: usize, value: T) -> Result<(), Refusal> {
    reserve(vec, len.saturating_sub(vec.len()))?;
    vec.resize(len, value);
    Ok(())
}

impl Local {
    /// Of a square matrix of `rows` rows; of a `graph`, negative weights are refused.
    pub fn new(rows: u32, graph: bool) -> Result<Self, Refusal> {
        Ok(Self {
            rows,
            graph,
            map: Map::new(rows)?,
            count: 0,
            ids: Vec::new(),
            places: Vec::new(),
            firsts: Vec::new(),
            facts: Vec::new(),
            arcs: Vec::new(),
            values: Vec::new(),
            wanted: Vec::new(),
            rows_read: 0,
        })
    }

    /// Rows read so far.
    #[must_use]
    pub const fn rows_read(&self) -> u64 {
        self.rows_read
    }

    /// The rows that are wanted.
    #[must_use]
    pub fn wanted(&self) -> &[u32] {
        &self.wanted
    }

    pub(crate) const fn rows(&self) -> u32 {
        self.rows
    }

    /// Nodes that were met; their slots are below.
    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    /// Row of a node in the matrix.
    #[inline(always)]
    pub(crate) fn id(&self, slot: u32) -> u32 {
        at(&self.ids, slot)
    }

    /// Rows of all nodes by slot, and more that mean nothing.
    pub(crate) fn ids(&self) -> &[u32] {
        &self.ids
    }

    #[inline(always)]
    pub(crate) fn node(&self, slot: u32) -> Node {
        let number = |i| self.places.get(place(slot, 2, i)).copied().unwrap_or(NONE);
        let fact = |i| self.facts.get(place(slot, 3, i)).copied().unwrap_or_default();
        let (diagonal, others, b) = (fact(0), fact(1), fact(2));
        Node { id: self.id(slot), from: number(0), len: number(1), diagonal, others, b }
    }

    /// What was read, for the inner loops.
    pub(crate) fn read(&self) -> Rows<'_> {
        Rows { places: &self.places, facts: &self.facts, arcs: &self.arcs, values: &self.values }
    }

    /// Numbers of the neighbours of a node whose row was read, and the entries.
    #[inline(always)]
    pub(crate) fn arcs(&self, node: &Node) -> (&[u32], &[f64]) {
        let to = node.from.saturating_add(node.len);
        (span(&self.arcs, node.from, to), span(&self.values, node.from, to))
    }

    /// Room for `more` nodes.
    fn room(&mut self, more: usize) -> Result<(), Refusal> {
        self.map.room(self.count, more)?;
        let wanted = (self.count as usize).saturating_add(more);
        if wanted > self.ids.len() {
            // Powers of two: blocks of few sizes, which the next job finds free again.
            let len = wanted.next_power_of_two().max(256);
            extend(&mut self.ids, len, NONE)?;
            extend(&mut self.places, len.saturating_mul(2), NONE)?;
            extend(&mut self.firsts, len, 0)?;
            extend(&mut self.facts, len.saturating_mul(3), 0.0)?;
        }
        Ok(())
    }

    /// The number of a row, given when it is first met.
    pub(crate) fn slot(&mut self, id: u32) -> Result<u32, Refusal> {
        if let Some(slot) = self.map.find(id) {
            return Ok(slot);
        }
        self.room(1)?;
        let mut out = [NONE];
        self.count = self.map.number(&[id], &mut self.ids, self.count, &mut out);
        let [slot] = out;
        Ok(slot)
    }

    /// Neighbours and weights of a row that was read; empty for any other.
    pub fn neighbours(&self, id: u32) -> impl Iterator<Item = (u32, f64)> {
        let node = self.map.find(id).map(|slot| self.node(slot)).filter(Node::is_read).unwrap_or_default();
        let (slots, values) = self.arcs(&node);
        slots.iter().zip(values).map(|(slot, value)| (self.id(*slot), *value))
    }

    /// Wants rows by id that are not there yet: lengths first.
    pub fn ask_for(&mut self, ids: &[u32], most: usize) -> Result<Need, Refusal> {
        self.wanted.clear();
        let mut need = Need::Nothing;
        for id in ids {
            let slot = self.slot(*id)?;
            let node = self.node(slot);
            let missing = match (node.is_read(), node.len) {
                (true, _) => continue,
                (false, NONE) => Need::Lengths,
                (false, _) => Need::Rows,
            };
            if need == Need::Nothing {
                need = missing;
            }
            if need == missing {
                self.want(slot)?;
            }
            if self.wanted.len() >= most {
                break;
            }
        }
        Ok(need)
    }

    /// The number of a row that was met.
    pub(crate) fn find(&self, id: u32) -> Option<u32> {
        self.map.find(id)
    }

    /// Forgets what was wanted.
    pub(crate) fn clear_wanted(&mut self) {
        self.wanted.clear();
    }

    /// Wants the row of a node, or its length.
    pub(crate) fn want(&mut self, slot: u32) -> Result<(), Refusal> {
        let id = self.id(slot);
        push(&mut self.wanted, id)
    }

    /// Wants what is missing along a queue, at most `room` rows: first all lengths, then all rows that the
    /// lengths leave above `epsilon` times the weight. `asked` says how far it was looked through for each.
    pub(crate) fn missing(
        &mut self,
        queue: &[u32],
        asked: &mut [u32; 2],
        room: usize,
        state: &[f64],
        weights: &[f64],
        epsilon: f64,
    ) -> Result<Need, Refusal> {
        for (asked, need) in asked.iter_mut().zip([Need::Lengths, Need::Rows]) {
            let lengths = need == Need::Lengths;
            while self.wanted.len() < room {
                *asked = next_missing(self.read(), queue, *asked, state, weights, epsilon, lengths);
                let Some(slot) = queue.get(*asked as usize) else { break };
                *asked += 1;
                self.want(*slot)?;
            }
            if !self.wanted.is_empty() {
                return Ok(need);
            }
        }
        *asked = [0; 2];
        Ok(Need::Nothing)
    }

    /// First entry and length of a row that was asked for, if they are known.
    #[must_use]
    pub fn place(&self, id: u32) -> Option<(u64, u32)> {
        let slot = self.map.find(id)?;
        let len = self.node(slot).len;
        (len != NONE).then_some((at(&self.firsts, slot), len))
    }

    /// Takes the place of a row in the matrix: its first entry and its length.
    pub fn take_length(&mut self, id: u32, first: u64, len: u32) -> Result<(), Refusal> {
        let slot = self.slot(id)?;
        put(&mut self.firsts, slot, first);
        if let Some(there) = self.places.get_mut(place(slot, 2, 1)) {
            *there = len;
        }
        Ok(())
    }

    /// Takes a row, whose place is known, with its element of the right-hand side. Everything wrong with it
    /// is refused.
    pub fn take_row(&mut self, id: u32, b: f64, columns: &[u32], values: &[f64]) -> Result<(), Refusal> {
        let slot = self.slot(id)?;
        let node = self.node(slot);
        if node.is_read() {
            return Ok(());
        }
        let (from, len) = (self.arcs.len(), columns.len());
        if node.len as usize != len || values.len() != len {
            return Err(Why::Offsets.row(id));
        }
        let row = look(id, self.rows, columns, values);
        let first = at(&self.firsts, slot);
        if (row.ordered as usize) < len {
            return Err(Why::Column.pair(id, first + u64::from(row.ordered)));
        }
        if (row.finite as usize) < len {
            return Err(Why::Value.pair(id, first + u64::from(row.finite)));
        }
        if self.graph && row.least < 0.0 {
            return Err(Why::NegativeWeight.row(id));
        }
        let end = from.saturating_add(len);
        if !(row.diagonal + row.others).is_finite() || end as u64 >= u64::from(NONE) {
            return Err(Why::Overflow.plain());
        }
        if !b.is_finite() {
            return Err(Why::Vector.row(id));
        }
        self.room(len)?;
        if end > self.arcs.capacity() {
            let more = end.next_power_of_two().max(256) - from;
            reserve(&mut self.arcs, more)?;
            reserve(&mut self.values, more)?;
        }
        self.arcs.resize(end, NONE);
        self.values.extend_from_slice(values);
        let out = self.arcs.get_mut(from..).unwrap_or_default();
        self.count = self.map.number(columns, &mut self.ids, self.count, out);
        if let Some(there) = self.places.get_mut(place(slot, 2, 0)) {
            *there = from as u32;
        }
        let facts = self.facts.get_mut(place(slot, 3, 0)..place(slot, 3, 3)).unwrap_or_default();
        facts.iter_mut().zip([row.diagonal, row.others, b]).for_each(|(there, fact)| *there = fact);
        self.rows_read += 1;
        Ok(())
    }

    /// Takes what is wanted out of a matrix in memory.
    pub fn take_from(&mut self, need: Need, a: &Matrix) -> Result<(), Refusal> {
        for i in 0..self.wanted.len() as u32 {
            let id = at(&self.wanted, i);
            if need == Need::Lengths {
                let (from, to) = a.ends(id);
                self.take_length(id, from.into(), to.saturating_sub(from))?;
            } else {
                let (columns, values) = a.row(id);
                self.take_row(id, 0.0, columns, values)?;
            }
        }
        Ok(())
    }
}
