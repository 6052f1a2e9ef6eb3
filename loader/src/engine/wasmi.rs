//! The interpreter: starts in a millisecond, counts fuel exactly.
//!
//! Fuel is given in slices; a call that runs out is resumed with the next slice,
//! so the wall clock is seen even while a guest spins.

use std::rc::Rc;
use std::sync::Arc;

use wasmi::{
    CompilationMode, Config, EnforcedLimits, Extern, ExternType, F32, F64, Func, Memory, Module,
    ResumableCall, Store, StoreLimits, StoreLimitsBuilder, TrapCode, Val, ValType,
    errors::{ErrorKind, InstantiationError, MemoryError, TableError},
};

use super::{
    Budget, Engine, EngineError, Export, Features, Instance, LimitHit, Num, Program, Sandbox, Signature,
};
use crate::limits;

/// The wasmi interpreter.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wasmi;

impl Engine for Wasmi {
    fn name(&self) -> &'static str {
        "wasmi"
    }

    fn compile(
        &self,
        module: &Arc<[u8]>,
        sandbox: Sandbox,
        budget: &Budget,
    ) -> Result<Box<dyn Program>, EngineError> {
        budget.check_time()?;
        let engine = wasmi::Engine::new(&config(sandbox.features));
        if super::has_start(module) {
            return Err(EngineError::start_function());
        }
        let module = Module::new(&engine, module).map_err(|error| invalid(&error))?;
        if let Some(import) = module.imports().next() {
            return Err(EngineError::imports(import.module(), import.name()));
        }
        Ok(Box::new(Compiled { module, pages: sandbox.pages }))
    }
}

fn config(features: Features) -> Config {
    let has = |feature| features.contains(feature);
    let mut config = Config::default();
    config
        .wasm_mutable_global(true)
        .wasm_sign_extension(true)
        .wasm_saturating_float_to_int(true)
        .floats(true)
        .wasm_simd(has(Features::SIMD))
        .wasm_bulk_memory(has(Features::BULK_MEMORY))
        .wasm_multi_value(has(Features::MULTI_VALUE))
        .wasm_reference_types(has(Features::REFERENCE_TYPES))
        .wasm_tail_call(has(Features::TAIL_CALL))
        .wasm_multi_memory(false)
        .wasm_extended_const(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .wasm_relaxed_simd(false)
        .allow_start_fn(false)
        .consume_fuel(true)
        .ignore_custom_sections(true)
        // Translating a function on its first call would be paid with the fuel of that moment, and when a slice
        // has too little left the call ends for good instead of being paused.
        .compilation_mode(CompilationMode::Eager)
        .enforced_limits(EnforcedLimits::strict())
        .set_max_recursion_depth(limits::CALL_DEPTH)
        .set_max_stack_height(limits::STACK_BYTES);
    config
}

fn invalid(error: &wasmi::Error) -> EngineError {
    EngineError::Invalid { reason: error.to_string() }
}

struct Compiled {
    module: Module,
    pages: u32,
}

impl Program for Compiled {
    fn instantiate(&self, budget: Budget) -> Result<Box<dyn Instance>, EngineError> {
        if let Some(pages) = self.module.exports().find_map(|export| match export.ty() {
            ExternType::Memory(memory) if memory.minimum() > u64::from(self.pages) => Some(memory.minimum()),
            _ => None,
        }) {
            return Err(EngineError::too_much_memory(pages, self.pages));
        }
        let limiter = StoreLimitsBuilder::new()
            .memory_size(usize::try_from(self.pages).unwrap_or(usize::MAX).saturating_mul(limits::PAGE))
            .table_elements(limits::TABLE_ELEMENTS)
            .instances(1)
            .memories(1)
            .tables(1)
            .build();
        let mut store = Store::new(self.module.engine(), limiter);
        store.limiter(|limits| limits);
        let mut budget = budget;
        let granted = grant(&mut store, &budget, 0);
        let instance = wasmi::Instance::new(&mut store, &self.module, &[]).map_err(|error| {
            match error.as_trap_code() {
                Some(TrapCode::OutOfFuel) => budget.exhausted().into(),
                _ => not_started(&error, self.pages),
            }
        })?;
        settle(&store, &mut budget, granted)?;
        let memory = instance.get_export(&store, "memory").and_then(Extern::into_memory);
        Ok(Box::new(Guest { store, instance, memory, functions: Vec::new(), budget }))
    }
}

/// What an instance could not be made for, in words that every engine shares.
fn not_started(error: &wasmi::Error, pages: u32) -> EngineError {
    match error.kind() {
        ErrorKind::TrapCode(TrapCode::MemoryOutOfBounds) => EngineError::segment_outside("a data", "memory"),
        ErrorKind::TrapCode(TrapCode::TableOutOfBounds) => {
            EngineError::segment_outside("an element", "table")
        }
        ErrorKind::TrapCode(code) => EngineError::Trap { reason: code.trap_message().to_owned() },
        ErrorKind::Memory(MemoryError::OutOfBoundsAccess) => EngineError::segment_outside("a data", "memory"),
        ErrorKind::Table(TableError::InitOutOfBounds)
        | ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. }) => {
            EngineError::segment_outside("an element", "table")
        }
        ErrorKind::Table(_)
        | ErrorKind::Instantiation(
            InstantiationError::TooManyTables | InstantiationError::FailedToInstantiateTable(_),
        ) => EngineError::too_large_a_table(),
        _ => EngineError::Memory {
            reason: format!("it needs more than {pages} pages of memory (--max-memory)"),
        },
    }
}

