//! Every number that bounds what a module can make the interpreter do.

/// Bytes of a page of linear memory (WebAssembly specification, 4.2.8).
pub(crate) const PAGE: usize = 65_536;

/// Most pages any memory can have: 32-bit addresses.
pub(crate) const PAGES: u32 = 65_536;

/// Most values in the parameters, or in the results, of one function or block type. Bounds how much code one
/// byte of a branch or call can turn into. Compilers for solvers use fewer than 32.
pub(crate) const VALUES: usize = 128;

/// Most types, and most exports: both are searched one by one. Compiled programs have tens.
pub(crate) const NAMED: u32 = 4_000;

/// Most 64-bit slots of one function's frame, constants included: a slot's byte offset must fit 16 bits.
pub(crate) const FRAME_SLOTS: u32 = 8_191;

/// Most locals of one function, a quarter of what a frame holds.
pub(crate) const LOCALS: u64 = 2_000;

/// Constants of a function that get a slot of their own, copied at each call; the others become an
/// instruction where they are used. Hot loops use a handful, and each costs every call one copy.
pub(crate) const POOLED_CONSTANTS: usize = 128;

/// How many of the last constants are looked through for an equal one: bounds the search, finds nearly all.
pub(crate) const POOL_SEARCH: usize = 32;

/// Default cap of a memory, in pages: the loader's server profile.
pub(crate) const DEFAULT_PAGES: u32 = 1_024;

/// Default bytes of the guests' stack: the loader's cap for its other interpreter.
pub(crate) const DEFAULT_STACK_BYTES: u32 = 1 << 20;

/// Default cap of a table: the loader's cap.
pub(crate) const DEFAULT_TABLE_ELEMENTS: u32 = 100_000;

/// Slots between a caller's frame and its callee's, where the return is noted. The same on every host, so
/// that the stack holds equally many calls everywhere.
pub(crate) const RETURN_SLOTS: usize = 4;

/// Bytes of a bulk memory operation per unit of fuel, and 64 units per page of growth: about the time of a
/// call.
pub(crate) const BYTES_PER_FUEL: u32 = 1_024;

/// Elements of a bulk table operation per unit of fuel.
pub(crate) const ELEMENTS_PER_FUEL: u32 = 128;
