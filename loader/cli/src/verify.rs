//! `rvf-run verify`: check every byte.

use std::path::Path;

use rvf_loader::Policy;
use rvf_loader::rvf_format::verify::{IntegrityVerdict, Report as Findings};
use rvf_loader::verify::{VerifyError, warning_text};
use rvf_terminal::serde_json::{Map, Value, json};
use rvf_terminal::{Align, Exit, Manners, Progress, Report, Table, count_text};

use crate::args::HostArgs;
use crate::{inspect, target};

/// How much must be vouched for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct How {
    pub(crate) allow_unhashed: bool,
    pub(crate) every_byte: bool,
}

pub(crate) fn run(path: &Path, host: &HostArgs, how: How, manners: &Manners) -> Result<Exit, Report> {
    let rvf = target::open(path, host)?;
    let mut policy = Policy::default();
    if how.allow_unhashed {
        policy = policy.allow_unhashed();
    }
    if how.every_byte {
        policy = policy.require_every_byte();
    }
    let mut bar = Progress::bytes(manners, "verifying", None);
    let outcome = rvf.verify_with(&policy, &mut |done, _| bar.set(done));
    drop(bar);
    let (passed, words, findings) = match &outcome {
        Ok(verified) => (true, verified.coverage.words().to_owned(), &verified.report),
        Err(error @ VerifyError::Format(_)) => {
            return Err(Report::malformed(error.to_string()).at(path.display()));
        }
        Err(error) => match error.report() {
            Some(findings) => (false, error.to_string(), findings),
            None => return Err(Report::malformed(error.to_string()).at(path.display())),
        },
    };
    if manners.json {
        let body = to_json(path, passed, &words, findings);
        rvf_terminal::print(&rvf_terminal::document("rvf-verify/1", body))?;
    } else {
        rvf_terminal::print(&to_text(path, &words, findings, manners))?;
    }
    Ok(if passed { Exit::Ok } else { Exit::No })
}

fn to_text(path: &Path, words: &str, findings: &Findings, manners: &Manners) -> String {
    let mut text = String::new();
    if manners.verbose > 0 {
        let mut table = Table::new(&[
            ("segment", Align::Right),
            ("type", Align::Left),
            ("offset", Align::Right),
            ("hash", Align::Left),
        ]);
        for segment in &findings.segments {
            table.row([
                segment.index.to_string(),
                inspect::type_name(segment.segment_type),
                format!("0x{:x}", segment.offset),
                inspect::hash_words(&segment.hash),
            ]);
        }
        text.push_str(&table.to_text(manners.colour.stdout));
    }
    for problem in &findings.problems {
        let place = problem.segment.map_or_else(String::new, |segment| format!("segment {segment}: "));
        text.push_str(&format!("fault: {place}{}\n", problem.error));
    }
    for warning in &findings.warnings {
        text.push_str(&format!("note: {}\n", warning_text(warning)));
    }
    let name = path.display().to_string();
    let facts = format!("{} segments, {} vectors", findings.segments.len(), count_text(findings.vectors));
    text.push_str(&format!("{}: {words} ({facts})\n", rvf_terminal::escape(&name)));
    text
}

fn to_json(path: &Path, passed: bool, words: &str, findings: &Findings) -> Map<String, Value> {
    let problems: Vec<Value> = findings
        .problems
        .iter()
        .map(|problem| json!({ "segment": problem.segment, "offset": problem.error.offset(), "what": problem.error.to_string() }))
        .collect();
    let segments: Vec<Value> = findings
        .segments
        .iter()
        .map(|segment| {
            json!({
                "segment": segment.index,
                "type": inspect::type_name(segment.segment_type),
                "offset": segment.offset,
                "hash": inspect::hash_words(&segment.hash),
            })
        })
        .collect();
    let integrity = match findings.integrity {
        IntegrityVerdict::Verified => "verified",
        IntegrityVerdict::Absent => "absent",
        IntegrityVerdict::Damaged => "damaged",
    };
    let fields = json!({
        "file": path.to_string_lossy(),
        "passed": passed,
        "verdict": words,
        "every_byte_verified": findings.is_complete(),
        "integrity_record": integrity,
        "vectors": findings.vectors,
        "problems": problems,
        "warnings": findings.warnings.iter().map(warning_text).collect::<Vec<_>>(),
        "segments": segments,
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
