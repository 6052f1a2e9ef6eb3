//! From the library's errors to what a user reads, with the exit code.

use std::path::Path;

use rvf_loader::abi::AbiError;
use rvf_loader::engine::EngineError;
use rvf_loader::segments::DataError;
use rvf_loader::{OpenError, RunError};
use rvf_terminal::{Exit, Report};

pub(crate) fn opening(path: &Path, error: &OpenError) -> Report {
    match error {
        OpenError::Io(cause) => Report::io("cannot read the file", path.display(), cause),
        OpenError::Directory => Report::usage("this is a directory").at(path.display()).fix("name a file"),
        OpenError::NotRegular => {
            Report::usage("this is no regular file, and an .rvf file is read from its end")
                .at(path.display())
                .fix("save what it gives to a file first")
        }
        OpenError::Format(_) => Report::malformed(error.to_string()).at(path.display()),
    }
}

pub(crate) fn format(path: &Path, error: &rvf_loader::rvf_format::Error) -> Report {
    Report::malformed(error.to_string()).at(path.display())
}

pub(crate) fn data(path: &Path, error: &DataError) -> Report {
    let report = Report::malformed(error.to_string()).at(path.display());
    match error {
        DataError::Damaged { .. } => report.fix("get the file again from where it came"),
        DataError::UnknownHash { .. } => report,
    }
}

pub(crate) fn running(path: &Path, error: &RunError) -> Report {
    let at = |report: Report| report.at(path.display());
    match error {
        RunError::Request(error) => at(Report::usage(error.to_string())).fix("see the operation's --help"),
        RunError::Data(error) => data(path, error),
        RunError::Guest(error) => {
            let report = at(Report::new(guest_exit(error), error.to_string()));
            match error {
                AbiError::Engine(EngineError::Limit(hit)) => match hit.fix() {
                    Some(fix) => report.fix(fix),
                    None => report,
                },
                AbiError::Engine(EngineError::Memory { .. }) | AbiError::Reported { status: -3, .. } => {
                    report.fix("if the work is honest, allow more memory with --max-memory PAGES")
                }
                AbiError::Engine(EngineError::Invalid { .. } | EngineError::Trap { .. }) => report
                    .fix("the module is at fault; --solver built-in runs the solver of this command instead"),
                _ => report,
            }
        }
    }
}

/// What ended a guest that was called by name.
pub(crate) fn ended(path: &Path, error: &EngineError) -> Report {
    running(path, &RunError::from(error.clone()))
}

fn guest_exit(error: &AbiError) -> Exit {
    match error {
        // The solver judged the file or the request; it works as it should.
        AbiError::Reported { status: -4 | -7, .. } => Exit::Usage,
        AbiError::Reported { status: -5, .. } => Exit::Malformed,
        AbiError::Reported { status: -6, .. } => Exit::No,
        AbiError::Engine(EngineError::Unavailable { .. }) => Exit::Usage,
        AbiError::Reported { .. } | AbiError::Engine(_) | AbiError::Contract { .. } => Exit::Guest,
    }
}
