//! Flags about modules, shared by `build` and `embed`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use rvf_format::read::wasm;
use rvf_packer::built_in::{Content, interpreters, solvers, tiles};
use rvf_packer::input::Stream;
use rvf_packer::plan::{Choice, Module, priorities};
use rvf_terminal::{Manners, Report};

use crate::report;

/// What a module is for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Role {
    /// Searches and solves over the data of the file
    Microkernel,
    /// Runs another module of the file
    Interpreter,
    /// Interpreter and microkernel in one
    Combined,
    /// Anything else that is called by name
    Extension,
    /// Manages stores
    ControlPlane,
}

impl From<Role> for wasm::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Microkernel => Self::MICROKERNEL,
            Role::Interpreter => Self::INTERPRETER,
            Role::Combined => Self::COMBINED,
            Role::Extension => Self::EXTENSION,
            Role::ControlPlane => Self::CONTROL_PLANE,
        }
    }
}

/// The host a module is built for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Target {
    /// Any WebAssembly engine
    Wasm32,
    /// A browser
    Browser,
    /// A tile with a few pages of memory
    BareTile,
}

impl From<Target> for wasm::Target {
    fn from(target: Target) -> Self {
        match target {
            Target::Wasm32 => Self::WASM32,
            Target::Browser => Self::BROWSER,
            Target::BareTile => Self::BARE_TILE,
        }
    }
}

/// Warns of modules that go into a file and that hosts refuse to run by default.
pub(crate) fn warn_of(modules: &[Module], manners: &Manners) {
    for module in modules {
        module.warnings().iter().for_each(|what| manners.warn(&format!("{}: {what}", module.name)));
    }
}

/// Flags that say what inspection cannot find.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct ChoiceArgs {
    /// What the modules are for [default: told from their exports]
    #[arg(long, value_enum)]
    role: Option<Role>,
    /// The host they are built for [default: told from their exports]
    #[arg(long, value_enum)]
    target: Option<Target>,
    /// Priority of the first module, each further one comes one after it; lower is tried first
    /// [default: 10 for modules that use SIMD, 30 for combined ones, 20 for others]
    #[arg(long, value_name = "0-255")]
    priority: Option<u8>,
}

impl ChoiceArgs {
    /// The first of these flags that was given.
    pub(crate) fn given(self) -> Option<&'static str> {
        let flags = [
            (self.role.is_some(), "--role"),
            (self.target.is_some(), "--target"),
            (self.priority.is_some(), "--priority"),
        ];
        flags.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag)
    }

    /// Reads and inspects modules from files.
    pub(crate) fn prepare(self, paths: &[PathBuf]) -> Result<Vec<Module>, Report> {
        let priorities = priorities(self.priority, paths.len()).map_err(|e| report(&e))?;
        paths.iter().zip(priorities).map(|(path, priority)| self.one(path, priority)).collect()
    }

    /// Inspects the built-in programs for such content and the target asked for.
    pub(crate) fn built_in(self, content: Content) -> Result<Vec<Module>, Report> {
        let solvers = match (self.target, content) {
            (Some(Target::BareTile), Content::Vectors) => tiles(),
            (Some(Target::BareTile), Content::Matrices) => {
                return Err(Report::usage("a tile searches vectors, and these inputs hold matrices")
                    .fix("leave out --target bare-tile, or pack the vectors into a file of their own"));
            }
            _ => solvers(content),
        };
        if solvers.is_empty() {
            return Err(Report::usage("this program was built without solvers")
                .fix("name one with --solver MODULE, or pack without with --no-solver"));
        }
        let priorities = priorities(self.priority, solvers.len()).map_err(|e| report(&e))?;
        let all = solvers.into_iter().zip(priorities);
        all.map(|((name, bytes), priority)| self.module(name, bytes.to_vec(), priority)).collect()
    }

    /// Inspects the built-in interpreters. They come after `before` other modules.
    pub(crate) fn interpreters(self, before: usize) -> Result<Vec<Module>, Report> {
        let interpreters = interpreters();
        if interpreters.is_empty() {
            return Err(Report::usage("this program was built without interpreters")
                .fix("embed one with `rvf-pack embed FILE MODULE --role interpreter`"));
        }
        let all = before.saturating_add(interpreters.len());
        let priorities = priorities(self.priority, all).map_err(|e| report(&e))?.into_iter().skip(before);
        interpreters
            .into_iter()
            .zip(priorities)
            .map(|((name, bytes), priority)| {
                let choice = Choice { priority, ..Choice::default() };
                Module::prepare(name, bytes.to_vec(), choice).map_err(|e| report(&e))
            })
            .collect()
    }

    fn one(self, path: &Path, priority: Option<u8>) -> Result<Module, Report> {
        let mut stream = Stream::open(path).map_err(|e| report(&e))?;
        let bytes = stream.read_rest(rvf_format::limits::MAX_MODULE, "the module").map_err(|e| report(&e))?;
        self.module(&path.display().to_string(), bytes, priority)
    }

    fn module(self, name: &str, bytes: Vec<u8>, priority: Option<u8>) -> Result<Module, Report> {
        let choice =
            Choice { role: self.role.map(Into::into), target: self.target.map(Into::into), priority };
        Module::prepare(name, bytes, choice).map_err(|e| report(&e))
    }
}
