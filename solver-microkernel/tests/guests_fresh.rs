//! The kept guests belong to these sources, and are what they claim to be.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "../../xtask/src/sources.rs"]
mod sources;

use std::path::Path;
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

/// The kept modules, and the most bytes that each may have: it travels in every file.
const GUESTS: [(&str, usize); 8] = [
    ("solver-knn-scalar.wasm", 20_480),
    ("solver-knn-simd.wasm", 20_480),
    ("solver-scalar.wasm", 24_576),
    ("solver-simd.wasm", 24_576),
    ("solver-sparse-scalar.wasm", 75_776),
    ("solver-sparse-simd.wasm", 73_728),
    ("solver-full-scalar.wasm", 98_304),
    ("solver-full-simd.wasm", 98_304),
];

fn guests() -> [(&'static str, Vec<u8>, bool); 8] {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests");
    GUESTS.map(|(name, most)| {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        assert!(bytes.len() <= most, "{name}: {} bytes", bytes.len());
        (name, bytes, name.contains("simd"))
    })
}

#[test]
fn the_guests_are_built_from_these_sources() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lock = std::fs::read_to_string(here.join("guests/guests.lock")).unwrap();
    let hash = sources::hash(here.parent().unwrap()).unwrap();
    assert!(lock.contains(&format!("\nsources {hash}\n")), "sources changed: run `cargo xtask guests`");
    for (name, bytes, _) in guests() {
        let line = format!("\n{name} {} {}\n", bytes.len(), sources::hex(&bytes));
        assert!(lock.contains(&line), "{name} is not the one recorded: run `cargo xtask guests`");
    }
}

#[test]
fn the_guests_need_few_features_and_import_nothing() {
    for (name, bytes, simd) in guests() {
        let mut features = WasmFeatures::MVP
            | WasmFeatures::MUTABLE_GLOBAL
            | WasmFeatures::SIGN_EXTENSION
            | WasmFeatures::SATURATING_FLOAT_TO_INT
            | WasmFeatures::BULK_MEMORY;
        assert_eq!(Validator::new_with_features(features).validate_all(&bytes).is_ok(), !simd, "{name}");
        features |= WasmFeatures::SIMD;
        Validator::new_with_features(features).validate_all(&bytes).unwrap();
        let mut section = None;
        for payload in Parser::new(0).parse_all(&bytes) {
            match payload.unwrap() {
                Payload::ImportSection(_) => panic!("{name} imports"),
                Payload::StartSection { .. } => panic!("{name} has a start function"),
                Payload::MemorySection(memories) => {
                    let memory = memories.into_iter().next().unwrap().unwrap();
                    // Texts and the stack; the sparse operations have more to say.
                    let most = if name.contains("full") || name.contains("sparse") { 2 } else { 1 };
                    assert!(memory.initial <= most && !memory.shared, "{name}: {}", memory.initial);
                }
                Payload::GlobalSection(globals) => {
                    // The first global is the stack pointer: the stack lies below the data.
                    let stack = globals.into_iter().next().unwrap().unwrap();
                    let first = stack.init_expr.get_operators_reader().read().unwrap();
                    let wanted = solver_microkernel::limits::STACK_BYTES as i32;
                    assert_eq!(format!("{first:?}"), format!("I32Const {{ value: {wanted} }}"));
                }
                Payload::CustomSection(c) if c.name() == "rvf-solver" => section = Some(c.data()),
                _ => {}
            }
        }
        let section = section.expect("the custom section");
        assert_eq!(&section[..16], b"RVFSOLVR\x01\0\0\0\x04\0\0\0");
        assert_eq!(section[20..24], solver_microkernel::limits::STACK_BYTES.to_le_bytes());
        assert_eq!(&section[24..35], b"\x0arvf-solver");
    }
}
