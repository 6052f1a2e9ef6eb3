//! The fourth verb: run. A chosen module, and a live guest of it.

use core::fmt;
use std::sync::Arc;

use rvf_format::File;

use crate::abi::{AbiError, Client, Description, Progress, Request, RequestError};
use crate::engine::{Budget, Combined, Engine, EngineError, Features, InFile, Sandbox, outer_pages};
use crate::job::{self, Answer, JobError};
use crate::limits::{self, Limits};
use crate::open::Rvf;
use crate::segments::{DataError, FileSegments};
use crate::select::{Picked, Reason, Speaks, invalid};
use crate::tile::Tile;

/// Where a module comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A WASM segment of the file, by its place in the directory.
    Segment(u32),
    /// Not from the file: the caller brought it.
    Outside,
}

/// A module that passed every check, and the data it will work on.
pub struct Solver<'r> {
    file: File<'r>,
    module: Arc<[u8]>,
    features: Features,
    speaks: Speaks,
    origin: Origin,
    /// There may be an interpreter around it in its own module.
    combined: bool,
    brings_interpreter: bool,
    /// The module is one that the host knows, and its engines run it.
    known: bool,
    engines: Vec<Arc<dyn Engine>>,
}

impl<'a> Rvf<'a> {
    /// Uses a module that is not from the file, on the file's data. It is inspected and
    /// sandboxed like any other.
    ///
    /// # Errors
    /// When the module is not one that `host` runs, or the file cannot be read any more.
    pub fn with_module<'r>(&'r self, module: &[u8], host: &crate::Host) -> Result<Solver<'r>, ModuleError> {
        let file = self.file().map_err(ModuleError::Format)?;
        if module.len() > limits::MODULE_BYTES {
            let reason = format!("{} bytes, the limit is {}", module.len(), limits::MODULE_BYTES);
            return Err(ModuleError::Refused(Reason::NotAModule(reason)));
        }
        let until = host.deadline();
        let speaks = match host.glance(module, Speaks::Solver) {
            Err(Reason::Exports(..)) if host.glance(module, Speaks::Tile).is_ok() => Speaks::Tile,
            seen => seen.map(|()| Speaks::Solver).map_err(ModuleError::Refused)?,
        };
        // Nothing declares what it needs; a module that needs nothing is confirmed at once.
        let facts = rvf_wasm_inspect::inspect_declared(module, 0, until)
            .map_err(|error| ModuleError::Refused(invalid(error)))?;
        let features = host.fits(&facts, speaks).map_err(ModuleError::Refused)?;
        Ok(Solver {
            file,
            module: module.into(),
            features,
            speaks,
            origin: Origin::Outside,
            // Harmless where there is no interpreter inside.
            combined: true,
            brings_interpreter: false,
            known: host.knows(module),
            engines: host.engines().to_vec(),
        })
    }
}

/// A module brought by the caller cannot be used.
#[derive(Debug, Clone)]
pub enum ModuleError {
    /// The file's structure cannot be read any more.
    Format(rvf_format::Error),
    /// The host does not run this module.
    Refused(Reason),
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(error) => error.fmt(f),
            Self::Refused(reason) => write!(f, "the module cannot run here: {reason}"),
        }
    }
}

impl core::error::Error for ModuleError {}

impl<'r> Solver<'r> {
    pub(crate) fn picked(file: File<'r>, picked: Picked, host: &crate::Host) -> Self {
        let Picked { segment, runnable, combined, interpreter } = picked;
        let engines = host.engines();
        let known = interpreter.is_none() && host.knows(&runnable.module);
        let brings_interpreter = combined || interpreter.is_some();
        let engines = match interpreter {
            None => engines.to_vec(),
            Some((_, interpreter)) => {
                let stage = |engine: &Arc<dyn Engine>| -> Arc<dyn Engine> {
                    let (module, needs) = (Arc::clone(&interpreter.module), interpreter.features);
                    let known = host.knows(&module);
                    let stage = InFile::new(Arc::clone(engine), module, needs);
                    Arc::new(if known { stage.known() } else { stage })
                };
                engines.iter().map(stage).collect()
            }
        };
        Self {
            file,
            module: runnable.module,
            features: runnable.features,
            speaks: runnable.speaks,
            origin: Origin::Segment(segment),
            combined,
            brings_interpreter,
            known,
            engines,
        }
    }

