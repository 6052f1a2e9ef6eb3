//! One table of cases, run against every engine that is compiled in.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::time::{Duration, Instant};

use common::{engines, start, start_with};
use rvf_loader::Limits;
use rvf_loader::engine::{EngineError, Features, LimitHit};

/// The error of instantiating `module` and calling its `f`, or of what fails before.
fn failure(module: &str, limits: &Limits) -> Vec<(&'static str, EngineError)> {
    let one = |engine: &dyn rvf_loader::engine::Engine| -> Result<i32, EngineError> {
        let mut guest = start(engine, module, limits)?;
        let f = guest.export("f", 0, 1)?;
        guest.call(f, &[])
    };
    engines().iter().map(|engine| (engine.name(), one(engine.as_ref()).unwrap_err())).collect()
}

#[test]
fn there_is_an_engine_to_test() {
    assert!(!engines().is_empty());
}

#[test]
fn calls_give_results_and_memory_is_shared() {
    let module = r#"(module (memory (export "memory") 1)
        (func (export "add") (param i32 i32) (result i32)
            (i32.store (i32.const 8) (i32.const 77))
            (i32.add (i32.load8_u (i32.const 4)) (i32.add (local.get 0) (local.get 1))))
        (func (export "nothing")))"#;
    for engine in engines() {
        let mut guest = start(engine.as_ref(), module, &Limits::default()).unwrap();
        guest.memory_mut()[4] = 5;
        let add = guest.export("add", 2, 1).unwrap();
        let nothing = guest.export("nothing", 0, 0).unwrap();
        assert_eq!(guest.call(add, &[40, -3]).unwrap(), 42, "{}", engine.name());
        assert_eq!(guest.call(nothing, &[]).unwrap(), 0);
        assert_eq!(guest.memory()[8], 77);
        assert_eq!(guest.memory().len(), 65_536);
    }
}

#[test]
fn traps_are_named() {
    for (body, word) in [
        ("unreachable", "unreachable"),
        ("(i32.load (i32.const -1))", "out of bounds"),
        ("(i32.div_u (i32.const 1) (i32.const 0))", "divide by zero"),
        ("(i32.trunc_f32_s (f32.const nan))", "integer"),
    ] {
        let module =
            format!(r#"(module (memory (export "memory") 1) (func (export "f") (result i32) {body}))"#);
        for (engine, error) in failure(&module, &Limits::default()) {
            let EngineError::Trap { reason } = error else { panic!("{engine}: {error}") };
            assert!(reason.contains(word), "{engine}: {reason}");
        }
    }
}

#[test]
fn a_spinning_guest_is_stopped_by_the_clock() {
    let module = r#"(module (func (export "f") (result i32) (loop (br 0)) i32.const 0))"#;
    let limits = Limits::default().timeout(Duration::from_millis(150));
    let began = Instant::now();
    for (engine, error) in failure(module, &limits) {
        assert!(matches!(error, EngineError::Limit(LimitHit::Timeout { .. })), "{engine}: {error}");
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn a_spinning_guest_is_stopped_by_the_fuel_without_a_timeout() {
    let module = r#"(module (func (export "f") (result i32) (loop (br 0)) i32.const 0))"#;
    let limits = Limits::default().without_timeout().fuel(120_000_000);
    for (engine, error) in failure(module, &limits) {
        assert_eq!(error, EngineError::Limit(LimitHit::Fuel { granted: 120_000_000 }), "{engine}");
    }
}

#[test]
fn one_long_bulk_operation_after_another_is_stopped() {
    let module = r#"(module (memory (export "memory") 16) (func (export "f") (result i32)
        (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 1048576)) (br 0)) i32.const 0))"#;
    let limits = Limits::default().timeout(Duration::from_millis(150));
    for engine in engines() {
        let mut guest = start_with(engine.as_ref(), module, Features::BULK_MEMORY, 16, &limits).unwrap();
        let f = guest.export("f", 0, 1).unwrap();
        let error = guest.call(f, &[]).unwrap_err();
        assert!(matches!(error, EngineError::Limit(LimitHit::Timeout { .. })), "{}: {error}", engine.name());
    }
}

#[test]
fn endless_recursion_exhausts_the_stack_and_nothing_else() {
    let module = r#"(module (func $f (export "f") (result i32) (i32.add (call $f) (i32.const 1))))"#;
    for (engine, error) in failure(module, &Limits::default()) {
        assert_eq!(error, EngineError::Limit(LimitHit::Stack), "{engine}");
    }
}

#[test]
fn memory_grows_to_the_cap_and_no_further() {
    let module = r#"(module (memory (export "memory") 1) (func (export "f") (result i32)
        (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
        (memory.size)))"#;
    for engine in engines() {
        let mut guest = start(engine.as_ref(), module, &Limits::default()).unwrap();
        let f = guest.export("f", 0, 1).unwrap();
        assert_eq!(guest.call(f, &[]).unwrap(), 16, "{}", engine.name());
        assert_eq!(guest.memory().len(), 16 * 65_536);
    }
}

