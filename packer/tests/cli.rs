//! Manners: exit codes, overwriting, determinism, streams, JSON.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
use common::*;
use serde_json::Value;

#[test]
fn a_second_run_gives_the_same_bytes() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    bench.write("l.txt", "a\nb\nc\n");
    bench.write("s.wasm", solver(""));
    for hash in ["crc", "xxh3", "shake256"] {
        for out in ["1.rvf", "2.rvf"] {
            let arguments = [
                "build", "a.npy", "--labels", "l.txt", "--solver", "s.wasm", "--hash", hash, "-f", "-o", out,
            ];
            bench.run(&arguments).ok();
        }
        assert_eq!(bench.read("1.rvf"), bench.read("2.rvf"), "{hash}");
        verify(&bench.read("1.rvf"));
    }
}

#[test]
fn the_batch_size_cuts_segments_and_changes_no_vector() {
    let bench = Bench::new();
    let values: Vec<f32> = (0..700).map(|i| i as f32).collect();
    bench.write("a.npy", npy("<f4", "(100, 7)", &f32s(&values)));
    for (batch, segments) in [("1", 100), ("33", 4), ("100", 1), ("1000", 1)] {
        let run = bench
            .run(&["build", "a.npy", "--no-solver", "--batch", batch, "--json", "-f", "-o", "a.rvf"])
            .ok();
        let json: Value = serde_json::from_str(&run.stdout).unwrap();
        let all = json["segments"].as_array().unwrap();
        assert_eq!(all.iter().filter(|s| s["type"] == "VEC").count(), segments);
        let bytes = bench.read("a.rvf");
        assert_eq!(vectors(&bytes).into_iter().flat_map(|(_, v)| v).collect::<Vec<_>>(), values);
        verify(&bytes);
    }
    bench.run(&["build", "a.npy", "--no-solver", "--batch", "0", "-o", "b.rvf"]).refused(2, "a batch of 0");
    let run = bench.run(&["build", "a.npy", "--no-solver", "--batch", "4000000000", "-o", "b.rvf"]);
    run.refused(2, "is not possible");
}

#[test]
fn an_existing_file_is_replaced_only_with_force() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    bench.write("a.rvf", "precious");
    bench.run(&["build", "a.npy", "--no-solver", "-o", "a.rvf"]).refused(2, "exists already");
    assert_eq!(bench.read("a.rvf"), b"precious");
    bench.write("bad.npy", &sample_npy()[..150]);
    bench.run(&["build", "bad.npy", "--no-solver", "--force", "-o", "a.rvf"]).refused(3, "");
    assert_eq!(bench.read("a.rvf"), b"precious");
    bench.run(&["build", "a.npy", "--no-solver", "--force", "-o", "a.rvf"]).ok();
    holds_sample(&bench.read("a.rvf"));
    assert_eq!(bench.names(), ["a.npy", "a.rvf", "bad.npy"]);
}

#[test]
fn wrong_use_is_code_2() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    bench.write("a.xyz", "");
    bench.write("a.ivecs", "");
    let cases: [(&[&str], &str); 12] = [
        (&["build", "missing.npy", "--no-solver", "-o", "o.rvf"], "cannot read the input"),
        (&["build", "a.xyz", "--no-solver", "-o", "o.rvf"], "--format npy|fvecs"),
        (&["build", "a.ivecs", "--no-solver", "-o", "o.rvf"], "neighbour lists"),
        (&["build", "-", "--no-solver", "-o", "o.rvf"], "the format of standard input"),
        (&["build", "-", "-", "--format", "npy", "--no-solver", "-o", "o.rvf"], "named twice"),
        (&["build", ".", "--format", "npy", "--no-solver", "-o", "o.rvf"], "is a directory"),
        (&["build", "a.npy", "--no-solver", "-o", "."], "is a directory"),
        (&["build", "a.npy", "--no-solver", "-o", "no/where/o.rvf"], "cannot create the output"),
        (&["build", "a.npy", "--format", "raw", "--no-solver", "-o", "o.rvf"], "--dtype f32 --dim 128"),
        (
            &["build", "a.npy", "--timestamp", "noon", "--no-solver", "-o", "o.rvf"],
            "'noon', which is not a time",
        ),
        (&["build", "a.npy", "--labels", "missing", "--no-solver", "-o", "o.rvf"], "cannot read the input"),
        (&["build", "a.npy", "--solver", "missing", "-o", "o.rvf"], "cannot read the input"),
    ];
    for (arguments, what) in cases {
        bench.run(arguments).refused(2, what);
    }
    for arguments in [
        &["build"][..],
        &["build", "a.npy"],
        &["build", "a.npy", "--metric", "manhattan", "-o", "o"],
        &["fly"],
    ] {
        assert_eq!(bench.run(arguments).code, 2, "{arguments:?}");
    }
    assert_eq!(bench.names(), ["a.ivecs", "a.npy", "a.xyz"]);
}

