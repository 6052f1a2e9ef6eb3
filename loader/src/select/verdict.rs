//! What became of each module, with the exact reason.

use core::fmt;

use rvf_format::Error;
use rvf_format::read::wasm::{Role, Target, WasmHeader};
use rvf_wasm_inspect::{ExportFault, Lie};

use super::speaks::Speaks;
use crate::engine::Features;

/// The verdict on one WASM segment.
#[derive(Debug, Clone)]
pub struct ModuleVerdict {
    /// Place in the directory.
    pub segment: u32,
    /// Absolute offset of the segment's header.
    pub offset: u64,
    /// Bytes of the module.
    pub module_len: u64,
    /// The module's header, when it could be read.
    pub header: Option<WasmHeader>,
    /// Name and version that the module states itself, not escaped.
    pub stated: Option<(String, String)>,
    /// What became of it.
    pub choice: Choice,
}

/// What became of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// It will run.
    Chosen,
    /// It will run the chosen one.
    Interprets,
    /// It could run, and another one is preferred.
    Acceptable,
    /// An interpreter that could run, and nothing asks for it.
    NotNeeded,
    /// It cannot run here.
    Rejected(Reason),
}

/// Why a module cannot run here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The segment or its header cannot be read.
    Malformed(Error),
    /// The segment's bytes are not those that were packed.
    Damaged(Error),
    /// Another segment was asked for.
    NotAskedFor,
    /// Its role is not to answer questions.
    Role(Role),
    /// It is built for another kind of host.
    Target(Target),
    /// The bytes are no valid module.
    NotAModule(String),
    /// It has more of something than every engine takes.
    TooLarge(String),
    /// It was not inspected: the modules before it used up what a file may take.
    TooMuchBefore,
    /// It was not inspected: the time was over.
    OutOfTime,
    /// The header carries the additive fold, which proves nothing.
    ByteFold,
    /// The header's hash is of other bytes.
    WrongHash,
    /// The header says what is not so.
    Lies(Vec<Lie>),
    /// It needs features that this host does not run.
    Features(Features),
    /// It needs features that the file's interpreter does not run.
    InterpreterLacks(Features),
    /// It needs features that no header can declare.
    UnnamedFeatures(Vec<&'static str>),
    /// It imports something.
    Imports(String, String),
    /// It has a start function.
    StartFunction,
    /// It lacks exports of what it should speak, or has them with other signatures.
    Exports(Speaks, Vec<ExportFault>),
    /// It speaks another version of the ABI.
    AbiVersion(u32),
    /// It starts with more memory than the cap.
    Memory {
        /// Pages it starts with.
        pages: u64,
        /// The cap.
        cap: u32,
    },
}

impl Reason {
    /// Another host may run the module: nothing is wrong with it.
    pub(super) fn is_about_this_host(&self) -> bool {
        matches!(
            self,
            Self::NotAskedFor
                | Self::Target(_)
                | Self::Features(_)
                | Self::InterpreterLacks(_)
                | Self::Memory { .. }
        )
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chosen => f.write_str("chosen"),
            Self::Interprets => f.write_str("chosen to run the other chosen one"),
            Self::Acceptable => f.write_str("acceptable; another one comes first"),
            Self::NotNeeded => f.write_str("acceptable; used with --engine in-file"),
            Self::Rejected(reason) => write!(f, "rejected: {reason}"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "cannot be read: {error}"),
            Self::Damaged(error) => write!(f, "damaged: {error}"),
            Self::NotAskedFor => f.write_str("another segment was asked for"),
            Self::Role(role) => write!(f, "its role is {}: it is called by name (`rvf-run call`)", role.name().unwrap_or("unknown")),
            Self::Target(target) => write!(f, "it is built for {}, which is another kind of host", target.name().unwrap_or("an unknown target")),
            Self::NotAModule(error) => write!(f, "not a valid module: {error}"),
            Self::TooLarge(what) => write!(f, "it has {what}"),
            Self::TooMuchBefore => write!(
                f,
                "not inspected: the modules tried before it have {} bytes together, the most that is inspected",
                crate::limits::INSPECTED_BYTES
            ),
            Self::OutOfTime => f.write_str("not inspected in time (--timeout)"),
            Self::ByteFold => f.write_str(
                "its header carries an additive byte fold instead of SHAKE-256, so anyone can have changed the module",
            ),
            Self::WrongHash => f.write_str("its hash is not that of the module"),
            Self::Lies(lies) => {
                let lies: Vec<String> = lies.iter().map(ToString::to_string).collect();
                write!(f, "its header lies: {}", lies.join("; "))
            }
            Self::Features(features) => write!(f, "it needs {}, which this host does not run", features.names().join(", ")),
            Self::InterpreterLacks(features) => {
                write!(f, "it needs {}, which the file's interpreter does not run", features.names().join(", "))
            }
            Self::UnnamedFeatures(names) => write!(f, "it needs {}, which no header can declare", names.join(", ")),
            Self::Imports(module, name) => write!(f, "it imports `{name}` from `{module}`, and a solver gets no imports"),
            Self::StartFunction => f.write_str("it has a start function"),
            Self::Exports(speaks, faults) => {
                let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
                write!(f, "it does not export {}: {}", speaks.name(), faults.join("; "))
            }
            Self::AbiVersion(version) => write!(f, "it speaks version {version} of the solver ABI, this host version 1"),
            Self::Memory { pages, cap } => {
                write!(f, "it starts with {pages} pages of memory, the cap is {cap} (--max-memory)")
            }
        }
    }
}
