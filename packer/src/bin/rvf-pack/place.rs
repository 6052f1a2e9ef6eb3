//! Where a command's output goes: a file that appears whole, or a pipe.

use std::io::{self, Stdout, Write};
use std::path::Path;

use rvf_terminal::{Manners, OutputFile, Overwrite, Report, refuse_binary_to_terminal};

/// An output that was opened.
pub(crate) enum Place {
    /// A file beside its target, renamed at the end.
    File(OutputFile),
    /// Standard output.
    Pipe(Stdout),
    /// Nowhere: everything is done but nothing kept.
    Nowhere,
}

impl Place {
    /// `-` is standard output, which then carries nothing else.
    pub(crate) fn open(path: &Path, force: bool, what: &str, manners: &mut Manners) -> Result<Self, Report> {
        if path.as_os_str() == "-" {
            refuse_binary_to_terminal(what)?;
            manners.data_on_stdout = true;
            return Ok(Self::Pipe(io::stdout()));
        }
        let overwrite = if force { Overwrite::Replace } else { Overwrite::Refuse };
        OutputFile::create(path, overwrite).map(Self::File)
    }

    /// Ends the output.
    pub(crate) fn commit(self) -> Result<(), Report> {
        match self {
            Self::File(file) => file.commit(),
            Self::Pipe(mut out) => {
                out.flush().map_err(|e| Report::io("cannot write the output", "standard output", &e))
            }
            Self::Nowhere => Ok(()),
        }
    }
}

impl Write for Place {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Pipe(out) => out.write(bytes),
            Self::Nowhere => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Pipe(out) => out.flush(),
            Self::Nowhere => Ok(()),
        }
    }
}

/// Prints text as the result, or as a note when standard output carries data.
pub(crate) fn say(manners: &Manners, text: &str) -> Result<(), Report> {
    if manners.data_on_stdout {
        text.lines().for_each(|line| manners.note(line));
        return Ok(());
    }
    if manners.quiet && !manners.json {
        return Ok(());
    }
    rvf_terminal::print(text)
}
