//! Matrices that are wrong: one clear report with line, column and byte, and nothing left behind.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
mod matrix_support;
use common::*;
use matrix_support::*;

/// Packs one input and expects it to be refused, with `what` and `place` in the report.
fn refused(name: &str, bytes: impl AsRef<[u8]>, flags: &[&str], what: &str, place: &str) {
    let bench = Bench::new();
    bench.write(name, bytes);
    let run = bench.run(&[&["build", name, "--no-solver", "-o", "out.rvf"], flags].concat());
    let run = run.refused(3, what);
    assert!(run.stderr.contains(&format!("where: {name}{place}")), "expected {place:?} in {run:?}");
    assert_eq!(bench.names(), [name], "{run:?}");
}

fn mtx(kind: &str, body: &str, what: &str, place: &str) {
    refused("a.mtx", format!("%%MatrixMarket matrix {kind}\n{body}"), &[], what, place);
}

#[test]
fn banners_that_say_something_else() {
    for (kind, what, place) in [
        ("coordinate complex general", "complex matrices cannot be packed", ", line 1, column 34, byte 0x21"),
        ("coordinate complex hermitian", "complex matrices", ", line 1, column 34"),
        ("coordinate real hermitian", "hermitian matrices cannot be packed", ", line 1, column 39"),
        ("coordinate quaternion general", "the field 'quaternion' is not known", ", line 1, column 34"),
        ("array pattern general", "the field 'pattern' is not known here", ", line 1"),
        ("coordinate pattern skew-symmetric", "the symmetry 'skew-symmetric' is not known here", ", line 1"),
        ("list real general", "the format 'list' is not known", ", line 1, column 23"),
        ("coordinate real", "the banner is missing or incomplete", ", line 1"),
    ] {
        mtx(kind, "1 1 1\n1 1 1\n", what, place);
    }
    refused("a.mtx", "1 1 1\n1 1 1\n", &[], "not a Matrix Market file", ", line 1, column 1, byte 0x0");
    refused("a.mtx", "%%MatrixMarket vector coordinate real general\n", &[], "holds a 'vector'", ", line 1");
    refused("a.mtx", "", &[], "not a Matrix Market file", ", line 1");
}

#[test]
fn claims_that_the_file_cannot_keep() {
    let general = "coordinate real general";
    let entries = format!("2 2 {}\n1 1 1\n", 10u64.pow(18));
    mtx(general, &entries, "1000000000000000000 entries are claimed, and 6 bytes remain", ", line 2");
    mtx(
        general,
        &format!("{0} {0} 1\n1 1 1\n", 10u64.pow(18)),
        "is claimed, a file holds at most",
        ", line 2",
    );
    mtx(general, "500000000 500000000 1\n1 1 1\n", "with 1 entries is not possible", "");
    mtx(general, "1 500000 1\n1 1 1\n", "no reader would take this matrix", "");
    mtx(general, "99999999999999999999 2 1\n", "is not a number up to 2^64", ", line 2, column 1");
    mtx(general, "2 2\n", "does not have 3 numbers", ", line 2, column 4");
    mtx(general, "2 2 2\n1 1 1\n   \n", "2 entries are claimed, the file ends after 1", ", line 4");
    mtx(general, "2 2 1\n1 1 1\n2 2 1\n", "there are more entries than the line of sizes says", ", line 4");
    mtx(general, "% only a comment\n", "the file ends before the line of sizes", ", line 2");
    mtx("array real general", "3000000000 3000000000\n1\n", "is claimed", ", line 2");
    mtx(
        "array real general",
        "400000000 400000000\n1\n",
        "160000000000000000 entries are claimed",
        ", line 2",
    );
    mtx("array real general", "2 1\n1\n2\n3\n", "there are more entries", ", line 5");
    mtx("array real general", "0 3\n", "has no elements", ", line 2");
    mtx("coordinate real symmetric", "2 3 0\n", "a symmetric matrix is square", ", line 2");
}

#[test]
fn entries_that_are_none() {
    let general = "coordinate real general";
    for (entry, what, place) in [
        ("0 1 1", "row 0: rows and columns are counted from 1", ", line 3, column 1, byte 0x34"),
        ("1 0 1", "column 0", ", line 3, column 3"),
        ("3 1 1", "the row '3' is not a number from 1 to 2", ", line 3, column 1"),
        ("1 -1 1", "the column '-1' is not", ", line 3, column 3"),
        ("1 99999999999999999999999999 1", "the column '9999", ", line 3, column 3"),
        ("1 1 nan", "the value 'nan' is not a finite number", ", line 3, column 5"),
        ("1 1 1e999", "beyond the range of f64", ", line 3, column 5"),
        ("1 1 one", "the value 'one' is not a number", ", line 3, column 5"),
        ("1 1", "the entry has 2 words, not 3", ", line 3, column 4"),
        ("1 1 1 1", "the entry has 4 or more words, not 3", ", line 3, column 6"),
        ("1 1 \u{1b}[2J", "'\\u{1b}[2J' is not a number", ", line 3, column 5"),
    ] {
        mtx(general, &format!("2 2 1\n{entry}\n"), what, place);
    }
    mtx("coordinate integer general", "1 1 1\n1 1 1.5\n", "is not a whole number", ", line 3, column 5");
    mtx(
        "coordinate integer general",
        "1 1 1\n1 1 9007199254740993\n",
        "cannot hold exactly",
        ", line 3, column 5",
    );
    mtx("coordinate pattern general", "1 1 1\n1 1 1\n", "the entry has 3 words, not 2", ", line 3");
    mtx("array real general", "1 1\n1 2\n", "more than one element", ", line 3");
    mtx(
        "coordinate real symmetric",
        "2 2 2\n2 1 1\n1 2 1\n",
        "both triangles of a symmetric matrix",
        ", line 4",
    );
    mtx("coordinate real skew-symmetric", "2 2 1\n1 1 1\n", "zeros on its diagonal", ", line 3, column 5");
    let long = format!("1 1 1\n{}", "1".repeat(5 << 20));
    mtx(general, &long, "the line has more than 4194304 bytes", ", line 3");
}

