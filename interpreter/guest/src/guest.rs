//! The one program that an instance of this module runs.

use alloc::sync::Arc;

use interpreter::{Caps, Error, FunctionId, InstanceId, Module, NotInstantiated, Run, Store, Trap, ValType};

use crate::cells::Cells;
use crate::embedded::Embedded;
use crate::heap;
use crate::message::Message;

/// Fuel of a forwarded call between pauses: engines that replace code only between calls get a chance to.
const SLICE: u64 = 1 << 18;

/// Fuel of a start function, which no one can pause: about a tenth of a second.
const START_FUEL: u64 = 1 << 22;

const DONE: i32 = 0;
const PAUSED: i32 = 1;
const NO_EXPORT: i32 = -6;
const WRONG_USE: i32 = -7;
/// The first trap of a guest, [`Trap::Unreachable`], is one less.
const BEFORE_TRAPS: i32 = -16;

pub(crate) struct Guest {
    module: Option<Arc<Module>>,
    store: Option<Store>,
    instance: Option<InstanceId>,
    pub(crate) message: Message,
    pub(crate) cells: Cells,
}

impl Guest {
    pub(crate) const fn new() -> Self {
        Self { module: None, store: None, instance: None, message: Message::new(), cells: Cells::new() }
    }

    pub(crate) fn load(&mut self, bytes: &[u8]) -> i32 {
        match Module::new(bytes) {
            Ok(module) => {
                self.module = Some(Arc::new(module));
                DONE
            }
            Err(error) => self.refused(error),
        }
    }

    pub(crate) fn instantiate(&mut self, caps: Caps) -> i32 {
        let Some(module) = self.module.clone() else { return self.wrong_use() };
        let linking = cfg!(feature = "linking");
        if self.instance.is_some() && !linking {
            return self.wrong_use();
        }
        let store = self.store.get_or_insert_with(|| Store::new(caps));
        heap::make_room();
        store.set_fuel(START_FUEL);
        match store.instantiate(&module) {
            Ok(instance) => {
                self.instance = Some(instance);
                DONE
            }
            Err(NotInstantiated::Refused(error)) => self.refused(error),
            Err(NotInstantiated::Trapped(trap)) => self.trapped(trap),
        }
    }

    pub(crate) fn find(&mut self, name: &[u8]) -> i32 {
        let name = core::str::from_utf8(name).unwrap_or_default();
        let found = self.running().and_then(|(store, instance)| store.function(instance, name));
        match found {
            Some(function) => function.number().cast_signed(),
            None => self.no_export(),
        }
    }

    /// The types of a function's parameters and results.
    pub(crate) fn signature(&self, function: u32) -> Option<(&[ValType], &[ValType])> {
        let store = self.store.as_ref()?;
        let ty = store.signature(store.function_numbered(function)?)?;
        Some((ty.params(), ty.results()))
    }

    pub(crate) fn call(&mut self, function: u32, fuel: i64) -> i32 {
        let found = self.store.as_ref().and_then(|store| store.function_numbered(function));
        match (found, u64::try_from(fuel)) {
            (Some(function), Ok(fuel)) => self.enter(function, fuel),
            _ => self.wrong_use(),
        }
    }

    fn enter(&mut self, function: FunctionId, fuel: u64) -> i32 {
        let (params, results) = self
            .signature(function.number())
            .map_or((0, 0), |(params, results)| (slots(params), slots(results)));
        let arguments = self.cells.first(params).to_vec();
        let Some(store) = &mut self.store else { return WRONG_USE };
        store.set_fuel(fuel);
        let run = store.call(function, &arguments, self.cells.first_mut(results));
        self.status(run)
    }

    pub(crate) fn resume(&mut self, fuel: i64) -> i32 {
        let (Some(store), Ok(fuel)) = (&mut self.store, u64::try_from(fuel)) else { return self.wrong_use() };
        store.set_fuel(fuel);
        let results = store.paused_results().unwrap_or_default();
        let run = store.resume(self.cells.first_mut(results));
        self.status(run)
    }

