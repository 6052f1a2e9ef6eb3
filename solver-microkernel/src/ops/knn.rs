//! `knn`: the k nearest vectors of each query, exactly, in one pass (a second one only when many
//! rows that were among the nearest are superseded).

use super::pairs::{Pairs, Queries, overflow};
use super::{Context, Counts, Turn};
use crate::columns::Column;
use crate::fault::Result;
use crate::limits::{COLUMNS, FIRST_SLACK};
use crate::memory::reserve;
use crate::request::Request;
use crate::source::Facts;
use crate::text::Text;
use crate::topk::TopK;
use alloc::vec::Vec;

pub(crate) struct Knn {
    queries: Queries,
    tops: Vec<TopK>,
    slack: usize,
    /// The query whose turn it is.
    number: usize,
    counts: Counts,
    pairs: Pairs,
}

impl Knn {
    pub(super) const fn new() -> Self {
        Self {
            queries: Queries::new(),
            tops: Vec::new(),
            slack: FIRST_SLACK,
            number: 0,
            counts: Counts::ZERO,
            pairs: Pairs::new(),
        }
    }

    pub(super) fn prepare(&mut self, request: &Request, facts: Facts) -> Result<()> {
        self.queries.prepare(request, facts)?;
        reserve(&mut self.tops, self.queries.len())?;
        self.start(request);
        Ok(())
    }

    fn start(&mut self, request: &Request) {
        self.tops.clear();
        for _ in 0..self.queries.len() {
            self.tops.push(TopK::new(request.k.saturating_add(self.slack)));
        }
        self.counts = Counts::ZERO;
    }

    pub(super) fn take(&mut self, context: &Context<'_>) -> Result<Turn> {
        let Self { queries, tops, counts, number, .. } = self;
        let distances = queries.measure(context, *number)?;
        // What becomes of a row is the same for every query; it is counted once.
        let count = u64::from(*number == 0);
        let Some(top) = tops.get_mut(*number) else { return Ok(Turn::Next) };
        for ((_, id, elements), &distance) in context.chunk().rows().zip(distances) {
            if context.source.is_deleted(id) {
                counts.deleted += count;
                continue;
            }
            if context.request.excludes(id) {
                counts.excluded += count;
                continue;
            }
            top.arrive(id);
            if distance.is_finite() {
                counts.vectors += count;
                top.offer(distance, id)?;
            } else if solver_kernels::is_finite(elements) {
                return Err(overflow(id));
            } else {
                counts.skipped += count;
            }
        }
        *number += 1;
        if *number < queries.len() {
            return Ok(Turn::Again);
        }
        *number = 0;
        Ok(Turn::Next)
    }

    pub(super) fn again(&mut self, request: &Request) -> bool {
        let most = self.tops.iter().map(TopK::removals).max().unwrap_or_default();
        if most <= self.slack {
            self.counts.superseded = self.tops.iter().map(|top| top.removals() as u64).sum();
            return false;
        }
        self.slack = most.saturating_mul(2);
        self.start(request);
        true
    }

    /// Sorts the rows of one query.
    pub(super) fn finish(&mut self, request: &Request) -> Result<bool> {
        if self.number == 0 {
            let rows = self.tops.iter().map(|top| top.len().min(request.k)).fold(0, usize::saturating_add);
            self.pairs.reserve(rows)?;
        }
        let number = self.number;
        if let Some(top) = self.tops.get_mut(number) {
            let mut result = Ok(());
            top.take(request.k, |distance, id| {
                if result.is_ok() {
                    result = self.pairs.push(number, id, distance);
                }
            });
            result?;
            self.number += 1;
        }
        Ok(self.number >= self.tops.len())
    }

    pub(super) fn columns(&self) -> [Option<Column<'_>>; COLUMNS] {
        self.pairs.columns()
    }

    pub(super) fn summarize(&self, request: &Request, facts: Facts, out: &mut Text) {
        self.counts.summarize(facts, out);
        out.push_field("excluded", self.counts.excluded);
        out.push_word("metric", self.queries.metric.name());
        out.push_field("queries", self.queries.len() as u64);
        out.push_field("k", request.k as u64);
        out.push_field("rows", self.pairs.len() as u64);
    }
}
