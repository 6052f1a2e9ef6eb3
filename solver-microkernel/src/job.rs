//! A job: one request run over the file, in pieces that end when bytes or budget are wanted.

use crate::directory::Directory;
use crate::fault::Status;
use crate::live::Live;
use crate::ops::Op;
use crate::report::{Report, Result};
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
solver_lists::blank!(enum Phase = Prelude);

pub(crate) struct Job {
    pub(crate) request: Request,
    pub(crate) source: Source,
    pub(crate) op: Op,
    live: Live,
    phase: Phase,
}
solver_lists::blank!(Job { request, source, op, live, phase });

impl Job {
    /// Goes on until something is wanted, a part of the result is there or `budget` units are
    /// used up (0 = no bound). A unit is a KiB, rounded up for every block.
    #[inline(never)]
    pub(crate) fn step(
        &mut self,
        directory: &mut Directory,
        budget: u32,
        report: &mut Report,
    ) -> Result<Status> {
        let mut used = 0;
        if !matches!(self.phase, Phase::Finish | Phase::Done) {
            self.op.drop_part();
        }
        loop {
            let Self { request, source, op, live, phase } = self;
            match phase {
                Phase::Done => return Ok(Status::Done),
                Phase::Finish => {
                    if budget != 0 && used >= budget as usize {
                        return Ok(Status::Budget);
                    }
                    used += 1;
                    if op.finish(request, source, report)? {
                        *phase = Phase::Done;
                        op.summarize(request.operation, request.k, request.asked(), source, &mut report.text);
                    }
                    continue;
                }
                _ => {}
            }
            match source.advance(directory, report)? {
                Flow::Reads => return Ok(Status::Reads),
                Flow::Chunk if budget != 0 && used >= budget as usize => return Ok(Status::Budget),
                Flow::Chunk if cfg!(feature = "rows") && *phase == Phase::Ids => {
                    let chunk = source.chunk();
                    used += chunk.bytes.len().div_ceil(1024);
                    live.feed(&chunk);
                    source.release();
                }
                Flow::Chunk => {
                    used += source.chunk_bytes().div_ceil(1024);
                    if !op.take(request, source, live, report)? {
                        source.release();
                    }
                    if cfg!(feature = "rows") && op.has_part() {
                        return Ok(Status::Rows);
                    }
                }
                Flow::End => {
                    let ids_only = match phase {
                        Phase::Prelude => op.prepare(request, source, report)?,
                        Phase::Ids if cfg!(feature = "rows") => live.next_pass(report)?,
                        _ if op.again(request, source, report)? => false,
                        _ => {
                            source.close();
                            *phase = Phase::Finish;
                            continue;
                        }
                    };
                    *phase = if ids_only { Phase::Ids } else { Phase::Rows };
                    source.rewind(ids_only, report)?;
                }
            }
        }
    }
}
