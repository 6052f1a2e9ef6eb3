//! The kept modules belong to these sources, and are what they claim to be.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
#[path = "../../xtask/src/sources.rs"]
#[allow(dead_code)]
mod sources;

use std::path::Path;

use tile_microkernel::limits::{LOW, MEMORY, OWN};
use wasmparser::{Operator, Parser, Payload, Validator, WasmFeatures};

const NAMES: [&str; 2] = ["tile-scalar.wasm", "tile-simd.wasm"];
/// What a tile has room for.
const MOST_BYTES: usize = 8_192;

#[test]
fn the_modules_are_built_from_these_sources() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lock = std::fs::read_to_string(here.join("guests/guests.lock")).unwrap();
    let hash = sources::hash_of(here.parent().unwrap(), &sources::TILE).unwrap();
    assert!(lock.contains(&format!("\nsources {hash}\n")), "sources changed: run `cargo xtask guests`");
    for name in NAMES {
        let bytes = common::kept(name);
        let line = format!("\n{name} {} {}\n", bytes.len(), sources::hex(&bytes));
        assert!(lock.contains(&line), "{name} is not the one recorded: run `cargo xtask guests`");
    }
}

#[test]
fn the_modules_are_small_and_their_memory_is_fixed() {
    for name in NAMES {
        let bytes = common::kept(name);
        assert!(bytes.len() <= MOST_BYTES, "{name}: {} bytes", bytes.len());
        let simd = name.contains("simd");
        let mut features = WasmFeatures::MVP | WasmFeatures::MUTABLE_GLOBAL | WasmFeatures::SIGN_EXTENSION;
        features |= WasmFeatures::SATURATING_FLOAT_TO_INT | WasmFeatures::BULK_MEMORY;
        assert_eq!(Validator::new_with_features(features).validate_all(&bytes).is_ok(), !simd, "{name}");
        features |= WasmFeatures::SIMD;
        Validator::new_with_features(features).validate_all(&bytes).unwrap();
        let (mut vectors, mut exports) = (0, Vec::new());
        for payload in Parser::new(0).parse_all(&bytes) {
            match payload.unwrap() {
                Payload::ImportSection(_) => panic!("{name} imports"),
                Payload::StartSection { .. } => panic!("{name} has a start function"),
                // What the compiler itself keeps in the memory is the module's own part alone.
                Payload::DataSection(_) => panic!("{name} has data"),
                Payload::MemorySection(memories) => {
                    let memory = memories.into_iter().next().unwrap().unwrap();
                    let pages = u64::from(MEMORY) / 65_536;
                    assert_eq!((memory.initial, memory.maximum), (pages, Some(pages)), "{name}");
                }
                Payload::GlobalSection(globals) => {
                    let values: Vec<String> = globals
                        .into_iter()
                        .map(|global| {
                            format!("{:?}", global.unwrap().init_expr.get_operators_reader().read().unwrap())
                        })
                        .collect();
                    let free = format!("I32Const {{ value: {} }}", (LOW + OWN).next_multiple_of(16));
                    assert!(values.contains(&free), "{name}: {values:?}");
                }
                Payload::ExportSection(section) => {
                    exports.extend(section.into_iter().map(|export| export.unwrap().name.to_owned()));
                }
                Payload::CodeSectionEntry(body) => {
                    for operator in body.get_operators_reader().unwrap() {
                        match operator.unwrap() {
                            Operator::MemoryGrow { .. } => panic!("{name} grows its memory"),
                            // The stack pointer: nothing of the stack lies in the memory.
                            Operator::GlobalGet { .. } | Operator::GlobalSet { .. } => {
                                panic!("{name} has a stack")
                            }
                            Operator::F32x4Mul => vectors += 1,
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        assert_eq!(vectors > 0, simd, "{name}: {vectors} multiplications of four");
        for wanted in [
            "memory",
            "rvf_init",
            "rvf_load_query",
            "rvf_load_block",
            "rvf_distances",
            "rvf_topk_merge",
            "rvf_topk_read",
            "rvf_load_sq_params",
            "rvf_dequant_i8",
            "rvf_load_pq_codebook",
            "rvf_pq_distances",
            "rvf_load_neighbors",
            "rvf_greedy_step",
            "rvf_verify_header",
            "rvf_crc32c",
            "__heap_base",
        ] {
            assert!(exports.iter().any(|name| name == wanted), "{name} lacks {wanted}");
        }
    }
}
