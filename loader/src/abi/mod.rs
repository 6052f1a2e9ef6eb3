//! The host's side of the solver ABI (docs/abi.md). Nothing a guest answers is trusted.

mod client;
mod columns;
mod describe;
mod directory;
mod error;
mod progress;
mod reads;
mod request;
mod wire;

pub use self::client::{Acceptance, Client, Status, Training};
pub use self::columns::{Column, ColumnData, Table};
pub use self::describe::{ColumnSpec, Description, Operation, Param, ParamKind, Unit, ValueType};
pub use self::directory::{DirectoryEntry, encode as encode_directory};
pub use self::error::AbiError;
pub use self::progress::{Iteration, Progress};
pub use self::reads::Read;
pub use self::request::{Request, RequestError, Value};

/// The ABI version this host speaks.
pub const ABI_VERSION: i32 = 1;
