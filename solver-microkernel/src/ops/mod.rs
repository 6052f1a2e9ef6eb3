//! The operations over vectors. All take rows as they come; what becomes of a row is decided at one
//! place, and only what is done with a row that counts differs.

mod rows;
mod table;

use crate::limits::FIRST_SLACK;
use crate::lists::{put, reserve};
use crate::report::{Report, Result};
use crate::request::{Operation, Request};
use crate::sentence::Sentence;
use crate::source::Source;
use crate::topk::TopK;
use solver_lists::Vec;

/// What became of a row; an index of the counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Used.
    Vector,
    /// In the manifest's deleted list.
    Deleted,
    /// Holds a NaN or an infinity.
    Skipped,
    /// Comes again later in the file.
    Superseded,
    /// Not asked for.
    Excluded,
}

/// The lists that columns show: numbers of queries (in `stats`, the dimension), ids (counts), values.
struct Columns {
    query: Vec<u32>,
    id: Vec<u64>,
    value: Vec<f32>,
}
solver_lists::blank!(Columns { query, id, value });

impl Columns {
    /// Room for `rows` more rows of query, id, distance.
    fn make_room(&mut self, rows: usize, report: &mut Report) -> Result<()> {
        reserve(&mut self.query, rows, report)?;
        reserve(&mut self.id, rows, report)?;
        reserve(&mut self.value, rows, report)
    }

    /// A row of query, id, distance; there is room.
    #[inline(never)]
    fn give(&mut self, query: usize, id: u64, distance: f32) {
        put(&mut self.query, query as u32);
        put(&mut self.id, id);
        put(&mut self.value, distance);
    }

    /// Drops the rows.
    fn clear(&mut self) {
        self.query.clear();
        self.id.clear();
        self.value.clear();
    }
}

/// An operation under way: its counts and its columns.
pub(crate) struct Op {
    /// Its number.
    metric: u8,
    queries: usize,
    /// The query whose turn it is.
    number: usize,
    /// By [`Fate`].
    counts: [u64; 5],
    /// Rows given out.
    given: u64,
    /// Rows of the result of `knn`.
    rows: usize,
    tops: TopK,
    slack: usize,
    columns: Columns,
    /// Vectors of zeros; least, greatest and sum of the norms.
    zero: u64,
    norms: [f64; 3],
}
solver_lists::blank!(Op { metric, queries, number, counts, given, rows, tops, slack, columns, zero, norms });

impl Op {
    /// Once the file's facts are known: checks shapes, makes room. Returns true when superseded
    /// rows must be known before rows are taken.
    #[inline(never)]
    pub(crate) fn prepare(
        &mut self,
        request: &Request,
        source: &Source,
        report: &mut Report,
    ) -> Result<bool> {
        self.metric = request.metric(source.metric).to_byte();
        self.slack = FIRST_SLACK;
        self.norms = [f64::INFINITY, 0.0, 0.0];
        if matches!(request.operation.built(), Operation::Knn | Operation::Distances) {
            self.queries = request.queries(source.dimension, report)?;
        }
        if request.operation.built() != Operation::Knn {
            return Ok(true);
        }
        self.start(request, source, report)?;
        Ok(false)
    }

    /// Starts `knn` over with the slack there is.
    fn start(&mut self, request: &Request, source: &Source, report: &mut Report) -> Result<()> {
        self.counts = [0; 5];
        let capacity = request.k.saturating_add(self.slack).min(source.most_rows);
        self.tops.start(self.queries, capacity, report)
    }

    /// After the last row: true when all rows must be taken once more.
    #[inline(never)]
    pub(crate) fn again(&mut self, request: &Request, source: &Source, report: &mut Report) -> Result<bool> {
        if request.operation.built() != Operation::Knn {
            return Ok(false);
        }
        let (mut most, mut sum, mut rows) = (0, 0, 0);
        for number in 0..self.queries {
            let top = self.tops.query(number);
            most = most.max(top.removals());
            sum += top.removals();
            rows += top.len().min(request.k);
        }
        if most > self.slack as u64 {
            self.slack = most as usize * 2;
            self.start(request, source, report)?;
            return Ok(true);
        }
        if let Some(count) = self.counts.get_mut(Fate::Superseded as usize) {
            *count = sum;
        }
        self.rows = rows;
        Ok(false)
    }

    /// After the last row, one piece of the work that is left; true when there is none.
    #[inline(never)]
    pub(crate) fn finish(&mut self, request: &Request, source: &Source, report: &mut Report) -> Result<bool> {
        match request.operation.built() {
            Operation::Knn => {
                let number = self.number;
                if number == 0 {
                    self.columns.make_room(self.rows, report)?;
                }
                let mut top = self.tops.query(number);
                let rows = top.len().min(request.k);
                top.sort();
                for at in 0..rows {
                    let (distance, id) = self.tops.query(number).row(at);
                    self.columns.give(number, id, distance);
                }
                self.given += rows as u64;
                self.number += 1;
                return Ok(self.number >= self.queries);
            }
            Operation::Stats => {
                self.columns.make_room(4, report)?;
                let [vectors, deleted, skipped, ..] = self.counts;
                for count in [vectors, deleted, self.zero, skipped] {
                    self.columns.give(source.dimension, count, 0.0);
                }
                let [least, greatest, sum] = self.norms;
                self.norms = if vectors == 0 { [0.0; 3] } else { [least, greatest, sum / vectors as f64] };
            }
            _ => {}
        }
        Ok(true)
    }

    /// True when the columns hold a part of the result that is not in the next part.
    pub(crate) fn has_part(&self) -> bool {
        !self.columns.id.is_empty()
    }

    /// Drops the part in the columns.
    pub(crate) fn drop_part(&mut self) {
        self.columns.clear();
    }
}

/// A distance of a row without NaN or infinity is not finite: it has no f32.
#[cold]
fn overflow(id: u64, report: &mut Report) -> crate::report::Failed {
    report.fail(Sentence::Distance, id, 0)
}
