//! `cargo xtask guests`: builds the modules that travel in files, with the same bytes everywhere.

use crate::sources;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";
/// File name, whether it has SIMD instructions, and the features of the solver.
const GUESTS: [(&str, bool, &str); 6] = [
    ("solver-knn-scalar.wasm", false, ""),
    ("solver-knn-simd.wasm", true, ""),
    ("solver-scalar.wasm", false, "rows"),
    ("solver-simd.wasm", true, "rows"),
    ("solver-full-scalar.wasm", false, "rows,sparse"),
    ("solver-full-simd.wasm", true, "rows,sparse"),
];
/// Bytes of stack inside the linear memory; `limits::STACK_BYTES` of the solver states the same.
const STACK: &str = "16384";

/// Rebuilds the guests, or with `--check` compares a rebuild with what is kept.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let check = match arguments {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => return Err("usage: cargo xtask guests [--check]".into()),
    };
    let root = root()?;
    let kept = root.join("solver-microkernel/guests");
    let rustc = output(Command::new("rustc").arg("--version"))?;
    if check {
        let lock = std::fs::read_to_string(kept.join("guests.lock")).map_err(|e| e.to_string())?;
        let recorded = lock.lines().next().unwrap_or_default();
        if recorded != rustc {
            println!("SKIPPED: the guests were built with `{recorded}`, this is `{rustc}`: bytes may differ");
            return Ok(());
        }
    }
    add_target()?;
    let place = if check { "target/guests-check" } else { "target/guests" };
    if check {
        // Nothing of an earlier build may stand in for this one.
        let _ = std::fs::remove_dir_all(root.join(place));
    }
    let mut lock = format!("{rustc}\nsources {}\n", sources::hash(&root)?);
    for (name, simd, features) in GUESTS {
        let bytes = build(&root, &root.join(place), simd, features)?;
        lock += &format!("{name} {} {}\n", bytes.len(), sources::hex(&bytes));
        let file = kept.join(name);
        if check {
            if std::fs::read(&file).map_err(|e| e.to_string())? != bytes {
                return Err(format!("{name} differs from its rebuild; run `cargo xtask guests`"));
            }
            println!("{name}: {} bytes, the same", bytes.len());
        } else {
            std::fs::write(&file, &bytes).map_err(|e| format!("{}: {e}", file.display()))?;
            println!("{name}: {} bytes", bytes.len());
        }
    }
    let file = kept.join("guests.lock");
    if check {
        if std::fs::read_to_string(&file).map_err(|e| e.to_string())? != lock {
            return Err("guests.lock does not match the sources; run `cargo xtask guests`".into());
        }
        return Ok(());
    }
    std::fs::write(&file, lock).map_err(|e| format!("{}: {e}", file.display()))
}

fn root() -> Result<PathBuf, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().map(Path::to_path_buf).ok_or_else(|| "xtask has no parent folder".into())
}

fn output(command: &mut Command) -> Result<String, String> {
    let out = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if !out.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&out.stderr)));
    }
    Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// Adds the wasm target when the toolchain has none.
fn add_target() -> Result<(), String> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(&sysroot).join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(());
    }
    println!("adding the target {TARGET} with rustup");
    output(Command::new("rustup").args(["target", "add", TARGET])).map(|_| ())
}

/// One guest. Paths are remapped and flags set here alone, so that the bytes depend on the sources
/// and the compiler only.
fn build(root: &Path, place: &Path, simd: bool, features: &str) -> Result<Vec<u8>, String> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let home = std::env::var("CARGO_HOME")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")))
        .unwrap_or_default();
    let mut flags = vec![
        format!("-Clink-arg=-zstack-size={STACK}"),
        "-Clink-arg=--compress-relocations".to_owned(),
        // Keeps constant offsets inside the load instructions of the hot loops: without it each load
        // has an addition of its own, which costs a fifth of the speed and half a KiB.
        "-Cllvm-args=-disable-lsr".to_owned(),
        format!("--remap-path-prefix={}=/rvf", root.display()),
        format!("--remap-path-prefix={home}=/cargo"),
        format!("--remap-path-prefix={sysroot}/lib/rustlib/src/rust=/rust"),
    ];
    if simd {
        flags.push("-Ctarget-feature=+simd128".to_owned());
    }
    let place = place.join(if simd { "simd" } else { "scalar" });
    let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
    cargo
        .current_dir(root)
        .args(["rustc", "--quiet", "--locked", "--package", "solver-guest", "--lib"])
        .args(["--crate-type", "cdylib", "--profile", "guest", "--target", TARGET])
        .args(["--no-default-features", "--features", features])
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .env("CARGO_TARGET_DIR", &place)
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS");
    output(&mut cargo)?;
    let file = place.join(TARGET).join("guest/solver_guest.wasm");
    std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))
}
