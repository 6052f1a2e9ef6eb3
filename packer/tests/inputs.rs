//! Every kind of input, as a user gives it: the same bits arrive.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
use common::*;

#[test]
fn npy_arrives_bit_for_bit() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    bench.run(&["build", "a.npy", "--no-solver", "-o", "a.rvf"]).ok();
    let bytes = bench.read("a.rvf");
    holds_sample(&bytes);
    verify(&bytes);
}

#[test]
fn npy_of_every_element_type_is_converted_exactly() {
    let bench = Bench::new();
    let cases: [(&str, Vec<u8>); 13] = [
        ("<f4", f32s(&[1.0, -2.0])),
        (">f4", [1f32, -2.0].iter().flat_map(|x| x.to_be_bytes()).collect()),
        ("<f8", [1f64, -2.0].iter().flat_map(|x| x.to_le_bytes()).collect()),
        (">f8", [1f64, -2.0].iter().flat_map(|x| x.to_be_bytes()).collect()),
        ("<f2", vec![0x00, 0x3c, 0x00, 0xc0]),
        ("|i1", vec![1, 0xfe]),
        ("<i2", vec![1, 0, 0xfe, 0xff]),
        (">i2", vec![0, 1, 0xff, 0xfe]),
        ("<i4", [1i32, -2].iter().flat_map(|x| x.to_le_bytes()).collect()),
        ("<i8", [1i64, -2].iter().flat_map(|x| x.to_le_bytes()).collect()),
        ("|u1", vec![1, 2]),
        ("<u2", vec![1, 0, 2, 0]),
        ("<u8", [1u64, 2].iter().flat_map(|x| x.to_le_bytes()).collect()),
    ];
    for (descr, body) in cases {
        bench.write("a.npy", npy(descr, "(1, 2)", &body));
        bench.run(&["build", "a.npy", "--no-solver", "-f", "-o", "a.rvf"]).ok();
        let second = if descr.contains('u') { 2.0 } else { -2.0 };
        assert_eq!(vectors(&bench.read("a.rvf")), [(0, vec![1.0, second])], "{descr}");
    }
}

#[test]
fn the_shipped_word_vectors_arrive_as_numpy_wrote_them() {
    let bench = Bench::new();
    let (npy, words) = (fixture("glove-10k/glove-10k.npy"), fixture("glove-10k/words.txt"));
    let arguments =
        ["build", npy.to_str().unwrap(), "--labels", words.to_str().unwrap(), "--no-solver", "-o", "g.rvf"];
    bench.run(&arguments).ok();
    let (bytes, array) = (bench.read("g.rvf"), std::fs::read(&npy).unwrap());
    verify(&bytes);
    let got = vectors(&bytes);
    let packed: Vec<u8> = got.iter().flat_map(|(_, v)| f32s(v)).collect();
    assert!(array.ends_with(&packed) && array.len() - packed.len() < 256);
    let words: Vec<String> = std::fs::read_to_string(words).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(labels(&bytes).into_iter().map(|(_, l)| l).collect::<Vec<_>>(), words);
}

#[test]
fn fvecs_and_bvecs_arrive() {
    let bench = Bench::new();
    let row = |values: &[f32]| [4u32.to_le_bytes().to_vec(), f32s(values)].concat();
    let fvecs: Vec<u8> = SAMPLE.chunks(4).flat_map(row).collect();
    bench.write("a.fvecs", &fvecs);
    bench.run(&["build", "a.fvecs", "--no-solver", "--batch", "2", "-o", "a.rvf"]).ok();
    holds_sample(&bench.read("a.rvf"));
    bench.write("a.bvecs", [3, 0, 0, 0, 1, 2, 255, 3, 0, 0, 0, 4, 5, 6]);
    bench.run(&["build", "a.bvecs", "--no-solver", "-f", "-o", "a.rvf"]).ok();
    assert_eq!(vectors(&bench.read("a.rvf")), [(0, vec![1., 2., 255.]), (1, vec![4., 5., 6.])]);
}

#[test]
fn csv_with_and_without_header_arrives() {
    let bench = Bench::new();
    let rows: Vec<String> =
        SAMPLE.chunks(4).map(|r| r.iter().map(f32::to_string).collect::<Vec<_>>().join(",")).collect();
    bench.write("a.csv", rows.join("\n"));
    bench.run(&["build", "a.csv", "--no-solver", "-o", "a.rvf"]).ok();
    holds_sample(&bench.read("a.rvf"));
    bench.write("b.csv", format!("a,b,c,d\r\n{}\r\n", rows.join("\r\n")));
    bench.run(&["build", "b.csv", "--no-solver", "-f", "-o", "a.rvf"]).ok();
    holds_sample(&bench.read("a.rvf"));
}

