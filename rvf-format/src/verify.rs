//! Checking a whole file: every byte is read.

use crate::error::{Error, ErrorKind};
use crate::forever::{HEADER_LEN, SegmentType};
use crate::read::file::{Dialect, File, HashVerdict, Segment};
use crate::read::header::SegmentHeader;
use crate::read::integrity::{LEAVES_PER_PAGE, page_count};
use crate::read::manifest::{Manifest, ManifestKind};
use crate::read::meta::Metadata;
use crate::read::policy::Policy;
use crate::read::sparse::{self, Sparse};
use crate::read::{vectors, witness};
use crate::wire::align_up;
use alloc::vec::Vec;

/// What was found out about a file.
#[derive(Clone, Debug)]
pub struct Report {
    /// Faults: the file is not what its writer wrote, or contradicts itself.
    pub problems: Vec<Problem>,
    /// What cannot be vouched for, or is unusual.
    pub warnings: Vec<Warning>,
    /// What the integrity record says.
    pub integrity: IntegrityVerdict,
    /// What each listed segment's own hash says, in directory order, then the manifest in force.
    pub segments: Vec<SegmentReport>,
    /// Vectors in the file, superseded and deleted ones included.
    pub vectors: u64,
}

impl Report {
    /// True when no fault was found. Look at [`Report::warnings`] for what could not be checked.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.problems.is_empty()
    }

    /// True when every byte of the file is covered by a hash that matched.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_ok() && self.integrity == IntegrityVerdict::Verified
    }
}

/// A fault and the segment it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Place in the directory, when the fault lies in a segment.
    pub segment: Option<u32>,
    /// The fault.
    pub error: Error,
}

/// Something short of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A segment carries no hash: damage to it cannot be seen.
    Unhashed {
        /// Place in the directory.
        segment: u32,
    },
    /// The file has no integrity record: headers and padding cannot be checked.
    NoIntegrityRecord,
    /// The integrity record speaks of an earlier state: other software has appended to the file.
    StaleIntegrityRecord,
    /// The file is signed; signatures are not checked here.
    SignatureNotChecked,
    /// Whole segments lie behind the manifest and are not in force.
    UnlistedSegments {
        /// Absolute offset of the first.
        offset: u64,
        /// Bytes.
        len: u64,
    },
    /// Segments that neither the manifest nor an older one lists.
    Unlisted {
        /// Absolute offset of the header.
        offset: u64,
    },
    /// A later change of the metadata could not be read and is left out.
    MetadataDamaged(Error),
    /// The witness entries are of the older form, which proves nothing.
    LegacyWitness {
        /// Place in the directory.
        segment: u32,
    },
    /// The manifest ends in bytes that are not understood.
    ManifestTrailer {
        /// How many.
        len: u64,
    },
    /// The file mixes padded and unpadded segments.
    MixedDialects,
}

/// What the integrity record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntegrityVerdict {
    /// Every byte of the file is as packed.
    Verified,
    /// The file has no record.
    Absent,
    /// At least one block differs, or the record itself is damaged.
    Damaged,
}

/// What one segment's hash says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentReport {
    /// Place in the directory.
    pub index: u32,
    /// Absolute offset of the header.
    pub offset: u64,
    /// Type in the header.
    pub segment_type: SegmentType,
    /// The verdict.
    pub hash: HashVerdict,
}

/// Reads all of `file` and reports. `progress` is told bytes done and bytes in all, now and then.
pub fn verify(file: &File<'_>, progress: &mut dyn FnMut(u64, u64)) -> Report {
    let mut check = Check {
        report: Report {
            problems: Vec::new(),
            warnings: Vec::new(),
            integrity: IntegrityVerdict::Absent,
            segments: Vec::new(),
            vectors: 0,
        },
        total: file.bytes().len() as u64 * 2,
        done: 0,
        progress,
    };
    check.integrity(file);
    // Before the segments: one that is listed a thousand times must not be hashed a thousand times.
    let overlapping = check.layout(file);
    check.segments(file, &overlapping);
    check.witnesses(file);
    check.tail(file);
    check.metadata(file);
    check.root_page(file);
    (check.progress)(check.total, check.total);
    check.report
}

struct Check<'p> {
    report: Report,
    total: u64,
    done: u64,
    progress: &'p mut dyn FnMut(u64, u64),
}