#[test]
fn a_dry_run_says_what_a_run_would_write_and_writes_nothing() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    let dry = bench.run(&["build", "a.npy", "--no-solver", "--dry-run", "--json"]).ok();
    assert_eq!(bench.names(), ["a.npy"]);
    let wet = bench.run(&["build", "a.npy", "--no-solver", "--json", "-o", "a.rvf"]).ok();
    let [dry, wet]: [Value; 2] = [dry, wet].map(|run| serde_json::from_str(&run.stdout).unwrap());
    assert_eq!(
        (&dry["digest"], &dry["segments"], &dry["bytes"]),
        (&wet["digest"], &wet["segments"], &wet["bytes"])
    );
    assert_eq!(
        (&dry["written"], &wet["written"], &wet["schema"]),
        (&false.into(), &true.into(), &"rvf-build/1".into())
    );
    assert_eq!(wet["bytes"], bench.read("a.rvf").len());
    let table = bench.run(&["build", "a.npy", "--no-solver", "--dry-run"]).ok().stdout;
    for word in ["offset", "VEC", "WITNESS", "INTEGRITY", "MANIFEST", "digest"] {
        assert!(table.contains(word), "{table}");
    }
}

#[test]
fn the_table_of_a_dry_run_is_the_directory_of_the_file() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    bench.write("s.wasm", solver(""));
    let arguments = ["build", "a.npy", "--solver", "s.wasm", "--batch", "1", "--json", "-o", "a.rvf"];
    let built: Value = serde_json::from_str(&bench.run(&arguments).ok().stdout).unwrap();
    let listed: Value = serde_json::from_str(&bench.run(&["list", "a.rvf", "--json"]).ok().stdout).unwrap();
    let rows = |value: &Value| -> Vec<[Value; 4]> {
        let rows = value["segments"].as_array().unwrap().iter();
        rows.map(|s| ["offset", "type", "id", "payload_bytes"].map(|key| s[key].clone())).collect()
    };
    assert_eq!(rows(&built), rows(&listed));
    assert_eq!(listed["schema"], "rvf-list/1");
}

