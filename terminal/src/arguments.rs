//! Arguments that cannot be understood.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::exit::Exit;
use crate::manners::Manners;
use crate::report::{Report, finish};

/// Ends a run whose arguments could not be parsed, or that only asked for help or the version. With
/// `--json` among the arguments an error is the one JSON document. Unknown verbs are answered with the
/// verbs there are.
#[must_use]
pub fn parse_failed(error: &clap::Error, command: &clap::Command) -> ExitCode {
    if !error.use_stderr() {
        // Nobody is left to tell when standard output is gone.
        drop(error.print());
        return Exit::Ok.into();
    }
    let is_verb = error.kind() == ErrorKind::InvalidSubcommand;
    let verbs: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    let verbs = verbs.join(", ");
    if std::env::args_os().any(|argument| argument == OsStr::new("--json")) {
        let fix = if is_verb { format!("use one of {verbs}") } else { "see --help".to_owned() };
        let report = Report::usage(first_clause(&error.render().to_string())).fix(fix);
        return finish(Err(report), &Manners { json: true, ..Manners::default() });
    }
    drop(error.print());
    if is_verb {
        drop(writeln!(io::stderr(), "There are: {verbs}"));
    }
    Exit::Usage.into()
}

/// The first paragraph, as one line.
fn first_clause(text: &str) -> String {
    let lines = text.lines().take_while(|line| !line.trim().is_empty()).map(str::trim);
    let joined = lines.collect::<Vec<_>>().join(" ");
    joined.strip_prefix("error: ").unwrap_or(&joined).to_owned()
}
