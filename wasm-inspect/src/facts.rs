//! The facts about a module.

use crate::solver_section::SolverSection;

/// What a module is, as found by inspecting it.
#[derive(Clone, Debug)]
pub struct ModuleFacts {
    /// Header bits of the features without which the module is not valid (see [`crate::feature_names`]).
    pub features: u16,
    /// Needed features that have no header bit and are not baseline either. A module that has any
    /// cannot be described truthfully by a header.
    pub unnamed_features: Vec<&'static str>,
    /// Exports in module order.
    pub exports: Vec<Export>,
    /// Imports in module order: module and field name.
    pub imports: Vec<(String, String)>,
    /// The start function's index, if there is one.
    pub start: Option<u32>,
    /// Memories, imported ones first.
    pub memories: Vec<Memory>,
    /// Tables, imported ones included.
    pub tables: u32,
    /// Functions, imported ones included.
    pub functions: u32,
    /// The custom section `rvf-solver`, if there is one.
    pub solver_section: Option<SolverSection>,
}

/// One export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its name, as stored: escape it before it reaches a terminal.
    pub name: String,
    /// What is exported.
    pub kind: ExportKind,
    /// Its type as text, such as `(i32, i32) -> i32`, `17..64 pages` or `mut i32`.
    pub signature: String,
}

/// The kind of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportKind {
    /// A function.
    Function,
    /// A table.
    Table,
    /// A linear memory.
    Memory,
    /// A global.
    Global,
    /// An exception tag.
    Tag,
}

impl ExportKind {
    /// The kind in one word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Table => "table",
            Self::Memory => "memory",
            Self::Global => "global",
            Self::Tag => "tag",
        }
    }
}

/// One linear memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Pages at the start (64 KiB each, unless the module uses custom page sizes).
    pub min_pages: u64,
    /// Most pages, when declared.
    pub max_pages: Option<u64>,
    /// True for a memory with 64-bit addresses.
    pub memory64: bool,
    /// True for a shared memory.
    pub shared: bool,
    /// True when the memory is imported.
    pub imported: bool,
    /// The name it is exported under, if any.
    pub exported_as: Option<String>,
}

impl ModuleFacts {
    /// The export with this name.
    #[must_use]
    pub fn export(&self, name: &str) -> Option<&Export> {
        self.exports.iter().find(|e| e.name == name)
    }
}
