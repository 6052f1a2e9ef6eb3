//! `cargo xtask bench`: measure, and put the tables into `docs/benchmarks.md`.

use crate::process::{self, Result, cargo, root, target_dir};
use std::process::{Command, Stdio};

const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";

/// Builds everything in release, measures, and replaces the measured part of the page. `--print` only
/// prints.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let packages = ["build", "--release", "--locked", "-p", "rvf-packer", "-p", "rvf-run", "-p", "rvf-bench"];
    process::run(&cargo(), &packages)?;
    let program = target_dir().join("release").join("rvf-bench");
    let folder = target_dir().join("bench");
    let output = Command::new(&program)
        .arg(&folder)
        .arg(root().join("docs").join("sublinear.svg"))
        .current_dir(root())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("cannot start {}: {e}", program.display()))?;
    let tables = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        return Err(format!("measuring failed: {tables}"));
    }
    eprintln!("{tables}");
    if args.iter().any(|arg| arg == "--print") {
        return Ok(());
    }
    let page = root().join("docs").join("benchmarks.md");
    let text = std::fs::read_to_string(&page).map_err(|e| format!("{}: {e}", page.display()))?;
    let (before, rest) = text.split_once(BEGIN).ok_or("docs/benchmarks.md has no place for the tables")?;
    let (_, after) = rest.split_once(END).ok_or("docs/benchmarks.md has no end of the tables")?;
    let machine = machine();
    let new = format!("{before}{BEGIN}\n\n{machine}\n\n{}\n\n{END}{after}", tables.trim());
    std::fs::write(&page, new).map_err(|e| format!("{}: {e}", page.display()))
}

/// What the numbers were taken on.
fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':').map(|(_, m)| m.trim().to_owned()));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let rustc = Command::new("rustc")
        .arg("--version")
        .output()
        .map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned());
    format!(
        "{}, {cores} cores, {}.",
        model.unwrap_or_else(|| std::env::consts::ARCH.into()),
        rustc.unwrap_or_default()
    )
}
