//! The same bits natively, scalar and SIMD, on every engine, for every operation.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::files::Build;
use rvf_fixtures::generate::Rng;
use rvf_format::read::sparse::ValueType;
use rvf_format::write::sparse::{self, Csr};
use rvf_format::{File, Metric};
use rvf_loader::abi::{AbiError, ColumnData, Request, encode_directory};
use rvf_loader::engine::Engine;
use rvf_loader::job::Segments;
use rvf_loader::segments::FileSegments;
use rvf_loader::{Host, Limits, RunError, Rvf, Session};
use solver_microkernel::sparse::SparseOperation;
use solver_microkernel::{Instance, Status, Values, guests, native};

/// Bits of an answer, or the status that it ended with.
type Outcome = Result<Vec<(String, u32, Vec<u64>)>, i32>;

fn engines() -> Vec<Arc<dyn Engine>> {
    vec![
        #[cfg(feature = "wasmi")]
        Arc::new(rvf_loader::engine::Wasmi),
        #[cfg(feature = "jit")]
        Arc::new(rvf_loader::engine::Wasmtime::new()),
        Arc::new(rvf_loader::engine::Tiny),
    ]
}

fn natively(bytes: &[u8], request: &[u8]) -> Outcome {
    let file = File::open(bytes).unwrap();
    let segments = FileSegments::of(&file).unwrap();
    let payload = |index: u32| match file.segment(index) {
        Ok(segment) => Some(segment.payload),
        Err(_) => Some(file.manifest_segment().payload),
    };
    let mut solver = Instance::new();
    assert_eq!(solver.open(&encode_directory(segments.directory())), Status::Done);
    let begun = solver.begin(request);
    if begun != Status::Done {
        return Err(begun as i32);
    }
    let mut columns: Vec<(String, u32, Vec<u64>)> = Vec::new();
    loop {
        let status = native::run(&mut solver, 0, payload).unwrap();
        if !matches!(status, Status::Rows | Status::Done) {
            return Err(status as i32);
        }
        for (place, column) in solver.columns().enumerate() {
            if columns.len() <= place {
                columns.push((column.name.to_owned(), column.width, Vec::new()));
            }
            columns[place].2.extend(match column.values {
                Values::U32(values) => values.iter().map(|x| u64::from(*x)).collect::<Vec<_>>(),
                Values::U64(values) => values.to_vec(),
                Values::F32(values) => values.iter().map(|x| u64::from(x.to_bits())).collect(),
                Values::F64(values) => values.iter().map(|x| x.to_bits()).collect(),
            });
        }
        if status == Status::Done {
            return Ok(columns);
        }
    }
}

/// A live guest of every build on every engine.
struct Guests<'r>(Vec<(String, Session<'r>)>);

impl<'r> Guests<'r> {
    fn of(rvf: &'r Rvf<'_>) -> Self {
        Self::with(rvf, [("scalar", guests::SCALAR), ("SIMD", guests::SIMD)])
    }

    fn full(rvf: &'r Rvf<'_>) -> Self {
        Self::with(rvf, [("full scalar", guests::FULL_SCALAR), ("full SIMD", guests::FULL_SIMD)])
    }

