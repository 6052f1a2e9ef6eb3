//! Files of our writer in the published runtime.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::{Folder, assert_agreement, ingest};
use rvf_fixtures::{echo_wasm, tiny_wasm};
use rvf_format::SegmentType;
use rvf_format::hash::Algorithm;
use rvf_format::write::{FileWriter, Options};
use rvf_interop::{METRICS, Recipe, label};
use rvf_runtime::options::MetadataValue;
use rvf_runtime::{MetadataEntry, RvfStore};
use rvf_types::metadata as wire;

#[test]
fn every_metric_and_size() {
    let folder = Folder::new();
    for metric in METRICS {
        for (count, dimension) in [(1, 3), (1000, 17), (20_000, 32)] {
            let recipe = Recipe { metric, count, dimension, batch: 4096, ..Recipe::default() };
            let what = format!("{count} x {dimension}, {}", metric.name());
            let bytes = recipe.write();
            assert_eq!(rvf_interop::live_vectors(&bytes).len(), count, "{what}");
            assert_agreement(&folder.file(&format!("{}-{count}.rvf", metric.name()), &bytes), &what);
        }
    }
}

#[test]
fn every_hash() {
    let folder = Folder::new();
    for algorithm in [Algorithm::CrcRotation, Algorithm::Xxh3, Algorithm::Shake256] {
        let recipe = Recipe { algorithm, labels: true, modules: vec![(5, tiny_wasm())], ..Recipe::default() };
        assert_agreement(
            &folder.file(&format!("{}.rvf", algorithm.name()), &recipe.write()),
            algorithm.name(),
        );
    }
}

#[test]
fn an_empty_file() {
    let folder = Folder::new();
    let path = folder.file("empty.rvf", &Recipe { count: 0, ..Recipe::default() }.write());
    assert_agreement(&path, "no vectors");
}

#[test]
fn deleted_ids_stay_deleted() {
    let folder = Folder::new();
    for metric in METRICS {
        let deleted: Vec<u64> = (1..=1000).filter(|id| id % 7 == 0 || *id == 1).collect();
        let recipe = Recipe { metric, deleted: deleted.clone(), ..Recipe::default() };
        let path = folder.file(&format!("{}.rvf", metric.name()), &recipe.write());
        assert_agreement(&path, metric.name());
        let store = RvfStore::open_readonly(&path).unwrap();
        assert_eq!(store.status().total_vectors, 1000 - deleted.len() as u64);
    }
}

#[test]
fn modules_come_out_as_they_went_in() {
    let folder = Folder::new();
    let recipe =
        Recipe { modules: vec![(9, echo_wasm()), (2, tiny_wasm()), (9, tiny_wasm())], ..Recipe::default() };
    let path = folder.file("modules.rvf", &recipe.write());
    assert_agreement(&path, "modules");
    let store = RvfStore::open_readonly(&path).unwrap();
    let bodies: Vec<_> = store.extract_wasm_all().unwrap().into_iter().map(|(_, body)| body).collect();
    assert_eq!(bodies, [tiny_wasm(), echo_wasm(), tiny_wasm()]);
    assert_eq!(store.extract_wasm().unwrap().unwrap().1, echo_wasm());
    assert!(!store.is_self_bootstrapping());
}

#[test]
fn labels_are_their_metadata() {
    let folder = Folder::new();
    let recipe = Recipe { labels: true, deleted: vec![4], ..Recipe::default() };
    let path = folder.file("labels.rvf", &recipe.write());
    assert_agreement(&path, "labels");
    let store = RvfStore::open_readonly(&path).unwrap();
    assert_eq!(store.metadata_recovery().dropped_generations, 0);
    for id in [1, 2, 500, 1000] {
        let wanted = MetadataEntry { field_id: 1, value: MetadataValue::String(label(id)) };
        assert_eq!(store.get_metadata(id), Some(vec![wanted]), "id {id}");
    }
    assert_eq!(store.get_file_metadata("rvf.label_field"), Some(&MetadataValue::U64(1)));
}

