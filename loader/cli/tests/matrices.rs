//! Matrices, iterations and summaries, with a guest that only shows what it was given.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::path::PathBuf;
use std::process::{Command, Output};

use rvf_loader::rvf_format::hash::Algorithm;
use rvf_loader::rvf_format::read::sparse::ValueType;
use rvf_loader::rvf_format::read::wasm::{Role, Target};
use rvf_loader::rvf_format::write::sparse::{Csr, encode, encode_dense};
use rvf_loader::rvf_format::write::{FileWriter, Options};
use rvf_loader::rvf_format::{Metric, SegmentType};
use serde_json::{Value, json};

/// A directory with a file that holds the matrix `grid`, the array `rhs`, labels and a guest.
struct Place(tempfile::TempDir);

impl Place {
    /// The guest ends with this summary.
    fn new(summary: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        std::fs::write(place.path("m.rvf"), file(&guest(summary))).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_rvf-run"))
            .current_dir(self.0.path())
            .env("XDG_CACHE_HOME", self.0.path().join("cache"))
            .args(words)
            .output()
            .unwrap()
    }

    /// Standard output and standard error of a run that must end with `code`.
    fn ends(&self, code: i32, words: &[&str]) -> (String, String) {
        let output = self.run(words);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}: {errors}");
        (String::from_utf8(output.stdout).unwrap(), errors)
    }

    fn json(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.ends(0, &[words, &["--json"]].concat()).0).unwrap()
    }
}

/// The path 0 - 1 - 2 with loops, which is symmetric, strictly dominant and has M-matrix signs.
fn grid() -> Vec<u8> {
    let matrix = Csr {
        rows: 3,
        columns: 3,
        offsets: &[0, 2, 5, 7],
        indices: &[0, 1, 0, 1, 2, 1, 2],
        values: &[4.0, -1.0, -1.0, 4.0, -1.0, -1.0, 4.0],
    };
    encode("grid", ValueType::F64, matrix, None, true).unwrap()
}

fn file(module: &[u8]) -> Vec<u8> {
    let options =
        Options { dimension: 2, metric: Metric::L2, algorithm: Algorithm::CrcRotation, timestamp_ns: 0 };
    let mut writer = FileWriter::new(Vec::new(), options);
    writer.vectors(&[10, 11], &[1.0, 0.0, 0.0, 1.0]).unwrap();
    writer.labels(&[(10, "king"), (11, "queen")]).unwrap();
    writer.segment(SegmentType::SPARSE, &grid()).unwrap();
    writer.segment(SegmentType::SPARSE, &encode_dense("rhs", 3, 1, &[1.0, -2.5, 0.5]).unwrap()).unwrap();
    let facts = rvf_wasm_inspect::inspect(module).unwrap();
    writer.module(&facts.header(Role::MICROKERNEL, Target::WASM32, 10, module).unwrap(), module).unwrap();
    writer.finish().unwrap().1
}

/// Bytes as the text of a data segment.
fn data(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:02x}")).collect()
}

fn words(numbers: &[u32]) -> String {
    data(&numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>())
}

