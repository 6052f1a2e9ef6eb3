//! Saving what was learned: the policy in force, the chain that witnesses it, and everything else as it was.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use rvf_format::hash::{Algorithm, shake256_256};
use rvf_format::read::policy::Policy;
use rvf_format::read::witness::{Chain, Link, WitnessEntry, segments};
use rvf_format::verify::verify;
use rvf_format::write::policy::action;
use rvf_format::write::witness::entry;
use rvf_format::write::{FileWriter, Lesson, Options, resume, save};
use rvf_format::{File, Metric, SegmentType};

fn packed() -> Vec<u8> {
    let options =
        Options { dimension: 2, metric: Metric::L2, algorithm: Algorithm::CrcRotation, timestamp_ns: 0 };
    let mut writer = FileWriter::new(Vec::new(), options);
    writer.vectors(&[1, 2], &[1.0, 2.0, 3.0, 4.0]).unwrap();
    writer.labels(&[(1, "one"), (2, "two")]).unwrap();
    writer.finish().unwrap().1
}

fn foreign(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../fixtures/foreign/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn lesson<'a>(name: &'a str, state: &'a [u8], witness: &'a [u8]) -> Lesson<'a> {
    Lesson { name, form: 1, runs: 10, state, witness }
}

fn saved(bytes: &[u8], lesson: &Lesson<'_>) -> Vec<u8> {
    let (summary, _, out) = save(&File::open(bytes).unwrap(), lesson, Vec::new()).unwrap();
    assert_eq!(summary.bytes, out.len() as u64);
    let report = verify(&File::open(&out).unwrap(), &mut |_, _| ());
    assert!(report.is_complete(), "{report:?}");
    out
}

/// Name, generation, runs and state of each policy of ours.
fn policies(bytes: &[u8]) -> Vec<(String, u64, u64, Vec<u8>)> {
    let file = File::open(bytes).unwrap();
    let segments = file.segments_of(SegmentType::POLICY_KERNEL).map(Result::unwrap);
    let policies = segments.map(|s| Policy::parse(s.payload, s.payload_offset()).unwrap().unwrap());
    policies.map(|p| (p.head.name().into(), p.head.generation, p.head.learned, p.state.to_vec())).collect()
}

/// The entries of the chain, none of which may be broken.
fn chain(bytes: &[u8]) -> Vec<WitnessEntry> {
    let mut entries = Vec::new();
    let mut chain = Chain::default();
    for found in segments(&File::open(bytes).unwrap()) {
        let mut visit = |link: Link| {
            assert_eq!(link.fault, None);
            entries.push(link.entry);
        };
        chain.follow(found.segment.payload, found.segment.payload_offset(), &mut visit).unwrap();
    }
    entries
}

/// Two entries of a solver, in a chain of their own.
fn witness() -> Vec<u8> {
    let first = entry(&[0; 32], b"cycle 1", 0, 2);
    let second = entry(&shake256_256(&first), b"cycle 2", 1, 2);
    [first, second].concat()
}

#[test]
fn a_save_is_in_force_and_witnessed() {
    let before = packed();
    let after = saved(&before, &lesson("puzzles", b"state", &witness()));
    assert_eq!(policies(&after), [("puzzles".into(), 1, 10, b"state".to_vec())]);
    let (old, new) = (chain(&before), chain(&after));
    assert_eq!((old.len(), new.len()), (1, 4));
    assert_eq!(new[..1], old);
    let theirs: Vec<_> = new[1..3].iter().map(|e| (e.action, e.timestamp_ns, e.kind)).collect();
    assert_eq!(theirs, [(shake256_256(b"cycle 1"), 0, 2), (shake256_256(b"cycle 2"), 1, 2)]);
    let file = File::open(&after).unwrap();
    let segment = file.segments_of(SegmentType::POLICY_KERNEL).next().unwrap().unwrap();
    let head = Policy::parse(segment.payload, 0).unwrap().unwrap().head;
    assert_eq!(new[3].action, shake256_256(action(&head).as_bytes()));
    assert_eq!(after, saved(&before, &lesson("puzzles", b"state", &witness())), "the same bytes again");
}

