//! Packing takes a few batches of memory, whatever the number of vectors.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
use common::*;

use std::io::Write;
use std::process::Stdio;

/// Peak resident memory of a live process, in KiB.
fn peak(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_million_vectors_take_less_memory_than_ten_batches() {
    const ROWS: usize = 1_000_000;
    const DIMENSION: usize = 128;
    let bench = Bench::new();
    let arguments =
        ["build", "-", "--format", "raw", "--dtype", "f32", "--dim", "128", "--no-solver", "-o", "/dev/null"];
    let mut child = bench.command(&arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let chunk = f32s(&(0..DIMENSION * 1000).map(|i| i as f32).collect::<Vec<_>>());
    for _ in 0..ROWS / 1000 - 1 {
        input.write_all(&chunk).unwrap();
    }
    // All but the last rows are through, so the peak is known while the process still lives.
    let peak = peak(child.id());
    input.write_all(&chunk).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("1,000,000 vectors of 128"));
    let batch = rvf_packer::limits::DEFAULT_BATCH_BYTES / 1024;
    assert!(peak < 10 * batch, "{peak} KiB for batches of {batch} KiB");
}
