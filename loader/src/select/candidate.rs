//! One module against one host, cheapest question first.

use std::sync::Arc;
use std::time::Instant;

use rvf_format::read::wasm::{HashKind, Role, Target, WasmHeader, WasmSegment};
use rvf_format::{BlockChecker, File, HashVerdict, Segment};
use rvf_wasm_inspect::{
    ExportKind, InspectError, Lie, ModuleFacts, OutlineError, SOLVER_ABI_VERSION, inspect_declared, outline,
};

use super::Host;
use super::speaks::Speaks;
use super::verdict::{Choice, ModuleVerdict, Reason};
use crate::engine::Features;
use crate::limits;
use crate::segments::Extent;

/// A module that may run.
pub(crate) struct Runnable {
    pub(crate) module: Arc<[u8]>,
    pub(crate) features: Features,
    pub(crate) speaks: Speaks,
}

/// What looking at the modules of one file may still use.
pub(super) struct Allowance {
    looked_at: Extent,
    inspected: u64,
    until: Option<Instant>,
}

impl Allowance {
    /// All of it, from now on.
    pub(super) fn of(file: &File<'_>, host: &Host) -> Self {
        Self { looked_at: Extent::of(file), inspected: limits::INSPECTED_BYTES, until: host.deadline() }
    }

    fn check_time(&self) -> Result<(), Reason> {
        match self.until {
            Some(until) if Instant::now() >= until => Err(Reason::OutOfTime),
            _ => Ok(()),
        }
    }

    fn inspect(&mut self, module: &[u8]) -> Result<(), Reason> {
        self.inspected = self.inspected.checked_sub(module.len() as u64).ok_or(Reason::TooMuchBefore)?;
        Ok(())
    }
}

/// The verdict on segment `index`, and the heap copy of the module when it can run.
pub(super) fn judge(
    file: &File<'_>,
    index: u32,
    host: &Host,
    allowance: &mut Allowance,
) -> (ModuleVerdict, Option<Runnable>) {
    let mut verdict = ModuleVerdict {
        segment: index,
        offset: file.entry(index).map_or(0, |entry| entry.offset),
        module_len: 0,
        header: None,
        stated: None,
        choice: Choice::Acceptable,
    };
    match examine(file, index, host, allowance, None, &mut verdict) {
        Ok(runnable) => (verdict, Some(runnable)),
        Err(reason) => {
            verdict.choice = Choice::Rejected(reason);
            (verdict, None)
        }
    }
}

/// The module of a segment that is called by name, whatever its role, and its exported functions.
pub(crate) fn examined(
    file: &File<'_>,
    index: u32,
    host: &Host,
) -> Result<(Runnable, Vec<(String, String)>), Reason> {
    let mut verdict = ModuleVerdict {
        segment: index,
        offset: file.entry(index).map_or(0, |entry| entry.offset),
        module_len: 0,
        header: None,
        stated: None,
        choice: Choice::Acceptable,
    };
    let mut allowance = Allowance::of(file, host);
    let runnable = examine(file, index, host, &mut allowance, Some(Speaks::Anything), &mut verdict)?;
    let seen = outline(&runnable.module, &limits::MODULE_CAPS).map_err(not_outlined)?;
    let functions = seen.exports.into_iter().filter(|export| export.kind == ExportKind::Function);
    Ok((runnable, functions.map(|export| (export.name, export.signature)).collect()))
}

fn not_outlined(error: OutlineError) -> Reason {
    match error {
        OutlineError::Malformed(error) => invalid(error),
        OutlineError::Over(what) => Reason::TooLarge(what),
    }
}

