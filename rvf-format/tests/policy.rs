//! Policies: written, read back, hostile, and somebody else's.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use rvf_format::hash::{Algorithm, shake256_256};
use rvf_format::read::policy::Policy;
use rvf_format::verify::verify;
use rvf_format::write::policy::{action, encode};
use rvf_format::write::{FileWriter, Options};
use rvf_format::{ErrorKind, File, Metric, SegmentType};

const STATE: &[u8] = b"what was learned, in a layout of the solver";

fn payload() -> Vec<u8> {
    encode("methods", 3, 7, 1234, STATE).unwrap()
}

#[test]
fn a_policy_is_read_back() {
    let payload = payload();
    let policy = Policy::parse(&payload, 64).unwrap().unwrap();
    let head = &policy.head;
    assert_eq!((head.name(), head.form, head.generation, head.learned), ("methods", 3, 7, 1234));
    assert_eq!((policy.state, head.state_hash), (STATE, shake256_256(STATE)));
    assert_eq!(policy.check(64), Ok(()));
    assert!(action(head).starts_with("learn:policy=methods,form=3,generation=7,learned=1234,state="));
    let longest = "a".repeat(32);
    let named = encode(&longest, 0, 1, 0, b"").unwrap();
    assert_eq!(Policy::parse(&named, 0).unwrap().unwrap().head.name(), longest);
}

#[test]
fn what_readers_refuse_is_not_written() {
    for name in ["", "Methods", "1st", "-", "a b", "a\0b", "é", &"a".repeat(33)] {
        assert!(encode(name, 0, 1, 0, STATE).is_err(), "{name:?}");
    }
    assert!(encode("a", 0, 0, 0, STATE).is_err());
    assert!(encode("a", 0, 1, 0, &vec![0; (16 << 20) + 1]).is_err());
}

/// Every bit of the head and of the state is looked at, but those of three numbers that the witness binds.
#[test]
fn a_changed_bit_is_refused_with_its_offset() {
    let whole = payload();
    for bit in 0..whole.len() * 8 {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let read = Policy::parse(&changed, 1000).map(|policy| policy.map(|policy| policy.check(1000)));
        match bit / 8 {
            0..8 => assert_eq!(read, Ok(None), "bit {bit}: without its mark it is not ours"),
            12..32 => assert!(matches!(read, Ok(Some(Ok(()))) | Err(_)), "bit {bit}"),
            // One letter of a name may become another one.
            72..79 => assert!(!matches!(read, Ok(None) | Ok(Some(Err(_)))), "bit {bit}"),
            place => {
                let error = match read {
                    Ok(Some(Err(error))) | Err(error) => error,
                    other => panic!("bit {bit}: {other:?}"),
                };
                let field = match place {
                    8..10 => 8,
                    10..12 => 10,
                    32..40 => 32,
                    72..104 => 72,
                    104..128 => 104,
                    _ => 40,
                };
                assert_eq!(error.offset(), 1000 + field, "bit {bit}: {error}");
            }
        }
    }
}

#[test]
fn lengths_that_lie_are_refused() {
    let whole = payload();
    for len in 8..whole.len() {
        assert!(Policy::parse(&whole[..len], 0).is_err(), "{len} bytes");
    }
    let longer = [&whole[..], &[0]].concat();
    assert!(Policy::parse(&longer, 0).is_err());
    let mut huge = whole.clone();
    huge[32..40].copy_from_slice(&u64::MAX.to_le_bytes());
    let error = Policy::parse(&huge, 0).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooLarge { .. }), "{error}");
    let mut nothing = whole;
    nothing[16..24].fill(0);
    assert_eq!(Policy::parse(&nothing, 0).unwrap_err().offset(), 16);
}

#[test]
fn verify_judges_ours_and_leaves_others_alone() {
    let with = |payload: &[u8]| {
        let options =
            Options { dimension: 2, metric: Metric::L2, algorithm: Algorithm::CrcRotation, timestamp_ns: 0 };
        let mut writer = FileWriter::new(Vec::new(), options);
        writer.vectors(&[1], &[1.0, 2.0]).unwrap();
        writer.segment(SegmentType::POLICY_KERNEL, payload).unwrap();
        writer.finish().unwrap().1
    };
    let report = |bytes: &[u8]| verify(&File::open(bytes).unwrap(), &mut |_, _| ());
    assert!(report(&with(&payload())).is_complete());
    for foreign in [&b""[..], b"RVF", b"something else entirely", b"{\"weights\":[1,2]}"] {
        assert!(report(&with(foreign)).is_complete());
    }
    // Packed like this, so that no hash of the file can notice.
    let mut damaged = payload();
    *damaged.last_mut().unwrap() ^= 1;
    let file = with(&damaged);
    let problems = report(&file).problems;
    let [problem] = problems.as_slice() else { panic!("{problems:?}") };
    let segment = File::open(&file).unwrap().segments_of(SegmentType::POLICY_KERNEL).next().unwrap().unwrap();
    assert_eq!(problem.segment, Some(segment.index));
    assert_eq!(problem.error.offset(), segment.payload_offset() + 40);
}
