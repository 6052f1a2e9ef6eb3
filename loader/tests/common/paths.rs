//! The ways in which a module can be run, each as an engine.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing)]

use std::path::Path;
use std::sync::Arc;

use rvf_loader::engine::{Engine, Features, InFile, Tiny};
use rvf_wasm_inspect::inspect;

/// An interpreter's module, as kept.
pub fn interpreter(name: &str) -> Arc<[u8]> {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../interpreter/guests").join(name);
    std::fs::read(&kept).unwrap_or_else(|error| panic!("{}: {error}", kept.display())).into()
}

/// That interpreter in another engine.
pub fn in_file(engine: Arc<dyn Engine>, name: &str) -> Arc<dyn Engine> {
    let module = interpreter(name);
    let needs = Features(inspect(&module).unwrap().features);
    Arc::new(InFile::new(engine, module, needs))
}

/// What runs a module at once.
pub fn single() -> Vec<Arc<dyn Engine>> {
    vec![
        #[cfg(feature = "wasmi")]
        Arc::new(rvf_loader::engine::Wasmi),
        #[cfg(feature = "jit")]
        Arc::new(rvf_loader::engine::Wasmtime::new()),
        Arc::new(Tiny),
    ]
}

/// What runs it in the interpreter that travels, in the fastest engine that is compiled in.
pub fn two_stage() -> Arc<dyn Engine> {
    #[cfg(feature = "jit")]
    let engine: Arc<dyn Engine> = Arc::new(rvf_loader::engine::Wasmtime::new());
    #[cfg(not(feature = "jit"))]
    let engine: Arc<dyn Engine> = Arc::new(Tiny);
    in_file(engine, "interpreter-simd.wasm")
}
