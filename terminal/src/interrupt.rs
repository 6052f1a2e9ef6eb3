//! Half-written files are removed when the user interrupts.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::exit::Exit;
use crate::report::Report;

/// Temporary files that exist now.
static TEMPORARY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn temporary() -> MutexGuard<'static, Vec<PathBuf>> {
    TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn register(path: &Path) {
    temporary().push(path.to_owned());
}

pub(crate) fn forget(path: &Path) {
    temporary().retain(|p| p != path);
}

/// From now on an interrupt (or a request to terminate) removes every unfinished output and ends the
/// process with [`Exit::Interrupted`]. Call once, at the start of `main`.
///
/// # Errors
/// When the system refuses a handler.
pub fn clean_up_on_interrupt() -> Result<(), Report> {
    #[expect(clippy::exit, reason = "the end of the process is what an interrupt asks for")]
    ctrlc::set_handler(|| {
        for path in temporary().drain(..) {
            // The process ends; there is nobody to hear that a file was already gone.
            drop(std::fs::remove_file(path));
        }
        std::process::exit(i32::from(Exit::Interrupted.code()));
    })
    .map_err(|e| Report::usage("cannot install a handler for interrupts").because(&e))
}
