//! How a guest can fail: it breaks the contract, it reports an error, or its engine ends it.

use core::fmt;

use crate::engine::EngineError;

/// The conversation with a guest ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AbiError {
    /// The engine ended the guest.
    Engine(EngineError),
    /// The guest's answer breaks the contract of docs/abi.md.
    Contract {
        /// What it answered, and what must hold.
        what: String,
    },
    /// The guest reported an error of its own.
    Reported {
        /// The negative status.
        status: i32,
        /// Its sentence, not escaped.
        text: String,
    },
}

impl AbiError {
    pub(crate) fn contract(what: impl Into<String>) -> Self {
        Self::Contract { what: what.into() }
    }
}

/// Name of a negative status in docs/abi.md.
fn status_name(status: i32) -> &'static str {
    match status {
        -1 => "handle",
        -2 => "order",
        -3 => "memory",
        -4 => "request",
        -5 => "data",
        -6 => "unsupported",
        -7 => "number",
        _ => "unknown status",
    }
}

impl fmt::Display for AbiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine(error) => error.fmt(f),
            Self::Contract { what } => write!(f, "the guest breaks the solver ABI: {what}"),
            Self::Reported { status, text } if text.is_empty() => {
                write!(f, "the solver reports status {status} ({}) without a text", status_name(*status))
            }
            Self::Reported { status, text } => {
                write!(f, "the solver reports ({}): {text}", status_name(*status))
            }
        }
    }
}

impl core::error::Error for AbiError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Engine(error) => Some(error),
            _ => None,
        }
    }
}

impl From<EngineError> for AbiError {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}
