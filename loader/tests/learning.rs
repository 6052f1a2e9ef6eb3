//! Modules that learn, and those that lie about it; what is saved, and what is refused.
#![cfg(feature = "wasmi")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::files::{Build, header};
use rvf_format::{File, Metric, SegmentType};
use rvf_loader::abi::AbiError;
use rvf_loader::engine::{EngineError, LimitHit};
use rvf_loader::learning::{Acceptance, Learned, PUZZLES, SaveError, Training};
use rvf_loader::{Host, Profile, RunError, Rvf};

const TRAINING: Training = Training { count: 1, least: 1, most: 1, seed: 7 };

/// The honest echo with learning exports: each name with the body of its function; a name that is given
/// again takes the place of the one that is there. The state is eight bytes at 528, the witness is empty.
fn module(changed: &[(&str, &str)]) -> Vec<u8> {
    let honest = [
        ("train", "(i32.const 1)"),
        ("acceptance", "(i32.const 0)"),
        ("policy_len", "(i32.const 20)"),
        ("policy_read", "(memory.copy (local.get 1) (i32.const 528) (i32.const 20)) (i32.const 20)"),
        ("witness_len", "(i32.const 0)"),
        ("witness_read", "(i32.const 0)"),
        ("state_len", "(i32.const 8)"),
        ("state_read", "(memory.copy (local.get 1) (i32.const 528) (i32.const 8)) (i32.const 8)"),
        ("state_load", "(i32.const 0)"),
    ];
    let mut text = rvf_fixtures::guests::echo_wat().trim_end().strip_suffix(')').unwrap().to_owned();
    for (name, body) in honest {
        let body = changed.iter().find(|(changed, _)| *changed == name).map_or(body, |(_, body)| *body);
        let params = match name {
            "train" => 6,
            "acceptance" => 7,
            "state_load" => 3,
            name if name.ends_with("_read") => 2,
            _ => 1,
        };
        let params = "i32 ".repeat(params);
        text.push_str(&format!(
            "(func (export \"rvf_solver_{name}\") (param {params}) (result i32) {body})\n"
        ));
    }
    // Hosts refuse modules of many functions with next to nothing in them.
    text.push_str(&format!("(func {})", "nop ".repeat(400)));
    wat::parse_str(text + ")").unwrap()
}

fn file(module: &[u8]) -> Vec<u8> {
    let header = header(module, 0);
    Build::new(2, Metric::L2).vectors(&[1, 2], &[1.0, 2.0, 3.0, 4.0]).module(&header, module).finish()
}

/// Trains and takes what was learned, as the command does.
fn learn(changed: &[(&str, &str)]) -> Result<Learned, RunError> {
    let bytes = file(&module(changed));
    let rvf = Rvf::open(bytes).unwrap();
    let host = Host::new(Profile::Embedded).with_engines(vec![Arc::new(rvf_loader::engine::Wasmi)]);
    let limits = Profile::Embedded.limits().timeout(Duration::from_secs(5)).fuel(10_000_000);
    let mut session = rvf.select(&host).unwrap().start(&limits)?;
    assert!(session.learns_puzzles()?);
    session.train(&TRAINING)?;
    let test = Acceptance { hold_out: 1, training: 1, cycles: 1, budget: 1, seed: 1 };
    session.acceptance(&test)?;
    assert_eq!(session.puzzle_policy()?["operation"], "echo");
    session.puzzles_learned(1)
}

#[test]
fn an_honest_module_is_asked_for_what_it_knows() {
    let learned = learn(&[]).unwrap();
    assert_eq!((learned.name.as_str(), learned.runs), (PUZZLES, 1));
    assert_eq!(learned.state, b"{\"operat");
    assert!(learned.witness.is_empty());
}

