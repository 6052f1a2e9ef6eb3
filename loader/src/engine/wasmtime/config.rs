//! The one configuration of the compiler, and the cache key that follows from it.

use std::hash::{Hash, Hasher};

use rvf_format::hash::shake256_256;
use wasmtime::{Config, OptLevel, Strategy, WasmFeatures};

use crate::engine::{EngineError, Features, Sandbox};
use crate::limits;

pub(super) fn engine(sandbox: Sandbox) -> Result<wasmtime::Engine, EngineError> {
    wasmtime::Engine::new(&config(sandbox))
        .map_err(|error| EngineError::Unavailable { reason: format!("{error:#}") })
}

fn config(sandbox: Sandbox) -> Config {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .wasm_features(WasmFeatures::all(), false)
        .wasm_features(wasm_features(sandbox.features), true)
        .epoch_interruption(sandbox.interruptible)
        .max_wasm_stack(limits::STACK_BYTES)
        .wasm_backtrace_max_frames(None);
    config
}

fn wasm_features(features: Features) -> WasmFeatures {
    let baseline = WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::FLOATS;
    let named = [
        (Features::SIMD, WasmFeatures::SIMD),
        (Features::BULK_MEMORY, WasmFeatures::BULK_MEMORY),
        (Features::MULTI_VALUE, WasmFeatures::MULTI_VALUE),
        // The validator counts the externref type itself among the types of garbage collection.
        (Features::REFERENCE_TYPES, WasmFeatures::REFERENCE_TYPES | WasmFeatures::GC_TYPES),
        (Features::TAIL_CALL, WasmFeatures::TAIL_CALL),
    ];
    named.iter().filter(|(ours, _)| features.contains(*ours)).fold(baseline, |all, (_, theirs)| all | *theirs)
}

/// Identifies compiled code: the module, this version of the loader, and everything
/// that the compiler says its output depends on (version, flags, target, CPU features).
pub(super) fn cache_key(engine: &wasmtime::Engine, module: &[u8]) -> [u8; 32] {
    let mut collected = Collected(Vec::new());
    env!("CARGO_PKG_VERSION").hash(&mut collected);
    shake256_256(module).hash(&mut collected);
    engine.precompile_compatibility_hash().hash(&mut collected);
    shake256_256(&collected.0)
}

/// Collects what a `Hash` implementation writes, to hash it with a hash that does not collide.
struct Collected(Vec<u8>);

impl Hasher for Collected {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}
