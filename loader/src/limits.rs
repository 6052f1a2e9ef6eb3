//! Every number that bounds what a file or a guest can make the host do.

use std::time::Duration;

/// Bytes of one page of WebAssembly memory.
pub const PAGE: usize = 65_536;

/// Largest module that is compiled: the limit of the format's writers for a WASM_SEG.
pub const MODULE_BYTES: usize = 8 << 20;

/// Most things in a module that is run, the same for every engine: where an engine is stricter than the
/// others, its own limit. The largest solver here is given in parentheses.
pub const MODULE_CAPS: rvf_wasm_inspect::Caps = rvf_wasm_inspect::Caps {
    // Compiled programs have tens (47).
    types: 1_000,
    // The interpreter's limit (271). A compiler needs 2 KB for each, however small.
    functions: 10_000,
    // Five times the largest (26 KB): a compiler's memory grows faster than a body; with 512 KiB and
    // 4,096 locals one body took it above 800 MB.
    body_bytes: 128 << 10,
    // The interpreter's limits: compiled functions have hundreds of bytes each.
    least_average_body: 40,
    few_code_bytes: 1_000,
    // A compiler keeps each of them for each block of a function (118, together 1,695).
    locals: 1_000,
    all_locals: 100_000,
    // The interpreter's limits.
    params: 32,
    results: 32,
    // Below the compiler's 65,520 (19).
    branch_targets: 16_384,
    // The interpreter's limit.
    globals: 1_000,
    // What an instance may have on every engine.
    tables: 1,
    table_elements: TABLE_ELEMENTS as u64,
    // The interpreter's limits.
    element_segments: 1_000,
    data_segments: 1_000,
    // What the header counts in 16 bits.
    exports: u16::MAX as u64,
};

/// Bytes of modules that are inspected to choose one: four of the largest. Files hold a handful of
/// modules, of which the first is taken.
pub const INSPECTED_BYTES: u64 = 4 * MODULE_BYTES as u64;

/// Largest description, from docs/abi.md.
pub const DESCRIPTION_BYTES: usize = 64 << 10;

/// Largest error text taken from a guest; one sentence needs far less.
pub const ERROR_TEXT_BYTES: usize = 4 << 10;

/// Largest JSON summary taken from a guest: it is "small, human"; rows go in columns.
pub const SUMMARY_BYTES: usize = 1 << 20;

/// Bytes of a state or of a witness chain taken from a guest: as many as the format keeps of a policy.
pub const LEARNED_BYTES: usize = rvf_format::limits::MAX_POLICY_STATE as usize;

/// Reads per step, from docs/abi.md.
pub const READS_PER_STEP: usize = 4096;

/// Columns of one table; a table wider than this is not for people.
pub const COLUMNS: usize = 256;

/// Bytes of a column name, as for parameter names in docs/abi.md.
pub const NAME_BYTES: usize = 32;

/// Operations in one description, and parameters or columns of one operation.
pub const DESCRIBED_ITEMS: usize = 256;

/// Elements of a guest's tables: function tables of compiled Rust hold hundreds.
pub const TABLE_ELEMENTS: usize = 10_000;

/// Nested calls of an interpreted guest. Compiled Rust without recursion needs tens.
pub const CALL_DEPTH: usize = 1024;

/// Bytes of stack of a compiled guest, and of the interpreter's value stack.
pub const STACK_BYTES: usize = 512 << 10;

/// How often a running guest is looked at.
pub const TICK: Duration = Duration::from_millis(10);

/// Fuel that the interpreter spends between two looks at the clock: about one tick.
pub const FUEL_SLICE: u64 = 5_000_000;

/// Fuel that one unit of this project's interpreter costs. It counts taken branches and calls: some eight
/// instructions each in compiled programs.
pub const FUEL_PER_TINY_UNIT: u64 = 8;

/// Most of its units between two looks at the clock: as [`FUEL_SLICE`].
pub const TINY_SLICE: u64 = FUEL_SLICE / FUEL_PER_TINY_UNIT;

/// Bytes of code that it may run between two looks at the clock: a quarter of a second, if a guest consists of
/// nothing but its largest function without a loop.
pub const TINY_CODE_PER_LOOK: u64 = 128 << 20;

/// Units of an interpreter's module between two returns to the host: some milliseconds, for engines that
/// replace slow code by fast code only between calls. The engine below looks at the clock itself.
pub const IN_FILE_SLICE: u64 = 1_000_000;

/// Pages that an interpreter's module may have beside those of its guest: the guest's bytes, their
/// translation, its stack (the largest solver here takes 40).
pub const INTERPRETER_PAGES: u32 = 256;

