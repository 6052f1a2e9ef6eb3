//! Every single bit of a small packed file, flipped: verification notices each one, and nothing that
//! looks at the damaged file panics or takes more memory than a small multiple of it.
//!
//! The file has everything a packed file has, with a small solver in the default form and the smallest
//! module there is in the others: the time goes with the square of the size, because every flip
//! verifies the whole file.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use rvf_fixtures::generate::vectors;
use rvf_fixtures::golden::tiny_header;
use rvf_fixtures::hostile::{echo_payload, raw};
use rvf_fixtures::{echo_wasm, tiny_wasm};
use rvf_format::hash::Algorithm;
use rvf_format::read::wasm::WasmSegment;
use rvf_format::verify::verify;
use rvf_format::write::{FileWriter, Options};
use rvf_format::{BlockChecker, File, Metric};
use rvf_fuzz::TARGETS;
use rvf_loader::abi::Request;
use rvf_loader::{Host, Limits, Profile, Rvf};
use std::time::Duration;
use support::peak_of;

/// Two batches, labels, deletions, a solver, a witness, the integrity record, the manifest.
fn packed(algorithm: Algorithm) -> Vec<u8> {
    let options = Options { dimension: 5, metric: Metric::Cosine, algorithm, timestamp_ns: 0 };
    let mut writer = FileWriter::new(Vec::new(), options);
    let rows = vectors(20, 5, 3);
    let ids: Vec<u64> = (1..=20).collect();
    writer.vectors(&ids[..13], &rows[..65]).unwrap();
    writer.vectors(&ids[13..], &rows[65..]).unwrap();
    writer.delete(&[5, 6]).unwrap();
    writer.labels(&[(1, "one"), (2, "two"), (20, "zwanzig")]).unwrap();
    if algorithm == Algorithm::CrcRotation {
        let header = WasmSegment::parse(&echo_payload(), 0).unwrap().header;
        writer.module(&header, echo_wasm()).unwrap();
    } else {
        writer.module(&tiny_header(tiny_wasm(), 1), tiny_wasm()).unwrap();
    }
    writer.finish().unwrap().1
}

/// True when the file passes for whole.
fn passes(bytes: &[u8]) -> bool {
    File::open(bytes).is_ok_and(|file| verify(&file, &mut |_, _| ()).is_complete())
}

fn every_flip_is_noticed(algorithm: Algorithm) {
    let good = packed(algorithm);
    assert!(passes(&good));
    let mut bytes = good.clone();
    let mut missed = Vec::new();
    for bit in 0..good.len() * 8 {
        let mask = 1 << (bit % 8);
        bytes[bit / 8] ^= mask;
        let (passed, peak) = peak_of(|| passes(&bytes));
        if passed {
            missed.push(bit);
        }
        assert!(peak < 24 * bytes.len() + 16_384, "bit {bit}: held {peak} bytes");
        bytes[bit / 8] ^= mask;
    }
    assert!(missed.is_empty(), "{} of {} flips were not noticed: {missed:?}", missed.len(), good.len() * 8);
    assert!(bytes == good);
}

#[test]
fn every_flip_is_noticed_with_crc() {
    every_flip_is_noticed(Algorithm::CrcRotation);
}

#[test]
fn every_flip_is_noticed_with_xxh3() {
    every_flip_is_noticed(Algorithm::Xxh3);
}

#[test]
fn every_flip_is_noticed_with_shake256() {
    every_flip_is_noticed(Algorithm::Shake256);
}

/// Not only the whole: reading any one block notices a flip in it.
#[test]
fn every_flip_is_noticed_by_the_block_that_is_read() {
    let good = packed(Algorithm::CrcRotation);
    let mut bytes = good.clone();
    for bit in 0..good.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        let noticed = File::open(&bytes).map_or(true, |file| match BlockChecker::new(&file) {
            Ok(Some(mut checker)) => checker.check_range(bit as u64 / 8, 1).is_err(),
            Ok(None) => false,
            Err(_) => true,
        });
        assert!(noticed, "bit {bit}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

/// Listing, reading and selecting over every damaged file: answers or errors, nothing else.
#[test]
fn no_flip_harms_who_looks() {
    let good = packed(Algorithm::CrcRotation);
    let mut bytes = good.clone();
    for target in TARGETS.iter().filter(|t| ["open_file", "read_file", "select"].contains(&t.name)) {
        for bit in 0..good.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            let (_, peak) = peak_of(|| (target.run)(&bytes));
            assert!(peak <= target.memory(bytes.len()), "{}, bit {bit}: held {peak} bytes", target.name);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

/// A file without an integrity record, as other software writes: here damage to headers and padding
/// is not noticed, so that damaged files do run. They answer or fail, in bounded time and memory.
#[test]
fn no_flip_harms_who_runs() {
    let good = raw::file(&[raw::good_vectors(), raw::Segment::new(raw::kind::WASM, echo_payload())]);
    let mut bytes = good.clone();
    let host = Host::new(Profile::Embedded);
    let limits = Limits::default().max_memory_pages(16).fuel(1_000_000).timeout(Duration::from_secs(5));
    let request = Request::new("echo").with("values", vec![1_u64, 2, 3]);
    let mut answered = 0u32;
    for bit in 0..good.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        let (answer, peak) = peak_of(|| {
            let rvf = Rvf::open(bytes.as_slice()).ok()?;
            rvf.select(&host).ok()?.run(&request, &limits).ok()
        });
        answered += u32::from(answer.is_some_and(|answer| answer.table.rows == 4));
        assert!(peak < 4 << 20, "bit {bit}: held {peak} bytes");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    assert!(answered > 100, "only {answered} damaged files ran, so running was hardly tried");
}
