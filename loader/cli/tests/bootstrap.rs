//! Files that run themselves, tiles, and modules that are called by name, as a user meets them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::{Place, errors};
use rvf_fixtures::{npm_module, skipped};
use rvf_loader::rvf_format::Metric;
use rvf_loader::rvf_format::hash::Algorithm;
use rvf_loader::rvf_format::read::wasm::{Role, Target};
use rvf_loader::rvf_format::write::{FileWriter, Options};
use solver_microkernel::guests::{SCALAR, SIMD};

const KNN: &str = "0.5,-0.25,1";

/// Thirty vectors of dimension 3, and modules.
fn file(modules: &[(Role, Target, &[u8])]) -> Vec<u8> {
    let options =
        Options { dimension: 3, metric: Metric::Cosine, algorithm: Algorithm::CrcRotation, timestamp_ns: 0 };
    let mut writer = FileWriter::new(Vec::new(), options);
    let rows: Vec<f32> = (0..90).map(|i| ((i * 37) % 19) as f32 / 9.0 - 1.0).collect();
    let ids: Vec<u64> = (100..130).collect();
    writer.vectors(&ids, &rows).unwrap();
    for (role, target, module) in modules {
        let facts = rvf_wasm_inspect::inspect(module).unwrap();
        let priority = if facts.features & 1 == 0 { 20 } else { 10 };
        writer.module(&facts.header(*role, *target, priority, module).unwrap(), module).unwrap();
    }
    writer.finish().unwrap().1
}

fn place() -> Place {
    let place = Place::new();
    let solver = |module| (Role::MICROKERNEL, Target::WASM32, module);
    let interpreter = |module| (Role::INTERPRETER, Target::WASM32, module);
    let itself = [
        solver(SCALAR),
        solver(SIMD),
        interpreter(interpreter::guests::SCALAR),
        interpreter(interpreter::guests::SIMD),
    ];
    place.put("itself.rvf", &file(&itself));
    place.put("plain.rvf", &file(&[solver(SCALAR), solver(SIMD)]));
    let tile = |module| (Role::MICROKERNEL, Target::BARE_TILE, module);
    place.put(
        "tile.rvf",
        &file(&[tile(tile_microkernel::guests::SCALAR), tile(tile_microkernel::guests::SIMD)]),
    );
    place
}

#[test]
fn every_engine_gives_the_same_rows() {
    let place = place();
    let wanted = place.json(0, &["itself.rvf", "knn", "--query", KNN])["rows"].clone();
    assert_eq!(wanted.as_array().unwrap().len(), 10);
    for engine in ["wasmi", "tiny", "in-file"] {
        for profile in ["server", "embedded"] {
            let words = ["itself.rvf", "knn", "--query", KNN, "--engine", engine, "--profile", profile];
            let answer = place.json(0, &words);
            assert_eq!(answer["rows"], wanted, "{engine}, {profile}");
            let named = answer["engine"].as_str().unwrap();
            assert!(named.starts_with(engine), "{named}");
            if (engine, profile) == ("in-file", "embedded") {
                assert_eq!(named, "in-file in wasmi");
            }
        }
    }
    let tile = place.json(0, &["tile.rvf", "knn", "--query", KNN, "--profile", "embedded"]);
    assert_eq!(tile["rows"], wanted);
}