#[test]
fn sums_that_leave_the_numbers() {
    let general = "coordinate real general";
    let what = "the entry of row 2, column 1 is beyond the range of f64";
    mtx(general, "2 2 2\n2 1 1e308\n2 1 1e308\n", what, "");
    mtx(general, "1 2 2\n1 1 1.5e308\n1 2 1.5e308\n", "add up to more than f64 holds", "");
    let text = "%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 1e39\n";
    refused("a.mtx", text, &["--values", "f32"], "row 1, column 1 is beyond the range of f32", "");
}

#[test]
fn edge_lists_that_do_not_add_up() {
    for (text, what, place) in [
        ("0 1\n1\n", "the edge has 1 fields, not 2", ", line 2"),
        ("0 1\n1 2 3\n", "the edge has 3 fields, not 2", ", line 2"),
        ("0 1 2 3\n", "at least 4 fields, not 3", ", line 1"),
        ("0 1\n1 x\n", "the node 'x' is not a whole number", ", line 2, column 3, byte 0x6"),
        ("0 1 nan\n", "the weight 'nan' is not a finite number", ", line 1, column 5"),
        ("0 9999999999\n", "is too large a number", ", line 1, column 3"),
        ("0 400000000\n", "is not possible", ""),
        ("a\t\n", "the name of a node is empty", ", line 1, column 3"),
        ("# nothing\n", "has no edges", ""),
    ] {
        refused("a.edges", text, &[], what, place);
    }
    refused("a.edges", b"a b\n\xff c\n", &[], "is not UTF-8", ", line 2, column 1");
}

#[test]
fn archives_that_lie() {
    let good = [("indptr", i32s(&[0, 1, 2])), ("indices", i32s(&[0, 1])), ("data", floats(&[1.0, 2.0]))];
    let with = |name: &str, bytes: Vec<u8>| {
        let arrays = good.clone().map(|(n, b)| if n == name { (n, bytes.clone()) } else { (n, b) });
        scipy("csr", 2, 2, &arrays, true)
    };
    let m = ", member ";
    refused("a.npz", with("indptr", i32s(&[0, 1])), &[], "has 2 elements, the matrix needs 3", m);
    refused("a.npz", with("indptr", i32s(&[0, 2, 1])), &[], "line 1 ends at 1, before its start 2", m);
    refused(
        "a.npz",
        with("indptr", i32s(&[0, 1, 1])),
        &[],
        "the lines hold 1 entries, there are 2 indices",
        m,
    );
    refused("a.npz", with("indptr", i32s(&[0, 1, 3])), &[], "the end of a line 3", m);
    refused("a.npz", with("indptr", i32s(&[1, 1, 2])), &[], "the first start of a line 1", m);
    refused("a.npz", with("indptr", floats(&[0.0, 1.0, 2.0])), &[], "does not hold whole numbers", m);
    refused(
        "a.npz",
        with("indices", i32s(&[0, 2])),
        &[],
        "the index 2 is not a number from 0 to below 2",
        ", member indices.npy, byte 0x84",
    );
    refused("a.npz", with("indices", i32s(&[0, -1])), &[], "the index -1", m);
    refused("a.npz", with("data", floats(&[1.0])), &[], "has 1 elements, the matrix needs 2", m);
    refused(
        "a.npz",
        with("data", floats(&[1.0, f64::NAN])),
        &[],
        "element 1 is not a finite number",
        ", member data.npy, byte 0x88",
    );
    refused(
        "a.npz",
        with("data", npy("<c16", "(2,)", &[0; 32])),
        &[],
        "elements of type '<c16' are complex numbers",
        m,
    );
    let huge = npy("<f8", "(1152921504606846976,)", &[0; 16]);
    refused("a.npz", with("data", huge), &[], "claims a shape of [1152921504606846976]", m);
    refused("a.npz", scipy("csr", -2, 2, &good, false), &[], "the number of rows -2", m);
    refused("a.npz", scipy("csr", i64::MAX, 2, &good, false), &[], "is claimed, a file holds at most", m);
    refused("a.npz", scipy("dia", 2, 2, &good, false), &[], "of format 'dia' is not read", "");
    refused(
        "a.npz",
        zip(&[("x.npy".to_owned(), floats(&[1.0]))], true),
        &[],
        "format.npy is missing, there is x.npy",
        "",
    );
    let nested = zip(&[("format.npy".to_owned(), scipy("csr", 2, 2, &good, true))], true);
    refused("a.npz", nested, &[], "does not start with \\x93NUMPY", m);
    refused("a.npz", "PK\x03\x04 and no more", &[], "there is no zip directory", ", byte 0x0");
    refused("a.npz", "", &[], "there is no zip directory", ", byte 0x0");
}

