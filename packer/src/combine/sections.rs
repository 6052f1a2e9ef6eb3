//! What combining must know of the two modules.

use rvf_wasm_inspect::wasmparser::{
    BinaryReader, CompositeInnerType, ExternalKind, FuncType, MemoryType, Operator, Parser, Payload,
};

/// Section numbers of the binary format.
pub(super) const TYPES: u8 = 1;
pub(super) const FUNCTIONS: u8 = 3;
pub(super) const MEMORIES: u8 = 5;
pub(super) const EXPORTS: u8 = 7;
pub(super) const CODE: u8 = 10;
pub(super) const DATA: u8 = 11;
pub(super) const DATA_COUNT: u8 = 12;

/// A section as it lies in its module. Custom sections are left out.
pub(super) struct Section<'m> {
    pub(super) id: u8,
    pub(super) body: &'m [u8],
    /// The number in front, and what follows it; for sections that are lists.
    pub(super) count: u32,
    pub(super) items: &'m [u8],
}

/// An interpreter's module.
pub(super) struct Interpreter<'m> {
    pub(super) sections: Vec<Section<'m>>,
    pub(super) memory: MemoryType,
    /// Name, kind and index.
    pub(super) exports: Vec<(&'m str, u8, u32)>,
    pub(super) data_count: u32,
    /// Addresses that it exports.
    pub(super) embedded: u32,
    pub(super) cells: u32,
    pub(super) heap_base: u32,
    /// Index of `rvf_interpreter_forward`.
    pub(super) forward: u32,
}

/// A function that the program exports.
pub(super) struct Function<'m> {
    pub(super) name: &'m str,
    /// Its place in the export section.
    pub(super) ordinal: u32,
    pub(super) ty: FuncType,
}

/// The program's module.
pub(super) struct Program<'m> {
    pub(super) functions: Vec<Function<'m>>,
    /// Custom sections that say what the program is.
    pub(super) custom: Vec<(&'m str, &'m [u8])>,
}

/// The sections of a module, in their order, without custom ones.
fn split(module: &[u8]) -> Result<Vec<Section<'_>>, String> {
    let mut sections = Vec::new();
    let mut reader = BinaryReader::new(module.get(8..).unwrap_or_default(), 8);
    let text = |e: rvf_wasm_inspect::wasmparser::BinaryReaderError| e.message().to_owned();
    while !reader.eof() {
        let id = reader.read_u8().map_err(text)?;
        let len = reader.read_var_u32().map_err(text)?;
        let body = reader.read_bytes(len as usize).map_err(text)?;
        if id != 0 {
            let mut inner = BinaryReader::new(body, 0);
            let count = inner.read_var_u32().unwrap_or(0);
            let items = body.get(usize::try_from(inner.original_position()).unwrap_or(usize::MAX)..);
            sections.push(Section { id, body, count, items: items.unwrap_or_default() });
        }
    }
    Ok(sections)
}

/// Everything else that is asked of either module.
#[derive(Default)]
struct Read<'m> {
    types: Vec<Option<FuncType>>,
    functions: Vec<u32>,
    memory: Option<MemoryType>,
    globals: Vec<Option<u32>>,
    exports: Vec<(&'m str, ExternalKind, u32)>,
    custom: Vec<(&'m str, &'m [u8])>,
}

fn read(module: &[u8]) -> Result<Read<'_>, String> {
    let mut all = Read::default();
    for payload in Parser::new(0).parse_all(module) {
        section(&mut all, payload.map_err(|e| e.message().to_owned())?)
            .map_err(|e| e.message().to_owned())?;
    }
    Ok(all)
}

