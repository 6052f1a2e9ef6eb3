//! `rvf-run call`: an exported function of any module, by name, under the limits of every run.

use std::ffi::OsString;
use std::path::Path;

use rvf_loader::Rvf;
use rvf_loader::call::{CallError, Callable, Live};
use rvf_loader::engine::{EngineError, Num, Signature};
use rvf_terminal::serde_json::{Map, Value, json};
use rvf_terminal::{Align, Exit, Manners, Report, Table, escape};

use crate::args::{EngineChoice, HostArgs};
use crate::{report, target};

pub(crate) fn run(
    path: &Path,
    host: &HostArgs,
    words: &[OsString],
    manners: &Manners,
) -> Result<Exit, Report> {
    if host.engine == EngineChoice::InFile {
        return Err(Report::usage("call runs a module in an engine of this host")
            .fix("leave out --engine in-file, or name another engine"));
    }
    let rvf = target::open(path, host)?;
    let module = callable(&rvf, path, host, manners)?;
    if words.is_empty() {
        return list(path, &module, manners);
    }
    let words = words
        .iter()
        .map(|word| word.to_str().ok_or_else(|| Report::usage("an argument is not UTF-8")))
        .collect::<Result<Vec<_>, _>>()?;
    let ended = |error: &EngineError| report::ended(path, error);
    let mut live = module.start(&target::limits(host)).map_err(|error| ended(&error))?;
    let mut made = Vec::new();
    for words in words.split(|word| *word == "+") {
        let Some((name, arguments)) = words.split_first() else {
            return Err(
                Report::usage("there is no function beside a +").fix("write EXPORT ARGS + EXPORT ARGS")
            );
        };
        let signature = signature(&mut live, name, &module)?;
        let cells = cells(name, arguments, &signature)?;
        let results = live.call(name, &cells).map_err(|error| ended(&error))?;
        made.push(Made { name, results: signature.results.into_iter().zip(results).collect() });
    }
    tell(path, &module, live.engine(), &made, manners)
}

fn callable(rvf: &Rvf<'_>, path: &Path, host: &HostArgs, manners: &Manners) -> Result<Callable, Report> {
    let rules = target::rules(host, manners)?;
    rvf.callable(host.segment, &rules).map_err(|error| {
        let text = error.to_string();
        match error {
            CallError::Format(error) => report::format(path, &error),
            CallError::Which { .. } | CallError::NoModule { .. } => Report::usage(text)
                .at(path.display())
                .fix("name one with --segment N; see `rvf-run inspect FILE`"),
            CallError::Refused { .. } => Report::new(Exit::No, text).at(path.display()),
        }
    })
}

/// The exported functions, when none is called.
fn list(path: &Path, module: &Callable, manners: &Manners) -> Result<Exit, Report> {
    if manners.json {
        let functions: Vec<Value> = module
            .functions()
            .iter()
            .map(|(name, signature)| json!({ "name": name, "signature": signature }))
            .collect();
        let mut body = head(path, module);
        body.insert("functions".to_owned(), functions.into());
        rvf_terminal::print(&rvf_terminal::document("rvf-call/1", body))?;
        return Ok(Exit::Ok);
    }
    let mut table = Table::new(&[("function", Align::Left), ("signature", Align::Left)]);
    for (name, signature) in module.functions() {
        table.row([name.clone(), signature.clone()]);
    }
    rvf_terminal::print(&table.to_text(manners.colour.stdout))?;
    Ok(Exit::Ok)
}

fn signature(live: &mut Live, name: &str, module: &Callable) -> Result<Signature, Report> {
    live.signature(name).map_err(|error| {
        let known: Vec<String> = module
            .functions()
            .iter()
            .map(|(name, signature)| format!("{}{signature}", escape(name)))
            .collect();
        let report = Report::usage(error.to_string());
        if module.functions().iter().any(|(known, _)| known == name) {
            return report;
        }
        report.fix(format!("it has: {}", if known.is_empty() { "none".to_owned() } else { known.join("; ") }))
    })
}

