//! The segments of a file as a guest may read them, checked before the first byte is served.

mod ahead;

use core::fmt;
use core::ops::Range;
use std::sync::Arc;
use std::thread;

use rvf_format::forever::HEADER_LEN;
use rvf_format::read::integrity::BLOCK;
use rvf_format::{BlockChecker, Error, ErrorKind, File, HashVerdict, Segment, SegmentType};

use self::ahead::Ahead;
use crate::abi::DirectoryEntry;
use crate::job::Segments;
use crate::limits;

/// Why bytes of a file were not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataError {
    /// They are not what was packed.
    Damaged {
        /// The segment.
        segment: u32,
        /// The fault.
        error: Error,
    },
    /// The segment's hash is of a kind that is not known here.
    UnknownHash {
        /// The segment.
        segment: u32,
        /// The algorithm byte.
        algorithm: u8,
    },
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { segment, error } => write!(f, "segment {segment} is damaged: {error}"),
            Self::UnknownHash { segment, algorithm } => {
                write!(
                    f,
                    "segment {segment} has a hash of the unknown kind {algorithm}, so it cannot be checked"
                )
            }
        }
    }
}

impl core::error::Error for DataError {}

/// The bytes of a file that segments may still claim. Segments do not overlap, so their
/// payloads together are no larger than the file: a directory that lists the same bytes
/// a thousand times is refused before they are read a thousand times.
#[derive(Debug, Clone, Copy)]
pub struct Extent(u64);

impl Extent {
    /// All bytes of `file`.
    #[must_use]
    pub fn of(file: &File<'_>) -> Self {
        Self(file.bytes().len() as u64)
    }

    /// Takes the payload of a segment.
    ///
    /// # Errors
    /// When the segments so far claim more bytes than the file has.
    pub fn take(&mut self, segment: &Segment<'_>) -> Result<(), Error> {
        let len = segment.payload.len() as u64;
        self.0 = self.0.checked_sub(len).ok_or_else(|| {
            let kind = ErrorKind::TooLarge { limit: self.0, got: len };
            Error::new(segment.offset, "payload of segments that overlap", kind)
        })?;
        Ok(())
    }
}

/// The readable segments of a file.
///
/// With an integrity record, every block of 64 KiB is checked when it is first served.
/// Without one, every segment is hashed as a whole before its first byte is served.
pub struct FileSegments<'a> {
    directory: Vec<DirectoryEntry>,
    offered: Vec<Offered<'a>>,
    blocks: Option<Blocks<'a>>,
    unhashed: Vec<u32>,
}

/// The check by blocks, and the thread that may be ahead of it.
struct Blocks<'a> {
    checker: BlockChecker<'a>,
    ahead: Option<Arc<Ahead>>,
    /// The blocks of the read before, and how many reads have followed one another.
    last: Range<u64>,
    in_a_row: u32,
}

impl<'a> Blocks<'a> {
    fn of(checker: BlockChecker<'a>) -> Self {
        Self { checker, ahead: None, last: 0..0, in_a_row: 0 }
    }

    fn check(&mut self, offset: u64, len: u64) -> Result<(), Error> {
        let Some(ahead) = &self.ahead else { return self.checker.check_range(offset, len) };
        let blocks = offset / BLOCK..offset.saturating_add(len).div_ceil(BLOCK);
        let goes_on = (self.last.start..=self.last.end).contains(&blocks.start) && blocks.end > self.last.end;
        if goes_on {
            self.in_a_row = self.in_a_row.saturating_add(1);
        } else if blocks != self.last {
            self.in_a_row = 0;
        }
        if self.in_a_row >= limits::AHEAD_AFTER {
            ahead.follow(&blocks);
        }
        self.last = blocks.clone();
        for block in blocks {
            if !ahead.has(block) {
                self.checker.check_range(block.saturating_mul(BLOCK), 1)?;
                ahead.set_done(block);
            }
        }
        Ok(())
    }
}

struct Offered<'a> {
    segment: Segment<'a>,
    checked: bool,
}

impl<'a> FileSegments<'a> {
    /// Reads the headers of the segments that guests are offered: all that the manifest
    /// lists, and the manifest itself, but no code and no older manifests.
    ///
    /// # Errors
    /// When a header is damaged.
    pub fn of(file: &File<'a>) -> Result<Self, DataError> {
        let manifest = file.manifest_segment();
        let damaged = |segment| move |error| DataError::Damaged { segment, error };
        let mut blocks = BlockChecker::new(file).map_err(damaged(manifest.index))?;
        let mut offered = Vec::new();
        let mut extent = Extent::of(file);
        for index in 0..file.segment_count() {
            let listed = file.entry(index).map(|entry| entry.segment_type);
            if listed.is_some_and(|kind| !is_readable(kind)) {
                continue;
            }
            let segment = file.segment(index).map_err(damaged(index))?;
            if !is_readable(segment.header.segment_type) {
                continue;
            }
            extent.take(&segment).map_err(damaged(index))?;
            offered.push(Offered { segment, checked: false });
        }
        offered.push(Offered { segment: *manifest, checked: false });
        offered.sort_by_key(|offered| offered.segment.offset);
        if let Some(blocks) = &mut blocks {
            for Offered { segment, .. } in &offered {
                blocks.check_range(segment.offset, HEADER_LEN as u64).map_err(damaged(segment.index))?;
            }
        }
        let directory = offered
            .iter()
            .map(|Offered { segment, .. }| DirectoryEntry {
                index: segment.index,
                kind: segment.header.segment_type.0,
                manifest: segment.index == manifest.index,
                payload_len: segment.payload.len() as u64,
                segment_id: segment.header.segment_id,
            })
            .collect();
        Ok(Self { directory, offered, blocks: blocks.map(Blocks::of), unhashed: Vec::new() })
    }

