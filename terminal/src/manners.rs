//! The flags every command has, decided once.

use std::io::{self, Write};

use crate::colour::{Colour, ColourChoice};
use crate::escape::escape;

/// How a run talks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manners {
    /// Print exactly one JSON document on standard output.
    pub json: bool,
    /// Print errors only on standard error.
    pub quiet: bool,
    /// How much more to tell on standard error.
    pub verbose: u8,
    /// Where to use colour.
    pub colour: Colour,
    /// The result itself goes to standard output (`-o -`): reports must not.
    pub data_on_stdout: bool,
}

impl Manners {
    /// Tells something in passing on standard error, unless quiet.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            Self::line("", text);
        }
    }

    /// Warns on standard error, unless quiet.
    pub fn warn(&self, text: &str) {
        if !self.quiet {
            Self::line("warning: ", text);
        }
    }

    /// Tells details on standard error when `-v` was given at least `level` times.
    pub fn detail(&self, level: u8, text: &str) {
        if !self.quiet && self.verbose >= level {
            Self::line("", text);
        }
    }

    fn line(prefix: &str, text: &str) {
        let line = format!("{prefix}{}\n", escape(text));
        // Nobody is left to tell when standard error is gone.
        drop(io::stderr().lock().write_all(line.as_bytes()));
    }

    /// Decides from flags.
    #[must_use]
    pub fn new(json: bool, quiet: bool, verbose: u8, choice: ColourChoice) -> Self {
        Self { json, quiet, verbose, colour: Colour::decide(choice), data_on_stdout: false }
    }
}

/// The shared flags, to be flattened into a parser.
#[cfg(feature = "clap")]
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct MannerArgs {
    /// Print exactly one JSON document on standard output
    #[arg(long, global = true)]
    json: bool,
    /// Print only errors on standard error
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Tell more on standard error; repeat for still more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value = "auto")]
    color: ColourChoice,
}

#[cfg(feature = "clap")]
impl From<MannerArgs> for Manners {
    fn from(args: MannerArgs) -> Self {
        Self::new(args.json, args.quiet, args.verbose, args.color)
    }
}