/// The runtime writes `field.<id>` as the name of every field. It reads any name: names in the
/// schema are not compared with anything, and are written anew on its next snapshot.
#[test]
fn a_field_may_have_a_name_of_its_own() {
    let folder = Folder::new();
    let payload = wire::MetadataSegment {
        generation: 1,
        base_generation: None,
        full_snapshot: true,
        schema: vec![wire::MetadataSchemaEntry {
            field_id: 1,
            value_type: wire::MetadataType::String,
            nullable: false,
            name: "label".into(),
        }],
        file_metadata: Vec::new(),
        records: vec![wire::MetadataRecord {
            vector_id: 1,
            operation: wire::MetadataRecordOp::Upsert(vec![(1, wire::MetadataValue::String("one".into()))]),
        }],
    };
    let recipe = Recipe { count: 1, dimension: 3, ..Recipe::default() };
    let options =
        Options { dimension: 3, metric: recipe.metric, algorithm: recipe.algorithm, timestamp_ns: 0 };
    let mut writer = FileWriter::new(Vec::new(), options);
    writer.vectors(&[1], &recipe.vectors()).unwrap();
    writer.segment(SegmentType::META, &payload.encode().unwrap()).unwrap();
    let path = folder.file("named.rvf", &writer.finish().unwrap().1);
    let store = RvfStore::open_readonly_strict(&path).unwrap();
    let wanted = MetadataEntry { field_id: 1, value: MetadataValue::String("one".into()) };
    assert_eq!(store.get_metadata(1), Some(vec![wanted]));
}

/// They add to a file of ours: vectors, deletions, a module, metadata. Both then see the same, and
/// ours never calls the result intact, because the integrity record is about the file as it was.
#[test]
fn they_add_to_ours() {
    let folder = Folder::new();
    for algorithm in [Algorithm::CrcRotation, Algorithm::Xxh3] {
        let recipe = Recipe { algorithm, labels: true, modules: vec![(5, tiny_wasm())], ..Recipe::default() };
        let path = folder.file(&format!("added-{}.rvf", algorithm.name()), &recipe.write());
        let mut store = RvfStore::open(&path).unwrap();
        ingest(&mut store, &[5000, 3], &rvf_fixtures::generate::vectors(2, 17, 8));
        assert_eq!(store.delete(&[10, 20]).unwrap().deleted, 2);
        store.embed_wasm(0, 0, 0, echo_wasm(), 20, 1, 0).unwrap();
        store.close().unwrap();
        assert_agreement(&path, "added");

        let bytes = std::fs::read(&path).unwrap();
        let file = rvf_format::File::open(&bytes).unwrap();
        assert_eq!(file.manifest().deleted, [10, 20]);
        let metadata = rvf_format::read::meta::Metadata::read(&file).unwrap();
        assert_eq!(metadata.label(7), Some(label(7).as_str()));
        assert!(!rvf_format::verify::verify(&file, &mut |_, _| ()).is_complete());
    }
}

/// Their compaction rewrites the file and keeps what it does not know.
#[test]
fn they_compact_ours() {
    let folder = Folder::new();
    let recipe =
        Recipe { labels: true, deleted: vec![1, 2, 3], modules: vec![(5, tiny_wasm())], ..Recipe::default() };
    let path = folder.file("compacted.rvf", &recipe.write());
    let mut store = RvfStore::open(&path).unwrap();
    store.compact().unwrap();
    store.close().unwrap();
    assert_agreement(&path, "compacted");
    let bytes = std::fs::read(&path).unwrap();
    let file = rvf_format::File::open(&bytes).unwrap();
    assert_eq!(rvf_interop::live_vectors(&bytes).len(), 997);
    let metadata = rvf_format::read::meta::Metadata::read(&file).unwrap();
    assert_eq!(metadata.label(7), Some(label(7).as_str()));
}
