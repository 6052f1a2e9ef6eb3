//! A live compiled guest.

use std::sync::Arc;

use wasmtime::{
    Extern, Func, Memory, Module, Store, StoreLimits, StoreLimitsBuilder, Trap, UpdateDeadline, Val, ValType,
};

use super::ticker::Ticker;
use crate::engine::{Budget, EngineError, Export, Instance, LimitHit};
use crate::limits;

struct State {
    limits: StoreLimits,
    budget: Budget,
    /// Set by the epoch callback when it ends the guest.
    hit: Option<LimitHit>,
}

struct Guest {
    store: Store<State>,
    instance: wasmtime::Instance,
    memory: Option<Memory>,
    functions: Vec<(Func, usize)>,
    _ticker: Arc<Ticker>,
}

pub(super) fn instantiate(
    module: &Module,
    pages: u32,
    budget: Budget,
    ticker: Arc<Ticker>,
) -> Result<Box<dyn Instance>, EngineError> {
    let initial = module.resources_required().max_initial_memory_size.unwrap_or(0);
    if initial > u64::from(pages) {
        return Err(EngineError::too_much_memory(initial, pages));
    }
    let limiter = StoreLimitsBuilder::new()
        .memory_size(usize::try_from(pages).unwrap_or(usize::MAX).saturating_mul(limits::PAGE))
        .table_elements(limits::TABLE_ELEMENTS)
        .instances(1)
        .memories(1)
        .tables(1)
        .build();
    let mut store = Store::new(module.engine(), State { limits: limiter, budget, hit: None });
    store.limiter(|state| &mut state.limits);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|mut context| {
        let state = context.data_mut();
        match state.budget.charge(limits::FUEL_PER_TICK) {
            Ok(()) => Ok(UpdateDeadline::Continue(1)),
            Err(hit) => {
                state.hit = Some(hit);
                Ok(UpdateDeadline::Interrupt)
            }
        }
    });
    let instance = wasmtime::Instance::new(&mut store, module, &[]).map_err(|error| not_started(&error))?;
    let memory = instance.get_export(&mut store, "memory").and_then(Extern::into_memory);
    Ok(Box::new(Guest { store, instance, memory, functions: Vec::new(), _ticker: ticker }))
}

/// Tells apart what the module did, what the caps refused, and what this machine cannot do.
fn not_started(error: &wasmtime::Error) -> EngineError {
    let reason = format!("{error:#}");
    match error.downcast_ref::<Trap>() {
        Some(Trap::MemoryOutOfBounds) => return EngineError::segment_outside("a data", "memory"),
        Some(Trap::TableOutOfBounds) => return EngineError::segment_outside("an element", "table"),
        Some(_) => return EngineError::Trap { reason },
        None => {}
    }
    // A memory is reserved with 4 GiB of address space, which a host may not have to give.
    let refused_by_system =
        error.chain().any(|cause| cause.is::<rustix::io::Errno>() || cause.is::<std::io::Error>());
    // The memory's first size was compared with its cap before, so that only tables are left.
    if refused_by_system { EngineError::Unavailable { reason } } else { EngineError::too_large_a_table() }
}

impl Guest {
    fn ended(&mut self, error: &wasmtime::Error) -> EngineError {
        match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => {
                let hit = self.store.data_mut().hit.take();
                hit.unwrap_or_else(|| self.store.data().budget.exhausted()).into()
            }
            Some(Trap::StackOverflow) => LimitHit::Stack.into(),
            Some(trap) => {
                EngineError::Trap { reason: trap.to_string().trim_start_matches("wasm trap: ").to_owned() }
            }
            None => EngineError::Trap { reason: error.to_string() },
        }
    }
}

impl Instance for Guest {
    fn export(&mut self, name: &str, params: usize, results: usize) -> Result<Export, EngineError> {
        let function =
            self.instance.get_func(&mut self.store, name).ok_or_else(|| EngineError::missing(name))?;
        let ty = function.ty(&self.store);
        let all_i32 = ty.params().chain(ty.results()).all(|ty| matches!(ty, ValType::I32));
        if !all_i32 || ty.params().len() != params || ty.results().len() != results {
            return Err(EngineError::signature(name, params, results));
        }
        self.functions.push((function, results));
        Ok(Export(self.functions.len() - 1))
    }

    fn call(&mut self, export: Export, args: &[i32]) -> Result<i32, EngineError> {
        let &(function, results) = self.functions.get(export.0).ok_or_else(|| EngineError::missing("?"))?;
        let inputs: Vec<Val> = args.iter().map(|&arg| Val::I32(arg)).collect();
        let mut output = [Val::I32(0)];
        let outputs = output.get_mut(..results).unwrap_or_default();
        self.store.data().budget.check_time()?;
        self.store.set_epoch_deadline(1);
        function.call(&mut self.store, &inputs, outputs).map_err(|error| self.ended(&error))?;
        Ok(output.first().and_then(Val::i32).unwrap_or(0))
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
        Ok(self.store.data_mut().budget.charge(fuel)?)
    }

    fn refill(&mut self, budget: Budget) {
        self.store.data_mut().budget = budget;
    }
}
