//! `normalize`: every vector divided by its norm, in parts.

use super::{Context, Counts, Turn};
use crate::columns::{Column, Values};
use crate::fault::Result;
use crate::limits::COLUMNS;
use crate::memory::{push, reserve};
use crate::source::Facts;
use crate::text::Text;
use alloc::vec::Vec;

pub(crate) struct Normalize {
    dimension: u16,
    counts: Counts,
    ids: Vec<u64>,
    elements: Vec<f32>,
}

impl Normalize {
    pub(super) const fn new() -> Self {
        let counts = Counts::ZERO;
        Self { dimension: 0, counts, ids: Vec::new(), elements: Vec::new() }
    }

    pub(super) const fn prepare(&mut self, facts: Facts) {
        self.dimension = facts.dimension;
    }

    pub(super) fn take(&mut self, context: &Context<'_>) -> Result<Turn> {
        let Self { counts, ids, elements, dimension } = self;
        for (row, id, vector) in context.chunk().rows() {
            if context.source.is_deleted(id) {
                counts.deleted += 1;
            } else if context.live.is_superseded(id, row) {
                counts.superseded += 1;
            } else if !context.request.wants(id) {
                counts.excluded += 1;
            } else if solver_kernels::is_finite(vector) {
                counts.vectors += 1;
                push(ids, id)?;
                let (start, more) = (elements.len(), usize::from(*dimension));
                if elements.capacity() - start < more {
                    let all = context.chunk().len().max(1) * more;
                    reserve(elements, all)?;
                }
                elements.resize(start + more, 0.0);
                solver_kernels::normalize(vector, elements.get_mut(start..).unwrap_or_default());
            } else {
                counts.skipped += 1;
            }
        }
        Ok(Turn::Next)
    }

    pub(super) const fn has_part(&self) -> bool {
        !self.ids.is_empty()
    }

    pub(super) fn drop_part(&mut self) {
        self.ids.clear();
        self.elements.clear();
    }

    pub(super) fn columns(&self) -> [Option<Column<'_>>; COLUMNS] {
        let mut columns = [None; COLUMNS];
        let width = self.dimension.into();
        let two = [
            Column::new("id", Values::U64(&self.ids)),
            Column { name: "vector", width, values: Values::F32(&self.elements) },
        ];
        columns.iter_mut().zip(two).for_each(|(to, column)| *to = Some(column));
        columns
    }

    pub(super) fn summarize(&self, facts: Facts, out: &mut Text) {
        self.counts.summarize(facts, out);
        out.push_field("rows", self.counts.vectors);
    }
}