    /// Where the module comes from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Nothing but an engine for any module is taken from this host: the file's own interpreter runs the
    /// program, or the program and its interpreter are one module.
    #[must_use]
    pub fn brings_interpreter(&self) -> bool {
        self.brings_interpreter
    }

    /// The module's bytes: the copy that was checked.
    #[must_use]
    pub fn module(&self) -> &Arc<[u8]> {
        &self.module
    }

    /// What the module may use under `limits`.
    #[must_use]
    pub fn sandbox(&self, limits: &Limits) -> Sandbox {
        let pages = if self.combined && self.origin != Origin::Outside {
            outer_pages(limits.pages)
        } else {
            limits.pages
        };
        Sandbox { features: self.features, pages, interruptible: !self.known }
    }

    /// Puts this engine first, before the others of the host.
    #[must_use]
    pub fn prefer(mut self, engine: &str) -> Self {
        self.engines.sort_by_key(|other| other.name() != engine);
        self
    }

    /// Compiles and instantiates the module, asks it for its description, and shows it the
    /// file's directory. The first engine that works on this machine is used.
    ///
    /// # Errors
    /// When no engine can start it, it breaks the contract, or the file is damaged.
    pub fn start(&self, limits: &Limits) -> Result<Session<'r>, RunError> {
        let budget = Budget::start(limits);
        let segments = FileSegments::of(&self.file).map_err(RunError::Data)?;
        let (engine, guest) = self.instantiate(limits, &budget)?;
        let (program, description) = if self.speaks == Speaks::Tile {
            let tile = Tile::connect(guest, &self.module, self.file.clone())?;
            (Program::Tile(Box::new(tile)), Tile::description()?)
        } else {
            let mut client = Client::connect(guest)?;
            let description = client.description()?;
            job::open(&mut client, &segments)?;
            (Program::Solver(Box::new(client)), description)
        };
        let interruptible = !self.known;
        Ok(Session { program, segments, description, engine, limits: limits.clone(), interruptible })
    }

    fn instantiate(
        &self,
        limits: &Limits,
        budget: &Budget,
    ) -> Result<(&'static str, Box<dyn crate::engine::Instance>), RunError> {
        let mut refused = EngineError::Unavailable { reason: "no engine is compiled in".to_owned() };
        for engine in &self.engines {
            let started = engine
                .compile(&self.module, self.sandbox(limits), budget)
                .and_then(|program| program.instantiate(budget.clone()));
            match started {
                Ok(guest) if self.combined => return Ok((engine.name(), Combined::of(guest)?)),
                Ok(guest) => return Ok((engine.name(), guest)),
                // Another engine may work where this one cannot: executable memory may be
                // forbidden, or the address space too small for a reserved memory.
                Err(error @ EngineError::Unavailable { .. }) => refused = error,
                Err(error) => return Err(error.into()),
            }
        }
        Err(refused.into())
    }

    /// Starts a guest, runs one request, and drops the guest.
    ///
    /// # Errors
    /// Those of [`Solver::start`] and [`Session::run`].
    pub fn run(&self, request: &Request, limits: &Limits) -> Result<Answer, RunError> {
        self.start(limits)?.run(request)
    }
}

/// A live guest, by what it speaks.
enum Program<'r> {
    Solver(Box<Client>),
    Tile(Box<Tile<'r>>),
}

/// A live guest with the file open. After an error it is of no more use.
pub struct Session<'r> {
    program: Program<'r>,
    segments: FileSegments<'r>,
    description: Description,
    engine: &'static str,
    limits: Limits,
    interruptible: bool,
}

