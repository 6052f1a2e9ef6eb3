//! The head of a matrix as text and as JSON, for `build` and `list`.

use rvf_format::read::sparse::{Kind, SparseHead};
use rvf_terminal::count_text;
use rvf_terminal::serde_json::{Value, json};

/// Shape, entries, type, and those properties that decide how it can be solved.
pub(crate) fn matrix_text(head: &SparseHead) -> String {
    let (rows, columns) = (count_text(head.rows), count_text(head.columns));
    if head.kind == Kind::Dense {
        return format!("dense {rows} x {columns}, {}", head.value_type.name());
    }
    let p = &head.properties;
    let mut text =
        format!("{rows} x {columns}, {} entries, {}", count_text(head.entries), head.value_type.name());
    let facts = [
        (p.symmetric, "symmetric"),
        (head.transpose.is_some(), "with transpose"),
        (p.full_diagonal, "full diagonal"),
        (p.m_sign, "no positive off-diagonal"),
    ];
    facts.iter().filter(|(holds, _)| *holds).for_each(|(_, fact)| {
        text.push_str(", ");
        text.push_str(fact);
    });
    for (gap, of) in [(p.row_gap, "row gap"), (p.column_gap, "column gap")] {
        if gap.is_finite() && p.full_diagonal {
            text.push_str(&format!(", {of} {gap:.3}"));
        }
    }
    text.push_str(&format!(", at most {} in a row", count_text(p.max_row_len)));
    text
}

/// Everything in the head. What is minus infinity, for want of anything to measure, is null.
pub(crate) fn head_json(name: &str, head: &SparseHead) -> Value {
    let p = &head.properties;
    json!({
        "name": name,
        "kind": if head.kind == Kind::Dense { "dense" } else { "csr" },
        "rows": head.rows,
        "columns": head.columns,
        "entries": head.entries,
        "values": head.value_type.name(),
        "index_bytes": head.index_width.bytes(),
        "transpose": head.transpose.is_some(),
        "symmetric": p.symmetric,
        "m_sign": p.m_sign,
        "full_diagonal": p.full_diagonal,
        "row_gap": p.row_gap,
        "column_gap": p.column_gap,
        "row_slack": p.row_slack,
        "column_slack": p.column_slack,
        "diagonal": [p.diagonal.0, p.diagonal.1],
        "off_diagonal": [p.off_diagonal.0, p.off_diagonal.1],
        "row_sum": [p.row_sum.0, p.row_sum.1],
        "max_row_entries": p.max_row_len,
        "max_column_entries": p.max_column_len,
    })
}
