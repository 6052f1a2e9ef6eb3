//! The published learning solver, carried in a file as an extension and called by name.
//!
//! Needs the package of `interop/npm/package.json`, which `cargo xtask test` installs; it is looked for in
//! the folder that `RVF_NPM_MODULES` names, and in `npm-interop/node_modules` of the target folder. Without it
//! the test says so and checks nothing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::Place;
use rvf_fixtures::{npm_module, skipped};
use rvf_loader::rvf_format::Metric;
use rvf_loader::rvf_format::hash::Algorithm;
use rvf_loader::rvf_format::read::wasm::{Role, Target};
use rvf_loader::rvf_format::write::{FileWriter, Options};
use serde_json::Value;

/// Two vectors, and the module as an extension.
fn packed(module: &[u8]) -> Vec<u8> {
    let options =
        Options { dimension: 2, metric: Metric::L2, algorithm: Algorithm::CrcRotation, timestamp_ns: 0 };
    let mut writer = FileWriter::new(Vec::new(), options);
    writer.vectors(&[1, 2], &[1.0, 2.0, 3.0, 4.0]).unwrap();
    let facts = rvf_wasm_inspect::inspect(module).unwrap();
    writer.module(&facts.header(Role::EXTENSION, Target::WASM32, 10, module).unwrap(), module).unwrap();
    writer.finish().unwrap().1
}

/// What the calls gave, one number each; calls without a result are left out.
fn numbers(answer: &Value) -> Vec<i64> {
    let calls = answer["calls"].as_array().unwrap();
    calls
        .iter()
        .flat_map(|call| call["results"].as_array().unwrap())
        .map(|n| n["value"].as_i64().unwrap())
        .collect()
}

#[test]
fn the_published_learning_solver_runs_as_an_extension() {
    let Some(module) = npm_module(env!("CARGO_TARGET_TMPDIR"), "@ruvector/rvf-solver/pkg/rvf_solver_bg.wasm")
    else {
        return skipped(
            "the_published_learning_solver_runs_as_an_extension",
            "the npm packages are not installed. Run `cargo xtask test`",
        );
    };
    let place = Place::new();
    place.put("theirs.rvf", &packed(&module));
    // It is never taken for the file's solver.
    place.fails(1, &["theirs.rvf", "knn", "--query", "1,2"]);

    let train = "rvf_solver_create + rvf_solver_train 1 100 1 4 42 0 + rvf_solver_train 1 1000 1 10 42 0 + \
                 rvf_solver_result_len 1 + rvf_solver_destroy 1 + rvf_solver_destroy 1";
    let call = |engine: &str, calls: &str, more: &[&str]| {
        let words = ["call", "theirs.rvf", "--segment", "2", "--engine", engine, "--json"];
        let words: Vec<&str> = words.iter().chain(more).copied().chain(calls.split_whitespace()).collect();
        place.run(&words)
    };
    let answer = |engine: &str, calls: &str| -> Value {
        let output = call(engine, calls, &[]);
        assert_eq!(output.status.code(), Some(0), "{}", common::errors(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let trained = numbers(&answer("wasmi", train));
    // Of the easy ones it solves all; of all of them what the published module is known to solve.
    assert_eq!(trained[..2], [1, 100]);
    assert!(trained[2] < 600, "{trained:?}");
    assert!(trained[3] > 0);
    assert_eq!(trained[4..], [0, -1]);
    assert_eq!(numbers(&answer("tiny", train)), trained, "the same on the engine of this project");

    // Two cycles of three modes, 73 bytes each.
    let accepted = "rvf_solver_create + rvf_solver_acceptance 1 5 10 2 200 7 0 + rvf_solver_witness_len 1";
    assert_eq!(numbers(&answer("wasmi", accepted))[2], 2 * 3 * 73);

    // The same limits as for any module: no cycles trap, and endless work is ended.
    let trap = call("wasmi", "rvf_solver_create + rvf_solver_acceptance 1 5 10 0 200 7 0", &[]);
    assert_eq!(trap.status.code(), Some(4), "{}", common::errors(&trap));
    let long = "rvf_solver_create + rvf_solver_train 1 2000000000 10 10 1 0";
    let ended = call("wasmi", long, &["--fuel", "50000000"]);
    assert_eq!(ended.status.code(), Some(4), "{}", common::errors(&ended));
}
