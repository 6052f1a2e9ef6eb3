//! Inputs that are wrong: one clear report with a place, the right exit code, and no half-written file.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
use common::*;

/// Packs one input and expects it to be refused as malformed, with `what` and `place` in the report.
fn refused(name: &str, bytes: impl AsRef<[u8]>, flags: &[&str], what: &str, place: &str) {
    let bench = Bench::new();
    bench.write(name, bytes);
    let run = bench.run(&[&["build", name, "--no-solver", "-o", "out.rvf"], flags].concat());
    let run = run.refused(3, what);
    assert!(run.stderr.contains(&format!("where: {name}{place}")), "expected {place:?} in {run:?}");
    assert_eq!(bench.names(), [name], "{run:?}");
}

#[test]
fn npy_cut_short_anywhere() {
    let whole = sample_npy();
    for cut in [0, 3, 8, 9, 11, 60, 127, 128, 129, whole.len() - 1] {
        refused("a.npy", &whole[..cut], &[], "", "");
    }
    refused(
        "a.npy",
        &whole[..whole.len() - 1],
        &[],
        "3 vectors of 16 bytes are claimed, 47 bytes remain",
        ", byte 0x80",
    );
}

#[test]
fn npy_that_claims_2_to_the_60_rows() {
    refused("a.npy", npy("<f4", "(1152921504606846976, 4)", &[0; 64]), &[], "are claimed", ", byte 0x80");
    refused("a.npy", npy("<f4", "(18446744073709551615, 65535)", &[0; 64]), &[], "are claimed", ", byte");
    refused("a.npy", npy("<f4", "(1, 1152921504606846976)", &[0; 64]), &[], "a file holds 1 to 65535", "");
    refused("a.npy", npy("<f4", "(99999999999999999999, 4)", &[0; 64]), &[], "an axis is not a number", "");
}

#[test]
fn npy_that_claims_a_header_of_four_gigabytes() {
    let bytes = b"\x93NUMPY\x02\x00\xff\xff\xff\xff{'descr'";
    refused("a.npy", bytes, &[], "claims 4294967295 bytes", ", byte 0xc");
}

#[test]
fn npy_with_a_header_of_nothing_but_brackets() {
    let mut bytes = b"\x93NUMPY\x01\x00\xf0\xff".to_vec();
    bytes.resize(10 + 0xfff0, b'(');
    refused("a.npy", bytes, &[], "lacks a '{'", ", byte 0xa");
}

#[test]
fn npy_of_shapes_and_types_that_are_no_vectors() {
    refused("a.npy", npy("<f4", "(12,)", &f32s(&SAMPLE)), &[], "one axis of 12", "");
    refused("a.npy", npy("<f4", "(3, 2, 2)", &f32s(&SAMPLE)), &[], "3 axes", "");
    refused("a.npy", npy("<f4", "()", &f32s(&SAMPLE[..1])), &[], "0 axes", "");
    refused("a.npy", npy("<f4", "(3, 0)", &[]), &[], "0 elements", "");
}

#[test]
fn npy_with_bytes_left_over() {
    let mut bytes = sample_npy();
    bytes.extend_from_slice(b"more");
    refused("a.npy", bytes, &[], "4 bytes follow the array", ", byte 0xb0");
}

#[test]
fn numbers_that_are_none_are_named_with_row_and_column() {
    let mut values = SAMPLE;
    values[6] = f32::NAN;
    refused(
        "a.npy",
        npy("<f4", "(3, 4)", &f32s(&values)),
        &[],
        "row 1, column 2 is not a finite",
        ", byte 0x98",
    );
    let wide: Vec<u8> = [1.0f64, 1e300].iter().flat_map(|x| x.to_le_bytes()).collect();
    refused(
        "a.npy",
        npy("<f8", "(2, 1)", &wide),
        &[],
        "row 1, column 0 is beyond the range of f32",
        ", byte 0x88",
    );
    let odd: Vec<u8> = [1i32, 16_777_217].iter().flat_map(|x| x.to_le_bytes()).collect();
    refused(
        "a.npy",
        npy("<i4", "(1, 2)", &odd),
        &[],
        "column 1 is an integer that f32 cannot",
        ", byte 0x84",
    );
    refused("a.csv", "1,2\n3,inf\n", &[], "column 2 is not finite", ", line 2, byte 0x4");
    refused("a.csv", "1,2\n3,1e39\n", &[], "column 2 is not finite", ", line 2");
    refused("a.jsonl", "[1,2]\n[3,1e39]\n", &[], "element 1 is beyond the range", ", line 2, byte 0x6");
    let mut row = vec![2, 0, 0, 0];
    row.extend(f32s(&[1.0, f32::INFINITY]));
    refused("a.fvecs", row, &[], "row 0, column 1 is not a finite", ", byte 0x8");
}

