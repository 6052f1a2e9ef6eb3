//! Results: which columns there are, and the JSON summary.

use super::Op;
use crate::columns::{Column, Values};
use crate::request::Operation;
use crate::source::Source;
use crate::text::Text;

/// Where the values of a column are.
#[derive(Clone, Copy)]
enum Place {
    Query,
    Id,
    Value,
    /// A number of `stats`, in its list of counts.
    Count(u8),
    /// One of its norms.
    Norm(u8),
}

type Names = &'static [(&'static str, Place)];

const PAIRS: Names = &[("query", Place::Query), ("id", Place::Id), ("distance", Place::Value)];
const VECTORS: Names = &[("id", Place::Id), ("vector", Place::Value)];
const STATS: Names = &[
    ("count", Place::Count(0)),
    ("dimension", Place::Query),
    ("deleted", Place::Count(1)),
    ("zero", Place::Count(2)),
    ("skipped", Place::Count(3)),
    ("norm_min", Place::Norm(0)),
    ("norm_max", Place::Norm(1)),
    ("norm_mean", Place::Norm(2)),
];

impl Op {
    /// Column `number` of the operation's description, if there is one.
    #[inline(never)]
    pub(crate) fn column(&self, operation: Operation, source: &Source, number: usize) -> Option<Column<'_>> {
        let (names, width) = match operation {
            Operation::Knn | Operation::Distances => (PAIRS, 1),
            Operation::Normalize => (VECTORS, source.dimension),
            Operation::Stats => (STATS, 1),
        };
        let &(name, place) = names.get(number)?;
        let (is_norm, at) = match place {
            Place::Query => return Some(Column { name, width: 1, values: Values::U32(&self.query) }),
            Place::Value => {
                return Some(Column { name, width: width as u32, values: Values::F32(&self.value) });
            }
            Place::Id => return Some(Column { name, width: 1, values: Values::U64(&self.id) }),
            Place::Count(number) => (false, number),
            Place::Norm(number) => (true, number),
        };
        // One row, or none before the end.
        let rows = usize::from(at)..usize::from(at) + self.query.len();
        let values = if is_norm {
            Values::F64(self.norms.get(rows).unwrap_or_default())
        } else {
            Values::U64(self.id.get(rows).unwrap_or_default())
        };
        Some(Column { name, width: 1, values })
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
        if operation == Operation::Knn {
            out.push_field("excluded", excluded);
            out.push_field("k", k as u64);
        } else if let Some(asked) = asked {
            out.push_field("missing", asked.saturating_sub(vectors));
        }
        if self.queries > 0 {
            out.push(",\"metric\":\"");
            out.push(self.metric.name());
            out.push("\"");
            out.push_field("queries", self.queries as u64);
        }
        if operation == Operation::Stats {
            out.push_field("zero", self.zero);
        } else {
            out.push_field("rows", self.given);
        }
        out.push("}");
    }
}
