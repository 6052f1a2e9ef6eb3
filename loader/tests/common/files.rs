//! Files for tests, written by the real writer.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing)]

use rvf_format::Metric;
use rvf_format::hash::{Algorithm, shake256_256};
use rvf_format::read::wasm::{Role, Target, WasmHeader};
use rvf_format::write::{FileWriter, Options};
use rvf_wasm_inspect::inspect;
use solver_microkernel::guests;

/// A file under construction.
pub struct Build(FileWriter<Vec<u8>>);

impl Build {
    pub fn new(dimension: u16, metric: Metric) -> Self {
        let options = Options { dimension, metric, algorithm: Algorithm::CrcRotation, timestamp_ns: 0 };
        Self(FileWriter::new(Vec::new(), options))
    }

    pub fn vectors(mut self, ids: &[u64], rows: &[f32]) -> Self {
        self.0.vectors(ids, rows).unwrap();
        self
    }

    pub fn sparse(mut self, payload: &[u8]) -> Self {
        self.0.segment(rvf_format::SegmentType::SPARSE, payload).unwrap();
        self
    }

    pub fn labels(mut self, labels: &[(u64, &str)]) -> Self {
        self.0.labels(labels).unwrap();
        self
    }

    pub fn delete(mut self, ids: &[u64]) -> Self {
        self.0.delete(ids).unwrap();
        self
    }

    pub fn module(mut self, header: &WasmHeader, module: &[u8]) -> Self {
        self.0.module(header, module).unwrap();
        self
    }

    /// A module under the role and target that its header gives it.
    pub fn of_role(self, role: Role, target: Target, priority: u8, module: &[u8]) -> Self {
        let header = WasmHeader { role, target, ..header(module, priority) };
        self.module(&header, module)
    }

    pub fn solvers(self) -> Self {
        self.module(&header(guests::SCALAR, 10), guests::SCALAR)
            .module(&header(guests::SIMD, 10), guests::SIMD)
    }

    pub fn finish(self) -> Vec<u8> {
        self.0.finish().unwrap().1
    }
}

/// A truthful header, or, for what cannot be described truthfully, one with the true hash.
pub fn header(module: &[u8], priority: u8) -> WasmHeader {
    let described = inspect(module)
        .ok()
        .and_then(|facts| facts.header(Role::MICROKERNEL, Target::WASM32, priority, module).ok());
    described.unwrap_or_else(|| WasmHeader {
        header_version: 1,
        role: Role::MICROKERNEL,
        target: Target::WASM32,
        required_features: 0,
        export_count: 20,
        bytecode_size: module.len() as u32,
        compressed_size: 0,
        compression: 0,
        min_memory_pages: 1,
        max_memory_pages: 0,
        table_count: 0,
        bytecode_hash: shake256_256(module),
        bootstrap_priority: priority,
        interpreter_type: 0,
        reserved: [0; 6],
    })
}

/// Twenty vectors of dimension 4 with labels and both solvers.
pub fn small() -> Vec<u8> {
    let rows: Vec<f32> = (0..80).map(|i| (i % 7) as f32 - 3.0).collect();
    let ids: Vec<u64> = (0..20).collect();
    Build::new(4, Metric::L2).vectors(&ids, &rows).labels(&[(3, "three"), (4, "four")]).solvers().finish()
}
