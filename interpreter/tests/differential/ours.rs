//! What the interpreter does with a module.

use std::sync::Arc;

use interpreter::{Caps, InstanceId, Module, NotInstantiated, Run, Store, Trap, ValType};
use wasmtime::{Engine, ExternType};

use crate::generate::Random;
use crate::oracle::Outcome;

/// Small slices, so that pauses are tested; and an end for modules that were changed and do not end.
const SLICE: u64 = 97;
const SLICES: u32 = 2_000;

pub(crate) fn run(bytes: &[u8], seed: u64) -> Outcome {
    let module = Arc::new(Module::new(bytes).unwrap_or_else(|error| panic!("seed {seed}: {error}")));
    let mut store = Store::new(Caps { pages: 100, stack_bytes: 32 << 20, table_elements: 1_000 });
    store.set_fuel(SLICE * u64::from(SLICES));
    let mut outcome = Outcome::default();
    let instance = match store.instantiate(&module) {
        Ok(instance) => instance,
        Err(error) => {
            outcome.refused = Some(match error {
                NotInstantiated::Trapped(trap) => text(trap),
                NotInstantiated::Refused(error) => error.to_string(),
            });
            return outcome;
        }
    };
    let mut random = Random(seed);
    for (name, kind) in exports(bytes) {
        match kind {
            ExternType::Func(_) => outcome.calls.push(call(&mut store, instance, &name, &mut random)),
            ExternType::Memory(_) => {}
            _ => {}
        }
    }
    for (name, kind) in exports(bytes) {
        if let ExternType::Global(_) = kind {
            let (ty, value) = store.global(instance, &name).unwrap();
            outcome.globals.push((name, comparable(&[ty], &value[..ty.cells()])));
        }
    }
    outcome.memory = store.memory(instance).to_vec();
    outcome
}

/// Names and kinds in the order of the module, as another reader sees them.
fn exports(bytes: &[u8]) -> Vec<(String, ExternType)> {
    let module = wasmtime::Module::new(&Engine::default(), bytes).unwrap();
    module.exports().map(|export| (export.name().to_owned(), export.ty())).collect()
}

fn call(
    store: &mut Store,
    instance: InstanceId,
    name: &str,
    random: &mut Random,
) -> Result<Vec<u64>, String> {
    let function = store.function(instance, name).unwrap();
    let ty = store.signature(function).unwrap().clone();
    let mut arguments = Vec::new();
    for ty in ty.params() {
        match ty {
            ValType::FuncRef | ValType::ExternRef => arguments.push(0),
            ValType::V128 => arguments.extend([random.cell(), random.cell()]),
            _ => arguments.push(random.cell()),
        }
    }
    let mut results = vec![0; ty.results().iter().map(|ty| ty.cells()).sum()];
    store.set_fuel(SLICE);
    let mut run = store.call(function, &arguments, &mut results).map_err(text)?;
    for _ in 0..SLICES {
        if run == Run::Done {
            return Ok(comparable(ty.results(), &results));
        }
        store.set_fuel(SLICE);
        run = store.resume(&mut results).map_err(text)?;
    }
    Err("endless".to_owned())
}

/// Cells with references as 0 or 1.
fn comparable(types: &[ValType], cells: &[u64]) -> Vec<u64> {
    let mut cells = cells.iter().copied();
    let mut out = Vec::new();
    for ty in types {
        for cell in cells.by_ref().take(ty.cells()) {
            out.push(if ty.is_reference() { u64::from(cell != 0) } else { cell });
        }
    }
    out
}

/// A trap, with one name for what the specification has two for.
fn text(trap: Trap) -> String {
    match trap {
        Trap::UndefinedElement => Trap::TableOutOfBounds,
        trap => trap,
    }
    .text()
    .to_owned()
}