#[test]
fn a_module_that_starts_above_the_memory_cap_is_refused() {
    for hidden in ["", r#"(export "memory")"#] {
        let module = format!(r#"(module (memory {hidden} 17) (func (export "f") (result i32) i32.const 0))"#);
        for (engine, error) in failure(&module, &Limits::default()) {
            assert!(matches!(error, EngineError::Memory { .. }), "{engine}: {error}");
        }
    }
}

#[test]
fn a_huge_table_is_refused() {
    let module = r#"(module (table 20000 funcref) (func (export "f") (result i32) i32.const 0))"#;
    for (engine, error) in failure(module, &Limits::default()) {
        assert!(matches!(error, EngineError::Invalid { .. }), "{engine}: {error}");
        assert!(error.to_string().contains("its tables are more than one of 10000 elements"), "{error}");
    }
}

#[test]
fn a_segment_outside_is_said_in_the_same_words_by_every_engine() {
    for (part, words) in [
        (r#"(memory 1) (data (i32.const 65530) "1234567")"#, "data segment lay outside its memory"),
        ("(table 1 funcref) (func $g) (elem (i32.const 1) $g)", "an element segment lay outside its table"),
    ] {
        let module = format!(r#"(module {part} (func (export "f") (result i32) i32.const 0))"#);
        for (engine, error) in failure(&module, &Limits::default()) {
            assert!(matches!(error, EngineError::Trap { .. }), "{engine}: {error:?}");
            assert!(error.to_string().contains(words), "{engine}: {error}");
        }
    }
}

#[test]
fn imports_and_start_functions_are_refused() {
    for (module, word) in [
        (
            r#"(module (import "env" "now" (func (result i32))) (func (export "f") (result i32) i32.const 0))"#,
            "imports `now`",
        ),
        (
            r#"(module (import "env" "memory" (memory 1)) (func (export "f") (result i32) i32.const 0))"#,
            "imports `memory`",
        ),
        (r#"(module (func $s) (start $s) (func (export "f") (result i32) i32.const 0))"#, "start function"),
    ] {
        for (engine, error) in failure(module, &Limits::default()) {
            assert!(matches!(error, EngineError::Invalid { .. }), "{engine}: {error}");
            assert!(error.to_string().contains(word), "{engine}: {error}");
        }
    }
}

#[test]
fn a_missing_or_different_export_is_named() {
    for module in [
        "(module)",
        r#"(module (func (export "f") (param i32)))"#,
        r#"(module (func (export "f") (result i64) i64.const 0))"#,
    ] {
        for (engine, error) in failure(module, &Limits::default()) {
            assert!(matches!(&error, EngineError::Export { name, .. } if name == "f"), "{engine}: {error}");
        }
    }
}

#[test]
fn only_declared_features_are_valid() {
    let modules = [
        (Features::SIMD, "(module (func (drop (v128.const i64x2 0 0))))"),
        (
            Features::BULK_MEMORY,
            "(module (memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))",
        ),
        (Features::MULTI_VALUE, "(module (func (result i32 i32) i32.const 1 i32.const 2))"),
        (Features::REFERENCE_TYPES, "(module (func (param externref)))"),
        (Features::TAIL_CALL, "(module (func $f (return_call $f)))"),
    ];
    let limits = Limits::default();
    for engine in engines() {
        for (feature, module) in modules {
            if !engine.features().contains(feature) {
                continue;
            }
            start_with(engine.as_ref(), module, feature, 16, &limits)
                .map(|_| ())
                .unwrap_or_else(|error| panic!("{} {:?}: {error}", engine.name(), feature.names()));
            let undeclared =
                start_with(engine.as_ref(), module, Features::default(), 16, &limits).map(|_| ());
            assert!(
                matches!(undeclared, Err(EngineError::Invalid { .. })),
                "{} runs undeclared {:?}",
                engine.name(),
                feature.names()
            );
        }
    }
}

#[test]
fn features_outside_the_header_are_never_valid() {
    for module in [
        "(module (memory i64 1))",
        "(module (memory 1) (memory 1))",
        "(module (memory 1 1 shared))",
        "(module (func (drop (f32x4.relaxed_min (v128.const i64x2 0 0) (v128.const i64x2 0 0)))))",
        "(module (global i32 (i32.add (i32.const 1) (i32.const 2))))",
        "(module (tag))",
        "(module (type (struct)))",
    ] {
        for engine in engines() {
            let all = Features::SUPPORTED;
            let result = start_with(engine.as_ref(), module, all, 16, &Limits::default()).map(|_| ());
            assert!(result.is_err(), "{} runs {module}", engine.name());
        }
    }
}

#[test]
fn the_baseline_needs_no_declaration() {
    let module = r#"(module (global (export "g") (mut i32) (i32.const 0))
        (func (export "f") (result i32) (i32.extend8_s (i32.trunc_sat_f32_s (f32.const 255)))))"#;
    for engine in engines() {
        let mut guest = start(engine.as_ref(), module, &Limits::default()).unwrap();
        let f = guest.export("f", 0, 1).unwrap();
        assert_eq!(guest.call(f, &[]).unwrap(), -1, "{}", engine.name());
    }
}

#[test]
fn functions_called_for_the_first_time_at_the_end_of_a_slice_are_no_reason_to_end() {
    // Hundreds of long functions, each called once: wherever a slice of fuel ends, one is about to begin.
    let body = "i32.const 1 drop ".repeat(600);
    let functions: String = (0..900).map(|number| format!("(func $f{number} {body})")).collect();
    let calls: String = (0..900).map(|number| format!("call $f{number} ")).collect();
    let module = format!(r#"(module {functions} (func (export "f") (result i32) {calls} i32.const 5))"#);
    for engine in engines() {
        let mut guest = start(engine.as_ref(), &module, &Limits::default()).unwrap();
        let f = guest.export("f", 0, 1).unwrap();
        assert_eq!(guest.call(f, &[]), Ok(5), "{}", engine.name());
    }
}
