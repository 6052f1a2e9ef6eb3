//! What `knn` and `distances` share: queries, a block of distances, and the table of pairs.

use super::Context;
use crate::columns::{Column, Values};
use crate::fault::{Fault, Result, Status};
use crate::limits::COLUMNS;
use crate::memory::{push, reserve};
use crate::request::Request;
use crate::source::Facts;
use alloc::vec::Vec;
use rvf_format::Metric;

/// The queries of a request, and the distances of one of them to the rows in the buffer.
pub(super) struct Queries {
    pub(super) metric: Metric,
    square_sums: Vec<f32>,
    distances: Vec<f32>,
}

impl Queries {
    pub(super) const fn new() -> Self {
        Self { metric: Metric::L2, square_sums: Vec::new(), distances: Vec::new() }
    }

    pub(super) const fn len(&self) -> usize {
        self.square_sums.len()
    }

    pub(super) fn prepare(&mut self, request: &Request, facts: Facts) -> Result<()> {
        self.metric = facts.metric_or(request.metric);
        let queries = request.queries(facts.dimension)?;
        reserve(&mut self.square_sums, queries)?;
        for number in 0..queries {
            self.square_sums.push(solver_kernels::square_sum(request.query(number, facts.dimension)));
        }
        Ok(())
    }

    /// Computes the distances from query `number` to all rows in the buffer.
    pub(super) fn measure(&mut self, context: &Context<'_>, number: usize) -> Result<&[f32]> {
        let chunk = context.chunk();
        let rows = chunk.len();
        if self.distances.len() < rows {
            let more = rows - self.distances.len();
            reserve(&mut self.distances, more)?;
            self.distances.resize(rows, 0.0);
        }
        let out = self.distances.get_mut(..rows).unwrap_or_default();
        let query = context.request.query(number, context.facts().dimension);
        let sum = self.square_sums.get(number).copied().unwrap_or_default();
        let metric = match self.metric {
            Metric::L2 => solver_kernels::Metric::L2,
            Metric::InnerProduct => solver_kernels::Metric::InnerProduct,
            Metric::Cosine => solver_kernels::Metric::Cosine,
        };
        solver_kernels::distances(metric, query, sum, chunk.bytes, chunk.stride, out);
        Ok(out)
    }
}

/// A distance of a row without NaN or infinity is not finite: it has no f32.
#[cold]
pub(super) fn overflow(id: u64) -> Fault {
    let words = "the distance to vector # is too large for a 32-bit float; scale the vectors down";
    Fault::new(Status::Number, words, [id, 0])
}

/// Rows of query, id, distance.
pub(super) struct Pairs {
    query: Vec<u32>,
    id: Vec<u64>,
    distance: Vec<f32>,
}

impl Pairs {
    pub(super) const fn new() -> Self {
        Self { query: Vec::new(), id: Vec::new(), distance: Vec::new() }
    }

    pub(super) fn reserve(&mut self, rows: usize) -> Result<()> {
        reserve(&mut self.query, rows)?;
        reserve(&mut self.id, rows)?;
        reserve(&mut self.distance, rows)
    }

    pub(super) fn push(&mut self, query: usize, id: u64, distance: f32) -> Result<()> {
        push(&mut self.query, query as u32)?;
        push(&mut self.id, id)?;
        push(&mut self.distance, distance)
    }

    pub(super) fn clear(&mut self) {
        self.query.clear();
        self.id.clear();
        self.distance.clear();
    }

    pub(super) const fn len(&self) -> usize {
        self.id.len()
    }

    pub(super) fn columns(&self) -> [Option<Column<'_>>; COLUMNS] {
        let mut columns = [None; COLUMNS];
        let three = [
            Column::new("query", Values::U32(&self.query)),
            Column::new("id", Values::U64(&self.id)),
            Column::new("distance", Values::F32(&self.distance)),
        ];
        columns.iter_mut().zip(three).for_each(|(to, column)| *to = Some(column));
        columns
    }
}
