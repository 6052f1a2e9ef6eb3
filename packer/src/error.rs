//! The one error of this crate.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

/// What went wrong, where, and how to fix it.
#[derive(Clone, Debug)]
pub struct PackError {
    kind: ErrorKind,
    what: String,
    place: Option<String>,
    fix: Option<String>,
    cause: Option<Arc<io::Error>>,
}

/// Who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request makes no sense, or reading or writing failed.
    Usage,
    /// An input is not what it claims to be, or holds what a file cannot.
    Malformed,
    /// The question was understood and the answer is "no such thing".
    Absent,
}

/// What the output is called where its name is not known.
pub(crate) const OUTPUT: &str = "output";

/// Short for results of this crate.
pub type Result<T> = std::result::Result<T, PackError>;

impl PackError {
    /// The request makes no sense.
    #[must_use]
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, what)
    }

    /// An input is malformed.
    #[must_use]
    pub fn malformed(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Malformed, what)
    }

    /// There is no such thing.
    #[must_use]
    pub fn absent(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Absent, what)
    }

    /// Reading or writing failed.
    #[must_use]
    pub fn io(what: impl Into<String>, place: impl fmt::Display, cause: io::Error) -> Self {
        Self { cause: Some(Arc::new(cause)), ..Self::usage(what).at(place) }
    }

    fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), place: None, fix: None, cause: None }
    }

    /// Where: a path, with row, line or byte offset.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.place = Some(place.to_string());
        self
    }

    /// Writing failed somewhere below, which does not know where the output goes: it is `name`.
    #[must_use]
    pub fn named_output(self, name: impl fmt::Display) -> Self {
        if self.cause.is_some() && self.place.as_deref() == Some(OUTPUT) { self.at(name) } else { self }
    }

    /// How to fix it.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// Who has to act.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What went wrong.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Where.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// How to fix it.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.fix.as_deref()
    }

    /// The failure of the system underneath.
    #[must_use]
    pub fn io_error(&self) -> Option<&io::Error> {
        self.cause.as_deref()
    }
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(place) = &self.place {
            write!(f, " ({place})")?;
        }
        if let Some(fix) = &self.fix {
            write!(f, "; {fix}")?;
        }
        Ok(())
    }
}

impl Error for PackError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|e| e as &(dyn Error + 'static))
    }
}
