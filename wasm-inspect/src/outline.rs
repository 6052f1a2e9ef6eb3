//! What a module is at a first look: read once, nothing validated, nothing believed.
//!
//! A validator, an interpreter and a compiler all take time and memory by the number of things in a
//! module, not only by its bytes. So the things are counted, against caps, before any of them is asked.

use wasmparser::{
    BinaryReaderError, CompositeInnerType, ExternalKind, FuncType, FunctionBody, Operator, Parser, Payload,
    TypeRef, TypeSectionReader,
};

use crate::abi::SOLVER_EXPORTS;
use crate::facts::{Export, ExportKind};
use crate::inspect::{InspectError, signature};

/// Most things of each kind that a module may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Function types.
    pub types: u64,
    /// Functions.
    pub functions: u64,
    /// Bytes of the body of one function.
    pub body_bytes: u64,
    /// Fewest bytes of code per function on average, once the code has `few_code_bytes`.
    pub least_average_body: u64,
    /// Below this many bytes of code the average does not matter.
    pub few_code_bytes: u64,
    /// Locals of one function, parameters not counted.
    pub locals: u64,
    /// Locals of all functions together.
    pub all_locals: u64,
    /// Parameters of a function type.
    pub params: u64,
    /// Results of a function type.
    pub results: u64,
    /// Targets of one `br_table`.
    pub branch_targets: u64,
    /// Globals.
    pub globals: u64,
    /// Tables.
    pub tables: u64,
    /// Elements that a table starts with.
    pub table_elements: u64,
    /// Element segments.
    pub element_segments: u64,
    /// Data segments.
    pub data_segments: u64,
    /// Exports.
    pub exports: u64,
}

/// A module as it looks at first.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// The first import: module and field name.
    pub import: Option<(String, String)>,
    /// It has a start function.
    pub start: bool,
    /// Most pages that a memory of it starts with.
    pub pages: u64,
    /// Exports in module order. Without imports, signatures of functions are known; else they are empty.
    pub exports: Vec<Export>,
    types: Vec<Option<FuncType>>,
    functions: Vec<u32>,
    locals: u64,
}

/// Why a module gets no outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutlineError {
    /// The bytes are no module.
    Malformed(InspectError),
    /// It has more of something than a cap allows.
    Over(String),
}

impl From<InspectError> for OutlineError {
    fn from(error: InspectError) -> Self {
        Self::Malformed(error)
    }
}

impl From<BinaryReaderError> for OutlineError {
    fn from(error: BinaryReaderError) -> Self {
        Self::Malformed(error.into())
    }
}

/// Reads the outline of `module`, and stops at the first thing above its cap.
///
/// # Errors
/// When the bytes are no core module, or it has more of something than `caps` allows.
pub fn outline(module: &[u8], caps: &Caps) -> Result<Outline, OutlineError> {
    crate::inspect::check_start(module)?;
    crate::counts::check(module)?;
    let mut outline = Outline::default();
    for payload in Parser::new(0).parse_all(module) {
        outline.read(payload?, caps)?;
    }
    Ok(outline)
}

fn within(what: &str, got: u64, cap: u64) -> Result<(), OutlineError> {
    if got <= cap {
        return Ok(());
    }
    Err(OutlineError::Over(format!("{got} {what}, the limit is {cap}")))
}

