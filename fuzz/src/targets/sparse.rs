//! Any bytes as the matrix of a file, through every operation of the solver. What it answers is
//! compared with the reader: nothing is answered from data that the reader refuses, a solve that says
//! it converged leaves the residual that it claims, and bounds hold where the file tells the truth.

use super::Target;
use rvf_fixtures::generate::Rng;
use rvf_fixtures::hostile::raw;
use rvf_format::SegmentType;
use rvf_format::read::sparse::{Kind, Sparse, ValueType, measure};
use rvf_format::write::sparse::{Csr, encode, encode_dense};
use solver_microkernel::directory::record;
use solver_microkernel::native::{RequestBuilder, serve};
use solver_microkernel::sparse::SparseOperation as Op;
use solver_microkernel::{Instance, Status, Values};

pub(super) const MATRIX: Target = Target {
    name: "solver_matrix",
    run: matrix,
    seeds,
    // A factor, the vectors of an iteration, and the result, for a row that takes 8 bytes.
    bytes_per_byte: 256,
    bytes_at_rest: 4 << 20,
};

const TOLERANCE: u16 = 6;
const IDS: u16 = 10;
const X_VALUES: u16 = 17;
/// Budget of a step: small, so that jobs are resumed often.
const BUDGET: u32 = 64;
/// Steps after which a job is given up: far more than a matrix of a few KiB takes.
const STEPS: u32 = 20_000;

fn seeds() -> Vec<Vec<u8>> {
    let mut rng = Rng::new(5);
    let mut seeds = Vec::new();
    for (n, value_type, symmetric) in [
        (1, ValueType::F64, true),
        (7, ValueType::F64, true),
        (12, ValueType::F32, false),
        (9, ValueType::F64, false),
        (16, ValueType::Pattern, true),
    ] {
        let graph = value_type == ValueType::Pattern;
        let dense = random_matrix(n, symmetric, !graph, &mut rng);
        let rows = compress(n, &dense);
        let columns = compress(n, &transposed(n, &dense));
        let transpose = (!symmetric).then_some(columns.view(n));
        seeds.push(encode("m", value_type, rows.view(n), transpose, symmetric).unwrap());
    }
    seeds.push(encode_dense("d", 3, 2, &[1.0, -2.0, 0.5, 0.0, 4.0, 8.0]).unwrap());
    seeds
}

/// Row by row; with a dominant diagonal, or none.
fn random_matrix(n: usize, symmetric: bool, diagonal: bool, rng: &mut Rng) -> Vec<f64> {
    let mut a = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..i {
            if rng.below(3) == 0 {
                a[i * n + j] = -1.0 - rng.below(4) as f64;
                a[j * n + i] = if symmetric { a[i * n + j] } else { 0.5 };
            }
        }
    }
    for i in 0..n {
        let row: f64 = (0..n).map(|j| a[i * n + j].abs()).sum();
        a[i * n + i] = if diagonal { row + 0.5 + rng.below(3) as f64 } else { 0.0 };
    }
    a
}

fn transposed(n: usize, a: &[f64]) -> Vec<f64> {
    (0..n * n).map(|at| a[at % n * n + at / n]).collect()
}

struct Rows {
    offsets: Vec<u64>,
    indices: Vec<u64>,
    values: Vec<f64>,
}

impl Rows {
    fn view(&self, n: usize) -> Csr<'_> {
        Csr {
            rows: n as u64,
            columns: n as u64,
            offsets: &self.offsets,
            indices: &self.indices,
            values: &self.values,
        }
    }
}

fn compress(n: usize, a: &[f64]) -> Rows {
    let mut rows = Rows { offsets: vec![0], indices: Vec::new(), values: Vec::new() };
    for row in a.chunks(n) {
        for (column, value) in row.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            rows.indices.push(column as u64);
            rows.values.push(*value);
        }
        rows.offsets.push(rows.indices.len() as u64);
    }
    rows
}

/// What a job ended with.
struct Answer {
    status: Option<Status>,
    summary: String,
    /// Columns of f64 by name, all parts.
    floats: Vec<(String, Vec<f64>)>,
}

impl Answer {
    fn done(&self) -> bool {
        self.status == Some(Status::Done)
    }
    fn column(&self, name: &str) -> &[f64] {
        self.floats.iter().find(|(n, _)| n == name).map_or(&[], |(_, values)| values)
    }
    fn claims(&self, what: &str) -> bool {
        self.summary.contains(&format!("\"{what}\":true"))
    }
}