fn section<'m>(
    all: &mut Read<'m>,
    payload: Payload<'m>,
) -> Result<(), rvf_wasm_inspect::wasmparser::BinaryReaderError> {
    match payload {
        Payload::TypeSection(section) => {
            for group in section {
                for sub in group?.into_types() {
                    all.types.push(match sub.composite_type.inner {
                        CompositeInnerType::Func(ty) => Some(ty),
                        _ => None,
                    });
                }
            }
        }
        Payload::FunctionSection(section) => all.functions = section.into_iter().collect::<Result<_, _>>()?,
        Payload::MemorySection(section) => all.memory = section.into_iter().next().transpose()?,
        Payload::GlobalSection(section) => {
            for global in section {
                all.globals.push(match global?.init_expr.get_operators_reader().read()? {
                    Operator::I32Const { value } => Some(value.cast_unsigned()),
                    _ => None,
                });
            }
        }
        Payload::ExportSection(section) => {
            for export in section {
                let export = export?;
                all.exports.push((export.name, export.kind, export.index));
            }
        }
        Payload::CustomSection(section) if section.name() == rvf_wasm_inspect::SOLVER_SECTION_NAME => {
            all.custom.push((section.name(), section.data()));
        }
        _ => {}
    }
    Ok(())
}

impl<'m> Interpreter<'m> {
    /// Reads a valid module without imports.
    pub(super) fn read(module: &'m [u8]) -> Result<Self, String> {
        let sections = split(module)?;
        let read = read(module)?;
        let global = |wanted: &str| {
            let index = read.exports.iter().find_map(|(name, kind, index)| {
                (*name == wanted && *kind == ExternalKind::Global).then_some(*index as usize)
            });
            let value = index.and_then(|index| read.globals.get(index).copied().flatten());
            value.ok_or_else(|| format!("its global {wanted} does not tell an address"))
        };
        let forward = read.exports.iter().find_map(|(name, kind, index)| {
            (*name == "rvf_interpreter_forward" && *kind == ExternalKind::Func).then_some(*index)
        });
        let (embedded, cells, heap_base) =
            (global("rvf_interpreter_embedded")?, global("rvf_interpreter_cells")?, global("__heap_base")?);
        let code = |kind: ExternalKind| match kind {
            ExternalKind::Table => 1,
            ExternalKind::Memory => 2,
            ExternalKind::Global => 3,
            ExternalKind::Tag => 4,
            _ => 0,
        };
        Ok(Self {
            data_count: sections.iter().find(|section| section.id == DATA).map_or(0, |section| section.count),
            memory: read.memory.ok_or("it has no memory")?,
            exports: read.exports.iter().map(|(name, kind, index)| (*name, code(*kind), *index)).collect(),
            embedded,
            cells,
            heap_base,
            forward: forward.ok_or("it does not export rvf_interpreter_forward")?,
            sections,
        })
    }

    fn count(&self, id: u8) -> u32 {
        self.sections.iter().find(|section| section.id == id).map_or(0, |section| section.count)
    }

    /// Function types; a group of several would count once, which compilers of today do not write.
    pub(super) fn type_count(&self) -> u32 {
        self.count(TYPES)
    }

    /// Functions, none of which are imported.
    pub(super) fn function_count(&self) -> u32 {
        self.count(FUNCTIONS)
    }
}

impl<'m> Program<'m> {
    /// Reads a valid module without imports.
    pub(super) fn read(module: &'m [u8]) -> Result<Self, String> {
        let read = read(module)?;
        let mut functions = Vec::new();
        for (ordinal, (name, kind, index)) in (0..).zip(&read.exports) {
            if !matches!(kind, ExternalKind::Func) {
                continue;
            }
            let ty = read.functions.get(*index as usize).and_then(|ty| read.types.get(*ty as usize)?.clone());
            let ty = ty.ok_or_else(|| format!("its export {name} has no function type"))?;
            if let Some(other) =
                ty.params().iter().chain(ty.results()).find(|ty| !super::forward::is_number(**ty))
            {
                return Err(format!("its export {name} takes or gives {other}, which cannot be passed on"));
            }
            functions.push(Function { name, ordinal, ty });
        }
        Ok(Self { functions, custom: read.custom })
    }
}
