//! Whether to use colour.

use std::io::{self, IsTerminal};
use std::str::FromStr;

/// What the user asked for with `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum ColourChoice {
    /// Colour when the stream is a terminal that wants it.
    #[default]
    Auto,
    /// Colour always.
    Always,
    /// Colour never.
    Never,
}

impl FromStr for ColourChoice {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            _ => Err("expected auto, always or never"),
        }
    }
}

/// What the surroundings say about colour.
#[derive(Clone, Copy, Debug, Default)]
pub struct Environment {
    /// `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// `CLICOLOR_FORCE` is set, not empty and not 0.
    pub force: bool,
    /// `TERM` is `dumb`.
    pub dumb: bool,
}

impl Environment {
    /// Reads the variables of this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|v| !v.is_empty());
        Self {
            no_color: set("NO_COLOR"),
            force: set("CLICOLOR_FORCE") && std::env::var_os("CLICOLOR_FORCE").is_some_and(|v| v != "0"),
            dumb: std::env::var_os("TERM").is_some_and(|v| v == "dumb"),
        }
    }
}

/// The decision per stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Colour {
    /// Colour on standard output.
    pub stdout: bool,
    /// Colour on standard error.
    pub stderr: bool,
}

impl Colour {
    /// Decides for this process.
    #[must_use]
    pub fn decide(choice: ColourChoice) -> Self {
        let around = Environment::of_this_process();
        Self {
            stdout: decide(choice, around, io::stdout().is_terminal()),
            stderr: decide(choice, around, io::stderr().is_terminal()),
        }
    }
}

fn decide(choice: ColourChoice, around: Environment, terminal: bool) -> bool {
    match choice {
        ColourChoice::Always => true,
        ColourChoice::Never => false,
        ColourChoice::Auto => !around.no_color && (around.force || (terminal && !around.dumb)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_beats_the_environment_and_no_color_beats_the_rest() {
        let quiet = Environment { no_color: true, force: true, dumb: false };
        assert!(!decide(ColourChoice::Auto, quiet, true));
        assert!(decide(ColourChoice::Always, quiet, false));
        let forced = Environment { force: true, dumb: true, no_color: false };
        assert!(decide(ColourChoice::Auto, forced, false));
        assert!(!decide(ColourChoice::Never, forced, true));
        let plain = Environment::default();
        assert!(decide(ColourChoice::Auto, plain, true));
        assert!(!decide(ColourChoice::Auto, plain, false));
        assert!(!decide(ColourChoice::Auto, Environment { dumb: true, ..plain }, true));
    }
}
