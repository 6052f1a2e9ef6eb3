//! The engines, each running one module of the solver, and the solver's loop over them.

use std::sync::Arc;

use interpreter::{Caps, InstanceId, Module, Run, Store};

use crate::support::{Guest, Host, Wasmi, Wasmtime, built};

/// A running module: calls by name, and its memory.
pub(crate) trait Program {
    fn call(&mut self, name: &str, arguments: &[i64]) -> i64;
    fn memory(&mut self) -> &mut [u8];
}

pub(crate) type Start = fn(&[u8]) -> Box<dyn Program>;

/// This one cannot run modules with vectors.
pub(crate) const SCALAR_STAGE: &str = "tiny without vectors, two-stage in wasmtime";

/// Engines by name, the one that the others are compared with first.
pub(crate) const ENGINES: [(&str, Start); 6] = [
    ("wasmtime", |module| Box::new(Direct(Wasmtime::new(&Wasmtime::compile(module))))),
    ("wasmi", |module| Box::new(Direct(Wasmi::new(&Wasmi::compile(module))))),
    ("tiny, native", |module| Box::new(Native::new(module))),
    ("tiny, two-stage in wasmtime", |module| {
        Box::new(TwoStage::new(Wasmtime::new(&Wasmtime::compile(&built("interpreter-simd.wasm"))), module))
    }),
    (SCALAR_STAGE, |module| {
        Box::new(TwoStage::new(Wasmtime::new(&Wasmtime::compile(&built("interpreter-scalar.wasm"))), module))
    }),
    ("tiny, two-stage in wasmi", |module| {
        Box::new(TwoStage::new(Wasmi::new(&Wasmi::compile(&built("interpreter-simd.wasm"))), module))
    }),
];

struct Direct<H>(H);

impl<H: Host> Program for Direct<H> {
    fn call(&mut self, name: &str, arguments: &[i64]) -> i64 {
        self.0.call(name, arguments).unwrap()
    }

    fn memory(&mut self) -> &mut [u8] {
        self.0.memory_mut()
    }
}

struct Native {
    store: Store,
    instance: InstanceId,
}

impl Native {
    fn new(module: &[u8]) -> Self {
        let mut store = Store::new(Caps::default());
        let instance = store.instantiate(&Arc::new(Module::new(module).unwrap())).unwrap();
        Self { store, instance }
    }
}

/// As a loader would: the clock can be looked at every few milliseconds.
const SLICE: u64 = 1_000_000;

impl Program for Native {
    fn call(&mut self, name: &str, arguments: &[i64]) -> i64 {
        let function = self.store.function(self.instance, name).unwrap();
        let arguments: Vec<u64> = arguments.iter().map(|a| u64::from(*a as u32)).collect();
        let mut results = vec![0; self.store.signature(function).unwrap().results().len()];
        self.store.set_fuel(SLICE);
        let mut run = self.store.call(function, &arguments, &mut results).unwrap();
        while run == Run::Paused {
            self.store.set_fuel(SLICE);
            run = self.store.resume(&mut results).unwrap();
        }
        results.first().map_or(0, |result| i64::from(*result as i32))
    }

    fn memory(&mut self) -> &mut [u8] {
        self.store.memory_mut(self.instance)
    }
}

struct TwoStage<H>(Guest<H>);

impl<H: Host> TwoStage<H> {
    fn new(host: H, module: &[u8]) -> Self {
        let mut guest = Guest::new(host);
        guest.load(module).unwrap();
        guest.instantiate(1_024, 1 << 20, 10_000).unwrap();
        Self(guest)
    }
}

impl<H: Host> Program for TwoStage<H> {
    fn call(&mut self, name: &str, arguments: &[i64]) -> i64 {
        let function = self.0.find(name).unwrap();
        let results = self.0.signature(function).1.len();
        let arguments: Vec<u64> = arguments.iter().map(|a| u64::from(*a as u32)).collect();
        let results = self.0.run(function, &arguments, results, SLICE as i64).unwrap();
        results.first().map_or(0, |result| i64::from(*result as i32))
    }

    fn memory(&mut self) -> &mut [u8] {
        let place = self.0.memory_place();
        &mut self.0.host.memory_mut()[place]
    }
}

/// A new learner learns from a hundred puzzles; gives how many it solved.
pub(crate) fn train(program: &mut dyn Program) -> Vec<u8> {
    let handle = call(program, "create", &[]);
    let solved = call(program, "train", &[handle, 100, 1, 10, 42, 0]);
    call(program, "destroy", &[handle]);
    assert!(solved > 0);
    solved.to_le_bytes().to_vec()
}

/// A job of the solver from open to the end; gives the bytes of its columns.
pub(crate) fn solve(program: &mut dyn Program, segments: &[(u8, Vec<u8>)], request: &[u8]) -> Vec<u8> {
    let mut directory = Vec::new();
    for (index, (kind, payload)) in segments.iter().enumerate() {
        directory.extend((index as u32).to_le_bytes());
        directory.extend([*kind, u8::from(*kind == 5), 0, 0]);
        directory.extend((payload.len() as u64).to_le_bytes());
        directory.extend((index as u64).to_le_bytes());
        directory.extend([0; 8]);
    }
    let handle = call(program, "create", &[]);
    assert_eq!(hand(program, handle, "open", &directory), 0);
    assert_eq!(hand(program, handle, "begin", request), 0, "{}", error(program, handle));
    let word = |bytes: &[u8], n: usize| u32::from_le_bytes(bytes[4 * n..][..4].try_into().unwrap()) as usize;
    let mut answer = Vec::new();
    loop {
        match call(program, "step", &[handle, 0]) {
            1 => {
                for read in bytes(program, "reads", handle).chunks_exact(24) {
                    let from = &segments[word(read, 0)].1[word(read, 2)..][..word(read, 4)];
                    program.memory()[word(read, 1)..][..from.len()].copy_from_slice(from);
                }
            }
            2 => {}
            status @ (0 | 3) => {
                for column in bytes(program, "columns", handle).chunks_exact(32) {
                    answer.extend_from_slice(&program.memory()[word(column, 5)..][..word(column, 6)]);
                }
                if status == 0 {
                    call(program, "destroy", &[handle]);
                    return answer;
                }
            }
            _ => panic!("{}", error(program, handle)),
        }
    }
}

fn call(program: &mut dyn Program, name: &str, arguments: &[i64]) -> i64 {
    program.call(&format!("rvf_solver_{name}"), arguments)
}

fn hand(program: &mut dyn Program, handle: i64, name: &str, bytes: &[u8]) -> i64 {
    let len = bytes.len() as i64;
    let at = call(program, "alloc", &[len]);
    program.memory()[at as usize..][..bytes.len()].copy_from_slice(bytes);
    let status = call(program, name, &[handle, at, len]);
    call(program, "free", &[at, len]);
    status
}

fn bytes(program: &mut dyn Program, name: &str, handle: i64) -> Vec<u8> {
    let at = call(program, &format!("{name}_ptr"), &[handle]);
    let len = call(program, &format!("{name}_len"), &[handle]);
    program.memory()[at as usize..][..len as usize].to_vec()
}

fn error(program: &mut dyn Program, handle: i64) -> String {
    String::from_utf8(bytes(program, "error", handle)).unwrap()
}
