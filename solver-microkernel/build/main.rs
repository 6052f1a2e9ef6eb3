//! Puts the texts of this build together, packed for the module: the description as one line of JSON, then
//! the sentences about faults and what the learning solver prints, a line each.

#![allow(clippy::indexing_slicing, reason = "runs over the texts of this project alone, when it is built")]

#[path = "pack.rs"]
mod pack;
#[path = "../src/unpack.rs"]
mod unpack;

use std::cell::RefCell;
use std::path::PathBuf;

/// The operations of each part of the description, by the feature that they come with.
const OPERATIONS: &[(bool, &str)] = &[
    (true, include_str!("../texts/knn.json")),
    (cfg!(feature = "rows"), include_str!("../texts/rows.json")),
    (cfg!(feature = "sparse"), include_str!("../texts/sparse.json")),
    (cfg!(feature = "policy"), include_str!("../texts/policy.json")),
];

/// The sentences, in the order of `Why` and `Sentence`, and what the learning solver prints, in that of `Line`.
const SENTENCES: &[(bool, &str)] = &[
    (cfg!(feature = "sparse"), include_str!("../texts/refusals.txt")),
    (true, include_str!("../texts/faults.txt")),
    (cfg!(feature = "sparse"), include_str!("../texts/faults-sparse.txt")),
    (cfg!(feature = "rows"), include_str!("../texts/faults-rows.txt")),
    (cfg!(feature = "temporal"), include_str!("../texts/learning.txt")),
];

/// JSON as it is written for readers, as one line: every line begins with blanks that are for them.
fn line(json: &str) -> String {
    json.lines().map(str::trim_start).collect()
}

fn description() -> String {
    let operations: Vec<String> = OPERATIONS
        .iter()
        .filter(|(on, _)| *on)
        .map(|(_, json)| line(json).trim_start_matches('[').trim_end_matches(']').to_owned())
        .collect();
    let version = env!("CARGO_PKG_VERSION");
    format!(
        r#"{{"name":"rvf-solver","version":"{version}","abi":1,"operations":[{}]}}"#,
        operations.join(",")
    )
}

#[allow(clippy::print_stdout, reason = "that is how a build script speaks to cargo")]
fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=texts");
    println!("cargo::rerun-if-changed=src/unpack.rs");
    let description = description();
    let sentences: String = SENTENCES.iter().filter(|(on, _)| *on).map(|(_, lines)| *lines).collect();
    let texts = format!("{description}\n{sentences}");
    let packed = pack::pack(texts.as_bytes());
    let unpacked = RefCell::new(vec![0; texts.len()]);
    unpack::unpack(
        &packed,
        texts.len(),
        |at| unpacked.borrow()[at],
        |at, byte| unpacked.borrow_mut()[at] = byte,
    );
    assert!(*unpacked.borrow() == texts.as_bytes(), "the texts differ once packed and unpacked");
    let to = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    std::fs::write(to.join("description.json"), description)?;
    std::fs::write(to.join("packed.bin"), packed)?;
    std::fs::write(to.join("texts_len"), texts.len().to_string())
}
