//! Packing takes a few batches of memory, whatever the number of vectors; and of a matrix what it is
//! allowed to, whatever the number of entries.
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

#[test]
fn three_million_entries_take_less_memory_than_they_have_bytes() {
    const ROWS: u64 = 100_000;
    const ENTRIES: u64 = 3_000_000;
    const MEMORY: u64 = 4;
    let bench = Bench::new();
    let arguments =
        ["build", "m=-", "--format", "mtx", "--memory", "4", "--no-solver", "-o", "m.rvf", "--no-transpose"];
    let mut child = bench.command(&arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = std::io::BufWriter::new(child.stdin.take().unwrap());
    writeln!(input, "%%MatrixMarket matrix coordinate real general\n{ROWS} {ROWS} {ENTRIES}").unwrap();
    for i in 0..ENTRIES {
        // Every place once, far from sorted.
        let (row, nth) = ((i * 48_271) % ROWS, i / ROWS);
        writeln!(input, "{} {} {}.5", row + 1, (row * 31 + nth * 3331) % ROWS + 1, i % 1000).unwrap();
    }
    input.flush().unwrap();
    drop(input);
    // The peak of the child is that of its whole life only once it has ended, when it is gone: so it is
    // looked at until then.
    let mut highest = 0;
    while child.try_wait().unwrap().is_none() {
        highest = highest.max(std::panic::catch_unwind(|| peak(child.id())).unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert!(child.wait().unwrap().success());
    let bytes = bench.read("m.rvf");
    assert!(bytes.len() as u64 > ENTRIES * 12);
    verify(&bytes);
    // Sorting, 24 bytes per column, buffers of text and runs, the program itself.
    let allowed = (MEMORY << 10) + 24 * ROWS / 1024 + (12 << 10);
    assert!(highest > 0 && highest < allowed, "{highest} KiB, {allowed} allowed");
    assert_eq!(bench.names(), ["m.rvf"]);
}
