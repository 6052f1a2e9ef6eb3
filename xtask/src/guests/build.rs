//! How one module is built.

use std::path::Path;
use std::process::Command;

use super::optimise;

const TARGET: &str = "wasm32-unknown-unknown";

/// A module: a package, and what it is built with.
#[derive(Clone, Copy)]
pub(super) struct Build {
    pub(super) package: &'static str,
    /// Whether it has SIMD instructions.
    pub(super) simd: bool,
    pub(super) features: &'static str,
    /// For the linker: how the memory is laid out.
    pub(super) link: &'static [&'static str],
    /// For the compiler.
    pub(super) compile: &'static [&'static str],
    /// What wasm-opt does afterwards; nothing: it is not run.
    pub(super) passes: &'static [&'static str],
}

impl Build {
    /// Why this machine cannot make the same bytes.
    pub(super) fn cannot_be_checked(&self) -> Option<&'static str> {
        (!self.passes.is_empty() && !optimise::can_install())
            .then_some("there is no npm here to install wasm-opt with")
    }

    /// Builds it. Paths are remapped and flags set here alone, so that the bytes depend on the sources
    /// and the compiler only.
    pub(super) fn run(&self, root: &Path, place: &Path) -> Result<Vec<u8>, String> {
        let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
        let home = std::env::var("CARGO_HOME")
            .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")))
            .unwrap_or_default();
        let mut flags: Vec<String> = self.link.iter().map(|flag| format!("-Clink-arg={flag}")).collect();
        flags.extend(self.compile.iter().map(|&flag| flag.to_owned()));
        flags.extend([
            format!("--remap-path-prefix={}=/rvf", root.display()),
            format!("--remap-path-prefix={home}=/cargo"),
            format!("--remap-path-prefix={sysroot}/lib/rustlib/src/rust=/rust"),
        ]);
        if self.simd {
            flags.push("-Ctarget-feature=+simd128".to_owned());
        }
        let place = place.join(if self.simd { "simd" } else { "scalar" });
        let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
        cargo
            .current_dir(root)
            .args(["rustc", "--quiet", "--locked", "--package", self.package, "--lib"])
            .args(["--crate-type", "cdylib", "--profile", "guest", "--target", TARGET])
            .args(["--no-default-features", "--features", self.features])
            .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
            .env("CARGO_TARGET_DIR", &place)
            .env("CARGO_INCREMENTAL", "0")
            .env_remove("RUSTFLAGS");
        output(&mut cargo)?;
        let file = place.join(TARGET).join("guest").join(format!("{}.wasm", self.package.replace('-', "_")));
        if !self.passes.is_empty() {
            return optimise::run(root, &file, self.passes);
        }
        std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))
    }
}

/// What a command prints.
pub(super) fn output(command: &mut Command) -> Result<String, String> {
    let out = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if !out.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&out.stderr)));
    }
    Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// Adds the wasm target when the toolchain has none.
pub(super) fn add_target() -> Result<(), String> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(&sysroot).join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(());
    }
    println!("adding the target {TARGET} with rustup");
    output(Command::new("rustup").args(["target", "add", TARGET])).map(|_| ())
}
