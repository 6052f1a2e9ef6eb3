//! Stores of the published runtime, made on the spot, in our reader and solver.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::{Folder, assert_agreement, create, ingest, their_metric};
use rvf_fixtures::generate::{ids, vectors};
use rvf_fixtures::{echo_wasm, tiny_wasm};
use rvf_format::read::meta::{Metadata, Value};
use rvf_format::read::wasm::{HashKind, WasmSegment};
use rvf_format::verify::{IntegrityVerdict, verify};
use rvf_format::write::resume;
use rvf_format::{Dialect, File, HashVerdict, Metric, SegmentType};
use rvf_interop::{METRICS, live_vectors};
use rvf_runtime::options::MetadataValue;
use rvf_runtime::{MetadataEntry, QueryOptions, RvfOptions, RvfStore, VectorMetadata};
use std::path::Path;

/// Their file is whole by every hash it has, and ours says that it has no integrity record.
fn assert_sound(path: &Path, what: &str) {
    let bytes = std::fs::read(path).unwrap();
    let file = File::open(&bytes).unwrap();
    let report = verify(&file, &mut |_, _| ());
    assert!(report.is_ok(), "{what}: {:?}", report.problems);
    assert_eq!(report.integrity, IntegrityVerdict::Absent, "{what}");
    assert!(report.segments.iter().all(|s| matches!(s.hash, HashVerdict::Match(_))), "{what}");
    assert_eq!(file.dialect(), Dialect::Padded, "{what}");
}

#[test]
fn batches_overwrites_and_deletions() {
    let folder = Folder::new();
    for metric in METRICS {
        for dimension in [1u16, 3, 16, 100] {
            let what = format!("{} {dimension}", metric.name());
            let path = folder.path(&format!("{what}.rvf"));
            let mut store = create(&path, dimension, metric);
            for batch in 0..3u64 {
                let first = batch * 200 + 1;
                let numbers: Vec<u64> = (first..first + 200).collect();
                ingest(&mut store, &numbers, &vectors(200, dimension.into(), batch));
            }
            ingest(&mut store, &[5, 300, 7, u64::MAX], &vectors(4, dimension.into(), 77));
            assert_eq!(store.delete(&[1, 7, 600]).unwrap().deleted, 3);
            ingest(&mut store, &[600], &vectors(1, dimension.into(), 78));
            store.close().unwrap();
            assert_sound(&path, &what);
            assert_agreement(&path, &what);
            assert_eq!(live_vectors(&std::fs::read(&path).unwrap()).len(), 599, "{what}");
        }
    }
}

#[test]
fn reopened_and_compacted() {
    let folder = Folder::new();
    let path = folder.path("reopened.rvf");
    let mut store = create(&path, 8, Metric::Cosine);
    ingest(&mut store, &ids(50), &vectors(50, 8, 1));
    store.close().unwrap();
    for round in 0..4u64 {
        let mut store = RvfStore::open(&path).unwrap();
        ingest(&mut store, &[100 + round, 1], &vectors(2, 8, round));
        store.delete(&[10 + round]).unwrap();
        store.close().unwrap();
        assert_sound(&path, "reopened");
        assert_agreement(&path, "reopened");
    }
    let mut store = RvfStore::open(&path).unwrap();
    store.compact().unwrap();
    store.close().unwrap();
    assert_agreement(&path, "compacted");
    assert_eq!(live_vectors(&std::fs::read(&path).unwrap()).len(), 50);
}

/// A query builds their index; closing writes it as INDEX_SEG. Ours keeps such segments and answers
/// without them.
#[test]
fn an_index_is_kept_and_not_needed() {
    let folder = Folder::new();
    let path = folder.path("index.rvf");
    let mut store = create(&path, 16, Metric::L2);
    ingest(&mut store, &ids(1500), &vectors(1500, 16, 1));
    store.query(&vectors(1, 16, 2), 5, &QueryOptions::default()).unwrap();
    store.close().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(File::open(&bytes).unwrap().segments_of(SegmentType::INDEX).count(), 1);
    assert_sound(&path, "index");
    assert_agreement(&path, "index");
}

