//! `rvf-bench serve FILE [MODULE]`: answers requests with the time that each took, so that a program in
//! another language can measure its own work in turn with ours.
//!
//! A line in is JSON: `{"engine": "native" | "wasmtime" | "wasmi", "operation": "ppr",
//! "parameters": {"ids": [3], "k": 10}, "columns": true}`. A line out is `{"seconds": 0.002, "summary": {...},
//! "columns": {"id": [...], ...}}`, columns when they were asked for. A number is taken as a count unless it has
//! a fraction or an exponent; `"fresh": true` starts the engine anew, and counts that.

use crate::native::Native;
use rvf_loader::abi::{ColumnData, Description, ParamKind, Request, Table};
use rvf_loader::{Limits, Rvf, Session};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

/// Most pages of a guest: 2 GiB.
const PAGES: u32 = 32_768;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Answers the lines of standard input.
pub(crate) fn serve(path: &Path, module: &[u8]) -> Result<()> {
    let rvf = Rvf::open(path)?;
    let host = crate::knowing(module);
    // A full solve of a million rows needs more than a guest gets unasked.
    let limits = Limits::default().max_memory_pages(PAGES);
    let mut native: Option<Native<'_>> = None;
    let mut sessions: HashMap<String, Session<'_>> = HashMap::new();
    let start = |engine: &str| -> Result<Session<'_>> {
        let session = rvf.with_module(module, &host)?.prefer(engine).start(&limits)?;
        if session.engine() != engine {
            return Err(format!("{engine} is not in this build").into());
        }
        Ok(session)
    };
    // What the native solver describes is what the module describes: they are the same source.
    let description: Description = start("wasmtime")?.description().clone();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line: Value = serde_json::from_str(&line?)?;
        let engine = line.get("engine").and_then(Value::as_str).unwrap_or("wasmtime").to_owned();
        let request = request(&line, &description)?;
        let columns = line.get("columns") == Some(&Value::Bool(true));
        let fresh = line.get("fresh") == Some(&Value::Bool(true));
        let answer = if engine == "native" {
            let (_, packed) = request.encode(&description)?;
            if native.is_none() {
                native = Some(Native::start(&rvf)?);
            }
            let begun = Instant::now();
            if fresh {
                native = Some(Native::start(&rvf)?);
            }
            let (summary, columns) = native.as_mut().ok_or("no instance")?.run(&packed, columns)?;
            json!({"seconds": begun.elapsed().as_secs_f64(), "summary": summary, "columns": columns})
        } else {
            if !sessions.contains_key(&engine) {
                sessions.insert(engine.clone(), start(&engine)?);
            }
            let begun = Instant::now();
            if fresh {
                sessions.insert(engine.clone(), start(&engine)?);
            }
            let session = sessions.get_mut(&engine).ok_or("no session")?;
            let answer = session.run(&request)?;
            let seconds = begun.elapsed().as_secs_f64();
            let table = if columns { shown(&answer.table) } else { Map::new() };
            json!({"seconds": seconds, "summary": answer.summary, "columns": table,
                   "bytes_read": answer.stats.bytes_read, "steps": answer.stats.steps, "reads": answer.stats.reads})
        };
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn request(line: &Value, description: &Description) -> Result<Request> {
    let operation = line.get("operation").and_then(Value::as_str).ok_or("no operation")?;
    let mut request = Request::new(operation);
    let described = description.operation(operation).map(|described| &described.params);
    let is_single = |name: &str| {
        described.is_some_and(|all| all.iter().any(|p| p.name == name && p.kind == ParamKind::F32s))
    };
    let Some(parameters) = line.get("parameters").and_then(Value::as_object) else { return Ok(request) };
    for (name, value) in parameters {
        match value {
            Value::String(text) => request.set(name.as_str(), text.as_str()),
            Value::Number(number) => match number.as_u64() {
                Some(number) => request.set(name.as_str(), number),
                None => request.set(name.as_str(), number.as_f64().ok_or("a number out of range")?),
            },
            Value::Array(values) => match values.iter().map(Value::as_u64).collect::<Option<Vec<u64>>>() {
                Some(values) if !is_single(name) => request.set(name.as_str(), values),
                _ => {
                    let values: Option<Vec<f64>> = values.iter().map(Value::as_f64).collect();
                    let values = values.ok_or("not numbers")?;
                    if is_single(name) {
                        request
                            .set(name.as_str(), values.into_iter().map(|x| x as f32).collect::<Vec<f32>>());
                    } else {
                        request.set(name.as_str(), rvf_loader::abi::Value::F64s(values));
                    }
                }
            },
            _ => return Err(format!("{name} is of no kind that parameters have").into()),
        }
    }
    Ok(request)
}

fn shown(table: &Table) -> Map<String, Value> {
    let columns = table.columns.iter().map(|column| {
        let values = match &column.data {
            ColumnData::U32(values) => json!(values),
            ColumnData::U64(values) => json!(values),
            ColumnData::F32(values) => json!(values),
            ColumnData::F64(values) => json!(values),
        };
        (column.name.clone(), values)
    });
    columns.collect()
}