#[test]
fn output_goes_into_a_pipe_and_the_summary_to_the_side() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    bench.run(&["build", "a.npy", "--no-solver", "-o", "a.rvf"]).ok();
    let run = bench.run(&["build", "a.npy", "--no-solver", "-o", "-"]).ok();
    assert_eq!(run.data, bench.read("a.rvf"));
    assert!(run.stderr.contains("3 vectors of 4"));
    let run = bench.run(&["build", "a.npy", "--no-solver", "-q", "-o", "-"]).ok();
    assert!(run.stderr.is_empty());
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let bench = Bench::new();
    let values = vec![1.0f32; 1 << 20];
    bench.write("a.npy", npy("<f4", "(1024, 1024)", &f32s(&values)));
    let mut child = bench
        .command(&["build", "a.npy", "--no-solver", "-o", "-"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_no_half_written_file() {
    use std::io::Write;
    let bench = Bench::new();
    let mut child = bench
        .command(&[
            "build",
            "-",
            "--format",
            "raw",
            "--dtype",
            "f32",
            "--dim",
            "4",
            "--no-solver",
            "-o",
            "a.rvf",
        ])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(&f32s(&SAMPLE)).unwrap();
    input.flush().unwrap();
    let begun = std::time::Instant::now();
    while bench.names().is_empty() {
        assert!(begun.elapsed().as_secs() < 20, "the output was never begun");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(bench.names().is_empty(), "{:?}", bench.names());
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_no_temporary_file_of_a_matrix() {
    use std::io::Write;
    let bench = Bench::new();
    let arguments = [
        "build",
        "m=-",
        "--format",
        "mtx",
        "--memory",
        "4",
        "--no-solver",
        "-o",
        "no.rvf",
        "--values",
        "f64",
    ];
    let mut child = bench.command(&arguments).stdin(std::process::Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"%%MatrixMarket matrix coordinate pattern general\n9 9 9000000\n").unwrap();
    // More than one run, so that a temporary file exists.
    input.write_all("3 4\n".repeat(500_000).as_bytes()).unwrap();
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(bench.names().is_empty(), "{:?}", bench.names());
}

#[test]
fn an_error_with_json_is_one_document() {
    let bench = Bench::new();
    bench.write("a.npy", &sample_npy()[..100]);
    let run = bench.run(&["build", "a.npy", "--no-solver", "--json", "-o", "a.rvf"]);
    assert_eq!(run.code, 3);
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&json["schema"], &json["error"]["exit"]), (&"rvf-error/1".into(), &3.into()));
    assert!(json["error"]["where"].as_str().unwrap().starts_with("a.npy, byte 0x"));
    assert!(run.stderr.is_empty());
}

#[test]
fn quiet_is_about_standard_error_and_plain_output_has_no_colour() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    let run = bench.run(&["build", "a.npy", "--no-solver", "-q", "-o", "a.rvf"]).ok();
    assert!(run.stdout.contains("wrote a.rvf") && run.stderr.is_empty());
    let run = bench.run(&["list", "a.rvf"]).ok();
    assert!(!run.stdout.contains('\x1b'));
    let run = bench.run(&["list", "a.rvf", "--color", "always"]).ok();
    assert!(run.stdout.contains("\x1b[1m"));
}

#[test]
fn the_time_comes_from_a_flag_or_the_environment_or_is_zero() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    let time = |bytes: &[u8]| rvf_format::File::open(bytes).unwrap().manifest_segment().header.timestamp_ns;
    bench.run(&["build", "a.npy", "--no-solver", "-o", "0.rvf"]).ok();
    assert_eq!(time(&bench.read("0.rvf")), 0);
    bench.run(&["build", "a.npy", "--no-solver", "--timestamp", "1700000000", "-o", "1.rvf"]).ok();
    assert_eq!(time(&bench.read("1.rvf")), 1_700_000_000_000_000_000);
    let mut command = bench.command(&["build", "a.npy", "--no-solver", "-o", "2.rvf"]);
    assert!(command.env("SOURCE_DATE_EPOCH", "1700000000").output().unwrap().status.success());
    assert_eq!(bench.read("1.rvf"), bench.read("2.rvf"));
    bench.run(&["build", "a.npy", "--no-solver", "--timestamp", "now", "-o", "3.rvf"]).ok();
    assert!(time(&bench.read("3.rvf")) > 1_700_000_000_000_000_000);
    verify(&bench.read("3.rvf"));
}

#[test]
fn the_metric_is_kept() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    for metric in ["l2", "ip", "cosine"] {
        bench.run(&["build", "a.npy", "--no-solver", "--metric", metric, "-f", "-o", "a.rvf"]).ok();
        let bytes = bench.read("a.rvf");
        assert_eq!(rvf_format::File::open(&bytes).unwrap().manifest().head.metric().name(), metric);
    }
}

#[test]
fn completions_are_printed_for_every_shell() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = bench.run(&["completions", shell]).ok();
        assert!(run.stdout.contains("rvf-pack") && run.stdout.contains("extract"), "{shell}");
    }
}

