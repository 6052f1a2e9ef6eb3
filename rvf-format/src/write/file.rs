//! A whole file, from the first segment to the manifest.

use super::{Sink, header, integrity, journal, manifest, meta, vectors, wasm, witness};
use crate::error::{Error, ErrorKind};
use crate::forever::{HEADER_LEN, SegmentType};
use crate::hash::{Algorithm, Hasher};
use crate::limits::{MAX_MODULE, MAX_PAYLOAD, MAX_PAYLOAD_READ, MAX_SEGMENTS};
use crate::read::file::Dialect;
use crate::read::header::SegmentHeader;
use crate::read::manifest::{DirectoryEntry, Identity, Metric};
use crate::read::wasm::WasmHeader;
use crate::wire::align_up;
use alloc::format;
use alloc::vec::Vec;
use core::fmt;

/// What a file is to be.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Elements of every vector.
    pub dimension: u16,
    /// How distances are measured.
    pub metric: Metric,
    /// The hash in every segment header. The integrity record uses XXH3-128, or SHAKE-256 when the
    /// segments do.
    pub algorithm: Algorithm,
    /// Written into every header; 0 says nothing, so that the same input gives the same bytes.
    pub timestamp_ns: u64,
}

/// Why a file could not be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteError<E> {
    /// What was asked for has no place in the format.
    Format(Error),
    /// The sink failed.
    Sink(E),
}

impl<E> From<Error> for WriteError<E> {
    fn from(error: Error) -> Self {
        Self::Format(error)
    }
}

impl<E: fmt::Display> fmt::Display for WriteError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(error) => error.fmt(f),
            Self::Sink(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error> core::error::Error for WriteError<E> {}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Bytes of the file.
    pub bytes: u64,
    /// Segments, the manifest included.
    pub segments: u32,
    /// Rows written.
    pub vectors: u64,
    /// Root of the integrity record: equal digests mean equal files.
    pub digest: [u8; 16],
}

/// Everything the manifest will say, gathered on the way.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) options: Options,
    pub(super) dialect: Dialect,
    pub(super) epoch: u32,
    pub(super) profile: u8,
    pub(super) next_id: u64,
    pub(super) total_vectors: u64,
    pub(super) directory: Vec<DirectoryEntry>,
    pub(super) deleted: Vec<u64>,
    /// `None`: made from the contents when the file ends.
    pub(super) identity: Option<Identity>,
    /// True when labels have been written.
    pub(super) labelled: bool,
    /// True when a witness entry for the vectors written is still to come.
    pub(super) witness: bool,
}

/// Writes a file. See the module documentation.
#[derive(Clone, Debug)]
pub struct FileWriter<S> {
    sink: S,
    state: State,
    offset: u64,
    leaves: integrity::Leaves,
    contents: Hasher,
    scratch: Vec<u8>,
    /// Bytes that the segment begun with [`FileWriter::begin`] still lacks.
    lacking: u64,
}

impl<S: Sink> FileWriter<S> {
    /// Starts a file. Nothing is written yet.
    #[must_use]
    pub fn new(sink: S, options: Options) -> Self {
        let state = State {
            options,
            dialect: Dialect::Padded,
            epoch: 1,
            profile: 0,
            next_id: 1,
            total_vectors: 0,
            directory: Vec::new(),
            deleted: Vec::new(),
            identity: None,
            labelled: false,
            witness: true,
        };
        Self::with_state(sink, state)
    }

    pub(super) fn with_state(sink: S, state: State) -> Self {
        let algorithm = tree_algorithm(state.options.algorithm);
        Self {
            sink,
            state,
            offset: 0,
            leaves: integrity::Leaves::new(algorithm),
            contents: Hasher::new(Algorithm::Shake256),
            scratch: Vec::new(),
            lacking: 0,
        }
    }

    /// Bytes written so far.
    #[must_use]
    pub fn bytes_written(&self) -> u64 {
        self.offset
    }

    /// Rows written so far.
    #[must_use]
    pub fn vectors_written(&self) -> u64 {
        self.state.total_vectors
    }

