//! From module bytes to facts.

use std::fmt;
use std::time::Instant;

use wasmparser::types::TypesRef;
use wasmparser::{
    BinaryReaderError, CompositeInnerType, ExternalKind, FuncType, MemoryType, Parser, Payload, ValType,
    Validator,
};

use crate::facts::{Export, ExportKind, Memory, ModuleFacts};
use crate::features::{everything, exactly, needed};
use crate::limits::{MAX_EXPORTS, MAX_MODULE, MAX_SIGNATURE_VALUES};
use crate::solver_section::{SOLVER_SECTION_NAME, SolverSection};

/// Why bytes are not a module that can be described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectError {
    /// Where, from the first byte of the module.
    pub offset: u64,
    /// What is wrong, as a clause without a full stop.
    pub message: String,
    /// Nothing is known to be wrong: the time was over before the module was understood.
    pub out_of_time: bool,
}

impl InspectError {
    pub(crate) fn new(offset: u64, message: impl Into<String>) -> Self {
        Self { offset, message: message.into(), out_of_time: false }
    }
}

impl fmt::Display for InspectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at module offset 0x{:x})", self.message, self.offset)
    }
}

impl std::error::Error for InspectError {}

impl From<BinaryReaderError> for InspectError {
    fn from(e: BinaryReaderError) -> Self {
        Self::new(e.offset(), e.message())
    }
}

/// Finds what `module` is: validates it with every feature on, then finds out which are needed.
///
/// # Errors
/// When the bytes are not one valid core module, are above the size a WASM_SEG can hold, have more
/// exports than a header can count, or carry a malformed or repeated `rvf-solver` section. Imports and
/// a start function are facts, not errors.
pub fn inspect(module: &[u8]) -> Result<ModuleFacts, InspectError> {
    examine(module, None, Clock(None))
}

/// The same facts as [`inspect`] finds, sooner when the header bits `declared` are what the module
/// needs: they are confirmed instead of found out. The clock is looked at between two validations.
///
/// # Errors
/// As [`inspect`], and when `until` passes ([`InspectError::out_of_time`]).
pub fn inspect_declared(
    module: &[u8],
    declared: u16,
    until: Option<Instant>,
) -> Result<ModuleFacts, InspectError> {
    examine(module, Some(declared), Clock(until))
}

/// The moment at which inspection gives up.
#[derive(Clone, Copy)]
pub(crate) struct Clock(Option<Instant>);

impl Clock {
    pub(crate) fn check(self) -> Result<(), InspectError> {
        match self.0 {
            Some(until) if Instant::now() >= until => Err(InspectError {
                offset: 0,
                message: "the time was over before it was inspected".to_owned(),
                out_of_time: true,
            }),
            _ => Ok(()),
        }
    }
}

/// Refuses what is no core module of a size that a WASM_SEG can hold.
pub(crate) fn check_start(module: &[u8]) -> Result<(), InspectError> {
    if module.len() as u64 > MAX_MODULE {
        let message = format!("the module has {} bytes, the limit is {MAX_MODULE}", module.len());
        return Err(InspectError::new(0, message));
    }
    if !module.starts_with(b"\0asm") {
        return Err(InspectError::new(0, "not a WebAssembly module: it does not start with \\0asm"));
    }
    if module.get(6..8) == Some(&[1, 0]) {
        let message = "a component; only core modules run here: embed the core module it wraps";
        return Err(InspectError::new(4, message));
    }
    Ok(())
}

fn examine(module: &[u8], declared: Option<u16>, clock: Clock) -> Result<ModuleFacts, InspectError> {
    check_start(module)?;
    crate::counts::check(module)?;
    clock.check()?;
    let confirmed = match declared {
        Some(bits) => exactly(module, bits, clock)?.map(|types| (types, (bits, Vec::new()))),
        None => None,
    };
    let (types, (features, unnamed_features)) = match confirmed {
        Some(confirmed) => confirmed,
        None => {
            clock.check()?;
            let types = Validator::new_with_features(everything()).validate_all(module)?;
            (types, needed(module, clock)?)
        }
    };
    let types = types.as_ref();
    let mut facts = ModuleFacts {
        features,
        unnamed_features,
        exports: Vec::new(),
        imports: Vec::new(),
        start: None,
        memories: memories(types),
        tables: types.table_count(),
        functions: types.function_count(),
        solver_section: None,
    };
    for payload in Parser::new(0).parse_all(module) {
        read_section(payload?, types, &mut facts)?;
    }
    let imported = facts.memories.len().saturating_sub(defined_memories(module)?);
    for memory in facts.memories.iter_mut().take(imported) {
        memory.imported = true;
    }
    Ok(facts)
}

