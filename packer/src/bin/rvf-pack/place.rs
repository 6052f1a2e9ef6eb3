//! Where a command's output goes: a file that appears whole, or a pipe.

use std::io::{self, Stdout, Write};
use std::path::Path;

use rvf_terminal::{Manners, OutputFile, Overwrite, Report, escape, is_terminal, refuse_binary_to_terminal};

/// An output that was opened.
pub(crate) enum Place {
    /// A file beside its target, renamed at the end.
    File(OutputFile),
    /// Standard output.
    Pipe(Stdout),
    /// Standard output when it is a terminal: lines of text, escaped.
    Terminal(Stdout),
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

    /// The output of a command that changes a file: what was asked for, or the file itself, which is then
    /// replaced; and its path.
    pub(crate) fn over<'a>(
        file: &'a Path,
        output: Option<&'a Path>,
        force: bool,
        manners: &mut Manners,
    ) -> Result<(&'a Path, Self), Report> {
        let path = output.unwrap_or(file);
        let place = Self::open(path, force || output.is_none(), "an .rvf file", manners)?;
        Ok((path, place))
    }

    /// Refuses what [`Place::open`] would refuse because of what is there, and creates nothing.
    pub(crate) fn check(path: &Path, force: bool) -> Result<(), Report> {
        if path.as_os_str() == "-" {
            return Ok(());
        }
        OutputFile::check(path, if force { Overwrite::Replace } else { Overwrite::Refuse })
    }

    /// Opens an output for text, which a terminal may show.
    pub(crate) fn open_text(path: &Path, force: bool, manners: &mut Manners) -> Result<Self, Report> {
        if path.as_os_str() == "-" && is_terminal() {
            manners.data_on_stdout = true;
            return Ok(Self::Terminal(io::stdout()));
        }
        Self::open(path, force, "the text", manners)
    }

    /// Ends the output.
    pub(crate) fn commit(self) -> Result<(), Report> {
        match self {
            Self::File(file) => file.commit(),
            Self::Pipe(mut out) | Self::Terminal(mut out) => {
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
            Self::Terminal(out) => {
                out.write_all(harmless(bytes).as_bytes())?;
                Ok(bytes.len())
            }
            Self::Nowhere => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Pipe(out) | Self::Terminal(out) => out.flush(),
            Self::Nowhere => Ok(()),
        }
    }
}

/// Whole lines with everything escaped but tabs and line ends.
fn harmless(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let parts = text.split_inclusive(['\n', '\t']).map(|part| {
        let end = part.len() - usize::from(part.ends_with(['\n', '\t']));
        let (body, end) = part.split_at_checked(end).unwrap_or((part, ""));
        format!("{}{end}", escape(body))
    });
    parts.collect()
}

/// Prints text as the result, or as a note when standard output carries data.
pub(crate) fn say(manners: &Manners, text: &str) -> Result<(), Report> {
    if manners.data_on_stdout {
        text.lines().for_each(|line| manners.note(line));
        return Ok(());
    }
    rvf_terminal::print(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_lines_and_nothing_in_them_moves_the_cursor() {
        assert_eq!(
            harmless("1\tking\n2\ta\u{202e}b\x1b[2J\r\n".as_bytes()),
            "1\tking\n2\ta\\u{202e}b\\u{1b}[2J\\r\n"
        );
        assert_eq!(harmless(b""), "");
    }
}
