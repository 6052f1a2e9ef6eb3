//! A whole file: found from its tail, read lazily.

use crate::error::{Error, ErrorKind, Result};
use crate::forever::{ALIGNMENT, HEADER_LEN, ROOT_PAGE_LEN, SegmentType};
use crate::hash::Algorithm;
use crate::limits::MAX_PAYLOAD_READ;
use crate::read::header::SegmentHeader;
use crate::read::manifest::{DirectoryEntry, Manifest};
use crate::read::root_page::RootPage;
use crate::read::{integrity::IntegrityRecord, scan};
use crate::wire::align_up;
use alloc::vec::Vec;

/// How the segments of a file are laid behind one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Every segment starts at a multiple of 64.
    Padded,
    /// Segments follow without fill.
    Unpadded,
    /// Both, after an append by software of the other kind.
    Mixed,
}

impl Dialect {
    /// `padded`, `unpadded` or `mixed`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Padded => "padded",
            Self::Unpadded => "unpadded",
            Self::Mixed => "mixed",
        }
    }
}

/// One segment, its header checked against the file's bounds.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// Place in the directory; the manifest in force has the number after the last.
    pub index: u32,
    /// Absolute offset of the header.
    pub offset: u64,
    /// The header.
    pub header: SegmentHeader,
    /// The payload, without padding.
    pub payload: &'a [u8],
}

/// What a segment's own hash says about its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashVerdict {
    /// The bytes are those that were hashed.
    Match(Algorithm),
    /// They are not.
    Mismatch(Error),
    /// The writer stored no hash: nothing can be said.
    Unhashed,
    /// The hash is of a kind that is not known here.
    Unsupported(u8),
}

impl<'a> Segment<'a> {
    /// Reads the header at `offset` of `file` and takes its payload.
    pub fn at(file: &'a [u8], offset: u64, index: u32) -> Result<Self> {
        let rest = usize::try_from(offset).ok().and_then(|at| file.get(at..)).ok_or(Error::new(
            offset,
            "segment offset",
            ErrorKind::TooLarge { limit: file.len() as u64, got: offset },
        ))?;
        let header = SegmentHeader::parse(rest, offset)?;
        if header.payload_len > MAX_PAYLOAD_READ {
            let kind = ErrorKind::TooLarge { limit: MAX_PAYLOAD_READ, got: header.payload_len };
            return Err(Error::new(offset, "payload length", kind));
        }
        let mut payload = crate::wire::Cursor::new(rest, offset);
        payload.bytes(HEADER_LEN, "segment header")?;
        let payload = payload.sized(header.payload_len, "segment payload")?;
        Ok(Self { index, offset, header, payload })
    }

    /// Absolute offset of the first payload byte.
    #[must_use]
    pub const fn payload_offset(&self) -> u64 {
        self.offset + HEADER_LEN as u64
    }

    /// Absolute offset behind the last payload byte.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.payload_offset() + self.payload.len() as u64
    }

    /// Compares the payload with the header's hash. Algorithm 0 means two things in the world;
    /// either is accepted, as the published runtime does.
    #[must_use]
    pub fn check_hash(&self) -> HashVerdict {
        if self.header.is_unhashed() {
            return HashVerdict::Unhashed;
        }
        let Some(algorithm) = Algorithm::from_byte(self.header.checksum_algo) else {
            return HashVerdict::Unsupported(self.header.checksum_algo);
        };
        let got = algorithm.hash(self.payload);
        if got == self.header.content_hash {
            return HashVerdict::Match(algorithm);
        }
        if algorithm == Algorithm::CrcRotation
            && Algorithm::Xxh3.hash(self.payload) == self.header.content_hash
        {
            return HashVerdict::Match(Algorithm::Xxh3);
        }
        HashVerdict::Mismatch(hash_error(self.offset, "content hash", &self.header.content_hash, &got))
    }
}

/// The error for a stored hash that differs from the computed one.
pub(crate) fn hash_error(offset: u64, what: &'static str, stored: &[u8], computed: &[u8]) -> Error {
    let first = |bytes: &[u8]| bytes.iter().take(8).fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    Error::new(offset, what, ErrorKind::Hash { expected: first(stored), got: first(computed) })
}

/// An opened file. Opening reads the tail only; segments are read when asked for.
#[derive(Clone, Debug)]
pub struct File<'a> {
    bytes: &'a [u8],
    manifest: Manifest,
    manifest_segment: Segment<'a>,
    root_page: Option<RootPage>,
}

impl<'a> File<'a> {
    /// Finds the newest manifest and reads it.
    ///
    /// Nothing else is touched and nothing but the manifest's own hash is checked: see
    /// [`crate::verify`] for the rest.
    pub fn open(bytes: &'a [u8]) -> Result<Self> {
        let root_page = if RootPage::is_present(bytes) { Some(RootPage::parse(bytes)?) } else { None };
        let end = bytes.len() - if root_page.is_some() { ROOT_PAGE_LEN } else { 0 };
        let body = bytes.get(..end).unwrap_or_default();
        let (segment, manifest) = scan::newest_manifest(body)?;
        let manifest_segment = Segment { index: manifest.head.segment_count, ..segment };
        Ok(Self { bytes, manifest, manifest_segment, root_page })
    }

