//! Which module is chosen, and the exact reason why the others are not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::time::Duration;

use common::files::{Build, header, small};
use rvf_format::Metric;
use rvf_format::hash::byte_fold32;
use rvf_format::read::wasm::{Role, Target, WasmHeader};
use rvf_loader::abi::Request;
use rvf_loader::select::{Choice, Reason, Speaks};
use rvf_loader::solver::Origin;
use rvf_loader::{Host, Limits, Profile, Rvf, SelectError, limits};
use solver_microkernel::guests::{SCALAR, SIMD};

fn file(modules: &[(WasmHeader, &[u8])]) -> Vec<u8> {
    let build = Build::new(2, Metric::L2).vectors(&[1], &[1.0, 2.0]);
    modules.iter().fold(build, |build, (header, module)| build.module(header, module)).finish()
}

/// Segments 0.. are the vectors and then the modules; gives the chosen module's number.
fn chosen(modules: &[(WasmHeader, &[u8])], host: &Host) -> Option<usize> {
    let rvf = Rvf::open(file(modules)).unwrap();
    let judged = rvf.judge(host).unwrap().chosen;
    let selected = rvf.select(host).ok().map(|solver| match solver.origin() {
        Origin::Segment(segment) => *segment as usize,
        Origin::Outside => panic!("a selected module is from the file"),
    });
    let first = rvf.judge(host).unwrap().verdicts[0].segment as usize;
    assert_eq!(judged, selected.map(|segment| segment - first), "judge and select agree");
    judged
}

fn reason(header: WasmHeader, module: &[u8], host: &Host) -> Reason {
    let rvf = Rvf::open(file(&[(header, module)])).unwrap();
    let selection = rvf.judge(host).unwrap();
    assert!(selection.chosen.is_none());
    assert!(matches!(rvf.select(host), Err(SelectError::NoneAcceptable(_))));
    match &selection.verdicts[0].choice {
        Choice::Rejected(reason) => reason.clone(),
        other => panic!("{other}"),
    }
}

#[test]
fn the_order_is_priority_then_simd_on_a_server_then_the_directory() {
    let (server, embedded) = (Host::new(Profile::Server), Host::new(Profile::Embedded));
    let scalar = |priority| (header(SCALAR, priority), SCALAR);
    let simd = |priority| (header(SIMD, priority), SIMD);
    assert_eq!(chosen(&[scalar(1), simd(1)], &server), Some(1));
    assert_eq!(chosen(&[simd(1), scalar(1)], &server), Some(0));
    assert_eq!(chosen(&[scalar(0), simd(1)], &server), Some(0));
    assert_eq!(chosen(&[scalar(3), scalar(2), scalar(2)], &server), Some(1));
    assert_eq!(chosen(&[simd(0), scalar(9)], &embedded), Some(1));
    assert_eq!(chosen(&[simd(0)], &embedded), None);
    let first = Rvf::open(file(&[scalar(1)])).unwrap().judge(&server).unwrap().verdicts[0].segment;
    assert_eq!(chosen(&[scalar(1), simd(1)], &server.only_segment(first)), Some(0));
}

