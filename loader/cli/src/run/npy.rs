//! NumPy files, version 1.0: a column as a plain array, or a table as a structured one.

use std::io::{self, Write};

use rvf_loader::abi::{Column, ColumnData, Table};

/// Bytes of the header are a multiple of this.
const ALIGNMENT: usize = 64;

/// Bytes before the header's text: magic, version, length.
const PREFIX: usize = 10;

/// Writes one column: shape (rows,) or (rows, width).
pub(super) fn write_column(out: &mut impl Write, column: &Column, rows: u64) -> io::Result<()> {
    let shape = if column.width == 1 { format!("({rows},)") } else { format!("({rows}, {})", column.width) };
    write_header(out, &format!("'{}'", code(&column.data)), &shape)?;
    let mut bytes = Vec::new();
    append(&mut bytes, &column.data, 0, column.data.len());
    out.write_all(&bytes)
}

/// Writes all columns as fields of one structured array.
pub(super) fn write_table(out: &mut impl Write, table: &Table) -> io::Result<()> {
    let field = |column: &Column| {
        let shape = if column.width == 1 { String::new() } else { format!(", ({},)", column.width) };
        format!("('{}', '{}'{shape})", column.name, code(&column.data))
    };
    let fields: Vec<String> = table.columns.iter().map(field).collect();
    write_header(out, &format!("[{}]", fields.join(", ")), &format!("({},)", table.rows))?;
    let mut bytes = Vec::new();
    for row in 0..table.rows {
        let row = usize::try_from(row).unwrap_or(usize::MAX);
        for column in &table.columns {
            let width = usize::try_from(column.width).unwrap_or(usize::MAX);
            append(&mut bytes, &column.data, row.saturating_mul(width), width);
        }
    }
    out.write_all(&bytes)
}

fn write_header(out: &mut impl Write, descr: &str, shape: &str) -> io::Result<()> {
    let mut text = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}");
    let whole = (PREFIX + text.len() + 1).next_multiple_of(ALIGNMENT);
    text.extend(std::iter::repeat_n(' ', whole - PREFIX - 1 - text.len()));
    text.push('\n');
    let length =
        u16::try_from(text.len()).map_err(|_| io::Error::other("too many columns for a NumPy header"))?;
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(text.as_bytes())
}

fn code(data: &ColumnData) -> &'static str {
    match data {
        ColumnData::U32(_) => "<u4",
        ColumnData::U64(_) => "<u8",
        ColumnData::F32(_) => "<f4",
        ColumnData::F64(_) => "<f8",
    }
}

fn append(bytes: &mut Vec<u8>, data: &ColumnData, start: usize, count: usize) {
    match data {
        ColumnData::U32(values) => {
            bytes.extend(values.iter().skip(start).take(count).flat_map(|x| x.to_le_bytes()))
        }
        ColumnData::U64(values) => {
            bytes.extend(values.iter().skip(start).take(count).flat_map(|x| x.to_le_bytes()))
        }
        ColumnData::F32(values) => {
            bytes.extend(values.iter().skip(start).take(count).flat_map(|x| x.to_le_bytes()))
        }
        ColumnData::F64(values) => {
            bytes.extend(values.iter().skip(start).take(count).flat_map(|x| x.to_le_bytes()))
        }
    }
}
