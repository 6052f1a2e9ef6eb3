//! `rvf-run` as its user runs it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::path::PathBuf;
use std::process::{Command, Output};

use rvf_loader::rvf_format::Metric;
use rvf_loader::rvf_format::hash::Algorithm;
use rvf_loader::rvf_format::read::wasm::{Role, Target};
use rvf_loader::rvf_format::write::{FileWriter, Options};
use serde_json::Value;
use solver_microkernel::guests::{SCALAR, SIMD};

/// A directory with files to run.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.put("words.rvf", &file(&[SCALAR, SIMD]));
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    fn run(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_rvf-run"))
            .current_dir(self.0.path())
            .env("XDG_CACHE_HOME", self.0.path().join("cache"))
            .env_remove("RVF_ENGINE")
            .args(words)
            .output()
            .unwrap()
    }

    /// Standard output of a run that must end with `code`.
    fn ends(&self, code: i32, words: &[&str]) -> String {
        let output = self.run(words);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {}", errors(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.ends(0, &[words, &["--json"]].concat())).unwrap()
    }
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Four vectors: king, queen, apple, and one whose label is a terminal escape.
fn file(modules: &[&[u8]]) -> Vec<u8> {
    let options =
        Options { dimension: 3, metric: Metric::L2, algorithm: Algorithm::CrcRotation, timestamp_ns: 0 };
    let mut writer = FileWriter::new(Vec::new(), options);
    let rows = [1.0, 0.0, 0.0, 1.0, 0.5, 0.0, -4.0, 0.0, 2.0, -4.0, 1.0, 2.0];
    writer.vectors(&[10, 11, 12, 13], &rows).unwrap();
    writer.labels(&[(10, "king"), (11, "queen"), (12, "apple"), (13, "\u{1b}[31mred")]).unwrap();
    for module in modules {
        let facts = rvf_wasm_inspect::inspect(module).unwrap();
        let header = facts.header(Role::MICROKERNEL, Target::WASM32, 10, module).unwrap();
        writer.module(&header, module).unwrap();
    }
    writer.finish().unwrap().1
}

fn ids(answer: &Value) -> Vec<u64> {
    answer["rows"].as_array().unwrap().iter().map(|row| row["id"].as_u64().unwrap()).collect()
}

#[test]
fn the_file_says_what_it_can_do() {
    let place = Place::new();
    let list = place.ends(0, &["words.rvf"]);
    for name in ["knn", "distances", "normalize", "stats"] {
        assert!(list.contains(name), "{list}");
    }
    let help = place.ends(0, &["words.rvf", "knn", "--help"]);
    for flag in [
        "--query ",
        "--query-label",
        "--k ",
        "--metric",
        "--exclude",
        "--without-self",
        "--timeout",
        "distance",
    ] {
        assert!(help.contains(flag), "{flag} in {help}");
    }
    assert_eq!(place.ends(0, &["run", "words.rvf"]), list);
    assert_eq!(place.json(&["words.rvf"])["operations"][0]["params"][0]["flag"], "--query");
    assert_eq!(ids(&place.json(&["words.rvf", "knn", "--query", "-4,0.5,2", "--k", "1"])), [12]);
}

#[test]
fn neighbours_by_label_by_id_by_numbers_and_from_files_are_the_same() {
    let place = Place::new();
    place.put("q.txt", b"1.0 0.0 0.0\n");
    place.put("q.fvecs", &[&3_u32.to_le_bytes()[..], &1_f32.to_le_bytes(), &[0; 8]].concat());
    let mut npy =
        b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f8', 'fortran_order': False, 'shape': (1, 3), }".to_vec();
    npy.resize(127, b' ');
    npy.push(b'\n');
    npy.extend([1.0_f64, 0.0, 0.0].iter().flat_map(|x| x.to_le_bytes()));
    place.put("q.npy", &npy);
    let expected = [10, 11, 12];
    for query in [
        ["--query-label", "king"],
        ["--query-id", "10"],
        ["--query", "1,0,0"],
        ["--query", "@q.txt"],
        ["--query", "@q.fvecs"],
        ["--query", "@q.npy"],
    ] {
        let answer = place.json(&["words.rvf", "knn", query[0], query[1], "--k", "3"]);
        assert_eq!(ids(&answer), expected, "{query:?}");
        assert_eq!(answer["rows"][0]["label"], "king");
        assert_eq!(answer["rows"][1]["distance"], 0.25);
        assert_eq!(answer["schema"], "rvf-answer/1");
        assert_eq!(answer["solver"]["origin"], "file");
    }
}