    /// One VEC_SEG with `rows`, one vector after the other, and their `ids`. An empty batch
    /// writes nothing. A caller that repeats an id replaces the earlier row.
    pub fn vectors(&mut self, ids: &[u64], rows: &[f32]) -> Result<(), WriteError<S::Error>> {
        let width = usize::from(self.state.options.dimension);
        if ids.len().checked_mul(width) != Some(rows.len()) {
            let expected = (ids.len() as u64).saturating_mul(width as u64);
            let kind = ErrorKind::Mismatch { expected, got: rows.len() as u64 };
            return Err(Error::new(self.offset, "number of elements in a batch", kind).into());
        }
        if ids.is_empty() {
            return Ok(());
        }
        if !self.state.witness {
            let kind = ErrorKind::Invalid { rule: "come before the first module", got: ids.len() as u64 };
            return Err(Error::new(self.offset, "batch of vectors", kind).into());
        }
        let mut payload = core::mem::take(&mut self.scratch);
        payload.clear();
        vectors::encode(self.state.options.dimension, ids, rows, &mut payload);
        self.segment(SegmentType::VEC, &payload)?;
        self.scratch = payload;
        self.state.total_vectors += ids.len() as u64;
        Ok(())
    }

    /// One META_SEG that names vectors; `labels` ascending by id. Labels of deleted ids are left out,
    /// because published software refuses a file that has them. No labels, no segment.
    pub fn labels(&mut self, labels: &[(u64, &str)]) -> Result<(), WriteError<S::Error>> {
        if labels.is_empty() {
            return Ok(());
        }
        if !labels.is_sorted_by(|a, b| a.0 < b.0) {
            let kind = ErrorKind::Invalid { rule: "be ascending by id", got: labels.len() as u64 };
            return Err(Error::new(self.offset, "list of labels", kind).into());
        }
        let live = |(id, _): &&(u64, &str)| self.state.deleted.binary_search(id).is_err();
        let labels: Vec<_> = labels.iter().filter(live).copied().collect();
        let payload = meta::encode_labels(&labels);
        self.state.labelled = true;
        self.segment(SegmentType::META, &payload)
    }

    /// One WASM_SEG. Modules come after the vectors: a module that is added to a finished file
    /// then gives the same bytes as one that was there from the start.
    pub fn module(&mut self, header: &WasmHeader, module: &[u8]) -> Result<(), WriteError<S::Error>> {
        if module.len() as u64 > MAX_MODULE {
            let kind = ErrorKind::TooLarge { limit: MAX_MODULE, got: module.len() as u64 };
            return Err(Error::new(self.offset, "bytes of the module", kind).into());
        }
        self.witness()?;
        let payload = wasm::encode(header, module);
        self.segment(SegmentType::WASM, &payload)
    }

    /// Deletes ids: a JOURNAL_SEG, and the manifest's list. Comes before the labels.
    pub fn delete(&mut self, ids: &[u64]) -> Result<(), WriteError<S::Error>> {
        if ids.is_empty() {
            return Ok(());
        }
        if self.state.labelled {
            let kind = ErrorKind::Invalid { rule: "come before the labels", got: ids.len() as u64 };
            return Err(Error::new(self.offset, "deletion", kind).into());
        }
        let payload = journal::encode(self.state.epoch, ids);
        self.segment(SegmentType::JOURNAL, &payload)?;
        self.state.deleted.extend_from_slice(ids);
        self.state.deleted.sort_unstable();
        self.state.deleted.dedup();
        Ok(())
    }

    /// Says what a carried-over manifest said: ids deleted before, rows held, identity. For
    /// rewriting a file segment by segment.
    pub fn carry_over(&mut self, manifest: &crate::Manifest) {
        self.state.deleted.clone_from(&manifest.deleted);
        self.state.total_vectors = manifest.head.total_vectors;
        self.state.epoch = manifest.head.epoch.saturating_add(1);
        self.state.profile = manifest.head.profile;
        self.state.identity = manifest.identity;
        self.state.witness = false;
    }

    /// One segment of any type with these payload bytes.
    pub fn segment(&mut self, segment_type: SegmentType, payload: &[u8]) -> Result<(), WriteError<S::Error>> {
        if payload.len() as u64 > MAX_PAYLOAD {
            let kind = ErrorKind::TooLarge { limit: MAX_PAYLOAD, got: payload.len() as u64 };
            return Err(Error::new(self.offset, "bytes of a segment", kind).into());
        }
        if self.state.directory.len() >= MAX_SEGMENTS as usize {
            let limit = MAX_SEGMENTS.into();
            let kind = ErrorKind::TooLarge { limit, got: self.state.directory.len() as u64 + 1 };
            return Err(Error::new(self.offset, "number of segments", kind).into());
        }
        let header = self.header(segment_type, payload);
        if !segment_type.is_code() {
            self.contents.update(&header.content_hash);
        }
        self.list(&header);
        self.put_segment(&header, payload)
    }

