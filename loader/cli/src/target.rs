//! The file, the host and the module that a command line asks for.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rvf_loader::engine::{Engine, Tiny, Wasmi};
use rvf_loader::matrices::matrices;
use rvf_loader::segments::FileSegments;
use rvf_loader::{Host, Limits, Profile, Rvf, SelectError, Solver, Source};
use rvf_terminal::{Exit, Manners, Report};
use solver_microkernel::guests;

use crate::args::{EngineChoice, HostArgs, ProfileChoice};
use crate::report;

pub(crate) fn open(path: &Path, host: &HostArgs) -> Result<Rvf<'static>, Report> {
    let source = if host.no_mmap { Source::read(path) } else { Source::map(path) };
    source.and_then(Rvf::open).map_err(|error| report::opening(path, &error))
}

pub(crate) fn limits(host: &HostArgs) -> Limits {
    let limits = profile(host).limits().fuel(host.fuel).max_result_bytes(host.max_result);
    let limits = match host.timeout.0 {
        Some(timeout) => limits.timeout(timeout),
        None => limits.without_timeout(),
    };
    match host.max_memory {
        Some(pages) => limits.max_memory_pages(pages),
        None => limits,
    }
}

fn profile(host: &HostArgs) -> Profile {
    match host.profile {
        ProfileChoice::Server => Profile::Server,
        ProfileChoice::Embedded => Profile::Embedded,
    }
}

/// The host that the flags describe. Says on standard error why there is no cache.
pub(crate) fn rules(host: &HostArgs, manners: &Manners) -> Result<Host, Report> {
    let mut rules = Host::new(profile(host))
        .with_engines(engines(host, manners)?)
        .max_memory_pages(limits(host).pages())
        .timeout(host.timeout.0);
    if let Some(segment) = host.segment {
        rules = rules.only_segment(segment);
    }
    if host.engine == EngineChoice::InFile {
        rules = rules.in_file();
    }
    if host.allow_unverified_code {
        rules = rules.allow_unverified_code();
    }
    Ok(rules)
}

#[cfg(feature = "jit")]
fn engines(host: &HostArgs, manners: &Manners) -> Result<Vec<Arc<dyn Engine>>, Report> {
    let jit: Arc<dyn Engine> = Arc::new(compiler(host, manners));
    let wasmi: Arc<dyn Engine> = Arc::new(Wasmi);
    Ok(match (host.engine, host.profile) {
        (EngineChoice::Jit, _) => vec![jit],
        (EngineChoice::Tiny, _) => vec![Arc::new(Tiny)],
        (EngineChoice::InFile, ProfileChoice::Server) => vec![jit, wasmi],
        (EngineChoice::Wasmi, _) | (EngineChoice::Auto | EngineChoice::InFile, ProfileChoice::Embedded) => {
            vec![wasmi]
        }
        (EngineChoice::Auto, ProfileChoice::Server) => vec![wasmi, jit],
    })
}

#[cfg(not(feature = "jit"))]
fn engines(host: &HostArgs, _: &Manners) -> Result<Vec<Arc<dyn Engine>>, Report> {
    match host.engine {
        EngineChoice::Auto | EngineChoice::Wasmi | EngineChoice::InFile => Ok(vec![Arc::new(Wasmi)]),
        EngineChoice::Tiny => Ok(vec![Arc::new(Tiny)]),
        EngineChoice::Jit => Err(Report::usage("this rvf-run was built without the compiler")
            .fix("use --engine wasmi, or build with the default features")),
    }
}

#[cfg(all(feature = "jit", unix))]
fn compiler(host: &HostArgs, manners: &Manners) -> rvf_loader::engine::Wasmtime {
    use rvf_loader::cache::Cache;
    use rvf_loader::engine::Wasmtime;

    if host.no_cache {
        return Wasmtime::new();
    }
    match Cache::of_user() {
        Ok(cache) => Wasmtime::with_cache(Arc::new(cache)),
        Err(error) => {
            manners.detail(1, &format!("compiled code is not kept: {error}"));
            Wasmtime::new()
        }
    }
}

#[cfg(all(feature = "jit", not(unix)))]
fn compiler(_: &HostArgs, _: &Manners) -> rvf_loader::engine::Wasmtime {
    rvf_loader::engine::Wasmtime::new()
}

/// A module and where it comes from.
pub(crate) struct Chosen<'r> {
    pub(crate) solver: Solver<'r>,
    pub(crate) from: From,
}

/// Where a module comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum From {
    /// A segment of the file.
    File(u32),
    /// Built into this command.
    BuiltIn,
    /// Another file.
    Path(PathBuf),
}

