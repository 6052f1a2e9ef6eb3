//! Matrices, graphs and dense arrays, as a user gives them: every entry arrives, bit for bit.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
mod matrix_support;
use common::*;
use matrix_support::*;
use rvf_format::read::sparse::{Kind, ValueType};

const GENERAL: &str = "%%MatrixMarket matrix coordinate real general\n% a comment\n\n 3 4 5\n\
    3 1 -0.0\n1 4 1e-320\n2\t2  0.1\n% between\n1 1 1.7976931348623157e308\n3 3 +2.5D+01\n";

#[test]
fn coordinates_arrive_sorted_with_every_bit() {
    let bench = Bench::new();
    bench.write("a.mtx", GENERAL);
    bench.run(&["build", "a.mtx", "--no-solver", "-o", "a.rvf"]).ok();
    let a = matrix(&bench.read("a.rvf"), "a");
    assert_eq!((a.rows, a.columns, a.head.value_type), (3, 4, ValueType::F64));
    let expected = [(0, 0, f64::MAX), (0, 3, 1e-320), (1, 1, 0.1), (2, 0, -0.0), (2, 2, 25.0)];
    assert_eq!(bits(&a.entries), bits(&expected));
    assert!(a.head.transpose.is_some() && !a.head.properties.symmetric);
    let by_columns: Vec<_> = [(0, 0), (0, 2), (1, 1), (2, 2), (3, 0)].to_vec();
    assert_eq!(a.by_columns, by_columns);
    assert_eq!(rvf_format::File::open(&bench.read("a.rvf")).unwrap().manifest().head.dimension, 0);
}

#[test]
fn one_triangle_stands_for_both() {
    let bench = Bench::new();
    let body = "3 3 4\n1 1 2\n2 1 -1\n3 2 -1\n3 3 2\n";
    bench.write("s.mtx", format!("%%MATRIXMARKET Matrix Coordinate Real SYMMETRIC\n{body}"));
    bench.write("u.mtx", "%%MatrixMarket matrix coordinate integer symmetric\n3 3 2\n1 3 -7\n2 2 4\n");
    bench.write("k.mtx", "%%MatrixMarket matrix coordinate real skew-symmetric\n3 3 2\n2 1 5\n3 1 -0.5\n");
    bench.write("p.mtx", "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 2\n2 1\n3 3\n");
    bench.run(&["build", "s.mtx", "u.mtx", "k.mtx", "p.mtx", "--no-solver", "-o", "a.rvf"]).ok();
    let bytes = bench.read("a.rvf");
    let s = matrix(&bytes, "s");
    assert_eq!(s.entries, [(0, 0, 2.0), (0, 1, -1.0), (1, 0, -1.0), (1, 2, -1.0), (2, 1, -1.0), (2, 2, 2.0)]);
    assert!(s.head.properties.symmetric && s.head.transpose.is_none());
    assert_eq!(matrix(&bytes, "u").entries, [(0, 2, -7.0), (1, 1, 4.0), (2, 0, -7.0)]);
    let k = matrix(&bytes, "k");
    assert_eq!(k.entries, [(0, 1, -5.0), (0, 2, 0.5), (1, 0, 5.0), (2, 0, -0.5)]);
    assert!(!k.head.properties.symmetric && k.head.transpose.is_some());
    let p = matrix(&bytes, "p");
    assert_eq!(
        (p.head.value_type, p.entries),
        (ValueType::Pattern, vec![(0, 1, 1.0), (1, 0, 1.0), (2, 2, 1.0)])
    );
}