#[test]
fn a_number_that_is_none_is_found_in_a_later_batch() {
    let mut values = vec![1.0f32; 1000];
    values[901] = f32::NEG_INFINITY;
    let bytes = npy("<f4", "(500, 2)", &f32s(&values));
    refused("a.npy", bytes, &["--batch", "7"], "row 450, column 1", &format!(", byte 0x{:x}", 128 + 901 * 4));
}

#[test]
fn fvecs_whose_dimension_changes_or_lies() {
    let row = |dim: u32, n: usize| [dim.to_le_bytes().to_vec(), vec![0; 4 * n]].concat();
    let rows = [row(4, 4), row(3, 3), row(5, 5)].concat();
    refused("a.fvecs", rows, &[], "row 1 has dimension 3, the rows before have 4", ", byte 0x14");
    let rows = [row(4, 4), row(3, 3)].concat();
    refused("a.fvecs", rows, &[], "row 1 has dimension 3, the rows before have 4", ", byte 0x14");
    let rows = [row(4, 4), row(u32::MAX - 2, 4)].concat();
    refused("a.fvecs", rows, &[], "row 1 has dimension -3, the rows before have 4", ", byte 0x14");
    refused("a.fvecs", row(u32::MAX - 2, 4), &[], "the dimension -3, which is negative", ", byte 0x0");
    refused("a.fvecs", row(0x7fff_ffff, 4), &[], "a file holds 1 to 65535", ", byte 0x0");
    refused("a.fvecs", row(0, 4), &[], "0 elements", ", byte 0x0");
    refused(
        "a.fvecs",
        [row(4, 4), row(4, 2)].concat(),
        &[],
        "row 1 is cut short: needs 20 bytes, 12 remain",
        ", byte 0x14",
    );
    refused("a.fvecs", "ab", &[], "cut short", "");
    refused("a.bvecs", row(65535, 4), &[], "row 0 is cut short", ", byte 0x0");
}

#[test]
fn csv_that_is_ragged_empty_or_not_numbers() {
    refused(
        "a.csv",
        "1,2,3\n4,5\n",
        &[],
        "row 1 has 2 numbers, the rows before have 3",
        ", line 2, byte 0x6",
    );
    refused("a.csv", "1,2\n3,4,5,6\n", &[], "row 1 has 3 or more numbers", ", line 2");
    refused("a.csv", "1,2\n3,four\n", &[], "column 2 holds 'four'", ", line 2");
    refused("a.csv", "", &[], "no records", "");
    refused("a.csv", "a,b\n", &[], "a header and no records", "");
    refused("a.csv", "id,x\n-1,2\n", &[], "the id is not a whole number", ", line 2");
    refused("a.csv", b"label,x\n\xff,2\n", &[], "the label is not UTF-8", ", line 2");
}

#[test]
fn csv_with_a_quote_that_never_closes_is_stopped_early() {
    let mut bytes = b"1,\"".to_vec();
    bytes.resize(6 << 20, b'7');
    refused("a.csv", bytes, &[], "a record has more than", "");
}

#[test]
fn json_lines_that_are_deep_ragged_or_no_vectors() {
    refused("a.jsonl", "[".repeat(100_000), &[], "expected a number as element 0", ", line 1");
    refused("a.jsonl", format!("{{\"x\":{}", "[".repeat(100_000)), &[], "not JSON", ", line 1");
    refused("a.jsonl", "[1,2]\n[[[[1]]]]\n", &[], "expected a number as element 0", ", line 2");
    refused("a.jsonl", "[1,\"2\"]", &[], "expected a number as element 1", ", line 1");
    refused(
        "a.jsonl",
        "[1,2]\n[1,2,3]\n",
        &[],
        "has 3 elements, the ones before have 2",
        ", line 2, byte 0x6",
    );
    refused("a.jsonl", "{\"v\":[1]}", &[], "no array 'vector'", ", line 1");
    refused("a.jsonl", "[1,NaN]", &[], "not JSON", ", line 1");
    refused("a.jsonl", "", &[], "no lines", "");
    refused("a.jsonl", "{\"id\":1,\"vector\":[1]}\n{\"vector\":[1]}", &[], "has no id", ", line 2");
    refused("a.jsonl", "{\"id\":1.5,\"vector\":[1]}", &[], "expected an id, a whole number", ", line 1");
    refused("a.jsonl", "{\"label\":7,\"vector\":[1]}", &[], "expected a label", ", line 1");
    refused("a.jsonl", "[1] [2]", &[], "not JSON at column 5", ", line 1");
    refused("a.jsonl", "7", &[], "expected an array of numbers", ", line 1");
    refused("a.jsonl", "{\"vector\":[1],\"values\":[1]}", &[], "holds two vectors", ", line 1");
    refused("a.jsonl", format!("[{}0]", "0,".repeat(70_000)), &[], "more than 65535 elements", ", line 1");
    refused("a.jsonl", vec![b'1'; 5 << 20], &[], "the line has more than", ", line 1");
}