#[test]
fn help_fits_and_version_speaks() {
    let bench = Bench::new();
    for verb in ["build", "embed", "extract", "list", "strip", "completions"] {
        let help = bench.run(&[verb, "-h"]).ok().stdout;
        assert!(help.lines().count() <= 60, "{verb}: {}", help.lines().count());
    }
    assert!(bench.run(&["-h"]).ok().stdout.contains("Exit codes: 0 done"));
    let version = bench.run(&["--version"]).ok().stdout;
    assert!(version.starts_with("rvf-pack 0.") && version.contains("ABI version 1"), "{version}");
}

#[test]
fn no_output_replaces_an_input_or_another_output() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    bench.write("l.txt", "a\nb\nc\n");
    bench.write("ids.txt", "1\n2\n3\n");
    bench.write("s.wasm", solver(""));
    std::fs::hard_link(bench.path("a.npy"), bench.path("same.npy")).unwrap();
    bench.run(&["build", "a.npy", "--labels", "l.txt", "--solver", "s.wasm", "-o", "a.rvf"]).ok();
    let build = ["build", "a.npy", "--labels", "l.txt", "--ids", "ids.txt", "--solver", "s.wasm", "-f", "-o"];
    let before: Vec<_> = bench.names().into_iter().map(|name| (bench.read(&name), name)).collect();
    for output in ["a.npy", "./a.npy", "same.npy", "l.txt", "ids.txt", "s.wasm"] {
        bench.run(&[&build[..], &[output]].concat()).refused(2, "the output is the input");
    }
    bench.run(&["extract", "a.rvf", "--segment", "3", "-o", "a.rvf", "-f"]).refused(2, "is the input a.rvf");
    bench.run(&["embed", "a.rvf", "s.wasm", "-o", "s.wasm", "-f"]).refused(2, "is the input s.wasm");
    let run = bench.run(&["extract", "a.rvf", "--vectors", "x.npy", "--ids", "./x.npy", "-f"]);
    run.refused(2, "two outputs are the same file");
    // The second output cannot be made, so the first is not either.
    bench.run(&["extract", "a.rvf", "--vectors", "v.npy", "--ids", "no/i.npy"]).refused(2, "no/i.npy");
    assert_eq!(bench.names().into_iter().map(|name| (bench.read(&name), name)).collect::<Vec<_>>(), before);
    bench.run(&["strip", "a.rvf", "-o", "a.rvf", "-f"]).ok();
}

#[test]
fn labels_with_line_breaks_go_out_and_in_again() {
    let bench = Bench::new();
    let label = "two\nlines\tand a \u{202e} \\n";
    bench.write("a.jsonl", format!("{}\n", serde_json::json!({ "label": label, "vector": [1, 2] })));
    bench.run(&["build", "a.jsonl", "--no-solver", "-o", "a.rvf"]).ok();
    assert_eq!(labels(&bench.read("a.rvf")), [(0, label.to_owned())]);
    let run = bench.run(&["extract", "a.rvf", "--labels", "l.tsv"]).ok();
    assert!(run.stderr.contains("1 label with line breaks") && run.stderr.contains(".jsonl"), "{run:?}");
    assert_eq!(bench.read("l.tsv"), "0\ttwo\\nlines\tand a \u{202e} \\n\n".as_bytes());
    let run = bench.run(&["extract", "a.rvf", "--labels", "l.jsonl", "--vectors", "v.npy"]).ok();
    assert!(run.stderr.is_empty() && run.stdout.contains("1 vector\n") && run.stdout.contains("1 label\n"));
    bench.run(&["build", "v.npy", "--labels", "l.jsonl", "--no-solver", "-o", "b.rvf"]).ok();
    assert_eq!(bench.read("a.rvf"), bench.read("b.rvf"));
    for (text, place) in [("{\"id\":0}\n", "line 1"), ("{\"id\":0,\"label\":\"a\"}\n\n7\n", "line 3")] {
        bench.write("l.jsonl", text);
        let run = bench.run(&["build", "v.npy", "--labels", "l.jsonl", "--no-solver", "-o", "c.rvf"]);
        run.refused(3, "id of a vector and a label").refused(3, place);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_named() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    bench.run(&["build", "a.npy", "--no-solver", "-o", "a.rvf"]).ok();
    for command in [
        &["build", "a.npy", "--no-solver", "-o", "/dev/full"][..],
        &["extract", "a.rvf", "--vectors", "/dev/full"],
        &["extract", "a.rvf", "--segment", "0", "-o", "/dev/full"],
    ] {
        bench.run(command).refused(2, "where: /dev/full");
    }
}

#[test]
fn flags_that_would_do_nothing_are_refused() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    bench.write("e.edges", "0 1\n1 2\n");
    for flags in [
        &["--dtype", "f32"][..],
        &["--dim", "4"],
        &["--tensor", "t"],
        &["--id-column", "id"],
        &["--label-column", "label"],
        &["--header", "no"],
        &["--delimiter", ";"],
        &["--undirected"],
        &["--directed"],
        &["--node-names"],
    ] {
        let run = bench.run(&[&["build", "a.npy", "--no-solver", "-o", "o.rvf"], flags].concat());
        run.refused(2, &format!("{} is about ", flags[0])).refused(2, "no input is that");
    }
    for flags in [["--priority", "3"], ["--role", "extension"], ["--target", "browser"]] {
        let run = bench.run(&[&["build", "a.npy", "--no-solver", "-o", "o.rvf"], &flags[..]].concat());
        run.refused(2, "--no-solver embeds none");
    }
    // Each is fine where an input is of its kind.
    bench.run(&["build", "a.npy", "e.edges", "--undirected", "--no-solver", "-o", "o.rvf"]).ok();
    assert_eq!(bench.names(), ["a.npy", "e.edges", "o.rvf"]);
}