#[test]
fn a_named_vector_can_be_left_out() {
    let place = Place::new();
    let answer = place.json(&["words.rvf", "knn", "--query-label", "king", "--without-self", "--k", "2"]);
    assert_eq!(ids(&answer), [11, 12]);
    let answer =
        place.json(&["words.rvf", "knn", "--query-label", "king", "--exclude-label", "queen", "--k", "2"]);
    assert_eq!(ids(&answer), [10, 12]);
    place.ends(2, &["words.rvf", "knn", "--query", "1,0,0", "--without-self"]);
}

#[test]
fn both_engines_both_profiles_and_no_mapping_print_the_same() {
    let place = Place::new();
    let ask = |more: &[&str]| {
        let words =
            [&["words.rvf", "distances", "--query", "0.1,0.2,0.3", "--metric", "cosine", "--csv"], more]
                .concat();
        place.ends(0, &words)
    };
    let expected = ask(&["--engine", "wasmi"]);
    assert!(expected.starts_with("query,id,label,distance\n0,10,king,"), "{expected}");
    assert_eq!(ask(&["--profile", "embedded"]), expected);
    assert_eq!(ask(&["--no-mmap"]), expected);
    if cfg!(feature = "jit") {
        assert_eq!(ask(&["--engine", "jit"]), expected);
        assert_eq!(ask(&["--engine", "jit", "--no-cache"]), expected);
    } else {
        place.ends(2, &["words.rvf", "stats", "--engine", "jit"]);
    }
}

#[test]
fn text_from_the_file_is_escaped_in_tables_only() {
    let place = Place::new();
    let words = ["words.rvf", "knn", "--query-id", "13", "--k", "1"];
    let table = place.ends(0, &words);
    assert!(table.contains("red") && !table.contains('\u{1b}'), "{table:?}");
    assert_eq!(place.json(&words)["rows"][0]["label"], "\u{1b}[31mred");
}

#[test]
fn numpy_files_are_written_whole_and_not_over_others() {
    let place = Place::new();
    let words = ["words.rvf", "normalize", "--out", "all.npy", "--out", "vector=v.npy"];
    assert_eq!(place.ends(0, &words), "");
    let plain = std::fs::read(place.path("v.npy")).unwrap();
    let header = String::from_utf8_lossy(&plain[10..128]).into_owned();
    assert!(header.contains("'<f4'") && header.contains("(4, 3)"), "{header}");
    assert_eq!(plain.len(), 128 + 4 * 3 * 4);
    let all = std::fs::read(place.path("all.npy")).unwrap();
    let header = String::from_utf8_lossy(&all[10..192]).into_owned();
    assert!(
        header.contains("[('id', '<u8'), ('vector', '<f4', (3,))]") && header.contains("(4,)"),
        "{header}"
    );
    place.ends(2, &words);
    place.ends(0, &[&words[..], &["--force"]].concat());
    place.ends(2, &["words.rvf", "normalize", "--out", "x.txt"]);
}

#[test]
fn inspect_shows_segments_modules_and_verdicts() {
    let place = Place::new();
    let text = place.ends(0, &["inspect", "words.rvf"]);
    for words in ["padded", "4 of dimension 3", "l2", "rvf-solver", "chosen", "acceptable"] {
        assert!(text.to_lowercase().contains(words), "{words} in {text}");
    }
    let json = place.json(&["inspect", "words.rvf"]);
    assert_eq!(json["schema"], "rvf-inspect/1");
    assert_eq!((json["vectors"].as_u64(), json["labels"].as_u64()), (Some(4), Some(4)));
    assert_eq!(json["modules"].as_array().unwrap().len(), 2);
}

#[test]
fn select_explains_and_verify_has_words_and_codes() {
    let place = Place::new();
    let text = place.ends(0, &["select", "words.rvf", "--explain", "--profile", "embedded"]);
    assert!(text.contains("needs SIMD, which this host does not run"), "{text}");
    assert!(place.ends(0, &["verify", "words.rvf"]).contains("verified: every byte is as packed"));
    let mut damaged = file(&[SCALAR]);
    damaged[80] ^= 4;
    place.put("damaged.rvf", &damaged);
    assert!(place.ends(1, &["verify", "damaged.rvf"]).contains("damaged"));
    let output = place.run(&["damaged.rvf", "stats"]);
    assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
    place.put("noise.rvf", &[7; 500]);
    for words in [&["verify", "noise.rvf"][..], &["inspect", "noise.rvf"], &["noise.rvf", "knn"]] {
        place.ends(3, words);
    }
    place.ends(2, &["verify", "missing.rvf"]);
}

