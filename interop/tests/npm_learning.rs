//! The published JavaScript package of the learning solver, with its module replaced by ours.
//!
//! Needs Node and the packages of `npm/package.json`, which `cargo xtask test` installs; see
//! `npm_packages.rs`. Without them the test says so and checks nothing.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use rvf_fixtures::{npm_modules, skipped};
use rvf_format::read::witness::Chain;
use serde_json::{Value, json};
use solver_microkernel::guests::FULL_SIMD;
use solver_microkernel::learn::learner::{Learner, WITNESS};
use std::path::Path;
use std::process::Command;

#[test]
fn the_published_package_runs_our_module() {
    let node = Command::new("node").arg("--version").output().is_ok();
    let (Some(modules), true) = (npm_modules(env!("CARGO_TARGET_TMPDIR"), "@ruvector/rvf-solver"), node)
    else {
        let why = "Node or the npm packages are not installed. Run `cargo xtask test`";
        return skipped("the_published_package_runs_our_module", why);
    };
    let folder = tempfile::tempdir().unwrap();
    let module = folder.path().join("ours.wasm");
    std::fs::write(&module, FULL_SIMD).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("npm/learning.mjs");
    let run = Command::new("node").arg(script).arg(modules).arg(module).arg(folder.path()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let seen: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("learning.json")).unwrap()).unwrap();

    assert!(seen["ninth"].as_str().unwrap().contains("max 8"), "{}", seen["ninth"]);
    assert_eq!(seen["untouched"]["policy"]["context_stats"], json!({}));
    assert!(seen["untouched"]["chain"].is_null());
    for (instance, number) in seen["instances"].as_array().unwrap().iter().zip(0u64..) {
        assert_eq!(instance["trained"]["trained"], 200);
        assert_eq!(instance["trained"]["correct"], 200, "instance {number} solves its puzzles");
        let accepted = &instance["accepted"];
        assert_eq!(accepted["allPassed"], true, "instance {number}: {accepted}");
        assert_eq!(accepted["witnessEntries"], 15);
        assert_eq!(accepted["witnessChainBytes"], 15 * 73);
        assert_eq!(accepted["modeC"]["cycles"].as_array().unwrap().len(), 5);
        assert_eq!(instance["verified"], 15, "the published verifier accepts the chain");
        assert_eq!(instance["verifiedBroken"], -3, "and refuses a changed one");
        assert!(instance["policy"]["speculative_attempts"].as_u64().unwrap() > 0);

        // The same as natively, and as our reader sees a chain.
        let mut learner = Learner::new();
        learner.train(200, 1, 10, number).unwrap();
        learner.acceptance(50, 200, 5, 500, 100 + number).unwrap();
        let chain = bytes(instance["chain"].as_str().unwrap());
        assert_eq!(chain, learner.part(WITNESS), "instance {number}");
        let mut followed = Chain::default();
        followed.follow(&chain, 0, &mut |link| assert!(link.fault.is_none())).unwrap();
        assert_eq!(followed.entries, 15);
    }
    for refused in seen["refused"].as_array().unwrap() {
        assert!(refused.as_str().unwrap().contains("failed"), "{refused}");
    }
    assert_eq!(seen["empty"]["allPassed"], false);
    assert_eq!(seen["empty"]["modeC"]["cycles"], json!([]));
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}