/// Fuel that one tick of compiled code costs: what a fast core does in 10 ms.
pub const FUEL_PER_TICK: u64 = 50_000_000;

/// Fuel for one step of the job loop on top of what runs inside the guest, so
/// that a guest which answers at once and for ever is stopped too.
pub const FUEL_PER_STEP: u64 = 1_000;

/// Fuel for copies that is charged in one piece: 64 KiB of data, some microseconds.
pub const FUEL_AT_ONCE: u64 = 4096;

/// Work units (docs/abi.md) of one step: some tens of milliseconds compiled,
/// so that progress can be drawn.
pub const STEP_UNITS: i32 = 1 << 16;

/// Default fuel: about 15 minutes of compiled code, far beyond the default timeout.
pub const DEFAULT_FUEL: u64 = 1 << 42;

/// Default wall-clock limit of one run, compilation included.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// Memory cap of the server profile: 64 MiB.
pub const SERVER_PAGES: u32 = 1024;

/// Memory cap of the embedded profile: 4 MiB.
pub const EMBEDDED_PAGES: u32 = 64;

/// Pages that 32-bit memory can have at all.
pub const MOST_PAGES: u32 = 65_536;

/// Default cap on the bytes of one answer's columns.
pub const DEFAULT_RESULT_BYTES: u64 = 256 << 20;

/// Bytes of vectors from which a second thread checks blocks ahead of a scan: below, starting it
/// (about 50 us) costs what it saves.
pub const AHEAD_ABOVE: u64 = 2 << 20;

/// Reads that must follow one another before that thread begins.
pub const AHEAD_AFTER: u32 = 2;

/// Blocks of 64 KiB that it may be ahead: 2 MiB stay in the caches until they are copied.
pub const AHEAD_BLOCKS: u64 = 32;

/// How often a reader looks for a block that the thread has begun before it checks the block
/// itself: about what a block takes (15 us), for the case that the thread is not running.
pub const AHEAD_SPINS: u32 = 400;

/// Bytes that the host itself checks at once when it needs a whole segment: as a guest reads.
pub const CHECKED_AT_ONCE: u32 = 128 << 10;

/// Iterations that a trace keeps: a hundred times what methods take before they give up.
pub const TRACE_POINTS: usize = 1 << 20;

/// Entries of the cache of compiled code; the oldest go first.
pub const CACHE_ENTRIES: usize = 64;

/// After this long an unfinished entry is what a killed process left behind: writing one takes far less
/// than a second.
pub const CACHE_UNFINISHED: Duration = Duration::from_secs(3600);

/// Largest entry of that cache. Compiled code is 3 to 8 times its module.
pub const CACHE_ENTRY_BYTES: u64 = 64 << 20;

/// What one run may use. The default is strict and finite; every field is
/// raised by a method of its own, and only [`Limits::without_timeout`] removes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    pub(crate) timeout: Option<Duration>,
    pub(crate) fuel: u64,
    pub(crate) pages: u32,
    pub(crate) result_bytes: u64,
    pub(crate) step_units: i32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Some(DEFAULT_TIMEOUT),
            fuel: DEFAULT_FUEL,
            pages: SERVER_PAGES,
            result_bytes: DEFAULT_RESULT_BYTES,
            step_units: STEP_UNITS,
        }
    }
}

impl Limits {
    /// Stops a run after this much wall-clock time. Zero stops it at once.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Lets a run take any time; the fuel still ends it.
    #[must_use]
    pub fn without_timeout(mut self) -> Self {
        self.timeout = None;
        self
    }

    /// Fuel of a run. One unit is about one simple instruction of the interpreter;
    /// compiled code is charged [`FUEL_PER_TICK`] for every [`TICK`] it runs.
    #[must_use]
    pub fn fuel(mut self, fuel: u64) -> Self {
        self.fuel = fuel;
        self
    }

    /// Most pages of 64 KiB that the guest's memory may have.
    #[must_use]
    pub fn max_memory_pages(mut self, pages: u32) -> Self {
        self.pages = pages.min(MOST_PAGES);
        self
    }

    /// The memory cap in pages.
    #[must_use]
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// Most bytes of result columns.
    #[must_use]
    pub fn max_result_bytes(mut self, bytes: u64) -> Self {
        self.result_bytes = bytes;
        self
    }

    /// Work units of one cooperative step; 0 means no bound.
    #[must_use]
    pub fn step_units(mut self, units: u32) -> Self {
        self.step_units = i32::try_from(units).unwrap_or(i32::MAX);
        self
    }
}
