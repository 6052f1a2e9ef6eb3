//! Headers filled from modules, and headers that lie.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use rvf_format::hash::{byte_fold32, shake256_256};
use rvf_format::read::wasm::{Role, Target};
use rvf_wasm_inspect::{HeaderError, PUBLISHED_SOLVER_EXPORTS, SOLVER_EXPORTS, TILE_EXPORTS, inspect};

/// A module that exports exactly these functions, each returning zero, and its memory.
fn module_with(exports: &[(&str, &str)], memory: &str, section: Option<&[u8]>) -> Vec<u8> {
    let mut text = format!("(module (memory (export \"memory\") {memory}) (table 1 funcref)");
    for (name, signature) in exports {
        let (params, result) = signature.split_once(" -> ").unwrap();
        let params = params.trim_matches(['(', ')']).replace(',', "");
        let body = match result {
            "()" => String::new(),
            kind => format!("(result {kind}) ({kind}.const 0)"),
        };
        text.push_str(&format!("(func (export \"{name}\") (param {params}) {body})"));
    }
    text.push(')');
    let mut module = wat::parse_str(&text).unwrap();
    if let Some(data) = section {
        let mut body = b"\x0arvf-solver".to_vec();
        body.extend_from_slice(data);
        module.push(0);
        assert!(body.len() < 128);
        module.push(body.len() as u8);
        module.extend_from_slice(&body);
    }
    module
}

fn section(abi: u32, min: u32, max: u32) -> Vec<u8> {
    let mut data = b"RVFSOLVR".to_vec();
    for n in [abi, min, max, 65_536] {
        data.extend_from_slice(&n.to_le_bytes());
    }
    data.extend_from_slice(b"\x04test\x050.1.0");
    data
}

#[test]
fn each_kind_of_guest_is_recognised_by_its_exports() {
    let facts = |exports| inspect(&module_with(exports, "1", None)).unwrap();
    let solver = facts(SOLVER_EXPORTS);
    assert!(solver.is_solver() && !solver.is_tile() && !solver.is_published_solver());
    let published = facts(PUBLISHED_SOLVER_EXPORTS);
    assert!(published.is_published_solver() && !published.is_solver());
    assert!(facts(TILE_EXPORTS).is_tile());
    assert!(!facts(&TILE_EXPORTS[1..]).is_tile());
}

#[test]
fn an_export_of_another_signature_does_not_count() {
    let mut exports = SOLVER_EXPORTS.to_vec();
    exports[10] = ("rvf_solver_step", "(i32) -> i32");
    let facts = inspect(&module_with(&exports, "1", None)).unwrap();
    assert_eq!(facts.missing_solver_exports(), ["rvf_solver_step"]);
}

#[test]
fn a_header_says_what_the_module_is() {
    let module = module_with(SOLVER_EXPORTS, "2", Some(&section(1, 3, 64)));
    let facts = inspect(&module).unwrap();
    let asked = facts.solver_section.as_ref().unwrap();
    assert_eq!((asked.abi_version, asked.min_pages, asked.max_pages), (1, 3, Some(64)));
    assert_eq!((asked.stack_bytes, &*asked.name, &*asked.version), (65_536, "test", "0.1.0"));
    let header = facts.header(Role::MICROKERNEL, Target::WASM32, 20, &module).unwrap();
    assert_eq!((header.min_memory_pages, header.max_memory_pages, header.table_count), (2, 64, 1));
    assert_eq!(header.export_count as usize, SOLVER_EXPORTS.len() + 1);
    assert_eq!(header.bytecode_size as usize, module.len());
    assert_eq!(header.bytecode_hash, shake256_256(&module));
    assert_eq!(header.bootstrap_priority, 20);
    assert_eq!(facts.lies(&header, &module), []);
}

#[test]
fn page_limits_that_a_byte_cannot_hold_are_written_as_none() {
    let module = module_with(&[], "255 256", None);
    let header = inspect(&module).unwrap().header(Role::EXTENSION, Target::WASM32, 0, &module).unwrap();
    assert_eq!((header.min_memory_pages, header.max_memory_pages), (255, 0));
}

#[test]
fn every_false_field_is_named() {
    let module = module_with(SOLVER_EXPORTS, "2 9", None);
    let facts = inspect(&module).unwrap();
    let mut header = facts.header(Role::MICROKERNEL, Target::WASM32, 20, &module).unwrap();
    header.required_features = 1;
    header.export_count += 1;
    header.bytecode_size -= 1;
    header.min_memory_pages = 1;
    header.max_memory_pages = 0;
    header.table_count = 0;
    header.bytecode_hash = byte_fold32(&module);
    let lies = facts.lies(&header, &module);
    let fields: Vec<_> = lies.iter().map(|lie| lie.field).collect();
    assert_eq!(
        fields,
        [
            "export count",
            "bytecode size",
            "minimum memory pages",
            "maximum memory pages",
            "table count",
            "required features",
            "bytecode hash"
        ]
    );
    assert!(lies[6].header_says.contains("additive fold"), "{}", lies[6]);
}

#[test]
fn a_module_that_no_header_can_describe_gets_none() {
    let module = wat::parse_str("(module (memory i64 1))").unwrap();
    let error = inspect(&module).unwrap().header(Role::EXTENSION, Target::WASM32, 0, &module).unwrap_err();
    assert_eq!(error, HeaderError::UnnamedFeatures(vec!["memory64"]));
}

#[test]
fn a_damaged_solver_section_is_refused() {
    let whole = section(1, 1, 0);
    for cut in 0..whole.len() {
        let module = module_with(&[], "1", Some(&whole[..cut]));
        let error = inspect(&module).unwrap_err();
        assert!(error.message.contains("rvf-solver"), "{error}");
    }
    let mut twice = module_with(&[], "1", Some(&whole));
    let once = twice.len() - (2 + 11 + whole.len());
    twice.extend_from_within(once..);
    assert!(inspect(&twice).unwrap_err().message.contains("second"));
}
