//! How long inspection takes: `cargo run --release -p rvf-wasm-inspect --example cost -- FILE.wasm...`
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::time::Instant;

fn main() {
    for path in std::env::args().skip(1) {
        let module = std::fs::read(&path).unwrap();
        let facts = rvf_wasm_inspect::inspect(&module).unwrap();
        let full = median(|| drop(rvf_wasm_inspect::inspect(&module).unwrap()));
        let declared =
            median(|| drop(rvf_wasm_inspect::inspect_declared(&module, facts.features, None).unwrap()));
        let features = rvf_wasm_inspect::feature_names(facts.features);
        println!("{path}: {} bytes, needs {features:?}, {full} us, confirmed in {declared} us", module.len());
    }
}

/// Microseconds that `run` takes, median of 51.
fn median(run: impl Fn()) -> u128 {
    let mut micros = [0; 51];
    for slot in &mut micros {
        let start = Instant::now();
        run();
        *slot = start.elapsed().as_micros();
    }
    micros.sort_unstable();
    micros[25]
}