fn matrix(bytes: &[u8]) -> u64 {
    let truth = readable(bytes);
    let side = truth.as_ref().map_or(0, |m| m.head().columns).min(4096) as usize;
    let ones = vec![1.0; side];
    let by_ids = |op: Op| RequestBuilder::numbered(op.number()).u64s(IDS, &[0]);
    let mut sum = 0;
    let whole = [
        RequestBuilder::numbered(Op::Solve.number()),
        RequestBuilder::numbered(Op::Spmv.number()).raw(X_VALUES, 7, &floats(&ones)),
        RequestBuilder::numbered(Op::Residual.number()).raw(X_VALUES, 7, &floats(&ones)),
        RequestBuilder::numbered(Op::PageRank.number()),
        RequestBuilder::numbered(Op::Degree.number()),
    ];
    for (at, request) in whole.into_iter().enumerate() {
        let answer = answer(bytes, &request.build());
        sum += u64::from(answer.done());
        if !answer.done() {
            continue;
        }
        let matrix = match &truth {
            Ok(matrix) => matrix,
            // The solver has no use for the bytes around the name.
            Err(error) if error.what().contains("name of the matrix") => continue,
            Err(error) => panic!("the solver read what the reader refuses: {error}"),
        };
        if at == 0 && answer.claims("converged") {
            check_solution(matrix, answer.column("x"));
        }
        if at == 1 {
            let product = multiply(matrix, &ones);
            assert!(close(&product, answer.column("y")), "{product:?}, {:?}", answer.column("y"));
        }
    }
    let local = [
        by_ids(Op::Ppr),
        by_ids(Op::Diffuse),
        by_ids(Op::Neighbors),
        RequestBuilder::numbered(Op::Entry.number())
            .raw(TOLERANCE, 2, &1e-3_f64.to_le_bytes())
            .u64s(IDS, &[0]),
    ];
    for request in local {
        let answer = answer(bytes, &request.build());
        sum += u64::from(answer.done());
        if let (true, Ok(matrix), [value], [bound]) =
            (answer.done(), &truth, answer.column("value"), answer.column("bound"))
        {
            check_entry(matrix, *value, *bound);
        }
    }
    sum
}

/// The matrix, when every row can be read. Its transpose is for `verify`: no operation uses it.
fn readable(bytes: &[u8]) -> Result<Sparse<'_>, rvf_format::Error> {
    let matrix = Sparse::parse(bytes, 0)?;
    for row in 0..matrix.head().rows {
        matrix.row(row).map(drop)?;
    }
    Ok(matrix)
}

fn floats(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn answer(matrix: &[u8], request: &[u8]) -> Answer {
    let manifest = raw::manifest(raw::DIMENSION, &[(1, 0, matrix.len() as u64, 0xF0)], &[]);
    let mut directory = record(0, SegmentType::SPARSE, false, matrix.len() as u64, 1).to_vec();
    directory.extend_from_slice(&record(1, SegmentType::MANIFEST, true, manifest.len() as u64, 2));
    let mut solver = Instance::new();
    assert_eq!(solver.open(&directory), Status::Done);
    let mut answer = Answer { status: None, summary: String::new(), floats: Vec::new() };
    if solver.begin(request) != Status::Done {
        assert!(!solver.error().is_empty());
        return answer;
    }
    for _ in 0..STEPS {
        let status = solver.step(BUDGET);
        match status {
            Status::Reads => {
                let segment = |index| Some(if index == 0 { matrix } else { &manifest });
                serve(&mut solver, &segment).expect("a read outside its segment");
            }
            Status::Budget => {}
            Status::Rows | Status::Done => {
                for column in solver.columns() {
                    if let Values::F64(values) = column.values {
                        assert!(
                            values.iter().all(|v| v.is_finite()),
                            "{} holds what is no number",
                            column.name
                        );
                        match answer.floats.iter_mut().find(|(name, _)| name == column.name) {
                            Some((_, all)) => all.extend_from_slice(values),
                            None => answer.floats.push((column.name.into(), values.to_vec())),
                        }
                    }
                }
                if status == Status::Done {
                    answer.summary = String::from_utf8(solver.summary().to_vec()).unwrap();
                    answer.status = Some(status);
                    return answer;
                }
            }
            fault => {
                assert!(!solver.error().is_empty());
                answer.status = Some(fault);
                return answer;
            }
        }
    }
    panic!("{STEPS} steps were not enough for {} bytes", matrix.len());
}

fn multiply(matrix: &Sparse<'_>, x: &[f64]) -> Vec<f64> {
    (0..matrix.head().rows)
        .map(|row| matrix.row(row).unwrap().map(|(column, value)| value * x[column as usize]).sum())
        .collect()
}

/// Equal up to the order of summation.
fn close(a: &[f64], b: &[f64]) -> bool {
    let scale = a.iter().fold(f64::MIN_POSITIVE, |m, v| v.abs().max(m));
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-9 * scale)
}

/// The right-hand side is ones, the tolerance the default.
fn check_solution(matrix: &Sparse<'_>, x: &[f64]) {
    let product = multiply(matrix, x);
    let off: f64 = product.iter().map(|p| (1.0 - p) * (1.0 - p)).sum();
    let size = product.len() as f64;
    assert!(off.sqrt() <= 1.1e-8 * size.sqrt(), "a residual of {} was called converged", off.sqrt());
}

/// Where the head says what is true of the matrix, the first element is within its bound.
fn check_entry(matrix: &Sparse<'_>, value: f64, bound: f64) {
    let head = matrix.head();
    let n = head.rows as usize;
    let honest = measure(matrix).is_ok_and(|p| p == head.properties);
    if head.kind != Kind::Csr || !honest || n > 64 || head.properties.row_gap < 1e-6 {
        return;
    }
    let mut a: Vec<Vec<f64>> = (0..n)
        .map(|row| {
            let mut line = vec![0.0; n + 1];
            matrix.row(row as u64).unwrap().for_each(|(column, value)| line[column as usize] = value);
            line[n] = 1.0;
            line
        })
        .collect();
    // Elimination from the last row up leaves the first element; dominance makes pivoting needless.
    for k in (0..n).rev() {
        let pivot = a[k].clone();
        for row in a.iter_mut().take(k) {
            let factor = row[k] / pivot[k];
            row.iter_mut().zip(&pivot).for_each(|(r, p)| *r -= factor * p);
        }
    }
    let x = a[0][n] / a[0][0];
    assert!((x - value).abs() <= bound + 1e-9 * x.abs(), "{value} within {bound} is not {x}");
}