impl Check<'_> {
    fn problem(&mut self, segment: Option<u32>, error: Error) {
        self.report.problems.push(Problem { segment, error });
    }

    fn advance(&mut self, bytes: u64) {
        self.done = self.done.saturating_add(bytes).min(self.total);
        (self.progress)(self.done, self.total);
    }

    fn integrity(&mut self, file: &File<'_>) {
        let record = match file.integrity() {
            Ok(Some(record)) => record,
            Ok(None) => {
                if file.has_stale_integrity() {
                    self.report.warnings.push(Warning::StaleIntegrityRecord);
                }
                self.report.warnings.push(Warning::NoIntegrityRecord);
                return;
            }
            Err(error) => {
                self.report.integrity = IntegrityVerdict::Damaged;
                self.problem(None, error);
                return;
            }
        };
        self.report.integrity = IntegrityVerdict::Verified;
        for page in 0..page_count(record.block_count()) {
            if let Err(error) = record.check_page(page) {
                self.report.integrity = IntegrityVerdict::Damaged;
                self.problem(None, error);
            }
            let last = ((page + 1) * LEAVES_PER_PAGE).min(record.block_count());
            for block in page * LEAVES_PER_PAGE..last {
                if let Err(error) = record.check_block(file.bytes(), block) {
                    self.report.integrity = IntegrityVerdict::Damaged;
                    let segment = segment_at(file, error.offset());
                    self.problem(segment, error);
                }
                self.advance(crate::read::integrity::BLOCK);
            }
        }
    }

    fn segments(&mut self, file: &File<'_>, overlapping: &[u32]) {
        let hashes = file.manifest().segment_hashes.as_deref();
        for index in 0..file.segment_count() {
            let segment = match file.segment(index) {
                Ok(segment) => segment,
                Err(error) => {
                    self.problem(Some(index), error);
                    continue;
                }
            };
            self.entry(file, &segment);
            if overlapping.binary_search(&index).is_ok() {
                continue;
            }
            self.hash(&segment);
            if let Some((_, stored)) = hashes.and_then(|h| h.get(index as usize))
                && *stored != segment.header.content_hash
            {
                let got = &segment.header.content_hash;
                let error =
                    crate::read::file::hash_error(segment.offset, "hash in the manifest", stored, got);
                self.problem(Some(index), error);
            }
            self.content(file, &segment);
            self.advance(segment.header.payload_len);
        }
        self.hash(file.manifest_segment());
        if file.manifest().unknown_trailer > 0 {
            self.report.warnings.push(Warning::ManifestTrailer { len: file.manifest().unknown_trailer });
        }
    }

    /// The directory is a copy of what the headers say; a difference means that one was changed.
    fn entry(&mut self, file: &File<'_>, segment: &Segment<'_>) {
        let Some(entry) = file.entry(segment.index).copied() else { return };
        let header = &segment.header;
        let pairs = [
            ("segment type in the header", u64::from(entry.segment_type.0), u64::from(header.segment_type.0)),
            ("segment id in the header", entry.segment_id, header.segment_id),
            ("payload length in the header", entry.payload_len, header.payload_len),
        ];
        for (what, expected, got) in pairs {
            if expected != got {
                let kind = ErrorKind::Mismatch { expected, got };
                self.problem(Some(segment.index), Error::new(segment.offset, what, kind));
            }
        }
    }

    fn hash(&mut self, segment: &Segment<'_>) {
        let hash = segment.check_hash();
        let (index, offset) = (segment.index, segment.offset);
        match hash {
            HashVerdict::Match(_) => {}
            HashVerdict::Mismatch(error) => self.problem(Some(index), error),
            // The integrity record cannot hold a hash of its own hashes; its tree covers it.
            HashVerdict::Unhashed if segment.header.segment_type == SegmentType::INTEGRITY => {}
            HashVerdict::Unhashed => self.report.warnings.push(Warning::Unhashed { segment: index }),
            HashVerdict::Unsupported(algo) => {
                let kind = ErrorKind::Unsupported { got: algo.into() };
                self.problem(Some(index), Error::new(offset, "checksum algorithm", kind));
            }
        }
        let segment_type = segment.header.segment_type;
        self.report.segments.push(SegmentReport { index, offset, segment_type, hash });
    }

    fn content(&mut self, file: &File<'_>, segment: &Segment<'_>) {
        let (payload, at) = (segment.payload, segment.payload_offset());
        let result = match segment.header.segment_type {
            SegmentType::VEC => self.vectors(file, segment),
            SegmentType::JOURNAL => crate::read::journal::Journal::parse(payload, at).map(drop),
            SegmentType::WASM => self.module(payload, at),
            SegmentType::SPARSE => matrix(payload, at),
            SegmentType::POLICY_KERNEL => policy(payload, at),
            SegmentType::MANIFEST => Manifest::parse(payload, at).map(drop),
            _ => Ok(()),
        };
        if let Err(error) = result {
            self.problem(Some(segment.index), error);
        }
    }

    /// The chain runs through all witness segments, also those that are not listed.
    fn witnesses(&mut self, file: &File<'_>) {
        let mut chain = witness::Chain::default();
        for found in witness::segments(file) {
            let place = found.listed.then_some(found.segment.index);
            let mut first = None;
            let mut visit = |link: witness::Link| first = first.or(link.fault);
            match chain.follow(found.segment.payload, found.segment.payload_offset(), &mut visit) {
                Ok(witness::WitnessForm::Legacy) if found.listed => {
                    let segment = found.segment.index;
                    self.report.warnings.push(Warning::LegacyWitness { segment });
                }
                Ok(_) => {}
                Err(error) => first = Some(error),
            }
            if let Some(error) = first {
                self.problem(place, error);
            }
        }
    }

    fn vectors(&mut self, file: &File<'_>, segment: &Segment<'_>) -> crate::Result<()> {
        let dimension = file.manifest().head.dimension;
        let at = segment.payload_offset();
        self.report.vectors += vectors::vector_count(segment.payload, dimension, at)?;
        let mut bad = None;
        vectors::for_each_vector(segment.payload, dimension, at, |id, elements| {
            // The sum of squares of finite numbers may overflow, so each element is looked at.
            if elements.iter().all(|e| e.is_finite()) {
                return true;
            }
            bad = Some(id);
            false
        })?;
        match bad {
            None => Ok(()),
            Some(id) => {
                let rule = "hold finite numbers only";
                Err(Error::new(at, "vector", ErrorKind::Invalid { rule, got: id }))
            }
        }
    }

    fn module(&mut self, payload: &[u8], at: u64) -> crate::Result<()> {
        let wasm = crate::read::wasm::WasmSegment::parse(payload, at)?;
        if wasm.hash_kind() == crate::read::wasm::HashKind::Neither {
            let computed = crate::hash::shake256_256(wasm.bytecode);
            let stored = &wasm.header.bytecode_hash;
            return Err(crate::read::file::hash_error(at + 0x18, "hash of the module", stored, &computed));
        }
        Ok(())
    }

    /// Segments must not overlap, and what lies between them must be fill or a whole segment.
    /// Returns the segments that start inside another, ascending.
    fn layout(&mut self, file: &File<'_>) -> Vec<u32> {
        let overlapping = file.overlapping();
        let segments = file.segments().flatten().chain([*file.manifest_segment()]);
        let (inside, mut apart): (Vec<_>, Vec<_>) =
            segments.partition(|s| overlapping.binary_search(&s.index).is_ok());
        for segment in inside {
            let kind = ErrorKind::Invalid { rule: "start behind the one before it", got: segment.offset };
            self.problem(Some(segment.index), Error::new(segment.offset, "segment", kind));
        }
        apart.sort_unstable_by_key(|s| s.offset);
        let mut end = 0u64;
        for segment in apart {
            self.gap(file, end, segment.offset);
            end = segment.end();
        }
        if file.dialect() == Dialect::Mixed {
            self.report.warnings.push(Warning::MixedDialects);
        }
        overlapping
    }

    /// What lies between two listed segments: fill, or segments that are not in force.
    fn gap(&mut self, file: &File<'_>, from: u64, to: u64) {
        let mut at = from;
        for _ in 0..crate::limits::MAX_TAIL_SEGMENTS {
            at += fill_len(slice(file.body(), at, to), at);
            let rest = slice(file.body(), at, to);
            if rest.is_empty() {
                return;
            }
            match whole_segment(rest, at) {
                Some(len) => {
                    self.report.warnings.push(Warning::Unlisted { offset: at });
                    at += len;
                }
                None => break,
            }
        }
        let kind = ErrorKind::Invalid { rule: "be zero fill or a segment", got: to - at };
        self.problem(None, Error::new(at, "bytes between segments", kind));
    }

    fn tail(&mut self, file: &File<'_>) {
        let len = file.uncommitted_tail();
        if len == 0 {
            return;
        }
        let end = file.body().len() as u64;
        let offset = end - len;
        let mut at = offset;
        for _ in 0..crate::limits::MAX_TAIL_SEGMENTS {
            at += fill_len(slice(file.body(), at, end), at);
            let rest = slice(file.body(), at, end);
            if rest.is_empty() {
                self.report.warnings.push(Warning::UnlistedSegments { offset, len });
                return;
            }
            match whole_segment(rest, at) {
                Some(len) => at += len,
                None => break,
            }
        }
        let kind = ErrorKind::Invalid { rule: "be a whole segment (a write was torn off)", got: end - at };
        self.problem(None, Error::new(at, "tail of the file", kind));
    }

    fn metadata(&mut self, file: &File<'_>) {
        match Metadata::read(file) {
            Ok(metadata) => {
                self.report.warnings.extend(metadata.damaged.map(Warning::MetadataDamaged));
            }
            Err(error) => self.problem(segment_at(file, error.offset()), error),
        }
    }

    fn root_page(&mut self, file: &File<'_>) {
        let Some(page) = file.root_page() else { return };
        self.report.warnings.push(Warning::SignatureNotChecked);
        let manifest = file.manifest_segment();
        let at = file.body().len() as u64;
        let hash = crate::hash::shake256_128(manifest.payload);
        if page.manifest_hash != hash {
            let error = crate::read::file::hash_error(
                at + 0xFD0,
                "manifest hash in the root page",
                &page.manifest_hash,
                &hash,
            );
            self.problem(None, error);
        }
        let len = HEADER_LEN as u64 + manifest.payload.len() as u64;
        let pairs = [
            ("manifest offset in the root page", manifest.offset, page.manifest_offset),
            ("manifest length in the root page", len, page.manifest_len),
            ("dimension in the root page", file.manifest().head.dimension.into(), page.dimension.into()),
            ("epoch in the root page", file.manifest().head.epoch.into(), page.epoch.into()),
        ];
        for (what, expected, got) in pairs {
            if expected != got {
                self.problem(None, Error::new(at, what, ErrorKind::Mismatch { expected, got }));
            }
        }
        if file.manifest().head.kind == ManifestKind::Export {
            let kind = ErrorKind::Refused { why: "exports are not signed" };
            self.problem(None, Error::new(at, "root page of an exported store", kind));
        }
    }
}

