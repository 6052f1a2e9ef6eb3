//! From flags to a request: numbers, files, labels and ids.

use std::path::Path;

use rvf_loader::abi::{Param, ParamKind, Request, Unit, Value};
use rvf_loader::rvf_format::File;
use rvf_loader::rvf_format::read::sparse::Kind;
use rvf_loader::{Session, lookup};
use rvf_terminal::{Exit, Report};

use super::command::{Asked, exclusion, flag_name, names, shown};
use super::{numbers, queries};
use crate::report;

/// The request that the flags describe.
pub(super) fn request(
    asked: &Asked,
    session: &mut Session<'_>,
    file: &File<'_>,
    path: &Path,
) -> Result<Request, Report> {
    let mut request = Request::new(asked.operation().name.clone());
    let mut named = Vec::new();
    for param in &asked.operation().params {
        if let Some(value) = value(asked, param, session, file, path, &mut named)? {
            request.set(param.name.clone(), value);
        }
    }
    if asked.has("without-self")
        && let Some(param) = exclusion(asked.operation())
    {
        if named.is_empty() {
            return Err(Report::usage("--without-self needs a vector named by its label or id"));
        }
        let mut ids = ids(asked, param, file, path)?;
        ids.extend(named);
        request.set(param.name.clone(), ids);
    }
    Ok(request)
}

/// The tolerance in force, for operations that have one.
pub(super) fn tolerance(asked: &Asked) -> Option<f64> {
    let param = asked.operation().params.iter().find(|param| param.name == "tolerance")?;
    let given = asked.values(&flag_name(param)).pop().or_else(|| param.default.clone())?;
    given.parse().ok().filter(|tolerance: &f64| tolerance.is_finite() && *tolerance > 0.0)
}

fn value(
    asked: &Asked,
    param: &Param,
    session: &mut Session<'_>,
    file: &File<'_>,
    path: &Path,
    named: &mut Vec<u64>,
) -> Result<Option<Value>, Report> {
    let flag = flag_name(param);
    let given = asked.values(&flag);
    let wrong = |what: &str| Report::usage(format!("--{flag} {what}"));
    if let (ParamKind::F32s, Some(Unit::Vectors)) = (&param.kind, param.unit) {
        let vectors = vectors(asked, &flag, session, file, path, named)?;
        return Ok((!vectors.is_empty()).then_some(Value::F32s(vectors)));
    }
    if let (ParamKind::U64s, Some(Unit::Id)) = (&param.kind, param.unit) {
        let ids = ids(asked, param, file, path)?;
        let absent = given.is_empty() && ids.is_empty();
        return Ok((!absent).then_some(Value::U64s(ids)));
    }
    if let (ParamKind::U64 { .. }, Some(Unit::Id)) = (&param.kind, param.unit)
        && let Some(id) = resolve(&asked.values(&format!("{flag}-label")), file, path)?.last()
    {
        return Ok(Some(Value::U64(*id)));
    }
    let Some(last) = given.last() else { return Ok(None) };
    Ok(Some(match &param.kind {
        ParamKind::U64 { .. } => Value::U64(last.parse().map_err(|_| wrong("needs a whole number"))?),
        ParamKind::F64 { .. } => Value::F64(last.parse().map_err(|_| wrong("needs a number"))?),
        ParamKind::Text => {
            check_name(param, last, file, path)?;
            Value::Text(last.clone())
        }
        ParamKind::Enum(_) => Value::Text(last.clone()),
        ParamKind::F32s => Value::F32s(numbers::all(&given, &flag, numbers::f32s)?),
        ParamKind::U64s => Value::U64s(numbers::all(&given, &flag, numbers::u64s)?),
        ParamKind::F64s => Value::F64s(numbers::all(&given, &flag, numbers::f64s)?),
    }))
}

/// A matrix or an array of this name is in the file, where the parameter names one.
fn check_name(param: &Param, name: &str, file: &File<'_>, path: &Path) -> Result<(), Report> {
    let (kind, word) = match param.unit {
        Some(Unit::Matrix) => (Kind::Csr, "matrix"),
        Some(Unit::Array) => (Kind::Dense, "dense array"),
        _ => return Ok(()),
    };
    let known = names(file, kind);
    if known.contains(&name) {
        return Ok(());
    }
    let report = Report::new(Exit::No, format!("no {word} is named {name:?}")).at(path.display());
    Err(if known.is_empty() {
        report.fix(format!("this file has no named {word}; see rvf-run inspect FILE"))
    } else {
        report.fix(format!("it has: {}", shown(&known)))
    })
}

/// Vectors given as numbers, from files, by label and by id; in the order of the command line.
fn vectors(
    asked: &Asked,
    flag: &str,
    session: &mut Session<'_>,
    file: &File<'_>,
    path: &Path,
    named: &mut Vec<u64>,
) -> Result<Vec<f32>, Report> {
    let dimension = file.manifest().head.dimension;
    let mut parts: Vec<(usize, Vec<f32>)> = Vec::new();
    for (place, text) in asked.placed(flag) {
        parts.push((place, queries::vectors(&text, flag, dimension)?));
    }
    let (mut places, labels): (Vec<usize>, Vec<String>) =
        asked.placed(&format!("{flag}-label")).into_iter().unzip();
    let mut ids = resolve(&labels, file, path)?;
    for (place, text) in asked.placed(&format!("{flag}-id")) {
        places.push(place);
        ids.push(text.parse().map_err(|_| Report::usage(format!("--{flag}-id needs a whole number")))?);
    }
    let found = if ids.is_empty() { Ok(Vec::new()) } else { session.vectors(file, &ids) };
    let found = found.map_err(|error| report::data(path, &error))?;
    for ((id, place), vector) in ids.into_iter().zip(places).zip(found) {
        let vector = vector.ok_or_else(|| {
            Report::new(Exit::No, format!("no live vector has the id {id}")).at(path.display())
        })?;
        parts.push((place, vector));
        named.push(id);
    }
    parts.sort_by_key(|(place, _)| *place);
    Ok(parts.into_iter().flat_map(|(_, vector)| vector).collect())
}

/// Ids given as numbers, from files, and by label.
fn ids(asked: &Asked, param: &Param, file: &File<'_>, path: &Path) -> Result<Vec<u64>, Report> {
    let flag = flag_name(param);
    let mut ids = numbers::all(&asked.values(&flag), &flag, numbers::u64s)?;
    ids.extend(resolve(&asked.values(&format!("{flag}-label")), file, path)?);
    Ok(ids)
}

fn resolve(labels: &[String], file: &File<'_>, path: &Path) -> Result<Vec<u64>, Report> {
    if labels.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<&str> = labels.iter().map(String::as_str).collect();
    let found = lookup::ids_of_labels(file, &wanted).map_err(|error| report::data(path, &error))?;
    let unknown = |label: &str| {
        let report = Report::new(Exit::No, format!("no vector has the label {label:?}")).at(path.display());
        let unlabelled = lookup::labels(file).is_ok_and(|all| all.label_count() == 0);
        if unlabelled { report.fix("this file has no labels; use ids") } else { report }
    };
    found.iter().zip(wanted).map(|(id, label)| id.ok_or_else(|| unknown(label))).collect()
}