/// Tells of iterations 1 to 4 one by one, then gives two rows: the ids 10 and 11, and the sixteen bytes
/// of the request behind its first parameter's head, as two f64.
fn guest(summary: &str) -> Vec<u8> {
    let description = json!({ "name": "show", "version": "1", "abi": 1, "operations": [
        { "id": 1, "name": "show", "doc": "shows", "params": [
            { "id": 1, "name": "matrix", "type": "string", "unit": "matrix", "doc": "A matrix" },
            { "id": 2, "name": "b", "type": "string", "unit": "array", "doc": "An array" },
            { "id": 3, "name": "values", "type": "f64[]", "doc": "Numbers" },
            { "id": 4, "name": "rows", "type": "u64[]", "doc": "Whole numbers" },
            { "id": 5, "name": "seed", "type": "u64", "unit": "id", "doc": "A node" },
            { "id": 6, "name": "ids", "type": "u64[]", "unit": "id", "doc": "Nodes" },
            { "id": 7, "name": "tolerance", "type": "f64", "default": 1e-3, "doc": "When to stop" } ],
          "columns": [ { "name": "row", "type": "u64", "unit": "id", "doc": "" },
                       { "name": "x", "type": "f64", "doc": "" } ] } ] })
    .to_string();
    let columns = words(&[768, 3, 2, 2, 1, 800, 16, 0, 772, 1, 4, 2, 1, 32784, 16, 0]);
    let progress = words(&[776, 9, 1, 1, 1, 816, 4, 0, 785, 8, 4, 1, 1, 824, 8, 0]);
    let ids = data(&[10_u64, 11].iter().flat_map(|id| id.to_le_bytes()).collect::<Vec<u8>>());
    let text = format!(
        r#"(module (memory (export "memory") 1)
        (global $n (mut i32) (i32.const 0))
        (data (i32.const 768) "row_x___iterationresidual") (data (i32.const 800) "{ids}")
        (data (i32.const 256) "{columns}") (data (i32.const 128) "{progress}")
        (data (i32.const 1024) "{}") (data (i32.const 8192) "{}")
        (func (export "rvf_solver_abi_version") (result i32) i32.const 1)
        (func (export "rvf_solver_capabilities") (result i32) i32.const 0)
        (func (export "rvf_solver_describe_ptr") (result i32) i32.const 1024)
        (func (export "rvf_solver_describe_len") (result i32) i32.const {})
        (func (export "rvf_solver_alloc") (param i32) (result i32) i32.const 32768)
        (func (export "rvf_solver_free") (param i32 i32))
        (func (export "rvf_solver_create") (result i32) i32.const 1)
        (func (export "rvf_solver_destroy") (param i32) (result i32) i32.const 0)
        (func (export "rvf_solver_open") (param i32 i32 i32) (result i32) i32.const 0)
        (func (export "rvf_solver_begin") (param i32 i32 i32) (result i32) i32.const 0)
        (func (export "rvf_solver_step") (param i32 i32) (result i32)
            (global.set $n (i32.add (global.get $n) (i32.const 1)))
            (i32.store (i32.const 816) (global.get $n))
            (f64.store (i32.const 824) (f64.div (f64.const 1) (f64.convert_i32_u (global.get $n))))
            (select (i32.const 2) (i32.const 0) (i32.lt_u (global.get $n) (i32.const 5))))
        (func (export "rvf_solver_reads_ptr") (param i32) (result i32) i32.const 0)
        (func (export "rvf_solver_reads_len") (param i32) (result i32) i32.const 0)
        (func (export "rvf_solver_columns_ptr") (param i32) (result i32)
            (select (i32.const 128) (i32.const 256) (i32.lt_u (global.get $n) (i32.const 5))))
        (func (export "rvf_solver_columns_len") (param i32) (result i32) i32.const 64)
        (func (export "rvf_solver_result_len") (param i32) (result i32) i32.const {})
        (func (export "rvf_solver_result_read") (param i32 i32) (result i32)
            (memory.copy (local.get 1) (i32.const 8192) (i32.const {})) i32.const {})
        (func (export "rvf_solver_error_ptr") (param i32) (result i32) i32.const 0)
        (func (export "rvf_solver_error_len") (param i32) (result i32) i32.const 0))"#,
        data(description.as_bytes()),
        data(summary.as_bytes()),
        description.len(),
        summary.len(),
        summary.len(),
        summary.len(),
    );
    wat::parse_str(text).unwrap()
}

const CONVERGED: &str =
    r#"{"op":"show","method":"cg","converged":true,"iterations":5,"relative_residual":1e-4,"skipped":0}"#;

