//! `stats`: how many vectors, and how long they are.

use super::{Context, Counts};
use crate::columns::{Column, Values};
use crate::limits::COLUMNS;
use crate::source::Facts;
use crate::text::Text;

pub(crate) struct Stats {
    counts: Counts,
    zero: u64,
    sum: f64,
    min: f64,
    max: f64,
    row: Option<Row>,
}

/// The one row of the result, where columns can point to.
struct Row {
    counts: [u64; 4],
    dimension: u32,
    norms: [f64; 3],
}

impl Stats {
    pub(super) const fn new() -> Self {
        Self { counts: Counts::ZERO, zero: 0, sum: 0.0, min: f64::INFINITY, max: 0.0, row: None }
    }

    pub(super) fn take(&mut self, context: &Context<'_>) {
        for (row, id, vector) in context.chunk().rows() {
            if context.source.is_deleted(id) {
                self.counts.deleted += 1;
            } else if context.live.is_superseded(id, row) {
                self.counts.superseded += 1;
            } else {
                let norm = solver_kernels::norm_f64(vector);
                if !norm.is_finite() {
                    self.counts.skipped += 1;
                    continue;
                }
                self.counts.vectors += 1;
                self.zero += u64::from(norm == 0.0);
                self.sum += norm;
                if norm < self.min {
                    self.min = norm;
                }
                if norm > self.max {
                    self.max = norm;
                }
            }
        }
    }

    pub(super) fn finish(&mut self, facts: Facts) {
        let Counts { vectors, deleted, skipped, .. } = self.counts;
        let norms = if vectors == 0 { [0.0; 3] } else { [self.min, self.max, self.sum / vectors as f64] };
        let dimension = facts.dimension.into();
        self.row = Some(Row { counts: [vectors, deleted, self.zero, skipped], dimension, norms });
    }

    pub(super) fn columns(&self) -> [Option<Column<'_>>; COLUMNS] {
        use core::slice::from_ref;
        let Some(row) = &self.row else { return [None; COLUMNS] };
        let [count, deleted, zero, skipped] = &row.counts;
        let [min, max, mean] = &row.norms;
        [
            Some(Column::new("count", Values::U64(from_ref(count)))),
            Some(Column::new("dimension", Values::U32(from_ref(&row.dimension)))),
            Some(Column::new("deleted", Values::U64(from_ref(deleted)))),
            Some(Column::new("zero", Values::U64(from_ref(zero)))),
            Some(Column::new("skipped", Values::U64(from_ref(skipped)))),
            Some(Column::new("norm_min", Values::F64(from_ref(min)))),
            Some(Column::new("norm_max", Values::F64(from_ref(max)))),
            Some(Column::new("norm_mean", Values::F64(from_ref(mean)))),
        ]
    }

    pub(super) fn summarize(&self, facts: Facts, out: &mut Text) {
        self.counts.summarize(facts, out);
        out.push_field("zero", self.zero);
    }
}
