//! The operations: each takes rows as they come and leaves columns.

mod distances;
mod knn;
mod normalize;
mod pairs;
mod stats;

pub(crate) use distances::Distances;
pub(crate) use knn::Knn;
pub(crate) use normalize::Normalize;
pub(crate) use stats::Stats;

use crate::columns::Column;
use crate::fault::Result;
use crate::limits::COLUMNS;
use crate::live::Live;
use crate::request::{Operation, Request};
use crate::source::{Chunk, Facts, Source};
use crate::text::Text;

/// What an operation may look at while it takes rows.
pub(crate) struct Context<'a> {
    pub(crate) request: &'a Request,
    pub(crate) source: &'a Source,
    pub(crate) live: &'a Live,
}

impl<'a> Context<'a> {
    pub(crate) const fn facts(&self) -> Facts {
        self.source.facts()
    }

    pub(crate) fn chunk(&self) -> Chunk<'a> {
        self.source.chunk()
    }
}

/// What became of the rows.
#[derive(Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) vectors: u64,
    pub(crate) deleted: u64,
    pub(crate) skipped: u64,
    pub(crate) superseded: u64,
    pub(crate) excluded: u64,
}

impl Counts {
    pub(crate) const ZERO: Self = Self { vectors: 0, deleted: 0, skipped: 0, superseded: 0, excluded: 0 };

    /// Appends the counts to a summary.
    pub(crate) fn summarize(&self, facts: Facts, out: &mut Text) {
        out.push_field("vectors", self.vectors);
        out.push_field("dimension", facts.dimension.into());
        out.push_field("deleted", self.deleted);
        out.push_field("skipped", self.skipped);
        out.push_field("superseded", self.superseded);
    }
}

/// What an operation came to after a look at the rows in the buffer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It is to look at the same rows again, for the next query.
    Again,
    /// It is through with these rows.
    Next,
}

/// An operation under way; each variant has the same methods.
pub(crate) enum Op {
    Knn(Knn),
    Distances(Distances),
    Normalize(Normalize),
    Stats(Stats),
}

impl Op {
    pub(crate) fn new(operation: Operation) -> Self {
        match operation {
            Operation::Knn => Self::Knn(Knn::new()),
            Operation::Distances => Self::Distances(Distances::new()),
            Operation::Normalize => Self::Normalize(Normalize::new()),
            Operation::Stats => Self::Stats(Stats::new()),
        }
    }

    /// True when superseded rows must be known before the rows are taken.
    pub(crate) const fn needs_live(&self) -> bool {
        !matches!(self, Self::Knn(_))
    }

    /// Once the file's facts are known: checks shapes, makes room.
    pub(crate) fn prepare(&mut self, request: &Request, facts: Facts) -> Result<()> {
        match self {
            Self::Knn(op) => op.prepare(request, facts),
            Self::Distances(op) => op.prepare(request, facts),
            Self::Normalize(op) => {
                op.prepare(facts);
                Ok(())
            }
            Self::Stats(_) => Ok(()),
        }
    }

    /// Looks at the rows in the buffer once.
    pub(crate) fn take(&mut self, context: &Context<'_>) -> Result<Turn> {
        match self {
            Self::Knn(op) => op.take(context),
            Self::Distances(op) => op.take(context),
            Self::Normalize(op) => op.take(context),
            Self::Stats(op) => {
                op.take(context);
                Ok(Turn::Next)
            }
        }
    }

    /// True when the columns hold a part of the result that is not in the next part.
    pub(crate) fn has_part(&self) -> bool {
        match self {
            Self::Distances(op) => op.has_part(),
            Self::Normalize(op) => op.has_part(),
            Self::Knn(_) | Self::Stats(_) => false,
        }
    }

    /// Drops the part in the columns.
    pub(crate) fn drop_part(&mut self) {
        match self {
            Self::Distances(op) => op.drop_part(),
            Self::Normalize(op) => op.drop_part(),
            Self::Knn(_) | Self::Stats(_) => {}
        }
    }

    /// After the last row: true when all rows must be taken once more.
    pub(crate) fn again(&mut self, request: &Request) -> bool {
        if let Self::Knn(op) = self { op.again(request) } else { false }
    }

    /// After the last row, one piece of the work that is left; true when there is none.
    pub(crate) fn finish(&mut self, request: &Request, facts: Facts) -> Result<bool> {
        match self {
            Self::Knn(op) => op.finish(request),
            Self::Stats(op) => {
                op.finish(facts);
                Ok(true)
            }
            Self::Distances(_) | Self::Normalize(_) => Ok(true),
        }
    }

    /// The columns, in the order of the description.
    pub(crate) fn columns(&self) -> [Option<Column<'_>>; COLUMNS] {
        match self {
            Self::Knn(op) => op.columns(),
            Self::Distances(op) => op.columns(),
            Self::Normalize(op) => op.columns(),
            Self::Stats(op) => op.columns(),
        }
    }

    /// Writes the JSON summary.
    pub(crate) fn summarize(&self, request: &Request, facts: Facts, out: &mut Text) {
        out.clear();
        out.push("{\"op\":\"");
        out.push(request.operation.name());
        out.push("\"");
        match self {
            Self::Knn(op) => op.summarize(request, facts, out),
            Self::Distances(op) => op.summarize(request, facts, out),
            Self::Normalize(op) => op.summarize(facts, out),
            Self::Stats(op) => op.summarize(facts, out),
        }
        out.push("}");
    }
}
