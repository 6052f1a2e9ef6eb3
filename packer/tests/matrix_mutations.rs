//! Random changes to valid matrices: every one is packed into a file that verifies, or refused with an
//! error that has a place; none panics, hangs or takes memory that its size does not pay for.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
mod matrix_support;
use common::*;
use matrix_support::*;

use std::io::Cursor;

use rvf_packer::build::{Job, build};
use rvf_packer::input::Stream;
use rvf_packer::limits::MIN_LINE_CAP;
use rvf_packer::matrix::{Edges, MatrixFormat, MatrixInput, MatrixOptions};
use rvf_packer::{ErrorKind, Scratch};

/// Packs an input; says whether it was taken.
fn pack(bytes: &[u8], format: MatrixFormat, known: bool, scratch: &Scratch) -> bool {
    let length = known.then_some(bytes.len() as u64);
    let stream = Stream::new("input", Cursor::new(bytes.to_vec()), length);
    let edges = Edges { undirected: !known, ..Edges::default() };
    let outcome = MatrixInput::from_stream("m", stream, format).and_then(|input| {
        let job = Job {
            matrices: vec![input],
            matrix_options: MatrixOptions { edges, memory: 1 << 14, ..MatrixOptions::default() },
            ..Job::new(scratch.clone())
        };
        build(job, Vec::new(), &mut |_| {})
    });
    match outcome {
        Ok((_, out)) => {
            // Offsets of rows and columns, and for each entry far less than this.
            let bound = 64 * (bytes.len() as u64 + 64) + 2 * 8 * MIN_LINE_CAP + (256 << 10);
            assert!((out.len() as u64) < bound, "{} from {}", out.len(), bytes.len());
            verify(&out);
            true
        }
        Err(e) => {
            assert!(!e.what().is_empty());
            let told = e.place().is_some_and(|place| place.contains("input"));
            assert!(told && matches!(e.kind(), ErrorKind::Malformed | ErrorKind::Usage), "{e}");
            false
        }
    }
}

fn mutate(random: &mut Random, seed: &[u8]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len().max(1));
        match random.below(6) {
            0 => bytes.truncate(at),
            1 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            2 if !bytes.is_empty() => {
                bytes[at] = [0, 0xff, b' ', b'-', b'e', b'.', b'9', b'\n'][random.below(8)]
            }
            3 => {
                let chunk = bytes[at..].to_vec();
                bytes.extend(chunk);
            }
            4 => {
                let extra = [&b"99999999999999999999"[..], b" 1 1 1\n", b"1e400", b"%\n"][random.below(4)];
                drop(bytes.splice(at..at, extra.iter().copied()));
            }
            _ if bytes.len() >= at + 8 => bytes[at..at + 8].copy_from_slice(&random.next().to_le_bytes()),
            _ => {}
        }
    }
    bytes
}

fn seeds() -> Vec<(MatrixFormat, Vec<u8>)> {
    let text = |kind: &str, body: &str| format!("%%MatrixMarket matrix {kind}\n% c\n{body}").into_bytes();
    let csr =
        [("indptr", i32s(&[0, 1, 3])), ("indices", i32s(&[1, 2, 0])), ("data", floats(&[1.5, 3.0, -2.0]))];
    let coo = [("row", i32s(&[1, 0, 1])), ("col", i32s(&[2, 1, 0])), ("data", floats(&[3.0, 1.5, -2.0]))];
    vec![
        (MatrixFormat::Mtx, text("coordinate real general", "3 4 3\n1 1 0.5\n3 4 -2e3\n2 2 1\n")),
        (MatrixFormat::Mtx, text("coordinate integer symmetric", "3 3 3\n1 1 5\n3 1 -2\n2 2 1\n")),
        (MatrixFormat::Mtx, text("coordinate pattern general", "2 2 2\n1 1\n2 1\n")),
        (MatrixFormat::Mtx, text("array real skew-symmetric", "3 3\n1\n2\n3\n")),
        (MatrixFormat::Edges, b"# c\n0 1 2.5\n1 2 1\n2 0 7\n".to_vec()),
        (MatrixFormat::Edges, b"alice\tbob\nbob\tcarol d\n".to_vec()),
        (MatrixFormat::Array, npy("<f8", "(2, 2)", &f64s(&[1.0, 2.0, 3.0, 4.0]))),
        (MatrixFormat::Npz, scipy("csr", 2, 3, &csr, true)),
        (MatrixFormat::Npz, scipy("coo", 2, 3, &coo, false)),
    ]
}

#[test]
fn no_mutation_of_a_matrix_does_harm() {
    let directory = tempfile::tempdir().unwrap();
    let scratch = Scratch::in_directory(directory.path());
    let mut random = Random(0x1234_5678_9abc_def1);
    for (format, seed) in seeds() {
        for known in [true, false] {
            assert!(pack(&seed, format, known, &scratch), "{}", String::from_utf8_lossy(&seed));
            for _ in 0..700 {
                pack(&mutate(&mut random, &seed), format, known, &scratch);
            }
        }
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap();
        let peak: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        assert!(peak < 200 << 10, "{peak} KiB");
    }
}

#[test]
fn every_prefix_and_every_flipped_bit_of_a_matrix_is_packed_or_refused() {
    let directory = tempfile::tempdir().unwrap();
    let scratch = Scratch::in_directory(directory.path());
    for (format, seed) in seeds() {
        for at in 0..seed.len() {
            pack(&seed[..at], format, true, &scratch);
            let mut bytes = seed.clone();
            bytes[at] ^= 1 << (at % 8);
            pack(&bytes, format, at % 2 == 0, &scratch);
        }
    }
}

#[test]
fn one_format_read_as_another_does_no_harm() {
    let directory = tempfile::tempdir().unwrap();
    let scratch = Scratch::in_directory(directory.path());
    for (_, seed) in seeds() {
        for (_, format) in MatrixFormat::ALL {
            pack(&seed, format, true, &scratch);
        }
    }
}
