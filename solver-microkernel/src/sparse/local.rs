//! The part of a matrix or graph that was read: rows come when they are asked for, are checked, and
//! stay. Neighbours are kept by their own numbers, so that going along a row looks nothing up.

use super::csr::{Matrix, Slack};
use super::limits::ROWS_PER_ASK;
use super::map::{Map, NONE};
use super::refusal::{Refusal, Why, extend, push, reserve};
use solver_kernels::access::{at, put};
use solver_kernels::local::look;
use solver_kernels::push::{Front, Rows};
use solver_lists::{Vec, append};

/// What a local method wants before it can go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    #[default]
    Nothing,
    /// The lengths of the rows in [`Local::wanted`].
    Lengths,
    /// The rows in [`Local::wanted`], whose lengths are known.
    Rows,
}
solver_lists::blank!(enum Need = Nothing);

/// Rows read, and rows wanted. What is kept of the nodes is in one array by kind, longer than there are nodes.
#[derive(Default)]
pub struct Local {
    rows: u32,
    /// Weights must not be negative.
    graph: bool,
    map: Map,
    /// Nodes that were met.
    count: u32,
    ids: Vec<u32>,
    read: Rows,
    wanted: Vec<u32>,
    /// What of `wanted` is wanted.
    need: Need,
    rows_read: u64,
}
solver_lists::blank!(Local { rows, graph, map, count, ids, read, wanted, need, rows_read });

impl Local {
    /// Of a square matrix of `rows` rows; of a `graph`, negative weights are refused.
    pub fn new(rows: u32, graph: bool) -> Result<Self, Refusal> {
        let mut local = Self::default();
        local.start(rows, graph)?;
        Ok(local)
    }

