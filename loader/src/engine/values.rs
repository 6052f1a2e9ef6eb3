//! Numbers as they pass between a host and a guest.

use core::fmt;

/// A number type of WebAssembly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Num {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
}

impl Num {
    /// Its name in the text format.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }
}

/// Types of an exported function.
///
/// Values are passed as cells of 64 bits: integers as they are, floats by their bits, those of 32 bits in the
/// low half with zeros above.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signature {
    /// Of the parameters.
    pub params: Vec<Num>,
    /// Of the results.
    pub results: Vec<Num>,
}

impl Signature {
    /// Of an engine's own types; `None` when one of them is no number.
    pub(crate) fn of<T>(
        params: impl IntoIterator<Item = T>,
        results: impl IntoIterator<Item = T>,
        num: impl Fn(T) -> Option<Num>,
    ) -> Option<Self> {
        let params = params.into_iter().map(&num).collect::<Option<_>>()?;
        let results = results.into_iter().map(&num).collect::<Option<_>>()?;
        Some(Self { params, results })
    }

    /// So many i32 parameters and results, and nothing else.
    #[must_use]
    pub fn is_i32(&self, params: usize, results: usize) -> bool {
        let all = |types: &[Num], count| types.len() == count && types.iter().all(|ty| *ty == Num::I32);
        all(&self.params, params) && all(&self.results, results)
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |types: &[Num]| types.iter().map(|ty| ty.name()).collect::<Vec<_>>().join(", ");
        match self.results.as_slice() {
            [one] => write!(f, "({}) -> {}", list(&self.params), one.name()),
            results => write!(f, "({}) -> ({})", list(&self.params), list(results)),
        }
    }
}
