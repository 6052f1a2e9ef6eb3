//! What wasmtime says of a module, and what it does.

use wasmtime::{Config, Engine, ExternType, Instance, Module, Store, Trap, Val, ValType};

use crate::generate::Random;

/// What a module did: the results of its calls in order, and what is left. References are 0 or 1.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Why it could not be instantiated.
    pub(crate) refused: Option<String>,
    pub(crate) calls: Vec<Result<Vec<u64>, String>>,
    pub(crate) memory: Vec<u8>,
    pub(crate) globals: Vec<(String, Vec<u64>)>,
}

/// The name of running out of stack, whose depth engines choose: nothing can be compared behind it.
pub(crate) const STACK: &str = "call stack exhausted";

pub(crate) struct Oracle {
    engine: Engine,
}

impl Oracle {
    pub(crate) fn new() -> Self {
        let mut config = Config::new();
        config
            .cranelift_nan_canonicalization(true)
            .wasm_exceptions(false)
            .wasm_extended_const(false)
            .wasm_function_references(false)
            .wasm_gc(false)
            .wasm_memory64(false)
            .wasm_multi_memory(false)
            .wasm_relaxed_simd(false)
            .wasm_simd(cfg!(feature = "simd"))
            .wasm_tail_call(false);
        Self { engine: Engine::new(&config).unwrap() }
    }

    pub(crate) fn accepts(&self, bytes: &[u8]) -> bool {
        Module::validate(&self.engine, bytes).is_ok()
    }

    pub(crate) fn run(&self, bytes: &[u8], seed: u64) -> Outcome {
        let module = Module::new(&self.engine, bytes).unwrap();
        let mut store = Store::new(&self.engine, ());
        let mut outcome = Outcome::default();
        let instance = match Instance::new(&mut store, &module, &[]) {
            Ok(instance) => instance,
            Err(error) => {
                outcome.refused = Some(text(&error));
                return outcome;
            }
        };
        let mut random = Random(seed);
        for export in module.exports() {
            let ExternType::Func(ty) = export.ty() else { continue };
            let arguments: Vec<Val> = ty.params().map(|ty| value(&ty, &mut random)).collect();
            let mut results = vec![Val::I32(0); ty.results().len()];
            let function = instance.get_func(&mut store, export.name()).unwrap();
            let call = function.call(&mut store, &arguments, &mut results);
            outcome.calls.push(match call {
                Ok(()) => Ok(results.iter().flat_map(cells).collect()),
                Err(error) => Err(text(&error)),
            });
        }
        for export in module.exports() {
            match export.ty() {
                ExternType::Global(_) => {
                    let global = instance.get_global(&mut store, export.name()).unwrap().get(&mut store);
                    outcome.globals.push((export.name().to_owned(), cells(&global)));
                }
                ExternType::Memory(_) => {
                    let memory = instance.get_memory(&mut store, export.name()).unwrap();
                    outcome.memory = memory.data(&store).to_vec();
                }
                _ => {}
            }
        }
        outcome
    }
}

fn value(ty: &ValType, random: &mut Random) -> Val {
    match ty {
        ValType::I32 => Val::I32(random.cell() as i32),
        ValType::I64 => Val::I64(random.cell() as i64),
        ValType::F32 => Val::F32(random.cell() as u32),
        ValType::F64 => Val::F64(random.cell()),
        ValType::V128 => {
            let (low, high) = (random.cell(), random.cell());
            Val::V128((u128::from(high) << 64 | u128::from(low)).into())
        }
        ValType::Ref(ty) => Val::null_ref(ty.heap_type()),
    }
}

fn cells(value: &Val) -> Vec<u64> {
    match value {
        Val::I32(value) => vec![u64::from(value.cast_unsigned())],
        Val::I64(value) => vec![value.cast_unsigned()],
        Val::F32(bits) => vec![u64::from(*bits)],
        Val::F64(bits) => vec![*bits],
        Val::V128(value) => {
            let value = value.as_u128();
            vec![value as u64, (value >> 64) as u64]
        }
        Val::FuncRef(reference) => vec![u64::from(reference.is_some())],
        Val::ExternRef(reference) => vec![u64::from(reference.is_some())],
        other => panic!("{other:?}"),
    }
}

/// A trap in the words of the specification.
fn text(error: &wasmtime::Error) -> String {
    let trap = error.downcast_ref::<Trap>().unwrap_or_else(|| panic!("{error:?}"));
    match trap {
        Trap::UnreachableCodeReached => "unreachable executed",
        Trap::IntegerDivisionByZero => "integer divide by zero",
        Trap::IntegerOverflow => "integer overflow",
        Trap::BadConversionToInteger => "invalid conversion to integer",
        Trap::MemoryOutOfBounds => "out of bounds memory access",
        Trap::TableOutOfBounds => "out of bounds table access",
        Trap::IndirectCallToNull => "uninitialized element",
        Trap::BadSignature => "indirect call type mismatch",
        Trap::StackOverflow => STACK,
        other => panic!("{other:?}"),
    }
    .to_owned()
}

pub(crate) fn assert_same(seed: u64, ours: &Outcome, theirs: &Outcome) {
    assert_eq!(ours.refused, theirs.refused, "seed {seed}: instantiation");
    for (n, (ours, theirs)) in ours.calls.iter().zip(&theirs.calls).enumerate() {
        if [ours, theirs].iter().any(|call| call.as_ref().is_err_and(|text| text == STACK)) {
            return;
        }
        assert_eq!(ours, theirs, "seed {seed}, exported function {n}");
    }
    assert_eq!(ours.calls.len(), theirs.calls.len(), "seed {seed}: calls");
    assert_eq!(ours.globals, theirs.globals, "seed {seed}: globals");
    assert_eq!(ours.memory.len(), theirs.memory.len(), "seed {seed}: memory");
    let first = ours.memory.iter().zip(&theirs.memory).position(|(ours, theirs)| ours != theirs);
    assert_eq!(first, None, "seed {seed}: first different byte of memory");
}