    /// Starts an empty one.
    pub(crate) fn start(&mut self, rows: u32, graph: bool) -> Result<(), Refusal> {
        (self.rows, self.graph) = (rows, graph);
        self.map.start(rows)
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

    /// What of them is wanted.
    pub(crate) const fn need(&self) -> Need {
        self.need
    }

    pub(crate) const fn rows(&self) -> u32 {
        self.rows
    }

    /// Nodes that were met; their slots are below.
    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    /// Row of a node in the matrix.
    pub(crate) fn id(&self, slot: u32) -> u32 {
        at(&self.ids, slot)
    }

    /// Rows of all nodes by slot, and more that mean nothing.
    pub(crate) fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// What was read, for the inner loops.
    pub(crate) const fn read(&self) -> &Rows {
        &self.read
    }

    /// Entries in the row of a node; the greatest number while that is not known.
    #[inline(never)]
    pub(crate) fn len(&self, slot: u32) -> u32 {
        let [_, len] = *self.read.place(slot);
        len
    }

    /// What is missing of a node.
    #[inline(never)]
    pub(crate) fn missing(&self, slot: u32) -> Need {
        match *self.read.place(slot) {
            [NONE, NONE] => Need::Lengths,
            [NONE, _] => Need::Rows,
            _ => Need::Nothing,
        }
    }

    /// Numbers of the neighbours of a node, and the entries; empty while its row is not read.
    #[inline(never)]
    pub(crate) fn arcs(&self, slot: u32) -> (&[u32], &[f64]) {
        self.read.arcs(self.read.place(slot))
    }

    /// The slack of a row that was read.
    pub(crate) fn slack(&self, slot: u32) -> Slack {
        let [diagonal, others, ..] = *self.read.facts(slot);
        Slack::of(diagonal, others, self.len(slot))
    }

    /// Room for `more` nodes.
    #[inline(never)]
    pub(crate) fn room(&mut self, more: usize) -> Result<(), Refusal> {
        self.map.room(&mut self.ids, self.count, more)?;
        let wanted = (self.count as usize).saturating_add(more);
        if wanted > self.ids.len() {
            // Powers of two: blocks of few sizes, which the next job finds free again.
            let len = wanted.next_power_of_two().max(256);
            extend(&mut self.ids, NONE, len)?;
            extend(&mut self.read.places, NONE, len.saturating_mul(2))?;
            extend(&mut self.read.facts, 0.0, len.saturating_mul(4))?;
        }
        Ok(())
    }

    /// The number of a row, given when it is first met; there is [`Local::room`].
    #[inline(never)]
    pub(crate) fn slot(&mut self, id: u32) -> u32 {
        let mut out = [NONE];
        self.count = self.map.number(&[id], &mut self.ids, self.count, &mut out);
        let [slot] = out;
        slot
    }

    /// Neighbours and weights of a row that was read; empty for any other.
    pub fn neighbours(&self, id: u32) -> impl Iterator<Item = (u32, f64)> {
        let (slots, values) = self.arcs(self.find(id));
        slots.iter().zip(values).map(|(slot, value)| (self.id(*slot), *value))
    }

    /// Wants rows by id that are not there yet: lengths first.
    pub fn ask_for(&mut self, ids: &[u32], most: usize) -> Result<Need, Refusal> {
        self.clear_wanted();
        self.room(ids.len())?;
        for id in ids {
            let slot = self.slot(*id);
            self.want(slot)?;
            if self.wanted.len() >= most {
                break;
            }
        }
        Ok(self.need)
    }

    /// The number of a row that was met, or [`NONE`].
    pub(crate) fn find(&self, id: u32) -> u32 {
        self.map.find(id)
    }

    /// Forgets what was wanted.
    pub(crate) fn clear_wanted(&mut self) {
        self.wanted.clear();
        self.need = Need::Nothing;
    }

    /// Wants what is missing of a node, if it is what is wanted of others too.
    #[inline(never)]
    pub(crate) fn want(&mut self, slot: u32) -> Result<(), Refusal> {
        let missing = self.missing(slot);
        if self.need == Need::Nothing {
            self.need = missing;
        }
        if missing == Need::Nothing || missing != self.need {
            return Ok(());
        }
        push(&mut self.wanted, at(&self.ids, slot))
    }

    /// Wants what is missing along the queue, at most so many rows: first all lengths, then all rows that the
    /// lengths leave above `epsilon` times the weight.
    #[inline(never)]
    pub(crate) fn ask_along(&mut self, front: &mut Front, most: u64, epsilon: f64) -> Result<(), Refusal> {
        let most = most.min(ROWS_PER_ASK as u64) as usize;
        let mut asked = front.asked;
        for (turn, need) in asked.iter_mut().zip([Need::Lengths, Need::Rows]) {
            while *turn < front.queued && self.wanted.len() < most {
                let slot = at(&front.queue, *turn);
                *turn += 1;
                if self.missing(slot) == need
                    && self.len(slot) > 0
                    && front.amount(slot).abs() >= epsilon * front.weight(slot)
                {
                    self.want(slot)?;
                }
            }
            if self.need != Need::Nothing {
                front.asked = asked;
                return Ok(());
            }
        }
        front.asked = [0; 2];
        Ok(())
    }

    /// First entry and length of a row that was asked for, if they are known.
    #[must_use]
    pub fn place(&self, id: u32) -> Option<(u64, u32)> {
        let slot = self.find(id);
        let ([_, len], [.., first]) = (*self.read.place(slot), *self.read.facts(slot));
        (len != NONE).then_some((first as u64, len))
    }

    /// Takes the place of a row in the matrix: its first entry and its length.
    pub fn take_length(&mut self, id: u32, first: u64, len: u32) -> Result<(), Refusal> {
        self.room(1)?;
        let slot = self.slot(id);
        put(self.read.places.as_chunks_mut().0, slot, [NONE, len]);
        put(self.read.facts.as_chunks_mut().0, slot, [0.0, 0.0, 0.0, first as f64]);
        Ok(())
    }

    /// Takes a row, whose place is known, with its element of the right-hand side. Everything wrong with it
    /// is refused.
    pub fn take_row(&mut self, id: u32, b: f64, columns: &[u32], values: &[f64]) -> Result<(), Refusal> {
        self.room(columns.len().saturating_add(1))?;
        let slot = self.slot(id);
        let Self { read, .. } = self;
        let ([is_read, place], [.., first]) = (*read.place(slot), *read.facts(slot));
        if is_read != NONE {
            return Ok(());
        }
        let (from, len) = (read.arcs.len(), columns.len());
        if place as usize != len || values.len() != len {
            return Err(Why::Offsets.row(id));
        }
        let row = look(id, self.rows, columns, values);
        for (good, why) in [(row.ordered, Why::Column), (row.finite, Why::Value)] {
            if (good as usize) < len {
                return Err(why.pair(id, first as u64 + u64::from(good)));
            }
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
        if end > read.arcs.capacity() {
            let more = end.next_power_of_two().max(256) - from;
            reserve(&mut read.arcs, more)?;
            reserve(&mut read.values, more)?;
        }
        extend(&mut read.arcs, NONE, end)?;
        append(&mut read.values, values);
        let out = read.arcs.get_mut(from..).unwrap_or_default();
        self.count = self.map.number(columns, &mut self.ids, self.count, out);
        put(read.places.as_chunks_mut().0, slot, [from as u32, place]);
        put(read.facts.as_chunks_mut().0, slot, [row.diagonal, row.others, b, first]);
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
