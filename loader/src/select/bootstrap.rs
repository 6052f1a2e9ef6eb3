//! How far a file can run itself.

use core::fmt;

use rvf_format::read::wasm::Role;

use super::Selection;
use super::verdict::{Choice, ModuleVerdict};

/// What a host needs to run a file's program, from least to most. The numbers are segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bootstrap {
    /// A combined module: anything that runs WebAssembly of any kind.
    SelfContained {
        /// The combined module.
        combined: u32,
    },
    /// An interpreter runs the program, so that the host has to run the interpreter only.
    TwoStage {
        /// The interpreter.
        interpreter: u32,
        /// The program.
        microkernel: u32,
    },
    /// Only the program: the host brings the engine.
    HostRequired {
        /// The program.
        microkernel: u32,
    },
    /// The file has no program.
    None,
}

impl Bootstrap {
    /// As the format resolves it, from the verdicts on a file's modules: each role counts by its lowest
    /// priority, among the modules that nothing is wrong with.
    pub(super) fn of(verdicts: &[ModuleVerdict]) -> Self {
        let first = |role: Role| {
            let sound = |verdict: &&ModuleVerdict| match &verdict.choice {
                Choice::Rejected(reason) => reason.is_about_this_host(),
                _ => true,
            };
            let of_role = verdicts.iter().filter(sound).filter_map(|verdict| {
                let header = verdict.header.filter(|header| header.role == role)?;
                Some((header.bootstrap_priority, verdict.segment))
            });
            of_role.min().map(|(_, segment)| segment)
        };
        match (first(Role::COMBINED), first(Role::INTERPRETER), first(Role::MICROKERNEL)) {
            (Some(combined), _, _) => Self::SelfContained { combined },
            (None, Some(interpreter), Some(microkernel)) => Self::TwoStage { interpreter, microkernel },
            (None, None, Some(microkernel)) => Self::HostRequired { microkernel },
            (None, _, None) => Self::None,
        }
    }

    /// In one word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SelfContained { .. } => "self-contained",
            Self::TwoStage { .. } => "two-stage",
            Self::HostRequired { .. } => "host-required",
            Self::None => "none",
        }
    }
}

impl fmt::Display for Bootstrap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SelfContained { combined } => {
                write!(f, "self-contained: segment {combined} holds interpreter and program")
            }
            Self::TwoStage { interpreter, microkernel } => {
                write!(f, "two-stage: segment {interpreter} interprets segment {microkernel}")
            }
            Self::HostRequired { microkernel } => {
                write!(f, "host required: segment {microkernel} needs an engine")
            }
            Self::None => f.write_str("none: the file carries no program that answers"),
        }
    }
}

impl Selection {
    /// How far the file can run itself.
    #[must_use]
    pub fn bootstrap(&self) -> Bootstrap {
        Bootstrap::of(&self.verdicts)
    }
}