impl Session<'_> {
    /// What the module says it can do.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Name of the engine that runs it.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        self.engine
    }

    /// The live vectors with these ids, as [`lookup::vector`](crate::lookup::vector) finds them in `file`,
    /// which must be the file of this session. What is checked here is not checked again by a run.
    ///
    /// # Errors
    /// When vector data is damaged.
    pub fn vectors(&mut self, file: &File<'_>, ids: &[u64]) -> Result<Vec<Option<Vec<f32>>>, DataError> {
        crate::lookup::vectors_in(file, &mut self.segments, ids)
    }

    /// Work units of one step from now on; fewer means to hear of progress more often.
    pub fn set_step_units(&mut self, units: u32) {
        self.limits = self.limits.clone().step_units(units);
    }

    /// The guest with a fresh budget, for calls that are no jobs.
    ///
    /// # Errors
    /// When the module is a tile, which has no such calls.
    pub(crate) fn fresh(&mut self) -> Result<&mut Client, RunError> {
        match &mut self.program {
            Program::Solver(client) => {
                client.refill(Budget::start(&self.limits));
                Ok(client)
            }
            Program::Tile(_) => {
                let what = "it is a tile, which has no other calls than its fourteen".to_owned();
                Err(AbiError::Contract { what }.into())
            }
        }
    }

    /// The same for calls that are as long as they are asked to be.
    ///
    /// # Errors
    /// When they could not be interrupted, or the module is a tile.
    pub(crate) fn fresh_for_long(&mut self) -> Result<&mut Client, RunError> {
        if self.interruptible {
            return self.fresh();
        }
        let reason = "a module that is not interrupted does not train: use a host that does not know it";
        Err(RunError::Guest(EngineError::Unavailable { reason: reason.to_owned() }.into()))
    }

    /// Segments that were served although they carry no hash.
    #[must_use]
    pub fn unhashed(&self) -> &[u32] {
        self.segments.unhashed()
    }

    /// Runs one request, with a fresh budget.
    ///
    /// # Errors
    /// When the request does not fit the description, or the job fails.
    pub fn run(&mut self, request: &Request) -> Result<Answer, RunError> {
        self.run_with(request, &mut |_| {})
    }

    /// The same; `progress` hears how it goes on: after reads, and when the work units of a step
    /// ([`Limits::step_units`]) are used up.
    ///
    /// # Errors
    /// When the request does not fit the description, or the job fails.
    pub fn run_with(
        &mut self,
        request: &Request,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Answer, RunError> {
        let (operation, packed) = request.encode(&self.description).map_err(RunError::Request)?;
        let budget = Budget::start(&self.limits);
        let Self { program, segments, limits, .. } = self;
        match program {
            Program::Solver(client) => {
                client.refill(budget);
                Ok(segments.with_ahead(|segments| {
                    job::run(client, segments, operation, &packed, limits, progress)
                })?)
            }
            Program::Tile(tile) => {
                tile.refill(budget);
                segments.with_ahead(|segments| tile.knn(segments, request, operation, limits, progress))
            }
        }
    }
}

/// A run failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunError {
    /// The request does not fit the module's description.
    Request(RequestError),
    /// The guest failed, or was ended.
    Guest(AbiError),
    /// The file's data is damaged.
    Data(DataError),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(error) => error.fmt(f),
            Self::Guest(error) => error.fmt(f),
            Self::Data(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for RunError {}

impl From<AbiError> for RunError {
    fn from(error: AbiError) -> Self {
        Self::Guest(error)
    }
}

impl From<EngineError> for RunError {
    fn from(error: EngineError) -> Self {
        Self::Guest(AbiError::Engine(error))
    }
}

impl From<DataError> for RunError {
    fn from(error: DataError) -> Self {
        Self::Data(error)
    }
}

impl From<JobError<DataError>> for RunError {
    fn from(error: JobError<DataError>) -> Self {
        match error {
            JobError::Guest(error) => Self::Guest(error),
            JobError::Data(error) => Self::Data(error),
        }
    }
}
