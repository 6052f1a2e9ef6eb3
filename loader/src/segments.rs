//! The segments of a file as a guest may read them, checked before the first byte is served.

use core::fmt;

use rvf_format::forever::HEADER_LEN;
use rvf_format::{BlockChecker, Error, ErrorKind, File, HashVerdict, Segment, SegmentType};

use crate::abi::DirectoryEntry;
use crate::job::Segments;

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
    blocks: Option<BlockChecker<'a>>,
    unhashed: Vec<u32>,
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
        Ok(Self { directory, offered, blocks, unhashed: Vec::new() })
    }

    /// Segments that were served although they carry no hash.
    #[must_use]
    pub fn unhashed(&self) -> &[u32] {
        &self.unhashed
    }

    /// Bytes of vector data on offer: the size of the work ahead.
    #[must_use]
    pub fn vector_bytes(&self) -> u64 {
        self.directory
            .iter()
            .filter(|entry| entry.kind == SegmentType::VEC.0)
            .map(|entry| entry.payload_len)
            .sum()
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
            blocks
                .check_range(absolute, len.into())
                .map_err(|error| DataError::Damaged { segment, error })?;
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
