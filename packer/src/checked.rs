//! Nothing is taken over from a file unless the file's own hashes vouch for it.

use std::collections::BTreeSet;

use rvf_format::read::integrity::BLOCK;
use rvf_format::{BlockChecker, File, HashVerdict, Segment, SegmentType};

use crate::error::{PackError, Result};

/// What to do with bytes that are not those that were packed. A copy gets hashes of its own, which would
/// make damage look like content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Damage {
    /// Refuse the file.
    #[default]
    Refuse,
    /// Take everything over as it is, unchecked.
    Allow,
}

/// Checks what is taken over: by blocks where the file has an integrity record, by the hash of each
/// segment elsewhere. A segment whose writer stored no hash passes: nothing can be said about it.
pub(crate) struct Checked<'f, 'a> {
    file: &'f File<'a>,
    blocks: Option<BlockChecker<'a>>,
    damage: Damage,
    name: String,
    /// Offsets of segments whose hash was compared: one that is listed often is hashed once.
    hashed: BTreeSet<u64>,
}

impl<'f, 'a> Checked<'f, 'a> {
    /// A checker for `file`; `name` is for messages.
    pub(crate) fn of(file: &'f File<'a>, name: &str, damage: Damage) -> Result<Self> {
        let blocks = match damage {
            Damage::Allow => None,
            Damage::Refuse => {
                let index = file.manifest_segment().index;
                BlockChecker::new(file).map_err(|e| damaged(name, index, &e))?
            }
        };
        Ok(Self { file, blocks, damage, name: name.to_owned(), hashed: BTreeSet::new() })
    }

    /// The segment is as it was packed: header and payload with a record, else the payload alone.
    pub(crate) fn segment(&mut self, segment: &Segment<'a>) -> Result<()> {
        if self.damage == Damage::Allow {
            return Ok(());
        }
        if let Some(blocks) = &mut self.blocks {
            let len = segment.end().saturating_sub(segment.offset);
            return match blocks.check_range(segment.offset, len) {
                Ok(()) => Ok(()),
                Err(error) => Err(self.block_damaged(segment.index, &error)),
            };
        }
        if !self.hashed.insert(segment.offset) {
            return Ok(());
        }
        // The hash covers the payload alone; the manifest knows the type as well.
        let listed = self.file.entry(segment.index).map_or(segment.header.segment_type, |e| e.segment_type);
        if listed != segment.header.segment_type {
            let what = format!(
                "the file is damaged: the segment says {}, the manifest {listed}",
                segment.header.segment_type
            );
            return Err(PackError::malformed(what)
                .at(place(&self.name, segment.index, segment.offset))
                .fix(ADVICE));
        }
        match segment.check_hash() {
            HashVerdict::Match(_) | HashVerdict::Unhashed => Ok(()),
            HashVerdict::Mismatch(error) => Err(damaged(&self.name, segment.index, &error)),
            HashVerdict::Unsupported(number) => {
                let what =
                    format!("the segment's hash is of the unknown kind {number}, so it cannot be checked");
                Err(PackError::malformed(what)
                    .at(place(&self.name, segment.index, segment.offset))
                    .fix(ADVICE))
            }
        }
    }

    /// All segments that the manifest lists as of one type, or whose headers say so, are.
    pub(crate) fn segments_of(&mut self, wanted: SegmentType) -> Result<()> {
        for index in 0..self.file.segment_count() {
            let listed = self.file.entry(index).is_some_and(|entry| entry.segment_type == wanted);
            let segment = self.file.segment(index).map_err(|e| damaged(&self.name, index, &e))?;
            if listed || segment.header.segment_type == wanted {
                self.segment(&segment)?;
            }
        }
        Ok(())
    }

    /// The whole file is: every byte with a record, else every segment that is listed.
    pub(crate) fn whole(&mut self) -> Result<()> {
        if self.damage == Damage::Allow {
            return Ok(());
        }
        if let Some(blocks) = &mut self.blocks {
            let len = blocks.file_len();
            return match blocks.check_range(0, len) {
                Ok(()) => Ok(()),
                Err(error) => Err(self.block_damaged(self.file.manifest_segment().index, &error)),
            };
        }
        for index in 0..self.file.segment_count() {
            let segment = self.file.segment(index).map_err(|e| damaged(&self.name, index, &e))?;
            self.segment(&segment)?;
        }
        Ok(())
    }

    /// A block may hold several segments: the one whose own hash differs is named, or else `index`.
    fn block_damaged(&mut self, index: u32, error: &rvf_format::Error) -> PackError {
        let block = error.offset()..error.offset().saturating_add(BLOCK);
        for segment in self.file.segments().flatten() {
            let lies_there = segment.offset < block.end && segment.end() > block.start;
            if lies_there
                && self.hashed.insert(segment.offset)
                && let HashVerdict::Mismatch(error) = segment.check_hash()
            {
                return damaged(&self.name, segment.index, &error);
            }
        }
        damaged(&self.name, index, error)
    }
}

const ADVICE: &str = "get an undamaged copy, or take over what is there with --allow-damaged";

fn place(name: &str, segment: u32, offset: u64) -> String {
    format!("{name}, segment {segment}, byte 0x{offset:x}")
}

fn damaged(name: &str, segment: u32, error: &rvf_format::Error) -> PackError {
    PackError::malformed(format!("the file is damaged: {error}"))
        .at(place(name, segment, error.offset()))
        .fix(ADVICE)
}
