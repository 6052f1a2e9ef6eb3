//! Matrices: written, read back, measured, and hostile.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use rvf_format::forever::SPARSE_HEAD_LEN;
use rvf_format::hash::Algorithm;
use rvf_format::read::sparse::{Kind, Sparse, ValueType, measure};
use rvf_format::verify::verify;
use rvf_format::write::sparse::{Csr, encode, encode_dense};
use rvf_format::write::{FileWriter, Options};
use rvf_format::{File, Metric, SegmentType};

/// The path graph's Laplacian plus `shift` on the diagonal.
fn path(n: u64, shift: f64) -> (Vec<u64>, Vec<u64>, Vec<f64>) {
    let (mut offsets, mut columns, mut values) = (vec![0], Vec::new(), Vec::new());
    for i in 0..n {
        let neighbours = [i.checked_sub(1), (i + 1 < n).then_some(i + 1)];
        let degree = neighbours.iter().flatten().count() as f64;
        for j in [neighbours[0], Some(i), neighbours[1]].into_iter().flatten() {
            columns.push(j);
            values.push(if i == j { degree + shift } else { -1.0 });
        }
        offsets.push(columns.len() as u64);
    }
    (offsets, columns, values)
}

fn packed(n: u64, shift: f64, transpose: bool) -> Vec<u8> {
    let (offsets, indices, values) = path(n, shift);
    let csr = Csr { rows: n, columns: n, offsets: &offsets, indices: &indices, values: &values };
    encode("path", ValueType::F64, csr, transpose.then_some(csr), true).unwrap()
}

#[test]
fn a_matrix_is_read_back_and_measured() {
    let payload = packed(100, 0.5, true);
    let matrix = Sparse::parse(&payload, 64).unwrap();
    matrix.check().unwrap();
    assert_eq!(matrix.name(), "path");
    let head = matrix.head();
    assert_eq!((head.kind, head.rows, head.columns, head.entries), (Kind::Csr, 100, 100, 298));
    for place in [head.arrays.offsets, head.arrays.columns, head.arrays.values] {
        assert_eq!(place % 64, 0);
    }
    let p = head.properties;
    assert!(p.symmetric && p.m_sign && p.full_diagonal);
    assert_eq!(p.row_gap, 1.0 - 2.0 / 2.5);
    assert_eq!(p.column_gap, p.row_gap);
    assert_eq!((p.row_slack, p.column_slack), (0.5, 0.5));
    assert_eq!((p.diagonal, p.off_diagonal, p.row_sum), ((1.5, 2.5), (1.0, 1.0), (0.5, 0.5)));
    assert_eq!((p.max_row_len, p.max_column_len), (3, 3));
    assert_eq!(measure(&matrix).unwrap(), p);
    assert_eq!(matrix.row(0).unwrap().collect::<Vec<_>>(), [(0, 1.5), (1, -1.0)]);
    assert_eq!(matrix.column(99).unwrap().collect::<Vec<_>>(), [(98, -1.0), (99, 1.5)]);
    assert_eq!(matrix.find(5, 6).unwrap(), Some(-1.0));
    assert_eq!(matrix.find(5, 7).unwrap(), None);
}

#[test]
fn a_file_with_several_named_matrices_verifies() {
    let options =
        Options { dimension: 0, metric: Metric::L2, algorithm: Algorithm::CrcRotation, timestamp_ns: 0 };
    let mut writer = FileWriter::new(Vec::new(), options);
    writer.segment(SegmentType::SPARSE, &packed(50, 1.0, false)).unwrap();
    let dense = encode_dense("b", 50, 1, &[0.25; 50]).unwrap();
    let hash = Algorithm::CrcRotation.hash(&dense);
    writer.begin(SegmentType::SPARSE, dense.len() as u64, hash).unwrap();
    dense.chunks(77).for_each(|piece| writer.push(piece).unwrap());
    assert!(writer.push(&[0]).is_err(), "more bytes than announced");
    let (_, bytes) = writer.finish().unwrap();
    let file = File::open(&bytes).unwrap();
    let report = verify(&file, &mut |_, _| {});
    assert!(report.is_complete(), "{report:?}");
    let names: Vec<String> = file
        .segments_of(SegmentType::SPARSE)
        .map(|s| s.unwrap())
        .map(|s| Sparse::parse(s.payload, s.payload_offset()).unwrap().name().to_string())
        .collect();
    assert_eq!(names, ["path", "b"]);
}

/// What a lying or damaged matrix comes to: refused when parsed, checked, or measured again.
fn refused(payload: &[u8]) -> bool {
    let Ok(matrix) = Sparse::parse(payload, 0) else { return true };
    matrix.check().is_err() || measure(&matrix).map(|p| p != matrix.head().properties).unwrap_or(true)
}

#[test]
fn hostile_matrices_are_refused() {
    let good = packed(40, 0.5, true);
    assert!(!refused(&good));
    let head = *Sparse::parse(&good, 0).unwrap().head();
    let attack = |what: &str, at: u64, bytes: &[u8]| {
        let mut payload = good.clone();
        payload[at as usize..][..bytes.len()].copy_from_slice(bytes);
        assert!(refused(&payload), "{what}");
    };
    attack("a column outside the shape", head.arrays.columns, &40u32.to_le_bytes());
    attack("a column twice in a row", head.arrays.columns + 4, &0u32.to_le_bytes());
    attack("offsets that fall", head.arrays.offsets + 8, &9u64.to_le_bytes());
    attack("offsets past the entries", head.arrays.offsets + 8 * 40, &u64::MAX.to_le_bytes());
    attack("a first offset that is not zero", head.arrays.offsets, &1u64.to_le_bytes());
    attack("a NaN", head.arrays.values, &f64::NAN.to_le_bytes());
    attack("an infinity", head.arrays.values + 8, &f64::INFINITY.to_le_bytes());
    attack("a diagonal of zero", head.arrays.values, &0.0f64.to_le_bytes());
    attack("a transpose that differs", head.transpose.unwrap().values, &7.0f64.to_le_bytes());
    attack("more rows than there is room for", 16, &(1u64 << 60).to_le_bytes());
    attack("more columns than there is memory for", 24, &(1u64 << 40).to_le_bytes());
    attack("more entries than there is room for", 32, &u64::MAX.to_le_bytes());
    attack("a name longer than the payload", 88, &u32::MAX.to_le_bytes());
    attack("a lying gap", 92, &0.9f64.to_le_bytes());
    attack("a lying slack", 108, &100.0f64.to_le_bytes());
    attack("a gap that is not a number", 92, &f64::NAN.to_le_bytes());
    for byte in 0..SPARSE_HEAD_LEN {
        for bit in 0..8 {
            let mut payload = good.clone();
            payload[byte] ^= 1 << bit;
            assert!(refused(&payload), "bit {bit} of byte {byte} of the head");
        }
    }
    for cut in (0..good.len()).step_by(7) {
        assert!(refused(&good[..cut]), "cut at {cut}");
    }
}
