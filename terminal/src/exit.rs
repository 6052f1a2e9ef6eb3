//! How a run ends.

use std::process::ExitCode;

/// The exit codes of every tool here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// The answer is "no": not verified, nothing compatible, nothing found.
    No = 1,
    /// Wrong use, or reading or writing failed.
    Usage = 2,
    /// A file was refused as malformed.
    Malformed = 3,
    /// A guest trapped or hit a limit.
    Guest = 4,
    /// The user interrupted.
    Interrupted = 130,
}

impl Exit {
    /// The table for `--help`.
    pub const HELP: &'static str = "Exit codes: 0 done; 1 the answer is no; 2 wrong use, or reading or writing \
        failed; 3 a file was refused as malformed; 4 a guest trapped or hit a limit; 130 interrupted";

    /// The number the process ends with.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scripts depend on these numbers.
    #[test]
    fn exit_codes_never_change() {
        let all = [Exit::Ok, Exit::No, Exit::Usage, Exit::Malformed, Exit::Guest, Exit::Interrupted];
        assert_eq!(all.map(Exit::code), [0, 1, 2, 3, 4, 130]);
        for code in all.map(Exit::code) {
            assert!(Exit::HELP.contains(&format!("{code} ")), "{code} is not in the help");
        }
    }
}