#[test]
fn foreign_files_are_never_called_verified_and_run_with_the_built_in_solver() {
    let place = Place::new();
    for foreign in rvf_fixtures::foreign() {
        place.put("foreign.rvf", foreign.bytes);
        let text = String::from_utf8(place.run(&["verify", "foreign.rvf"]).stdout).unwrap();
        assert!(!text.contains(": verified"), "{}: {text}", foreign.name);
        place.ends(0, &["inspect", "foreign.rvf"]);
        place.ends(1, &["foreign.rvf", "stats"]);
    }
    let foreign = rvf_fixtures::foreign().iter().find(|file| file.name.starts_with("ip-d3")).unwrap();
    place.put("foreign.rvf", foreign.bytes);
    let output = place.run(&["foreign.rvf", "knn", "--query", "1,2,3", "--solver", "built-in", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert!(errors(&output).contains("built-in solver, not a program from the file"));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["solver"]["origin"], "built-in, not from the file");
    place.put("s.wasm", SCALAR);
    place.ends(0, &["foreign.rvf", "stats", "--solver", "s.wasm"]);
    place.ends(2, &["foreign.rvf", "stats", "--solver", "none.wasm"]);
}

#[test]
fn verbs_win_over_files_of_their_name() {
    let place = Place::new();
    std::fs::copy(place.path("words.rvf"), place.path("inspect")).unwrap();
    place.ends(2, &["inspect", "stats"]);
    place.ends(0, &["./inspect", "stats"]);
    place.ends(0, &["run", "inspect", "stats"]);
}

#[test]
fn wrong_use_is_told_apart() {
    let place = Place::new();
    for words in [
        &["words.rvf", "fly"][..],
        &["words.rvf", "knn"],
        &["words.rvf", "knn", "--query", "1,2"],
        &["words.rvf", "knn", "--query", "1,x,3"],
        &["words.rvf", "knn", "--query", "nan,0,0"],
        &["words.rvf", "knn", "--query", "1,2,3", "--k", "0"],
        &["words.rvf", "stats", "--timeout", "0"],
        &["words.rvf", "stats", "--engine", "v8"],
        &["words.rvf", "stats", "--max-memory", "70000"],
        &[],
    ] {
        let output = place.run(words);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {}", errors(&output));
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{words:?}");
    }
    place.ends(1, &["words.rvf", "knn", "--query-label", "pear"]);
    place.ends(1, &["words.rvf", "knn", "--query-id", "99"]);
}

#[test]
fn host_flags_stand_anywhere_and_help_and_version_are_no_errors() {
    let place = Place::new();
    let expected = place.ends(0, &["words.rvf", "stats", "--csv"]);
    assert_eq!(
        place.ends(0, &["--engine", "wasmi", "words.rvf", "--timeout=5s", "stats", "--csv", "-q"]),
        expected
    );
    for words in [
        &["--help"][..],
        &["--version"],
        &["inspect", "--help"],
        &["words.rvf", "--help"],
        &["completions", "bash"],
    ] {
        assert!(!place.ends(0, words).is_empty(), "{words:?}");
    }
}

#[test]
fn hostile_guests_end_with_their_reason_and_code() {
    let place = Place::new();
    for (name, code, words) in [
        ("spin", 4, "without finishing (--timeout)"),
        ("recurse", 4, "call stack"),
        ("trap-unreachable", 4, "trapped"),
        ("read-past-payload", 4, "breaks the solver ABI"),
        ("grow-forever", 4, "--max-memory"),
        ("describe-not-json", 4, "not JSON"),
        ("abi-version-2", 4, "speaks version 2"),
        ("start-function", 1, "start function"),
        ("import-function", 1, "imports"),
    ] {
        let guest = rvf_fixtures::hostile_guests().iter().find(|guest| guest.name == name).unwrap();
        place.put("hostile.rvf", &file(&[&wat::parse_str(guest.wat).unwrap()]));
        let output = place.run(&["hostile.rvf", "go", "--timeout", "300ms", "--max-memory", "64"]);
        let text = errors(&output) + &place.run_explained();
        assert_eq!(output.status.code(), Some(code), "{name}: {text}");
        assert!(text.contains(words), "{name}: {text}");
    }
}

impl Place {
    fn run_explained(&self) -> String {
        String::from_utf8(self.run(&["select", "hostile.rvf", "--explain"]).stdout).unwrap()
    }
}

#[cfg(all(feature = "jit", target_os = "linux"))]
#[test]
fn without_address_space_for_the_compiler_the_interpreter_answers() {
    let place = Place::new();
    let run = |engine: &str| {
        let command = format!(
            "ulimit -v 3000000; exec {} words.rvf stats --csv --engine {engine}",
            env!("CARGO_BIN_EXE_rvf-run")
        );
        Command::new("sh")
            .current_dir(place.0.path())
            .env("XDG_CACHE_HOME", place.path("cache"))
            .args(["-c", &command])
            .output()
            .unwrap()
    };
    // So that `auto` takes the compiler first: its code is there already.
    let expected = place.ends(0, &["words.rvf", "stats", "--csv", "--engine", "jit"]);
    assert_eq!(run("jit").status.code(), Some(2), "{}", errors(&run("jit")));
    assert_eq!(String::from_utf8(run("auto").stdout).unwrap(), expected);
}

#[cfg(all(feature = "jit", unix))]
#[test]
fn compiled_code_is_kept_privately_and_trusted_only_when_it_is() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let run = || place.ends(0, &["words.rvf", "stats", "--engine", "jit", "--csv"]);
    let expected = run();
    let cache = place.path("cache/rvf");
    assert_eq!(mode(&cache), 0o700);
    let entries =
        || std::fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let entry = entries().pop().unwrap();
    assert_eq!((entries().len(), mode(&entry)), (1, 0o600));
    let good = std::fs::read(&entry).unwrap();
    let written = || std::fs::metadata(&entry).unwrap().modified().unwrap();

    // A good entry is used, and so not written again.
    let before = written();
    assert_eq!(run(), expected);
    assert_eq!(written(), before);

    // One flipped byte: compiled again, and the entry replaced.
    let mut bad = good.clone();
    *bad.last_mut().unwrap() ^= 1;
    std::fs::write(&entry, &bad).unwrap();
    assert_eq!(run(), expected);
    assert_eq!(std::fs::read(&entry).unwrap().len(), good.len());
    assert_ne!(std::fs::read(&entry).unwrap(), bad);

    // Readable by others: not used.
    std::fs::set_permissions(&entry, PermissionsExt::from_mode(0o644)).unwrap();
    assert_eq!(run(), expected);
    assert_eq!(mode(&entry), 0o600);

    // A link instead of the entry: not followed, replaced.
    let elsewhere = place.path("elsewhere");
    std::fs::rename(&entry, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &entry).unwrap();
    assert_eq!(run(), expected);
    assert!(std::fs::symlink_metadata(&entry).unwrap().is_file());

    // A directory that others can use: no cache at all, and still an answer.
    std::fs::remove_file(&entry).unwrap();
    std::fs::set_permissions(&cache, PermissionsExt::from_mode(0o777)).unwrap();
    assert_eq!(run(), expected);
    assert!(entries().is_empty());
}

