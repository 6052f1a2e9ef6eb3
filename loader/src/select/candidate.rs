//! One module against one host, cheapest question first.

use std::sync::Arc;

use rvf_format::read::wasm::{HashKind, Target, WasmSegment};
use rvf_format::{BlockChecker, File, HashVerdict, Segment};
use rvf_wasm_inspect::{ExportKind, Lie, ModuleFacts, SOLVER_ABI_VERSION, SOLVER_EXPORTS, inspect_declared};

use super::verdict::{Choice, ModuleVerdict, Reason};
use super::{Host, is_solver};
use crate::engine::Features;
use crate::limits;
use crate::segments::Extent;

type Runnable = (Arc<[u8]>, Features);

/// The verdict on segment `index`, and the heap copy of the module when it can run.
pub(super) fn judge(
    file: &File<'_>,
    index: u32,
    host: &Host,
    looked_at: &mut Extent,
) -> (ModuleVerdict, Option<Runnable>) {
    let mut verdict = ModuleVerdict {
        segment: index,
        offset: file.entry(index).map_or(0, |entry| entry.offset),
        module_len: 0,
        header: None,
        stated: None,
        choice: Choice::Acceptable,
    };
    match examine(file, index, host, looked_at, &mut verdict) {
        Ok(runnable) => (verdict, Some(runnable)),
        Err(reason) => {
            verdict.choice = Choice::Rejected(reason);
            (verdict, None)
        }
    }
}

fn examine(
    file: &File<'_>,
    index: u32,
    host: &Host,
    looked_at: &mut Extent,
    verdict: &mut ModuleVerdict,
) -> Result<Runnable, Reason> {
    let segment = file.segment(index).map_err(Reason::Malformed)?;
    let parsed = WasmSegment::parse(segment.payload, segment.payload_offset()).map_err(Reason::Malformed)?;
    verdict.header = Some(parsed.header);
    verdict.module_len = parsed.bytecode.len() as u64;
    if !host.considers(index) {
        return Err(Reason::NotAskedFor);
    }
    if !is_solver(parsed.header.role) {
        return Err(Reason::Role(parsed.header.role));
    }
    if parsed.header.target != Target::WASM32 {
        return Err(Reason::Target(parsed.header.target));
    }
    looked_at.take(&segment).map_err(Reason::Malformed)?;
    check_bytes(file, &segment)?;
    if parsed.bytecode.len() > limits::MODULE_BYTES {
        let reason = format!("{} bytes, the limit is {}", parsed.bytecode.len(), limits::MODULE_BYTES);
        return Err(Reason::NotAModule(reason));
    }
    // From here on only this copy counts: it is hashed, inspected, compared and run,
    // so that nobody can exchange it in the file between check and use.
    let module: Arc<[u8]> = parsed.bytecode.into();
    let kind = rvf_format::read::wasm::hash_kind(&parsed.header.bytecode_hash, &module);
    match kind {
        HashKind::Shake256 => {}
        HashKind::ByteFold if host.accepts_unverified_code() => {}
        HashKind::ByteFold => return Err(Reason::ByteFold),
        HashKind::Neither => return Err(Reason::WrongHash),
    }
    // What the header declares is only a first guess of the inspection, never believed.
    let facts = inspect_declared(&module, parsed.header.required_features)
        .map_err(|error| Reason::NotAModule(error.to_string()))?;
    verdict.stated =
        facts.solver_section.as_ref().map(|section| (section.name.clone(), section.version.clone()));
    let lies: Vec<Lie> = facts.lies(&parsed.header, &module);
    if !lies.is_empty() && !host.accepts_unverified_code() {
        return Err(Reason::Lies(lies));
    }
    let features = host.fits(&facts)?;
    Ok((module, features))
}

/// The segment's bytes are those that were packed, as far as anything in the file vouches for them.
fn check_bytes(file: &File<'_>, segment: &Segment<'_>) -> Result<(), Reason> {
    if let Some(mut blocks) = BlockChecker::new(file).map_err(Reason::Damaged)? {
        return blocks
            .check_range(segment.offset, segment.end().saturating_sub(segment.offset))
            .map_err(Reason::Damaged);
    }
    match segment.check_hash() {
        HashVerdict::Mismatch(error) => Err(Reason::Damaged(error)),
        // What proves the module is the hash in its own header, which is checked next.
        HashVerdict::Match(_) | HashVerdict::Unhashed | HashVerdict::Unsupported(_) => Ok(()),
    }
}

/// What the module is, against what a host runs; the header plays no part here.
pub(super) fn fits(facts: &ModuleFacts, supported: Features, pages: u32) -> Result<Features, Reason> {
    let needed = Features(facts.features);
    if !facts.unnamed_features.is_empty() {
        return Err(Reason::UnnamedFeatures(facts.unnamed_features.clone()));
    }
    if !supported.contains(needed) {
        return Err(Reason::Features(needed.without(supported)));
    }
    if let Some((module, name)) = facts.imports.first() {
        return Err(Reason::Imports(module.clone(), name.clone()));
    }
    if facts.start.is_some() {
        return Err(Reason::StartFunction);
    }
    let exported = |name: &str, signature: &str| {
        facts
            .export(name)
            .is_some_and(|export| export.kind == ExportKind::Function && export.signature == signature)
    };
    let mut missing: Vec<&'static str> = SOLVER_EXPORTS
        .iter()
        .filter(|(name, signature)| !exported(name, signature))
        .map(|(name, _)| *name)
        .collect();
    if facts.export("memory").is_none_or(|export| export.kind != ExportKind::Memory) {
        missing.push("memory");
    }
    if !missing.is_empty() {
        return Err(Reason::Exports(missing));
    }
    if let Some(section) = &facts.solver_section
        && section.abi_version != SOLVER_ABI_VERSION
    {
        return Err(Reason::AbiVersion(section.abi_version));
    }
    let least = facts.memories.iter().map(|memory| memory.min_pages).max().unwrap_or(0);
    if least > u64::from(pages) {
        return Err(Reason::Memory { pages: least, cap: pages });
    }
    Ok(needed)
}