#[test]
fn metadata_of_every_type() {
    let folder = Folder::new();
    let path = folder.path("metadata.rvf");
    let mut store = create(&path, 4, Metric::L2);
    let fields = |id: u64| {
        let values = [
            MetadataValue::String(format!("doc {id} é🦀")),
            MetadataValue::U64(id),
            MetadataValue::I64(-(id as i64)),
            MetadataValue::F64(id as f64 / 3.0),
            MetadataValue::Bool(id.is_multiple_of(2)),
            MetadataValue::Bytes(vec![0, id as u8, 255]),
        ];
        let numbered = (1u16..).zip(values);
        numbered.map(|(field_id, value)| MetadataEntry { field_id, value }).collect::<Vec<_>>()
    };
    let numbers = ids(20);
    let rows = vectors(20, 4, 3);
    let rows: Vec<&[f32]> = rows.chunks(4).collect();
    let records: Vec<_> = numbers
        .iter()
        .map(|id| VectorMetadata { vector_id: *id, fields: fields(*id), delete_record: false })
        .collect();
    store.ingest_batch_with_metadata(&rows, &numbers, &records).unwrap();
    store.set_file_metadata("title".into(), MetadataValue::String("held out".into())).unwrap();
    store.set_file_metadata("n".into(), MetadataValue::U64(20)).unwrap();
    store.delete(&[4, 9]).unwrap();
    for round in 0..40 {
        // More changes than one chain takes: a second snapshot is written on the way.
        store.set_file_metadata("round".into(), MetadataValue::I64(round)).unwrap();
    }
    store.close().unwrap();
    assert_sound(&path, "metadata");
    assert_agreement(&path, "metadata");

    let bytes = std::fs::read(&path).unwrap();
    let file = File::open(&bytes).unwrap();
    let metadata = Metadata::read(&file).unwrap();
    assert_eq!(metadata.damaged, None);
    assert_eq!(metadata.file.get("title"), Some(&Value::String("held out")));
    assert_eq!(metadata.file.get("n"), Some(&Value::U64(20)));
    assert_eq!(metadata.file.get("round"), Some(&Value::I64(39)));
    assert_eq!(metadata.records.len(), 18);
    let store = RvfStore::open_readonly(&path).unwrap();
    for id in numbers {
        let theirs = store.get_metadata(id);
        let ours = metadata.records.get(&id);
        assert_eq!(ours.is_some(), theirs.is_some(), "id {id}");
        for ((field, value), theirs) in ours.into_iter().flatten().zip(theirs.into_iter().flatten()) {
            assert_eq!(*field, theirs.field_id);
            let same = match (value, &theirs.value) {
                (Value::Null, MetadataValue::Null) => true,
                (Value::String(a), MetadataValue::String(b)) => a == b,
                (Value::Bytes(a), MetadataValue::Bytes(b)) => a == b,
                (Value::I64(a), MetadataValue::I64(b)) => a == b,
                (Value::U64(a), MetadataValue::U64(b)) => a == b,
                (Value::F64(a), MetadataValue::F64(b)) => a.to_bits() == b.to_bits(),
                (Value::Bool(a), MetadataValue::Bool(b)) => a == b,
                _ => false,
            };
            assert!(same, "id {id}: {value:?} here, {theirs:?} there");
        }
    }
    assert_eq!(metadata.label(11), Some("doc 11 é🦀"), "without a label field named, field 1 is it");
}

/// `embed_wasm` stores an additive fold where the format says SHAKE-256: named, never trusted.
#[test]
fn modules_of_theirs_are_listed_and_called_unproven() {
    let folder = Folder::new();
    let path = folder.path("modules.rvf");
    let mut store = create(&path, 4, Metric::L2);
    ingest(&mut store, &ids(5), &vectors(5, 4, 1));
    for (role, priority, module) in [(0, 7, echo_wasm()), (1, 3, tiny_wasm()), (0, 3, b"not wasm".as_slice())]
    {
        store.embed_wasm(role, 0, 0, module, 1, priority, 0).unwrap();
    }
    store.close().unwrap();
    assert_sound(&path, "modules");
    assert_agreement(&path, "modules");
    let bytes = std::fs::read(&path).unwrap();
    let file = File::open(&bytes).unwrap();
    for segment in file.segments_of(SegmentType::WASM) {
        let segment = segment.unwrap();
        let module = WasmSegment::parse(segment.payload, segment.payload_offset()).unwrap();
        assert_eq!(module.hash_kind(), HashKind::ByteFold);
    }
}

#[test]
fn a_signed_store() {
    let folder = Folder::new();
    let path = folder.path("signed.rvf");
    let options = RvfOptions { dimension: 16, metric: their_metric(Metric::L2), ..RvfOptions::default() };
    let mut store = RvfStore::create_signed(&path, options, &[7; 32]).unwrap();
    ingest(&mut store, &ids(100), &vectors(100, 16, 1));
    store.delete(&[3]).unwrap();
    store.close().unwrap();
    assert_sound(&path, "signed");
    assert_agreement(&path, "signed");
    let bytes = std::fs::read(&path).unwrap();
    let file = File::open(&bytes).unwrap();
    assert!(file.root_page().is_some() && file.manifest().segment_hashes.is_some());
    assert!(resume(&file, Vec::new()).is_err(), "adding to it would break its signature");
}

/// We add a module and vectors' neighbours stay the same; they then go on writing behind it.
#[test]
fn we_add_to_theirs_and_they_go_on() {
    let folder = Folder::new();
    let path = folder.path("added.rvf");
    let mut store = create(&path, 8, Metric::InnerProduct);
    ingest(&mut store, &ids(300), &vectors(300, 8, 1));
    store.delete(&[12]).unwrap();
    store.close().unwrap();

    let bytes = std::fs::read(&path).unwrap();
    let mut writer = resume(&File::open(&bytes).unwrap(), Vec::new()).unwrap();
    let header = rvf_fixtures::golden::tiny_header(echo_wasm(), 4);
    writer.module(&header, echo_wasm()).unwrap();
    let (_, added) = writer.finish().unwrap();
    assert!(added.starts_with(&bytes), "every byte of theirs is kept");
    let added_path = folder.file("added-to.rvf", &added);
    assert_agreement(&added_path, "added by us");
    assert!(verify(&File::open(&added).unwrap(), &mut |_, _| ()).is_complete());

    let mut store = RvfStore::open(&added_path).unwrap();
    ingest(&mut store, &[1000, 2], &vectors(2, 8, 5));
    store.close().unwrap();
    assert_agreement(&added_path, "added by us, then by them");
    let bytes = std::fs::read(&added_path).unwrap();
    assert_eq!(rvf_interop::modules(&bytes)[0].1, echo_wasm());
    assert!(live_vectors(&bytes).contains_key(&1000));
}