    /// Begins a segment whose payload comes in pieces: `payload_len` bytes with this hash (of the
    /// algorithm in force), for payloads too large for memory. Give all of them to [`Self::push`].
    pub fn begin(
        &mut self,
        segment_type: SegmentType,
        payload_len: u64,
        content_hash: [u8; 16],
    ) -> Result<(), WriteError<S::Error>> {
        if payload_len > MAX_PAYLOAD_READ {
            let kind = ErrorKind::TooLarge { limit: MAX_PAYLOAD_READ, got: payload_len };
            return Err(Error::new(self.offset, "bytes of a segment", kind).into());
        }
        let header =
            SegmentHeader { content_hash, ..self.header_for(segment_type, payload_len, self.offset) };
        self.contents.update(&content_hash);
        self.list(&header);
        self.put(&header::encode(&header))?;
        self.lacking = payload_len;
        if payload_len == 0 { self.fill() } else { Ok(()) }
    }

    /// Adds a piece to the segment begun; the last piece ends it.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), WriteError<S::Error>> {
        let Some(lacking) = self.lacking.checked_sub(piece.len() as u64) else {
            let kind = ErrorKind::TooLarge { limit: self.lacking, got: piece.len() as u64 };
            return Err(Error::new(self.offset, "piece of a segment", kind).into());
        };
        self.put(piece)?;
        self.lacking = lacking;
        if lacking == 0 && !piece.is_empty() { self.fill() } else { Ok(()) }
    }

    /// Writes what is left: a witness entry, the integrity record, the manifest.
    pub fn finish(mut self) -> Result<(Summary, S), WriteError<S::Error>> {
        if self.lacking > 0 {
            let kind = ErrorKind::Truncated { needed: self.lacking, available: 0 };
            return Err(Error::new(self.offset, "segment begun", kind).into());
        }
        self.witness()?;
        let identity = self.state.identity.unwrap_or_else(|| self.identity_of_contents());
        self.state.identity = Some(identity);
        self.seal()
    }

    /// The witness entry for the vectors, once.
    fn witness(&mut self) -> Result<(), WriteError<S::Error>> {
        if !core::mem::take(&mut self.state.witness) || self.state.total_vectors == 0 {
            return Ok(());
        }
        let action = format!("ingest:count={},epoch={}", self.state.total_vectors, self.state.epoch);
        let time = self.state.options.timestamp_ns;
        let entry = witness::entry(&[0; 32], action.as_bytes(), time, witness::KIND_COMPUTATION);
        self.segment(SegmentType::WITNESS, &entry)
    }

    /// A name made of the data alone: the same data with other programs is still the same data.
    fn identity_of_contents(&self) -> Identity {
        let options = &self.state.options;
        let mut hasher = self.contents.clone();
        hasher.update(&options.dimension.to_le_bytes());
        hasher.update(&[options.metric.to_byte()]);
        Identity { file_id: hasher.finish(), parent_id: [0; 16], parent_hash: [0; 32], lineage_depth: 0 }
    }

    /// The record and the manifest are made together: the record hashes the manifest's bytes.
    fn seal(mut self) -> Result<(Summary, S), WriteError<S::Error>> {
        let record_offset = self.offset;
        let manifest_len = {
            let mut with_record = self.state.directory.clone();
            with_record.push(placeholder());
            self.manifest_parts(&with_record).encoded_len()
        };
        let dialect = self.state.dialect;
        let plan = integrity::Plan::new(record_offset, manifest_len, |at| align(dialect, at));
        let mut record = self.header_for(SegmentType::INTEGRITY, plan.payload_len, record_offset);
        record.checksum_algo = self.state.options.algorithm.to_byte();
        self.list(&record);
        let directory = self.state.directory.clone();
        let manifest = manifest::encode(&self.manifest_parts(&directory));
        let manifest_header = self.header_at(SegmentType::MANIFEST, &manifest, plan.manifest_offset);

        let algorithm = tree_algorithm(self.state.options.algorithm);
        let payload_offset = record_offset + HEADER_LEN as u64;
        let head = plan.head(algorithm, payload_offset);
        let mut leaves = self.leaves.clone();
        leaves.update(&header::encode(&record));
        leaves.update(&head);
        leaves.zeros(plan.payload_len - head.len() as u64);
        leaves.zeros(plan.manifest_offset - payload_offset - plan.payload_len);
        leaves.update(&header::encode(&manifest_header));
        leaves.update(&manifest);
        leaves.zeros(plan.file_len - plan.manifest_offset - HEADER_LEN as u64 - manifest.len() as u64);
        let (payload, digest) = integrity::seal(algorithm, head, &leaves.finish());

        let vectors = self.state.total_vectors;
        let segments = self.state.directory.len() as u32 + 1;
        self.put_segment(&record, &payload)?;
        self.put_segment(&manifest_header, &manifest)?;
        Ok((Summary { bytes: self.offset, segments, vectors, digest }, self.sink))
    }

    fn manifest_parts<'a>(&'a self, directory: &'a [DirectoryEntry]) -> manifest::ManifestParts<'a> {
        manifest::ManifestParts {
            epoch: self.state.epoch,
            dimension: self.state.options.dimension,
            total_vectors: self.state.total_vectors,
            profile: self.state.profile,
            metric: self.state.options.metric.to_byte(),
            directory,
            deleted: &self.state.deleted,
            identity: self.state.identity,
        }
    }

    fn header(&mut self, segment_type: SegmentType, payload: &[u8]) -> SegmentHeader {
        self.header_at(segment_type, payload, self.offset)
    }

    fn header_at(&mut self, segment_type: SegmentType, payload: &[u8], offset: u64) -> SegmentHeader {
        let content_hash = self.state.options.algorithm.hash(payload);
        SegmentHeader { content_hash, ..self.header_for(segment_type, payload.len() as u64, offset) }
    }

    /// A header without hash; takes the next segment id.
    fn header_for(&mut self, segment_type: SegmentType, payload_len: u64, offset: u64) -> SegmentHeader {
        let end = offset + HEADER_LEN as u64 + payload_len;
        let segment_id = self.state.next_id;
        // A file may come with the greatest id there is; ids need not be unique.
        self.state.next_id = self.state.next_id.saturating_add(1);
        SegmentHeader {
            segment_type,
            flags: 0,
            segment_id,
            payload_len,
            timestamp_ns: self.state.options.timestamp_ns,
            checksum_algo: self.state.options.algorithm.to_byte(),
            compression: 0,
            reserved_0: 0,
            reserved_1: 0,
            content_hash: [0; 16],
            uncompressed_len: 0,
            alignment_pad: (align(self.state.dialect, end) - end) as u32,
        }
    }

    fn list(&mut self, header: &SegmentHeader) {
        self.state.directory.push(DirectoryEntry {
            segment_id: header.segment_id,
            offset: self.offset,
            payload_len: header.payload_len,
            segment_type: header.segment_type,
        });
    }

    fn put_segment(&mut self, header: &SegmentHeader, payload: &[u8]) -> Result<(), WriteError<S::Error>> {
        self.put(&header::encode(header))?;
        self.put(payload)?;
        self.fill()
    }

    /// Zero bytes up to where the next segment may start.
    pub(super) fn fill(&mut self) -> Result<(), WriteError<S::Error>> {
        const FILL: [u8; 64] = [0; 64];
        let fill = align(self.state.dialect, self.offset) - self.offset;
        self.put(FILL.get(..fill as usize).unwrap_or_default())
    }

    /// Passes bytes on to the sink and to the leaves.
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<(), WriteError<S::Error>> {
        self.leaves.update(bytes);
        self.offset += bytes.len() as u64;
        self.sink.write(bytes).map_err(WriteError::Sink)
    }
}

/// The tree needs a hash that is fast, or a cryptographic one where the segments have one.
fn tree_algorithm(segments: Algorithm) -> Algorithm {
    match segments {
        Algorithm::Shake256 => Algorithm::Shake256,
        Algorithm::CrcRotation | Algorithm::Xxh3 => Algorithm::Xxh3,
    }
}

fn align(dialect: Dialect, at: u64) -> u64 {
    match dialect {
        Dialect::Unpadded => at,
        Dialect::Padded | Dialect::Mixed => align_up(at).unwrap_or(at),
    }
}

/// Stands for an entry whose length alone matters.
fn placeholder() -> DirectoryEntry {
    DirectoryEntry { segment_id: 0, offset: 0, payload_len: 0, segment_type: SegmentType::INTEGRITY }
}
