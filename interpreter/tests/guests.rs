//! The modules that travel: what they are, and the interpreter inside itself.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::sync::Arc;

use interpreter::{Caps, Module, Run, Store};
use support::{Guest, Host, Wasmtime, built, cells_of};

#[test]
fn they_are_small_and_import_nothing() {
    for (name, most) in [("interpreter-simd.wasm", 60_000), ("interpreter-scalar.wasm", 48_000)] {
        let bytes = built(name);
        assert!(bytes.len() <= most, "{name}: {} bytes", bytes.len());
        let module = Wasmtime::compile(&bytes);
        assert_eq!(module.imports().len(), 0, "{name}");
        let globals = ["rvf_interpreter_embedded", "rvf_interpreter_cells", "__heap_base"];
        for global in globals {
            assert!(module.get_export(global).is_some_and(|export| export.global().is_some()), "{global}");
        }
    }
}

#[test]
fn errors_are_sentences_with_a_place() {
    let mut guest = Guest::new(Wasmtime::new(&Wasmtime::compile(&built("interpreter-scalar.wasm"))));
    let error = guest.load(b"\0asm\x01\0\0\0\x03\x02\x01\x05").unwrap_err();
    assert_eq!(error.code, -2);
    assert_eq!(error.text, "the module cannot be run: an index names nothing (byte 0xc)");
    assert_eq!(guest.instantiate(1, 4096, 1).unwrap_err().code, -7);
    assert_eq!(guest.find("x").unwrap_err().code, -6);
    let at = guest.call("describe_ptr", &[]);
    let len = guest.call("describe_len", &[]);
    let description = String::from_utf8(guest.host.bytes(at, len)).unwrap();
    assert!(description.starts_with('{') && description.ends_with('}'), "{description}");
}

/// A host that is the interpreter itself, natively.
struct Native {
    store: Store,
    instance: interpreter::InstanceId,
}

impl Native {
    fn new(bytes: &[u8]) -> Self {
        let mut store = Store::new(Caps::default());
        let instance = store.instantiate(&Arc::new(Module::new(bytes).unwrap())).unwrap();
        Self { store, instance }
    }
}

impl Host for Native {
    fn call(&mut self, name: &str, arguments: &[i64]) -> Result<i64, String> {
        let function = self.store.function(self.instance, name).ok_or(name)?;
        let arguments: Vec<u64> = arguments.iter().map(|value| value.cast_unsigned()).collect();
        let mut results = vec![0; self.store.signature(function).unwrap().results().len()];
        self.store.set_fuel(u64::MAX);
        match self.store.call(function, &arguments, &mut results) {
            Ok(Run::Done) => Ok(results.first().map_or(0, |result| i64::from(*result as i32))),
            Ok(Run::Paused) => Err("paused".to_owned()),
            Err(trap) => Err(trap.to_string()),
        }
    }

    fn memory(&self) -> &[u8] {
        self.store.memory(self.instance)
    }

    fn memory_mut(&mut self) -> &mut [u8] {
        self.store.memory_mut(self.instance)
    }
}

/// fib: recursive, with one parameter and one result of type i32.
const FIB: &[u8] = &[
    0, b'a', b's', b'm', 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7F, 1, 0x7F, 3, 2, 1, 0, 7, 7, 1, 3, b'f', b'i',
    b'b', 0, 0, 10, 30, 1, 28, 0, 0x20, 0, 0x41, 2, 0x49, 0x04, 0x7F, 0x20, 0, 0x05, 0x20, 0, 0x41, 1, 0x6B,
    0x10, 0, 0x20, 0, 0x41, 2, 0x6B, 0x10, 0, 0x6A, 0x0B, 0x0B,
];

#[test]
fn three_stages_count_rabbits() {
    // A program, in the interpreter, in the interpreter, in the interpreter of this process.
    let inner = built("interpreter-scalar.wasm");
    let mut outer = Guest::new(Native::new(&built("interpreter-simd.wasm")));
    outer.load(&inner).unwrap();
    outer.instantiate(64, 1 << 16, 1_000).unwrap();
    /// Calls an export of the inner interpreter.
    fn call(outer: &mut Guest<Native>, name: &str, arguments: &[u64]) -> u64 {
        let function = outer.find(&format!("rvf_interpreter_{name}")).unwrap();
        let (_, results) = outer.signature(function);
        let results = outer.run(function, arguments, cells_of(&results), 1_000_000).unwrap();
        results.first().copied().unwrap_or(0)
    }
    let at = call(&mut outer, "alloc", &[FIB.len() as u64]);
    let place = outer.memory_place().start as i64 + at as i64;
    outer.host.write(place, FIB);
    assert_eq!(call(&mut outer, "load", &[at, FIB.len() as u64]), 0);
    assert_eq!(call(&mut outer, "instantiate", &[1, 1 << 14, 1]), 0);
    let name = FIB.windows(3).position(|bytes| bytes == b"fib").unwrap() as u64;
    let fib = call(&mut outer, "find", &[at + name, 3]);
    let cells = call(&mut outer, "cells_ptr", &[]);
    let cells = outer.memory_place().start as i64 + cells as i64;
    outer.host.write(cells, &12u64.to_le_bytes());
    assert_eq!(call(&mut outer, "call", &[fib, 1 << 40]), 0);
    assert_eq!(outer.host.bytes(cells, 8), 144u64.to_le_bytes());
}