    /// Runs `job`, with a second thread that checks blocks ahead of its reads when there is much
    /// to scan and a processor to do it on.
    pub(crate) fn with_ahead<T>(&mut self, job: impl FnOnce(&mut Self) -> T) -> T {
        let several = || thread::available_parallelism().is_ok_and(|count| count.get() > 1);
        let worth = self.vector_bytes() >= limits::AHEAD_ABOVE && several();
        let Some(blocks) = self.blocks.as_mut().filter(|_| worth) else { return job(self) };
        let checker = blocks.checker.clone();
        let ahead = Arc::clone(blocks.ahead.get_or_insert_with(|| Arc::new(Ahead::new(checker.file_len()))));
        ahead.begin();
        thread::scope(|scope| {
            // Dropped, and so the thread let go, when the job ends; also when it ends by a panic.
            let _end = EndOfJob(&ahead);
            let builder = thread::Builder::new().name("rvf-check".to_owned());
            // Without the thread every block is checked as it is read.
            let _ = builder.spawn_scoped(scope, || ahead.work(checker));
            job(self)
        })
    }

    /// Visits the segments of a kind in file order, each after all of its payload was checked.
    pub(crate) fn for_each_checked(
        &mut self,
        kind: SegmentType,
        mut visit: impl FnMut(&Segment<'a>) -> Result<(), Error>,
    ) -> Result<(), DataError> {
        let of_kind =
            |offered: &Offered<'a>| (offered.segment.header.segment_type == kind).then_some(offered.segment);
        let segments: Vec<Segment<'a>> = self.offered.iter().filter_map(of_kind).collect();
        for segment in segments {
            let len = segment.payload.len() as u64;
            for offset in (0..len).step_by(limits::CHECKED_AT_ONCE as usize) {
                let piece = len.saturating_sub(offset).min(limits::CHECKED_AT_ONCE.into());
                self.read(segment.index, offset, u32::try_from(piece).unwrap_or(limits::CHECKED_AT_ONCE))?;
            }
            let damaged = |error| DataError::Damaged { segment: segment.index, error };
            visit(&segment).map_err(damaged)?;
        }
        Ok(())
    }

    /// Segments that were served although they carry no hash.
    #[must_use]
    pub fn unhashed(&self) -> &[u32] {
        &self.unhashed
    }

    /// Bytes of vector data on offer: what one scan reads.
    #[must_use]
    pub fn vector_bytes(&self) -> u64 {
        self.bytes_of(SegmentType::VEC)
    }

    /// Bytes of matrices on offer; a solver may pass them many times.
    #[must_use]
    pub fn matrix_bytes(&self) -> u64 {
        self.bytes_of(SegmentType::SPARSE)
    }

    fn bytes_of(&self, kind: SegmentType) -> u64 {
        let of_kind = self.directory.iter().filter(|entry| entry.kind == kind.0);
        of_kind.map(|entry| entry.payload_len).fold(0, u64::saturating_add)
    }
}

/// Lets the checking thread go when dropped.
struct EndOfJob<'s>(&'s Ahead);

impl Drop for EndOfJob<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Code and older manifests are not offered.
fn is_readable(kind: SegmentType) -> bool {
    ![
        SegmentType::WASM,
        SegmentType::KERNEL,
        SegmentType::EBPF,
        SegmentType::DASHBOARD,
        SegmentType::MANIFEST,
    ]
    .contains(&kind)
}

impl Segments for FileSegments<'_> {
    type Error = DataError;

    fn directory(&self) -> &[DirectoryEntry] {
        &self.directory
    }

    fn read(&mut self, segment: u32, offset: u64, len: u32) -> Result<&[u8], DataError> {
        let gone = DataError::Damaged { segment, error: Error::new(offset, "read", ErrorKind::Missing) };
        let place = usize::try_from(segment)
            .ok()
            .filter(|place| self.offered.get(*place).is_some_and(|offered| offered.segment.index == segment));
        let place =
            place.or_else(|| self.offered.iter().position(|offered| offered.segment.index == segment));
        let offered = place.and_then(|place| self.offered.get_mut(place)).ok_or(gone)?;
        if let Some(blocks) = &mut self.blocks {
            let absolute = offered.segment.payload_offset().saturating_add(offset);
            blocks.check(absolute, len.into()).map_err(|error| DataError::Damaged { segment, error })?;
        } else if !offered.checked {
            match offered.segment.check_hash() {
                HashVerdict::Match(_) => {}
                HashVerdict::Unhashed => self.unhashed.push(segment),
                HashVerdict::Mismatch(error) => return Err(DataError::Damaged { segment, error }),
                HashVerdict::Unsupported(algorithm) => {
                    return Err(DataError::UnknownHash { segment, algorithm });
                }
            }
            offered.checked = true;
        }
        let range = usize::try_from(offset).ok().zip(usize::try_from(len).ok());
        range.and_then(|(offset, len)| offered.segment.payload.get(offset..)?.get(..len)).ok_or(gone)
    }
}