#[test]
fn inspect_lists_matrices() {
    let place = Place::new(CONVERGED);
    let (text, _) = place.ends(0, &["inspect", "m.rvf"]);
    for words in [
        "grid",
        "sparse",
        "3 x 3",
        "symmetric, M-matrix signs",
        "gap 0.500",
        "rhs",
        "dense",
        "|x| from 0.5 to 2.5",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
    let json = place.json(&["inspect", "m.rvf"]);
    let grid = &json["matrices"][0];
    assert_eq!(
        (&grid["name"], &grid["kind"], &grid["entries"]),
        (&json!("grid"), &json!("sparse"), &json!(7))
    );
    assert_eq!((&grid["values"], &grid["transpose"]), (&json!("f64"), &json!(false)));
    assert_eq!(grid["properties"]["row_gap"], 0.5);
    assert_eq!(grid["properties"]["max_row_length"], 3);
    assert_eq!(json["matrices"][1]["properties"]["row_gap"], Value::Null);
}

#[test]
fn a_matrix_head_that_lies_is_shown_as_unreadable() {
    let place = Place::new(CONVERGED);
    let mut bytes = std::fs::read(place.path("m.rvf")).unwrap();
    let at = bytes.windows(4).position(|part| part == b"grid").unwrap();
    bytes[at] = 0xff;
    std::fs::write(place.path("m.rvf"), bytes).unwrap();
    let (text, _) = place.ends(0, &["inspect", "m.rvf"]);
    assert!(text.contains("unreadable") && text.contains("rhs"), "{text}");
}

#[test]
fn matrices_are_named_and_a_wrong_name_is_answered_with_those_there_are() {
    let place = Place::new(CONVERGED);
    let (help, _) = place.ends(0, &["m.rvf", "show", "--help"]);
    assert!(help.contains("[this file: grid]") && help.contains("[this file: rhs]"), "{help}");
    place.ends(0, &["m.rvf", "show", "--matrix", "grid", "--b", "rhs"]);
    let (_, errors) = place.ends(1, &["m.rvf", "show", "--matrix", "gird"]);
    assert!(errors.contains("no matrix is named \"gird\"") && errors.contains("it has: grid"), "{errors}");
    // A dense array is no matrix to solve with.
    let (_, errors) = place.ends(1, &["m.rvf", "show", "--b", "grid"]);
    assert!(errors.contains("no dense array is named") && errors.contains("it has: rhs"), "{errors}");
}

/// The values that the guest found in its request, as CSV shows them.
fn shown(place: &Place, words: &[&str]) -> Vec<String> {
    let (csv, _) = place.ends(0, &[&["m.rvf", "show", "--csv"], words].concat());
    csv.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().to_owned()).collect()
}

#[test]
fn floats_go_in_and_come_out_without_loss() {
    let place = Place::new(CONVERGED);
    for pair in [["0.1", "-1e-300"], ["1e300", "0.30000000000000004"], ["123456789.5", "5e-324"]] {
        let typed = pair.join(",");
        assert_eq!(shown(&place, &["--values", &typed]), pair);
        std::fs::write(place.path("v.txt"), pair.join("\n")).unwrap();
        assert_eq!(shown(&place, &["--values", "@v.txt"]), pair);
        let answer = place.json(&["m.rvf", "show", "--values", &typed]);
        for (row, text) in answer["rows"].as_array().unwrap().iter().zip(pair) {
            assert_eq!(row["x"].as_f64().unwrap().to_bits(), text.parse::<f64>().unwrap().to_bits());
        }
    }
    for (code, bytes) in [
        ("<f8", [0.5_f64, -0.25].map(f64::to_le_bytes).concat()),
        ("<f4", [0.5_f32, -0.25].map(f32::to_le_bytes).concat()),
    ] {
        let mut npy =
            format!("\u{1}\0\u{76}\0{{'descr': '{code}', 'fortran_order': False, 'shape': (2,), }}")
                .into_bytes();
        npy.splice(0..0, *b"\x93NUMPY");
        npy.resize(127, b' ');
        npy.push(b'\n');
        npy.extend(bytes);
        std::fs::write(place.path("v.npy"), npy).unwrap();
        assert_eq!(shown(&place, &["--values", "@v.npy"]), ["0.5", "-0.25"]);
    }
    place.ends(0, &["m.rvf", "show", "--values", "0.5,0.1", "--out", "x=x.npy"]);
    let npy = std::fs::read(place.path("x.npy")).unwrap();
    assert!(npy.ends_with(&[0.5_f64, 0.1].map(f64::to_le_bytes).concat()));
}

#[test]
fn nodes_are_named_by_label_and_labelled_in_the_answer() {
    let place = Place::new(CONVERGED);
    let both = [10_u64, 11].map(f64::from_bits).map(|x| format!("{x:e}"));
    assert_eq!(shown(&place, &["--ids", "10,11"]), both);
    assert_eq!(shown(&place, &["--ids-label", "king", "--ids-label", "queen"]), both);
    assert_eq!(shown(&place, &["--seed", "11"])[0], both[1]);
    assert_eq!(shown(&place, &["--seed-label", "queen"])[0], both[1]);
    place.ends(2, &["m.rvf", "show", "--seed", "11", "--seed-label", "queen"]);
    place.ends(1, &["m.rvf", "show", "--seed-label", "nobody"]);
    let answer = place.json(&["m.rvf", "show"]);
    assert_eq!(answer["rows"][1]["row_label"], "queen");
}

