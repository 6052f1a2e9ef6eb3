//! What a guest says of its answer beside the rows, and whether that makes the answer a "no".

use rvf_loader::abi::{ColumnData, Table};
use rvf_terminal::serde_json::Value;
use rvf_terminal::{Exit, Manners};

/// The summary as one line for people: `method jacobi-cg, iterations 12, converged yes`. Zeros,
/// and the operation's name, which was asked for, are left out. `None` when nothing is left.
pub(super) fn line(summary: &Value) -> Option<String> {
    let fields = summary.as_object()?.iter().filter(|(key, _)| *key != "op");
    let words: Vec<String> =
        fields.filter_map(|(key, value)| Some(format!("{key} {}", word(value)?))).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Bool(false) => Some("no".to_owned()),
        Value::Number(number) if number.as_f64() == Some(0.0) => None,
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The exit code of an answer, with the reason on standard error when it is not 0.
pub(super) fn exit(summary: &Value, table: &Table, require_certified: bool, manners: &Manners) -> Exit {
    if summary.get("converged") == Some(&Value::Bool(false)) {
        manners.warn("the solver did not converge: the answer is not within its tolerance");
        return Exit::No;
    }
    if require_certified && certified(summary, table) != Some(true) {
        let why =
            if certified(summary, table).is_some() { "not certified" } else { "not said to be certified" };
        manners.warn(&format!("the answer is {why}"));
        return Exit::No;
    }
    Exit::Ok
}

/// What the summary and a column `certified` say, if anything: both, where both speak.
fn certified(summary: &Value, table: &Table) -> Option<bool> {
    let flag = summary.get("certified").and_then(Value::as_bool);
    let rows = table.column("certified").and_then(|column| match &column.data {
        ColumnData::U32(values) => Some(values.iter().all(|value| *value == 1)),
        _ => None,
    });
    match (flag, rows) {
        (Some(flag), Some(rows)) => Some(flag && rows),
        (one, other) => one.or(other),
    }
}
