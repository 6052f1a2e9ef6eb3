//! What a WebAssembly module really is, found from the module alone.
//!
//! A WASM_SEG carries a header that *claims* things about its module. A packer fills that header with
//! [`ModuleFacts::header`]; a loader compares a stored header with [`ModuleFacts::lies`] and validates
//! with exactly the features it declares ([`wasm_features_for`]). Nothing here runs a module, and no
//! claim made inside a module (such as the `target_features` section) is taken for evidence.
#![forbid(unsafe_code)]

mod abi;
mod counts;
mod facts;
mod features;
mod header;
mod inspect;
pub mod limits;
mod outline;
mod solver_section;

pub use abi::{INTERPRETER_EXPORTS, PUBLISHED_SOLVER_EXPORTS, SOLVER_EXPORTS, TILE_EXPORTS};
pub use facts::{Export, ExportKind, Memory, ModuleFacts};
pub use features::{feature_names, wasm_features_for};
pub use header::{HeaderError, Lie};
pub use inspect::{InspectError, inspect, inspect_declared};
pub use outline::{Caps, ExportFault, Outline, OutlineError, outline};
pub use solver_section::{SOLVER_ABI_VERSION, SOLVER_SECTION_NAME, SolverSection};
pub use wasmparser;
