//! Types of the WebAssembly specification (2.3) as this interpreter holds them.

use alloc::vec::Vec;

/// A value type; the number is its byte in the binary format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ValType {
    /// 32-bit integer.
    I32 = 0x7F,
    /// 64-bit integer.
    I64 = 0x7E,
    /// 32-bit float.
    F32 = 0x7D,
    /// 64-bit float.
    F64 = 0x7C,
    /// 128-bit vector.
    V128 = 0x7B,
    /// Reference to a function, or null.
    FuncRef = 0x70,
    /// Reference to something of the host, or null.
    ExternRef = 0x6F,
}

impl ValType {
    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            0x7F => Self::I32,
            0x7E => Self::I64,
            0x7D => Self::F32,
            0x7C => Self::F64,
            0x7B => Self::V128,
            0x70 => Self::FuncRef,
            0x6F => Self::ExternRef,
            _ => return None,
        })
    }

    /// A reference to a function or to something of the host.
    #[must_use]
    pub fn is_reference(self) -> bool {
        matches!(self, Self::FuncRef | Self::ExternRef)
    }

    /// 64-bit cells that a value of this type fills: 2 for a vector, else 1.
    #[must_use]
    pub fn cells(self) -> usize {
        1 + usize::from(self == Self::V128)
    }

    /// Values of 32 bits have zeros in the high half of their cell.
    pub(crate) fn is_narrow(self) -> bool {
        matches!(self, Self::I32 | Self::F32)
    }
}

/// Cells of a row of values.
pub(crate) fn cells(types: &[ValType]) -> usize {
    types.iter().map(|ty| ty.cells()).sum()
}

/// A function type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FuncType {
    /// Parameters, then results.
    values: Vec<ValType>,
    params: usize,
}

impl FuncType {
    pub(crate) fn new(values: Vec<ValType>, params: usize) -> Self {
        Self { values, params }
    }

    /// Types of the parameters.
    #[must_use]
    pub fn params(&self) -> &[ValType] {
        self.values.get(..self.params).unwrap_or_default()
    }

    /// Types of the results.
    #[must_use]
    pub fn results(&self) -> &[ValType] {
        self.values.get(self.params..).unwrap_or_default()
    }
}

/// Size limits of a memory (in pages) or a table (in elements).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) min: u32,
    pub(crate) max: Option<u32>,
}

/// A table's type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableType {
    pub(crate) element: ValType,
    pub(crate) size: Size,
}

/// A global's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GlobalType {
    pub(crate) value: ValType,
    pub(crate) mutable: bool,
}

/// What an import or export is; the number is its byte in the binary format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Function,
    Table,
    Memory,
    Global,
}
