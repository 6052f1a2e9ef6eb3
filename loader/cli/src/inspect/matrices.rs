//! The matrices of a file, as `inspect` shows them.

use rvf_loader::matrices::{Matrix, matrices};
use rvf_loader::rvf_format::File;
use rvf_loader::rvf_format::read::sparse::{Kind, Properties};
use rvf_terminal::serde_json::{Value, json};
use rvf_terminal::{Align, Table, count_text, f64_value};

/// A table for people; `None` when the file holds no matrix.
pub(super) fn table(file: &File<'_>) -> Option<Table> {
    let mut table = Table::new(&[
        ("matrix in segment", Align::Right),
        ("name", Align::Left),
        ("kind", Align::Left),
        ("rows x columns", Align::Right),
        ("entries", Align::Right),
        ("values", Align::Left),
        ("transpose", Align::Left),
        ("measured when packed", Align::Left),
    ]);
    for matrix in matrices(file) {
        match matrix {
            Ok(matrix) => table.row([
                matrix.segment.to_string(),
                matrix.name.to_owned(),
                matrix.kind().to_owned(),
                format!("{} x {}", count_text(matrix.head.rows), count_text(matrix.head.columns)),
                count_text(matrix.head.entries),
                matrix.head.value_type.name().to_owned(),
                transpose(&matrix).to_owned(),
                properties(&matrix),
            ]),
            Err((segment, error)) => table.row([segment.to_string(), format!("unreadable: {error}")]),
        }
    }
    (!table.is_empty()).then_some(table)
}

/// The same for programs, with every property.
pub(super) fn to_json(file: &File<'_>) -> Value {
    let one = |matrix: Result<Matrix<'_>, _>| match matrix {
        Ok(matrix) => json!({
            "segment": matrix.segment,
            "name": matrix.name,
            "kind": matrix.kind(),
            "rows": matrix.head.rows,
            "columns": matrix.head.columns,
            "entries": matrix.head.entries,
            "values": matrix.head.value_type.name(),
            "index_bytes": matrix.head.index_width.bytes(),
            "transpose": matrix.head.transpose.is_some(),
            "properties": properties_json(&matrix.head.properties),
        }),
        Err((segment, error)) => {
            let error: rvf_loader::rvf_format::Error = error;
            json!({ "segment": segment, "error": error.to_string() })
        }
    };
    matrices(file).map(one).collect()
}

/// Whether the matrix can be walked by columns.
fn transpose(matrix: &Matrix<'_>) -> &'static str {
    match (matrix.head.kind, matrix.head.transpose, matrix.head.properties.symmetric) {
        (Kind::Dense, ..) => "",
        (_, Some(_), _) => "stored",
        (_, None, true) => "itself",
        (_, None, false) => "none",
    }
}

/// What decides on methods and bounds; the rest is in the JSON.
fn properties(matrix: &Matrix<'_>) -> String {
    let measured = &matrix.head.properties;
    if matrix.head.kind == Kind::Dense {
        let (least, greatest) = measured.off_diagonal;
        return format!("|x| from {least} to {greatest}");
    }
    let mut words = Vec::new();
    if measured.symmetric {
        words.push("symmetric".to_owned());
    }
    if measured.m_sign {
        words.push("M-matrix signs".to_owned());
    }
    for (gap, lines) in [(measured.row_gap, "rows"), (measured.column_gap, "columns")] {
        if gap.is_finite() && gap > 0.0 {
            let gap = if gap < 0.01 { format!("{gap:.1e}") } else { format!("{gap:.3}") };
            words.push(format!("dominated by {lines}, gap {gap}"));
        } else if gap == 0.0 {
            words.push(format!("weakly dominated by {lines}"));
        }
    }
    words.push(format!("at most {} in a row", count_text(measured.max_row_len)));
    words.join(", ")
}

fn properties_json(measured: &Properties) -> Value {
    let pair = |(least, greatest): (f64, f64)| json!([f64_value(least), f64_value(greatest)]);
    json!({
        "symmetric": measured.symmetric,
        "m_sign": measured.m_sign,
        "full_diagonal": measured.full_diagonal,
        "row_gap": f64_value(measured.row_gap),
        "column_gap": f64_value(measured.column_gap),
        "row_slack": f64_value(measured.row_slack),
        "column_slack": f64_value(measured.column_slack),
        "diagonal": pair(measured.diagonal),
        "off_diagonal": pair(measured.off_diagonal),
        "row_sum": pair(measured.row_sum),
        "max_row_length": measured.max_row_len,
        "max_column_length": measured.max_column_len,
    })
}
