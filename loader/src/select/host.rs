//! What this host can run, and what it is willing to.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rvf_wasm_inspect::ModuleFacts;

use super::candidate::{fits, glance};
use super::speaks::Speaks;
use super::verdict::Reason;
use crate::engine::{Engine, Features};
use crate::limits;
use crate::profile::Profile;

/// The host's capabilities and rules for choosing a module.
#[derive(Clone)]
pub struct Host {
    profile: Profile,
    engines: Vec<Arc<dyn Engine>>,
    pages: u32,
    timeout: Option<Duration>,
    only: Option<u32>,
    in_file: bool,
    allow_unverified_code: bool,
    known: Vec<&'static [u8]>,
}

impl Default for Host {
    /// The server profile with every engine that is compiled in, no cache.
    fn default() -> Self {
        Self::new(Profile::Server)
    }
}

impl Host {
    /// A host of a profile, with the engines that are compiled in and fit it.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        let engines: Vec<Arc<dyn Engine>> = vec![
            #[cfg(feature = "wasmi")]
            Arc::new(crate::engine::Wasmi),
            #[cfg(feature = "jit")]
            Arc::new(crate::engine::Wasmtime::new()),
            Arc::new(crate::engine::Tiny),
        ];
        // An embedded host has room for an interpreter only.
        let fits = |engine: &Arc<dyn Engine>| profile == Profile::Server || engine.name() != "wasmtime";
        let pages = profile.limits().pages;
        Self {
            profile,
            engines: engines.into_iter().filter(fits).collect(),
            pages,
            timeout: Some(limits::DEFAULT_TIMEOUT),
            only: None,
            in_file: false,
            allow_unverified_code: false,
            known: Vec::new(),
        }
    }

    /// Uses these engines; the first that starts runs the module.
    #[must_use]
    pub fn with_engines(mut self, engines: Vec<Arc<dyn Engine>>) -> Self {
        self.engines = engines;
        self
    }

    /// The memory cap that a module's initial memory must fit.
    #[must_use]
    pub fn max_memory_pages(mut self, pages: u32) -> Self {
        self.pages = pages;
        self
    }

    /// Gives up choosing a module after this much time; `None`: never. [`limits::DEFAULT_TIMEOUT`]
    /// unless set.
    #[must_use]
    pub fn timeout(mut self, timeout: Option<Duration>) -> Self {
        self.timeout = timeout;
        self
    }

    /// Lets the file bring its own interpreter, as the format resolves it: a combined module; else an
    /// interpreter that runs a microkernel; else, when the file has no interpreter, this host's engines run the
    /// microkernel. What is first runs in this host's engines.
    #[must_use]
    pub fn in_file(mut self) -> Self {
        self.in_file = true;
        self
    }

    /// Considers one segment of the directory only.
    #[must_use]
    pub fn only_segment(mut self, index: u32) -> Self {
        self.only = Some(index);
        self
    }

    /// Accepts modules whose header carries the additive byte fold instead of a hash,
    /// or says something about the module that is not so. They run in the same sandbox,
    /// but nothing shows that they are what their author packed.
    #[must_use]
    pub fn allow_unverified_code(mut self) -> Self {
        self.allow_unverified_code = true;
        self
    }

    /// Modules whose every step is known to end, because the caller's program was built and tested with them: a
    /// module with exactly these bytes is not interrupted within a call of a job. That makes its compiled code
    /// faster by a fifth where loops are short. The limits are looked at between its calls, so that a step
    /// under way is finished first. Nothing else of its sandbox changes. A session of such a module does not train.
    #[must_use]
    pub fn known(mut self, modules: impl IntoIterator<Item = &'static [u8]>) -> Self {
        self.known.extend(modules);
        self
    }

    pub(crate) fn knows(&self, module: &[u8]) -> bool {
        self.known.contains(&module)
    }

    pub(crate) fn engines(&self) -> &[Arc<dyn Engine>] {
        &self.engines
    }

    /// Features that an engine of this host runs. An embedded host stands for a device without SIMD.
    fn features(&self) -> Features {
        let any = self.engines.iter().fold(Features::default(), |all, engine| all.with(engine.features()));
        match self.profile {
            Profile::Server => any,
            Profile::Embedded => any.without(Features::SIMD),
        }
    }

    /// What a module looks like at first, against this host.
    pub(crate) fn glance(&self, module: &[u8], speaks: Speaks) -> Result<(), Reason> {
        glance(module, self.pages, speaks)
    }

    /// What a module really is, against this host.
    pub(crate) fn fits(&self, facts: &ModuleFacts, speaks: Speaks) -> Result<Features, Reason> {
        fits(facts, self.features(), speaks)
    }

    pub(super) fn is_in_file(&self) -> bool {
        self.in_file
    }

    /// The moment at which choosing that starts now must be over.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        // A timeout beyond the clock's range is no timeout.
        self.timeout.and_then(|timeout| Instant::now().checked_add(timeout))
    }

    pub(super) fn prefers_simd(&self) -> bool {
        self.profile == Profile::Server
    }

    pub(super) fn considers(&self, segment: u32) -> bool {
        self.only.is_none_or(|only| only == segment)
    }

    pub(super) fn accepts_unverified_code(&self) -> bool {
        self.allow_unverified_code
    }
}
