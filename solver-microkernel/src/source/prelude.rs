//! What comes before the rows: the manifest's head, its deleted list, the head of every segment.

use super::{Facts, Flow, Source, State, Vectors};
use crate::directory::{Directory, Segment};
use crate::fault::{Fault, Result, Status};
use crate::limits::{HEAD_BYTES, READS_PER_STEP};
use crate::memory::{push, reserve, sort_ids, zeroed};
use rvf_format::read::manifest::ManifestKind;
use rvf_format::read::vectors::VecLayout;
use rvf_format::{ManifestHead, Metric};

/// What was asked for last.
#[derive(Clone, Copy)]
pub(super) enum Stage {
    Start,
    Manifest,
    DeletedCount { at: u64 },
    Deleted { at: u64, left: u32 },
    Segments { asked: usize },
    Done,
}

/// Deleted ids read at once.
const IDS: usize = HEAD_BYTES / 8;
/// Segment heads read at once.
const HEADS: usize = {
    let fit = HEAD_BYTES / VecLayout::HEAD_LEN;
    if fit < READS_PER_STEP { fit } else { READS_PER_STEP }
};

impl Source {
    /// Reads everything before the rows. Ends with [`Flow::End`], after which the facts are known.
    pub(crate) fn prelude(&mut self, directory: &Directory) -> Result<Flow> {
        let Some(manifest) = directory.manifest else {
            return Err(Fault::plain(Status::Data, "the host offers no manifest in force"));
        };
        while let State::Head(stage) = self.state {
            self.reads.clear();
            let next = match stage {
                Stage::Start => {
                    self.buffer = zeroed(HEAD_BYTES)?;
                    let len = manifest.len.min(ManifestHead::LEN as u64) as usize;
                    self.ask(manifest, 0, len, 0)?;
                    Stage::Manifest
                }
                Stage::Manifest => self.manifest_head(manifest)?,
                Stage::DeletedCount { at } => self.deleted_count(manifest, at)?,
                Stage::Deleted { at, left } => self.deleted_ids(manifest, at, left)?,
                Stage::Segments { asked } => self.segment_heads(directory, asked)?,
                Stage::Done => return Ok(Flow::End),
            };
            self.state = State::Head(next);
            if !self.reads.is_empty() {
                return Ok(Flow::Reads);
            }
        }
        Ok(Flow::End)
    }

    fn manifest_head(&mut self, manifest: Segment) -> Result<Stage> {
        let len = manifest.len.min(ManifestHead::LEN as u64) as usize;
        let bytes = self.buffer.get(..len).unwrap_or_default();
        let head =
            ManifestHead::parse(bytes, manifest.len, 0).map_err(|e| Fault::format(&e, manifest.index))?;
        self.facts = Facts { dimension: head.dimension, metric: head.metric() };
        let at = head.deleted_offset();
        if head.kind == ManifestKind::Export || at == manifest.len {
            return Ok(Stage::Segments { asked: 0 });
        }
        self.ask(manifest, at, 4, 0)?;
        Ok(Stage::DeletedCount { at: at + 4 })
    }

    /// A list cut short is refused: ids that are missing would come back to life.
    fn deleted_count(&mut self, manifest: Segment, at: u64) -> Result<Stage> {
        let count = self.buffer.first_chunk().map_or(0, |b| u32::from_le_bytes(*b));
        if u64::from(count) * 8 > manifest.len.saturating_sub(at) {
            let words = "the deleted list is longer than the manifest";
            return Err(Fault::plain(Status::Data, words).at(manifest.index, at - 4));
        }
        reserve(&mut self.deleted, count as usize)?;
        self.ask_deleted(manifest, at, count)
    }

    fn ask_deleted(&mut self, manifest: Segment, at: u64, left: u32) -> Result<Stage> {
        if left == 0 {
            sort_ids(&mut self.deleted);
            return Ok(Stage::Segments { asked: 0 });
        }
        self.ask(manifest, at, IDS.min(left as usize) * 8, 0)?;
        Ok(Stage::Deleted { at, left })
    }

    fn deleted_ids(&mut self, manifest: Segment, at: u64, left: u32) -> Result<Stage> {
        let count = IDS.min(left as usize);
        for id in self.buffer.as_chunks::<8>().0.iter().take(count) {
            push(&mut self.deleted, u64::from_le_bytes(*id))?;
        }
        self.ask_deleted(manifest, at + count as u64 * 8, left - count as u32)
    }

    /// Takes in the heads asked for, and asks for the next ones.
    fn segment_heads(&mut self, directory: &Directory, asked: usize) -> Result<Stage> {
        let known = self.vectors.len();
        if known == 0 {
            reserve(&mut self.vectors, directory.vectors.len())?;
        }
        let heads = self.buffer.chunks_exact(VecLayout::HEAD_LEN);
        for (segment, head) in directory.vectors.iter().skip(known).take(asked).zip(heads) {
            let head = head.get(..segment.len.min(head.len() as u64) as usize).unwrap_or_default();
            let layout = VecLayout::detect(head, segment.len, self.facts.dimension, 0)
                .map_err(|e| Fault::format(&e, segment.index))?;
            push(&mut self.vectors, Vectors { segment: *segment, layout })?;
        }
        let mut asked = 0;
        for segment in directory.vectors.iter().skip(self.vectors.len()).take(HEADS) {
            let len = segment.len.min(VecLayout::HEAD_LEN as u64) as usize;
            self.ask(*segment, 0, len, asked * VecLayout::HEAD_LEN)?;
            asked += 1;
        }
        Ok(if asked == 0 { Stage::Done } else { Stage::Segments { asked } })
    }
}

impl Facts {
    /// The metric asked for, or else the file's.
    pub(crate) fn metric_or(self, asked: Option<Metric>) -> Metric {
        asked.unwrap_or(self.metric)
    }
}