#[test]
fn csv_columns_of_ids_and_labels_are_found_by_name_or_number() {
    let bench = Bench::new();
    bench.write("a.csv", "label,x,id,y\nking,1,70,2\n\"a \"\"queen\"\", she\",3,5,4\n,5,6,6\n");
    bench.run(&["build", "a.csv", "--no-solver", "-o", "a.rvf"]).ok();
    let bytes = bench.read("a.rvf");
    assert_eq!(vectors(&bytes), [(70, vec![1., 2.]), (5, vec![3., 4.]), (6, vec![5., 6.])]);
    assert_eq!(labels(&bytes), [(5, "a \"queen\", she".to_owned()), (70, "king".to_owned())]);
    bench.write("b.txt", "king 1 2\nqueen 3 4\n");
    let arguments = ["build", "b.txt", "--format", "csv", "--delimiter", " ", "--label-column", "1"];
    bench.run(&[&arguments[..], &["--no-solver", "-o", "b.rvf"]].concat()).ok();
    let bytes = bench.read("b.rvf");
    assert_eq!(vectors(&bytes), [(0, vec![1., 2.]), (1, vec![3., 4.])]);
    assert_eq!(labels(&bytes), [(0, "king".to_owned()), (1, "queen".to_owned())]);
}

#[test]
fn json_lines_arrive_as_objects_and_as_bare_arrays() {
    let bench = Bench::new();
    bench.write(
        "a.jsonl",
        "{\"id\":7,\"label\":\"kin\\u0067\",\"vector\":[0.1,2e-3]}\n\n{\"vector\":[1,-2],\"id\":\"9\",\"label\":null}\n",
    );
    bench.run(&["build", "a.jsonl", "--no-solver", "-o", "a.rvf"]).ok();
    let bytes = bench.read("a.rvf");
    assert_eq!(vectors(&bytes), [(7, vec![0.1, 0.002]), (9, vec![1., -2.])]);
    assert_eq!(labels(&bytes), [(7, "king".to_owned())]);
    let lines: String = SAMPLE.chunks(4).map(|r| format!("{r:?}\n")).collect();
    bench.write("b.jsonl", lines);
    bench.run(&["build", "b.jsonl", "--no-solver", "-o", "b.rvf"]).ok();
    holds_sample(&bench.read("b.rvf"));
}

#[test]
fn safetensors_as_its_own_library_writes_it_arrives() {
    use safetensors::tensor::{Dtype, TensorView};
    let bench = Bench::new();
    let (sample, other) = (f32s(&SAMPLE), vec![0u8; 48]);
    let half = vec![0x00, 0x3c, 0x00, 0x40];
    let tensors = [
        ("words", TensorView::new(Dtype::F32, vec![3, 4], &sample).unwrap()),
        ("bias", TensorView::new(Dtype::F64, vec![6], &other).unwrap()),
        ("half", TensorView::new(Dtype::BF16, vec![1, 2], &half).unwrap()),
    ];
    bench.write("a.safetensors", safetensors::serialize(tensors, None).unwrap());
    bench.run(&["build", "a.safetensors", "--tensor", "words", "--no-solver", "-o", "a.rvf"]).ok();
    holds_sample(&bench.read("a.rvf"));
    let run = bench.run(&["build", "a.safetensors", "--no-solver", "-o", "b.rvf"]);
    let run = run.refused(2, "which one holds the vectors is not clear");
    assert!(run.stderr.contains("words") && run.stderr.contains("half") && !run.stderr.contains("bias"));
    let only = [("words", TensorView::new(Dtype::F32, vec![3, 4], &sample).unwrap())];
    bench.write("b.safetensors", safetensors::serialize(only, None).unwrap());
    bench.run(&["build", "b.safetensors", "--no-solver", "-o", "b.rvf"]).ok();
    holds_sample(&bench.read("b.rvf"));
}

#[test]
fn raw_numbers_arrive_from_a_file_and_from_a_pipe() {
    let bench = Bench::new();
    bench.write("a.bin", f32s(&SAMPLE));
    let arguments = ["--format", "raw", "--dtype", "f32", "--dim", "4", "--no-solver", "-o"];
    bench.run(&[&["build", "a.bin"], &arguments[..], &["a.rvf"]].concat()).ok();
    holds_sample(&bench.read("a.rvf"));
    bench.run_with_input(&[&["build", "-"], &arguments[..], &["b.rvf"]].concat(), &f32s(&SAMPLE)).ok();
    assert_eq!(bench.read("a.rvf"), bench.read("b.rvf"));
    bench
        .run_with_input(&["build", "-", "--format", "npy", "--no-solver", "-o", "c.rvf"], &sample_npy())
        .ok();
    assert_eq!(bench.read("a.rvf"), bench.read("c.rvf"));
}

