//! The targets, one file per crate under test.

mod combine;
mod format;
mod learning;
mod loader;
mod matrices;
mod modules;
mod packer;
mod round_trip;
mod solver;
mod sparse;

/// A function that must take any bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Name, and the folder of its corpus.
    pub name: &'static str,
    /// The function. What it returns only keeps its work from being left out.
    pub run: fn(&[u8]) -> u64,
    /// Inputs to start from.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Most bytes it may hold at once, for each byte of input.
    pub bytes_per_byte: usize,
    /// The same, for any input.
    pub bytes_at_rest: usize,
}

impl Target {
    /// Memory that `len` bytes of input may take.
    #[must_use]
    pub const fn memory(&self, len: usize) -> usize {
        self.bytes_at_rest + self.bytes_per_byte * len
    }
}

/// All targets.
pub const TARGETS: &[Target] = &[
    format::OPEN_FILE,
    format::VERIFY_FILE,
    format::READ_FILE,
    format::MANIFEST,
    format::VECTORS,
    format::META,
    format::WASM_HEADER,
    learning::POLICY,
    learning::WITNESS,
    learning::SAVE,
    modules::INSPECT,
    combine::COMBINE,
    solver::DIRECTORY,
    solver::REQUEST,
    solver::DATA,
    sparse::MATRIX,
    loader::DESCRIPTION,
    loader::SELECT,
    packer::NPY,
    packer::FVECS,
    packer::BVECS,
    packer::CSV,
    packer::JSONL,
    packer::SAFETENSORS,
    packer::RAW,
    matrices::MTX,
    matrices::NPZ,
    matrices::EDGES,
    matrices::ARRAY,
    round_trip::ROUND_TRIP,
];
