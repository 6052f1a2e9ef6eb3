//! Policies, witness chains, and files that are saved with what was learned.

use super::Target;
use super::format::{payloads, small_files};
use rvf_format::read::policy::Policy;
use rvf_format::read::witness::Chain;
use rvf_format::write::{Lesson, policy, save};
use rvf_format::{File, SegmentType};

pub(super) const POLICY: Target =
    Target { name: "policy", run: policy, seeds: policies, bytes_per_byte: 2, bytes_at_rest: 1024 };

pub(super) const WITNESS: Target = Target {
    name: "witness",
    run: witness,
    seeds: || payloads(SegmentType::WITNESS),
    bytes_per_byte: 2,
    bytes_at_rest: 1024,
};

pub(super) const SAVE: Target =
    Target { name: "save", run: save_into, seeds: small_files, bytes_per_byte: 32, bytes_at_rest: 32_768 };

fn policies() -> Vec<Vec<u8>> {
    vec![
        policy::encode("puzzles", 1, 3, 500, b"what was learned").unwrap(),
        policy::encode(&"m".repeat(32), u32::MAX, u64::MAX, u64::MAX, b"").unwrap(),
        b"somebody else's".to_vec(),
    ]
}

fn policy(bytes: &[u8]) -> u64 {
    let Ok(Some(policy)) = Policy::parse(bytes, 64) else { return 0 };
    let head = policy.head;
    if policy.check(64).is_ok() {
        let again = policy::encode(head.name(), head.form, head.generation, head.learned, policy.state);
        assert_eq!(again.as_deref(), Ok(bytes), "what is read is what would be written");
    }
    head.generation
}

fn witness(bytes: &[u8]) -> u64 {
    let mut shown = 0u64;
    let mut chain = Chain::default();
    // Twice: as the first payload of a file, and behind another one.
    for _ in 0..2 {
        let mut visit = |link: rvf_format::read::witness::Link| {
            assert!(link.offset >= 64 && link.offset + 73 <= 64 + bytes.len() as u64);
            shown += 1;
        };
        let _ = chain.follow(bytes, 64, &mut visit);
    }
    assert!(shown <= 2 * bytes.len() as u64 / 73);
    chain.entries + shown
}

/// What is saved into any file that takes it is there, and is the one in force.
fn save_into(bytes: &[u8]) -> u64 {
    let Ok(file) = File::open(bytes) else { return 0 };
    // As every caller of it does: bytes that are listed twice would be copied twice.
    if !file.overlapping().is_empty() {
        return 0;
    }
    let lesson = Lesson { name: "fuzz", form: 1, runs: 1, state: b"state", witness: &[] };
    let Ok((summary, head, out)) = save(&file, &lesson, Vec::new()) else { return 0 };
    assert_eq!(summary.bytes, out.len() as u64);
    let again = File::open(&out).unwrap();
    let last = again.segments_of(SegmentType::POLICY_KERNEL).flatten().last().unwrap();
    let policy = Policy::parse(last.payload, 0).unwrap().unwrap();
    assert_eq!((policy.head, policy.state), (head, &b"state"[..]));
    assert_eq!(again.manifest().deleted, file.manifest().deleted);
    head.generation + u64::from(again.segment_count())
}
