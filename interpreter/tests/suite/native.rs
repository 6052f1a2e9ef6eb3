//! The interpreter as a library.

use std::sync::Arc;

use interpreter::{Caps, Error, Module, NotInstantiated, Run, Store, Trap};

use crate::script::{Failure, Runner};

pub(crate) struct Native(Store);

impl Native {
    pub(crate) fn new() -> Self {
        Self(Store::new(Caps { pages: 65_536, table_elements: 10_000_000, ..Caps::default() }))
    }
}

/// Fuel that every script of the suite finishes with; given in small slices, so that the suite tests pauses.
const FUEL: u64 = 1_000_000_000;
const SLICE: u64 = 1_000;

fn error(error: Error) -> Failure {
    Failure { status: -(error.reason.kind() as i32), text: error.to_string() }
}

fn trap(trap: Trap) -> Failure {
    Failure { status: -16 - trap as i32, text: trap.text().to_owned() }
}

impl Runner for Native {
    fn validate(&mut self, module: &[u8]) -> Result<(), Failure> {
        Module::new(module).map(drop).map_err(error)
    }

    fn load(&mut self, module: &[u8]) -> Result<u32, Failure> {
        let module = Arc::new(Module::new(module).map_err(error)?);
        self.0.set_fuel(FUEL);
        match self.0.instantiate(&module) {
            Ok(instance) => Ok(instance.number()),
            Err(NotInstantiated::Refused(reason)) => Err(error(reason)),
            Err(NotInstantiated::Trapped(reason)) => Err(trap(reason)),
        }
    }

    fn register(&mut self, instance: u32, name: &str) {
        self.0.register(name, self.0.instance_numbered(instance).unwrap());
    }

    fn call(&mut self, instance: u32, name: &str, arguments: &[u64]) -> Result<Vec<u64>, Failure> {
        let store = &mut self.0;
        let function = store.function(store.instance_numbered(instance).unwrap(), name).expect(name);
        let cells = store.signature(function).unwrap().results().iter().map(|ty| ty.cells()).sum();
        let mut results = vec![0; cells];
        store.set_fuel(SLICE);
        let mut run = store.call(function, arguments, &mut results).map_err(trap)?;
        let mut left = FUEL;
        while run == Run::Paused {
            left = left.checked_sub(SLICE).expect("a call of the suite that ends");
            store.set_fuel(SLICE);
            run = store.resume(&mut results).map_err(trap)?;
        }
        Ok(results)
    }

    fn global(&mut self, instance: u32, name: &str) -> Result<Vec<u64>, Failure> {
        let (ty, value) = self.0.global(self.0.instance_numbered(instance).unwrap(), name).expect(name);
        Ok(value[..ty.cells()].to_vec())
    }
}
