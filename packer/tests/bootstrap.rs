//! Files that carry interpreters or tiles, and combined modules, as `rvf-pack` makes them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
use common::*;
use rvf_format::read::wasm::{Role, Target};
use rvf_packer::combine::{Caps, combine};
use rvf_packer::plan::{Choice, Module};
use serde_json::Value;

/// Role, target and priority of each module.
fn built(bench: &Bench, words: &[&str]) -> Vec<(String, String, u64)> {
    let run = bench.run(&[words, &["--json", "-f", "-o", "a.rvf"]].concat()).ok();
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    let text = |module: &Value, key: &str| module[key].as_str().unwrap().to_owned();
    let modules = json["modules"].as_array().unwrap();
    modules.iter().map(|m| (text(m, "role"), text(m, "target"), m["priority"].as_u64().unwrap())).collect()
}

#[test]
fn a_self_bootstrapping_file_has_solvers_and_interpreters() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    let roles =
        |words: &[&str]| -> Vec<String> { built(&bench, words).into_iter().map(|(role, ..)| role).collect() };
    let all = roles(&["build", "a.npy", "--self-bootstrapping"]);
    assert_eq!(all, ["microkernel", "microkernel", "interpreter", "interpreter"]);
    verify(&bench.read("a.rvf"));
    holds_sample(&bench.read("a.rvf"));
    let priorities: Vec<u64> = built(&bench, &["build", "a.npy", "--self-bootstrapping", "--priority", "7"])
        .into_iter()
        .map(|(.., priority)| priority)
        .collect();
    assert_eq!(priorities, [7, 8, 9, 10]);
    assert_eq!(roles(&["build", "a.npy"]).len(), 2);
    bench
        .run(&["build", "a.npy", "--self-bootstrapping", "--no-solver", "-o", "b.rvf"])
        .refused(2, "--no-solver");
}

#[test]
fn a_file_for_tiles_has_tiles_alone() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    let all = built(&bench, &["build", "a.npy", "--target", "bare-tile"]);
    assert!(all.iter().all(|(role, target, _)| role == "microkernel" && target == "bare-tile"), "{all:?}");
    assert_eq!(all.len(), 2);
    verify(&bench.read("a.rvf"));
    bench.write("m.mtx", "%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 2.0\n");
    bench
        .run(&["build", "m.mtx", "--target", "bare-tile", "-o", "b.rvf"])
        .refused(2, "a tile searches vectors");
}

#[test]
fn a_combined_module_exports_what_its_program_does() {
    let bench = Bench::new();
    for (name, program, simd) in [
        ("scalar.wasm", solver_microkernel::guests::SCALAR, false),
        ("simd.wasm", solver_microkernel::guests::SIMD, true),
    ] {
        bench.write(name, program);
        bench.run(&["combine", name, "-f", "-o", "c.wasm"]).ok();
        let bytes = bench.read("c.wasm");
        let module = Module::prepare("c.wasm", bytes, Choice::default()).unwrap();
        assert_eq!((module.header.role, module.header.target), (Role::COMBINED, Target::WASM32));
        assert_eq!(module.header.required_features & 1 != 0, simd);
        assert!(module.facts.is_solver() && module.facts.solver_section.is_some());
        let kept = module.facts.exports.iter().filter(|e| e.name.starts_with("rvf_interpreter_"));
        assert_eq!(kept.count(), 4);
        bench.write("a.npy", sample_npy());
        let all = built(&bench, &["build", "a.npy", "--solver", "c.wasm"]);
        assert_eq!(all, [("combined".to_owned(), "wasm32".to_owned(), 30)]);
        verify(&bench.read("a.rvf"));
    }
}

#[test]
fn what_cannot_be_combined_is_refused_by_name() {
    let interpreter = interpreter::guests::SCALAR;
    let program = |text: &str| wat::parse_str(text).unwrap();
    let refused = |interpreter: &[u8], program: &[u8]| {
        combine(interpreter, program, Caps::default()).unwrap_err().to_string()
    };
    let good = program("(module (func (export \"f\")))");
    assert!(combine(interpreter, &good, Caps::default()).is_ok());
    for (text, what) in [
        ("(module (import \"a\" \"b\" (func)))", "imports a.b"),
        ("(module (func $f) (start $f))", "start function"),
        ("(module (func (export \"v\") (param v128)))", "v takes or gives v128"),
        ("(module (func (export \"rvf_interpreter_error_ptr\")))", "has a name of the interpreter's"),
        ("(module (func (export \"memory\")))", "has a name of the interpreter's"),
    ] {
        let error = refused(interpreter, &program(text));
        assert!(error.contains(what) && error.contains("the program"), "{error}");
    }
    assert!(refused(interpreter, b"\0asm\x01\0\0").contains("the program"));
    assert!(refused(&good, &good).contains("does not export rvf_interpreter_"));
    for len in 0..interpreter.len().min(2_000) {
        assert!(combine(&interpreter[..len], &good, Caps::default()).is_err());
    }
}

#[test]
fn what_a_module_is_is_told_from_its_exports() {
    let role = |bytes: &[u8]| Module::prepare("m", bytes.to_vec(), Choice::default()).unwrap().header.role;
    assert_eq!(role(interpreter::guests::SIMD), Role::INTERPRETER);
    assert_eq!(role(tile_microkernel::guests::SIMD), Role::MICROKERNEL);
    let store =
        wat::parse_str("(module (func (export \"rvf_store_create\") (result i32) i32.const 1))").unwrap();
    assert_eq!(role(&store), Role::CONTROL_PLANE);
}
