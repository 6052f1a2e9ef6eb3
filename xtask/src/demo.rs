//! `cargo xtask demo`: real words, packed, checked and asked.

use crate::process::{self, Result, cargo, root, target_dir};
use std::path::Path;

const QUESTIONS: [&str; 3] = ["king", "paris", "piano"];

/// Builds the two tools without the compiler engine, packs the shipped word vectors, and lets the
/// program inside the file answer.
pub(crate) fn run(_args: &[String]) -> Result<()> {
    process::run(&cargo(), &["build", "--quiet", "--release", "--locked", "-p", "rvf-packer"])?;
    process::run(
        &cargo(),
        &["build", "--quiet", "--release", "--locked", "-p", "rvf-run", "--no-default-features"],
    )?;
    let bin = target_dir().join("release");
    let tool = |name: &str| bin.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let (pack, open) = (tool("rvf-pack"), tool("rvf-run"));
    let (pack, open) = (pack.to_string_lossy(), open.to_string_lossy());

    let glove = Path::new("fixtures").join("glove-10k");
    let out = target_dir().join("demo");
    std::fs::create_dir_all(&out).map_err(|e| format!("cannot make {}: {e}", out.display()))?;
    let file = out.join("words.rvf");
    let file = file.strip_prefix(root()).unwrap_or(&file).to_string_lossy().into_owned();
    let vectors = glove.join("glove-10k.npy").to_string_lossy().into_owned();
    let words = glove.join("words.txt").to_string_lossy().into_owned();

    heading("10,000 English words as vectors, packed with the program that searches them");
    process::run(
        &pack,
        &["build", &vectors, "--labels", &words, "--metric", "cosine", "--force", "-o", &file],
    )?;
    heading("Every byte checked");
    process::run(&open, &["verify", &file])?;
    heading("What the file can do, by its own account");
    process::run(&open, &["inspect", &file])?;
    for word in QUESTIONS {
        heading(&format!("The neighbours of '{word}', computed by the program in the file"));
        process::run(&open, &[&file, "knn", "--query-label", word, "--k", "6", "-v"])?;
    }
    heading("Try your own: ");
    eprintln!("{open} {file} knn --query-label WORD");
    Ok(())
}

fn heading(text: &str) {
    eprintln!("\n== {text}");
}