impl Outline {
    fn read(&mut self, payload: Payload<'_>, caps: &Caps) -> Result<(), OutlineError> {
        match payload {
            Payload::TypeSection(section) => return self.types(section, caps),
            Payload::ImportSection(section) => {
                if let Some(import) = section.into_imports().next() {
                    let import = import?;
                    self.import = Some((import.module.to_owned(), import.name.to_owned()));
                    if let TypeRef::Memory(memory) = import.ty {
                        self.pages = self.pages.max(memory.initial);
                    }
                }
            }
            Payload::FunctionSection(section) => {
                within("functions", section.count().into(), caps.functions)?;
                self.functions = section.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::TableSection(section) => {
                within("tables", section.count().into(), caps.tables)?;
                for table in section {
                    within("elements of a table", table?.ty.initial, caps.table_elements)?;
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.pages = self.pages.max(memory?.initial);
                }
            }
            Payload::GlobalSection(section) => within("globals", section.count().into(), caps.globals)?,
            Payload::ExportSection(section) => {
                within("exports", section.count().into(), caps.exports)?;
                for export in section {
                    let export = export?;
                    self.export(export.name, export.kind, export.index);
                }
            }
            Payload::StartSection { .. } => self.start = true,
            Payload::ElementSection(section) => {
                within("element segments", section.count().into(), caps.element_segments)?;
            }
            Payload::DataSection(section) => {
                within("data segments", section.count().into(), caps.data_segments)?;
            }
            Payload::CodeSectionStart { count, size, .. } => {
                let (count, size) = (u64::from(count), u64::from(size));
                within("function bodies", count, caps.functions)?;
                if size >= caps.few_code_bytes && size / count.max(1) < caps.least_average_body {
                    let what = format!(
                        "{count} functions in {size} bytes of code, the least is {} bytes each on average",
                        caps.least_average_body
                    );
                    return Err(OutlineError::Over(what));
                }
            }
            Payload::CodeSectionEntry(body) => return self.body(&body, caps),
            _ => {}
        }
        Ok(())
    }

    fn types(&mut self, section: TypeSectionReader<'_>, caps: &Caps) -> Result<(), OutlineError> {
        for group in section {
            for sub in group?.into_types() {
                let func = match sub.composite_type.inner {
                    CompositeInnerType::Func(func) => Some(func),
                    _ => None,
                };
                if let Some(func) = &func {
                    within("parameters of a function", func.params().len() as u64, caps.params)?;
                    within("results of a function", func.results().len() as u64, caps.results)?;
                }
                self.types.push(func);
                within("types", self.types.len() as u64, caps.types)?;
            }
        }
        Ok(())
    }

    fn export(&mut self, name: &str, kind: ExternalKind, index: u32) {
        let kind = match kind {
            ExternalKind::Func | ExternalKind::FuncExact => ExportKind::Function,
            ExternalKind::Table => ExportKind::Table,
            ExternalKind::Memory => ExportKind::Memory,
            ExternalKind::Global => ExportKind::Global,
            ExternalKind::Tag => ExportKind::Tag,
        };
        let func = self.functions.get(index as usize).and_then(|ty| self.types.get(*ty as usize));
        let signature = match func {
            Some(Some(func)) if kind == ExportKind::Function && self.import.is_none() => signature(func),
            _ => String::new(),
        };
        self.exports.push(Export { name: name.to_owned(), kind, signature });
    }

    fn body(&mut self, body: &FunctionBody<'_>, caps: &Caps) -> Result<(), OutlineError> {
        let range = body.range();
        within("bytes of one function", range.end.saturating_sub(range.start), caps.body_bytes)?;
        let mut locals: u64 = 0;
        for group in body.get_locals_reader()? {
            locals = locals.saturating_add(group?.0.into());
        }
        within("locals of one function", locals, caps.locals)?;
        self.locals = self.locals.saturating_add(locals);
        within("locals of all functions", self.locals, caps.all_locals)?;
        for operator in body.get_operators_reader()? {
            if let Operator::BrTable { targets } = operator? {
                within("targets of one br_table", targets.len().into(), caps.branch_targets)?;
            }
        }
        Ok(())
    }

    /// What keeps the module from exporting the solver ABI, as [`Outline::faults`].
    #[must_use]
    pub fn export_faults(&self) -> Vec<ExportFault> {
        self.faults(SOLVER_EXPORTS)
    }

    /// What keeps the module from exporting `memory` and these functions (name and signature): each name with
    /// what is wrong about it, in the order given, the memory first.
    #[must_use]
    pub fn faults(&self, wanted: &'static [(&'static str, &'static str)]) -> Vec<ExportFault> {
        let found = |name: &str| self.exports.iter().find(|export| export.name == name);
        let fault = |name, wanted: &'static str, right: bool| {
            let found = found(name).map(|export| match export.kind {
                ExportKind::Function => export.signature.clone(),
                other => format!("a {}", other.name()),
            });
            (!right).then_some(ExportFault { name, wanted, found })
        };
        let memory = found("memory").is_some_and(|export| export.kind == ExportKind::Memory);
        let functions = wanted.iter().filter_map(|(name, wanted)| {
            let right = found(name)
                .is_some_and(|export| export.kind == ExportKind::Function && export.signature == *wanted);
            fault(name, wanted, right)
        });
        fault("memory", "a memory", memory).into_iter().chain(functions).collect()
    }
}

/// One export that a module lacks, or has otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFault {
    /// The name.
    pub name: &'static str,
    /// What is wanted there.
    pub wanted: &'static str,
    /// What the module has there; `None`: nothing of this name.
    pub found: Option<String>,
}

impl std::fmt::Display for ExportFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.found {
            None => write!(f, "lacks {}", self.name),
            Some(found) => write!(f, "{} is {found}, not {}", self.name, self.wanted),
        }
    }
}