#[test]
fn archives_whose_directory_lies() {
    let good = [("indptr", i32s(&[0, 1])), ("indices", i32s(&[0])), ("data", floats(&[1.0]))];
    let whole = scipy("csr", 1, 1, &good, true);
    let entry = whole.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    let lie = |at: usize, bytes: &[u8]| {
        let mut lying = whole.clone();
        lying[entry + at..entry + at + bytes.len()].copy_from_slice(bytes);
        lying
    };
    refused("a.npz", lie(8, &[1, 0]), &[], "a member is encrypted", ", byte 0x");
    refused("a.npz", lie(10, &[12, 0]), &[], "neither stored nor deflated", ", byte 0x");
    refused(
        "a.npz",
        lie(16, &[1, 2, 3, 4]),
        &[],
        "does not match its check value",
        ", member format.npy, byte 0x80",
    );
    refused("a.npz", lie(20, &[0xff, 0xff, 0xff, 0x7f]), &[], "and the file ends before", ", byte 0x0");
    refused("a.npz", lie(24, &[0xff, 0xff, 0xff, 0x7f]), &[], "which is not possible", ", byte 0x0");
    refused(
        "a.npz",
        lie(42, &[0xfe, 0xff, 0xff, 0x7f]),
        &[],
        "has no header where the directory says",
        ", byte 0x",
    );
    for cut in [1, 10, 22, 60, whole.len() - 1] {
        refused("a.npz", &whole[..whole.len() - cut], &[], "", "");
    }
}

#[test]
fn names_and_parts_that_do_not_fit_are_wrong_use() {
    let bench = Bench::new();
    bench.write("a.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 1\n");
    bench.write("b.npy", sample_npy());
    let long = format!("{}=a.mtx", "n".repeat(257));
    for (inputs, what) in [
        (&["a.mtx", "a=a.mtx"][..], "two matrices are named 'a'"),
        (&["b.npy", "knn=a.mtx", "--knn-graph", "2"], "two matrices are named 'knn'"),
        (&[&long], "a name of 257 bytes"),
        (&["a\u{7}=a.mtx"], "control character"),
        (&["a.mtx", "--knn-graph", "2"], "no input holds any"),
        (&["a.mtx", "--ids", "b.npy"], "array of u64 or i64"),
        (&["b.npy", "--knn-graph", "0"], "from 1 to 4096"),
        (&["--name", "a.mtx"], "not of the form NAME=FILE"),
        (&["x=a.mtx", "y=-", "-", "--format", "mtx"], "standard input is named twice"),
        (&["x=a.unknown"], "--format mtx, npz, edges or array"),
    ] {
        let run = bench.run(&[&["build", "--no-solver", "-o", "o.rvf"], inputs].concat());
        assert!(run.code == 2 || run.code == 3, "{run:?}");
        assert!(run.stderr.contains(what), "expected {what:?} in {run:?}");
    }
    assert_eq!(bench.names(), ["a.mtx", "b.npy"]);
}

#[test]
fn a_file_has_one_label_for_a_number() {
    let bench = Bench::new();
    bench.write("v.npy", sample_npy());
    bench.write("l.txt", "x\ny\nz\n");
    bench.write("same.tsv", "x\ty\ny\tz\n");
    bench.write("other.tsv", "p\tq\n");
    bench.write("ids.txt", "7\n8\n9\n");
    let build = |inputs: &[&str]| {
        bench.run(&[&["build", "v.npy", "--no-solver", "-f", "-o", "o.rvf"], inputs].concat())
    };
    build(&["g=same.tsv", "--labels", "l.txt"]).ok();
    assert_eq!(labels(&bench.read("o.rvf")).len(), 3);
    let run = build(&["g=other.tsv", "--labels", "l.txt"]);
    let run = run.refused(3, "node 0 of the graph is named 'p', and 0 is labelled 'x' elsewhere");
    assert!(run.stderr.contains("a file of its own") && run.stderr.contains("where: other.tsv"), "{run:?}");
    build(&["g=other.tsv"]).refused(3, "node 0 of the graph is named 'p', and the vector 0 has no label");
    let ids = ["--ids", "ids.txt", "--labels", "l.txt", "--knn-graph", "1"];
    build(&ids).refused(2, "vectors with ids of their own, labels, and a matrix");
    build(&ids[..2]).ok();
    build(&["--ids", "ids.txt", "--knn-graph", "1"]).ok();
}
