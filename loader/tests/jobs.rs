//! Guests that break the contract, on every engine: each is stopped with its reason.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::time::Duration;

use common::{InMemory, engines, guest, guest_of, job, job_with};
use rvf_loader::Limits;
use rvf_loader::abi::{AbiError, ColumnData, Iteration, Progress};
use rvf_loader::engine::{Engine, EngineError, LimitHit};
use rvf_loader::job::JobError;

fn segments() -> InMemory {
    InMemory::of(vec![(1, (0..100).collect()), (5, vec![0; 22])])
}

/// The error of every engine for a guest with these parts replaced.
fn errors(parts: &[(&str, &str)], limits: &Limits) -> Vec<(&'static str, AbiError)> {
    errors_of(&guest(parts), limits)
}

fn errors_of(text: &str, limits: &Limits) -> Vec<(&'static str, AbiError)> {
    let run = |engine: &dyn rvf_loader::engine::Engine| match job(engine, text, limits, segments()) {
        Err(JobError::Guest(error)) => error,
        other => panic!("{}: {other:?}", engine.name()),
    };
    engines().iter().map(|engine| (engine.name(), run(engine.as_ref()))).collect()
}

fn breaks(parts: &[(&str, &str)], words: &str) {
    for (engine, error) in errors(parts, &Limits::default()) {
        assert!(matches!(error, AbiError::Contract { .. }), "{engine}: {error:?}");
        assert!(error.to_string().contains(words), "{engine}: {error}");
    }
}