#[test]
fn a_file_of_ours_grows_by_the_witness_only() {
    let mut bytes = saved(&packed(), &lesson("puzzles", &[7; 5000], &[]));
    let other = saved(&bytes, &lesson("methods", &[8; 300], &[]));
    bytes = other;
    for round in 2..=5u64 {
        let next = saved(&bytes, &lesson("puzzles", &[round as u8; 5000], &[]));
        // A witness segment of 192 bytes and its line in the manifest; the rest is fill.
        assert!(next.len() <= bytes.len() + 192 + 64, "{} after {}", next.len(), bytes.len());
        bytes = next;
        let mut found = policies(&bytes);
        found.sort();
        let expected =
            [("methods", 1, 10, vec![8; 300]), ("puzzles", round, 10 * round, vec![round as u8; 5000])];
        assert_eq!(found, expected.map(|(name, a, b, state)| (name.to_owned(), a, b, state)));
        assert_eq!(chain(&bytes).len() as u64, 2 + round);
    }
}

#[test]
fn what_came_after_an_earlier_policy_stays() {
    let bytes = saved(&packed(), &lesson("puzzles", b"one", &[]));
    let mut writer = resume(&File::open(&bytes).unwrap(), Vec::new()).unwrap();
    writer.segment(SegmentType::WASM, b"stands for a module").unwrap();
    let (_, with_module) = writer.finish().unwrap();
    let again = save(&File::open(&with_module).unwrap(), &lesson("puzzles", b"two", &[]), Vec::new());
    let again = again.unwrap().2;
    assert_eq!(policies(&again), [("puzzles".into(), 2, 20, b"two".to_vec())]);
    let file = File::open(&again).unwrap();
    let module = file.segments_of(SegmentType::WASM).next().unwrap().unwrap();
    assert_eq!(module.payload, b"stands for a module");
    assert_eq!(chain(&again).len(), 3);

    // A segment of a kind that is not known may refer to places in the file: nothing is moved.
    let mut writer = resume(&File::open(&bytes).unwrap(), Vec::new()).unwrap();
    writer.segment(SegmentType(0xF9), b"?").unwrap();
    let (_, unknown) = writer.finish().unwrap();
    let again = saved(&unknown, &lesson("puzzles", b"two", &[]));
    let states: Vec<_> = policies(&again).into_iter().map(|policy| policy.3).collect();
    assert_eq!(states, [b"one".to_vec(), b"two".to_vec()], "the last one is in force");
}

#[test]
fn of_a_foreign_file_every_byte_is_kept() {
    for name in ["cosine-d64-n1.rvf", "npm-rvf-node-0.2.2-cosine-d4.rvf", "metadata-cosine-d8.rvf"] {
        let bytes = foreign(name);
        let dialect = File::open(&bytes).unwrap().dialect();
        let once = saved(&bytes, &lesson("methods", &[1; 777], &witness()));
        assert!(once.starts_with(&bytes), "{name}");
        assert_eq!(File::open(&once).unwrap().dialect(), dialect, "{name}");
        let twice = saved(&once, &lesson("methods", &[2; 777], &[]));
        assert!(twice.starts_with(&bytes), "{name}");
        assert_eq!(policies(&twice), [("methods".into(), 2, 20, vec![2; 777])], "{name}");
        assert_eq!(chain(&twice).len(), chain(&bytes).len() + 4, "{name}");
    }
}

#[test]
fn what_cannot_be_saved_is_refused() {
    let refused = |bytes: &[u8], lesson: &Lesson<'_>| {
        save(&File::open(bytes).unwrap(), lesson, Vec::new()).map(drop).unwrap_err().to_string()
    };
    let plain = lesson("puzzles", b"state", &[]);
    assert!(refused(&foreign("signed-l2-d16.rvf"), &plain).contains("signature"));
    assert!(refused(&packed(), &lesson("No Name", b"", &[])).contains("name"));
    assert!(refused(&packed(), &lesson("a", b"", &[0; 72])).contains("73"));
    let mut broken = saved(&packed(), &plain);
    let file = File::open(&broken).unwrap();
    let last = segments(&file).pop().unwrap().segment.payload_offset() as usize;
    broken[last] ^= 1;
    assert!(refused(&broken, &plain).contains("link of the witness chain"));
}
