//! `rvf-run witness`: the chain of what was done to a file.

use std::path::Path;

use rvf_loader::rvf_format::HashVerdict;
use rvf_loader::witness::{Entry, Witness, WitnessSegment, WitnessVerdict, Witnessed};
use rvf_terminal::serde_json::{Map, Value, json};
use rvf_terminal::{Align, Exit, Manners, Report, Table, count_text, counted, escape, hex};

use crate::args::HostArgs;
use crate::{inspect, report, target};

/// What is asked of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Does every link hold?
    Verify,
    /// What is in it?
    List,
}

pub(crate) fn run(path: &Path, host: &HostArgs, ask: Ask, manners: &Manners) -> Result<Exit, Report> {
    let rvf = target::open(path, host)?;
    let mut witness = rvf.witness().map_err(|error| report::format(path, &error))?;
    if let Some(place) = host.segment {
        let places: Vec<String> =
            witness.segments.iter().filter_map(|segment| Some(segment.place?.to_string())).collect();
        witness = witness.only(place).ok_or_else(|| {
            let report = Report::usage(format!("segment {place} is no witness")).at(path.display());
            match places.as_slice() {
                [] => report.fix("this file has none"),
                places => report.fix(format!("witnesses are in segments {}", places.join(", "))),
            }
        })?;
    }
    let verdict = witness.verdict();
    if manners.json {
        let mut body = to_json(path, &witness);
        if ask == Ask::List {
            body.insert("list".to_owned(), list_json(&witness));
        }
        rvf_terminal::print(&rvf_terminal::document("rvf-witness/1", body))?;
    } else {
        let mut text = String::new();
        if ask == Ask::List && !witness.entries.is_empty() {
            text = list(&witness).to_text(manners.colour.stdout) + "\n";
        } else if ask == Ask::Verify && manners.verbose > 0 && !witness.segments.is_empty() {
            text = table(&witness).to_text(manners.colour.stdout) + "\n";
        }
        rvf_terminal::print(&(text + &to_text(path, &witness)))?;
    }
    Ok(if ask == Ask::List || verdict == WitnessVerdict::Holds { Exit::Ok } else { Exit::No })
}

fn words(witness: &Witness) -> String {
    let entries = match witness.entries.len() as u64 {
        1 => "1 entry".to_owned(),
        many => format!("{} entries", count_text(many)),
    };
    let chain = format!("{entries} in {}", counted(witness.segments.len() as u64, "segment"));
    match witness.verdict() {
        WitnessVerdict::Holds => format!("every link of the witness chain holds ({chain})"),
        WitnessVerdict::Nothing => "there is no witness".to_owned(),
        WitnessVerdict::Unprovable => {
            format!("cannot be verified: records of older writers prove nothing ({chain})")
        }
        WitnessVerdict::Broken => format!("the witness chain is BROKEN ({chain})"),
    }
}

fn to_text(path: &Path, witness: &Witness) -> String {
    let mut text = String::new();
    for (number, entry) in witness.entries.iter().enumerate() {
        if let (Some(fault), Some(segment)) = (entry.fault, witness.segments.get(entry.segment)) {
            text.push_str(&format!("fault: entry {number} in {}: {fault}\n", place(segment)));
        }
    }
    for segment in &witness.segments {
        let own = [segment.form.err(), mismatch(segment)];
        for fault in own.into_iter().flatten() {
            text.push_str(&format!("fault: {}: {fault}\n", place(segment)));
        }
        if segment.hash == HashVerdict::Unhashed {
            let note = "carries no hash: a change of its last entry cannot be seen";
            text.push_str(&format!("note: {} {note}\n", place(segment)));
        }
    }
    for policy in &witness.policies {
        let head = &policy.head;
        let by = match policy.entry {
            Some(entry) => format!("witnessed by entry {entry}"),
            None => "witnessed by no entry".to_owned(),
        };
        text.push_str(&format!(
            "policy {} in segment {}: generation {}, {by}\n",
            head.name(),
            policy.place,
            head.generation
        ));
    }
    text + &format!("{}: {}\n", escape(&path.display().to_string()), words(witness))
}

