//! Matrices to measure with, written row by row: any size in the memory of their columns.

use rvf_format::SegmentType;
use rvf_format::hash::{Algorithm, Hasher};
use rvf_format::read::sparse::{IndexWidth, Kind, Measure, SparseHead, ValueType};
use rvf_format::write::sparse::{Shape, plan};
use rvf_format::write::{FileWriter, Options, Sink};
use rvf_format::{Error, Metric};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// A square grid of `side` x `side` points.
#[derive(Clone, Copy)]
pub(crate) enum Grid {
    /// Laplacian plus one half: dominance gap 0.11 whatever the size.
    Laplacian,
    /// The neighbours alone.
    Graph,
}

impl Grid {
    fn value_type(self) -> ValueType {
        match self {
            Self::Laplacian => ValueType::F64,
            Self::Graph => ValueType::Pattern,
        }
    }

    /// The entries of a row, columns ascending.
    fn row(self, side: u64, row: u64, out: &mut Vec<(u64, f64)>) {
        out.clear();
        let (y, x) = (row / side, row % side);
        let neighbours = [
            (y > 0).then(|| row - side),
            (x > 0).then(|| row - 1),
            (x + 1 < side).then_some(row + 1),
            (y + 1 < side).then_some(row + side),
        ];
        let degree = neighbours.iter().flatten().count() as f64;
        match self {
            Self::Graph => out.extend(neighbours.into_iter().flatten().map(|n| (n, 1.0))),
            Self::Laplacian => {
                out.extend(neighbours.into_iter().take(2).flatten().map(|n| (n, -1.0)));
                out.push((row, degree + 0.5));
                out.extend(neighbours.into_iter().skip(2).flatten().map(|n| (n, -1.0)));
            }
        }
    }
}

struct Out(BufWriter<File>);

impl Sink for Out {
    type Error = io::Error;
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }
}

/// Writes a file with one matrix named `A`.
pub(crate) fn write(path: &Path, grid: Grid, side: u64) -> Result<(), Box<dyn std::error::Error>> {
    let rows = side * side;
    let mut measure = Measure::new(Kind::Csr, rows, rows);
    let (mut entries, mut line) = (0u64, Vec::new());
    for row in 0..rows {
        grid.row(side, row, &mut line);
        entries += line.len() as u64;
        measure.row(line.iter().copied());
    }
    let shape = Shape { kind: Kind::Csr, value_type: grid.value_type(), rows, columns: rows, entries };
    let (head, len) = plan("A", shape, false, measure.finish(true))?;
    let options =
        Options { dimension: 0, metric: Metric::L2, algorithm: Algorithm::CrcRotation, timestamp_ns: 0 };
    let mut hasher = Hasher::new(options.algorithm);
    payload(&head, grid, side, &mut |piece| {
        hasher.update(piece);
        Ok::<(), Error>(())
    })?;
    let mut writer = FileWriter::new(Out(BufWriter::with_capacity(1 << 20, File::create(path)?)), options);
    writer.begin(SegmentType::SPARSE, len, hasher.finish())?;
    payload(&head, grid, side, &mut |piece| writer.push(piece))?;
    let (_, out) = writer.finish()?;
    out.0.into_inner()?;
    Ok(())
}

/// Gives the payload to `put`, piece by piece.
fn payload<E>(
    head: &SparseHead,
    grid: Grid,
    side: u64,
    put: &mut impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut at = 0;
    let mut piece = Vec::new();
    piece.extend_from_slice(&head.encode());
    piece.extend_from_slice(b"A");
    let rows = 0..head.rows;
    let mut line = Vec::new();
    let mut flush = |piece: &mut Vec<u8>, limit: usize, at: &mut u64| {
        if piece.len() > limit {
            *at += piece.len() as u64;
            put(piece)?;
            piece.clear();
        }
        Ok(())
    };
    let fill = |piece: &mut Vec<u8>, at: u64, place: u64| piece.resize((place - at) as usize, 0);
    fill(&mut piece, at, head.arrays.offsets);
    let mut offset = 0u64;
    piece.extend_from_slice(&offset.to_le_bytes());
    for row in rows.clone() {
        grid.row(side, row, &mut line);
        offset += line.len() as u64;
        piece.extend_from_slice(&offset.to_le_bytes());
        flush(&mut piece, 1 << 20, &mut at)?;
    }
    fill(&mut piece, at, head.arrays.columns);
    for row in rows.clone() {
        grid.row(side, row, &mut line);
        for (column, _) in &line {
            match head.index_width {
                IndexWidth::U32 => piece.extend_from_slice(&(*column as u32).to_le_bytes()),
                IndexWidth::U64 => piece.extend_from_slice(&column.to_le_bytes()),
            }
        }
        flush(&mut piece, 1 << 20, &mut at)?;
    }
    if head.value_type == ValueType::F64 {
        fill(&mut piece, at, head.arrays.values);
        for row in rows {
            grid.row(side, row, &mut line);
            line.iter().for_each(|(_, value)| piece.extend_from_slice(&value.to_le_bytes()));
            flush(&mut piece, 1 << 20, &mut at)?;
        }
    } else {
        fill(&mut piece, at, head.arrays.values);
    }
    flush(&mut piece, 0, &mut at)
}
