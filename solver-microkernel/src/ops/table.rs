//! Results: which columns there are, and the JSON summary.

use super::Op;
use crate::columns::{Column, Values};
use crate::request::Operation;
use crate::source::Source;
use crate::text::Text;
use rvf_format::Metric;

/// Where the values of a column are.
#[derive(Clone, Copy)]
enum Place {
    Query,
    Id,
    Value,
    Norm,
}
use Place::{Id, Norm, Query, Value};

/// The whole of a list; otherwise the one value at an index.
const ALL: u8 = 255;

type Names = &'static [(&'static str, Place, u8)];

const PAIRS: Names = &[("query", Query, ALL), ("id", Id, ALL), ("distance", Value, ALL)];
const VECTORS: Names = &[("id", Id, ALL), ("vector", Value, ALL)];
const STATS: Names = &[
    ("count", Id, 0),
    ("dimension", Query, 0),
    ("deleted", Id, 1),
    ("zero", Id, 2),
    ("skipped", Id, 3),
    ("norm_min", Norm, 0),
    ("norm_max", Norm, 1),
    ("norm_mean", Norm, 2),
];

impl Op {
    /// Column `number` of the operation's description, if there is one.
    #[inline(never)]
    pub(crate) fn column(&self, operation: Operation, source: &Source, number: usize) -> Option<Column<'_>> {
        let (names, of_vectors) = match operation.built() {
            Operation::Knn | Operation::Distances => (PAIRS, 1),
            Operation::Normalize => (VECTORS, source.dimension as u32),
            Operation::Stats => (STATS, 1),
        };
        let &(name, place, at) = names.get(number)?;
        let (at, mut width) = (usize::from(at), 1);
        // One row, or none before the end.
        let (from, to) =
            if at == usize::from(ALL) { (0, usize::MAX) } else { (at, at + self.columns.id.len().min(1)) };
        let values = match place {
            Query => Values::U32(part(&self.columns.query, from, to)),
            Id => Values::U64(part(&self.columns.id, from, to)),
            Value => {
                width = of_vectors;
                Values::F32(&self.columns.value)
            }
            Norm => Values::F64(part(&self.norms, from, to)),
        };
        Some(Column { name, width, values })
    }

    /// Writes the JSON summary; `asked` is the number of ids asked for.
    #[inline(never)]
    pub(crate) fn summarize(
        &self,
        operation: Operation,
        k: usize,
        asked: Option<u64>,
        source: &Source,
        out: &mut Text,
    ) {
        out.clear();
        out.push("{\"op\":\"");
        out.push(operation.name());
        out.push("\"");
        let [vectors, deleted, skipped, superseded, excluded] = self.counts;
        out.push_field("vectors", vectors);
        out.push_field("dimension", source.dimension as u64);
        out.push_field("deleted", deleted);
        out.push_field("skipped", skipped);
        out.push_field("superseded", superseded);
        if operation.built() == Operation::Knn {
            out.push_field("excluded", excluded);
            out.push_field("k", k as u64);
        } else if let Some(asked) = asked {
            out.push_field("missing", asked.saturating_sub(vectors));
        }
        if self.queries > 0 {
            out.push(",\"metric\":\"");
            out.push(Metric::from_byte(self.metric).name());
            out.push("\"");
            out.push_field("queries", self.queries as u64);
        }
        if operation.built() == Operation::Stats {
            out.push_field("zero", self.zero);
        } else {
            out.push_field("rows", self.given);
        }
        out.push("}");
    }
}

fn part<T>(all: &[T], from: usize, to: usize) -> &[T] {
    all.get(from..to.min(all.len())).unwrap_or_default()
}
