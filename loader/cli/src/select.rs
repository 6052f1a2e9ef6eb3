//! `rvf-run select`: which module would run here, and why not the others.

use std::path::Path;

use rvf_loader::Rvf;
use rvf_loader::select::{Bootstrap, Choice, ModuleVerdict, Selection};
use rvf_terminal::serde_json::{Map, Value, json};
use rvf_terminal::{Align, Exit, Manners, Report, Table, bytes_text};

use crate::args::HostArgs;
use crate::{report, target};

pub(crate) fn run(path: &Path, host: &HostArgs, explain: bool, manners: &Manners) -> Result<Exit, Report> {
    let rvf = target::open(path, host)?;
    let selection = judge(&rvf, path, host, manners)?;
    let chosen = selection.chosen.and_then(|place| selection.verdicts.get(place));
    if manners.json {
        let mut body = Map::new();
        body.insert("file".to_owned(), path.to_string_lossy().into());
        body.insert("chosen".to_owned(), json!(chosen.map(|verdict| verdict.segment)));
        body.insert("modules".to_owned(), to_json(&selection));
        body.insert("bootstrap".to_owned(), bootstrap_json(&selection));
        rvf_terminal::print(&rvf_terminal::document("rvf-select/1", body))?;
    } else {
        let mut text = if explain { table(&selection).to_text(manners.colour.stdout) } else { String::new() };
        text.push_str(&match chosen {
            Some(verdict) => {
                format!("segment {}: {}\n", verdict.segment, rvf_terminal::escape(&name(verdict)))
            }
            None if selection.verdicts.is_empty() => "the file carries no module\n".to_owned(),
            None => "no module of the file can run here\n".to_owned(),
        });
        let interprets = selection.verdicts.iter().find(|verdict| verdict.choice == Choice::Interprets);
        if let Some(interpreter) = interprets {
            text.push_str(&format!("run by the interpreter in segment {}\n", interpreter.segment));
        }
        if explain {
            text.push_str(&format!("bootstrap: {}\n", selection.bootstrap()));
        }
        rvf_terminal::print(&text)?;
    }
    Ok(if chosen.is_some() { Exit::Ok } else { Exit::No })
}

pub(crate) fn judge(
    rvf: &Rvf<'_>,
    path: &Path,
    host: &HostArgs,
    manners: &Manners,
) -> Result<Selection, Report> {
    rvf.judge(&target::rules(host, manners)?).map_err(|error| report::format(path, &error))
}

pub(crate) fn table(selection: &Selection) -> Table {
    let mut table = Table::new(&[
        ("module in segment", Align::Right),
        ("states", Align::Left),
        ("role", Align::Left),
        ("size", Align::Right),
        ("priority", Align::Right),
        ("needs", Align::Left),
        ("verdict", Align::Left),
    ]);
    for verdict in &selection.verdicts {
        table.row([
            verdict.segment.to_string(),
            name(verdict),
            role(verdict),
            bytes_text(verdict.module_len),
            verdict.header.map_or_else(String::new, |header| header.bootstrap_priority.to_string()),
            needs(verdict).join(", "),
            verdict.choice.to_string(),
        ]);
    }
    table
}

pub(crate) fn to_json(selection: &Selection) -> Value {
    let modules = selection.verdicts.iter().map(|verdict| {
        json!({
            "segment": verdict.segment,
            "offset": verdict.offset,
            "bytes": verdict.module_len,
            "name": verdict.stated.as_ref().map(|(name, _)| name),
            "version": verdict.stated.as_ref().map(|(_, version)| version),
            "role": role(verdict),
            "priority": verdict.header.map(|header| header.bootstrap_priority),
            "required_features": needs(verdict),
            "verdict": match verdict.choice {
                Choice::Chosen => "chosen",
                Choice::Interprets => "interprets",
                Choice::Acceptable | Choice::NotNeeded => "acceptable",
                Choice::Rejected(_) => "rejected",
            },
            "reason": match &verdict.choice {
                Choice::Rejected(reason) => Some(reason.to_string()),
                _ => None,
            },
        })
    });
    modules.collect()
}

/// How far the file can run itself, and the segments that do.
pub(crate) fn bootstrap_json(selection: &Selection) -> Value {
    let bootstrap = selection.bootstrap();
    let (combined, interpreter, microkernel) = match bootstrap {
        Bootstrap::SelfContained { combined } => (Some(combined), None, None),
        Bootstrap::TwoStage { interpreter, microkernel } => (None, Some(interpreter), Some(microkernel)),
        Bootstrap::HostRequired { microkernel } => (None, None, Some(microkernel)),
        Bootstrap::None => (None, None, None),
    };
    json!({
        "chain": bootstrap.name(), "combined": combined, "interpreter": interpreter, "microkernel": microkernel,
    })
}

fn name(verdict: &ModuleVerdict) -> String {
    match &verdict.stated {
        Some((name, version)) => format!("{name} {version}"),
        None => "(no name)".to_owned(),
    }
}

fn role(verdict: &ModuleVerdict) -> String {
    let Some(header) = verdict.header else { return String::new() };
    header.role.name().map_or_else(|| format!("role {}", header.role.0), str::to_owned)
}

fn needs(verdict: &ModuleVerdict) -> Vec<&'static str> {
    verdict
        .header
        .map_or_else(Vec::new, |header| rvf_loader::engine::Features(header.required_features).names())
}