fn mismatch(segment: &WitnessSegment) -> Option<rvf_loader::rvf_format::Error> {
    match segment.hash {
        HashVerdict::Mismatch(error) => Some(error),
        _ => None,
    }
}

fn place(segment: &WitnessSegment) -> String {
    match segment.place {
        Some(place) => format!("segment {place}"),
        None => format!("the unlisted segment at 0x{:x}", segment.offset),
    }
}

fn table(witness: &Witness) -> Table {
    let mut table = Table::new(&[
        ("segment", Align::Right),
        ("offset", Align::Right),
        ("form", Align::Left),
        ("entries", Align::Right),
        ("hash", Align::Left),
    ]);
    for segment in &witness.segments {
        table.row([
            segment.place.map_or_else(|| "unlisted".to_owned(), |place| place.to_string()),
            format!("0x{:x}", segment.offset),
            segment.form.map_or("unknown", |form| form.name()).to_owned(),
            segment.entries.to_string(),
            inspect::hash_words(&segment.hash),
        ]);
    }
    table
}

fn kind(entry: &Entry) -> String {
    let number = entry.entry.kind;
    entry.entry.kind_name().map_or_else(|| number.to_string(), |name| format!("{number} {name}"))
}

fn list(witness: &Witness) -> Table {
    let mut table = Table::new(&[
        ("entry", Align::Right),
        ("segment", Align::Right),
        ("offset", Align::Right),
        ("kind", Align::Left),
        ("time", Align::Right),
        ("action (SHAKE-256)", Align::Left),
        ("link", Align::Left),
    ]);
    for (number, entry) in witness.entries.iter().enumerate() {
        let segment = witness.segments.get(entry.segment).and_then(|segment| segment.place);
        table.row([
            number.to_string(),
            segment.map_or_else(|| "unlisted".to_owned(), |place| place.to_string()),
            format!("0x{:x}", entry.offset),
            kind(entry),
            entry.entry.timestamp_ns.to_string(),
            hex(&entry.entry.action),
            if entry.fault.is_some() { "BROKEN" } else { "holds" }.to_owned(),
        ]);
    }
    table
}

fn list_json(witness: &Witness) -> Value {
    let entries = witness.entries.iter().enumerate().map(|(number, entry)| {
        json!({
            "entry": number,
            "segment": witness.segments.get(entry.segment).and_then(|segment| segment.place),
            "offset": entry.offset,
            "kind": entry.entry.kind,
            "kind_name": entry.entry.kind_name(),
            "time": entry.entry.timestamp_ns,
            "action": hex(&entry.entry.action),
            "previous": hex(&entry.entry.previous),
            "holds": entry.fault.is_none(),
        })
    });
    entries.collect()
}

fn to_json(path: &Path, witness: &Witness) -> Map<String, Value> {
    let segment = |segment: &WitnessSegment| {
        json!({
            "segment": segment.place,
            "offset": segment.offset,
            "form": segment.form.map(|form| form.name()).ok(),
            "entries": segment.entries,
            "hash": inspect::hash_words(&segment.hash),
        })
    };
    let policy = |policy: &Witnessed| {
        json!({
            "name": policy.head.name(), "segment": policy.place, "generation": policy.head.generation,
            "entry": policy.entry,
        })
    };
    let mut kinds = Map::new();
    for entry in &witness.entries {
        let count = kinds.entry(kind(entry)).or_insert(json!(0));
        *count = json!(count.as_u64().unwrap_or(0).saturating_add(1));
    }
    let fault = witness.first_fault().map(|(segment, error)| {
        let entry = witness.entries.iter().position(|entry| entry.fault == Some(error));
        json!({ "segment": segment.place, "entry": entry, "offset": error.offset(), "what": error.to_string() })
    });
    let fields = json!({
        "file": path.to_string_lossy(),
        "verified": witness.verdict() == WitnessVerdict::Holds,
        "verdict": words(witness),
        "entries": witness.entries.len(),
        "kinds": kinds,
        "faults": witness.entries.iter().filter(|entry| entry.fault.is_some()).count(),
        "first_fault": fault,
        "segments": witness.segments.iter().map(segment).collect::<Vec<_>>(),
        "policies": witness.policies.iter().map(policy).collect::<Vec<_>>(),
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
