//! What tests of matrices use: a matrix read back, and inputs made by hand.
#![allow(dead_code)] // each test file uses a part of it

use rvf_format::read::sparse::{Sparse, SparseHead};
use rvf_format::{File, SegmentType};

use crate::common::{Random, npy, verify};

/// An entry: row, column, value.
pub(crate) type Entry = (u64, u64, f64);

/// A matrix as a reader of the file sees it.
pub(crate) struct Read {
    pub(crate) head: SparseHead,
    pub(crate) rows: u64,
    pub(crate) columns: u64,
    pub(crate) entries: Vec<Entry>,
    /// Column and row of each entry, by columns; empty without a transpose.
    pub(crate) by_columns: Vec<(u64, u64)>,
}

/// The matrix with this name, in a file of which every byte was verified.
pub(crate) fn matrix(bytes: &[u8], name: &str) -> Read {
    verify(bytes);
    let file = File::open(bytes).unwrap();
    for segment in file.segments_of(SegmentType::SPARSE).map(Result::unwrap) {
        let matrix = Sparse::parse(segment.payload, segment.payload_offset()).unwrap();
        if matrix.name() != name {
            continue;
        }
        let head = *matrix.head();
        let row = |row| matrix.row(row).unwrap().map(move |(column, value)| (row, column, value));
        let mut by_columns = Vec::new();
        if head.transpose.is_some() {
            for column in 0..head.columns {
                by_columns.extend(matrix.column(column).unwrap().map(|(row, _)| (column, row)));
            }
        }
        let entries = (0..head.rows).flat_map(row).collect();
        return Read { head, rows: head.rows, columns: head.columns, entries, by_columns };
    }
    panic!("no matrix {name}");
}

/// Names of the matrices of a file, in order.
pub(crate) fn names(bytes: &[u8]) -> Vec<String> {
    let file = File::open(bytes).unwrap();
    let segments = file.segments_of(SegmentType::SPARSE).map(Result::unwrap);
    segments.map(|s| Sparse::parse(s.payload, s.payload_offset()).unwrap().name().to_owned()).collect()
}

/// Entries with the bits of their values.
pub(crate) fn bits(entries: &[Entry]) -> Vec<(u64, u64, u64)> {
    entries.iter().map(|(row, column, value)| (*row, *column, value.to_bits())).collect()
}

pub(crate) fn f64s(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// An array of i32 as npy.
pub(crate) fn i32s(values: &[i32]) -> Vec<u8> {
    let body: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    npy("<i4", &format!("({},)", values.len()), &body)
}

/// An array of f64 as npy.
pub(crate) fn floats(values: &[f64]) -> Vec<u8> {
    npy("<f8", &format!("({},)", values.len()), &f64s(values))
}

/// A sparse matrix as SciPy saves it.
pub(crate) fn scipy(
    format: &str,
    rows: i64,
    columns: i64,
    arrays: &[(&str, Vec<u8>)],
    deflated: bool,
) -> Vec<u8> {
    let shape: Vec<u8> = [rows, columns].iter().flat_map(|x| x.to_le_bytes()).collect();
    let mut members: Vec<(String, Vec<u8>)> = vec![
        ("format.npy".to_owned(), npy(&format!("|S{}", format.len()), "()", format.as_bytes())),
        ("shape.npy".to_owned(), npy("<i8", "(2,)", &shape)),
    ];
    members.extend(arrays.iter().map(|(name, bytes)| (format!("{name}.npy"), bytes.clone())));
    zip(&members, deflated)
}

/// A zip as NumPy writes one: sizes of members in the large-file field of the local header.
pub(crate) fn zip(members: &[(String, Vec<u8>)], deflated: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for (name, bytes) in members {
        let packed = if deflated { miniz_oxide::deflate::compress_to_vec(bytes, 6) } else { bytes.clone() };
        let at = out.len() as u32;
        let method: u16 = if deflated { 8 } else { 0 };
        let common = |out: &mut Vec<u8>| {
            out.extend_from_slice(&0u16.to_le_bytes());
            out.extend_from_slice(&method.to_le_bytes());
            out.extend_from_slice(&[0, 0, 0x21, 0]);
            out.extend_from_slice(&crc32fast::hash(bytes).to_le_bytes());
        };
        out.extend_from_slice(b"PK\x03\x04\x2d\x00");
        common(&mut out);
        out.extend_from_slice(&[0xff; 8]);
        out.extend_from_slice(&(name.len() as u16).to_le_bytes());
        out.extend_from_slice(&20u16.to_le_bytes());
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(&[1, 0, 16, 0]);
        out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        out.extend_from_slice(&(packed.len() as u64).to_le_bytes());
        out.extend_from_slice(&packed);
        directory.extend_from_slice(b"PK\x01\x02\x2d\x03\x2d\x00");
        common(&mut directory);
        directory.extend_from_slice(&(packed.len() as u32).to_le_bytes());
        directory.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        directory.extend_from_slice(&(name.len() as u16).to_le_bytes());
        directory.extend_from_slice(&[0; 12]);
        directory.extend_from_slice(&at.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let start = out.len() as u32;
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    let count = (members.len() as u16).to_le_bytes();
    out.extend_from_slice(&[count, count].concat());
    out.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    out.extend_from_slice(&start.to_le_bytes());
    out.extend_from_slice(&[0, 0]);
    out
}

/// Coordinates in no order, without repetition.
pub(crate) fn random_mtx(rows: u64, entries: u64) -> String {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let per_row = entries / rows;
    let mut lines: Vec<String> = (0..entries)
        .map(|i| {
            let (row, nth) = (i % rows, i / rows);
            let column = (row * 7919 + nth * (rows / per_row)) % rows;
            format!("{} {} {}\n", row + 1, column + 1, (random.next() >> 11) as f64 / 1e15)
        })
        .collect();
    for i in (1..lines.len()).rev() {
        lines.swap(i, random.below(i + 1));
    }
    format!("%%MatrixMarket matrix coordinate real general\n{rows} {rows} {entries}\n{}", lines.concat())
}