fn read_section(
    payload: Payload<'_>,
    types: TypesRef<'_>,
    facts: &mut ModuleFacts,
) -> Result<(), InspectError> {
    match payload {
        Payload::ImportSection(section) => {
            for import in section.into_imports() {
                let import = import?;
                facts.imports.push((import.module.to_owned(), import.name.to_owned()));
            }
        }
        Payload::ExportSection(section) => {
            let offset = section.range().start;
            if section.count() as usize > MAX_EXPORTS {
                let message = format!("{} exports, the limit is {MAX_EXPORTS}", section.count());
                return Err(InspectError::new(offset, message));
            }
            for export in section {
                let export = export?;
                let (kind, signature) = describe(export.kind, export.index, types);
                if kind == ExportKind::Memory
                    && let Some(memory) = facts.memories.get_mut(export.index as usize)
                {
                    memory.exported_as.get_or_insert_with(|| export.name.to_owned());
                }
                facts.exports.push(Export { name: export.name.to_owned(), kind, signature });
            }
        }
        Payload::StartSection { func, .. } => facts.start = Some(func),
        Payload::CustomSection(section) if section.name() == SOLVER_SECTION_NAME => {
            let base = section.data_offset();
            if facts.solver_section.is_some() {
                return Err(InspectError::new(base, "a second rvf-solver section; a module has at most one"));
            }
            let parsed = SolverSection::parse(section.data())
                .map_err(|(at, what)| InspectError::new(base.saturating_add(at as u64), what))?;
            facts.solver_section = Some(parsed);
        }
        _ => {}
    }
    Ok(())
}

fn defined_memories(module: &[u8]) -> Result<usize, InspectError> {
    let mut count = 0;
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::MemorySection(section) = payload? {
            count += section.count() as usize;
        }
    }
    Ok(count)
}

fn memories(types: TypesRef<'_>) -> Vec<Memory> {
    (0..types.memory_count())
        .map(|i| {
            let MemoryType { memory64, shared, initial, maximum, .. } = types.memory_at(i);
            Memory {
                min_pages: initial,
                max_pages: maximum,
                memory64,
                shared,
                imported: false,
                exported_as: None,
            }
        })
        .collect()
}

fn describe(kind: ExternalKind, index: u32, types: TypesRef<'_>) -> (ExportKind, String) {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => {
            let text = match types.get(types.core_function_at(index)).map(|sub| &sub.composite_type.inner) {
                Some(CompositeInnerType::Func(func)) => signature(func),
                _ => String::new(),
            };
            (ExportKind::Function, text)
        }
        ExternalKind::Memory => {
            let memory = types.memory_at(index);
            let most = memory.maximum.map_or_else(String::new, |pages| pages.to_string());
            (ExportKind::Memory, format!("{}..{most} pages", memory.initial))
        }
        ExternalKind::Table => (ExportKind::Table, types.table_at(index).element_type.to_string()),
        ExternalKind::Global => {
            let global = types.global_at(index);
            (
                ExportKind::Global,
                format!("{}{}", if global.mutable { "mut " } else { "" }, global.content_type),
            )
        }
        ExternalKind::Tag => (ExportKind::Tag, String::new()),
    }
}

pub(crate) fn signature(func: &FuncType) -> String {
    let results = match func.results() {
        [one] => one.to_string(),
        many => list(many),
    };
    format!("{} -> {results}", list(func.params()))
}

fn list(values: &[ValType]) -> String {
    let mut text: Vec<String> = values.iter().take(MAX_SIGNATURE_VALUES).map(ToString::to_string).collect();
    if values.len() > MAX_SIGNATURE_VALUES {
        text.push("...".to_owned());
    }
    format!("({})", text.join(", "))
}
