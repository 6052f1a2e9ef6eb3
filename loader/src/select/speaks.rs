//! The sets of exports by which hosts drive modules.

use rvf_wasm_inspect::{INTERPRETER_EXPORTS, SOLVER_EXPORTS, TILE_EXPORTS};

/// What a module speaks: the exports that its role and target promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    /// The solver ABI (docs/abi.md).
    Solver,
    /// The fourteen exports of a tile.
    Tile,
    /// The interpreter ABI (docs/interpreter.md).
    Interpreter,
    /// Whatever it is called by name for.
    Anything,
}

impl Speaks {
    /// Names and signatures.
    pub(crate) const fn exports(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Solver => SOLVER_EXPORTS,
            Self::Tile => TILE_EXPORTS,
            Self::Interpreter => INTERPRETER_EXPORTS,
            Self::Anything => &[],
        }
    }

    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Solver => "the solver ABI",
            Self::Tile => "what a tile exports",
            Self::Interpreter => "the interpreter ABI",
            Self::Anything => "anything",
        }
    }
}
