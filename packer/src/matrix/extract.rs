//! A matrix of a file as Matrix Market text.

use std::io::Write;

use rvf_format::SegmentType;
use rvf_format::read::sparse::{Kind, Sparse, ValueType};

use crate::checked::{Checked, Damage};
use crate::embed::open;
use crate::error::{OUTPUT, PackError, Result};
use crate::limits::MAX_NAMES_SHOWN;

/// Writes the matrix with this name, and says how many lines of entries that took: coordinates, of a
/// symmetric matrix the lower triangle; for a dense array its elements column by column. Numbers have
/// as many digits as bring the same bits back.
///
/// # Errors
/// When the bytes are not a file, it has no such matrix, the matrix is damaged, or `out` fails.
pub fn write_matrix_market(
    bytes: &[u8],
    file_name: &str,
    name: &str,
    damage: Damage,
    out: &mut dyn Write,
) -> Result<u64> {
    let file = open(bytes, file_name)?;
    Checked::of(&file, file_name, damage)?.segments_of(SegmentType::SPARSE)?;
    let mut names = Vec::new();
    for segment in file.segments_of(SegmentType::SPARSE) {
        let segment = segment.map_err(|e| damaged(file_name, &e))?;
        let matrix =
            Sparse::parse(segment.payload, segment.payload_offset()).map_err(|e| damaged(file_name, &e))?;
        if matrix.name() == name {
            return write(&matrix, file_name, out);
        }
        names.push(matrix.name().to_owned());
    }
    let error = PackError::absent(format!("there is no matrix '{}'", name.escape_default())).at(file_name);
    if names.is_empty() {
        return Err(error.fix("the file has none"));
    }
    names.truncate(MAX_NAMES_SHOWN);
    Err(error.fix(format!("the file has: {}", names.join(", "))))
}

fn write(matrix: &Sparse<'_>, file_name: &str, out: &mut dyn Write) -> Result<u64> {
    let head = matrix.head();
    let failed = |e| PackError::io("cannot write the output", OUTPUT, e);
    let hurt = |e| damaged(file_name, &e);
    matrix.check().map_err(hurt)?;
    if head.kind == Kind::Dense {
        write!(out, "%%MatrixMarket matrix array real general\n{} {}\n", head.rows, head.columns)
            .map_err(failed)?;
        for column in 0..head.columns {
            for row in 0..head.rows {
                let value = matrix.find(row, column).map_err(hurt)?.unwrap_or_default();
                writeln!(out, "{}", number(value)).map_err(failed)?;
            }
        }
        return Ok(head.entries);
    }
    let symmetric = head.properties.symmetric;
    let kept = |row: u64, column: u64| !symmetric || column <= row;
    let mut entries = 0u64;
    for row in 0..head.rows {
        entries += matrix.row(row).map_err(hurt)?.filter(|(column, _)| kept(row, *column)).count() as u64;
    }
    let field = if head.value_type == ValueType::Pattern { "pattern" } else { "real" };
    let symmetry = if symmetric { "symmetric" } else { "general" };
    write!(
        out,
        "%%MatrixMarket matrix coordinate {field} {symmetry}\n{} {} {entries}\n",
        head.rows, head.columns
    )
    .map_err(failed)?;
    for row in 0..head.rows {
        for (column, value) in matrix.row(row).map_err(hurt)?.filter(|(column, _)| kept(row, *column)) {
            let (row, column) = (row + 1, column + 1);
            match head.value_type {
                ValueType::Pattern => writeln!(out, "{row} {column}"),
                _ => writeln!(out, "{row} {column} {}", number(value)),
            }
            .map_err(failed)?;
        }
    }
    Ok(entries)
}

/// The shortest text that reads back as the same number, with an exponent where digits would pile up.
fn number(value: f64) -> String {
    const PLAIN: std::ops::Range<f64> = 1e-5..1e15;
    if value == 0.0 || PLAIN.contains(&value.abs()) { value.to_string() } else { format!("{value:e}") }
}

fn damaged(name: &str, error: &rvf_format::Error) -> PackError {
    PackError::malformed(error.to_string()).at(name)
}