#[test]
fn sources_without_an_end_are_refused_and_numbers_have_a_cap() {
    let place = Place::new();
    for words in [&["inspect", "/dev/zero"][..], &["verify", "/dev/zero", "--no-mmap"]] {
        let output = place.run(words);
        assert_eq!(output.status.code(), Some(2));
        assert!(errors(&output).contains("no regular file"), "{}", errors(&output));
    }
    let fifo = place.path("pipe.rvf");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    place.ends(2, &["inspect", "pipe.rvf"]);
    let output = place.run(&["words.rvf", "knn", "--query", "@/dev/zero"]);
    assert!(errors(&output).contains("more than 256"), "{}", errors(&output));
    let output = place.run(&["words.rvf", "stats", "--solver", "/dev/zero"]);
    assert!(errors(&output).contains("8388609 bytes, the limit is 8388608"), "{}", errors(&output));
}

#[test]
fn a_user_s_own_limit_is_named_and_no_fault_of_the_guest() {
    let place = Place::new();
    let output = place.run(&["words.rvf", "normalize", "--max-result", "1"]);
    assert_eq!(output.status.code(), Some(4));
    let text = errors(&output);
    assert!(text.contains("larger than 1 bytes") && text.contains("--max-result BYTES"), "{text}");
    assert!(!text.contains("ABI"), "{text}");
}