/// Gives the store one slice of the budget, or `least` if a single operation
/// (a large fill, a growing memory) needs more. Returns what it gave.
fn grant(store: &mut Store<StoreLimits>, budget: &Budget, least: u64) -> u64 {
    let granted = budget.fuel().min(limits::FUEL_SLICE.max(least));
    // Every store of this engine meters fuel, so this cannot fail; if it did,
    // the store would keep its zero fuel and the guest would stop at once.
    let _ = store.set_fuel(granted);
    granted
}

/// Books what was used of `granted` fuel, and looks at the clock.
fn settle(store: &Store<StoreLimits>, budget: &mut Budget, granted: u64) -> Result<(), LimitHit> {
    let left = store.get_fuel().unwrap_or(0);
    budget.charge(granted.saturating_sub(left))
}

struct Guest {
    store: Store<StoreLimits>,
    instance: wasmi::Instance,
    memory: Option<Memory>,
    functions: Vec<Rc<(Func, Signature)>>,
    budget: Budget,
}

impl Guest {
    fn ended(&self, error: &wasmi::Error) -> EngineError {
        match error.as_trap_code() {
            Some(TrapCode::StackOverflow) => LimitHit::Stack.into(),
            Some(TrapCode::OutOfFuel) => self.budget.exhausted().into(),
            Some(code) => EngineError::trap(code.trap_message()),
            None => EngineError::Trap { reason: "the interpreter gave up on it".to_owned() },
        }
    }
}

fn num(ty: &ValType) -> Option<Num> {
    match ty {
        ValType::I32 => Some(Num::I32),
        ValType::I64 => Some(Num::I64),
        ValType::F32 => Some(Num::F32),
        ValType::F64 => Some(Num::F64),
        _ => None,
    }
}

fn value(ty: Num, cell: u64) -> Val {
    match ty {
        Num::I32 => Val::I32(cell as u32 as i32),
        Num::I64 => Val::I64(cell.cast_signed()),
        Num::F32 => Val::F32(F32::from_bits(cell as u32)),
        Num::F64 => Val::F64(F64::from_bits(cell)),
    }
}

fn cell(value: &Val) -> u64 {
    match value {
        Val::I32(value) => value.cast_unsigned().into(),
        Val::I64(value) => value.cast_unsigned(),
        Val::F32(value) => value.to_bits().into(),
        Val::F64(value) => value.to_bits(),
        // No such function was found.
        _ => 0,
    }
}

impl Instance for Guest {
    fn find(&mut self, name: &str) -> Result<(Export, Signature), EngineError> {
        let function = self.instance.get_func(&self.store, name).ok_or_else(|| EngineError::missing(name))?;
        let ty = function.ty(&self.store);
        let signature =
            Signature::of(ty.params(), ty.results(), num).ok_or_else(|| EngineError::not_numbers(name))?;
        self.functions.push(Rc::new((function, signature.clone())));
        Ok((Export(self.functions.len() - 1), signature))
    }

    fn invoke(&mut self, export: Export, args: &[u64], results: &mut [u64]) -> Result<(), EngineError> {
        let found = Rc::clone(self.functions.get(export.0).ok_or_else(|| EngineError::missing("?"))?);
        let (function, signature) = &*found;
        EngineError::check_arguments(signature.params.len(), args.len())?;
        let inputs: Vec<Val> =
            signature.params.iter().zip(args).map(|(ty, cell)| value(*ty, *cell)).collect();
        let mut outputs = vec![Val::I32(0); signature.results.len()];
        let outputs = outputs.as_mut_slice();
        let mut granted = grant(&mut self.store, &self.budget, 0);
        let mut call = function.call_resumable(&mut self.store, &inputs, outputs);
        loop {
            match call.map_err(|error| self.ended(&error))? {
                ResumableCall::Finished => break,
                ResumableCall::HostTrap(_) => return Err(EngineError::Trap { reason: "host call".into() }),
                ResumableCall::OutOfFuel(paused) => {
                    settle(&self.store, &mut self.budget, granted)?;
                    if self.budget.fuel() < paused.required_fuel() {
                        return Err(self.budget.exhausted().into());
                    }
                    // What a slice left over is granted again with the next one.
                    granted = grant(&mut self.store, &self.budget, paused.required_fuel());
                    call = paused.resume(&mut self.store, outputs);
                }
            }
        }
        settle(&self.store, &mut self.budget, granted)?;
        for (result, output) in results.iter_mut().zip(outputs.iter()) {
            *result = cell(output);
        }
        Ok(())
    }

    fn memory(&self) -> &[u8] {
        self.memory.as_ref().map_or(&[], |memory| memory.data(&self.store))
    }

    fn memory_mut(&mut self) -> &mut [u8] {
        match self.memory {
            Some(memory) => memory.data_mut(&mut self.store),
            None => &mut [],
        }
    }

    fn charge(&mut self, fuel: u64) -> Result<(), EngineError> {
        Ok(self.budget.charge(fuel)?)
    }

    fn refill(&mut self, budget: Budget) {
        self.budget = budget;
    }
}
