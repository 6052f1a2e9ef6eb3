//! The published npm packages: they open files of ours, ours opens files of theirs.
//!
//! Needs Node and the packages of `npm/package.json`, which `cargo xtask test` installs. They
//! are looked for in the folder that `RVF_NPM_MODULES` names, and in `npm-interop/node_modules` of
//! the target folder. Without them the test says so and checks nothing.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::Folder;
use rvf_fixtures::generate::vectors;
use rvf_fixtures::{glove_words, npm_modules, skipped, tiny_wasm, words};
use rvf_format::hash::Algorithm;
use rvf_format::write::{FileWriter, Options};
use rvf_format::{File, Metric};
use rvf_interop::{METRICS, Recipe, assert_same_neighbours, live_vectors, nearest};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

fn floats(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

fn hits(value: &Value) -> Vec<(u64, f32)> {
    let hit = |v: &Value| (v[0].as_u64().unwrap(), v[1].as_f64().unwrap() as f32);
    value.as_array().unwrap().iter().map(hit).collect()
}

/// Files in the default form, which is made to open everywhere. The npm package answers from an
/// approximate index from 1,024 vectors on, so larger files are no oracle.
fn write_ours(folder: &Folder) -> Vec<(String, u16)> {
    let mut files = Vec::new();
    for metric in METRICS {
        for (count, dimension) in [(1, 3), (1000, 17)] {
            let name = format!("ours-{}-{count}.rvf", metric.name());
            let recipe = Recipe { metric, count, dimension, labels: true, ..Recipe::default() };
            let recipe = if count > 1 {
                Recipe { deleted: vec![2, 30, 999], modules: vec![(3, tiny_wasm())], ..recipe }
            } else {
                recipe
            };
            folder.file(&name, &recipe.write());
            files.push((name, dimension));
        }
    }
    let dimension = words::GLOVE_DIMENSION as u16;
    let options =
        Options { dimension, metric: Metric::Cosine, algorithm: Algorithm::CrcRotation, timestamp_ns: 0 };
    let mut writer = FileWriter::new(Vec::new(), options);
    let ids: Vec<u64> = (1..=900).collect();
    writer.vectors(&ids, &words::glove_vectors()[..900 * words::GLOVE_DIMENSION]).unwrap();
    let labels: Vec<_> = ids.iter().copied().zip(glove_words()).collect();
    writer.labels(&labels).unwrap();
    folder.file("ours-words.rvf", &writer.finish().unwrap().1);
    files.push(("ours-words.rvf".into(), dimension));
    files
}

const TEST: &str = "npm_packages_both_ways";

#[test]
fn npm_packages_both_ways() {
    let Some(modules) = npm_modules(env!("CARGO_TARGET_TMPDIR"), "@ruvector/rvf-node") else {
        return skipped(TEST, "the npm packages are not installed. Run `cargo xtask test`");
    };
    if Command::new("node").arg("--version").output().is_err() {
        return skipped(TEST, "there is no `node` on the path");
    }
    let folder = Folder::new();
    let files = write_ours(&folder);
    let jobs: Vec<Value> = files
        .iter()
        .map(|(file, dimension)| {
            let queries = vectors(4, (*dimension).into(), 5);
            let queries: Vec<&[f32]> = queries.chunks((*dimension).into()).collect();
            json!({ "file": file, "queries": queries, "k": 10 })
        })
        .collect();
    folder.file("jobs.json", serde_json::to_string(&jobs).unwrap().as_bytes());

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("npm/check.mjs");
    let run = Command::new("node").arg(script).arg(modules).arg(folder.path("")).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let answers: Value =
        serde_json::from_slice(&std::fs::read(folder.path("answers.json")).unwrap()).unwrap();

    let seen = answers["seen"].as_array().unwrap();
    assert_eq!(seen.len(), files.len());
    for (answer, job) in seen.iter().zip(&jobs) {
        they_saw_ours(&folder, answer, &job["queries"]);
    }
    for store in answers["made"].as_array().unwrap() {
        we_see_theirs(&folder, store);
    }
}

fn they_saw_ours(folder: &Folder, answer: &Value, queries: &Value) {
    let name = answer["file"].as_str().unwrap();
    let bytes = std::fs::read(folder.path(name)).unwrap();
    let file = File::open(&bytes).unwrap();
    assert_eq!(answer["vectors"], live_vectors(&bytes).len(), "{name}");
    assert_eq!(answer["segments"].as_array().unwrap().len(), file.segment_count() as usize, "{name}");
    assert_eq!(answer["wasmSegments"], file.segment_count() + 1, "{name}: and the manifest");
    for (query, theirs) in queries.as_array().unwrap().iter().zip(answer["answers"].as_array().unwrap()) {
        assert_same_neighbours(&nearest(&bytes, &floats(query), 10), &hits(theirs), name);
    }
}

fn we_see_theirs(folder: &Folder, store: &Value) {
    let name = store["file"].as_str().unwrap();
    let bytes = std::fs::read(folder.path(name)).unwrap();
    assert_eq!(store["vectors"], live_vectors(&bytes).len(), "{name}");
    let metric = File::open(&bytes).unwrap().manifest().head.metric();
    let wanted = match store["metric"].as_str().unwrap() {
        "inner_product" => Metric::InnerProduct,
        "cosine" => Metric::Cosine,
        _ => Metric::L2,
    };
    assert_eq!(metric, wanted, "{name}");
    let queries = store["queries"].as_array().unwrap();
    for (query, theirs) in queries.iter().zip(store["answers"].as_array().unwrap()) {
        assert_same_neighbours(&nearest(&bytes, &floats(query), 10), &hits(theirs), name);
    }
}
