//! `distances`: from each query to every vector, in parts.

use super::pairs::{Pairs, Queries, overflow};
use super::{Context, Counts, Turn};
use crate::columns::Column;
use crate::fault::Result;
use crate::limits::COLUMNS;
use crate::request::Request;
use crate::source::Facts;
use crate::text::Text;

pub(crate) struct Distances {
    queries: Queries,
    number: usize,
    counts: Counts,
    rows: u64,
    pairs: Pairs,
}

impl Distances {
    pub(super) const fn new() -> Self {
        let counts = Counts::ZERO;
        Self { queries: Queries::new(), number: 0, counts, rows: 0, pairs: Pairs::new() }
    }

    pub(super) fn prepare(&mut self, request: &Request, facts: Facts) -> Result<()> {
        self.queries.prepare(request, facts)
    }

    pub(super) fn take(&mut self, context: &Context<'_>) -> Result<Turn> {
        let Self { queries, number, counts, pairs, .. } = self;
        let distances = queries.measure(context, *number)?;
        let count = u64::from(*number == 0);
        for ((row, id, elements), &distance) in context.chunk().rows().zip(distances) {
            if context.source.is_deleted(id) {
                counts.deleted += count;
            } else if context.live.is_superseded(id, row) {
                counts.superseded += count;
            } else if !context.request.wants(id) {
                counts.excluded += count;
            } else if distance.is_finite() {
                counts.vectors += count;
                pairs.push(*number, id, distance)?;
            } else if solver_kernels::is_finite(elements) {
                return Err(overflow(id));
            } else {
                counts.skipped += count;
            }
        }
        self.rows += pairs.len() as u64;
        *number += 1;
        if *number < queries.len() {
            return Ok(Turn::Again);
        }
        *number = 0;
        Ok(Turn::Next)
    }

    pub(super) const fn has_part(&self) -> bool {
        self.pairs.len() > 0
    }

    pub(super) fn drop_part(&mut self) {
        self.pairs.clear();
    }

    pub(super) fn columns(&self) -> [Option<Column<'_>>; COLUMNS] {
        self.pairs.columns()
    }

    pub(super) fn summarize(&self, request: &Request, facts: Facts, out: &mut Text) {
        self.counts.summarize(facts, out);
        out.push_word("metric", self.queries.metric.name());
        out.push_field("queries", self.queries.len() as u64);
        if let Some(ids) = &request.ids {
            out.push_field("missing", (ids.len() as u64).saturating_sub(self.counts.vectors));
        }
        out.push_field("rows", self.rows);
    }
}