#[test]
fn a_dry_run_refuses_what_the_run_would_refuse() {
    let bench = Bench::new();
    bench.write("a.npy", sample_npy());
    bench.write("a.rvf", "precious");
    let dry = ["build", "a.npy", "--no-solver", "--dry-run", "-o"];
    bench.run(&[&dry[..], &["a.rvf"]].concat()).refused(2, "exists already");
    bench.run(&[&dry[..], &["."]].concat()).refused(2, "is a directory");
    let run = bench.run(&[&dry[..], &["a.rvf", "-f"]].concat()).ok();
    assert!(run.stdout.contains("\n   0x") || run.stdout.contains(" 0x0  "), "{run:?}");
    assert_eq!(bench.read("a.rvf"), b"precious");
}

#[test]
fn arguments_that_are_not_understood_are_one_document_with_json() {
    let bench = Bench::new();
    for (arguments, what) in [
        (&["--bogus", "--json"][..], "unexpected argument '--bogus'"),
        (&["list", "--json"], "required arguments were not provided: <FILE>"),
        (&["biuld", "--json"], "unrecognized subcommand 'biuld'"),
    ] {
        let run = bench.run(arguments);
        assert_eq!((run.code, run.stderr.as_str()), (2, ""), "{arguments:?}");
        let json: Value = serde_json::from_str(&run.stdout).unwrap();
        assert!(json["error"]["what"].as_str().unwrap().contains(what), "{json}");
    }
    let run = bench.run(&["fly"]);
    assert!(run.code == 2 && run.stderr.contains("build, embed, combine, extract, list, strip"), "{run:?}");
    assert_eq!(bench.run(&["list", "-V", "--json"]).code, 0);
}

#[test]
fn json_shows_no_character_that_fools_a_reader() {
    let bench = Bench::new();
    let name = "a\u{202e}\u{200b}.rvf";
    bench.write("a.npy", sample_npy());
    bench.run(&["build", "a.npy", "--no-solver", "-o", name]).ok();
    for arguments in [["list", name, "--json"], ["list", "a\u{202e}b", "--json"]] {
        let run = bench.run(&arguments);
        assert!(run.stdout.contains("a\\u202e") && !run.stdout.contains('\u{202e}'), "{run:?}");
        assert!(serde_json::from_str::<Value>(&run.stdout).unwrap().to_string().contains("a\u{202e}"));
    }
}