#[test]
fn a_trace_holds_every_iteration_and_the_last_from_the_summary() {
    let place = Place::new(CONVERGED);
    let words = ["m.rvf", "show", "--trace", "t.csv", "--trace", "t.svg"];
    place.ends(0, &words);
    let csv = std::fs::read_to_string(place.path("t.csv")).unwrap();
    assert_eq!(csv, "iteration,residual\n1,1\n2,0.5\n3,0.3333333333333333\n4,0.25\n5,0.0001\n");
    let svg = std::fs::read_to_string(place.path("t.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{svg}");
    for words in ["show of m.rvf", "tolerance 1e-3", ">1e-4<", ">iteration<", ">residual<"] {
        assert!(svg.contains(words), "{words} in {svg}");
    }
    place.ends(2, &words);
    place.ends(0, &[&words[..], &["--force"]].concat());
    assert_eq!(std::fs::read_to_string(place.path("t.svg")).unwrap(), svg);
    place.ends(2, &["m.rvf", "show", "--trace", "t.png"]);
}

#[test]
fn the_summary_stands_under_the_table_and_in_the_json() {
    let place = Place::new(CONVERGED);
    let (table, _) = place.ends(0, &["m.rvf", "show"]);
    let last = table.lines().last().unwrap();
    assert_eq!(last, "method cg, converged yes, iterations 5, relative_residual 0.0001");
    assert_eq!(place.json(&["m.rvf", "show"])["summary"]["method"], "cg");
}

#[test]
fn an_answer_that_did_not_converge_ends_with_1() {
    let place = Place::new(r#"{"converged":false,"iterations":4}"#);
    let (table, errors) = place.ends(1, &["m.rvf", "show"]);
    assert!(table.contains("converged no") && errors.contains("did not converge"), "{table}{errors}");
    let (document, _) = place.ends(1, &["m.rvf", "show", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&document).unwrap()["summary"]["converged"], false);
}

#[test]
fn certified_answers_can_be_required() {
    let certified = Place::new(r#"{"certified":true}"#);
    certified.ends(0, &["m.rvf", "show", "--require-certified"]);
    let open = Place::new(r#"{"certified":false}"#);
    open.ends(0, &["m.rvf", "show"]);
    let (_, errors) = open.ends(1, &["m.rvf", "show", "--require-certified"]);
    assert!(errors.contains("not certified"), "{errors}");
    let silent = Place::new(CONVERGED);
    silent.ends(1, &["m.rvf", "show", "--require-certified"]);
}

#[test]
fn the_built_in_solver_solves_matrices() {
    let place = Place::new(CONVERGED);
    let built_in = ["m.rvf", "--solver", "built-in"];
    let ask = |words: &[&str]| place.json(&[&built_in[..], words].concat());
    let answer = ask(&["solve", "--matrix", "grid", "--b", "rhs", "--tolerance", "1e-12"]);
    let x: Vec<f64> =
        answer["rows"].as_array().unwrap().iter().map(|row| row["x"].as_f64().unwrap()).collect();
    let product = [4.0 * x[0] - x[1], -x[0] + 4.0 * x[1] - x[2], -x[1] + 4.0 * x[2]];
    for (got, wanted) in product.iter().zip([1.0, -2.5, 0.5]) {
        assert!((got - wanted).abs() < 1e-10, "{x:?}");
    }
    assert_eq!(answer["summary"]["converged"], true);
    let entry = ask(&["entry", "--ids", "1", "--b", "rhs", "--tolerance", "1e-6"]);
    let (value, bound) = (&entry["rows"][0]["value"], &entry["rows"][0]["bound"]);
    assert!((value.as_f64().unwrap() - x[1]).abs() <= bound.as_f64().unwrap(), "{entry}");
    let few =
        place.run(&[&built_in[..], &["solve", "--tolerance", "1e-15", "--max-iterations", "1"]].concat());
    let converged = String::from_utf8_lossy(&few.stdout).contains("converged yes");
    assert_eq!(few.status.code(), Some(i32::from(!converged)), "{few:?}");
}
