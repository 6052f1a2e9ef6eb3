//! Files by other writers, with what those writers say about them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use rvf_format::read::meta::Metadata;
use rvf_format::read::vectors::for_each_vector;
use rvf_format::read::wasm::{HashKind, WasmSegment};
use rvf_format::read::witness::{Chain, WitnessForm, segments};
use rvf_format::verify::{Warning, verify};
use rvf_format::{Dialect, File, HashVerdict, Metric, SegmentType};
use serde_json::Value;
use std::collections::BTreeMap;

fn foreign(name: &str) -> Vec<u8> {
    let path = format!("{}/../fixtures/foreign/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn oracle(name: &str) -> Value {
    serde_json::from_slice(&foreign(&format!("{name}.json"))).unwrap()
}

/// The vectors in force: later rows replace earlier ones, deleted ids are gone.
fn live(file: &File<'_>) -> BTreeMap<u64, Vec<f32>> {
    let mut rows = BTreeMap::new();
    for segment in file.segments_of(SegmentType::VEC) {
        let segment = segment.unwrap();
        let dimension = file.manifest().head.dimension;
        for_each_vector(segment.payload, dimension, segment.payload_offset(), |id, row| {
            rows.insert(id, row.to_vec());
            true
        })
        .unwrap();
    }
    rows.retain(|id, _| !file.manifest().deleted.contains(id));
    rows
}

const ORACLES: [&str; 6] = [
    "cosine-d64-n1.rvf",
    "hybrid-padded-crc-rotation-d4.rvf",
    "ip-d3-n1000.rvf",
    "metadata-cosine-d8.rvf",
    "npm-rvf-node-0.2.2-cosine-d4.rvf",
    "wasm-all-roles.rvf",
];

#[test]
fn segments_vectors_and_hashes_are_what_their_writer_says() {
    for name in ORACLES.into_iter().chain(["signed-l2-d16.rvf"]) {
        let (bytes, oracle) = (foreign(name), oracle(name));
        let file = File::open(&bytes).unwrap();
        let listed = oracle["store"]["directory"].as_array().unwrap();
        assert_eq!(file.segment_count() as usize, listed.len(), "{name}");
        for (segment, wanted) in file.segments().zip(listed) {
            let segment = segment.unwrap();
            assert_eq!(segment.offset, wanted["offset"].as_u64().unwrap(), "{name}");
            assert_eq!(segment.header.payload_len, wanted["payload_length"].as_u64().unwrap(), "{name}");
            assert_eq!(u64::from(segment.header.segment_type.0), wanted["type"].as_u64().unwrap(), "{name}");
            assert!(matches!(segment.check_hash(), HashVerdict::Match(_)), "{name}");
        }
        let rows = live(&file);
        for vector in oracle["sample_vectors"].as_array().unwrap() {
            let row = &rows[&vector["id"].as_u64().unwrap()];
            let wanted: Vec<f32> =
                vector["vector"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect();
            assert_eq!(*row, wanted, "{name}");
        }
        let report = verify(&file, &mut |_, _| {});
        assert!(report.is_ok(), "{name}: {report:?}");
        assert!(!report.is_complete(), "{name}: headers and padding of foreign files are covered by nothing");
        assert!(report.warnings.contains(&Warning::NoIntegrityRecord));
    }
}

#[test]
fn dialects_are_told_apart() {
    let wanted = [
        ("cosine-d64-n1.rvf", Dialect::Padded),
        ("hybrid-padded-crc-rotation-d4.rvf", Dialect::Padded),
        ("npm-rvf-node-0.2.2-cosine-d4.rvf", Dialect::Unpadded),
        ("rvf-wasm-0.1.9-export-d4-n10.rvf", Dialect::Unpadded),
        ("signed-l2-d16.rvf", Dialect::Padded),
    ];
    for (name, dialect) in wanted {
        let bytes = foreign(name);
        assert_eq!(File::open(&bytes).unwrap().dialect(), dialect, "{name}");
    }
}

#[test]
fn an_append_of_the_other_dialect_is_seen_as_current() {
    // The unpadded writer appends behind a padded file: its manifest lies off the 64-byte grid, where
    // an aligned scan never looks.
    let padded = foreign("hybrid-padded-crc-rotation-d4.rvf");
    let file = File::open(&padded).unwrap();
    let mut bytes = padded.clone();
    let mut manifest = file.manifest_segment().payload.to_vec();
    manifest[0] = 9;
    let mut header = bytes[512..576].to_vec();
    header[0x28..0x38].copy_from_slice(&rvf_format::hash::crc_rotation(&manifest));
    header[0x3c] = 0;
    bytes.extend_from_slice(&[0; 7]);
    let at = bytes.len() as u64;
    bytes.extend_from_slice(&header);
    bytes.extend_from_slice(&manifest);
    let file = File::open(&bytes).unwrap();
    assert_eq!((file.manifest().head.epoch, file.manifest_segment().offset), (9, at));
    assert_eq!(file.dialect(), Dialect::Mixed);
}

#[test]
fn the_export_of_the_wasm_package_shows_its_vectors() {
    let bytes = foreign("rvf-wasm-0.1.9-export-d4-n10.rvf");
    let file = File::open(&bytes).unwrap();
    assert_eq!(file.manifest().head.metric(), Metric::L2);
    let rows = live(&file);
    assert_eq!(rows.len(), 10);
    assert!(rows.values().all(|row| row.len() == 4));
    let report = verify(&file, &mut |_, _| {});
    assert!(report.is_ok(), "{report:?}");
    assert!(report.warnings.iter().any(|w| matches!(w, Warning::Unhashed { .. })));
}

#[test]
fn an_export_of_more_than_65536_vectors_shows_all_of_them() {
    let (rows, dimension) = (70_000u64, 2u32);
    let mut payload = ((rows % 65_536) as u16).to_le_bytes().to_vec();
    payload.extend_from_slice(&dimension.to_le_bytes());
    for id in 0..rows {
        payload.extend_from_slice(&id.to_le_bytes());
        payload.extend_from_slice(&[0; 8]);
    }
    let mut seen = 0;
    for_each_vector(&payload, 2, 0, |id, row| {
        assert_eq!((id, row.len()), (seen, 2));
        seen += 1;
        true
    })
    .unwrap();
    assert_eq!(seen, rows);
}

#[test]
fn block_directory_vectors_are_read_where_the_runtime_sees_none() {
    let (bytes, oracle) = (foreign("wire-codec-only.rvf"), oracle("wire-codec-only.rvf"));
    let file = File::open(&bytes).unwrap();
    let rows = live(&file);
    let ids: Vec<u64> = oracle["ids"].as_array().unwrap().iter().map(|x| x.as_u64().unwrap()).collect();
    assert_eq!(rows.keys().copied().collect::<Vec<_>>(), ids);
    for (row, wanted) in rows.values().zip(oracle["vectors"].as_array().unwrap()) {
        let wanted: Vec<f32> =
            wanted.as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect();
        assert_eq!(*row, wanted);
    }
}

#[test]
fn metadata_of_several_generations_is_merged() {
    let (bytes, oracle) = (foreign("metadata-cosine-d8.rvf"), oracle("metadata-cosine-d8.rvf"));
    let file = File::open(&bytes).unwrap();
    let metadata = Metadata::read(&file).unwrap();
    assert_eq!(metadata.damaged, None);
    let value = |v: &rvf_format::read::meta::Value<'_>| {
        use rvf_format::read::meta::Value as V;
        match v {
            V::Null => serde_json::json!({"null": true}),
            V::String(s) => serde_json::json!({"string": s}),
            V::Bytes(b) => {
                serde_json::json!({"bytes_hex": b.iter().map(|b| format!("{b:02x}")).collect::<String>()})
            }
            V::I64(n) => serde_json::json!({"i64": n}),
            V::U64(n) => serde_json::json!({"u64": n}),
            V::F64(n) => serde_json::json!({"f64": n}),
            V::Bool(b) => serde_json::json!({"bool": b}),
        }
    };
    for (id, wanted) in oracle["metadata"].as_object().unwrap() {
        let got = metadata.records.get(&id.parse().unwrap()).map(|record| {
            let field = |(f, v): &(u16, _)| serde_json::json!({"field": f, "value": value(v)});
            record.iter().map(field).collect::<Vec<_>>()
        });
        assert_eq!(got.map_or(Value::Null, Value::from), *wanted, "vector {id}");
    }
    assert_eq!(metadata.file["title"], rvf_format::read::meta::Value::String("held out"));
    assert_eq!(metadata.label(1), Some("doc-1 é🦀"), "text in field 1 serves as a label");
}

#[test]
fn modules_with_a_fold_for_a_hash_are_named_as_such() {
    let bytes = foreign("wasm-all-roles.rvf");
    let file = File::open(&bytes).unwrap();
    let mut roles = Vec::new();
    for segment in file.segments_of(SegmentType::WASM) {
        let segment = segment.unwrap();
        let wasm = WasmSegment::parse(segment.payload, segment.payload_offset()).unwrap();
        assert_eq!(wasm.hash_kind(), HashKind::ByteFold);
        roles.push(wasm.header.role.to_string());
    }
    roles.sort();
    assert_eq!(roles, ["combined", "control-plane", "extension", "interpreter", "microkernel"]);
}

#[test]
fn witness_entries_are_chains_or_legacy() {
    for (name, wanted) in
        [("cosine-d64-n1.rvf", WitnessForm::Chain), ("npm-rvf-node-0.2.2-cosine-d4.rvf", WitnessForm::Legacy)]
    {
        let bytes = foreign(name);
        let file = File::open(&bytes).unwrap();
        let mut chain = Chain::default();
        let found = segments(&file);
        assert!(!found.is_empty(), "{name}");
        for found in found {
            let mut visit = |link: rvf_format::read::witness::Link| assert_eq!(link.fault, None, "{name}");
            let form = chain.follow(found.segment.payload, found.segment.payload_offset(), &mut visit);
            assert_eq!(form, Ok(wanted), "{name}");
        }
    }
}

#[test]
fn a_signed_store_is_read_and_its_signature_is_not_called_checked() {
    let bytes = foreign("signed-l2-d16.rvf");
    let file = File::open(&bytes).unwrap();
    let page = file.root_page().unwrap();
    assert_eq!(page.manifest_offset, file.manifest_segment().offset);
    assert_eq!(file.manifest().segment_hashes.as_ref().unwrap().len(), 5);
    let report = verify(&file, &mut |_, _| {});
    assert!(report.warnings.contains(&Warning::SignatureNotChecked));
    assert!(rvf_format::write::resume(&file, Vec::new()).is_err(), "a signed store is not extended");
    let mut damaged = bytes.clone();
    damaged[0x2000] ^= 1;
    assert!(!verify(&File::open(&damaged).unwrap(), &mut |_, _| {}).is_ok());
}

#[test]
fn a_foreign_file_goes_on_in_its_own_dialect() {
    for name in ORACLES {
        let bytes = foreign(name);
        let file = File::open(&bytes).unwrap();
        let mut writer = rvf_format::write::resume(&file, Vec::new()).unwrap();
        writer.segment(SegmentType(0xF7), b"something").unwrap();
        let (summary, longer) = writer.finish().unwrap();
        assert_eq!(longer[..bytes.len()], bytes, "{name}: every byte is kept");
        let again = File::open(&longer).unwrap();
        assert_eq!(again.dialect(), file.dialect(), "{name}");
        assert_eq!(again.segment_count() + 1, summary.segments);
        assert_eq!(live(&again), live(&file), "{name}");
        assert_eq!(again.manifest().identity, file.manifest().identity);
        let report = verify(&again, &mut |_, _| {});
        assert!(report.is_complete(), "{name}: {report:?}");
    }
}
