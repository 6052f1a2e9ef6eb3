//! `rvf-run witness` as its user runs it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::Place;
use rvf_loader::rvf_format::hash::Algorithm;
use rvf_loader::rvf_format::read::witness::segments;
use rvf_loader::rvf_format::write::{FileWriter, Lesson, Options, save};
use rvf_loader::rvf_format::{File, Metric};

fn packed() -> Vec<u8> {
    let options =
        Options { dimension: 2, metric: Metric::L2, algorithm: Algorithm::CrcRotation, timestamp_ns: 0 };
    let mut writer = FileWriter::new(Vec::new(), options);
    writer.vectors(&[1, 2], &[1.0, 2.0, 3.0, 4.0]).unwrap();
    writer.finish().unwrap().1
}

/// A file that learned twice: three entries in three segments.
fn taught() -> Vec<u8> {
    let mut bytes = packed();
    for state in [b"one", b"two"] {
        let lesson = Lesson { name: "puzzles", form: 1, runs: 5, state, witness: &[] };
        bytes = save(&File::open(&bytes).unwrap(), &lesson, Vec::new()).unwrap().2;
    }
    bytes
}

#[test]
fn a_whole_chain_is_verified_and_shown() {
    let place = Place::new();
    place.put("a.rvf", &taught());
    let text = place.ends(0, &["witness", "verify", "a.rvf"]);
    assert!(text.contains("every link of the witness chain holds (3 entries in 3 segments)"), "{text}");
    assert!(text.contains("policy puzzles in segment 3: generation 2, witnessed by entry 2"), "{text}");
    let json = place.json(0, &["witness", "verify", "a.rvf"]);
    assert_eq!((&json["schema"], &json["verified"]), (&"rvf-witness/1".into(), &true.into()));
    assert_eq!(json["kinds"]["1 computation"], 3);
    assert_eq!(json["policies"][0]["entry"], 2);
    assert!(json["first_fault"].is_null());
    let list = place.ends(0, &["witness", "list", "a.rvf"]);
    assert_eq!(list.matches("holds").count(), 4, "{list}");
    assert_eq!(place.json(0, &["witness", "list", "a.rvf"])["list"].as_array().unwrap().len(), 3);
}

#[test]
fn a_damaged_chain_is_told_with_segment_and_offset() {
    let place = Place::new();
    let whole = taught();
    let found: Vec<(u32, u64)> = {
        let file = File::open(&whole).unwrap();
        segments(&file).iter().map(|f| (f.segment.index, f.segment.payload_offset())).collect()
    };
    for (number, (segment, offset)) in found.iter().enumerate() {
        for byte in [0, 40, 72] {
            let mut bytes = whole.clone();
            bytes[*offset as usize + byte] ^= 1;
            place.put("b.rvf", &bytes);
            let json = place.json(1, &["witness", "verify", "b.rvf"]);
            assert_eq!(json["verified"], false);
            let broken = json["first_fault"]["segment"].as_u64().unwrap();
            // A changed link is seen at once, anything else of an entry in the next link, and of the
            // last entry in the hash of its segment.
            let expected = if byte < 32 { Some(segment) } else { found.get(number + 1).map(|next| &next.0) };
            if let Some(expected) = expected {
                let at = if byte < 32 { *offset } else { found[number + 1].1 };
                let got = (broken, json["first_fault"]["offset"].as_u64().unwrap());
                // The segment's own hash tells of the change first when the link lies behind it.
                let by_hash = (u64::from(*segment), offset - 64);
                assert!([(u64::from(*expected), at), by_hash].contains(&got), "{json}");
            } else {
                assert_eq!(broken, u64::from(*segment), "{json}");
            }
            let text = place.ends(1, &["witness", "verify", "b.rvf"]);
            assert!(text.contains("fault: ") && text.contains("at offset 0x"), "{text}");
            assert!(place.ends(0, &["witness", "list", "b.rvf"]).contains("BROKEN"));
        }
    }
}

#[test]
fn one_segment_can_be_asked_for() {
    let place = Place::new();
    place.put("a.rvf", &taught());
    let json = place.json(0, &["witness", "verify", "a.rvf", "--segment", "2"]);
    assert_eq!((json["entries"].as_u64(), json["segments"][0]["segment"].as_u64()), (Some(1), Some(2)));
    assert!(place.fails(2, &["witness", "verify", "a.rvf", "--segment", "0"]).contains("witnesses are in"));
}

#[test]
fn files_of_other_writers() {
    let place = Place::new();
    for foreign in rvf_fixtures::foreign() {
        place.put(foreign.name, foreign.bytes);
    }
    place.ends(0, &["witness", "verify", "cosine-d64-n1.rvf"]);
    place.ends(0, &["witness", "verify", "signed-l2-d16.rvf"]);
    let old = place.ends(1, &["witness", "verify", "npm-rvf-node-0.2.2-cosine-d4.rvf"]);
    assert!(old.contains("prove nothing"), "{old}");
    let none = place.ends(1, &["witness", "verify", "wire-codec-only.rvf"]);
    assert!(none.contains("there is no witness"), "{none}");
    place.put("no.rvf", b"not a file of this kind");
    place.ends(3, &["witness", "verify", "no.rvf"]);
    place.ends(2, &["witness", "verify", "absent.rvf"]);
}