    /// The whole file.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The manifest in force.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The segment that holds the manifest in force.
    #[must_use]
    pub const fn manifest_segment(&self) -> &Segment<'a> {
        &self.manifest_segment
    }

    /// The root page of a signed store.
    #[must_use]
    pub const fn root_page(&self) -> Option<&RootPage> {
        self.root_page.as_ref()
    }

    /// Segments in the directory.
    #[must_use]
    pub fn segment_count(&self) -> u32 {
        self.manifest.head.segment_count
    }

    /// The directory's entry for a segment.
    #[must_use]
    pub fn entry(&self, index: u32) -> Option<&DirectoryEntry> {
        self.manifest.directory.get(index as usize)
    }

    /// Segment number `index` of the directory.
    pub fn segment(&self, index: u32) -> Result<Segment<'a>> {
        let Some(entry) = self.entry(index) else {
            let kind = ErrorKind::TooLarge { limit: self.segment_count().into(), got: index.into() };
            return Err(Error::new(self.manifest_segment.offset, "segment number", kind));
        };
        Segment::at(self.body(), entry.offset, index)
    }

    /// The segments in directory order; headers are read as the iterator moves.
    pub fn segments(&self) -> impl Iterator<Item = Result<Segment<'a>>> {
        (0..self.segment_count()).map(|index| self.segment(index))
    }

    /// The listed segments of one type.
    pub fn segments_of(&self, wanted: SegmentType) -> impl Iterator<Item = Result<Segment<'a>>> {
        self.segments().filter(move |s| s.as_ref().map_or(true, |s| s.header.segment_type == wanted))
    }

    /// Segments that start inside another one, ascending: none in a file that is what it says. A
    /// directory may list one large segment a million times, so whoever works through all
    /// segments asks this first. Reads every header.
    #[must_use]
    pub fn overlapping(&self) -> Vec<u32> {
        let spans = self.segments().flatten().chain([self.manifest_segment]);
        let mut spans: Vec<_> = spans.map(|s| (s.offset, s.end(), s.index)).collect();
        spans.sort_unstable();
        let mut end = 0;
        let mut found = Vec::new();
        for (start, stop, index) in spans {
            if start < end {
                found.push(index);
            }
            end = end.max(stop);
        }
        found.sort_unstable();
        found
    }

    /// The bytes without the root page.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        let end = self.bytes.len() - if self.root_page.is_some() { ROOT_PAGE_LEN } else { 0 };
        self.bytes.get(..end).unwrap_or_default()
    }

    /// Which dialect the file is written in, as far as its directory shows.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        let entries = self.manifest.directory.iter().map(|e| (e.offset, e.payload_len));
        let own = (self.manifest_segment.offset, self.manifest_segment.header.payload_len);
        let (mut padded, mut unpadded) = (false, false);
        let mut previous_end = 0;
        for (offset, payload_len) in entries.chain([own]) {
            unpadded |= offset % ALIGNMENT != 0;
            // Behind a segment that does not end on a boundary, an aligned start shows fill.
            padded |= offset % ALIGNMENT == 0
                && previous_end % ALIGNMENT != 0
                && align_up(previous_end) == Some(offset);
            previous_end = offset.saturating_add(HEADER_LEN as u64).saturating_add(payload_len);
        }
        let tail = self.body().len() as u64;
        padded |= previous_end % ALIGNMENT != 0 && align_up(previous_end) == Some(tail);
        unpadded |= previous_end % ALIGNMENT != 0 && previous_end == tail;
        match (padded, unpadded) {
            (true, true) => Dialect::Mixed,
            (false, true) => Dialect::Unpadded,
            (_, false) => Dialect::Padded,
        }
    }

    /// Bytes behind the manifest that are not its zero fill: an append that was never committed,
    /// or was torn off.
    #[must_use]
    pub fn uncommitted_tail(&self) -> u64 {
        let end = self.manifest_segment.end();
        let rest = usize::try_from(end).ok().and_then(|at| self.body().get(at..)).unwrap_or_default();
        let fill = align_up(end).map_or(0, |aligned| aligned - end).min(rest.len() as u64) as usize;
        let (fill_bytes, behind) = rest.split_at_checked(fill).unwrap_or((rest, &[]));
        if fill_bytes.iter().all(|b| *b == 0) { behind.len() as u64 } else { rest.len() as u64 }
    }

    /// Place of the integrity record in force: the last segment listed, right before the manifest.
    ///
    /// Anywhere else it is stale: software that does not know the record has appended to the file, and
    /// the record speaks of bytes that were the whole file once.
    #[must_use]
    pub fn integrity_index(&self) -> Option<u32> {
        let index = self.segment_count().checked_sub(1)?;
        if self.entry(index)?.segment_type != SegmentType::INTEGRITY {
            return None;
        }
        let entry = self.entry(index)?;
        let end = entry.offset.checked_add(HEADER_LEN as u64)?.checked_add(entry.payload_len)?;
        let manifest = self.manifest_segment.offset;
        (end == manifest || align_up(end) == Some(manifest)).then_some(index)
    }

    /// True when a record is listed that is no longer in force.
    #[must_use]
    pub fn has_stale_integrity(&self) -> bool {
        self.integrity_index().is_none()
            && self.manifest.directory.iter().any(|e| e.segment_type == SegmentType::INTEGRITY)
    }

    /// The file's own integrity record, or `None` when none is in force.
    pub fn integrity(&self) -> Result<Option<IntegrityRecord<'a>>> {
        let Some(index) = self.integrity_index() else { return Ok(None) };
        IntegrityRecord::parse(&self.segment(index)?, self.bytes.len() as u64).map(Some)
    }
}