/// Arguments as their types ask.
fn cells(name: &str, words: &[&str], signature: &Signature) -> Result<Vec<u64>, Report> {
    if words.len() != signature.params.len() {
        let what = format!("`{}` is {signature}, and {} arguments were given", escape(name), words.len());
        return Err(Report::usage(what).fix("give one for each parameter"));
    }
    signature
        .params
        .iter()
        .zip(words)
        .map(|(ty, word)| {
            cell(*ty, word).ok_or_else(|| {
                let what = format!("`{}` is no {} for `{}`", escape(word), ty.name(), escape(name));
                Report::usage(what)
                    .fix("whole numbers may be negative or 0x...; floats as 0.5, 1e-3, inf, nan")
            })
        })
        .collect()
}

/// A number in its cell. Integers may be written as signed or unsigned.
fn cell(ty: Num, word: &str) -> Option<u64> {
    let whole = |word: &str| -> Option<i128> {
        let (negative, digits) = word.strip_prefix('-').map_or((false, word), |digits| (true, digits));
        let size = match digits.strip_prefix("0x") {
            Some(hex) => i128::from(u64::from_str_radix(hex, 16).ok()?),
            None => i128::from(digits.parse::<u64>().ok()?),
        };
        Some(if negative { -size } else { size })
    };
    match ty {
        Num::I32 => {
            let number = whole(word)?;
            let signed = i32::try_from(number).map(i32::cast_unsigned).ok();
            signed.or_else(|| u32::try_from(number).ok()).map(u64::from)
        }
        Num::I64 => {
            let number = whole(word)?;
            i64::try_from(number).map(i64::cast_unsigned).ok().or_else(|| u64::try_from(number).ok())
        }
        Num::F32 => word.parse::<f32>().ok().map(|number| number.to_bits().into()),
        Num::F64 => word.parse::<f64>().ok().map(f64::to_bits),
    }
}

/// One call and what it gave.
struct Made<'w> {
    name: &'w str,
    results: Vec<(Num, u64)>,
}

fn text(ty: Num, cell: u64) -> String {
    match ty {
        Num::I32 => (cell as u32 as i32).to_string(),
        Num::I64 => cell.cast_signed().to_string(),
        // The shortest that reads back as the same number, with an exponent where that is shorter.
        Num::F32 => format!("{:?}", f32::from_bits(cell as u32)),
        Num::F64 => format!("{:?}", f64::from_bits(cell)),
    }
}

/// A number; a float that JSON has no number for as a word.
fn value(ty: Num, cell: u64) -> Value {
    match ty {
        Num::I32 => json!(cell as u32 as i32),
        Num::I64 => json!(cell.cast_signed()),
        Num::F32 if f32::from_bits(cell as u32).is_finite() => json!(f32::from_bits(cell as u32)),
        Num::F64 if f64::from_bits(cell).is_finite() => json!(f64::from_bits(cell)),
        Num::F32 | Num::F64 => json!(text(ty, cell)),
    }
}

fn head(path: &Path, module: &Callable) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("file".to_owned(), path.to_string_lossy().into());
    body.insert("segment".to_owned(), module.segment().into());
    body
}

fn tell(
    path: &Path,
    module: &Callable,
    engine: &str,
    made: &[Made<'_>],
    manners: &Manners,
) -> Result<Exit, Report> {
    if manners.json {
        let calls: Vec<Value> = made
            .iter()
            .map(|made| {
                let results: Vec<Value> = made
                    .results
                    .iter()
                    .map(|(ty, cell)| json!({ "type": ty.name(), "value": value(*ty, *cell) }))
                    .collect();
                json!({ "export": made.name, "results": results })
            })
            .collect();
        let mut body = head(path, module);
        body.insert("engine".to_owned(), engine.into());
        body.insert("calls".to_owned(), calls.into());
        rvf_terminal::print(&rvf_terminal::document("rvf-call/1", body))?;
        return Ok(Exit::Ok);
    }
    let line = |made: &Made<'_>| {
        let results: Vec<String> = made.results.iter().map(|(ty, cell)| text(*ty, *cell)).collect();
        results.join(" ") + "\n"
    };
    rvf_terminal::print(&made.iter().map(line).collect::<String>())?;
    Ok(Exit::Ok)
}
