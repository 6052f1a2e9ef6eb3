//! Any export of any module of a file, called by name under the limits of every run. Modules whose role is
//! not to answer (extensions, control planes) are used this way, and never picked as solver.

use core::fmt;
use std::sync::Arc;

use rvf_format::{Error, SegmentType};

use crate::engine::{Budget, Engine, EngineError, Features, Instance, Sandbox, Signature};
use crate::limits::Limits;
use crate::open::Rvf;
use crate::select::{Host, Reason, examined};

/// Why a module is not called.
#[derive(Debug, Clone)]
pub enum CallError {
    /// The file's structure cannot be read any more.
    Format(Error),
    /// No segment was named, and the file has not exactly one module.
    Which {
        /// The segments that hold modules.
        modules: Vec<u32>,
    },
    /// The segment that was named holds no module.
    NoModule {
        /// The segment.
        segment: u32,
        /// Those that do.
        modules: Vec<u32>,
    },
    /// This host does not run the module.
    Refused {
        /// The segment.
        segment: u32,
        /// Why.
        reason: Box<Reason>,
    },
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |modules: &[u32]| {
            let all: Vec<String> = modules.iter().map(ToString::to_string).collect();
            if all.is_empty() { "none".to_owned() } else { all.join(", ") }
        };
        match self {
            Self::Format(error) => error.fmt(f),
            Self::Which { modules } if modules.is_empty() => {
                f.write_str("the file carries no WebAssembly module")
            }
            Self::Which { modules } => {
                write!(f, "the file carries several modules, in the segments {}", list(modules))
            }
            Self::NoModule { segment, modules } => {
                write!(f, "segment {segment} holds no module; those that do: {}", list(modules))
            }
            Self::Refused { segment, reason } => {
                write!(f, "the module in segment {segment} cannot run here: {reason}")
            }
        }
    }
}

impl core::error::Error for CallError {}

/// A module that passed every check but those of its role.
pub struct Callable {
    segment: u32,
    module: Arc<[u8]>,
    features: Features,
    functions: Vec<(String, String)>,
    engines: Vec<Arc<dyn Engine>>,
}

impl Rvf<'_> {
    /// The module in a segment, or the only one of the file.
    ///
    /// # Errors
    /// When there is no such module, or `host` does not run it.
    pub fn callable(&self, segment: Option<u32>, host: &Host) -> Result<Callable, CallError> {
        let file = self.file().map_err(CallError::Format)?;
        let is_module =
            |index: &u32| file.entry(*index).is_some_and(|entry| entry.segment_type == SegmentType::WASM);
        let modules: Vec<u32> = (0..file.segment_count()).filter(is_module).collect();
        let segment = match (segment, modules.as_slice()) {
            (Some(segment), modules) if modules.contains(&segment) => segment,
            (Some(segment), _) => return Err(CallError::NoModule { segment, modules }),
            (None, [only]) => *only,
            (None, _) => return Err(CallError::Which { modules }),
        };
        let (runnable, functions) = examined(&file, segment, host)
            .map_err(|reason| CallError::Refused { segment, reason: Box::new(reason) })?;
        let engines = host.engines().to_vec();
        Ok(Callable { segment, module: runnable.module, features: runnable.features, functions, engines })
    }
}

impl Callable {
    /// The segment that it is in.
    #[must_use]
    pub fn segment(&self) -> u32 {
        self.segment
    }

    /// Its exported functions: name (not escaped) and signature.
    #[must_use]
    pub fn functions(&self) -> &[(String, String)] {
        &self.functions
    }

    /// A live instance. The first engine that works on this machine is used.
    ///
    /// # Errors
    /// When no engine can start it.
    pub fn start(&self, limits: &Limits) -> Result<Live, EngineError> {
        let budget = Budget::start(limits);
        let sandbox = Sandbox { features: self.features, pages: limits.pages(), interruptible: true };
        let mut refused = EngineError::Unavailable { reason: "no engine is compiled in".to_owned() };
        for engine in &self.engines {
            let started = engine
                .compile(&self.module, sandbox, &budget)
                .and_then(|program| program.instantiate(budget.clone()));
            match started {
                Ok(guest) => return Ok(Live { guest, engine: engine.name() }),
                Err(error @ EngineError::Unavailable { .. }) => refused = error,
                Err(error) => return Err(error),
            }
        }
        Err(refused)
    }
}

/// A live instance of any module. After an error it is of no more use.
pub struct Live {
    guest: Box<dyn Instance>,
    engine: &'static str,
}

impl Live {
    /// Name of the engine that runs it.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        self.engine
    }

    /// The types of an exported function.
    ///
    /// # Errors
    /// [`EngineError::Export`] when there is none, or one that takes or gives what is no number.
    pub fn signature(&mut self, name: &str) -> Result<Signature, EngineError> {
        Ok(self.guest.find(name)?.1)
    }

    /// Calls an exported function with one cell for each parameter ([`Signature`]); gives its results.
    ///
    /// # Errors
    /// No such function, a trap, or a limit.
    pub fn call(&mut self, name: &str, arguments: &[u64]) -> Result<Vec<u64>, EngineError> {
        let (export, signature) = self.guest.find(name)?;
        let mut results = vec![0; signature.results.len()];
        self.guest.invoke(export, arguments, &mut results)?;
        Ok(results)
    }

    /// The memory that it exports, to read.
    #[must_use]
    pub fn memory(&self) -> &[u8] {
        self.guest.memory()
    }

    /// The memory that it exports, to write into.
    pub fn memory_mut(&mut self) -> &mut [u8] {
        self.guest.memory_mut()
    }
}
