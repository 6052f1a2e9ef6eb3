//! What a file is to hold beside its vectors: which modules, with which headers, in which order.

use rvf_format::limits::MAX_MODULE;
use rvf_format::read::wasm::{Role, Target, WasmHeader, feature};
use rvf_wasm_inspect::{ModuleFacts, SOLVER_ABI_VERSION, inspect};

use crate::error::{PackError, Result};
use crate::limits::{
    DEFAULT_BATCH_BYTES, DEFAULT_HOST_PAGES, MAX_BATCH_BYTES, PRIORITY_COMBINED, PRIORITY_SCALAR,
    PRIORITY_SIMD,
};

/// What the caller decides about a module; the rest is found by inspecting it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choice {
    /// What the module is for; told from its exports when they are known.
    pub role: Option<Role>,
    /// The host it is built for; told from its exports.
    pub target: Option<Target>,
    /// Lower is tried first; by default 10 for a module built with SIMD, 30 for a combined one and 20 for any other.
    pub priority: Option<u8>,
}

/// A module that was inspected and may go into a file.
#[derive(Clone, Debug)]
pub struct Module {
    /// What to call it in messages.
    pub name: String,
    /// The module itself.
    pub bytes: Vec<u8>,
    /// What it is.
    pub facts: ModuleFacts,
    /// The header that tells others.
    pub header: WasmHeader,
}

impl Module {
    /// Inspects a module and fills its header.
    ///
    /// # Errors
    /// When it is not a valid module, imports anything, has a start function, is too large, is a
    /// solver of an ABI that is not known, needs a feature that a header cannot name, or when its
    /// role cannot be told from its exports and was not chosen.
    pub fn prepare(name: impl Into<String>, bytes: Vec<u8>, choice: Choice) -> Result<Self> {
        let name = name.into();
        let refuse = |what: String| PackError::malformed(what).at(&name);
        if bytes.len() as u64 > MAX_MODULE {
            return Err(refuse(format!("the module has {} bytes, the limit is {MAX_MODULE}", bytes.len())));
        }
        let facts = inspect(&bytes).map_err(|e| {
            PackError::malformed(format!("not a module that can be embedded: {}", e.message))
                .at(format!("{name}, byte 0x{:x}", e.offset))
        })?;
        if let Some((module, field)) = facts.imports.first() {
            let what =
                format!("the module imports {} things, the first is {module}.{field}", facts.imports.len());
            return Err(refuse(what).fix(
                "embedded modules import nothing: build for wasm32-unknown-unknown without host calls",
            ));
        }
        if facts.start.is_some() {
            return Err(refuse(
                "the module has a start function, which would run before any check".to_owned(),
            )
            .fix("move its work into an exported function"));
        }
        let unknown_abi = facts.solver_section.as_ref().filter(|s| s.abi_version != SOLVER_ABI_VERSION);
        if let Some(section) = unknown_abi {
            let what = format!(
                "the solver speaks ABI version {}, this is version {SOLVER_ABI_VERSION}",
                section.abi_version
            );
            return Err(refuse(what).fix("embed a solver built for this ABI, or update this program"));
        }
        let (role, target) = role_and_target(&facts, choice).map_err(|e| e.at(&name))?;
        let simd = facts.features & feature::SIMD != 0;
        let usual = match role {
            Role::COMBINED => PRIORITY_COMBINED,
            _ if simd => PRIORITY_SIMD,
            _ => PRIORITY_SCALAR,
        };
        let priority = choice.priority.unwrap_or(usual);
        let header = facts.header(role, target, priority, &bytes).map_err(|e| refuse(e.to_string()))?;
        Ok(Self { name, bytes, facts, header })
    }
}

impl Module {
    /// Why hosts refuse to run the module by default, although it may go into a file.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        for memory in &self.facts.memories {
            if memory.min_pages > DEFAULT_HOST_PAGES {
                warnings.push(format!(
                    "the module starts with {} pages of memory, and rvf-run allows {DEFAULT_HOST_PAGES} unless it is \
                     told otherwise with --max-memory",
                    memory.min_pages
                ));
            }
            if memory.shared {
                warnings.push("the module has shared memory, which rvf-run refuses".to_owned());
            }
        }
        warnings
    }
}

fn role_and_target(facts: &ModuleFacts, choice: Choice) -> Result<(Role, Target)> {
    let (role, target) = if facts.is_interpreter() {
        (Some(Role::INTERPRETER), Target::WASM32)
    } else if facts.is_solver() {
        // With an interpreter around it when it says where the memory of a program inside lies.
        let inside = facts.export("rvf_interpreter_memory_base").is_some();
        (Some(if inside { Role::COMBINED } else { Role::MICROKERNEL }), Target::WASM32)
    } else if facts.export("rvf_store_create").is_some() {
        (Some(Role::CONTROL_PLANE), Target::WASM32)
    } else if facts.is_tile() {
        (Some(Role::MICROKERNEL), Target::BARE_TILE)
    } else if facts.is_published_solver() {
        (Some(Role::EXTENSION), Target::WASM32)
    } else {
        (None, Target::WASM32)
    };
    let Some(role) = choice.role.or(role) else {
        let missing = facts.missing_solver_exports();
        let first = missing.first().copied().unwrap_or_default();
        let what =
            format!("the module is no solver ({} exports are missing, the first is {first})", missing.len());
        return Err(PackError::malformed(what).fix("say what it is for, as in --role extension"));
    };
    Ok((role, choice.target.unwrap_or(target)))
}

/// Priorities for several modules when the caller gives the first: one more for each that follows.
///
/// # Errors
/// When they do not fit a byte.
pub fn priorities(first: Option<u8>, count: usize) -> Result<Vec<Option<u8>>> {
    let Some(first) = first else { return Ok(vec![None; count]) };
    let all: Option<Vec<_>> =
        (0..count).map(|i| u8::try_from(i).ok().and_then(|i| first.checked_add(i)).map(Some)).collect();
    all.ok_or_else(|| PackError::usage("priorities pass 255").fix("give a smaller --priority"))
}

/// Vectors per segment: what was asked for, or as many as fill 8 MiB.
///
/// # Errors
/// When a segment would be larger than readers accept.
pub fn batch_rows(asked: Option<u32>, dimension: u16) -> Result<usize> {
    let row = 8 + 4 * u64::from(dimension);
    let most = MAX_BATCH_BYTES / row;
    let rows = asked.map_or((DEFAULT_BATCH_BYTES / row).max(1), u64::from);
    if rows == 0 || rows > most {
        let what = format!("a batch of {rows} vectors of dimension {dimension} is not possible");
        return Err(PackError::usage(what).fix(format!("give --batch a number from 1 to {most}")));
    }
    usize::try_from(rows).map_err(|_| PackError::usage("a batch is larger than memory"))
}
