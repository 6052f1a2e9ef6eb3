//! What comes before the rows: the manifest's head, its deleted list, the head of every segment.

use super::layout::{detect, manifest};
use super::{Source, Stage};
use crate::directory::Directory;
use crate::limits::{HEAD_BYTES, READS_PER_STEP};
use crate::lists::{put, reserve, sort, zeroed};
use crate::report::{Report, Result};
use crate::sentence::Sentence;
use crate::wire::number32;
use rvf_format::forever::MANIFEST_HEAD_LEN;
use rvf_format::read::vectors::VecLayout;

/// Deleted ids read at once.
const IDS: usize = HEAD_BYTES / 8;
/// Bytes read of each segment.
const HEAD: usize = VecLayout::HEAD_LEN;
/// Segment heads read at once.
const HEADS: usize = if HEAD_BYTES / HEAD < READS_PER_STEP { HEAD_BYTES / HEAD } else { READS_PER_STEP };

impl Source {
    /// One stage before the rows.
    #[inline(never)]
    pub(super) fn prelude(&mut self, directory: &mut Directory, report: &mut Report) -> Result<()> {
        let Some(segment) = &directory.manifest else {
            return Err(report.plain(Sentence::NoManifest));
        };
        match self.stage {
            Stage::Start => {
                zeroed(&mut self.buffer, HEAD_BYTES, report)?;
                self.stage = Stage::Manifest;
                return self.ask(segment, 0, MANIFEST_HEAD_LEN, 0, report);
            }
            Stage::Manifest => {
                let head = manifest(&self.buffer, segment, report)?;
                (self.dimension, self.metric, self.list_at) =
                    (head.dimension, head.metric.to_byte(), head.deleted_at);
                if self.list_at != segment.len {
                    self.stage = Stage::DeletedCount;
                    return self.ask(segment, self.list_at, 4, 0, report);
                }
            }
            Stage::DeletedCount => {
                self.left = number32(&self.buffer, 0, 4);
                // A list cut short is refused: ids that are missing would come back to life.
                if u64::from(self.left) * 8 > segment.len - self.list_at - 4 {
                    return Err(report.data(Sentence::Deleted, 0, 0, segment.index, self.list_at));
                }
                self.list_at += 4;
                reserve(&mut self.deleted, self.left as usize, report)?;
            }
            Stage::Deleted => {
                for id in self.buffer.as_chunks().0.iter().take(self.asked) {
                    put(&mut self.deleted, u64::from_le_bytes(*id));
                }
                self.left -= self.asked as u32;
                self.list_at += 8 * self.asked as u64;
            }
            _ => return self.heads(directory, report),
        }
        // The next part of the deleted list, or what comes behind it.
        self.asked = IDS.min(self.left as usize);
        if self.asked > 0 {
            self.stage = Stage::Deleted;
            return self.ask(segment, self.list_at, 8 * self.asked, 0, report);
        }
        sort(&mut self.deleted);
        self.stage = Stage::Heads;
        Ok(())
    }

    /// Takes in the heads asked for, and asks for the next ones.
    fn heads(&mut self, directory: &mut Directory, report: &mut Report) -> Result<()> {
        for at in 0..self.asked {
            if let Some(vectors) = directory.vectors.get_mut(self.at) {
                let head = self.buffer.get(HEAD * at..).unwrap_or_default();
                detect(vectors, head, self.dimension, report)?;
                self.at += 1;
            }
        }
        self.asked = 0;
        while let Some(vectors) = directory.vectors.get(self.at + self.asked)
            && self.asked < HEADS
        {
            let segment = &vectors.segment;
            let len = segment.len.min(HEAD as u64) as usize;
            self.ask(segment, 0, len, HEAD * self.asked, report)?;
            self.asked += 1;
        }
        if self.asked == 0 {
            self.stage = Stage::Known;
            self.size_buffer(directory);
        }
        Ok(())
    }
}
