//! A job: one request run over the file, in pieces that end when bytes or budget are wanted.

use crate::directory::Directory;
use crate::fault::{Result, Status};
use crate::live::Live;
use crate::ops::{Context, Op, Turn};
use crate::request::Request;
use crate::source::{Flow, Source};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Manifest and segment heads.
    Prelude,
    /// Passes over the ids alone.
    Ids,
    /// The pass over the rows.
    Rows,
    /// What is left after the last row.
    Finish,
    Done,
}

pub(crate) struct Job {
    pub(crate) request: Request,
    pub(crate) source: Source,
    pub(crate) op: Op,
    live: Live,
    phase: Phase,
}

/// The work of comparing `bytes` of vectors once.
const fn units(bytes: usize) -> u64 {
    bytes.div_ceil(1024) as u64
}

impl Job {
    pub(crate) fn new(request: Request) -> Self {
        let op = Op::new(request.operation);
        Self { request, source: Source::new(), op, live: Live::new(), phase: Phase::Prelude }
    }

    /// Goes on until something is wanted, a part of the result is there or `budget` units are
    /// used up (0 = no bound).
    pub(crate) fn step(&mut self, directory: &Directory, budget: u32) -> Result<Status> {
        self.op.drop_part();
        let mut used = 0;
        let spent = |used: u64| budget != 0 && used >= budget.into();
        loop {
            match self.phase {
                Phase::Prelude => {
                    if self.source.prelude(directory)? == Flow::Reads {
                        return Ok(Status::Reads);
                    }
                    self.op.prepare(&self.request, self.source.facts())?;
                    let ids_only = self.op.needs_live();
                    self.phase = if ids_only { Phase::Ids } else { Phase::Rows };
                    self.source.rewind(ids_only)?;
                }
                Phase::Ids => match self.source.advance()? {
                    Flow::Reads => return Ok(Status::Reads),
                    Flow::Chunk if spent(used) => return Ok(Status::Budget),
                    Flow::Chunk => {
                        let chunk = self.source.chunk();
                        used += units(chunk.bytes.len());
                        self.live.feed(&chunk);
                        self.source.release();
                    }
                    Flow::End => {
                        let again = self.live.next_pass()?;
                        self.phase = if again { Phase::Ids } else { Phase::Rows };
                        self.source.rewind(again)?;
                    }
                },
                Phase::Rows => match self.source.advance()? {
                    Flow::Reads => return Ok(Status::Reads),
                    Flow::Chunk if spent(used) => return Ok(Status::Budget),
                    Flow::Chunk => {
                        let rows = self.source.chunk().len();
                        used += units(rows * usize::from(self.source.facts().dimension) * 4);
                        let context =
                            Context { request: &self.request, source: &self.source, live: &self.live };
                        if self.op.take(&context)? == Turn::Next {
                            self.source.release();
                        }
                        if self.op.has_part() {
                            return Ok(Status::Rows);
                        }
                    }
                    Flow::End if self.op.again(&self.request) => self.source.rewind(false)?,
                    Flow::End => {
                        self.source.close();
                        self.phase = Phase::Finish;
                    }
                },
                Phase::Finish => {
                    if spent(used) {
                        return Ok(Status::Budget);
                    }
                    used += 1;
                    if self.op.finish(&self.request, self.source.facts())? {
                        self.phase = Phase::Done;
                    }
                }
                Phase::Done => return Ok(Status::Done),
            }
        }
    }
}
