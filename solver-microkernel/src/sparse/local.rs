//! The part of a matrix or graph that was read: rows come when they are asked for, are checked, and
//! stay. Neighbours are kept by their own numbers, so that going along a row looks nothing up.

use super::access::{at, put, span};
use super::csr::{Matrix, Slack};
use super::map::{Map, NONE};
use super::refusal::{Refusal, push, reserve};
use alloc::vec::Vec;

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
    /// Number of its first entry in the matrix.
    pub(crate) first: u64,
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

/// Rows read, and rows wanted.
pub struct Local {
    rows: u32,
    /// Weights must not be negative.
    graph: bool,
    map: Map,
    nodes: Vec<Node>,
    arcs: Vec<u32>,
    values: Vec<f64>,
    wanted: Vec<u32>,
    rows_read: u64,
}

impl Local {
    /// Of a square matrix of `rows` rows; of a `graph`, negative weights are refused.
    pub fn new(rows: u32, graph: bool) -> Result<Self, Refusal> {
        Ok(Self {
            rows,
            graph,
            map: Map::new(rows)?,
            nodes: Vec::new(),
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

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    #[inline(always)]
    pub(crate) fn node(&self, slot: u32) -> Node {
        at(&self.nodes, slot)
    }

    /// Numbers of the neighbours of a node whose row was read, and the entries.
    #[inline(always)]
    pub(crate) fn arcs(&self, node: &Node) -> (&[u32], &[f64]) {
        let to = node.from.saturating_add(node.len);
        (span(&self.arcs, node.from, to), span(&self.values, node.from, to))
    }

    /// The number of a row, given when it is first met.
    pub(crate) fn slot(&mut self, id: u32) -> Result<u32, Refusal> {
        if let Some(slot) = self.map.find(id) {
            return Ok(slot);
        }
        push(&mut self.nodes, Node { id, from: NONE, len: NONE, ..Node::default() })?;
        self.map.insert(id)
    }

    /// Neighbours and weights of a row that was read; empty for any other.
    pub fn neighbours(&self, id: u32) -> impl Iterator<Item = (u32, f64)> {
        let node = self.map.find(id).map(|slot| self.node(slot)).filter(Node::is_read).unwrap_or_default();
        let (slots, values) = self.arcs(&node);
        slots.iter().zip(values).map(|(slot, value)| (self.node(*slot).id, *value))
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
        let id = self.node(slot).id;
        push(&mut self.wanted, id)
    }

    /// First entry and length of a row that was asked for, if they are known.
    #[must_use]
    pub fn place(&self, id: u32) -> Option<(u64, u32)> {
        let node = self.node(self.map.find(id)?);
        (node.len != NONE).then_some((node.first, node.len))
    }

    /// Takes the place of a row in the matrix: its first entry and its length.
    pub fn take_length(&mut self, id: u32, first: u64, len: u32) -> Result<(), Refusal> {
        let slot = self.slot(id)?;
        if let Some(node) = self.nodes.get_mut(slot as usize) {
            (node.first, node.len) = (first, len);
        }
        Ok(())
    }

    /// Takes a row, whose place is known, with its element of the right-hand side; without values all are
    /// one. Everything wrong with it is refused.
    pub fn take_row(&mut self, id: u32, b: f64, columns: &[u32], values: &[f64]) -> Result<(), Refusal> {
        let slot = self.slot(id)?;
        let Node { first, len, .. } = self.node(slot);
        if self.node(slot).is_read() {
            return Ok(());
        }
        let from = self.arcs.len() as u32;
        if len as usize != columns.len() {
            return Err(Refusal::Offsets { row: id });
        }
        if self.arcs.capacity() - self.arcs.len() < columns.len() {
            let more = columns.len().max(self.arcs.len() / 2).max(256);
            reserve(&mut self.arcs, more)?;
            reserve(&mut self.values, more)?;
        }
        let (mut diagonal, mut others, mut least) = (0.0, 0.0, 0);
        for (place, column) in (0u32..).zip(columns) {
            let value = values.get(place as usize).copied().unwrap_or(1.0);
            let entry = first + u64::from(place);
            if *column < least || *column >= self.rows {
                return Err(Refusal::Column { row: id, entry });
            }
            if !value.is_finite() {
                return Err(Refusal::Value { row: id, entry });
            }
            if self.graph && value < 0.0 {
                return Err(Refusal::NegativeWeight { row: id });
            }
            least = column.saturating_add(1);
            if *column == id {
                diagonal = value
            } else {
                others += value.abs()
            }
            let neighbour = self.slot(*column)?;
            self.arcs.push(neighbour);
            self.values.push(value);
        }
        if !(diagonal + others).is_finite() || self.arcs.len() as u64 >= u64::from(NONE) {
            return Err(Refusal::Overflow);
        }
        if !b.is_finite() {
            return Err(Refusal::Vector { row: id });
        }
        put(&mut self.nodes, slot, Node { id, from, len, first, diagonal, others, b });
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