fn safetensors(header: &str, data: usize) -> Vec<u8> {
    [(header.len() as u64).to_le_bytes().to_vec(), header.as_bytes().to_vec(), vec![0; data]].concat()
}

#[test]
fn safetensors_with_holes_overlaps_and_lies() {
    let one = |shape: &str, begin: u64, end: u64| {
        format!("{{\"dtype\":\"F32\",\"shape\":{shape},\"data_offsets\":[{begin},{end}]}}")
    };
    let two = |a: String, b: String| format!("{{\"a\":{a},\"b\":{b}}}");
    let hole = two(one("[1,2]", 0, 8), one("[1,2]", 12, 20));
    refused(
        "a.safetensors",
        safetensors(&hole, 20),
        &[],
        "starts at 12 of the data, the one before ends at 8",
        "",
    );
    let overlap = two(one("[1,2]", 0, 8), one("[1,2]", 4, 12));
    refused("a.safetensors", safetensors(&overlap, 12), &[], "starts at 4 of the data", "");
    let small = format!("{{\"a\":{}}}", one("[2,2]", 0, 8));
    refused("a.safetensors", safetensors(&small, 8), &[], "not what its shape needs", "");
    let vast = format!("{{\"a\":{}}}", one("[4611686018427387904,8]", 0, 8));
    refused("a.safetensors", safetensors(&vast, 8), &[], "not what its shape needs", "");
    let fine = format!("{{\"a\":{}}}", one("[1,2]", 0, 8));
    refused("a.safetensors", safetensors(&fine, 7), &[], "need 8 bytes, 7 remain", "");
    refused("a.safetensors", safetensors(&fine, 9), &[], "need 8 bytes, 9 remain", "");
    refused("a.safetensors", [0xff; 16], &[], "claims 18446744073709551615 bytes", ", byte 0x0");
    refused("a.safetensors", safetensors(&"[".repeat(5000), 0), &[], "not a JSON object", ", byte 0x8");
    let flat = format!("{{\"a\":{}}}", one("[2]", 0, 8));
    refused("a.safetensors", safetensors(&flat, 8), &["--tensor", "a"], "has 1 axes", "");
    let text = "{\"a\":{\"dtype\":\"BOOL\",\"shape\":[1,2],\"data_offsets\":[0,2]}}";
    refused("a.safetensors", safetensors(text, 2), &[], "elements of type BOOL", "");
}

#[test]
fn raw_input_that_is_no_whole_number_of_vectors() {
    let flags = ["--format", "raw", "--dtype", "f32", "--dim", "4"];
    refused("a.bin", [0; 17], &flags, "17 bytes are not a whole number of vectors of 16", ", byte 0x0");
    let bench = Bench::new();
    let run =
        bench.run_with_input(&[&["build", "-", "--no-solver", "-o", "o.rvf"], &flags[..]].concat(), &[0; 17]);
    let run = run.refused(3, "row 1 is cut short: needs 16 bytes, 1 remain");
    assert!(run.stderr.contains("standard input, byte 0x10"));
    assert!(bench.names().is_empty());
}

#[test]
fn a_pipe_that_ends_before_the_array_does() {
    let bench = Bench::new();
    let whole = sample_npy();
    for cut in [whole.len() - 1, whole.len() - 16, whole.len() - 48] {
        let run = bench
            .run_with_input(&["build", "-", "--format", "npy", "--no-solver", "-o", "o.rvf"], &whole[..cut]);
        run.refused(3, "");
    }
    assert!(bench.names().is_empty());
}

