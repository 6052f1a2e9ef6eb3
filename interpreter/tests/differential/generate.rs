//! Modules from seeds.

use arbitrary::Unstructured;
use wasm_smith::{Config, Module};

/// A linear congruential generator's high bits: enough to vary tests.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ self.0 >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed ^ mixed >> 29
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// An argument: small numbers, extremes, floats, anything.
    pub(crate) fn cell(&mut self) -> u64 {
        const COMMON: [u64; 10] = [
            0,
            1,
            2,
            0xFFFF_FFFF,
            u64::MAX,
            1 << 31,
            1 << 63,
            0x7FC0_0000,
            0x7FF8_0000_0000_0000,
            0x3F80_0000,
        ];
        match self.below(3) {
            0 => COMMON[self.below(COMMON.len())],
            1 => self.next() % 70_000,
            _ => self.next(),
        }
    }

    /// A copy with some bytes changed, inserted or cut off.
    pub(crate) fn change(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(2) {
            let at = self.below(bytes.len());
            match self.below(10) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes.insert(at, self.next() as u8),
                2 => drop(bytes.remove(at)),
                3..=5 => bytes[at] ^= 1 << self.below(8),
                6 => bytes[at] = bytes[at].wrapping_add(1),
                _ => bytes[at] = self.next() as u8,
            }
            if bytes.is_empty() {
                bytes.push(0);
            }
        }
        bytes
    }
}

/// Rounds that loops and calls of a generated module may take before it traps.
const ROUNDS: u32 = 500;

/// A valid module with everything exported; `None` if the seed makes none.
pub(crate) fn module(seed: u64) -> Option<Vec<u8>> {
    let mut random = Random(seed);
    let bytes: Vec<u8> = (0..2_000 + random.below(10_000)).map(|_| random.next() as u8).collect();
    let config = Config {
        max_imports: 0,
        max_tables: 3,
        max_memories: 1,
        max_instructions: 300,
        max_memory32_bytes: 4 << 16,
        max_table_elements: 100,
        memory_max_size_required: true,
        table_max_size_required: true,
        export_everything: true,
        min_funcs: 3,
        allow_start_export: false,
        simd_enabled: cfg!(feature = "simd"),
        compact_imports_enabled: false,
        exceptions_enabled: false,
        extended_const_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        relaxed_simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..Config::default()
    };
    let mut module = Module::new(config, &mut Unstructured::new(&bytes)).ok()?;
    module.ensure_termination(ROUNDS).ok()?;
    Some(module.to_bytes())
}
