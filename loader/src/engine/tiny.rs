//! The interpreter of this project, natively: no dependencies, for hosts that have no other engine.
//!
//! It is the same code that travels in files. Its fuel counts branches back and calls, given in slices
//! so that the wall clock is looked at while a guest spins.

use std::sync::Arc;

use interpreter::{Caps, FunctionId, InstanceId, Module, NotInstantiated, Reason, Run, Store, Trap, ValType};

use super::values::{Num, Signature};
use super::{Budget, Engine, EngineError, Export, Features, Instance, LimitHit, Program, Sandbox};
use crate::limits;

/// The interpreter that also travels in files.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tiny;

impl Engine for Tiny {
    fn name(&self) -> &'static str {
        "tiny"
    }

    fn features(&self) -> Features {
        Features::INTERPRETED
    }

    fn compile(
        &self,
        module: &Arc<[u8]>,
        sandbox: Sandbox,
        budget: &Budget,
    ) -> Result<Box<dyn Program>, EngineError> {
        budget.check_time()?;
        let most_code = super::check(module, sandbox.features)?;
        let module = Module::new(module).map_err(|error| invalid(&error))?;
        Ok(Box::new(Translated { module: Arc::new(module), sandbox, slice: slice(most_code) }))
    }
}

fn invalid(error: &interpreter::Error) -> EngineError {
    EngineError::Invalid { reason: error.to_string() }
}

/// Units between two looks at the clock. What runs between two units is as long as a function at most,
/// so that guests of long functions are looked at after fewer.
fn slice(most_code: u64) -> u64 {
    (limits::TINY_CODE_PER_LOOK / most_code.max(1)).clamp(1, limits::TINY_SLICE)
}

struct Translated {
    module: Arc<Module>,
    sandbox: Sandbox,
    slice: u64,
}

impl Program for Translated {
    fn instantiate(&self, mut budget: Budget) -> Result<Box<dyn Instance>, EngineError> {
        budget.check_time()?;
        let pages = self.sandbox.pages;
        if let Some(initial) = self.module.initial_pages().filter(|initial| *initial > pages) {
            return Err(EngineError::too_much_memory(initial.into(), pages));
        }
        let mut store = Store::new(Caps {
            pages,
            stack_bytes: u32::try_from(limits::STACK_BYTES).unwrap_or(u32::MAX),
            table_elements: u32::try_from(limits::TABLE_ELEMENTS).unwrap_or(u32::MAX),
        });
        let instance = store.instantiate(&self.module).map_err(|error| match error {
            NotInstantiated::Refused(error) if error.reason == Reason::TooManyElements => {
                EngineError::too_large_a_table()
            }
            NotInstantiated::Refused(error) => invalid(&error),
            NotInstantiated::Trapped(Trap::MemoryOutOfBounds) => {
                EngineError::segment_outside("a data", "memory")
            }
            NotInstantiated::Trapped(Trap::TableOutOfBounds) => {
                EngineError::segment_outside("an element", "table")
            }
            NotInstantiated::Trapped(trap) => EngineError::Trap { reason: trap.text().to_owned() },
        })?;
        // Copying the data segments is work for the guest as well.
        budget.charge(limits::FUEL_PER_STEP)?;
        Ok(Box::new(Guest { store, instance, functions: Vec::new(), budget, slice: self.slice }))
    }
}

struct Guest {
    store: Store,
    instance: InstanceId,
    functions: Vec<(FunctionId, usize, usize)>,
    budget: Budget,
    slice: u64,
}

impl Guest {
    /// Gives the next slice; what it gave.
    fn grant(&mut self) -> Result<u64, EngineError> {
        self.budget.check_time()?;
        let units = (self.budget.fuel() / limits::FUEL_PER_TINY_UNIT).min(self.slice);
        if units == 0 {
            return Err(self.budget.exhausted().into());
        }
        self.store.set_fuel(units);
        Ok(units)
    }

    /// Books what was used of `granted` units: more than there was when a bulk operation was larger.
    fn settle(&mut self, granted: u64) -> Result<(), LimitHit> {
        let left = self.store.fuel();
        let used = if left < 0 {
            granted.saturating_add(left.unsigned_abs())
        } else {
            granted.saturating_sub(left.unsigned_abs())
        };
        self.budget.charge(used.saturating_mul(limits::FUEL_PER_TINY_UNIT))
    }
}

fn num(ty: &ValType) -> Option<Num> {
    match ty {
        ValType::I32 => Some(Num::I32),
        ValType::I64 => Some(Num::I64),
        ValType::F32 => Some(Num::F32),
        ValType::F64 => Some(Num::F64),
        ValType::V128 | ValType::FuncRef | ValType::ExternRef => None,
    }
}

impl Instance for Guest {
    fn find(&mut self, name: &str) -> Result<(Export, Signature), EngineError> {
        let missing = || EngineError::missing(name);
        let function = self.store.function(self.instance, name).ok_or_else(missing)?;
        let ty = self.store.signature(function).ok_or_else(missing)?;
        let signature =
            Signature::of(ty.params(), ty.results(), num).ok_or_else(|| EngineError::not_numbers(name))?;
        self.functions.push((function, signature.params.len(), signature.results.len()));
        Ok((Export(self.functions.len() - 1), signature))
    }

    fn invoke(&mut self, export: Export, args: &[u64], results: &mut [u64]) -> Result<(), EngineError> {
        let &(function, params, count) =
            self.functions.get(export.0).ok_or_else(|| EngineError::missing("?"))?;
        EngineError::check_arguments(params, args.len())?;
        let (mut one, mut many) = ([0; 1], Vec::new());
        let outputs = match one.get_mut(..count) {
            Some(outputs) => outputs,
            None => {
                many.resize(count, 0);
                many.as_mut_slice()
            }
        };
        let mut granted = self.grant()?;
        let mut run = self.store.call(function, args, outputs);
        loop {
            let ended = run.map_err(|trap| match trap {
                Trap::StackExhausted => LimitHit::Stack.into(),
                trap => EngineError::Trap { reason: trap.text().to_owned() },
            });
            self.settle(granted)?;
            if ended? == Run::Done {
                break;
            }
            granted = self.grant()?;
            run = self.store.resume(outputs);
        }
        for (result, output) in results.iter_mut().zip(outputs.iter()) {
            *result = *output;
        }
        Ok(())
    }

    fn memory(&self) -> &[u8] {
        self.store.memory(self.instance)
    }

    fn memory_mut(&mut self) -> &mut [u8] {
        self.store.memory_mut(self.instance)
    }

    fn charge(&mut self, fuel: u64) -> Result<(), EngineError> {
        Ok(self.budget.charge(fuel)?)
    }

    fn refill(&mut self, budget: Budget) {
        self.budget = budget;
    }
}
