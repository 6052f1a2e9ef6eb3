//! Standard output: one place that writes to it.

use std::io::{self, IsTerminal, Write};

use crate::report::Report;

/// Writes `text` to standard output.
///
/// # Errors
/// When it cannot be written; a closed pipe gives a report on which [`crate::finish`] stays silent.
pub fn print(text: &str) -> Result<(), Report> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|e| Report::io("cannot write the result", "standard output", &e))
}

/// True when standard output is a terminal.
#[must_use]
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Refuses to send binary data to a terminal.
///
/// # Errors
/// When standard output is a terminal.
pub fn refuse_binary_to_terminal(what: &str) -> Result<(), Report> {
    if io::stdout().is_terminal() {
        return Err(Report::usage(format!("{what} is binary and standard output is a terminal"))
            .fix("name a file with -o FILE, or send the output into a pipe"));
    }
    Ok(())
}
