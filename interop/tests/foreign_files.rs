//! The foreign files of the fixtures against their oracles, by our reader and solver.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use rvf_fixtures::{foreign, hash_vectors};
use rvf_format::read::vectors::for_each_vector;
use rvf_format::{File, SegmentType, hash};
use rvf_interop::{assert_same_neighbours, live_vectors, nearest};
use serde_json::Value;

fn floats(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

fn hits(value: &Value) -> Vec<(u64, f32)> {
    let hit = |v: &Value| (v[0].as_u64().unwrap(), v[1].as_f64().unwrap() as f32);
    value.as_array().unwrap().iter().map(hit).collect()
}

#[test]
fn vectors_and_neighbours_as_the_runtime_sees_them() {
    let mut queries = 0;
    for file in foreign() {
        let Some(json) = file.json else { continue };
        let oracle: Value = serde_json::from_str(json).unwrap();
        let live = live_vectors(file.bytes);
        for sample in oracle["sample_vectors"].as_array().into_iter().flatten() {
            let id = sample["id"].as_u64().unwrap();
            assert_eq!(live.get(&id), Some(&floats(&sample["vector"])), "{} id {id}", file.name);
        }
        for query in oracle["queries"].as_array().into_iter().flatten() {
            let k = query["k"].as_u64().unwrap() as usize;
            let ours = nearest(file.bytes, &floats(&query["vector"]), k);
            assert_same_neighbours(&ours, &hits(&query["exact"]), file.name);
            queries += 1;
        }
    }
    assert!(queries > 50);
}

/// The runtime opens this file and sees no vector; the block directory holds ten.
#[test]
fn the_block_directory_holds_ten_vectors() {
    let file = foreign().iter().find(|f| f.name == "wire-codec-only.rvf").unwrap();
    let oracle: Value = serde_json::from_str(file.json.unwrap()).unwrap();
    assert_eq!(oracle["runtime_view"]["live_vectors"], 0);
    let live = live_vectors(file.bytes);
    let ids: Vec<u64> = oracle["ids"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap()).collect();
    assert!(live.keys().copied().eq(ids));
    for (ours, theirs) in live.values().zip(oracle["vectors"].as_array().unwrap()) {
        assert_eq!(*ours, floats(theirs));
    }
    let nearest = nearest(file.bytes, &live[&4], 1);
    assert_eq!(nearest, [(4, 0.0)]);
}

/// Count and dimension are swapped in this file; the runtime refuses it.
#[test]
fn the_swapped_export_holds_ten_vectors() {
    let file = foreign().iter().find(|f| f.name.starts_with("rvf-wasm")).unwrap();
    let opened = File::open(file.bytes).unwrap();
    assert_eq!(opened.manifest().head.dimension, 4);
    let segment = opened.segments_of(SegmentType::VEC).next().unwrap().unwrap();
    let mut count = 0;
    for_each_vector(segment.payload, 4, segment.payload_offset(), |_, row| {
        count += 1;
        row.len() == 4
    })
    .unwrap();
    assert_eq!(count, 10);
    let live = live_vectors(file.bytes);
    let (id, first) = live.first_key_value().unwrap();
    assert_eq!(nearest(file.bytes, first, 1)[0].0, *id);
}

#[test]
fn every_hash_gives_the_known_answers() {
    let oracle: Value = serde_json::from_str(hash_vectors()).unwrap();
    let cycled: Vec<u8> = (0..1000u32).map(|i| i as u8).collect();
    let inputs: [(&str, &[u8]); 4] = [
        ("empty", b""),
        ("abc", b"abc"),
        ("123456789", b"123456789"),
        ("0..255 cycled to 1000 bytes", &cycled),
    ];
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    for (name, input) in inputs {
        let answers = &oracle[name];
        assert_eq!(hex(&hash::crc_rotation(input)), answers["crc32_rotation_128"], "{name}");
        assert_eq!(hex(&hash::xxh3_128(input)), answers["xxh3_128_le"], "{name}");
        assert_eq!(hex(&hash::shake256_128(input)), answers["shake256_128"], "{name}");
        assert_eq!(hex(&hash::shake256_256(input)), answers["shake256_256"], "{name}");
        assert_eq!(hex(&hash::byte_fold32(input)), answers["byte_fold_256"], "{name}");
        assert_eq!(format!("{:08x}", hash::crc32c(input)), answers["crc32c"], "{name}");
    }
}
