//! What kind of host this is: it sets caps and preferences.

use crate::limits::{self, Limits};

/// A kind of host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Plenty of memory, SIMD, a compiler if there is one.
    #[default]
    Server,
    /// 64 pages, the interpreter, the scalar solver.
    Embedded,
}

impl Profile {
    /// `server` or `embedded`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Embedded => "embedded",
        }
    }

    /// The default limits of this kind of host.
    #[must_use]
    pub fn limits(self) -> Limits {
        let pages = match self {
            Self::Server => limits::SERVER_PAGES,
            Self::Embedded => limits::EMBEDDED_PAGES,
        };
        Limits::default().max_memory_pages(pages)
    }
}
