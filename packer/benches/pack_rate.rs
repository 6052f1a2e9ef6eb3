//! How fast `rvf-pack build` is, as whole processes, beside a plain copy of the same bytes.
//!
//! `cargo bench -p rvf-packer --bench pack_rate [-- DIRECTORY]` packs a million vectors of 128 f32 from
//! npy and from fvecs: into nothing, which shows the work of packing alone, and into a file in DIRECTORY
//! (the system's directory for temporary files by default), where the disk has its say. The runs
//! alternate, so that a noisy machine disturbs all of them alike.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

const ROWS: usize = 1_000_000;
const DIMENSION: usize = 128;
const ROUNDS: usize = 7;

fn main() {
    // Cargo passes flags of its own, such as --bench.
    let directory =
        std::env::args().skip(1).find(|a| !a.starts_with('-')).map_or_else(std::env::temp_dir, Into::into);
    let directory = tempfile::tempdir_in(directory).unwrap();
    let [npy, fvecs, out] = ["v.npy", "v.fvecs", "out"].map(|name| directory.path().join(name));
    write_inputs(&npy, &fvecs);
    let null = Path::new("/dev/null");
    let cases: [(&str, &dyn Fn()); 4] = [
        ("npy into nothing", &|| pack(&npy, null)),
        ("fvecs into nothing", &|| pack(&fvecs, null)),
        ("npy into a file", &|| pack(&npy, &out)),
        ("plain copy into a file, synced", &|| copy(&npy, &out)),
    ];
    let mut seconds = cases.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for ((_, run), seconds) in cases.iter().zip(&mut seconds) {
            // Giving the old output's blocks back is not part of any run.
            drop(std::fs::remove_file(&out));
            let start = Instant::now();
            run();
            seconds.push(start.elapsed().as_secs_f64());
        }
    }
    let megabytes = (ROWS * DIMENSION * 4) as f64 / 1e6;
    println!("{ROWS} vectors of {DIMENSION} f32, {megabytes} MB; median (fastest) of {ROUNDS}");
    for ((name, _), mut seconds) in cases.iter().zip(seconds) {
        seconds.sort_by(f64::total_cmp);
        let (median, best) = (seconds.get(ROUNDS / 2).unwrap(), seconds.first().unwrap());
        let rate = ROWS as f64 / median / 1e6;
        println!(
            "{name:32} {median:.3} s ({best:.3})  {rate:.2} M vectors/s  {:.0} MB/s",
            megabytes / median
        );
    }
}

fn pack(input: &Path, output: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rvf-pack"));
    command.arg("build").arg(input).args(["--no-solver", "--force", "--quiet", "-o"]).arg(output);
    assert!(command.stdin(Stdio::null()).status().unwrap().success());
}

/// The same reads and writes as packing, in pieces of the same size, and the same wait for the disk.
fn copy(input: &Path, output: &Path) {
    let (mut from, mut to) = (File::open(input).unwrap(), File::create(output).unwrap());
    let mut piece = vec![0; 8 << 20];
    loop {
        let n = from.read(&mut piece).unwrap();
        if n == 0 {
            break;
        }
        to.write_all(piece.get(..n).unwrap()).unwrap();
    }
    to.sync_all().unwrap();
}

fn write_inputs(npy: &Path, fvecs: &Path) {
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({ROWS}, {DIMENSION}), }}");
    let mut npy = BufWriter::new(File::create(npy).unwrap());
    npy.write_all(b"\x93NUMPY\x01\x00\x76\x00").unwrap();
    npy.write_all(format!("{header:<117}\n").as_bytes()).unwrap();
    let mut fvecs = BufWriter::new(File::create(fvecs).unwrap());
    let mut state = 1u32;
    let mut row = [0u8; DIMENSION * 4];
    for _ in 0..ROWS {
        for bytes in row.as_chunks_mut::<4>().0 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *bytes = ((state >> 8) as f32 / (1 << 24) as f32).to_le_bytes();
        }
        npy.write_all(&row).unwrap();
        fvecs.write_all(&(DIMENSION as u32).to_le_bytes()).unwrap();
        fvecs.write_all(&row).unwrap();
    }
    npy.flush().unwrap();
    fvecs.flush().unwrap();
}