#[test]
fn a_file_without_an_interpreter_says_that_the_host_runs_it() {
    let place = place();
    let output = place.run(&["plain.rvf", "knn", "--query", KNN, "--engine", "in-file"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(errors(&output).contains("the file carries no interpreter"), "{}", errors(&output));
}

#[test]
fn select_and_inspect_show_the_chain() {
    let place = place();
    let text = place.ends(0, &["select", "itself.rvf", "--explain", "--engine", "in-file"]);
    for part in
        ["chosen to run the other chosen one", "run by the interpreter in segment 5", "bootstrap: two-stage"]
    {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let json = place.json(0, &["select", "itself.rvf", "--engine", "in-file"]);
    let chain = &json["bootstrap"];
    assert_eq!((chain["chain"].as_str(), &chain["interpreter"]), (Some("two-stage"), &5.into()));
    assert_eq!(json["chosen"], chain["microkernel"]);
    assert_eq!(json["modules"][3]["verdict"], "interprets");
    assert!(
        place
            .ends(0, &["inspect", "itself.rvf"])
            .contains("bootstrap: two-stage: segment 5 interprets segment 3")
    );
    assert_eq!(place.json(0, &["inspect", "plain.rvf"])["bootstrap"]["chain"], "host-required");
}

#[test]
fn calls_that_cannot_be_made_say_why_and_what_can() {
    let place = place();
    let call = |words: &[&str]| place.fails(2, &[&["call", "tile.rvf"], words].concat());
    let several = call(&[]);
    assert!(several.contains("in the segments 2, 3") && several.contains("--segment N"), "{several}");
    assert!(call(&["--segment", "9"]).contains("segment 9 holds no module; those that do: 2, 3"));
    let missing = call(&["--segment", "2", "rvf_nothing"]);
    assert!(missing.contains("`rvf_nothing` is missing") && missing.contains("rvf_crc32c(i32, i32) -> i32"));
    let few = call(&["--segment", "2", "rvf_crc32c", "1"]);
    assert!(few.contains("is (i32, i32) -> i32, and 1 arguments were given"), "{few}");
    assert!(call(&["--segment", "2", "rvf_crc32c", "1", "0.5"]).contains("`0.5` is no i32"));
    assert!(call(&["--segment", "2", "rvf_crc32c", "1", "4294967296"]).contains("is no i32"));
    assert!(call(&["--segment", "2", "rvf_init", "0", "+"]).contains("no function beside a +"));
    assert!(
        call(&["--segment", "2", "--engine", "in-file", "rvf_init", "0"])
            .contains("in an engine of this host")
    );
    assert!(place.ends(0, &["call", "tile.rvf", "--segment", "2"]).contains("rvf_greedy_step"));
    assert!(place.ends(0, &["call", "--help"]).contains("EXPORT ARGS"));
}

#[test]
fn numbers_go_in_and_out_as_their_types_say() {
    let place = Place::new();
    let module = wat::parse_str(
        r#"(module
            (func (export "i32") (param i32) (result i32) local.get 0)
            (func (export "i64") (param i64) (result i64) local.get 0)
            (func (export "f32") (param f32) (result f32) local.get 0)
            (func (export "f64") (param f64) (result f64 i32) local.get 0 i32.const 7)
            (func (export "spin") (loop (br 0)))
            (func (export "none")))"#,
    )
    .unwrap();
    place.put("x.rvf", &file(&[(Role::EXTENSION, Target::WASM32, &module)]));
    let call = |words: &[&str]| place.ends(0, &[&["call", "x.rvf"], words].concat());
    assert_eq!(call(&["i32", "-5", "+", "i32", "0xffffffff", "+", "i32", "4294967295"]), "-5\n-1\n-1\n");
    assert_eq!(call(&["i64", "-9223372036854775808", "+", "i64", "0x10"]), "-9223372036854775808\n16\n");
    assert_eq!(
        call(&["f32", "0.1", "+", "f32", "-inf", "+", "f64", "1e300", "+", "none"]),
        "0.1\n-inf\n1e300 7\n\n"
    );
    let json = place.json(0, &["call", "x.rvf", "f64", "nan"]);
    assert_eq!(json["calls"][0]["results"][0]["value"], "NaN");
    assert_eq!(json["calls"][0]["results"][1]["value"], 7);
    // Limits are those of every run, and the module is never taken for a solver.
    assert!(place.fails(4, &["call", "x.rvf", "--fuel", "100000000", "spin"]).contains("CPU budget"));
    assert!(place.fails(4, &["call", "x.rvf", "--timeout", "0.2", "spin"]).contains("0.2 s"));
    assert!(place.fails(1, &["x.rvf", "knn", "--query", KNN]).contains("its role is extension"));
}

#[test]
fn the_published_store_module_runs_as_a_control_plane() {
    let Some(module) = npm_module(env!("CARGO_TARGET_TMPDIR"), "@ruvector/rvf-wasm/pkg/rvf_wasm_bg.wasm")
    else {
        return skipped(
            "the_published_store_module_runs_as_a_control_plane",
            "the npm packages are not installed. Run `cargo xtask test`",
        );
    };
    let place = Place::new();
    place.put("store.rvf", &file(&[(Role::CONTROL_PLANE, Target::WASM32, &module)]));
    let calls = "rvf_store_create 8 1 + rvf_store_dimension 1 + rvf_store_count 1 + rvf_store_close 1 + rvf_store_count 1";
    let mut seen = Vec::new();
    for engine in ["wasmi", "tiny"] {
        let words: Vec<&str> =
            ["call", "store.rvf", "--engine", engine].into_iter().chain(calls.split(' ')).collect();
        seen.push(place.ends(0, &words));
    }
    assert_eq!(seen[0], "1\n8\n0\n0\n-1\n");
    assert_eq!(seen[0], seen[1]);
    place.fails(1, &["store.rvf", "knn", "--query", KNN]);
}