#[test]
fn each_lie_of_a_header_disqualifies() {
    let truth = header(SCALAR, 0);
    type Lie = (&'static str, fn(&mut WasmHeader));
    let lies: [Lie; 8] = [
        ("required features", |h| h.required_features ^= 0x01),
        ("export count", |h| h.export_count += 1),
        ("bytecode size", |h| h.bytecode_size += 1),
        ("compression", |h| h.compression = 1),
        ("compressed size", |h| h.compressed_size = 9),
        ("minimum memory pages", |h| h.min_memory_pages += 1),
        ("maximum memory pages", |h| h.max_memory_pages ^= 0x55),
        ("table count", |h| h.table_count += 1),
    ];
    for (field, lie) in lies {
        let mut header = truth;
        lie(&mut header);
        let Reason::Lies(found) = reason(header, SCALAR, &Host::default()) else { panic!("{field}") };
        assert_eq!(found.iter().map(|lie| lie.field).collect::<Vec<_>>(), [field]);
    }
}

#[test]
fn a_hash_that_proves_nothing_disqualifies_unless_allowed_by_name() {
    let mut folded = header(SCALAR, 0);
    folded.bytecode_hash = byte_fold32(SCALAR);
    assert_eq!(reason(folded, SCALAR, &Host::default()), Reason::ByteFold);
    assert_eq!(chosen(&[(folded, SCALAR)], &Host::default().allow_unverified_code()), Some(0));
    let mut other = header(SCALAR, 0);
    other.bytecode_hash[7] ^= 1;
    assert_eq!(reason(other, SCALAR, &Host::default().allow_unverified_code()), Reason::WrongHash);
}

#[test]
fn only_solvers_for_wasm32_are_taken() {
    for role in [Role::EXTENSION, Role::CONTROL_PLANE, Role(9)] {
        assert_eq!(
            reason(WasmHeader { role, ..header(SCALAR, 0) }, SCALAR, &Host::default()),
            Reason::Role(role)
        );
    }
    for target in [Target::WASI_P1, Target::BROWSER, Target(9)] {
        assert_eq!(
            reason(WasmHeader { target, ..header(SCALAR, 0) }, SCALAR, &Host::default()),
            Reason::Target(target)
        );
    }
}

#[test]
fn interpreters_and_tiles_must_export_what_they_promise() {
    for (changed, speaks) in [
        (WasmHeader { role: Role::INTERPRETER, ..header(SCALAR, 0) }, Speaks::Interpreter),
        (WasmHeader { target: Target::BARE_TILE, ..header(SCALAR, 0) }, Speaks::Tile),
    ] {
        let Reason::Exports(found, faults) = reason(changed, SCALAR, &Host::default()) else { panic!() };
        assert_eq!((found, faults.len()), (speaks, speaks_exports(speaks)));
    }
}

fn speaks_exports(speaks: Speaks) -> usize {
    if speaks == Speaks::Tile { 14 } else { rvf_wasm_inspect::INTERPRETER_EXPORTS.len() }
}

#[test]
fn modules_that_are_no_solvers_are_named() {
    let text = b"this is no WebAssembly".as_slice();
    assert!(matches!(reason(header(text, 0), text, &Host::default()), Reason::NotAModule(_)));
    let empty = wat::parse_str("(module)").unwrap();
    let Reason::Exports(_, missing) = reason(header(&empty, 0), &empty, &Host::default()) else { panic!() };
    let names: Vec<&str> = missing.iter().map(|fault| fault.name).collect();
    assert!(names.len() == 20 && names.contains(&"rvf_solver_step") && names.contains(&"memory"));
    assert!(matches!(
        reason(header(SCALAR, 0), SCALAR, &Host::default().max_memory_pages(0)),
        Reason::Memory { cap: 0, .. }
    ));
}

#[test]
fn a_file_without_modules_says_so_and_takes_one_from_outside() {
    let bytes = Build::new(2, Metric::L2).vectors(&[1, 2], &[1.0, 2.0, 3.0, 4.0]).finish();
    let rvf = Rvf::open(bytes).unwrap();
    assert!(matches!(rvf.select(&Host::default()), Err(SelectError::NoModule)));
    let solver = rvf.with_module(SIMD, &Host::default()).unwrap();
    assert_eq!(*solver.origin(), Origin::Outside);
    let request = Request::new("knn").with("query", vec![3.0_f32, 4.0]).with("k", 1_u64);
    assert_eq!(solver.run(&request, &Limits::default()).unwrap().table.rows, 1);
    assert!(rvf.with_module(b"\0asm", &Host::default()).is_err());
}

#[test]
fn published_modules_are_listed_and_not_run() {
    let foreign =
        rvf_fixtures::foreign().iter().find(|file| file.name.starts_with("wasm-all-roles")).unwrap();
    let rvf = Rvf::open(foreign.bytes).unwrap();
    let selection = rvf.judge(&Host::default()).unwrap();
    assert!(!selection.verdicts.is_empty());
    assert_eq!(selection.chosen, None);
}

#[test]
fn requests_are_checked_against_the_description() {
    let rvf = Rvf::open(small()).unwrap();
    let solver = rvf.select(&Host::default()).unwrap();
    let query = || Request::new("knn").with("query", vec![0.0_f32; 4]);
    for (request, words) in [
        (Request::new("sort"), "no operation `sort`"),
        (Request::new("knn"), "needs the parameter `query`"),
        (query().with("radius", 1_u64), "no parameter `radius`"),
        (query().with("k", 0_u64), "from 1 to 65536"),
        (query().with("k", "ten"), "takes a value of type u64"),
        (query().with("metric", "l7"), "one of: l2, ip, cosine"),
    ] {
        let error = solver.run(&request, &Limits::default()).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let short = Request::new("knn").with("query", vec![0.0_f32; 3]);
    assert!(solver.run(&short, &Limits::default()).is_err());
}

fn leb(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 127 {
        bytes.push((value & 127) as u8 | 128);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn section(id: u8, items: usize, item: &[u8]) -> Vec<u8> {
    let body = [leb(items), item.repeat(items)].concat();
    [vec![id], leb(body.len()), body].concat()
}

#[test]
fn a_module_with_more_of_something_than_an_engine_takes_is_refused_before_it_is_validated() {
    let head = b"\0asm\x01\0\0\0".to_vec();
    let ty = section(1, 1, b"\x60\0\0");
    let functions = |n, body: &[u8]| [&head[..], &ty, &section(3, n, &[0]), &section(10, n, body)].concat();
    let locals = [&b"\x07\x01"[..], &leb(50_000), &[0x7f, 0x0b]].concat();
    let locals = [leb(locals.len() - 1), locals[1..].to_vec()].concat();
    let body = [leb(600_001), vec![0], vec![1; 599_999], vec![0x0b]].concat();
    let table = format!("(module (func (block (br_table {} (i32.const 0)))))", "0 ".repeat(20_000));
    let params = format!("(module (func (param {})))", "i32 ".repeat(33));
    for (module, words) in [
        (functions(990_000, &[4, 0, 1, 1, 0x0b]), "990000 functions, the limit is 10000"),
        (functions(500, &[4, 0, 1, 1, 0x0b]), "the least is 40 bytes each"),
        (functions(1, &locals), "50000 locals of one function"),
        (functions(1, &body), "bytes of one function"),
        ([&head[..], &section(6, 1_001, &[0x7f, 0, 0x41, 0, 0x0b])].concat(), "1001 globals"),
        (wat::parse_str(table).unwrap(), "19999 targets of one br_table"),
        (wat::parse_str(params).unwrap(), "33 parameters"),
        (wat::parse_str("(module (table 10001 funcref))").unwrap(), "10001 elements of a table"),
        (wat::parse_str("(module (table 1 funcref) (table 1 funcref))").unwrap(), "2 tables"),
    ] {
        let mut header = header(SCALAR, 0);
        header.bytecode_hash = rvf_format::hash::shake256_256(&module);
        let Reason::TooLarge(what) = reason(header, &module, &Host::default()) else { panic!("{words}") };
        assert!(what.contains(words), "{what}");
        let rvf = Rvf::open(small()).unwrap();
        let error = rvf.with_module(&module, &Host::default()).err().unwrap().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn choosing_ends_with_the_time_and_keeps_what_it_found() {
    let rvf = Rvf::open(small()).unwrap();
    let late = Host::default().timeout(Some(Duration::ZERO));
    let error = rvf.select(&late).err().unwrap();
    assert!(error.is_out_of_time() && !error.is_damage(), "{error}");
    let SelectError::NoneAcceptable(selection) = error else { panic!() };
    assert_eq!(selection.verdicts.len(), 2);
    assert_eq!(selection.verdicts[0].choice, Choice::Rejected(Reason::OutOfTime));
    assert!(rvf.with_module(SIMD, &late).is_err());
    assert!(rvf.select(&Host::default().timeout(None)).is_ok());
}

#[test]
fn the_modules_of_a_file_are_inspected_up_to_a_cap_together() {
    let padding = vec![0; limits::MODULE_BYTES - 64 - SCALAR.len()];
    let custom = [vec![0], leb(padding.len() + 2), b"\x01p".to_vec(), padding].concat();
    let module = [SCALAR, &custom].concat();
    let mut lying = header(SCALAR, 0);
    lying.bytecode_hash = rvf_format::hash::shake256_256(&module);
    let rvf = Rvf::open(file(&vec![(lying, &module[..]); 6])).unwrap();
    let Err(SelectError::NoneAcceptable(selection)) = rvf.select(&Host::default()) else { panic!() };
    let inspected = |verdict: &&rvf_loader::select::ModuleVerdict| {
        matches!(verdict.choice, Choice::Rejected(Reason::Lies(_)))
    };
    assert_eq!(selection.verdicts.iter().filter(inspected).count(), 4);
    assert_eq!(selection.verdicts[5].choice, Choice::Rejected(Reason::TooMuchBefore));
}

#[test]
fn what_is_wrong_with_an_export_is_said() {
    let module = wat::parse_str(r#"(module (func (export "rvf_solver_step") (param i64)) (global (export "memory") i32 (i32.const 0)))"#).unwrap();
    let error = reason(header(&module, 0), &module, &Host::default()).to_string();
    assert!(error.contains("rvf_solver_step is (i64) -> (), not (i32, i32) -> i32"), "{error}");
    assert!(error.contains("memory is a global, not a memory; lacks rvf_solver_abi_version"), "{error}");
}

#[test]
fn damage_of_a_module_is_told_in_place_of_what_a_host_runs() {
    let mut bytes = small();
    let at = bytes.windows(4).position(|four| four == b"\0asm").unwrap();
    let second = at + 8 + bytes[at + 8..].windows(4).position(|four| four == b"\0asm").unwrap();
    bytes[at + 100] ^= 1;
    bytes[second + 100] ^= 1;
    let error = Rvf::open(bytes).unwrap().select(&Host::default()).err().unwrap();
    assert!(error.is_damage() && error.to_string().contains("is damaged: "), "{error}");
}
