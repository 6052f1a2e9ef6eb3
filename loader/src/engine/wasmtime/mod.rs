//! The compiler: wasmtime with Cranelift, interrupted by epochs.
//!
//! Epochs and not fuel: both cost about the same in tight loops, and only epochs
//! see the wall clock. Every tick costs a fixed amount of fuel, so that the CPU
//! budget is finite here as well. Code that is not to be interrupted has no checks in its
//! loops; it pays for its ticks after each call.

mod config;
mod guest;
mod ticker;

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use wasmtime::Module;

use self::guest::instantiate;
use self::ticker::Ticker;
use super::{Budget, Engine, EngineError, Instance, Program, Sandbox};
use crate::cache::Cache;

/// The wasmtime engine, with or without a cache of compiled code.
#[derive(Debug, Clone, Default)]
pub struct Wasmtime {
    cache: Option<Arc<Cache>>,
}

impl Wasmtime {
    /// Compiles every time.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps compiled code in `cache` and takes it from there.
    #[must_use]
    pub fn with_cache(cache: Arc<Cache>) -> Self {
        Self { cache: Some(cache) }
    }

    /// Compiled code for this module is in the cache, so that starting costs next to nothing.
    #[must_use]
    pub fn is_cached(&self, module: &[u8], sandbox: Sandbox) -> bool {
        let Some(cache) = &self.cache else { return false };
        config::engine(sandbox).is_ok_and(|engine| cache.contains(&config::cache_key(&engine, module)))
    }
}

impl Engine for Wasmtime {
    fn name(&self) -> &'static str {
        "wasmtime"
    }

    fn compile(
        &self,
        module: &Arc<[u8]>,
        sandbox: Sandbox,
        budget: &Budget,
    ) -> Result<Box<dyn Program>, EngineError> {
        budget.check_time()?;
        let engine = config::engine(sandbox)?;
        let key = self.cache.as_ref().map(|cache| (cache, config::cache_key(&engine, module)));
        let cached = key.as_ref().and_then(|(cache, key)| cache.load(&engine, key));
        let compiled = match cached {
            Some(compiled) => compiled,
            None => {
                let compiled = compile_in_time(&engine, module, budget)?;
                if let Some((cache, key)) = key {
                    // A cache that cannot be written costs time, never the answer.
                    cache.store(&compiled, &key);
                }
                compiled
            }
        };
        if let Some(import) = compiled.imports().next() {
            return Err(EngineError::imports(import.module(), import.name()));
        }
        let ticker = if sandbox.interruptible { Some(Arc::new(Ticker::start(&engine)?)) } else { None };
        Ok(Box::new(Compiled { module: compiled, pages: sandbox.pages, ticker }))
    }
}

/// Compiles on a thread of its own and gives up waiting at the deadline. A thread
/// that is given up runs to its end and its module is dropped unused: compilation
/// is bounded by the module's size, it only may take longer than the user waits.
fn compile_in_time(
    engine: &wasmtime::Engine,
    module: &Arc<[u8]>,
    budget: &Budget,
) -> Result<Module, EngineError> {
    let Some(left) = budget.time_left() else {
        return compile_now(engine, module);
    };
    let (send, receive) = mpsc::sync_channel(1);
    let (engine, module) = (engine.clone(), Arc::clone(module));
    thread::Builder::new()
        .name("rvf-compile".to_owned())
        .spawn(move || {
            let _ = send.send(compile_now(&engine, &module));
        })
        .map_err(|error| EngineError::Unavailable { reason: format!("no thread to compile on: {error}") })?;
    match receive.recv_timeout(left) {
        Ok(compiled) => compiled,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(budget.compile_timeout().into()),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Err(EngineError::Invalid { reason: "the compiler failed on it".to_owned() })
        }
    }
}

fn compile_now(engine: &wasmtime::Engine, module: &[u8]) -> Result<Module, EngineError> {
    if crate::engine::has_start(module) {
        return Err(EngineError::start_function());
    }
    Module::from_binary(engine, module).map_err(|error| EngineError::Invalid { reason: format!("{error:#}") })
}

struct Compiled {
    module: Module,
    pages: u32,
    /// Of code that is interrupted.
    ticker: Option<Arc<Ticker>>,
}

impl Program for Compiled {
    fn instantiate(&self, budget: Budget) -> Result<Box<dyn Instance>, EngineError> {
        instantiate(&self.module, self.pages, budget, self.ticker.clone())
    }
}
