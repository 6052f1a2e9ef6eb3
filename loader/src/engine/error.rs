//! What can go wrong inside an engine, in words that name the limit or the trap.

use core::fmt;
use std::time::Duration;

use crate::limits;

/// A limit of the host that ended a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitHit {
    /// The wall clock.
    Timeout {
        /// The limit.
        after: Duration,
    },
    /// The wall clock, while compiling.
    CompileTimeout {
        /// The limit.
        after: Duration,
    },
    /// The CPU budget.
    Fuel {
        /// The limit.
        granted: u64,
    },
    /// Nested calls or stack bytes.
    Stack,
    /// Bytes of result columns.
    Result {
        /// The limit.
        bytes: u64,
    },
}

impl LimitHit {
    /// How a user of the command line relaxes this limit, if it can be relaxed.
    #[must_use]
    pub fn fix(self) -> Option<&'static str> {
        match self {
            Self::Timeout { .. } | Self::CompileTimeout { .. } => {
                Some("if the work is honest, allow more time with --timeout TIME")
            }
            Self::Fuel { .. } => Some("if the work is honest, allow more with --fuel N"),
            Self::Stack => None,
            Self::Result { .. } => Some("ask for less, or allow more with --max-result BYTES"),
        }
    }
}

impl fmt::Display for LimitHit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout { after } => {
                write!(f, "the guest ran for {} s without finishing (--timeout)", after.as_secs_f64())
            }
            Self::CompileTimeout { after } => {
                write!(f, "the module could not be compiled within {} s (--timeout)", after.as_secs_f64())
            }
            Self::Fuel { granted } => {
                write!(f, "the guest used up its CPU budget of {granted} units (--fuel)")
            }
            Self::Stack => write!(f, "the guest exhausted its call stack"),
            Self::Result { bytes } => {
                write!(f, "the answer is larger than {bytes} bytes of columns (--max-result)")
            }
        }
    }
}

/// An engine refused a module or ended a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineError {
    /// Not a module that may run: invalid with the allowed features, imports, a start function.
    Invalid {
        /// Why.
        reason: String,
    },
    /// The module's initial memory or tables pass the cap.
    Memory {
        /// Why.
        reason: String,
    },
    /// A function export is missing or has another signature.
    Export {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// The guest trapped.
    Trap {
        /// The trap, in the words of the WebAssembly specification.
        reason: String,
    },
    /// The guest was ended by a limit.
    Limit(LimitHit),
    /// The engine itself cannot work on this machine.
    Unavailable {
        /// Why.
        reason: String,
    },
}

impl EngineError {
    pub(crate) fn too_much_memory(initial: u64, cap: u32) -> Self {
        let reason =
            format!("its memory starts with {initial} pages of 64 KiB, the cap is {cap} (--max-memory)");
        Self::Memory { reason }
    }

    pub(crate) fn imports(module: &str, name: &str) -> Self {
        Self::Invalid { reason: format!("it imports `{name}` from `{module}`, and a solver gets no imports") }
    }

    /// A trap in the words that every engine shares: those of the specification.
    pub(crate) fn trap(reason: &str) -> Self {
        let reason = reason.trim_start_matches("wasm trap: ");
        let reason =
            if reason.contains("`unreachable` instruction") { "unreachable executed" } else { reason };
        Self::Trap { reason: reason.to_owned() }
    }

    /// What a segment that does not fit does while the module starts.
    pub(crate) fn segment_outside(kind: &str, place: &str) -> Self {
        Self::Trap { reason: format!("as it started, {kind} segment lay outside its {place}") }
    }

    pub(crate) fn too_large_a_table() -> Self {
        let most = limits::TABLE_ELEMENTS;
        Self::Invalid { reason: format!("its tables are more than one of {most} elements") }
    }

    pub(crate) fn start_function() -> Self {
        Self::Invalid { reason: "it has a start function, which would run before any check".to_owned() }
    }

    pub(crate) fn missing(name: &str) -> Self {
        Self::Export { name: name.to_owned(), reason: "is missing".to_owned() }
    }

    pub(crate) fn not_numbers(name: &str) -> Self {
        let reason = "takes or gives what is no number".to_owned();
        Self::Export { name: name.to_owned(), reason }
    }

    /// Refuses a call with another number of arguments than the function has parameters.
    pub(crate) fn check_arguments(params: usize, given: usize) -> Result<(), Self> {
        if given == params {
            return Ok(());
        }
        Err(Self::Trap {
            reason: format!("it was called with {given} arguments and has {params} parameters"),
        })
    }

    pub(crate) fn signature(name: &str, params: usize, results: usize) -> Self {
        let reason = format!("is not a function of {params} i32 parameters and {results} i32 results");
        Self::Export { name: name.to_owned(), reason }
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { reason } => write!(f, "the module is refused: {reason}"),
            Self::Memory { reason } => write!(f, "the module cannot start: {reason}"),
            Self::Export { name, reason } => write!(f, "the module's export `{name}` {reason}"),
            Self::Trap { reason } => write!(f, "the guest trapped: {reason}"),
            Self::Limit(hit) => hit.fmt(f),
            Self::Unavailable { reason } => write!(f, "the engine cannot work here: {reason}"),
        }
    }
}

impl core::error::Error for EngineError {}

impl From<LimitHit> for EngineError {
    fn from(hit: LimitHit) -> Self {
        Self::Limit(hit)
    }
}