#[test]
fn ids_that_repeat_or_do_not_match_the_vectors() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    for (ids, what) in [
        ("5\n6\n5\n", "the id 5 comes twice, in rows 0 and 2"),
        ("5\n6\n", "more vectors than ids"),
        ("5\n6\n7\n8\n", "more ids than vectors"),
        ("5\nsix\n7\n", "not a whole number"),
        ("5\n-6\n7\n", "not a whole number"),
    ] {
        bench.write("ids.txt", ids);
        bench.run(&["build", "a.npy", "--ids", "ids.txt", "--no-solver", "-o", "o.rvf"]).refused(3, what);
    }
    let negative: Vec<u8> = [1i64, -1, 2].iter().flat_map(|x| x.to_le_bytes()).collect();
    for (bytes, what) in [
        (npy("<i8", "(3,)", &negative), "the id -1 is negative"),
        (npy("<f8", "(3,)", &negative), "array of u64 or i64"),
        (npy("<u8", "(3,)", &negative[..16]), "not the 3 ids"),
        (npy("<u8", "(2305843009213693952,)", &negative), "not the 2305843009213693952 ids"),
    ] {
        bench.write("ids.npy", bytes);
        bench.run(&["build", "a.npy", "--ids", "ids.npy", "--no-solver", "-o", "o.rvf"]).refused(3, what);
    }
    bench.write("b.jsonl", "{\"id\":1,\"vector\":[1,2,3,4]}");
    bench
        .run(&["build", "a.npy", "b.jsonl", "--no-solver", "-o", "o.rvf"])
        .refused(3, "some inputs have ids");
    bench.write("ids.txt", "5\n");
    bench
        .run(&["build", "b.jsonl", "--ids", "ids.txt", "--no-solver", "-o", "o.rvf"])
        .refused(2, "ids are given twice");
}

#[test]
fn labels_that_do_not_match_the_vectors() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    for (labels, what) in [
        ("a\nb\n", "2 labels for 3 vectors"),
        ("a\nb\nc\nd\n", "4 labels for 3 vectors"),
        ("0\ta\n3\tb\n", "not the id of a vector"),
        ("0\ta\nb\n", "not the id of a vector"),
        ("0\ta\n0\tb\n", "the vector 0 has two labels"),
    ] {
        bench.write("l.txt", labels);
        bench.run(&["build", "a.npy", "--labels", "l.txt", "--no-solver", "-o", "o.rvf"]).refused(3, what);
    }
    bench.write("l.txt", b"a\nb\xff\nc\n");
    bench.run(&["build", "a.npy", "--labels", "l.txt", "--no-solver", "-o", "o.rvf"]).refused(3, "not UTF-8");
    assert!(!bench.path("o.rvf").exists());
}

#[test]
fn inputs_of_different_dimensions_are_refused_by_name() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    bench.write("b.csv", "1,2,3\n");
    let run = bench.run(&["build", "a.npy", "b.csv", "--no-solver", "-o", "o.rvf"]);
    let run = run.refused(3, "vectors have 3 elements, those of a.npy have 4");
    assert!(run.stderr.contains("where: b.csv"));
}

#[test]
fn text_from_a_file_cannot_move_the_cursor() {
    let bench = Bench::new();
    bench.write("a.csv", "1,2\n3,\x1b[2Jx\n");
    let run = bench.run(&["build", "a.csv", "--no-solver", "-o", "o.rvf"]).refused(3, "\\u{1b}[2Jx");
    assert!(!run.stderr.contains('\x1b'));
}

#[test]
fn inputs_without_vectors_give_a_file_without_any_or_say_how_to() {
    let bench = Bench::new();
    bench.write("a.npy", npy("<f4", "(0, 4)", &[]));
    bench.write("a.f32", "");
    for flags in [&["a.npy"][..], &["a.f32", "--dtype", "f32", "--dim", "4"]] {
        let run = bench.run(&[&["build", "--no-solver", "-f", "-o", "o.rvf"], flags].concat()).ok();
        assert!(run.stderr.contains("warning: the inputs hold no vectors"), "{run:?}");
        assert!(run.stdout.contains("0 vectors of 4"), "{run:?}");
        let bytes = bench.read("o.rvf");
        verify(&bytes);
        assert!(vectors(&bytes).is_empty());
        assert_eq!(rvf_format::File::open(&bytes).unwrap().manifest().head.dimension, 4);
    }
    for name in ["e.csv", "e.jsonl", "e.fvecs"] {
        bench.write(name, "");
        let run = bench.run(&["build", name, "--no-solver", "-o", "x.rvf"]).refused(3, "npy of shape (0, N)");
        assert!(run.stderr.contains(&format!("where: {name}")), "{run:?}");
    }
}

#[test]
fn faults_of_all_vectors_together_have_a_place() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    bench.write("ids.txt", "5\n6\n5\n");
    bench.write("l.txt", "0\ta\n0\tb\n");
    let build = ["build", "a.npy", "--no-solver", "-o", "o.rvf"];
    bench.run(&[&build[..], &["--ids", "ids.txt"]].concat()).refused(3, "where: ids.txt, row 2");
    bench.run(&[&build[..], &["--labels", "l.txt"]].concat()).refused(3, "where: l.txt");
    bench.write("b.csv", "id,x\n7,1\n8,1\n");
    bench.write("c.csv", "id,x\n9,1\n8,1\n");
    let run = bench.run(&["build", "b.csv", "c.csv", "--no-solver", "-o", "o.rvf"]);
    run.refused(3, "where: b.csv, c.csv, row 3");
}
