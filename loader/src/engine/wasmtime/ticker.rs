//! Advances an engine's epoch at a fixed rate for as long as a program of it lives.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use crate::engine::EngineError;
use crate::limits;

pub(super) struct Ticker {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    pub(super) fn start(engine: &wasmtime::Engine) -> Result<Self, EngineError> {
        let stop = Arc::new(AtomicBool::new(false));
        let (seen, engine) = (Arc::clone(&stop), engine.clone());
        let thread = thread::Builder::new()
            .name("rvf-ticker".to_owned())
            .spawn(move || {
                while !seen.load(Ordering::Relaxed) {
                    thread::park_timeout(limits::TICK);
                    engine.increment_epoch();
                }
            })
            .map_err(|error| EngineError::Unavailable {
                reason: format!("no thread for the watchdog: {error}"),
            })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // The thread ends at once after being woken; its result carries nothing.
            let _ = thread.join();
        }
    }
}