    fn with(rvf: &'r Rvf<'_>, modules: [(&str, &'static [u8]); 2]) -> Self {
        let mut all = Vec::new();
        for engine in engines() {
            for (name, module) in modules {
                let host = Host::default().with_engines(vec![Arc::clone(&engine)]);
                let session = rvf.with_module(module, &host).unwrap().start(&Limits::default()).unwrap();
                all.push((format!("{name} in {}", engine.name()), session));
            }
        }
        Self(all)
    }

    /// Runs the request natively and in every guest; all must end alike.
    fn agree(&mut self, bytes: &[u8], request: &Request, what: &str) -> Outcome {
        let (_, packed) = request.encode(self.0[0].1.description()).unwrap();
        let native = natively(bytes, &packed);
        for (name, session) in &mut self.0 {
            assert_eq!(native, in_wasm(session, request), "{what}: {name}");
        }
        native
    }
}

fn in_wasm(session: &mut Session<'_>, request: &Request) -> Outcome {
    let answer = match session.run(request) {
        Ok(answer) => answer,
        Err(RunError::Guest(AbiError::Reported { status, .. })) => return Err(status),
        Err(other) => panic!("{other}"),
    };
    let bits = |data| match data {
        ColumnData::U32(values) => values.into_iter().map(u64::from).collect(),
        ColumnData::U64(values) => values,
        ColumnData::F32(values) => values.into_iter().map(|x| u64::from(x.to_bits())).collect(),
        ColumnData::F64(values) => values.into_iter().map(f64::to_bits).collect(),
    };
    Ok(answer
        .table
        .columns
        .into_iter()
        .map(|column| (column.name, column.width, bits(column.data)))
        .collect())
}

fn requests(query: &[f32]) -> Vec<Request> {
    let mut all = vec![Request::new("normalize"), Request::new("stats")];
    for metric in ["l2", "ip", "cosine"] {
        let with = |name: &str| Request::new(name).with("query", query.to_vec()).with("metric", metric);
        all.push(with("knn").with("k", 5_u64));
        all.push(with("knn").with("k", 7_u64).with("exclude", vec![0_u64, 3]));
        all.push(with("distances"));
        all.push(with("distances").with("ids", vec![1_u64, 2, 99]));
    }
    all.push(Request::new("normalize").with("ids", vec![2_u64, 1]));
    all
}

/// A value of one of the kinds that go wrong.
fn awkward(rng: &mut Rng) -> f32 {
    match rng.below(12) {
        0 => 0.0,
        1 => -0.0,
        2 => f32::MIN_POSITIVE,
        3 => f32::from_bits(1),
        4 => -f32::from_bits(0x007f_ffff),
        5 => 1e-30,
        6 => 1e19,
        7 => -1e-22,
        _ => rng.unit(),
    }
}

#[test]
fn every_operation_gives_the_same_bits_everywhere() {
    let mut rng = Rng::new(7);
    for (dimension, rows) in [(1, 40), (3, 33), (16, 20), (100, 12), (129, 9)] {
        for awkwardness in [false, true] {
            let value = |rng: &mut Rng| if awkwardness { awkward(rng) } else { rng.unit() };
            let data: Vec<f32> = (0..dimension * rows).map(|_| value(&mut rng)).collect();
            let ids: Vec<u64> = (0..rows as u64).collect();
            let file = Build::new(dimension as u16, Metric::Cosine)
                .vectors(&ids, &data)
                .vectors(&[2, 500], &data[..2 * dimension])
                .delete(&[4])
                .finish();
            let query: Vec<f32> = (0..2 * dimension).map(|_| value(&mut rng)).collect();
            let rvf = Rvf::open(&file[..]).unwrap();
            let mut guests = Guests::of(&rvf);
            for request in requests(&query) {
                let what = format!("dimension {dimension}, awkward {awkwardness}, {request:?}");
                let outcome = guests.agree(&file, &request, &what);
                assert!(awkwardness || outcome.is_ok(), "{what}: {outcome:?}");
            }
        }
    }
}

#[test]
fn the_largest_dimension_gives_the_same_bits() {
    let mut rng = Rng::new(9);
    let dimension = usize::from(u16::MAX);
    let data: Vec<f32> = (0..dimension * 3).map(|_| rng.unit()).collect();
    let file = Build::new(u16::MAX, Metric::L2).vectors(&[1, 2, 3], &data).finish();
    let query = data[dimension..2 * dimension].to_vec();
    let rvf = Rvf::open(&file[..]).unwrap();
    let mut guests = Guests::of(&rvf);
    for metric in ["l2", "ip", "cosine"] {
        let request =
            Request::new("knn").with("query", query.clone()).with("metric", metric).with("k", 3_u64);
        guests.agree(&file, &request, metric).unwrap();
    }
}

#[test]
fn what_is_not_finite_is_refused_alike() {
    let file = Build::new(2, Metric::L2).vectors(&[1, 2], &[1.0, 2.0, 3e38, 3e38]).finish();
    let rvf = Rvf::open(&file[..]).unwrap();
    let mut guests = Guests::of(&rvf);
    for query in [[f32::NAN, 0.0], [f32::INFINITY, 0.0], [0.0, f32::NEG_INFINITY], [-3e38, -3e38]] {
        let request = Request::new("knn").with("query", query.to_vec());
        assert_eq!(guests.agree(&file, &request, "not finite"), Err(-7));
    }
}

#[test]
fn an_empty_file_and_a_file_of_deleted_vectors_give_no_rows_alike() {
    let empty = Build::new(2, Metric::L2).finish();
    let deleted = Build::new(2, Metric::L2).vectors(&[1], &[1.0, 2.0]).delete(&[1]).finish();
    for file in [empty, deleted] {
        let rvf = Rvf::open(&file[..]).unwrap();
        let mut guests = Guests::of(&rvf);
        for request in requests(&[0.5, 0.5]) {
            guests.agree(&file, &request, "empty").unwrap();
        }
    }
}

/// A grid with weights of many sizes, the same with entries that are not mirrored, a Laplacian, and a graph;
/// and a vector.
fn matrices(rng: &mut Rng) -> (Vec<Vec<u8>>, Vec<f64>) {
    let side = 13;
    let n = side * side;
    let mut grid: BTreeMap<(u64, u64), f64> = BTreeMap::new();
    let mut graph = grid.clone();
    for i in 0..n {
        for j in [i + 1, i + side] {
            if j < n && (j != i + 1 || j % side != 0) {
                let weight = 10f64.powi(rng.below(5) as i32 - 2);
                for (a, b) in [(i, j), (j, i)] {
                    grid.insert((a, b), -weight);
                    *grid.entry((a, a)).or_default() += weight;
                }
            }
            graph.insert((i, (j * j + 3) % n), 1.0 + rng.below(3) as f64);
        }
    }
    let laplacian = grid.clone();
    for i in 0..n {
        *grid.entry((i, i)).or_default() += 0.3;
    }
    let mut turned = grid.clone();
    turned.iter_mut().filter(|((a, b), _)| a < b).for_each(|(_, value)| *value *= -0.5);
    let encode = |name: &str, entries: &BTreeMap<(u64, u64), f64>, value_type, symmetric| {
        let mut offsets = vec![0; n as usize + 1];
        entries.keys().for_each(|(row, _)| offsets[*row as usize + 1] += 1);
        (0..n as usize).for_each(|row| offsets[row + 1] += offsets[row]);
        let indices: Vec<u64> = entries.keys().map(|(_, column)| *column).collect();
        let values: Vec<f64> = entries.values().copied().collect();
        let matrix = Csr { rows: n, columns: n, offsets: &offsets, indices: &indices, values: &values };
        sparse::encode(name, value_type, matrix, None, symmetric).unwrap()
    };
    let b: Vec<f64> = (0..n).map(|_| f64::from(rng.unit())).collect();
    let segments = vec![
        encode("grid", &grid, ValueType::F64, true),
        encode("turned", &turned, ValueType::F32, false),
        encode("laplacian", &laplacian, ValueType::F64, true),
        encode("graph", &graph, ValueType::Pattern, false),
        sparse::encode_dense("b", n, 1, &b).unwrap(),
    ];
    (segments, b)
}

/// Requests of every sparse operation, and of every method.
fn sparse_requests(b: &[f64]) -> Vec<Request> {
    let on = |operation: &str, matrix: &str| Request::new(operation).with("matrix", matrix);
    let mut all = Vec::new();
    for method in
        ["auto", "jacobi-cg", "ic0-cg", "achol-cg", "gauss-seidel", "bicgstab-jacobi", "bicgstab-ilu0"]
    {
        for matrix in ["grid", "turned"] {
            all.push(
                on("solve", matrix).with("b", "b").with("method", method).with("max-iterations", 300_u64),
            );
        }
    }
    let mut zero_sum = vec![0.0; b.len()];
    (zero_sum[3], zero_sum[40]) = (1.0, -1.0);
    all.push(on("solve", "laplacian").with("values", zero_sum).with("method", "achol-cg"));
    all.push(
        on("solve", "grid").with("rows", vec![5_u64, 9]).with("values", vec![1.0, -2.0]).with("seed", 7_u64),
    );
    for method in ["auto", "push", "solve"] {
        all.push(on("entry", "grid").with("ids", vec![80_u64, 3]).with("method", method));
    }
    all.push(on("entry", "grid").with("ids", vec![80_u64]).with("confidence", 0.9).with("tolerance", 0.2));
    for graph in ["graph", "laplacian"] {
        all.push(on("pagerank", graph));
        all.push(on("pagerank", graph).with("k", 5_u64).with("alpha", 0.3));
        for method in ["auto", "push"] {
            all.push(on("ppr", graph).with("ids", vec![7_u64, 1]).with("method", method).with("k", 12_u64));
        }
        all.push(on("diffuse", graph).with("ids", vec![7_u64]).with("time", 2.5));
        all.push(on("degree", graph));
        all.push(on("degree", graph).with("ids", vec![9_u64, 2]));
        all.push(on("neighbors", graph).with("ids", vec![9_u64, 2]));
    }
    all.push(on("spmv", "turned").with("x", "b"));
    all.push(on("residual", "grid").with("b", "b").with("x-values", vec![0.5; b.len()]));
    all.push(Request::new("relu").with("x-values", vec![-1.0, 2.0]));
    all.push(Request::new("gelu").with("x-values", vec![-9.0, -1.0, -0.0, 1e-9, 0.7, 2.0, 30.0]));
    all.push(Request::new("axpy").with("b", "b").with("x", "b").with("factor", -0.5));
    all.push(Request::new("learn"));
    all.push(Request::new("popcount").with("bits", vec![3_u64, u64::MAX]));
    all.push(Request::new("xor").with("bits", vec![3_u64, 5]).with("other-bits", vec![1_u64, 5]));
    all
}

#[test]
fn every_sparse_operation_gives_the_same_bits_everywhere() {
    let mut rng = Rng::new(11);
    let (segments, b) = matrices(&mut rng);
    let file =
        segments.iter().fold(Build::new(2, Metric::L2), |build, segment| build.sparse(segment)).finish();
    let rvf = Rvf::open(&file[..]).unwrap();
    let mut guests = Guests::full(&rvf);
    let requests = sparse_requests(&b);
    let mut refused = 0;
    for request in &requests {
        let outcome = guests.agree(&file, request, &format!("{request:?}"));
        // Negative weights are no graph, and what is not symmetric is not for conjugate gradients.
        let may_refuse =
            format!("{request:?}").contains("laplacian") || format!("{request:?}").contains("turned");
        assert!(outcome.is_ok() || may_refuse, "{request:?}: {outcome:?}");
        refused += usize::from(outcome.is_err());
    }
    assert!(refused * 3 < requests.len(), "{refused} of {} were refused", requests.len());
    for operation in SparseOperation::ALL {
        assert!(
            requests.iter().any(|request| request.operation() == operation.name()),
            "{}",
            operation.name()
        );
    }
}
