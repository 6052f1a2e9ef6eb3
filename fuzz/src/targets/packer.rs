//! Every input format of the packer.

use super::Target;
use rvf_packer::input::{Batch, Dtype, Format, InputOptions, Stream, from_stream};
use std::io::Cursor;

/// Buffers of the readers, and a batch of seven of the widest vectors there are.
const BUFFERS: usize = (1 << 20) + 2 * 7 * 65_535 * 4;
/// The header that a safetensors input of unknown length may claim.
const HEADER: usize = 8 << 20;

macro_rules! target {
    ($constant:ident, $name:literal, $format:expr, $bytes_at_rest:expr, $seeds:expr) => {
        pub(super) const $constant: Target = Target {
            name: $name,
            run: |bytes| read(bytes, $format),
            seeds: $seeds,
            bytes_per_byte: 64,
            bytes_at_rest: $bytes_at_rest,
        };
    };
}

target!(NPY, "npy", Format::Npy, BUFFERS, || vec![
    npy("<f4", "(3, 2)", 24),
    npy("<f8", "(3,)", 24),
    npy("<f2", "(2, 2)", 8)
]);
target!(FVECS, "fvecs", Format::Fvecs, BUFFERS, || vec![vecs(2, 4), vecs(3, 4), vecs(1, 4)]);
target!(BVECS, "bvecs", Format::Bvecs, BUFFERS, || vec![vecs(2, 1), vecs(5, 1)]);
target!(CSV, "csv", Format::Csv, BUFFERS, || {
    vec![
        b"1,2,3\n4,5,6\n".to_vec(),
        b"id,label,a,b\n1,\"one, two\",0.5,1e3\n2,zwei,-1,2\r\n".to_vec(),
        b"\xef\xbb\xbf0.1;0.2\n0,3;0,4\n".to_vec(),
    ]
});
target!(JSONL, "jsonl", Format::Jsonl, BUFFERS, || {
    vec![
        b"[1,2,3]\n[4,5,6]\n".to_vec(),
        br#"{"id":1,"label":"one","vector":[1,2]}"#.to_vec(),
        b"{\"id\":1,\"vector\":[1e308,2]}\n\n{\"vector\":[1,2]}".to_vec(),
    ]
});
target!(SAFETENSORS, "safetensors", Format::Safetensors, BUFFERS + HEADER, || {
    vec![
        safetensors(r#"{"x":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#, 24),
        safetensors(
            r#"{"__metadata__":{"a":"b"},"x":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]}}"#,
            8,
        ),
    ]
});
target!(RAW, "raw", Format::Raw, BUFFERS, || vec![vec![0; 64], (0..=255).collect()]);

pub(super) fn npy(dtype: &str, shape: &str, data: usize) -> Vec<u8> {
    let mut header = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend_from_slice(&(header.len() as u16).to_le_bytes());
    out.extend_from_slice(header.as_bytes());
    out.resize(out.len() + data, 0x3c);
    out
}

fn vecs(rows: u32, width: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..rows {
        out.extend_from_slice(&3u32.to_le_bytes());
        out.resize(out.len() + 3 * width, 0x3f);
    }
    out
}

fn safetensors(header: &str, data: usize) -> Vec<u8> {
    let mut out = (header.len() as u64).to_le_bytes().to_vec();
    out.extend_from_slice(header.as_bytes());
    out.resize(out.len() + data, 0x3c);
    out
}

/// Reads the input to its end in batches of seven, once with its length known and once without.
fn read(bytes: &[u8], format: Format) -> u64 {
    let mut sums = [0; 2];
    for (sum, length) in sums.iter_mut().zip([Some(bytes.len() as u64), None]) {
        let stream = Stream::new("fuzz", Cursor::new(bytes.to_vec()), length);
        *sum = read_all(stream, format);
    }
    sums[0] + sums[1]
}

fn read_all(stream: Stream, format: Format) -> u64 {
    let options = InputOptions { dtype: Some(Dtype::F32), dimension: Some(3), ..InputOptions::default() };
    let mut source = match from_stream(stream, format, &options) {
        Ok(source) => source,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return 0;
        }
    };
    let mut batch = Batch::default();
    let mut total = 0;
    loop {
        batch.clear();
        match source.fill(&mut batch, 7) {
            Ok(0) | Err(_) => return total,
            Ok(rows) => {
                assert!(rows <= 7);
                assert_eq!(batch.rows.len(), rows * usize::from(source.dimension()));
                assert!(batch.rows.iter().all(|v| v.is_finite()));
                assert!(batch.ids.is_empty() || batch.ids.len() == rows);
                assert!(batch.labels.is_empty() || batch.labels.len() == rows);
                total += rows as u64;
            }
        }
    }
}