/// `wanted` is what the module must speak, when that does not follow from its header.
fn examine(
    file: &File<'_>,
    index: u32,
    host: &Host,
    allowance: &mut Allowance,
    wanted: Option<Speaks>,
    verdict: &mut ModuleVerdict,
) -> Result<Runnable, Reason> {
    let segment = file.segment(index).map_err(Reason::Malformed)?;
    let parsed = WasmSegment::parse(segment.payload, segment.payload_offset()).map_err(Reason::Malformed)?;
    verdict.header = Some(parsed.header);
    verdict.module_len = parsed.bytecode.len() as u64;
    // What runs the one that was asked for may be any.
    if wanted.is_none() && parsed.header.role != Role::INTERPRETER && !host.considers(index) {
        return Err(Reason::NotAskedFor);
    }
    let speaks = match wanted {
        Some(wanted) => wanted,
        None => speaks(&parsed.header)?,
    };
    allowance.check_time()?;
    allowance.looked_at.take(&segment).map_err(Reason::Malformed)?;
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
    host.glance(&module, speaks)?;
    allowance.inspect(&module)?;
    // What the header declares is only a first guess of the inspection, never believed.
    let facts =
        inspect_declared(&module, parsed.header.required_features, allowance.until).map_err(invalid)?;
    verdict.stated =
        facts.solver_section.as_ref().map(|section| (section.name.clone(), section.version.clone()));
    let lies: Vec<Lie> = facts.lies(&parsed.header, &module);
    if !lies.is_empty() && !host.accepts_unverified_code() {
        return Err(Reason::Lies(lies));
    }
    let features = host.fits(&facts, speaks)?;
    Ok(Runnable { module, features, speaks })
}

/// What a module of this role and target must speak.
pub(super) fn speaks(header: &WasmHeader) -> Result<Speaks, Reason> {
    match (header.role, header.target) {
        (Role::MICROKERNEL | Role::COMBINED, Target::WASM32) => Ok(Speaks::Solver),
        (Role::MICROKERNEL | Role::COMBINED, Target::BARE_TILE) => Ok(Speaks::Tile),
        (Role::INTERPRETER, Target::WASM32) => Ok(Speaks::Interpreter),
        (Role::MICROKERNEL | Role::COMBINED | Role::INTERPRETER, target) => Err(Reason::Target(target)),
        (role, _) => Err(Reason::Role(role)),
    }
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

/// Why a module is refused that cannot be inspected.
pub(crate) fn invalid(error: InspectError) -> Reason {
    if error.out_of_time { Reason::OutOfTime } else { Reason::NotAModule(error.to_string()) }
}

/// What can be seen without validating anything: what every host and every engine refuses, so that the
/// work of validating is spent on modules that may run.
pub(super) fn glance(module: &[u8], pages: u32, speaks: Speaks) -> Result<(), Reason> {
    let seen = outline(module, &limits::MODULE_CAPS).map_err(not_outlined)?;
    let faults = if speaks == Speaks::Anything { Vec::new() } else { seen.faults(speaks.exports()) };
    if let Some((module, name)) = seen.import {
        return Err(Reason::Imports(module, name));
    }
    if seen.start {
        return Err(Reason::StartFunction);
    }
    if !faults.is_empty() {
        return Err(Reason::Exports(speaks, faults));
    }
    if seen.pages > u64::from(pages) {
        return Err(Reason::Memory { pages: seen.pages, cap: pages });
    }
    Ok(())
}

/// What only validation can tell, against what a host runs; the header plays no part here.
pub(super) fn fits(facts: &ModuleFacts, supported: Features, speaks: Speaks) -> Result<Features, Reason> {
    let needed = Features(facts.features);
    if !facts.unnamed_features.is_empty() {
        return Err(Reason::UnnamedFeatures(facts.unnamed_features.clone()));
    }
    if !supported.contains(needed) {
        return Err(Reason::Features(needed.without(supported)));
    }
    if speaks == Speaks::Solver
        && let Some(section) = &facts.solver_section
        && section.abi_version != SOLVER_ABI_VERSION
    {
        return Err(Reason::AbiVersion(section.abi_version));
    }
    Ok(needed)
}
