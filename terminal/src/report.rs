//! Errors for people: what, where, how to fix; and the end of a run.

use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::escape::escape;
use crate::exit::Exit;
use crate::json::json_text;
use crate::limits::MAX_CAUSES;
use crate::manners::Manners;
use crate::stdout::print;

/// Why a run failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    exit: Exit,
    what: String,
    place: Option<String>,
    fix: Option<String>,
    causes: Vec<String>,
    broken_pipe: bool,
}

impl Report {
    /// `what` went wrong, as one clause.
    #[must_use]
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), place: None, fix: None, causes: Vec::new(), broken_pipe: false }
    }

    /// Wrong use, or reading or writing failed.
    #[must_use]
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// A file was refused as malformed.
    #[must_use]
    pub fn malformed(what: impl Into<String>) -> Self {
        Self::new(Exit::Malformed, what)
    }

    /// Reading or writing `place` failed. A closed pipe is recognised and makes [`finish`] silent.
    #[must_use]
    pub fn io(what: impl Into<String>, place: impl fmt::Display, error: &io::Error) -> Self {
        let mut report = Self::usage(what).at(place).because(error);
        report.broken_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        report
    }

    /// Where: a path, with segment, row or byte offset.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.place = Some(place.to_string());
        self
    }

    /// How to fix it.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// The cause, with its own causes.
    #[must_use]
    pub fn because(mut self, cause: &dyn Error) -> Self {
        let mut next = Some(cause);
        while let Some(error) = next.filter(|_| self.causes.len() < MAX_CAUSES) {
            self.causes.push(error.to_string());
            next = error.source();
        }
        self
    }

    /// How the process will end.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        self.exit
    }

    /// What went wrong.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// True when the reader of our output went away, which is no error.
    #[must_use]
    pub const fn is_broken_pipe(&self) -> bool {
        self.broken_pipe
    }

    /// The report as a JSON document of schema `rvf-error/1`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "schema": "rvf-error/1",
            "error": { "what": self.what, "where": self.place, "fix": self.fix, "causes": self.causes,
                       "exit": self.exit.code() },
        })
    }

    /// The report as lines of text, escaped, without colour codes unless `colour`.
    #[must_use]
    pub fn to_text(&self, colour: bool) -> String {
        let (red, bold, reset) = if colour { ("\x1b[1;31m", "\x1b[1m", "\x1b[0m") } else { ("", "", "") };
        let mut text = format!("{red}error{reset}{bold}: {}{reset}\n", escape(&self.what));
        let mut line = |name: &str, value: &str| text.push_str(&format!("  {name}: {}\n", escape(value)));
        if let Some(place) = &self.place {
            line("where", place);
        }
        for cause in &self.causes {
            line("cause", cause);
        }
        if let Some(fix) = &self.fix {
            line("fix", fix);
        }
        text
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(place) = &self.place {
            write!(f, " ({place})")?;
        }
        for cause in &self.causes {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl Error for Report {}

/// Ends a run: reports an error on standard error, or on standard output as the one JSON document
/// when JSON was asked for, and gives the code to leave `main` with. A closed pipe is silence.
#[must_use]
pub fn finish(result: Result<Exit, Report>, manners: &Manners) -> ExitCode {
    match result {
        Ok(exit) => exit.into(),
        Err(report) if report.broken_pipe => Exit::Ok.into(),
        Err(report) => {
            let as_document = manners.json && !manners.data_on_stdout;
            let printed = as_document && print(&(json_text(&report.to_json()) + "\n")).is_ok();
            if !printed {
                let colour = manners.colour.stderr;
                // Nobody is left to tell when standard error is gone.
                drop(io::stderr().lock().write_all(report.to_text(colour).as_bytes()));
            }
            report.exit.into()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_report_tells_what_where_why_and_how_to_fix() {
        let io = io::Error::new(io::ErrorKind::NotFound, "no such file");
        let report = Report::io("cannot read the vectors", "a\x1b.npy", &io).fix("check the path");
        assert_eq!(
            report.to_text(false),
            "error: cannot read the vectors\n  where: a\\u{1b}.npy\n  cause: no such file\n  fix: check the path\n"
        );
        assert_eq!(report.exit(), Exit::Usage);
        assert!(!report.is_broken_pipe());
        assert!(report.to_text(true).starts_with("\x1b[1;31merror"));
        assert_eq!(report.to_json()["error"]["fix"], "check the path");
        assert_eq!(report.to_json()["error"]["exit"], 2);
    }

    #[test]
    fn a_closed_pipe_is_not_an_error() {
        let io = io::Error::from(io::ErrorKind::BrokenPipe);
        let report = Report::io("cannot write", "standard output", &io);
        assert!(report.is_broken_pipe());
    }
}
