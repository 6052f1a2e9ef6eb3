//! Witness chains both ways: those of the published runtime hold here, ours hold there, and neither side
//! breaks what the other goes on with.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::{Folder, create, ingest};
use rvf_fixtures::generate::{ids, vectors};
use rvf_format::read::policy::Policy;
use rvf_format::read::witness::{Chain, Link, WitnessEntry, segments};
use rvf_format::verify::verify;
use rvf_format::write::{Lesson, save};
use rvf_format::{File, Metric, SegmentType};
use rvf_runtime::{QueryOptions, RvfOptions, RvfStore, WitnessConfig};
use std::path::Path;

/// The entries, and at which of them the chain is broken.
fn chain(bytes: &[u8]) -> (Vec<WitnessEntry>, Vec<u64>) {
    let (mut entries, mut broken) = (Vec::new(), Vec::new());
    let mut chain = Chain::default();
    for found in segments(&File::open(bytes).unwrap()) {
        let mut visit = |link: Link| {
            entries.push(link.entry);
            broken.extend(link.fault.map(|error| error.offset()));
        };
        chain.follow(found.segment.payload, found.segment.payload_offset(), &mut visit).unwrap();
    }
    (entries, broken)
}

fn whole(path: &Path, what: &str) -> Vec<WitnessEntry> {
    let bytes = std::fs::read(path).unwrap();
    let (entries, broken) = chain(&bytes);
    assert_eq!(broken, [], "{what}");
    let report = verify(&File::open(&bytes).unwrap(), &mut |_, _| ());
    assert!(report.is_ok(), "{what}: {:?}", report.problems);
    entries
}

#[test]
fn a_chain_of_the_published_runtime_holds_here_through_every_change() {
    let folder = Folder::new();
    let path = folder.path("theirs.rvf");
    let mut store = create(&path, 8, Metric::L2);
    ingest(&mut store, &ids(100), &vectors(100, 8, 1));
    store.delete(&[3]).unwrap();
    store.close().unwrap();
    assert_eq!(whole(&path, "made").len(), 2);

    let mut store = RvfStore::open(&path).unwrap();
    ingest(&mut store, &[500], &vectors(1, 8, 2));
    store.close().unwrap();
    assert_eq!(whole(&path, "reopened").len(), 3);

    // Compaction leaves its entry behind the manifest, where no directory lists it.
    let mut store = RvfStore::open(&path).unwrap();
    store.compact().unwrap();
    store.close().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let found = segments(&File::open(&bytes).unwrap()).iter().filter(|found| !found.listed).count();
    assert_eq!((whole(&path, "compacted").len(), found), (4, 1));
    let mut store = RvfStore::open(&path).unwrap();
    ingest(&mut store, &[501], &vectors(1, 8, 3));
    store.close().unwrap();
    assert_eq!(whole(&path, "compacted and reopened").len(), 5);
}

#[test]
fn a_damaged_chain_does_not_hold() {
    let folder = Folder::new();
    let path = folder.path("theirs.rvf");
    let mut store = create(&path, 8, Metric::L2);
    for batch in 0..4u64 {
        ingest(&mut store, &[batch], &vectors(1, 8, batch));
    }
    store.close().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let places: Vec<usize> = segments(&File::open(&bytes).unwrap())
        .iter()
        .map(|found| found.segment.payload_offset() as usize)
        .collect();
    assert_eq!(places.len(), 4);
    for (number, place) in places.iter().enumerate().take(3) {
        for byte in 0..73 {
            let mut changed = bytes.clone();
            changed[place + byte] ^= 1;
            let (_, broken) = chain(&changed);
            let next = places[number + 1] as u64;
            assert_eq!(broken.last(), Some(&next), "entry {number}, byte {byte}");
        }
    }
}

/// A file of theirs learns here; theirs opens it and goes on, and the chain is one.
#[test]
fn what_is_saved_here_is_one_chain_for_both() {
    let folder = Folder::new();
    let path = folder.path("theirs.rvf");
    let options = RvfOptions {
        dimension: 8,
        witness: WitnessConfig { audit_queries: true, ..WitnessConfig::default() },
        ..RvfOptions::default()
    };
    let mut store = RvfStore::create(&path, options).unwrap();
    ingest(&mut store, &ids(50), &vectors(50, 8, 1));
    store.close().unwrap();
    for round in 1..=3u64 {
        let bytes = std::fs::read(&path).unwrap();
        let file = File::open(&bytes).unwrap();
        let lesson = Lesson { name: "methods", form: 1, runs: 1, state: &round.to_le_bytes(), witness: &[] };
        let (_, head, learned) = save(&file, &lesson, Vec::new()).unwrap();
        assert_eq!(head.generation, round);
        std::fs::write(&path, &learned).unwrap();
        let entries = whole(&path, "learned").len();

        let mut store = RvfStore::open(&path).unwrap();
        assert_eq!(
            store.last_witness_hash(),
            &rvf_format::hash::shake256_256(&chain(&learned).0.last().unwrap().to_bytes()),
            "they go on from our entry"
        );
        ingest(&mut store, &[100 + round], &vectors(1, 8, round));
        // An audited query leaves an entry that no manifest lists.
        store.query_audited(&vectors(1, 8, 9), 3, &QueryOptions::default()).unwrap();
        store.close().unwrap();
        assert!(whole(&path, "learned, then changed by them").len() > entries);
    }
    // Their compaction moves what it does not know; the policies, and the chain, are still there.
    let mut store = RvfStore::open(&path).unwrap();
    store.compact().unwrap();
    store.close().unwrap();
    whole(&path, "compacted by them");
    let bytes = std::fs::read(&path).unwrap();
    let file = File::open(&bytes).unwrap();
    let last = file.segments_of(SegmentType::POLICY_KERNEL).map(Result::unwrap).last().unwrap();
    let policy = Policy::parse(last.payload, last.payload_offset()).unwrap().unwrap();
    assert_eq!((policy.head.generation, policy.state), (3, &3u64.to_le_bytes()[..]));
    policy.check(last.payload_offset()).unwrap();
}