/// A matrix must be whole, and must be what its head says was measured.
fn matrix(payload: &[u8], at: u64) -> crate::Result<()> {
    let matrix = Sparse::parse(payload, at)?;
    matrix.check()?;
    if sparse::measure(&matrix)? != matrix.head().properties {
        let kind = ErrorKind::Invalid { rule: "be those that are measured", got: 0 };
        return Err(Error::new(at + 92, "properties of the matrix", kind));
    }
    Ok(())
}

/// A policy of ours must be whole; any other is kept as it is.
fn policy(payload: &[u8], at: u64) -> crate::Result<()> {
    Policy::parse(payload, at)?.map_or(Ok(()), |policy| policy.check(at))
}

fn slice(bytes: &[u8], from: u64, to: u64) -> &[u8] {
    let range = |x: u64| usize::try_from(x).ok();
    range(from).zip(range(to)).and_then(|(a, b)| bytes.get(a..b)).unwrap_or_default()
}

/// Zero bytes up to the next boundary, when the segment before was padded.
fn fill_len(rest: &[u8], at: u64) -> u64 {
    let fill = align_up(at).map_or(0, |aligned| aligned - at);
    let zeros = rest.iter().take(fill as usize).take_while(|b| **b == 0).count() as u64;
    if zeros == fill || zeros == rest.len() as u64 { zeros } else { 0 }
}

/// Length of the segment at the start of `rest`, when it is whole.
fn whole_segment(rest: &[u8], at: u64) -> Option<u64> {
    let header = SegmentHeader::parse(rest, at).ok()?;
    let len = header.payload_len.checked_add(HEADER_LEN as u64)?;
    (len <= rest.len() as u64).then_some(len)
}

/// The listed segment that an offset lies in.
fn segment_at(file: &File<'_>, offset: u64) -> Option<u32> {
    file.segments().flatten().find(|s| (s.offset..s.end()).contains(&offset)).map(|s| s.index)
}
