//! Instances and what they own: functions, tables, memories, globals, and the stack they share.

mod bulk;
mod call;
mod instantiate;
#[cfg(feature = "linking")]
mod linking;

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

pub use instantiate::NotInstantiated;

use crate::limits;
use crate::machine::{Context, State};
use crate::module::Module;
use crate::types::{FuncType, GlobalType, Kind, ValType};

/// What instances may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Most pages of 64 KiB of a memory.
    pub pages: u32,
    /// Bytes of the stack, which holds the locals and operands of nested calls.
    pub stack_bytes: u32,
    /// Most elements of a table.
    pub table_elements: u32,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            pages: limits::DEFAULT_PAGES,
            stack_bytes: limits::DEFAULT_STACK_BYTES,
            table_elements: limits::DEFAULT_TABLE_ELEMENTS,
        }
    }
}

/// An instance of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstanceId(pub(crate) u32);

impl InstanceId {
    /// Its number in its store.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }
}

/// A function of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionId(pub(crate) u32);

impl FunctionId {
    /// Its number in its store.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }
}

/// How a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// It returned; the results are there.
    Done,
    /// It ran out of fuel; [`Store::resume`] goes on.
    Paused,
}

/// Holds instances and runs them.
#[derive(Debug)]
pub struct Store {
    pub(crate) caps: Caps,
    /// Function types, each once: instances compare them by number.
    pub(crate) types: Vec<FuncType>,
    pub(crate) functions: Vec<Function>,
    pub(crate) tables: Vec<Table>,
    pub(crate) memories: Vec<Memory>,
    pub(crate) globals: Vec<Global>,
    pub(crate) instances: Vec<Instance>,
    /// One for each instance.
    dropped: Vec<Dropped>,
    #[cfg(feature = "linking")]
    names: Vec<(alloc::string::String, InstanceId)>,
    pub(crate) stack: Vec<u64>,
    /// Below zero by what the last operation cost beyond what there was.
    pub(crate) fuel: i64,
    /// A call that ran out of fuel, and the function it was.
    paused: Option<(State, FunctionId)>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Function {
    /// Number of its type in the store.
    pub(crate) ty: u32,
    pub(crate) instance: u32,
    /// Number of its code in the module.
    pub(crate) code: u32,
}

#[derive(Debug)]
pub(crate) struct Table {
    #[cfg(feature = "linking")]
    pub(crate) ty: ValType,
    /// References: 0 for null, else one more than a function's number, or anything of the host.
    pub(crate) elements: Vec<u64>,
    pub(crate) max: Option<u32>,
}

#[derive(Debug)]
pub(crate) struct Memory {
    pub(crate) bytes: Vec<u8>,
    pub(crate) max: Option<u32>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Global {
    pub(crate) value: [u64; 2],
    pub(crate) ty: GlobalType,
}

/// An instance: where in the store each of its module's things is.
#[derive(Debug)]
pub(crate) struct Instance {
    /// Its number in the store.
    pub(crate) id: u32,
    pub(crate) module: Arc<Module>,
    pub(crate) context: Context,
    pub(crate) types: Vec<u32>,
    pub(crate) functions: Vec<u32>,
    pub(crate) tables: Vec<u32>,
    pub(crate) memory: Option<u32>,
    pub(crate) globals: Vec<u32>,
}

/// Which segments of an instance are gone. Not in the instance itself, which never changes while it runs.
#[derive(Debug)]
pub(crate) struct Dropped {
    pub(crate) data: Vec<bool>,
    pub(crate) elements: Vec<bool>,
}

impl Store {
    /// A store without instances.
    #[must_use]
    pub fn new(caps: Caps) -> Self {
        Self {
            caps,
            types: Vec::new(),
            functions: Vec::new(),
            tables: Vec::new(),
            memories: Vec::new(),
            globals: Vec::new(),
            instances: Vec::new(),
            dropped: Vec::new(),
            #[cfg(feature = "linking")]
            names: Vec::new(),
            stack: vec![0; caps.stack_bytes as usize / 8],
            fuel: 0,
            paused: None,
        }
    }

    /// Gives calls this much fuel from now on.
    pub fn set_fuel(&mut self, fuel: u64) {
        self.fuel = i64::try_from(fuel).unwrap_or(i64::MAX);
    }

    /// Fuel that is left; below zero by what the last operation cost beyond what there was.
    #[must_use]
    pub fn fuel(&self) -> i64 {
        self.fuel
    }

    /// An exported function.
    #[must_use]
    pub fn function(&self, instance: InstanceId, name: &str) -> Option<FunctionId> {
        let (instance, index) = self.exported(instance, name, Kind::Function)?;
        Some(FunctionId(*instance.functions.get(index)?))
    }

    /// The function whose export is at a place in the export section, all kinds counted from 0.
    #[must_use]
    pub fn function_at(&self, instance: InstanceId, ordinal: usize) -> Option<FunctionId> {
        let instance = self.instances.get(instance.0 as usize)?;
        let export = instance.module.exports.get(ordinal).filter(|export| export.kind == Kind::Function)?;
        Some(FunctionId(*instance.functions.get(export.index as usize)?))
    }

    /// The function with a number; `None` if there is none.
    #[must_use]
    pub fn function_numbered(&self, number: u32) -> Option<FunctionId> {
        self.functions.get(number as usize).map(|_| FunctionId(number))
    }

    /// The instance with a number; `None` if there is none.
    #[must_use]
    pub fn instance_numbered(&self, number: u32) -> Option<InstanceId> {
        self.instances.get(number as usize).map(|_| InstanceId(number))
    }

    /// A function's type; `None` for a function of another store.
    #[must_use]
    pub fn signature(&self, function: FunctionId) -> Option<&FuncType> {
        self.types.get(self.functions.get(function.0 as usize)?.ty as usize)
    }

    /// An exported global's type and cells.
    #[must_use]
    pub fn global(&self, instance: InstanceId, name: &str) -> Option<(ValType, [u64; 2])> {
        let (instance, index) = self.exported(instance, name, Kind::Global)?;
        let global = self.globals.get(*instance.globals.get(index)? as usize)?;
        Some((global.ty.value, global.value))
    }

    /// An instance's memory; empty if it has none.
    #[must_use]
    pub fn memory(&self, instance: InstanceId) -> &[u8] {
        let memory = self.memory_of(instance).and_then(|memory| self.memories.get(memory));
        memory.map_or(&[], |memory| &memory.bytes)
    }

    /// An instance's memory, to write into; empty if it has none.
    pub fn memory_mut(&mut self, instance: InstanceId) -> &mut [u8] {
        let memory = self.memory_of(instance).and_then(|memory| self.memories.get_mut(memory));
        memory.map_or(&mut [], |memory| &mut memory.bytes)
    }

    fn memory_of(&self, instance: InstanceId) -> Option<usize> {
        Some(self.instances.get(instance.0 as usize)?.memory? as usize)
    }

    fn exported(&self, instance: InstanceId, name: &str, kind: Kind) -> Option<(&Instance, usize)> {
        let instance = self.instances.get(instance.0 as usize)?;
        let export = instance.module.export(name).filter(|export| export.kind == kind)?;
        Some((instance, export.index as usize))
    }
}
