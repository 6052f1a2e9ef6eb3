//! Every operation of the solver through every path: compiled, interpreted, two stages, three stages, linked. The same
//! bits, the same refusals.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
#[path = "common/paths.rs"]
mod paths;

use std::sync::Arc;

use common::files::Build;
use rvf_fixtures::generate::Rng;
use rvf_format::Metric;
use rvf_format::read::sparse::ValueType;
use rvf_format::write::sparse::{Csr, encode, encode_dense};
use rvf_loader::abi::{AbiError, Description, ParamKind, Request, Unit, Value};
use rvf_loader::engine::{Engine, Tiny};
use rvf_loader::job::Answer;
use rvf_loader::{Host, Limits, RunError, Rvf, Session};
use rvf_packer::combine::{Caps, combine};
use solver_microkernel::guests;

/// A grid of 6 x 5 nodes: its Laplacian with two on the diagonal above it, as system and as graph.
fn grid() -> Vec<u8> {
    let (width, height) = (6_u64, 5_u64);
    let (mut offsets, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
    for node in 0..width * height {
        let (x, y) = (node % width, node / width);
        let mut row = Vec::new();
        let near = [(y > 0, node.wrapping_sub(width)), (x > 0, node.wrapping_sub(1))];
        let far = [(x + 1 < width, node + 1), (y + 1 < height, node + width)];
        row.extend(near.iter().filter(|(there, _)| *there).map(|(_, other)| (*other, -1.0)));
        row.push((node, 2.5 + row.len() as f64 + far.iter().filter(|(there, _)| *there).count() as f64));
        row.extend(far.iter().filter(|(there, _)| *there).map(|(_, other)| (*other, -1.0)));
        indices.extend(row.iter().map(|(column, _)| *column));
        values.extend(row.iter().map(|(_, value)| *value));
        offsets.push(indices.len() as u64);
    }
    let rows = width * height;
    let csr = Csr { rows, columns: rows, offsets: &offsets, indices: &indices, values: &values };
    encode("grid", ValueType::F64, csr, None, true).unwrap()
}

/// The same grid as a graph of equal edges.
fn graph() -> Vec<u8> {
    let (mut offsets, mut indices) = (vec![0], Vec::new());
    for node in 0..30_u64 {
        let near = [node.checked_sub(6), node.checked_sub(1).filter(|_| node % 6 > 0)];
        let far = [Some(node + 1).filter(|_| node % 6 < 5), Some(node + 6).filter(|node| *node < 30)];
        indices.extend(near.into_iter().chain(far).flatten());
        offsets.push(indices.len() as u64);
    }
    let csr = Csr { rows: 30, columns: 30, offsets: &offsets, indices: &indices, values: &[] };
    encode("graph", ValueType::Pattern, csr, None, true).unwrap()
}

/// Vectors, a system, a graph and a right-hand side.
fn file() -> Vec<u8> {
    let mut rng = Rng::new(3);
    let rows: Vec<f32> = (0..30 * 20).map(|_| rng.unit()).collect();
    let ids: Vec<u64> = (0..30).collect();
    let b: Vec<f64> = (0..30).map(|i| f64::from(i % 7) - 2.0).collect();
    Build::new(20, Metric::Cosine)
        .vectors(&ids, &rows)
        .sparse(&grid())
        .sparse(&graph())
        .sparse(&encode_dense("b", 30, 1, &b).unwrap())
        .delete(&[4])
        .finish()
}

/// A request for an operation as it describes itself: what is required, and what names data of the file.
fn request(description: &Description, operation: &str) -> Request {
    let operation = description.operation(operation).unwrap();
    let mut request = Request::new(&operation.name);
    for param in &operation.params {
        let named = match (param.unit, param.name.as_str()) {
            (_, "matrix") if ["pagerank", "ppr", "diffuse"].contains(&operation.name.as_str()) => {
                Some("graph")
            }
            (_, "matrix") => Some("grid"),
            (Some(Unit::Array), _) => Some("b"),
            _ => None,
        };
        let value: Option<Value> = match (&param.kind, named) {
            (ParamKind::Text, Some(name)) => Some(name.into()),
            (ParamKind::F32s, _) => Some((0..40).map(|i| 0.3 - i as f32 / 29.0).collect::<Vec<f32>>().into()),
            (ParamKind::U64s, _) if param.required => Some(vec![3_u64, 17].into()),
            (ParamKind::U64s, _) if param.name.contains("bits") => {
                Some(vec![5_u64, u64::MAX, 1 << 40].into())
            }
            _ => None,
        };
        if let Some(value) = value {
            request.set(&param.name, value);
        }
    }
    request
}

fn outcome(session: &mut Session<'_>, request: &Request) -> Result<Answer, i32> {
    match session.run(request) {
        Ok(mut answer) => {
            // How much memory a guest has is its engine's to say.
            answer.stats = Default::default();
            Ok(answer)
        }
        Err(RunError::Guest(AbiError::Reported { status, .. })) => Err(status),
        Err(other) => panic!("{other}"),
    }
}

/// Answers compare by bits: every float is finite, and -0 and 0 print differently.
fn bits(outcome: &Result<Answer, i32>) -> String {
    format!("{outcome:?}")
}

fn start<'r>(rvf: &'r Rvf<'_>, engine: &Arc<dyn Engine>, module: &[u8]) -> Session<'r> {
    let host = Host::default().with_engines(vec![Arc::clone(engine)]);
    rvf.with_module(module, &host)
        .unwrap()
        .start(&Limits::default())
        .unwrap_or_else(|error| panic!("{}: {error}", engine.name()))
}

#[test]
fn every_operation_gives_the_same_bits_through_every_path() {
    let bytes = file();
    let rvf = Rvf::open(&bytes[..]).unwrap();
    let mut engines = paths::single();
    engines.push(paths::two_stage());
    for module in [guests::FULL_SCALAR, guests::FULL_SIMD] {
        let mut sessions: Vec<Session<'_>> =
            engines.iter().map(|engine| start(&rvf, engine, module)).collect();
        let linked = combine(&paths::interpreter("interpreter-simd.wasm"), module, Caps::default()).unwrap();
        let fastest = engines.iter().max_by_key(|engine| engine.name() == "wasmtime").unwrap();
        sessions.push(start(&rvf, fastest, &linked));
        let description = sessions[0].description().clone();
        let mut worked = 0;
        for operation in &description.operations {
            let request = request(&description, &operation.name);
            let first = bits(&outcome(&mut sessions[0], &request));
            worked += usize::from(first.starts_with("Ok"));
            for session in &mut sessions[1..] {
                let other = bits(&outcome(session, &request));
                assert_eq!(first, other, "{} in {}", operation.name, session.engine());
            }
        }
        // Learning from observations needs some; everything else answers.
        assert!(worked + 1 >= description.operations.len(), "{worked} of {}", description.operations.len());
    }
}

#[test]
fn a_slow_path_gives_the_same_bits_as_well() {
    let bytes = file();
    let rvf = Rvf::open(&bytes[..]).unwrap();
    let mut fast = start(&rvf, &paths::two_stage(), guests::FULL_SCALAR);
    let mut slow = vec![paths::in_file(Arc::new(Tiny), "interpreter-scalar.wasm")];
    #[cfg(feature = "wasmi")]
    slow.push(paths::in_file(Arc::new(rvf_loader::engine::Wasmi), "interpreter-simd.wasm"));
    for engine in slow {
        let mut session = start(&rvf, &engine, guests::FULL_SCALAR);
        let description = session.description().clone();
        for operation in ["knn", "entry", "spmv"] {
            let request = request(&description, operation);
            let wanted = bits(&outcome(&mut fast, &request));
            assert!(wanted.starts_with("Ok"), "{operation}: {wanted}");
            assert_eq!(wanted, bits(&outcome(&mut session, &request)), "{operation} in {}", engine.name());
        }
    }
}

#[test]
fn an_interpreter_in_an_interpreter_in_an_engine() {
    let bytes = file();
    let rvf = Rvf::open(&bytes[..]).unwrap();
    let two = paths::two_stage();
    let three = paths::in_file(Arc::clone(&two), "interpreter-scalar.wasm");
    let mut once = start(&rvf, &two, guests::KNN_SCALAR);
    let mut twice = start(&rvf, &three, guests::KNN_SCALAR);
    let query = request(once.description(), "knn");
    assert_eq!(bits(&outcome(&mut once, &query)), bits(&outcome(&mut twice, &query)));
}