#[test]
fn queries_keep_the_order_of_the_command_line_and_no_number_is_dropped() {
    let place = Place::new();
    let mixed = ["--query-label", "apple", "--query", "1,0.5,0", "--query-id", "10", "--k", "1"];
    assert_eq!(ids(&place.json(&[&["words.rvf", "knn"][..], &mixed].concat())), [12, 11, 10]);
    for query in ["1,,2", "1,,0,0", ",1,0,0", "1,0, ,0"] {
        let output = place.run(&["words.rvf", "knn", "--query", query]);
        assert_eq!(output.status.code(), Some(2), "{query}");
        assert!(errors(&output).contains("no number between two commas"), "{query}: {}", errors(&output));
    }
    place.ends(0, &["words.rvf", "knn", "--query", "[1, 0, 0], [0, 0, 1]"]);
}

#[test]
fn outputs_are_checked_before_anything_is_written() {
    let place = Place::new();
    let run = |words: &[&str]| {
        let output = place.run(&[&["words.rvf", "normalize"], words].concat());
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        errors(&output)
    };
    let text = run(&["--out", "nope=z.npy"]);
    assert!(text.contains("no column `nope`") && text.contains("id, vector"), "{text}");
    assert!(run(&["--out", "id=s.npy", "--out", "vector=./s.npy"]).contains("same file"));
    std::fs::hard_link(place.path("words.rvf"), place.path("words.npy")).unwrap();
    assert!(run(&["--out", "words.npy", "--force"]).contains("is the input"));
    place.put("there.npy", b"old");
    run(&["--out", "new.npy", "--out", "vector=there.npy"]);
    assert!(!place.path("new.npy").exists());
    assert_eq!(
        std::fs::read_dir(place.0.path())
            .unwrap()
            .filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().contains("new"))
            .count(),
        0
    );
}

#[test]
fn help_versions_and_mistakes_have_one_manner() {
    let place = Place::new();
    assert!(place.ends(0, &["help"]).contains("Exit codes"));
    assert!(place.ends(0, &["help", "verify"]).contains("--every-byte"));
    assert!(place.ends(0, &["--version"]).contains("ABI version 1"));
    place.ends(0, &["inspect", "-V"]);
    for words in [&["--bogus", "--json"][..], &["inspect", "--json"], &["words.rvf", "knnn", "--json"]] {
        let document: Value = serde_json::from_str(&place.ends(2, words)).unwrap();
        assert_eq!(document["schema"], "rvf-error/1");
    }
    let output = place.run(&["words.rvf", "knnn"]);
    assert!(errors(&output).contains("no operation `knnn`") && errors(&output).contains("stats"));
    place.ends(2, &["words.rvf", "stats", "--solver", "built-in", "--segment", "1"]);
    let output = Command::new(env!("CARGO_BIN_EXE_rvf-run"))
        .current_dir(place.0.path())
        .env("RVF_ENGINE", "")
        .args(["words.rvf", "stats", "--no-cache"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
}

#[test]
fn damage_is_told_as_damage() {
    let place = Place::new();
    let mut bytes = file(&[SCALAR, SIMD]);
    let modules: Vec<usize> = (0..bytes.len() - 4).filter(|at| bytes[*at..].starts_with(b"\0asm")).collect();
    for at in modules {
        bytes[at + 100] ^= 1;
    }
    place.put("damaged.rvf", &bytes);
    let output = place.run(&["damaged.rvf", "stats"]);
    assert_eq!(output.status.code(), Some(3));
    let text = errors(&output);
    assert!(text.contains("damaged") && !text.contains("built-in") && text.contains("again"), "{text}");
}

#[cfg(all(feature = "jit", unix))]
#[test]
fn what_a_killed_run_left_in_the_cache_goes_when_it_is_old() {
    use std::time::{Duration, SystemTime};
    let place = Place::new();
    place.ends(0, &["words.rvf", "stats", "--engine", "jit"]);
    let cache = place.path("cache/rvf");
    let (old, new) = (cache.join("a.1-0.tmp"), cache.join("a.2-0.tmp"));
    for path in [&old, &new] {
        std::fs::write(path, b"half").unwrap();
    }
    let day = SystemTime::now() - Duration::from_secs(86_400);
    std::fs::File::options().write(true).open(&old).unwrap().set_modified(day).unwrap();
    place.ends(0, &["words.rvf", "stats", "--engine", "jit", "--profile", "embedded"]);
    assert!(!old.exists() && new.exists());
}