#[test]
fn several_inputs_follow_each_other_as_if_they_were_one() {
    let bench = Bench::new();
    bench.write("a.npy", npy("<f4", "(1, 4)", &f32s(&SAMPLE[..4])));
    bench.write("b.jsonl", format!("{{\"label\":\"b\",\"vector\":{:?}}}\n", &SAMPLE[4..8]));
    bench.write("c.csv", SAMPLE[8..].iter().map(f32::to_string).collect::<Vec<_>>().join(","));
    bench.run(&["build", "a.npy", "b.jsonl", "c.csv", "--no-solver", "-o", "abc.rvf"]).ok();
    let bytes = bench.read("abc.rvf");
    holds_sample(&bytes);
    assert_eq!(labels(&bytes), [(1, "b".to_owned())]);
}

#[test]
fn ids_come_from_text_or_an_array_and_labels_from_lines_or_pairs() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    bench.write("ids.txt", "30\n10\n20\n");
    let ids: Vec<u8> = [30i64, 10, 20].iter().flat_map(|x| x.to_le_bytes()).collect();
    bench.write("ids.npy", npy("<i8", "(3,)", &ids));
    bench.write("lines.txt", "thirty\n\ntwenty\n");
    bench.write("pairs.tsv", "20\ttwenty\n30\tthirty\n");
    for (ids, labels) in [("ids.txt", "lines.txt"), ("ids.npy", "pairs.tsv")] {
        let out = format!("{ids}.rvf");
        bench
            .run(&[
                "build",
                "a.npy",
                "--ids",
                ids,
                "--labels",
                labels,
                "--no-solver",
                "--batch",
                "1",
                "-o",
                &out,
            ])
            .ok();
    }
    let bytes = bench.read("ids.txt.rvf");
    assert_eq!(bytes, bench.read("ids.npy.rvf"));
    assert_eq!(vectors(&bytes).iter().map(|(id, _)| *id).collect::<Vec<_>>(), [30, 10, 20]);
    assert_eq!(labels(&bytes), [(20, "twenty".to_owned()), (30, "thirty".to_owned())]);
}

#[test]
fn a_first_line_of_csv_is_a_header_only_when_nothing_in_it_is_a_number() {
    let bench = Bench::new();
    let build = |flags: &[&str]| {
        bench.run(&[&["build", "a.csv", "--no-solver", "-f", "-o", "a.rvf"], flags].concat())
    };
    let advice = "--header yes, or is a vector with --header no";
    for (text, what) in [
        ("1.0,2.0,N/A\n4,5,6\n", "'N/A' in column 3"),
        (",0,1\n7,8,9\n", "'' in column 1"),
        ("id,0,1\n7,8,9\n", "names a column of ids or labels"),
    ] {
        bench.write("a.csv", text);
        build(&[]).refused(3, what).refused(3, advice).refused(3, "where: a.csv, line 1, byte 0x0");
    }
    let run = build(&["--header", "yes"]).ok();
    assert!(run.stderr.contains("a.csv: the first line is taken for names of columns"), "{run:?}");
    assert_eq!(vectors(&bench.read("a.rvf")), [(7, vec![8., 9.])]);
    bench.write("a.csv", "1.0,2.0,N/A\n4,5,6\n");
    build(&["--header", "no"]).refused(3, "column 3 holds 'N/A', which is not a number");
    bench.write("a.csv", "x,y\n4,5\n");
    assert!(build(&[]).ok().stderr.contains("the first line is taken for names of columns"));
    assert!(build(&["-q"]).ok().stderr.is_empty());
    bench.write("a.csv", "4,5\n");
    assert!(build(&[]).ok().stderr.is_empty());
}

#[test]
fn csv_with_other_delimiters_or_characters_is_told_so() {
    let bench = Bench::new();
    for (text, what) in [
        ("1;2;3\n4;5;6\n", "give --delimiter ';'"),
        ("1,5;2,5\n3,5;4,5\n", "give --delimiter ';'"),
        ("x\ty\n1\t2\n", "give --delimiter '\\t'"),
    ] {
        bench.write("a.csv", text);
        bench.run(&["build", "a.csv", "--no-solver", "-o", "a.rvf"]).refused(3, what);
    }
    let wide: Vec<u8> = "\u{feff}1,2\n3,4\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bench.write("a.csv", wide);
    bench
        .run(&["build", "a.csv", "--no-solver", "-o", "a.rvf"])
        .refused(3, "the text is UTF-16")
        .refused(3, "UTF-8");
}

#[test]
fn an_element_type_and_a_dimension_say_that_an_input_is_raw() {
    let bench = Bench::new();
    let flags = ["--dtype", "f32", "--dim", "4", "--no-solver", "-f", "-o", "a.rvf"];
    for name in ["data.f32", "data.bin", "data"] {
        bench.write(name, f32s(&SAMPLE));
        bench.run(&[&["build", name], &flags[..]].concat()).ok();
        holds_sample(&bench.read("a.rvf"));
    }
    bench.run_with_input(&[&["build", "-"], &flags[..]].concat(), &f32s(&SAMPLE)).ok();
    holds_sample(&bench.read("a.rvf"));
    bench.write("a.ivecs", f32s(&SAMPLE));
    bench.run(&[&["build", "a.ivecs"], &flags[..]].concat()).refused(2, "neighbour lists");
}
