//! What several tests use: the command as a user runs it, and inputs made by hand.
#![allow(dead_code)] // each test file uses a part of it

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rvf_format::read::meta::Metadata;
use rvf_format::read::vectors::for_each_vector;
use rvf_format::{File, SegmentType};

/// A directory that goes away with the test.
pub(crate) struct Bench {
    pub(crate) directory: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// The command, to be run in the directory, without what the surroundings may set.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rvf-pack"));
        command.current_dir(self.directory.path()).args(arguments);
        for variable in ["SOURCE_DATE_EPOCH", "NO_COLOR", "CLICOLOR_FORCE"] {
            command.env_remove(variable);
        }
        command
    }

    /// Runs the command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::from(self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    /// Runs the command with bytes on standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Run {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that refuses its input early closes the pipe.
        let _ = child.stdin.take().unwrap().write_all(input);
        Run::from(child.wait_with_output().unwrap())
    }

    /// Names of everything in the directory.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) data: Vec<u8>,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            data: output.stdout,
        }
    }
}

impl Run {
    /// Expects success.
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// Expects a refusal with this code, whose report has `what` in it and a place and leaves no panic.
    pub(crate) fn refused(self, code: i32, what: &str) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.stderr.lines().any(|line| line.starts_with("error: ")), "{self:?}");
        assert!(self.stderr.contains(what), "expected {what:?} in {self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
        self
    }
}

/// Ids and vectors of a file, in order.
pub(crate) fn vectors(bytes: &[u8]) -> Vec<(u64, Vec<f32>)> {
    let file = File::open(bytes).unwrap();
    let dimension = file.manifest().head.dimension;
    let mut all = Vec::new();
    for segment in file.segments_of(SegmentType::VEC) {
        let segment = segment.unwrap();
        for_each_vector(segment.payload, dimension, segment.payload_offset(), |id, v| {
            all.push((id, v.to_vec()));
            true
        })
        .unwrap();
    }
    all
}

/// Labels of a file by id.
pub(crate) fn labels(bytes: &[u8]) -> Vec<(u64, String)> {
    let file = File::open(bytes).unwrap();
    let metadata = Metadata::read(&file).unwrap();
    let ids = metadata.records.keys().copied();
    ids.filter_map(|id| Some((id, metadata.label(id)?.to_owned()))).collect()
}

/// Expects that every byte of a file is vouched for.
pub(crate) fn verify(bytes: &[u8]) {
    let file = File::open(bytes).unwrap();
    let report = rvf_format::verify::verify(&file, &mut |_, _| {});
    assert!(report.is_complete(), "{report:?}");
}

/// A npy file.
pub(crate) fn npy(descr: &str, shape: &str, body: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let fill = (10 + text.len() + 1).next_multiple_of(64) - (10 + text.len() + 1);
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&((text.len() + fill + 1) as u16).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
    bytes.resize(bytes.len() + fill, b' ');
    bytes.push(b'\n');
    bytes.extend_from_slice(body);
    bytes
}

/// Numbers as bytes.
pub(crate) fn f32s(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// Three vectors of four, with values that lose bits when mistreated.
pub(crate) const SAMPLE: [f32; 12] =
    [0.1, -0.0, 1.0e-45, 3.4028235e38, 1.5, 2.5, -3.25, 0.33333334, 1e-20, 7.0, 8.0, -9.0];

/// The sample as an array.
pub(crate) fn sample_npy() -> Vec<u8> {
    npy("<f4", "(3, 4)", &f32s(&SAMPLE))
}

/// Expects a file to hold the sample, bit for bit, under ids from 0.
pub(crate) fn holds_sample(bytes: &[u8]) {
    let got = vectors(bytes);
    assert_eq!(got.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [0, 1, 2]);
    let bits = |v: &[f32]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    let flat: Vec<f32> = got.into_iter().flat_map(|(_, v)| v).collect();
    assert_eq!(bits(&flat), bits(&SAMPLE));
}

/// A small module that is a solver as far as its exports tell.
pub(crate) fn solver(body: &str) -> Vec<u8> {
    let mut text = format!("(module {body} (memory (export \"memory\") 2 64)");
    for (name, signature) in rvf_wasm_inspect::SOLVER_EXPORTS {
        let (params, result) = signature.split_once(" -> ").unwrap();
        let params = params.trim_matches(['(', ')']).replace(',', "");
        let body =
            if result == "()" { String::new() } else { format!("(result {result}) ({result}.const 0)") };
        text.push_str(&format!("(func (export \"{name}\") (param {params}) {body})"));
    }
    text.push(')');
    wat::parse_str(&text).unwrap()
}

/// The fixtures of the project.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name)
}

/// A generator of the same numbers on every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}
