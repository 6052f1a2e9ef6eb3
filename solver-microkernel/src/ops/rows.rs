//! The pass over rows.

use super::{Fate, Op, overflow};
use crate::lists::{put, reserve};
use crate::live::Live;
use crate::measure::{Query, is_finite, norm_f64, normalize};
use crate::report::{Report, Result};
use crate::request::{Operation, Request};
use crate::source::Source;
use rvf_format::Metric;
use solver_lists::extend;

impl Op {
    /// Looks at the rows in the buffer once; true when it is to look at the same rows again, for
    /// the next query.
    #[inline(never)]
    pub(crate) fn take(
        &mut self,
        request: &Request,
        source: &Source,
        live: &Live,
        report: &mut Report,
    ) -> Result<bool> {
        let operation = request.operation.built();
        let query = Query::new(Metric::from_byte(self.metric), request.query(self.number, source.dimension));
        let rows = source.chunk_rows();
        match operation.built() {
            Operation::Distances => self.columns.make_room(rows, report)?,
            Operation::Normalize => {
                reserve(&mut self.columns.id, rows, report)?;
                reserve(&mut self.columns.value, rows * source.dimension, report)?;
            }
            _ => {}
        }
        // What becomes of a row is the same for every query; it is counted once.
        let count = u64::from(self.number == 0);
        let mut counts = [0; 5];
        let mut top = self.tops.query(self.number);
        for (row, id, elements) in source.chunk().rows() {
            let mut fate = Fate::Vector;
            if source.is_deleted(id) {
                fate = Fate::Deleted;
            } else if operation != Operation::Knn && live.is_superseded(id, row) {
                fate = Fate::Superseded;
            } else if request.excludes(id) {
                fate = Fate::Excluded;
            } else {
                let distance = match operation.built() {
                    Operation::Knn | Operation::Distances => query.distance(elements),
                    _ => 0.0,
                };
                if operation.built() == Operation::Knn {
                    top.arrive(id);
                }
                // A distance that is finite says the same of the row.
                if operation.built() == Operation::Normalize
                    || operation.built() == Operation::Stats
                    || !distance.is_finite()
                {
                    if !is_finite(elements) {
                        fate = Fate::Skipped;
                    } else if !distance.is_finite() {
                        return Err(overflow(id, report));
                    }
                }
                if fate == Fate::Vector {
                    match operation.built() {
                        Operation::Knn => top.offer(distance, id),
                        Operation::Distances => {
                            self.columns.give(self.number, id, distance);
                        }
                        Operation::Normalize => {
                            put(&mut self.columns.id, id);
                            let start = self.columns.value.len();
                            // There is room.
                            let _ = extend(&mut self.columns.value, 0.0, start + source.dimension);
                            normalize(elements, self.columns.value.get_mut(start..).unwrap_or_default());
                        }
                        Operation::Stats => {
                            let norm = norm_f64(elements);
                            let [least, greatest, sum] = &mut self.norms;
                            if norm < *least {
                                *least = norm;
                            }
                            if norm > *greatest {
                                *greatest = norm;
                            }
                            *sum += norm;
                            self.zero += u64::from(norm == 0.0);
                        }
                    }
                }
            }
            if let Some(n) = counts.get_mut(fate as usize) {
                *n += count;
            }
        }
        for (all, these) in self.counts.iter_mut().zip(counts) {
            *all += these;
        }
        self.given += self.columns.id.len() as u64;
        self.number += 1;
        if self.number < self.queries {
            return Ok(true);
        }
        self.number = 0;
        Ok(false)
    }
}
