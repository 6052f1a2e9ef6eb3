//! Making an instance of a module (specification, 4.5.4).

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::{Dropped, Function, FunctionId, Global, Instance, InstanceId, Memory, Run, Store, Table};
use crate::error::{Error, Reason, Trap};
use crate::limits;
use crate::machine::Context;
use crate::module::{Constant, Mode, Module};
use crate::types::{Size, TableType};

/// Why there is no instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotInstantiated {
    /// The module does not fit what it is given.
    Refused(Error),
    /// A segment lay outside its memory or table, or the start function ended badly.
    Trapped(Trap),
}

impl fmt::Display for NotInstantiated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => error.fmt(f),
            Self::Trapped(trap) => write!(f, "the module trapped as it started: {trap}"),
        }
    }
}

impl core::error::Error for NotInstantiated {}

impl From<Reason> for NotInstantiated {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason.into())
    }
}

impl From<Trap> for NotInstantiated {
    fn from(trap: Trap) -> Self {
        Self::Trapped(trap)
    }
}

impl Store {
    /// Makes an instance and runs its start function, if it has one, with the fuel there is. A paused call is
    /// dropped.
    ///
    /// # Errors
    /// Imports that are not there, caps, segments that do not fit, and what the start function does.
    pub fn instantiate(&mut self, module: &Arc<Module>) -> Result<InstanceId, NotInstantiated> {
        self.paused = None;
        let id = self.instances.len() as u32;
        let mut instance = Instance {
            id,
            module: Arc::clone(module),
            context: Context::new(module),
            types: module.types.iter().map(|ty| self.intern(ty)).collect(),
            functions: Vec::new(),
            tables: Vec::new(),
            memory: None,
            globals: Vec::new(),
        };
        #[cfg(feature = "linking")]
        self.import(&mut instance)?;
        let [functions, tables, memories, globals] = module.imported;
        // What can fail comes before the functions: none may be left that belongs to no instance.
        for ty in module.tables.iter().skip(tables) {
            instance.tables.push(self.tables.len() as u32);
            self.new_table(*ty)?;
        }
        for (code, ty) in module.functions.iter().skip(functions).enumerate() {
            let ty = instance.types.get(*ty as usize).copied().unwrap_or_default();
            instance.functions.push(self.functions.len() as u32);
            self.functions.push(Function { ty, instance: id, code: code as u32 });
        }
        for (ty, initial) in module.globals.iter().skip(globals).zip(&module.initial) {
            let value = self.value_of(&instance, *initial);
            instance.globals.push(self.globals.len() as u32);
            self.globals.push(Global { value, ty: *ty });
        }
        self.instances.push(instance);
        self.dropped.push(Dropped {
            data: vec![false; module.data.len()],
            elements: vec![false; module.elements.len()],
        });
        // The memory comes last: what is allocated last can grow in place.
        if let Some(size) = module.memory.filter(|_| memories == 0) {
            let memory = self.new_memory(size)?;
            if let Some(instance) = self.instances.last_mut() {
                instance.memory = Some(memory);
            }
        }
        self.fill_segments(id, module)?;
        if let Some(start) = module.start {
            let start =
                self.instances.last().and_then(|instance| instance.functions.get(start as usize).copied());
            if self.call(FunctionId(start.unwrap_or_default()), &[], &mut [])? == Run::Paused {
                self.paused = None;
                return Err(Trap::StartOutOfFuel.into());
            }
        }
        Ok(InstanceId(id))
    }

    fn intern(&mut self, ty: &crate::types::FuncType) -> u32 {
        let known = self.types.iter().position(|known| known == ty);
        known.unwrap_or_else(|| {
            self.types.push(ty.clone());
            self.types.len() - 1
        }) as u32
    }

    fn new_table(&mut self, ty: TableType) -> Result<(), Reason> {
        if ty.size.min > self.caps.table_elements {
            return Err(Reason::TooManyElements);
        }
        let mut elements = Vec::new();
        elements.try_reserve_exact(ty.size.min as usize).map_err(|_| Reason::NoMemory)?;
        elements.resize(ty.size.min as usize, 0);
        self.tables.push(Table {
            #[cfg(feature = "linking")]
            ty: ty.element,
            elements,
            max: ty.size.max,
        });
        Ok(())
    }

    fn new_memory(&mut self, size: Size) -> Result<u32, Reason> {
        if size.min > self.caps.pages {
            return Err(Reason::TooManyPages);
        }
        let bytes = zeroed(size.min).ok_or(Reason::NoMemory)?;
        self.memories.push(Memory { bytes, max: size.max });
        Ok(self.memories.len() as u32 - 1)
    }

    pub(super) fn value_of(&self, instance: &Instance, constant: Constant) -> [u64; 2] {
        match constant {
            Constant::Value(value) => value,
            Constant::Global(index) => {
                let global =
                    instance.globals.get(index as usize).and_then(|at| self.globals.get(*at as usize));
                global.map_or([0; 2], |global| global.value)
            }
            Constant::Function(index) => {
                [instance.functions.get(index as usize).map_or(0, |at| u64::from(*at) + 1), 0]
            }
        }
    }

    /// Copies active segments, in the order of the module; each is gone afterwards.
    fn fill_segments(&mut self, id: u32, module: &Module) -> Result<(), Trap> {
        let offset_of = |store: &Self, offset| {
            let instance = store.instances.get(id as usize);
            instance.map_or(0, |instance| store.value_of(instance, offset)[0] as u32)
        };
        for (segment, elements) in module.elements.iter().enumerate() {
            if let Mode::Active { table, offset } = elements.mode {
                let to = offset_of(self, offset);
                self.table_init(id, segment, table as usize, to, 0, elements.items.len() as u32)?;
            }
            if !matches!(elements.mode, Mode::Passive) {
                self.drop_elements(id, segment);
            }
        }
        for (segment, data) in module.data.iter().enumerate() {
            if let Mode::Active { offset, .. } = data.mode {
                let to = offset_of(self, offset);
                self.memory_init(id, segment, to, 0, data.bytes.len() as u32)?;
                self.drop_data(id, segment);
            }
        }
        Ok(())
    }
}

/// Zeroed pages; `None` if there is no memory for them.
fn zeroed(pages: u32) -> Option<Vec<u8>> {
    let len = (pages as usize).checked_mul(limits::PAGE).filter(|len| *len <= isize::MAX as usize)?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len).ok()?;
    bytes.resize(len, 0);
    Some(bytes)
}
