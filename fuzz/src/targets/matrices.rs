//! Every matrix input of the packer, from bytes to a file that verifies or one error with a place.

use super::Target;
use rvf_format::File;
use rvf_format::verify::verify;
use rvf_packer::Scratch;
use rvf_packer::build::{Job, build};
use rvf_packer::input::Stream;
use rvf_packer::matrix::{Edges, MatrixFormat, MatrixInput, MatrixOptions};
use std::io::Cursor;

/// Buffers of the readers and of the sort, and the longest line.
const BUFFERS: usize = 8 << 20;
/// Memory that sorting may take before it goes to disk.
const SORT: u64 = 1 << 14;

macro_rules! target {
    ($constant:ident, $name:literal, $format:expr, $seeds:expr) => {
        pub(super) const $constant: Target = Target {
            name: $name,
            run: |bytes| pack(bytes, $format),
            seeds: $seeds,
            bytes_per_byte: 256,
            bytes_at_rest: BUFFERS,
        };
    };
}

target!(MTX, "mtx", MatrixFormat::Mtx, || {
    let text = |kind: &str, body: &str| format!("%%MatrixMarket matrix {kind}\n% c\n{body}").into_bytes();
    vec![
        text("coordinate real general", "3 4 3\n1 1 0.5\n3 4 -2e3\n2 2 1\n"),
        text("coordinate integer symmetric", "3 3 3\n1 1 5\n3 1 -2\n2 2 1\n"),
        text("coordinate pattern general", "2 2 2\n1 1\n2 1\n"),
        text("array real skew-symmetric", "3 3\n1\n2\n3\n"),
    ]
});
target!(NPZ, "npz", MatrixFormat::Npz, Vec::new);
target!(EDGES, "edges", MatrixFormat::Edges, || {
    vec![b"# c\n0 1 2.5\n1 2 1\n2 0 7\n".to_vec(), b"alice\tbob\nbob\tcarol d\n".to_vec()]
});
target!(ARRAY, "array", MatrixFormat::Array, || {
    vec![
        super::packer::npy("<f8", "(2, 2)", 32),
        super::packer::npy("<f4", "(3,)", 12),
        super::packer::npy("<i8", "(2, 1)", 16),
    ]
});

/// Packs the input, once with its length known and once without.
fn pack(bytes: &[u8], format: MatrixFormat) -> u64 {
    [Some(bytes.len() as u64), None].into_iter().map(|length| pack_one(bytes, format, length)).sum()
}

fn pack_one(bytes: &[u8], format: MatrixFormat, length: Option<u64>) -> u64 {
    let stream = Stream::new("input", Cursor::new(bytes.to_vec()), length);
    let edges = Edges { undirected: length.is_none(), ..Edges::default() };
    let outcome = MatrixInput::from_stream("m", stream, format).and_then(|input| {
        let job = Job {
            matrices: vec![input],
            matrix_options: MatrixOptions { edges, memory: SORT, ..MatrixOptions::default() },
            ..Job::new(Scratch::in_directory(std::env::temp_dir()))
        };
        build(job, Vec::new(), &mut |_| {})
    });
    match outcome {
        Ok((_, file)) => {
            let report = File::open(&file).map(|file| verify(&file, &mut |_, _| {}));
            assert!(report.is_ok_and(|report| report.is_complete()), "packed what does not verify");
            1
        }
        Err(error) => {
            assert!(error.place().is_some_and(|place| place.contains("input")), "{error}");
            0
        }
    }
}