    pub(crate) fn fuel(&self) -> i64 {
        self.store.as_ref().map_or(0, Store::fuel)
    }

    pub(crate) fn memory(&mut self) -> &mut [u8] {
        match (&mut self.store, self.instance) {
            (Some(store), Some(instance)) => store.memory_mut(instance),
            _ => &mut [],
        }
    }

    pub(crate) fn global(&mut self, name: &[u8]) -> i32 {
        let name = core::str::from_utf8(name).unwrap_or_default();
        let found = self.running().and_then(|(store, instance)| store.global(instance, name));
        match found {
            Some((_, value)) => {
                self.cells.first_mut(2).copy_from_slice(&value);
                DONE
            }
            None => self.no_export(),
        }
    }

    /// Makes the embedded program run, if there is one and it does not yet.
    pub(crate) fn boot(&mut self) -> Result<(), i32> {
        let embedded = Embedded::get();
        let (None, Some(program)) = (self.instance, embedded.program()) else { return Ok(()) };
        let caps = Caps {
            pages: embedded.pages,
            stack_bytes: embedded.stack_bytes,
            table_elements: embedded.table_elements,
        };
        let status = match self.load(program) {
            DONE => self.instantiate(caps),
            status => status,
        };
        if status == DONE { Ok(()) } else { Err(status) }
    }

    /// Calls the embedded program's export at a place in its export section, to the end.
    pub(crate) fn forward(&mut self, ordinal: usize) -> i32 {
        if let Err(status) = self.boot() {
            return status;
        }
        let found = self.running().and_then(|(store, instance)| store.function_at(instance, ordinal));
        let Some(function) = found else { return self.no_export() };
        let mut status = self.enter(function, SLICE);
        while status == PAUSED {
            status = self.resume(SLICE.cast_signed());
        }
        status
    }

    #[cfg(feature = "linking")]
    pub(crate) fn register(&mut self, name: &[u8]) {
        let name = core::str::from_utf8(name).unwrap_or_default();
        if let (Some(store), Some(instance)) = (&mut self.store, self.instance) {
            store.register(name, instance);
        }
    }

    #[cfg(feature = "linking")]
    pub(crate) fn current(&self) -> i32 {
        self.instance.map_or(-1, |instance| instance.number().cast_signed())
    }

    #[cfg(feature = "linking")]
    pub(crate) fn select(&mut self, instance: u32) {
        self.instance = self.store.as_ref().and_then(|store| store.instance_numbered(instance));
    }

    fn running(&self) -> Option<(&Store, InstanceId)> {
        Some((self.store.as_ref()?, self.instance?))
    }

    fn status(&mut self, run: Result<Run, Trap>) -> i32 {
        match run {
            Ok(Run::Done) => DONE,
            Ok(Run::Paused) => PAUSED,
            Err(trap) => self.trapped(trap),
        }
    }

    fn refused(&mut self, error: Error) -> i32 {
        self.message.set("the module cannot be run: ");
        self.message.add(error.reason.text());
        if error.offset > 0 {
            self.message.add(" (byte 0x");
            self.message.add_hex(error.offset as u32);
            self.message.add(")");
        }
        -(error.reason.kind() as i32)
    }

    fn trapped(&mut self, trap: Trap) -> i32 {
        if trap == Trap::WrongUse {
            return self.wrong_use();
        }
        self.message.set(trap.text());
        BEFORE_TRAPS - trap as i32
    }

    fn no_export(&mut self) -> i32 {
        self.message.set("the program does not export that");
        NO_EXPORT
    }

    pub(crate) fn wrong_use(&mut self) -> i32 {
        self.message.set("the interpreter was called out of order or with impossible numbers");
        WRONG_USE
    }
}

fn slots(types: &[ValType]) -> usize {
    types.iter().map(|ty| ty.cells()).sum()
}
