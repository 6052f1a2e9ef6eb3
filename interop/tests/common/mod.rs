//! Their side: the published runtime over files on disk.

#![allow(dead_code)] // every test file uses a part of it

use rvf_format::Metric;
use rvf_interop::{assert_same_neighbours, live_vectors, modules, nearest};
use rvf_runtime::options::DistanceMetric;
use rvf_runtime::{QueryOptions, RvfOptions, RvfStore};
use std::path::{Path, PathBuf};

pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Puts bytes into a file.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

pub(crate) fn their_metric(metric: Metric) -> DistanceMetric {
    match metric {
        Metric::L2 => DistanceMetric::L2,
        Metric::InnerProduct => DistanceMetric::InnerProduct,
        Metric::Cosine => DistanceMetric::Cosine,
    }
}

pub(crate) fn create(path: &Path, dimension: u16, metric: Metric) -> RvfStore {
    let options = RvfOptions { dimension, metric: their_metric(metric), ..RvfOptions::default() };
    RvfStore::create(path, options).unwrap()
}

pub(crate) fn ingest(store: &mut RvfStore, ids: &[u64], rows: &[f32]) {
    let width = rows.len() / ids.len();
    let rows: Vec<&[f32]> = rows.chunks(width).collect();
    let result = store.ingest_batch(&rows, ids, None).unwrap();
    assert_eq!((result.accepted, result.rejected), (ids.len() as u64, 0));
}

pub(crate) fn their_nearest(store: &RvfStore, query: &[f32], k: usize) -> Vec<(u64, f32)> {
    let exact = QueryOptions { force_exact: true, ..QueryOptions::default() };
    store.query(query, k, &exact).unwrap().into_iter().map(|hit| (hit.id, hit.distance)).collect()
}

/// Vectors bit for bit, modules byte for byte, and neighbours: the file says the same to both.
pub(crate) fn assert_agreement(path: &Path, what: &str) {
    let bytes = std::fs::read(path).unwrap();
    let store =
        RvfStore::open_readonly_strict(path).unwrap_or_else(|e| panic!("{what}: they refuse it: {e:?}"));

    let ours = live_vectors(&bytes);
    let mut theirs = store.read_all_vectors();
    theirs.sort_by_key(|(id, _)| *id);
    assert_eq!(ours.len(), theirs.len(), "{what}: number of vectors");
    for ((our_id, ours), (their_id, theirs)) in ours.iter().zip(&theirs) {
        assert_eq!(our_id, their_id, "{what}");
        assert!(
            ours.iter().map(|v| v.to_bits()).eq(theirs.iter().map(|v| v.to_bits())),
            "{what}: id {our_id}"
        );
    }
    assert_eq!(modules(&bytes), store.extract_wasm_all().unwrap(), "{what}: modules");

    let width = usize::from(store.dimension());
    let mut queries = rvf_fixtures::generate::vectors(4, width, 99);
    queries.extend(ours.values().next().into_iter().flatten());
    for query in queries.chunks(width) {
        for k in [1, 10, 40] {
            assert_same_neighbours(&nearest(&bytes, query, k), &their_nearest(&store, query, k), what);
        }
    }
}
