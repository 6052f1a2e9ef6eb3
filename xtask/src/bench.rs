//! `cargo xtask bench`: measure, and put the tables into `docs/benchmarks.md`.

use crate::process::{self, Result, cargo, root, target_dir};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The parts of the page: what is measured alone, and beside what Python users would pick.
const OURS: &str = "measured";
const PEERS: &str = "peers";

/// Builds everything in release, measures, and replaces the measured parts of the page. `--print` only
/// prints; `--ours` and `--peers` measure one part only.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    if let Some(other) = args.iter().find(|arg| !["--print", "--ours", "--peers"].contains(&arg.as_str())) {
        return Err(format!("cargo xtask bench takes --print, --ours and --peers, not {other}"));
    }
    let packages = ["build", "--release", "--locked", "-p", "rvf-packer", "-p", "rvf-run", "-p", "rvf-bench"];
    process::run(&cargo(), &packages)?;
    let print = has("--print");
    if !has("--peers") {
        let mut command = Command::new(tool("rvf-bench"));
        command.arg(target_dir().join("bench")).arg(root().join("docs").join("sublinear.svg"));
        report(OURS, &output(command)?, print)?;
    }
    if !has("--ours") {
        match install_peers() {
            Ok(python) => {
                let mut command = Command::new(python);
                command.arg(root().join("bench").join("peers.py"));
                command.arg(tool("rvf-pack")).arg(tool("rvf-bench")).arg(target_dir().join("bench"));
                // One thread for everything.
                for variable in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] {
                    command.env(variable, "1");
                }
                report(PEERS, &output(command)?, print)?;
            }
            Err(why) => eprintln!("SKIPPED: tables beside scipy, igraph and networkx ({why})"),
        }
    }
    Ok(())
}

fn tool(name: &str) -> PathBuf {
    target_dir().join("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// A Python of its own with the pinned peers, under the target folder.
fn install_peers() -> Result<PathBuf> {
    let dir = target_dir().join("bench").join("python");
    let python = dir.join("bin").join("python");
    let list = root().join("bench").join("requirements.txt");
    process::run("python3", &["-m", "venv", &dir.to_string_lossy()])?;
    let pip = ["-m", "pip", "install", "--quiet", "--requirement", &list.to_string_lossy()];
    process::run(&python.to_string_lossy(), &pip)?;
    Ok(python)
}

fn output(mut command: Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .current_dir(root())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("cannot start {program}: {e}"))?;
    let tables = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { Ok(tables) } else { Err(format!("measuring failed: {tables}")) }
}

/// Prints a part of the page, and replaces it there unless it is only to be printed.
fn report(part: &str, tables: &str, print: bool) -> Result<()> {
    eprintln!("{tables}");
    if print {
        return Ok(());
    }
    let page = root().join("docs").join("benchmarks.md");
    let text = std::fs::read_to_string(&page).map_err(|e| format!("{}: {e}", page.display()))?;
    let (begin, end) = (format!("<!-- {part}: begin -->"), format!("<!-- {part}: end -->"));
    let (before, rest) = text.split_once(&begin).ok_or(format!("docs/benchmarks.md has no {begin}"))?;
    let (_, after) = rest.split_once(&end).ok_or(format!("docs/benchmarks.md has no {end}"))?;
    let machine = machine();
    let new = format!("{before}{begin}\n\n{machine}\n\n{}\n\n{end}{after}", tables.trim());
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