#[test]
fn lies_about_what_was_learned_are_noticed() {
    let contract = |changed: &[(&str, &str)]| match learn(changed) {
        Err(RunError::Guest(AbiError::Contract { what })) => what,
        other => panic!("{changed:?}: {other:?}"),
    };
    assert!(contract(&[("state_len", "(i32.const 0x7fffffff)")]).contains("2147483647 bytes"));
    assert!(contract(&[("state_len", "(i32.const 0x1000001)")]).contains("bytes"));
    assert!(contract(&[("state_read", "(i32.const 7)")]).contains("promises 8 bytes of state and writes 7"));
    assert!(contract(&[("witness_len", "(i32.const 0x1000001)")]).contains("witness"));
    assert!(contract(&[("policy_len", "(i32.const 0x100001)")]).contains("policy"));
    let empty = [("policy_len", "(i32.const 5)"), ("policy_read", "(i32.const 5)")];
    assert!(contract(&empty).contains("not JSON"));
    assert!(contract(&[("train", "(i32.const -99)")]).contains("unknown status -99"));
}

#[test]
fn statuses_traps_and_endless_work_end_it() {
    for status in [-1, -3, -4, -5] {
        let body = format!("(i32.const {status})");
        for name in ["train", "acceptance", "state_len", "witness_len", "policy_len"] {
            let ended = learn(&[(name, &body)]);
            let expected =
                matches!(&ended, Err(RunError::Guest(AbiError::Reported { status: s, .. })) if *s == status);
            assert!(expected, "{name} {status}: {ended:?}");
        }
    }
    let ended = |body| learn(&[("train", body)]).unwrap_err();
    let trap = ended("unreachable");
    assert!(matches!(trap, RunError::Guest(AbiError::Engine(EngineError::Trap { .. }))), "{trap:?}");
    let spin = ended("(loop $l (br $l)) (i32.const 0)");
    assert!(
        matches!(spin, RunError::Guest(AbiError::Engine(EngineError::Limit(LimitHit::Fuel { .. })))),
        "{spin:?}"
    );
}

#[test]
fn a_policy_comes_back_and_somebody_elses_is_passed_by() {
    let learned = Learned { name: PUZZLES.into(), form: 1, runs: 3, state: vec![9; 40], witness: Vec::new() };
    let rvf = Rvf::open(file(&module(&[]))).unwrap();
    assert!(rvf.policy(PUZZLES).unwrap().is_none());
    let (saved, bytes) = rvf.save(&learned, Vec::new()).unwrap();
    assert_eq!(saved.bytes, bytes.len() as u64);
    let mut writer = rvf_format::write::resume(&File::open(&bytes).unwrap(), Vec::new()).unwrap();
    writer.segment(SegmentType::POLICY_KERNEL, b"weights of somebody else's").unwrap();
    let bytes = writer.finish().unwrap().1;
    let rvf = Rvf::open(bytes.clone()).unwrap();
    rvf.verify(&rvf_loader::Policy::default().require_every_byte()).unwrap();
    let policy = rvf.policy(PUZZLES).unwrap().unwrap();
    assert_eq!((policy.state, policy.head), (&[9; 40][..], saved.head));
    assert!(rvf.policy("methods").unwrap().is_none());

    let mut damaged = bytes;
    let at = File::open(&damaged).unwrap().segment(policy.segment).unwrap().payload_offset() as usize;
    damaged[at + 130] ^= 1;
    let rvf = Rvf::open(damaged).unwrap();
    assert!(rvf.policy(PUZZLES).is_err());
    assert!(matches!(rvf.save(&learned, Vec::new()), Err(SaveError::Damaged(_))));
}

#[test]
fn what_a_module_gives_is_saved_only_in_form() {
    let rvf = Rvf::open(file(&module(&[]))).unwrap();
    let learned = Learned { name: PUZZLES.into(), form: 1, runs: 3, state: vec![9; 40], witness: Vec::new() };
    for (name, witness) in [("Puzzles!", vec![]), ("", vec![]), (PUZZLES, vec![1; 72])] {
        let bad = Learned { name: name.into(), witness, ..learned.clone() };
        assert!(matches!(rvf.save(&bad, Vec::new()), Err(SaveError::Format(_))), "{name}");
    }
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("full"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    assert!(matches!(rvf.save(&learned, Full), Err(SaveError::Write(_))));
}
