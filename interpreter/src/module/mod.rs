//! A module: read, validated and translated in one pass over its bytes.

mod sections;

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::error::Error;
use crate::types::{FuncType, GlobalType, Kind, Size, TableType, ValType};

/// A validated module, ready to be instantiated any number of times.
#[derive(Debug, Default)]
pub struct Module {
    pub(crate) types: Vec<FuncType>,
    /// Type index of each function, imported ones first.
    pub(crate) functions: Vec<u32>,
    pub(crate) tables: Vec<TableType>,
    pub(crate) memory: Option<Size>,
    pub(crate) globals: Vec<GlobalType>,
    #[cfg(feature = "linking")]
    pub(crate) imports: Vec<Import>,
    /// How many of each kind are imported, by [`Kind`].
    pub(crate) imported: [usize; 4],
    /// Initial values of the globals that are not imported.
    pub(crate) initial: Vec<Constant>,
    pub(crate) exports: Vec<Export>,
    pub(crate) start: Option<u32>,
    pub(crate) elements: Vec<Elements>,
    pub(crate) data: Vec<Data>,
    /// The bytes of all data segments.
    pub(crate) data_bytes: Vec<u8>,
    /// One for each function that is not imported.
    pub(crate) codes: Vec<Code>,
    /// The code of all functions.
    pub(crate) words: Vec<u16>,
    /// The constants of all functions.
    pub(crate) constants: Vec<u64>,
}

impl Module {
    /// Reads, validates and translates a module.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn new(bytes: &[u8]) -> Result<Self, Error> {
        sections::read(bytes)
    }

    /// The module has a start function, which would run as it is instantiated.
    #[must_use]
    pub fn has_start(&self) -> bool {
        self.start.is_some()
    }

    /// Pages that its memory starts with; `None` if it has no memory.
    #[must_use]
    pub fn initial_pages(&self) -> Option<u32> {
        self.memory.map(|size| size.min)
    }

    /// How many things of a kind are imported.
    pub(crate) fn imported(&self, kind: Kind) -> usize {
        self.imported.get(kind as usize).copied().unwrap_or(0)
    }

    pub(crate) fn type_of(&self, function: u32) -> Option<&FuncType> {
        self.types.get(*self.functions.get(function as usize)? as usize)
    }

    pub(crate) fn export(&self, name: &str) -> Option<&Export> {
        self.exports.iter().find(|export| export.name == name)
    }
}

#[cfg(feature = "linking")]
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) module: String,
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) struct Export {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) index: u32,
}

/// A constant expression: in this version of WebAssembly, a single instruction.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Constant {
    /// The cells of a number, or a null reference.
    Value([u64; 2]),
    /// An imported global's value.
    Global(u32),
    /// A reference to a function.
    Function(u32),
}

/// Where a segment goes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mode {
    /// Copied when the module is instantiated.
    Active { table: u32, offset: Constant },
    /// Copied by instructions.
    Passive,
    /// Only declares function references.
    Declared,
}

/// An element segment.
#[derive(Debug)]
pub(crate) struct Elements {
    pub(crate) mode: Mode,
    pub(crate) ty: ValType,
    pub(crate) items: Vec<Item>,
}

/// An element, packed: a segment of bytes must not become much more memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item(u32);

impl Item {
    const NULL: u32 = u32::MAX;
    const GLOBAL: u32 = 1 << 31;

    /// `None` for a number, which no table holds.
    pub(crate) fn new(constant: Constant) -> Self {
        Self(match constant {
            Constant::Value(_) => Self::NULL,
            Constant::Global(index) => index | Self::GLOBAL,
            Constant::Function(index) => index,
        })
    }

    pub(crate) fn constant(self) -> Constant {
        match self.0 {
            Self::NULL => Constant::Value([0; 2]),
            packed if packed & Self::GLOBAL != 0 => Constant::Global(packed & !Self::GLOBAL),
            index => Constant::Function(index),
        }
    }
}

/// A data segment.
#[derive(Debug)]
pub(crate) struct Data {
    pub(crate) mode: Mode,
    /// Its part of [`Module::data_bytes`].
    pub(crate) bytes: Range<usize>,
}

/// A translated function. A frame is: parameters and locals, operands, then constants.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Code {
    /// First word, in [`Module::words`].
    pub(crate) words: u32,
    /// First constant, in [`Module::constants`].
    pub(crate) constants: u32,
    /// Slot of the first constant.
    pub(crate) constants_at: u32,
    /// Slots of the whole frame.
    pub(crate) frame: u32,
    /// Slots of the parameters.
    pub(crate) params: u32,
    /// Slots of parameters and locals.
    pub(crate) locals: u32,
}
