//! What inspection finds, over small modules that need one thing each.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use rvf_format::read::wasm::feature as bit;
use rvf_wasm_inspect::wasmparser::Validator;
use rvf_wasm_inspect::{ExportKind, feature_names, inspect, inspect_declared, wasm_features_for};

/// A module, and the header bits without which it is not valid.
const CASES: &[(&str, u16)] = &[
    ("(module)", 0),
    ("(module (func (result i32) (i32.extend8_s (i32.const 1))))", 0),
    ("(module (func (param f32) (result i32) (i32.trunc_sat_f32_s (local.get 0))))", 0),
    ("(module (global (export \"g\") (mut i32) (i32.const 1)))", 0),
    ("(module (func (result v128) (v128.const i32x4 1 2 3 4)))", bit::SIMD),
    ("(module (memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))", bit::BULK_MEMORY),
    ("(module (func (result i32 i32) (i32.const 1) (i32.const 2)))", bit::MULTI_VALUE),
    ("(module (func (param externref)))", bit::REFERENCE_TYPES),
    ("(module (memory 1 1 shared))", bit::THREADS),
    ("(module (func $f (return_call $f)))", bit::TAIL_CALL),
    ("(module (type (struct (field i32))))", bit::GC | bit::REFERENCE_TYPES),
    ("(module (tag) (func (throw 0)))", bit::EXCEPTIONS),
    (
        "(module (memory 1) (func (result v128)
            (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)) (v128.load (i32.const 0))))",
        bit::SIMD | bit::BULK_MEMORY,
    ),
];

#[test]
fn each_feature_is_found_where_it_is_needed_and_nowhere_else() {
    for (text, bits) in CASES {
        let module = wat::parse_str(text).unwrap();
        let facts = inspect(&module).unwrap();
        assert_eq!(feature_names(facts.features), feature_names(*bits), "{text}");
        assert!(facts.unnamed_features.is_empty(), "{text}: {:?}", facts.unnamed_features);
    }
}

#[test]
fn what_is_found_suffices_and_nothing_of_it_can_be_spared() {
    for (text, _) in CASES {
        let module = wat::parse_str(text).unwrap();
        let found = inspect(&module).unwrap().features;
        let valid =
            |bits| Validator::new_with_features(wasm_features_for(bits)).validate_all(&module).is_ok();
        assert!(valid(found), "{text}");
        for bit in (0..8).map(|i| 1u16 << i).filter(|b| found & b != 0) {
            // Reference types come along with GC.
            let implied = bit == bit::REFERENCE_TYPES && found & bit::GC != 0;
            assert!(implied || !valid(found & !bit), "{text} is valid without {:?}", feature_names(bit));
        }
    }
}

#[test]
fn a_declaration_speeds_inspection_up_and_never_changes_what_it_finds() {
    for (text, bits) in CASES {
        let module = wat::parse_str(text).unwrap();
        for declared in (0..=0xff).chain([0x100, 0xffff]) {
            assert_eq!(
                inspect_declared(&module, declared, None).unwrap().features,
                *bits,
                "{text} {declared:#x}"
            );
        }
    }
}

#[test]
fn features_without_a_header_bit_are_named() {
    for (text, name) in [
        ("(module (memory i64 1))", "memory64"),
        ("(module (memory 1) (memory 1))", "multi-memory"),
        ("(module (global i32 (i32.add (i32.const 1) (i32.const 2))))", "extended-const"),
        (
            "(module (func (param v128) (result v128) (i32x4.relaxed_trunc_f32x4_s (local.get 0))))",
            "relaxed-simd",
        ),
    ] {
        let facts = inspect(&wat::parse_str(text).unwrap()).unwrap();
        assert_eq!(facts.unnamed_features, [name], "{text}");
    }
}

#[test]
fn the_target_features_section_is_not_believed() {
    let mut module = wat::parse_str("(module)").unwrap();
    let claim = b"\x0ftarget_features\x01+\x07simd128";
    module.push(0);
    module.push(claim.len() as u8);
    module.extend_from_slice(claim);
    assert_eq!(inspect(&module).unwrap().features, 0);
}

#[test]
fn exports_memories_tables_imports_and_start_are_told() {
    let module = wat::parse_str(
        "(module (import \"env\" \"f\" (func)) (memory (export \"memory\") 17 64) (table 2 funcref)
           (global (export \"g\") (mut i32) (i32.const 0))
           (func $s) (func (export \"a\") (param i32 f64) (result i64) (i64.const 0)) (start $s))",
    )
    .unwrap();
    let facts = inspect(&module).unwrap();
    let exports: Vec<_> = facts.exports.iter().map(|e| (&*e.name, e.kind, &*e.signature)).collect();
    assert_eq!(
        exports,
        [
            ("memory", ExportKind::Memory, "17..64 pages"),
            ("g", ExportKind::Global, "mut i32"),
            ("a", ExportKind::Function, "(i32, f64) -> i64")
        ]
    );
    assert_eq!(facts.imports, [("env".to_owned(), "f".to_owned())]);
    assert_eq!((facts.start, facts.tables, facts.functions), (Some(1), 1, 3));
    let memory = &facts.memories[0];
    assert_eq!((memory.min_pages, memory.max_pages, memory.imported), (17, Some(64), false));
    assert_eq!(memory.exported_as.as_deref(), Some("memory"));
    assert!(!facts.is_solver() && !facts.is_tile() && !facts.is_published_solver());
}

#[test]
fn an_imported_memory_is_told_apart_from_its_own() {
    let module = wat::parse_str("(module (import \"e\" \"m\" (memory 3)))").unwrap();
    let facts = inspect(&module).unwrap();
    assert!(facts.memories[0].imported);
}

#[test]
fn text_components_and_damaged_modules_are_refused_with_a_place() {
    for (bytes, offset) in [
        (&b"(module)"[..], 0),
        (b"", 0),
        (b"\0asm", 4),
        (b"\0asm\x01\0\0\0{\"json\":true}", 8),
        (b"\0asm\x0d\0\x01\0", 4),
    ] {
        let error = inspect(bytes).unwrap_err();
        assert!(error.offset >= offset && error.offset <= bytes.len() as u64, "{error}");
        assert!(!error.message.is_empty());
    }
}

#[test]
fn any_mutation_of_a_module_is_described_or_refused() {
    let module = wat::parse_str(CASES[CASES.len() - 1].0).unwrap();
    for at in 0..module.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut bytes = module.clone();
            bytes[at] ^= flip;
            if let Ok(facts) = inspect(&bytes) {
                assert!(facts.functions <= 4);
            }
        }
        let _ = inspect(&module[..at]);
    }
}
