//! Our side of the tests against the published software: files written by our writer, vectors and
//! neighbours read by our reader and solver.
//!
//! The published software itself is a dependency of the tests alone.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests only, and a panic is the finding

use rvf_fixtures::generate::{ids, vectors};
use rvf_format::hash::Algorithm;
use rvf_format::read::vectors::for_each_vector;
use rvf_format::read::wasm::WasmSegment;
use rvf_format::write::{FileWriter, Options};
use rvf_format::{File, Metric, SegmentType};
use solver_microkernel::directory::record;
use solver_microkernel::native::{RequestBuilder, run};
use solver_microkernel::{Instance, Operation, Status, Values, request};
use std::collections::{BTreeMap, BTreeSet};

/// All metrics.
pub const METRICS: [Metric; 3] = [Metric::L2, Metric::InnerProduct, Metric::Cosine];

/// What a file of ours is to hold. Ids are 1, 2, 3, ...
#[derive(Clone, Debug)]
pub struct Recipe<'a> {
    /// Vectors.
    pub count: usize,
    /// Elements of each.
    pub dimension: u16,
    /// The metric.
    pub metric: Metric,
    /// The hash of the segments.
    pub algorithm: Algorithm,
    /// Rows of one segment.
    pub batch: usize,
    /// True: every vector that is not deleted is called `word <id>`. (The published runtime refuses
    /// a file with metadata for a vector that is deleted or absent.)
    pub labels: bool,
    /// Ids to delete.
    pub deleted: Vec<u64>,
    /// Modules, with their priority.
    pub modules: Vec<(u8, &'a [u8])>,
}

impl Default for Recipe<'_> {
    fn default() -> Self {
        Self {
            count: 1000,
            dimension: 17,
            metric: Metric::L2,
            algorithm: Algorithm::CrcRotation,
            batch: 300,
            labels: false,
            deleted: Vec::new(),
            modules: Vec::new(),
        }
    }
}

impl Recipe<'_> {
    /// The vectors that [`write`](Self::write) writes.
    #[must_use]
    pub fn vectors(&self) -> Vec<f32> {
        vectors(self.count, self.dimension.into(), self.count as u64)
    }

    /// The file.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let options = Options {
            dimension: self.dimension,
            metric: self.metric,
            algorithm: self.algorithm,
            timestamp_ns: 0,
        };
        let mut writer = FileWriter::new(Vec::new(), options);
        let (ids, rows) = (ids(self.count), self.vectors());
        for (ids, rows) in ids.chunks(self.batch).zip(rows.chunks(self.batch * usize::from(self.dimension))) {
            writer.vectors(ids, rows).unwrap();
        }
        writer.delete(&self.deleted).unwrap();
        if self.labels {
            let texts: Vec<_> = ids.iter().map(|id| (*id, label(*id))).collect();
            let labels: Vec<_> = texts.iter().map(|(id, text)| (*id, text.as_str())).collect();
            writer.labels(&labels).unwrap();
        }
        for (priority, module) in &self.modules {
            let header = rvf_fixtures::golden::tiny_header(module, *priority);
            writer.module(&header, module).unwrap();
        }
        writer.finish().unwrap().1
    }
}

/// The label of a vector in files of [`Recipe`].
#[must_use]
pub fn label(id: u64) -> String {
    format!("word {id} é🦀")
}

/// The live vectors of a file, by our reader: later rows replace earlier ones, deleted ids are out.
#[must_use]
pub fn live_vectors(bytes: &[u8]) -> BTreeMap<u64, Vec<f32>> {
    let file = File::open(bytes).unwrap();
    let deleted: BTreeSet<u64> = file.manifest().deleted.iter().copied().collect();
    let mut live = BTreeMap::new();
    for segment in file.segments_of(SegmentType::VEC) {
        let segment = segment.unwrap();
        let dimension = file.manifest().head.dimension;
        for_each_vector(segment.payload, dimension, segment.payload_offset(), |id, elements| {
            live.insert(id, elements.to_vec());
            true
        })
        .unwrap();
    }
    live.retain(|id, _| !deleted.contains(id));
    live
}

/// Headers and modules of a file, by our reader, lowest priority first.
#[must_use]
pub fn modules(bytes: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let file = File::open(bytes).unwrap();
    let mut found = Vec::new();
    for segment in file.segments_of(SegmentType::WASM) {
        let segment = segment.unwrap();
        let module = WasmSegment::parse(segment.payload, segment.payload_offset()).unwrap();
        found.push((segment.payload[..64].to_vec(), module.bytecode.to_vec()));
    }
    found.sort_by_key(|(header, _)| header[0x38]);
    found
}

/// The `k` nearest vectors by our solver, run natively over the segments of the file.
#[must_use]
pub fn nearest(bytes: &[u8], query: &[f32], k: usize) -> Vec<(u64, f32)> {
    let file = File::open(bytes).unwrap();
    let mut directory = Vec::new();
    let mut payloads = BTreeMap::new();
    let own = file.manifest_segment();
    for segment in file.segments().map(Result::unwrap).chain([*own]) {
        let kind = segment.header.segment_type;
        if kind.is_code() || (kind == SegmentType::MANIFEST && segment.offset != own.offset) {
            continue;
        }
        let in_force = segment.offset == own.offset;
        let (id, len) = (segment.header.segment_id, segment.payload.len() as u64);
        directory.extend_from_slice(&record(segment.index, kind, in_force, len, id));
        payloads.insert(segment.index, segment.payload);
    }
    let mut solver = Instance::new();
    let wanted =
        RequestBuilder::new(Operation::Knn).f32s(request::QUERY, query).u64(request::K, k as u64).build();
    assert_eq!(solver.open(&directory), Status::Done, "{}", String::from_utf8_lossy(solver.error()));
    assert_eq!(solver.begin(&wanted), Status::Done, "{}", String::from_utf8_lossy(solver.error()));
    let mut found = Vec::new();
    loop {
        let status = run(&mut solver, 0, |index| payloads.get(&index).copied()).unwrap();
        let (mut ids, mut distances) = (Vec::new(), Vec::new());
        for column in solver.columns() {
            match (column.name, column.values) {
                ("id", Values::U64(values)) => ids.extend_from_slice(values),
                ("distance", Values::F32(values)) => distances.extend_from_slice(values),
                _ => {}
            }
        }
        found.extend(ids.into_iter().zip(distances));
        match status {
            Status::Rows => {}
            Status::Done => return found,
            _ => panic!("{}", String::from_utf8_lossy(solver.error())),
        }
    }
}

/// Panics unless two answers are the same: distances to 1e-5 relative, ids equal but for ties.
pub fn assert_same_neighbours(ours: &[(u64, f32)], theirs: &[(u64, f32)], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}: number of neighbours");
    let last = theirs.last().map_or(0.0, |(_, distance)| *distance);
    for (a, b) in ours.iter().zip(theirs) {
        assert!(close(a.1, b.1), "{what}: {a:?} here, {b:?} there");
        if a.0 != b.0 {
            // A tie: the vector has this distance there too, or falls off the end at that distance.
            let there = theirs.iter().find(|t| t.0 == a.0).map_or(last, |t| t.1);
            assert!(close(a.1, there), "{what}: {a:?} here, {b:?} there");
        }
    }
}

/// 1e-5 relative. The absolute part is for distances of zero that one side rounds: cosine is
/// computed as 1 minus something close to 1.
fn close(a: f32, b: f32) -> bool {
    (f64::from(a) - f64::from(b)).abs() <= 1e-5 * f64::from(b).abs() + 5e-7
}