/// The module that is to run: the file's own, unless `--solver` names another. `learns`: what is asked for
/// takes a module that learns, whatever data the file holds.
pub(crate) fn choose<'r>(
    rvf: &'r Rvf<'_>,
    path: &Path,
    host: &HostArgs,
    learns: bool,
    manners: &Manners,
) -> Result<Chosen<'r>, Report> {
    let mut rules = rules(host, manners)?.known([interpreter::guests::SCALAR, interpreter::guests::SIMD]);
    // Training takes as long as one asks for, in one call.
    if !learns {
        rules = rules.known(guests::ALL);
    }
    let Some(named) = &host.solver else {
        let solver = rvf.select(&rules).map_err(|error| not_selected(path, &error))?;
        if host.engine == EngineChoice::InFile && !solver.brings_interpreter() {
            manners.note("the file carries no interpreter: this host's engine runs its module");
        }
        let from = match solver.origin() {
            rvf_loader::solver::Origin::Segment(segment) => From::File(*segment),
            rvf_loader::solver::Origin::Outside => From::BuiltIn,
        };
        return Ok(Chosen { solver, from });
    };
    let (module, from) = if named.as_os_str() == "built-in" {
        manners.note("using the built-in solver, not a program from the file");
        let file = rvf.file().map_err(|error| report::format(path, &error))?;
        let full = learns || matrices(&file).next().is_some();
        let module = match (host.profile, full) {
            (ProfileChoice::Server, false) => guests::SIMD,
            (ProfileChoice::Server, true) => guests::FULL_SIMD,
            (ProfileChoice::Embedded, false) => guests::SCALAR,
            (ProfileChoice::Embedded, true) => guests::FULL_SCALAR,
        };
        (module.to_vec(), From::BuiltIn)
    } else {
        manners.note(&format!("using the solver {}, not a program from the file", named.display()));
        // One byte more than is accepted, so that a larger one is refused for its size.
        let most = rvf_loader::limits::MODULE_BYTES as u64 + 1;
        let mut module = Vec::new();
        fs::File::open(named)
            .and_then(|file| file.take(most).read_to_end(&mut module))
            .map_err(|error| Report::io("cannot read the solver", named.display(), &error))?;
        (module, From::Path(named.clone()))
    };
    let solver = rvf.with_module(&module, &rules).map_err(|error| match error {
        rvf_loader::solver::ModuleError::Format(error) => report::format(path, &error),
        refused => Report::new(Exit::No, refused.to_string()).at(named.display()),
    })?;
    Ok(Chosen { solver, from })
}

fn not_selected(path: &Path, error: &SelectError) -> Report {
    let (exit, fix) = if error.is_damage() {
        (
            Exit::Malformed,
            "get the file again from where it came; `rvf-run verify FILE` shows all of the damage",
        )
    } else if error.is_out_of_time() {
        (Exit::Guest, "allow more time with --timeout TIME, or use --solver built-in")
    } else {
        let fix =
            "see `rvf-run select FILE --explain`; --solver built-in runs the solver of this command instead";
        (Exit::No, fix)
    };
    Report::new(exit, error.to_string()).at(path.display()).fix(fix)
}

/// Puts the engine first that answers sooner: compiled code that is there already, or
/// the compiler when the data outweighs the time to compile.
#[cfg(feature = "jit")]
pub(crate) fn weigh<'r>(
    chosen: Solver<'r>,
    data: &FileSegments<'_>,
    host: &HostArgs,
    manners: &Manners,
) -> Solver<'r> {
    let both = host.engine == EngineChoice::Auto && host.profile == ProfileChoice::Server;
    if !both {
        return chosen;
    }
    let compiler = compiler(host, manners);
    let work = data.vector_bytes().saturating_add(data.matrix_bytes().saturating_mul(MATRIX_PASSES));
    let worth = work > COMPILE_ABOVE || compiler.is_cached(chosen.module(), chosen.sandbox(&limits(host)));
    if worth { chosen.prefer("wasmtime") } else { chosen }
}

#[cfg(not(feature = "jit"))]
pub(crate) fn weigh<'r>(chosen: Solver<'r>, _: &FileSegments<'_>, _: &HostArgs, _: &Manners) -> Solver<'r> {
    chosen
}

/// Bytes of vectors above which compiling pays. Measured with one query: the interpreter takes
/// 3.2 ms per MB, compiled code 0.3 ms, compiling 110 ms, so that the first run breaks even near
/// 38 MB; every later run finds the code in the cache, which is why the line is drawn lower.
#[cfg(feature = "jit")]
const COMPILE_ABOVE: u64 = 16 << 20;

/// How often a byte of a matrix counts in that: solvers pass over a matrix some ten times at least.
#[cfg(feature = "jit")]
const MATRIX_PASSES: u64 = 16;