/// A column table in the data section: name `x` at 512, then the fields given.
fn columns(fields: &str) -> Vec<(&'static str, String)> {
    vec![
        ("more", format!(r#"(data (i32.const 256) "{fields}")"#)),
        ("columns_len", "(param i32) (result i32) i32.const 32".into()),
    ]
}

fn breaks_columns(fields: &str, words: &str) {
    let parts = columns(fields);
    let parts: Vec<(&str, &str)> = parts.iter().map(|(name, body)| (*name, body.as_str())).collect();
    breaks(&parts, words);
}

const NAME: &str = r"\00\02\00\00\01\00\00\00";

#[test]
fn a_proper_guest_gives_its_rows_in_parts() {
    // Step 1 wants bytes 10..18 of segment 0 at 4096, step 2 gives them as two rows, step 3 is done with the same.
    let text = guest(&[
        ("more", &format!(
            r#"(global $n (mut i32) (i32.const 0))
            (data (i32.const 64) "\00\00\00\00\00\10\00\00\0a\00\00\00\00\00\00\00\08\00\00\00\00\00\00\00")
            (data (i32.const 256) "{NAME}\01\00\00\00\02\00\00\00\01\00\00\00\00\10\00\00\08\00\00\00")"#
        )),
        ("columns_len", "(param i32) (result i32) i32.const 32"),
        ("step", "(param i32 i32) (result i32)
            (global.set $n (i32.add (global.get $n) (i32.const 1)))
            (if (result i32) (i32.eq (global.get $n) (i32.const 1)) (then (i32.const 1))
                (else (if (result i32) (i32.eq (global.get $n) (i32.const 2)) (then (i32.const 3)) (else (i32.const 0)))))"),
    ]);
    for engine in engines() {
        let answer = job(engine.as_ref(), &text, &Limits::default(), segments()).unwrap();
        let two = [0x0d0c_0b0a, 0x1110_0f0e];
        assert_eq!(answer.table.rows, 4);
        assert_eq!(answer.table.column("x").unwrap().data, ColumnData::U32([two, two].concat()));
        assert_eq!((answer.stats.steps, answer.stats.reads, answer.stats.bytes_read), (3, 1, 8));
    }
}

#[test]
fn another_abi_version_is_refused() {
    breaks(&[("abi_version", "(result i32) i32.const 2")], "speaks version 2");
}

#[test]
fn a_handle_that_is_none_is_refused() {
    breaks(&[("create", "(result i32) i32.const -1")], "handle -1");
}

#[test]
fn unknown_statuses_are_refused() {
    breaks(&[("step", "(param i32 i32) (result i32) i32.const 4")], "unknown status 4");
    breaks(&[("step", "(param i32 i32) (result i32) i32.const -8")], "unknown status -8");
    breaks(&[("open", "(param i32 i32 i32) (result i32) i32.const 1")], "unknown status 1");
}

#[test]
fn errors_of_the_guest_are_passed_on() {
    for status in -7..=-1 {
        let step = format!("(param i32 i32) (result i32) i32.const {status}");
        for (_, error) in errors(&[("step", &step)], &Limits::default()) {
            assert_eq!(error, AbiError::Reported { status, text: " went wrong".into() });
        }
    }
}

#[test]
fn error_text_that_is_not_text_or_not_there_is_refused() {
    let step = ("step", "(param i32 i32) (result i32) i32.const -5");
    breaks(&[step, ("error_ptr", "(param i32) (result i32) i32.const 520")], "not UTF-8");
    breaks(&[step, ("error_ptr", "(param i32) (result i32) i32.const -4")], "outside its memory");
    breaks(&[step, ("error_len", "(param i32) (result i32) i32.const -1")], "limit");
}

#[test]
fn reads_outside_what_was_offered_are_refused() {
    let step = ("step", "(param i32 i32) (result i32) i32.const 1");
    for (record, words) in [
        (
            r"\07\00\00\00\00\10\00\00\00\00\00\00\00\00\00\00\08\00\00\00\00\00\00\00",
            "segment 7, which was not offered",
        ),
        (
            r"\00\00\00\00\00\10\00\00\5d\00\00\00\00\00\00\00\08\00\00\00\00\00\00\00",
            "8 bytes at 93 of segment 0",
        ),
        (r"\00\00\00\00\00\10\00\00\ff\ff\ff\ff\ff\ff\ff\ff\08\00\00\00\00\00\00\00", "of segment 0"),
        (r"\00\00\00\00\fd\ff\00\00\00\00\00\00\00\00\00\00\08\00\00\00\00\00\00\00", "outside its memory"),
        (r"\00\00\00\00\fc\ff\ff\ff\00\00\00\00\00\00\00\00\08\00\00\00\00\00\00\00", "outside its memory"),
    ] {
        breaks(&[step, ("more", &format!(r#"(data (i32.const 64) "{record}")"#))], words);
    }
}

#[test]
fn malformed_tables_of_reads_are_refused() {
    let step = ("step", "(param i32 i32) (result i32) i32.const 1");
    breaks(&[step, ("reads_len", "(param i32) (result i32) i32.const 0")], "one or more records");
    breaks(&[step, ("reads_len", "(param i32) (result i32) i32.const 25")], "one or more records");
    breaks(&[step, ("reads_len", "(param i32) (result i32) i32.const 98328")], "limit is");
    breaks(&[step, ("reads_ptr", "(param i32) (result i32) i32.const 65530")], "outside its memory");
}

#[test]
fn the_same_read_for_ever_is_stopped() {
    let parts = [
        ("step", "(param i32 i32) (result i32) i32.const 1"),
        ("reads_ptr", "(param i32) (result i32) i32.const 128"),
    ];
    let record = r#"(data (i32.const 128) "\00\00\00\00\00\10\00\00\00\00\00\00\00\00\00\00\08\00\00\00")"#;
    let parts = [parts[0], parts[1], ("more", record)];
    for (engine, error) in errors(&parts, &Limits::default().timeout(Duration::from_millis(100))) {
        assert!(
            matches!(error, AbiError::Engine(EngineError::Limit(LimitHit::Timeout { .. }))),
            "{engine}: {error}"
        );
    }
    for (engine, error) in errors(&parts, &Limits::default().without_timeout().fuel(10_000_000)) {
        assert!(
            matches!(error, AbiError::Engine(EngineError::Limit(LimitHit::Fuel { .. }))),
            "{engine}: {error}"
        );
    }
}

#[test]
fn answering_budget_for_ever_is_stopped() {
    let limits = Limits::default().timeout(Duration::from_millis(100));
    for (engine, error) in errors(&[("step", "(param i32 i32) (result i32) i32.const 2")], &limits) {
        assert!(
            matches!(error, AbiError::Engine(EngineError::Limit(LimitHit::Timeout { .. }))),
            "{engine}: {error}"
        );
    }
}

#[test]
fn rows_for_ever_pass_the_cap_on_the_answer() {
    let table = columns(&format!(r"{NAME}\01\00\00\00\00\10\00\00\01\00\00\00\00\10\00\00\00\40\00\00"));
    let mut parts: Vec<(&str, &str)> = table.iter().map(|(name, body)| (*name, body.as_str())).collect();
    parts.push(("step", "(param i32 i32) (result i32) i32.const 3"));
    for (engine, error) in errors(&parts, &Limits::default().max_result_bytes(1 << 20)) {
        assert!(error.to_string().contains("1048576 bytes of columns"), "{engine}: {error}");
    }
}

#[test]
fn columns_that_lie_are_refused() {
    breaks_columns(
        &format!(r"{NAME}\02\00\00\00\01\00\00\00\01\00\00\00\00\10\00\00\08\00\00\00"),
        "description lists",
    );
    breaks(&[("columns_len", "(param i32) (result i32) i32.const 0")], "description lists");
    breaks_columns(
        &format!(r"{NAME}\05\00\00\00\01\00\00\00\01\00\00\00\00\10\00\00\04\00\00\00"),
        "unknown type 5",
    );
    breaks_columns(
        &format!(r"{NAME}\01\00\00\00\02\00\00\00\01\00\00\00\00\10\00\00\04\00\00\00"),
        "4 bytes for 2 rows",
    );
    breaks_columns(
        &format!(r"{NAME}\01\00\00\00\ff\ff\ff\ff\ff\ff\ff\ff\00\10\00\00\04\00\00\00"),
        "rows of",
    );
    breaks_columns(
        &format!(r"{NAME}\01\00\00\00\01\00\00\00\01\00\00\00\01\10\00\00\04\00\00\00"),
        "aligned",
    );
    breaks_columns(
        &format!(r"{NAME}\01\00\00\00\01\00\00\00\01\00\00\00\00\00\01\00\04\00\00\00"),
        "outside its memory",
    );
    breaks_columns(r"\08\02\00\00\02\00\00\00\01\00\00\00", "no proper name");
    breaks_columns(r"\fe\ff\00\00\09\00\00\00\01\00\00\00", "no proper name");
    breaks(&[("columns_len", "(param i32) (result i32) i32.const 33")], "column table");
    breaks(
        &[
            ("columns_ptr", "(param i32) (result i32) i32.const 70000"),
            ("columns_len", "(param i32) (result i32) i32.const 32"),
        ],
        "outside",
    );
}

#[test]
fn a_column_with_a_nan_or_an_infinity_is_refused() {
    for bits in [r"\00\00\c0\7f", r"\00\00\80\ff"] {
        let mut parts =
            columns(&format!(r"{NAME}\03\00\00\00\01\00\00\00\01\00\00\00\00\10\00\00\04\00\00\00"));
        parts[0].1.push_str(&format!(r#"(data (i32.const 4096) "{bits}")"#));
        let parts: Vec<(&str, &str)> = parts.iter().map(|(name, body)| (*name, body.as_str())).collect();
        for (engine, error) in errors_of(&guest_of("f32", &parts), &Limits::default()) {
            assert!(error.to_string().contains("not finite"), "{engine}: {error}");
        }
    }
}

#[test]
fn descriptions_that_lie_are_refused() {
    breaks(&[("describe_len", "(result i32) i32.const 65537")], "limit is 65536");
    breaks(&[("describe_len", "(result i32) i32.const -1")], "limit is 65536");
    breaks(&[("describe_ptr", "(result i32) i32.const 65535")], "outside its memory");
    breaks(&[("describe_len", "(result i32) i32.const 7")], "not JSON");
    for (json, words) in [
        ("{}", "no operation"),
        (r#"{"operations":7}"#, "no list"),
        (r#"{"operations":[{"id":1,"name":"A"}]}"#, "improper name"),
        (r#"{"operations":[{"id":1,"name":"--help"}]}"#, "improper name"),
        (r#"{"operations":[{"name":"a"}]}"#, "no id"),
        (r#"{"operations":[{"id":1,"name":"a"},{"id":1,"name":"b"}]}"#, "twice"),
        (
            r#"{"operations":[{"id":1,"name":"a","params":[{"id":1,"name":"p","type":"i9"}]}]}"#,
            "unknown type",
        ),
        (r#"{"operations":[{"id":1,"name":"a","params":[{"id":1,"name":"p","type":"enum"}]}]}"#, "choices"),
        (r#"{"operations":[{"id":1,"name":"a","columns":[{"name":"c","type":"text"}]}]}"#, "unknown type"),
    ] {
        let data = format!(r#"(data (i32.const 1024) "{}")"#, json.replace('"', "\\\""));
        breaks(
            &[("data", &data), ("describe_len", &format!("(result i32) i32.const {}", json.len()))],
            words,
        );
    }
}

#[test]
fn a_summary_that_lies_is_refused() {
    breaks(&[("result_len", "(param i32) (result i32) i32.const -1")], "summary");
    breaks(&[("result_len", "(param i32) (result i32) i32.const 2000000")], "summary");
    breaks(&[("result_len", "(param i32) (result i32) i32.const 9")], "writes 0");
    let parts = [
        ("result_len", "(param i32) (result i32) i32.const 9"),
        ("result_read", "(param i32 i32) (result i32) i32.const 9"),
    ];
    breaks(&parts, "not JSON");
    breaks(
        &[parts[0], parts[1], ("alloc", "(param i32) (result i32) i32.const 65520")],
        "outside its memory",
    );
}

#[test]
fn an_allocator_that_points_outside_is_refused() {
    breaks(&[("alloc", "(param i32) (result i32) i32.const -16")], "outside its memory");
    for (_, error) in errors(&[("alloc", "(param i32) (result i32) i32.const 0")], &Limits::default()) {
        assert!(matches!(error, AbiError::Reported { status: -3, .. }));
    }
}

#[test]
fn a_missing_export_is_named() {
    let text = guest(&[]).replace("rvf_solver_step", "rvf_solver_stop");
    for engine in engines() {
        let error = job(engine.as_ref(), &text, &Limits::default(), segments()).unwrap_err();
        assert!(error.to_string().contains("`rvf_solver_step` is missing"), "{error}");
    }
}

/// A guest that tells of its iterations after status 2: one step, then done. Records at 256.
fn telling(first: &str, numbers: &str) -> String {
    guest(&[
        (
            "more",
            &format!(
                r#"(global $n (mut i32) (i32.const 0))
                (data (i32.const 768) "{first}residual")
                (data (i32.const 800) "\01\00\00\00\02\00\00\00{numbers}")
                (data (i32.const 128) "\00\03\00\00\09\00\00\00\01\00\00\00\02\00\00\00\01\00\00\00\20\03\00\00\08\00\00\00\00\00\00\00\09\03\00\00\08\00\00\00\04\00\00\00\02\00\00\00\01\00\00\00\28\03\00\00\10\00\00\00")"#
            ),
        ),
        (
            "step",
            "(param i32 i32) (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1)))
            (if (result i32) (i32.eq (global.get $n) (i32.const 1)) (then (i32.const 2)) (else (i32.const 0)))",
        ),
        ("columns_ptr", "(param i32) (result i32) (select (i32.const 128) (i32.const 256) (i32.eq (global.get $n) (i32.const 1)))"),
        ("columns_len", "(param i32) (result i32) (select (i32.const 64) (i32.const 32) (i32.eq (global.get $n) (i32.const 1)))"),
    ])
}

/// What every engine hears of a guest, or its error.
fn heard(text: &str) -> Vec<Result<Vec<Iteration>, JobError<std::io::Error>>> {
    let run = |engine: &dyn Engine| {
        let mut heard = Vec::new();
        let mut keep = |progress: Progress<'_>| heard.extend_from_slice(progress.iterations);
        job_with(engine, text, &Limits::default(), segments(), &mut keep).map(|_| heard)
    };
    engines().iter().map(|engine| run(engine.as_ref())).collect()
}

const HALF_AND_QUARTER: &str = r"\00\00\00\00\00\00\e0\3f\00\00\00\00\00\00\d0\3f";

#[test]
fn iterations_are_heard_after_a_stop_for_the_budget() {
    for heard in heard(&telling("iteration", HALF_AND_QUARTER)) {
        let wanted = [Iteration { number: 1, residual: 0.5 }, Iteration { number: 2, residual: 0.25 }];
        assert_eq!(heard.unwrap(), wanted);
    }
}

#[test]
fn other_columns_after_a_stop_for_the_budget_tell_nothing() {
    for heard in heard(&telling("something", HALF_AND_QUARTER)) {
        assert_eq!(heard.unwrap(), []);
    }
}

#[test]
fn a_residual_that_is_no_number_is_refused() {
    for heard in heard(&telling("iteration", r"\00\00\00\00\00\00\e0\3f\00\00\00\00\00\00\f8\7f")) {
        let error = heard.unwrap_err().to_string();
        assert!(error.contains("`residual` holds a value that is not finite"), "{error}");
    }
}
