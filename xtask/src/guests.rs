//! `cargo xtask guests`: builds the modules that travel in files, with the same bytes everywhere.

mod build;
mod optimise;

use std::path::Path;
use std::process::Command;

use self::build::Build;
use crate::process::root;
use crate::sources;

/// The modules that one folder keeps.
struct Folder {
    /// From the workspace's root.
    kept: &'static str,
    /// The hash of what the modules depend on.
    sources: fn(&Path) -> Result<String, String>,
    /// File names and how each is built.
    guests: &'static [(&'static str, Build)],
}

/// Of the solver. Bytes of stack inside the linear memory; `limits::STACK_BYTES` of the solver states the
/// same. Numbers of nine bytes that come again and again in a function are put into locals at last (2 KB). Larger
/// functions stay apart even with one caller: hot ones would be merged into those of hundreds of locals, where
/// engines keep theirs in memory.
const SOLVER: Build = Build {
    package: "solver-guest",
    simd: false,
    features: "",
    link: &["-zstack-size=16384", "--compress-relocations"],
    compile: SHORT_LOOPS,
    passes: &[
        "-Oz",
        "--one-caller-inline-max-function-size=300",
        "--const-hoisting",
        "--coalesce-locals",
        "--reorder-locals",
        "--vacuum",
    ],
};

/// The tile: four pages for ever, the first 8 KiB for the host, and no stack, because nothing of it would
/// lie in the linear memory.
const TILE: Build = Build {
    package: "tile-microkernel",
    simd: false,
    features: "",
    link: &[
        "-zstack-size=0",
        "--global-base=8192",
        "--initial-memory=262144",
        "--max-memory=262144",
        "--export=__heap_base",
        "--compress-relocations",
        "--strip-all",
    ],
    compile: OFFSETS_IN_LOADS,
    passes: &[],
};

/// The interpreter: it tells where its heap starts, so that a program can be put there.
const INTERPRETER: Build = Build {
    package: "interpreter-guest",
    simd: false,
    features: "",
    link: &["-zstack-size=16384", "--export=__heap_base"],
    compile: &[],
    passes: &["-Oz"],
};

/// Keeps constant offsets inside the load instructions of hot loops: without it each load has an addition
/// of its own, which costs a fifth of the speed and half a KiB.
const OFFSETS_IN_LOADS: &[&str] = &["-Cllvm-args=-disable-lsr"];

/// The same, and loops as they are written: those over vectors are written for eight lanes, and rows of
/// matrices are too short to gain from copies of a loop's body, which cost three KiB.
const SHORT_LOOPS: &[&str] =
    &["-Cllvm-args=-disable-lsr", "-Cllvm-args=-unroll-runtime=0", "-Cllvm-args=-vectorize-loops=0"];

const FOLDERS: &[Folder] = &[
    Folder {
        kept: "solver-microkernel/guests",
        sources: sources::hash,
        guests: &[
            ("solver-knn-scalar.wasm", SOLVER),
            ("solver-knn-simd.wasm", Build { simd: true, ..SOLVER }),
            ("solver-scalar.wasm", Build { features: "rows", ..SOLVER }),
            ("solver-simd.wasm", Build { simd: true, features: "rows", ..SOLVER }),
            ("solver-sparse-scalar.wasm", Build { features: "sparse", ..SOLVER }),
            ("solver-sparse-simd.wasm", Build { simd: true, features: "sparse", ..SOLVER }),
            ("solver-full-scalar.wasm", Build { features: "rows,sparse,policy,temporal", ..SOLVER }),
            (
                "solver-full-simd.wasm",
                Build { simd: true, features: "rows,sparse,policy,temporal", ..SOLVER },
            ),
        ],
    },
    Folder {
        kept: "tile-microkernel/guests",
        sources: |root| sources::hash_of(root, &sources::TILE),
        guests: &[("tile-scalar.wasm", TILE), ("tile-simd.wasm", Build { simd: true, ..TILE })],
    },
    Folder {
        kept: "interpreter/guests",
        sources: |root| sources::hash_of(root, &sources::INTERPRETER),
        guests: &[
            ("interpreter-scalar.wasm", INTERPRETER),
            ("interpreter-simd.wasm", Build { simd: true, features: "simd", ..INTERPRETER }),
            // For the official test suite: instances import from each other.
            ("interpreter-suite.wasm", Build { simd: true, features: "simd,linking", ..INTERPRETER }),
        ],
    },
];

const USAGE: &str = "usage: cargo xtask guests [--check] [FOLDER ...]";

/// Rebuilds the guests, or with `--check` compares a rebuild with what is kept. Folders may be named by
/// the start of their path.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let (flags, named): (Vec<_>, Vec<_>) = arguments.iter().partition(|word| word.starts_with('-'));
    let check = match flags.as_slice() {
        [] => false,
        [flag] if *flag == "--check" => true,
        _ => return Err(USAGE.into()),
    };
    let is_named = |folder: &&Folder| {
        named.is_empty() || named.iter().any(|name| folder.kept.starts_with(name.as_str()))
    };
    let folders: Vec<&Folder> = FOLDERS.iter().filter(is_named).collect();
    if folders.is_empty() {
        let known: Vec<&str> = FOLDERS.iter().map(|folder| folder.kept).collect();
        return Err(format!("{USAGE}; folders are {}", known.join(", ")));
    }
    folders.into_iter().try_for_each(|folder| folder.run(check))
}

impl Folder {
    fn run(&self, check: bool) -> Result<(), String> {
        let root = root();
        let kept = root.join(self.kept);
        let rustc = build::output(Command::new("rustc").arg("--version"))?;
        if check {
            let lock = std::fs::read_to_string(kept.join("guests.lock")).map_err(|e| e.to_string())?;
            let recorded = lock.lines().next().unwrap_or_default();
            if recorded != rustc {
                println!(
                    "SKIPPED: {} was built with `{recorded}`, this is `{rustc}`: bytes may differ",
                    self.kept
                );
                return Ok(());
            }
            if let Some(why) = self.guests.iter().find_map(|(_, guest)| guest.cannot_be_checked()) {
                println!("SKIPPED: {} was not compared with a rebuild: {why}", self.kept);
                return Ok(());
            }
        }
        build::add_target()?;
        std::fs::create_dir_all(&kept).map_err(|e| format!("{}: {e}", kept.display()))?;
        let place = root.join(if check { "target/guests-check" } else { "target/guests" });
        if check {
            // Nothing of an earlier build may stand in for this one.
            let _ = std::fs::remove_dir_all(&place);
        }
        let mut lock = format!("{rustc}\nsources {}\n", (self.sources)(&root)?);
        for (name, guest) in self.guests {
            let bytes = guest.run(&root, &place)?;
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
                return Err(format!(
                    "{}/guests.lock does not match the sources; run `cargo xtask guests`",
                    self.kept
                ));
            }
            return Ok(());
        }
        std::fs::write(&file, lock).map_err(|e| format!("{}: {e}", file.display()))
    }
}
