//! A live compiled guest.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::{
    Extern, Func, Memory, Module, Store, StoreLimits, StoreLimitsBuilder, Trap, TypedFunc, UpdateDeadline,
    Val, ValType,
};

use super::ticker::Ticker;
use crate::engine::{Budget, EngineError, Export, Instance, LimitHit, Num, Signature};
use crate::limits;

struct State {
    limits: StoreLimits,
    budget: Budget,
    /// Set by the epoch callback when it ends the guest.
    hit: Option<LimitHit>,
}

/// A function that was found.
struct Function {
    function: Func,
    signature: Signature,
    words: Option<Words>,
}

/// The same of up to two words and with one as its result. A scan calls a few times for every block of vectors;
/// where the types are known to the compiler, a call costs a fraction of one by values.
enum Words {
    None(TypedFunc<(), u32>),
    One(TypedFunc<u32, u32>),
    Two(TypedFunc<(u32, u32), u32>),
}

struct Guest {
    store: Store<State>,
    instance: wasmtime::Instance,
    memory: Option<Memory>,
    functions: Vec<Rc<Function>>,
    clock: Clock,
}

/// What time costs a guest.
enum Clock {
    /// Each epoch that passes is charged, and may end the call.
    Epochs(#[expect(dead_code, reason = "it ticks as long as it lives")] Arc<Ticker>),
    /// Calls run to their end; the time that they took and was not charged yet.
    Calls(Duration),
}

pub(super) fn instantiate(
    module: &Module,
    pages: u32,
    budget: Budget,
    ticker: Option<Arc<Ticker>>,
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
    if ticker.is_some() {
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
    }
    let instance = wasmtime::Instance::new(&mut store, module, &[]).map_err(|error| not_started(&error))?;
    let memory = instance.get_export(&mut store, "memory").and_then(Extern::into_memory);
    let clock = ticker.map_or(Clock::Calls(Duration::ZERO), Clock::Epochs);
    Ok(Box::new(Guest { store, instance, memory, functions: Vec::new(), clock }))
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
    /// Takes what the call cost that started then. A call of less than a tick costs with others.
    fn charge_since(&mut self, begun: Instant) -> Result<(), LimitHit> {
        let Clock::Calls(spent) = &mut self.clock else { return Ok(()) };
        *spent = spent.saturating_add(begun.elapsed());
        let ticks = spent.as_nanos() / limits::TICK.as_nanos();
        if ticks == 0 {
            return Ok(());
        }
        *spent = Duration::ZERO;
        let fuel = limits::FUEL_PER_TICK.saturating_mul(u64::try_from(ticks).unwrap_or(u64::MAX));
        self.store.data_mut().budget.charge(fuel)
    }

    fn enter(&mut self, function: &Function, args: &[u64], results: &mut [u64]) -> Result<(), EngineError> {
        // Of a cell that holds a word, the low half counts.
        let ended = match (&function.words, args) {
            (Some(Words::None(f)), []) => f.call(&mut self.store, ()),
            (Some(Words::One(f)), [a]) => f.call(&mut self.store, *a as u32),
            (Some(Words::Two(f)), [a, b]) => f.call(&mut self.store, (*a as u32, *b as u32)),
            _ => return self.invoke_values(function, args, results),
        };
        let word = ended.map_err(|error| self.ended(&error))?;
        if let Some(result) = results.first_mut() {
            *result = word.into();
        }
        Ok(())
    }

    fn invoke_values(
        &mut self,
        Function { function, signature, .. }: &Function,
        args: &[u64],
        results: &mut [u64],
    ) -> Result<(), EngineError> {
        let inputs: Vec<Val> =
            signature.params.iter().zip(args).map(|(ty, cell)| value(*ty, *cell)).collect();
        let mut outputs = vec![Val::I32(0); signature.results.len()];
        function.call(&mut self.store, &inputs, &mut outputs).map_err(|error| self.ended(&error))?;
        for (result, output) in results.iter_mut().zip(&outputs) {
            *result = cell(output);
        }
        Ok(())
    }

    fn ended(&mut self, error: &wasmtime::Error) -> EngineError {
        match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => {
                let hit = self.store.data_mut().hit.take();
                hit.unwrap_or_else(|| self.store.data().budget.exhausted()).into()
            }
            Some(Trap::StackOverflow) => LimitHit::Stack.into(),
            Some(trap) => EngineError::trap(&trap.to_string()),
            None => EngineError::Trap { reason: error.to_string() },
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
        Num::F32 => Val::F32(cell as u32),
        Num::F64 => Val::F64(cell),
    }
}

fn cell(value: &Val) -> u64 {
    match value {
        Val::I32(value) => value.cast_unsigned().into(),
        Val::I64(value) => value.cast_unsigned(),
        Val::F32(bits) => (*bits).into(),
        Val::F64(bits) => *bits,
        // No such function was found.
        _ => 0,
    }
}

impl Instance for Guest {
    fn find(&mut self, name: &str) -> Result<(Export, Signature), EngineError> {
        let function =
            self.instance.get_func(&mut self.store, name).ok_or_else(|| EngineError::missing(name))?;
        let ty = function.ty(&self.store);
        let signature = Signature::of(ty.params(), ty.results(), |ty| num(&ty))
            .ok_or_else(|| EngineError::not_numbers(name))?;
        let store = &self.store;
        let words = match signature.params.len() {
            0 => function.typed(store).ok().map(Words::None),
            1 => function.typed(store).ok().map(Words::One),
            2 => function.typed(store).ok().map(Words::Two),
            _ => None,
        };
        self.functions.push(Rc::new(Function { function, signature: signature.clone(), words }));
        Ok((Export(self.functions.len() - 1), signature))
    }

    fn invoke(&mut self, export: Export, args: &[u64], results: &mut [u64]) -> Result<(), EngineError> {
        let found = Rc::clone(self.functions.get(export.0).ok_or_else(|| EngineError::missing("?"))?);
        EngineError::check_arguments(found.signature.params.len(), args.len())?;
        self.store.data().budget.check_time()?;
        if matches!(self.clock, Clock::Epochs(_)) {
            self.store.set_epoch_deadline(1);
            return self.enter(&found, args, results);
        }
        let begun = Instant::now();
        self.enter(&found, args, results)?;
        Ok(self.charge_since(begun)?)
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
