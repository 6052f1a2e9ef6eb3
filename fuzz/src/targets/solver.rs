//! What a solver parses: the directory, the request, the data. Run natively, the same code as in wasm.

use super::Target;
use super::format::payloads;
use rvf_fixtures::hostile::raw;
use rvf_format::SegmentType;
use rvf_format::read::vectors::for_each_vector;
use solver_microkernel::directory::record;
use solver_microkernel::native::{RequestBuilder, run as drive};
use solver_microkernel::request::{EXCLUDE, IDS, K, METRIC, QUERY};
use solver_microkernel::{Instance, Operation, Status, Values};

/// The solver works in blocks of its own, whatever the file.
const ARENA: usize = 4 << 20;

pub(super) const DIRECTORY: Target = Target {
    name: "solver_directory",
    run: directory,
    seeds: || vec![good_directory(24, 78), Vec::new(), vec![0; 64]],
    bytes_per_byte: 4,
    bytes_at_rest: 8192,
};

pub(super) const REQUEST: Target = Target {
    name: "solver_request",
    run: request,
    seeds: requests,
    bytes_per_byte: 64,
    bytes_at_rest: ARENA,
};

pub(super) const DATA: Target = Target {
    name: "solver_data",
    run: data,
    seeds: || payloads(SegmentType::VEC),
    bytes_per_byte: 64,
    bytes_at_rest: ARENA,
};

fn good_directory(manifest_len: u64, vectors_len: u64) -> Vec<u8> {
    let mut out = record(0, SegmentType::VEC, false, vectors_len, 1).to_vec();
    out.extend_from_slice(&record(1, SegmentType::MANIFEST, true, manifest_len, 2));
    out
}

fn directory(bytes: &[u8]) -> u64 {
    let mut solver = Instance::new();
    let status = solver.open(bytes);
    assert!(status == Status::Done || !solver.error().is_empty());
    u64::from(status == Status::Done)
}

fn requests() -> Vec<Vec<u8>> {
    let query = [0.5, -0.5, 0.25, 1.0, 1.0, 2.0, 3.0, 4.0];
    vec![
        RequestBuilder::new(Operation::Knn)
            .f32s(QUERY, &query)
            .u64(K, 2)
            .choice(METRIC, 2)
            .u64s(EXCLUDE, &[2])
            .build(),
        RequestBuilder::new(Operation::Knn).f32s(QUERY, &query[..4]).build(),
        RequestBuilder::new(Operation::Distances)
            .f32s(QUERY, &query[..4])
            .choice(METRIC, 1)
            .u64s(IDS, &[1, 3])
            .build(),
        RequestBuilder::new(Operation::Normalize).u64s(IDS, &[3]).build(),
        RequestBuilder::new(Operation::Stats).build(),
    ]
}

fn request(bytes: &[u8]) -> u64 {
    let vectors = raw::good_vectors().payload;
    answer(&vectors, bytes).1
}

/// Any bytes as the file's vectors. Where our reader reads them all, the solver must see as many.
fn data(bytes: &[u8]) -> u64 {
    let (status, _) =
        answer(bytes, &RequestBuilder::new(Operation::Knn).f32s(QUERY, &[1.0, 0.0, 0.5, 0.0]).build());
    let mut rows = 0u64;
    let readable = for_each_vector(bytes, raw::DIMENSION, 0, |_, _| {
        rows += 1;
        true
    });
    if readable.is_err() {
        assert_ne!(status, Status::Done, "the solver read what the reader refuses: {readable:?}");
    }
    answer(bytes, &RequestBuilder::new(Operation::Stats).build()).1 + rows
}

/// Runs a request over a file of these vectors; gives the last status and the rows delivered.
fn answer(vectors: &[u8], request: &[u8]) -> (Status, u64) {
    let manifest = raw::manifest(raw::DIMENSION, &[(1, 0, vectors.len() as u64, raw::kind::VEC)], &[2]);
    let mut solver = Instance::new();
    let opened = solver.open(&good_directory(manifest.len() as u64, vectors.len() as u64));
    assert_eq!(opened, Status::Done);
    if solver.begin(request) != Status::Done {
        assert!(!solver.error().is_empty());
        return (Status::Request, 0);
    }
    let mut rows = 0;
    loop {
        let status = drive(&mut solver, 1, |index| Some(if index == 0 { vectors } else { &manifest }))
            .expect("a read outside its segment");
        if matches!(status, Status::Rows | Status::Done) {
            for column in solver.columns() {
                rows += u64::from(column.rows());
                if let Values::F32(values) = column.values {
                    assert!(values.iter().all(|v| v.is_finite()), "{} holds what is no number", column.name);
                }
            }
        }
        if status != Status::Rows {
            return (status, rows);
        }
    }
}
