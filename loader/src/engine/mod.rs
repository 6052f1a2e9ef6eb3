//! Engines behind one trait: compile with limits, instantiate, call, reach the memory.
//!
//! Nothing here knows the solver ABI. A guest gets no imports, no start function,
//! one memory below a cap, a bounded stack and a finite budget, on every engine.

mod budget;
mod checks;
mod combined;
mod error;
mod in_file;
mod tiny;
mod values;
#[cfg(feature = "wasmi")]
mod wasmi;
#[cfg(feature = "jit")]
mod wasmtime;

use std::sync::Arc;

pub use self::budget::Budget;
use self::checks::{check, has_start};
pub(crate) use self::combined::Combined;
pub use self::error::{EngineError, LimitHit};
pub use self::in_file::InFile;
pub(crate) use self::in_file::outer_pages;
pub use self::tiny::Tiny;
pub use self::values::{Num, Signature};
#[cfg(feature = "wasmi")]
pub use self::wasmi::Wasmi;
#[cfg(feature = "jit")]
pub use self::wasmtime::Wasmtime;

/// Features a module may use beyond the baseline (mutable globals, sign extension,
/// saturating float to int): the bits of a WASM_SEG header's `required_features`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Features(pub u16);

impl Features {
    /// 128-bit SIMD.
    pub const SIMD: Self = Self(0x01);
    /// Bulk memory operations.
    pub const BULK_MEMORY: Self = Self(0x02);
    /// Several results and block parameters.
    pub const MULTI_VALUE: Self = Self(0x04);
    /// Reference types.
    pub const REFERENCE_TYPES: Self = Self(0x08);
    /// Tail calls.
    pub const TAIL_CALL: Self = Self(0x20);
    /// What both engines run. Threads, garbage collection and exceptions are left
    /// out: a solver needs none of them, and each is more engine to trust.
    pub const SUPPORTED: Self = Self(0x2F);
    /// What the interpreter of this project runs: the same without tail calls.
    pub const INTERPRETED: Self = Self(0x0F);

    const NAMES: [&str; 8] = [
        "SIMD",
        "bulk memory",
        "multi-value",
        "reference types",
        "threads",
        "tail calls",
        "garbage collection",
        "exceptions",
    ];

    /// All bits of `other` are set.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The bits of either.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The bits of `self` that `other` lacks.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// English names of the set bits, in order of the bits.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        let named =
            Self::NAMES.iter().enumerate().filter(|(bit, _)| self.0 & (1 << bit) != 0).map(|(_, name)| *name);
        let unknown = (self.0 >> Self::NAMES.len() != 0).then_some("unknown feature bits");
        named.chain(unknown).collect()
    }
}

/// What compiling and instantiating one module may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sandbox {
    /// Features allowed beyond the baseline; a module that uses another is invalid.
    pub features: Features,
    /// Most pages of memory.
    pub pages: u32,
    /// The budget ends a call under way. Without it, compiled code looks at the budget between calls only, and
    /// is faster by a fifth where loops are short: for modules whose every call is known to end.
    pub interruptible: bool,
}

/// A WebAssembly engine.
pub trait Engine: Send + Sync {
    /// Short name, as given on a command line.
    fn name(&self) -> &'static str;

    /// What it runs beyond the baseline.
    fn features(&self) -> Features {
        Features::SUPPORTED
    }

    /// Validates and prepares a module. `budget` bounds the time.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] when the module is not valid with exactly these features,
    /// imports anything or has a start function; [`EngineError::Limit`] when compiling takes too long.
    fn compile(
        &self,
        module: &Arc<[u8]>,
        sandbox: Sandbox,
        budget: &Budget,
    ) -> Result<Box<dyn Program>, EngineError>;
}

/// A compiled module, ready to be instantiated any number of times.
pub trait Program: Send {
    /// A fresh instance with its own zeroed memory.
    ///
    /// # Errors
    /// [`EngineError::Memory`] when the module wants more memory than the cap.
    fn instantiate(&self, budget: Budget) -> Result<Box<dyn Instance>, EngineError>;
}

/// The place of a resolved function export in its instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Export(usize);

/// A live guest. After any error from [`Instance::call`] it must be dropped.
pub trait Instance {
    /// Finds an exported function.
    ///
    /// # Errors
    /// [`EngineError::Export`] when there is none, or one that takes or gives what is no number.
    fn find(&mut self, name: &str) -> Result<(Export, Signature), EngineError>;

    /// Calls an export with as many cells as it has parameters (see [`Signature`]), and puts its results
    /// into the first cells of `results`; those beyond stay as they are.
    ///
    /// # Errors
    /// [`EngineError::Trap`] or [`EngineError::Limit`].
    fn invoke(&mut self, export: Export, args: &[u64], results: &mut [u64]) -> Result<(), EngineError>;

    /// Finds an exported function of `params` i32 parameters and `results` i32 results.
    ///
    /// # Errors
    /// [`EngineError::Export`] when there is none, or with another signature.
    fn export(&mut self, name: &str, params: usize, results: usize) -> Result<Export, EngineError> {
        match self.find(name) {
            Ok((export, signature)) if signature.is_i32(params, results) => Ok(export),
            Err(error @ EngineError::Export { .. }) if error == EngineError::missing(name) => Err(error),
            Ok(_) | Err(EngineError::Export { .. }) => Err(EngineError::signature(name, params, results)),
            Err(error) => Err(error),
        }
    }

    /// Calls an export of i32 parameters and at most one i32 result; gives 0 for functions without one.
    ///
    /// # Errors
    /// [`EngineError::Trap`] or [`EngineError::Limit`].
    fn call(&mut self, export: Export, args: &[i32]) -> Result<i32, EngineError> {
        let mut result = [0];
        // The calls of a job have three parameters at most, and are made for every step.
        let cell = |arg: &i32| u64::from(arg.cast_unsigned());
        match args {
            [] => self.invoke(export, &[], &mut result)?,
            [a] => self.invoke(export, &[cell(a)], &mut result)?,
            [a, b] => self.invoke(export, &[cell(a), cell(b)], &mut result)?,
            [a, b, c] => self.invoke(export, &[cell(a), cell(b), cell(c)], &mut result)?,
            more => self.invoke(export, &more.iter().map(cell).collect::<Vec<_>>(), &mut result)?,
        }
        let [cell] = result;
        // Zeros are above the 32 bits.
        Ok((cell & u64::from(u32::MAX)) as u32 as i32)
    }

    /// The guest's memory, all of it. Empty if it exports none.
    fn memory(&self) -> &[u8];

    /// The guest's memory, to write into: the host copies file bytes straight here.
    fn memory_mut(&mut self) -> &mut [u8];

    /// Takes fuel for work done on the guest's behalf, and looks at the clock.
    ///
    /// # Errors
    /// [`EngineError::Limit`] when the budget is used up.
    fn charge(&mut self, fuel: u64) -> Result<(), EngineError>;

    /// Replaces what is left of the budget; for the next request to the same instance.
    fn refill(&mut self, budget: Budget);
}