#[test]
fn arrays_are_dense_and_lie_row_by_row() {
    let bench = Bench::new();
    bench.write("b.mtx", "%%MatrixMarket matrix array real general\n2 3\n1\n2\n3\n4\n5\n6e0\n");
    bench.write("s.mtx", "%%MatrixMarket matrix array integer symmetric\n2 2\n1\n2\n3\n");
    bench.write("k.mtx", "%%MatrixMarket matrix array real skew-symmetric\n2 2\n9\n");
    bench.write("v.npy", npy("<f8", "(2,)", &f64s(&[0.1, -0.0])));
    bench.write("w.npy", npy(">i4", "(2, 1)", &[0, 0, 0, 5, 0xff, 0xff, 0xff, 0xfe]));
    bench
        .run(&["build", "b.mtx", "s.mtx", "k.mtx", "rhs=v.npy", "w=w.npy", "--no-solver", "-o", "a.rvf"])
        .ok();
    let bytes = bench.read("a.rvf");
    let values = |name: &str| matrix(&bytes, name).entries.iter().map(|(_, _, v)| *v).collect::<Vec<_>>();
    assert_eq!(values("b"), [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
    assert_eq!(values("s"), [1.0, 2.0, 2.0, 3.0]);
    assert_eq!(values("k"), [0.0, -9.0, 9.0, 0.0]);
    let rhs = matrix(&bytes, "rhs");
    assert_eq!((rhs.head.kind, rhs.rows, rhs.columns), (Kind::Dense, 2, 1));
    assert_eq!(bits(&rhs.entries), bits(&[(0, 0, 0.1), (1, 0, -0.0)]));
    assert_eq!(values("w"), [5.0, -2.0]);
    bench.run(&["build", "v.npy", "--as-array", "--no-solver", "-o", "v.rvf"]).ok();
    assert_eq!(bits(&matrix(&bench.read("v.rvf"), "v").entries), bits(&rhs.entries));
}

#[test]
fn entries_of_one_place_are_added_in_their_order_and_told_of() {
    let bench = Bench::new();
    let body = "2 2 5\n1 1 1e16\n2 2 1\n1 1 1\n1 1 -1e16\n1 2 3\n";
    bench.write("a.mtx", format!("%%MatrixMarket matrix coordinate real general\n{body}"));
    let run = bench.run(&["build", "a.mtx", "--no-solver", "-o", "a.rvf"]).ok();
    assert!(run.stderr.contains("2 entries repeat an earlier place and were added"), "{run:?}");
    // From left to right, 1 is lost in 1e16.
    let a = matrix(&bench.read("a.rvf"), "a");
    assert_eq!(a.entries, [(0, 0, 0.0), (0, 1, 3.0), (1, 1, 1.0)]);
    bench.run(&["build", "a.mtx", "--drop-zeros", "--no-solver", "-f", "-o", "a.rvf"]).ok();
    assert_eq!(matrix(&bench.read("a.rvf"), "a").entries, [(0, 1, 3.0), (1, 1, 1.0)]);
    bench.write("p.mtx", "%%MatrixMarket matrix coordinate pattern general\n2 2 3\n1 1\n1 1\n2 2\n");
    bench.run(&["build", "p.mtx", "--no-solver", "-o", "p.rvf"]).ok();
    assert_eq!(matrix(&bench.read("p.rvf"), "p").entries, [(0, 0, 1.0), (1, 1, 1.0)]);
    bench.run(&["build", "p.mtx", "--values", "f64", "--no-solver", "-f", "-o", "p.rvf"]).ok();
    assert_eq!(matrix(&bench.read("p.rvf"), "p").entries, [(0, 0, 2.0), (1, 1, 1.0)]);
}

#[test]
fn values_are_stored_as_asked_and_the_transpose_can_stay_out() {
    let bench = Bench::new();
    bench.write("a.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 2 0.1\n2 2 1e-60\n");
    for (values, expected) in [
        ("f64", [(0, 1, 0.1), (1, 1, 1e-60)]),
        ("f32", [(0, 1, f64::from(0.1f32)), (1, 1, 0.0)]),
        ("pattern", [(0, 1, 1.0), (1, 1, 1.0)]),
    ] {
        bench
            .run(&[
                "build",
                "a.mtx",
                "--values",
                values,
                "--no-transpose",
                "--no-solver",
                "-f",
                "-o",
                "a.rvf",
            ])
            .ok();
        let a = matrix(&bench.read("a.rvf"), "a");
        assert_eq!((a.head.value_type.name(), a.entries.as_slice()), (values, &expected[..]));
        assert!(a.head.transpose.is_none());
    }
}

#[test]
fn sparse_matrices_of_scipy_arrive_stored_and_deflated() {
    let bench = Bench::new();
    // [[0, 1.5, 0], [-2, 0, 3]]
    for deflated in [false, true] {
        for (format, members) in [
            (
                "csr",
                [
                    ("indptr", i32s(&[0, 1, 3])),
                    ("indices", i32s(&[1, 2, 0])),
                    ("data", floats(&[1.5, 3.0, -2.0])),
                ],
            ),
            (
                "csc",
                [
                    ("indptr", i32s(&[0, 1, 2, 3])),
                    ("indices", i32s(&[1, 0, 1])),
                    ("data", floats(&[-2.0, 1.5, 3.0])),
                ],
            ),
            (
                "coo",
                [("row", i32s(&[1, 0, 1])), ("col", i32s(&[2, 1, 0])), ("data", floats(&[3.0, 1.5, -2.0]))],
            ),
        ] {
            bench.write("m.npz", scipy(format, 2, 3, &members, deflated));
            bench.run(&["build", "m.npz", "--no-solver", "-f", "-o", "m.rvf"]).ok();
            let m = matrix(&bench.read("m.rvf"), "m");
            assert_eq!((m.rows, m.columns), (2, 3));
            assert_eq!(m.entries, [(0, 1, 1.5), (1, 0, -2.0), (1, 2, 3.0)], "{format}, deflated {deflated}");
        }
    }
    let bytes = bench.read("m.npz");
    let run = ["build", "mine=-", "--format", "npz", "--no-solver", "-o", "-"];
    assert_eq!(matrix(&bench.run_with_input(&run, &bytes).ok().data, "mine").entries.len(), 3);
}

#[test]
fn edge_lists_are_graphs_and_names_are_labels() {
    let bench = Bench::new();
    bench.write("a.edges", "# nodes\n0 2\n% and\n2\t1\r\n1 1\n");
    let run = bench.run(&["build", "a.edges", "--no-solver", "-o", "a.rvf"]).ok();
    assert!(run.stderr.contains("edges are directed"), "{run:?}");
    let a = matrix(&bench.read("a.rvf"), "a");
    assert_eq!((a.rows, a.columns, a.head.value_type), (3, 3, ValueType::Pattern));
    assert_eq!(a.entries, [(0, 2, 1.0), (1, 1, 1.0), (2, 1, 1.0)]);
    assert!(labels(&bench.read("a.rvf")).is_empty());
    bench.write("l.tsv", "Source\tTarget\tWeight\nNew York\tParis\t2.5\n17\tNew York\t1\nParis\tParis\t4\n");
    bench.run(&["build", "l.tsv", "--undirected", "--no-solver", "-o", "l.rvf"]).ok();
    let bytes = bench.read("l.rvf");
    let l = matrix(&bytes, "l");
    assert_eq!(l.entries, [(0, 1, 2.5), (0, 2, 1.0), (1, 0, 2.5), (1, 1, 4.0), (2, 0, 1.0)]);
    assert!(l.head.properties.symmetric && l.head.transpose.is_none());
    let names = [(0, "New York".to_owned()), (1, "Paris".to_owned()), (2, "17".to_owned())];
    assert_eq!(labels(&bytes), names);
    bench.run(&["extract", "l.rvf", "--labels", "n.tsv"]).ok();
    assert_eq!(bench.read("n.tsv"), b"0\tNew York\n1\tParis\n2\t17\n");
    bench.write("n.txt", "900000000000 5\n5 7\n");
    bench.run(&["build", "g=n.txt", "--node-names", "--no-solver", "-o", "n.rvf"]).ok();
    assert_eq!(matrix(&bench.read("n.rvf"), "g").entries, [(0, 1, 1.0), (1, 2, 1.0)]);
    assert_eq!(labels(&bench.read("n.rvf"))[0], (0, "900000000000".to_owned()));
}

#[test]
fn vectors_and_several_matrices_share_a_file() {
    let bench = Bench::new();
    bench.write("v.npy", sample_npy());
    bench.write("a.mtx", GENERAL);
    bench.write("g.tsv", "0 1\n1 2\n");
    bench.write("l.txt", "x\ny\nz\n");
    let arguments =
        ["build", "a.mtx", "v.npy", "--name", "a b=a.mtx", "g=g.tsv", "--labels", "l.txt", "--json"];
    let run = bench.run(&[&arguments[..], &["--no-solver", "-o", "all.rvf"]].concat()).ok();
    let bytes = bench.read("all.rvf");
    holds_sample(&bytes);
    assert_eq!(names(&bytes), ["a", "g", "a b"]);
    assert_eq!(bits(&matrix(&bytes, "a").entries), bits(&matrix(&bytes, "a b").entries));
    assert_eq!(labels(&bytes).len(), 3);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((json["matrices"].as_array().unwrap().len(), &json["dimension"]), (3, &4.into()));
    assert_eq!((&json["matrices"][1]["name"], &json["matrices"][1]["entries"]), (&"g".into(), &2.into()));
    let listed = bench.run(&["list", "all.rvf", "--json"]).ok();
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    let found: Vec<_> =
        listed["segments"].as_array().unwrap().iter().filter_map(|s| s["matrix"]["name"].as_str()).collect();
    assert_eq!(found, ["a", "g", "a b"]);
    let stripped = bench.run(&["strip", "all.rvf", "-o", "s.rvf"]);
    stripped.refused(1, "carries no module");
    bench.write("s.wasm", solver(""));
    bench.run(&["embed", "all.rvf", "s.wasm", "-o", "e.rvf"]).ok();
    bench.run(&["strip", "e.rvf", "-o", "s.rvf"]).ok();
    verify(&bench.read("s.rvf"));
    assert_eq!(names(&bench.read("s.rvf")), ["a", "g", "a b"]);
}

#[test]
fn labels_name_the_nodes_of_a_file_without_vectors() {
    let bench = Bench::new();
    bench.write("g.edges", "0 1\n1 2\n");
    bench.write("l.txt", "x\ny\nz\n");
    bench.run(&["build", "g.edges", "--labels", "l.txt", "--no-solver", "-o", "g.rvf"]).ok();
    assert_eq!(labels(&bench.read("g.rvf"))[2], (2, "z".to_owned()));
    bench.write("l.txt", "x\ny\n");
    bench
        .run(&["build", "g.edges", "--labels", "l.txt", "--no-solver", "-f", "-o", "g.rvf"])
        .refused(3, "2 labels for 3 nodes");
}

#[test]
fn extracted_text_gives_the_same_bytes_again() {
    let bench = Bench::new();
    bench.write("a.mtx", GENERAL);
    bench.write(
        "s.mtx",
        "%%MatrixMarket matrix coordinate real symmetric\n3 3 3\n1 1 0.1\n3 1 -3e-9\n3 3 7\n",
    );
    bench.write("d.mtx", "%%MatrixMarket matrix array real general\n2 2\n0.1\n-0.0\n1e300\n5\n");
    bench.write("p.edges", "0 1\n5 2\n");
    for name in ["a", "s", "d", "p"] {
        for values in ["f64", "f32"] {
            let file = if name == "p" { "p.edges".to_owned() } else { format!("{name}.mtx") };
            if values == "f32" && matches!(name, "a" | "d") {
                continue;
            }
            let build = |input: &str, out: &str| {
                bench.run(&["build", input, "--values", values, "--no-solver", "-f", "-o", out]).ok();
            };
            build(&file, "1.rvf");
            bench.run(&["extract", "1.rvf", "--matrix", name, "-f", "-o", "out.mtx"]).ok();
            build(&format!("{name}=out.mtx"), "2.rvf");
            assert_eq!(bench.read("1.rvf"), bench.read("2.rvf"), "{name}, {values}");
        }
    }
    bench.run(&["extract", "1.rvf", "--matrix", "q", "-o", "q.mtx"]).refused(1, "there is no matrix 'q'");
}

#[test]
fn a_second_run_and_any_memory_give_the_same_bytes() {
    let bench = Bench::new();
    bench.write("big.mtx", random_mtx(10_000, 100_000));
    for hash in ["crc", "shake256"] {
        for (memory, out) in [("128", "1.rvf"), ("4", "2.rvf"), ("4", "3.rvf")] {
            bench
                .run(&[
                    "build",
                    "big.mtx",
                    "--memory",
                    memory,
                    "--hash",
                    hash,
                    "--no-solver",
                    "-f",
                    "-o",
                    out,
                ])
                .ok();
        }
        assert_eq!(bench.read("1.rvf"), bench.read("2.rvf"));
        assert_eq!(bench.read("2.rvf"), bench.read("3.rvf"));
    }
    let big = matrix(&bench.read("1.rvf"), "big");
    assert_eq!(big.entries.len(), 100_000);
    assert!(big.entries.is_sorted_by_key(|e| (e.0, e.1)));
    assert_eq!(bench.names(), ["1.rvf", "2.rvf", "3.rvf", "big.mtx"]);
}

#[test]
fn files_with_matrices_get_the_solvers_that_solve() {
    use solver_microkernel::guests::{FULL_SCALAR, FULL_SIMD, SCALAR, SIMD};
    let bench = Bench::new();
    bench.write("a.mtx", GENERAL);
    bench.write("v.npy", sample_npy());
    let modules = |name: &str| -> Vec<Vec<u8>> {
        let bytes = bench.read(name);
        let file = rvf_format::File::open(&bytes).unwrap();
        let segments = file.segments_of(rvf_format::SegmentType::WASM).map(Result::unwrap);
        segments.map(|s| s.payload[64..].to_vec()).collect()
    };
    bench.run(&["build", "a.mtx", "-o", "a.rvf"]).ok();
    bench.run(&["build", "v.npy", "-o", "v.rvf"]).ok();
    bench.run(&["build", "v.npy", "--knn-graph", "1", "-o", "g.rvf"]).ok();
    assert_eq!(modules("v.rvf"), [SCALAR, SIMD]);
    for name in ["a.rvf", "g.rvf"] {
        assert_eq!(modules(name), [FULL_SCALAR, FULL_SIMD]);
    }
}
