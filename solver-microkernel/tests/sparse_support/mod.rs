//! Matrices to test with, and dense references that share no code with the solver.
#![allow(dead_code, unreachable_pub)]

use solver_microkernel::sparse::{
    Claims, Entry, EntryOptions, Estimate, Facts, Local, Matrix, Method, Need, Options, Random, Refusal,
    Report, Solver, Trace,
};
use std::collections::BTreeMap;

/// Entries by row and column; adding to a place twice adds up.
#[derive(Clone, Default)]
pub struct Triplets {
    pub n: usize,
    pub map: BTreeMap<(u32, u32), f64>,
}

impl Triplets {
    pub fn new(n: usize) -> Self {
        Self { n, map: BTreeMap::new() }
    }
    pub fn add(&mut self, i: usize, j: usize, v: f64) {
        *self.map.entry((i as u32, j as u32)).or_default() += v;
    }
    /// An undirected edge of a Laplacian.
    pub fn edge(&mut self, i: usize, j: usize, w: f64) {
        self.add(i, i, w);
        self.add(j, j, w);
        self.add(i, j, -w);
        self.add(j, i, -w);
    }
    pub fn parts(&self) -> (Vec<u32>, Vec<u32>, Vec<f64>) {
        let mut offsets = vec![0; self.n + 1];
        let (mut columns, mut values) = (Vec::new(), Vec::new());
        for ((i, j), v) in &self.map {
            columns.push(*j);
            values.push(*v);
            offsets[*i as usize + 1] = columns.len() as u32;
        }
        for i in 0..self.n {
            offsets[i + 1] = offsets[i + 1].max(offsets[i]);
        }
        (offsets, columns, values)
    }
    pub fn matrix(&self) -> Matrix {
        let (offsets, columns, values) = self.parts();
        Matrix::new(self.n as u32, offsets, columns, values).unwrap()
    }
    pub fn dense(&self) -> Vec<Vec<f64>> {
        let mut a = vec![vec![0.0; self.n]; self.n];
        for ((i, j), v) in &self.map {
            a[*i as usize][*j as usize] = *v;
        }
        a
    }
}

/// Gaussian elimination with partial pivoting and three rounds of refinement.
pub fn dense_solve(a: &[Vec<f64>], b: &[f64]) -> Vec<f64> {
    let n = b.len();
    let mut lu: Vec<Vec<f64>> = a.to_vec();
    let mut order: Vec<usize> = (0..n).collect();
    for k in 0..n {
        let pivot = (k..n).max_by(|i, j| lu[*i][k].abs().total_cmp(&lu[*j][k].abs())).unwrap();
        lu.swap(k, pivot);
        order.swap(k, pivot);
        for i in k + 1..n {
            let f = lu[i][k] / lu[k][k];
            lu[i][k] = f;
            if f != 0.0 {
                let (above, below) = lu.split_at_mut(i);
                below[0][k + 1..].iter_mut().zip(&above[k][k + 1..]).for_each(|(l, u)| *l -= f * u);
            }
        }
    }
    let solve = |b: &[f64]| {
        let mut y: Vec<f64> = order.iter().map(|i| b[*i]).collect();
        for i in 0..n {
            for j in 0..i {
                y[i] -= lu[i][j] * y[j];
            }
        }
        for i in (0..n).rev() {
            for j in i + 1..n {
                y[i] -= lu[i][j] * y[j];
            }
            y[i] /= lu[i][i];
        }
        y
    };
    let mut x = solve(b);
    for _ in 0..3 {
        let r: Vec<f64> = (0..n).map(|i| b[i] - (0..n).map(|j| a[i][j] * x[j]).sum::<f64>()).collect();
        x.iter_mut().zip(solve(&r)).for_each(|(x, d)| *x += d);
    }
    x
}

pub fn greatest(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Runs a solve to its end.
pub fn solve(a: &Matrix, b: &[f64], options: Options) -> Result<(Vec<f64>, Report), Refusal> {
    let mut solver = Solver::new(options, b.to_vec())?;
    let mut pieces = 0;
    while solver.step(a, &mut Trace::default())?.is_some() {
        pieces += 1;
        assert!(pieces < 100_000, "a solve that does not end");
    }
    Ok((solver.x().to_vec(), *solver.report().unwrap()))
}

pub fn by(method: Method) -> Options {
    Options { method, ..Options::default() }
}

pub fn random_vector(n: usize, r: &mut Random) -> Vec<f64> {
    (0..n).map(|_| 2.0 * r.unit() - 1.0).collect()
}

/// Laplacian of a grid of any dimension plus `shift`.
pub fn grid(sides: &[usize], shift: f64, weight: &mut impl FnMut() -> f64) -> Triplets {
    let n = sides.iter().product();
    let mut t = Triplets::new(n);
    for i in 0..n {
        t.add(i, i, shift);
        let mut step = 1;
        for side in sides {
            if i / step % side + 1 < *side {
                t.edge(i, i + step, weight());
            }
            step *= side;
        }
    }
    t
}

/// Laplacian of a graph grown by preferential attachment, plus `shift`.
pub fn power_law(n: usize, m: usize, shift: f64, r: &mut Random) -> Triplets {
    let mut t = Triplets::new(n);
    let mut ends = vec![0usize];
    for i in 0..n {
        t.add(i, i, shift);
        for _ in 0..if i == 0 { 0 } else { m } {
            let j = ends[(r.next() % ends.len() as u64) as usize];
            if j != i {
                t.edge(i, j, 1.0);
                ends.extend([i, j]);
            }
        }
    }
    t
}

/// What a random matrix is dominated by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Rows,
    Columns,
    Symmetric,
    SymmetricM,
}

/// A random matrix of about `degree` entries per row whose lines have the gap `gap` or more.
pub fn dominant(n: usize, degree: usize, gap: f64, kind: Kind, r: &mut Random) -> Triplets {
    let mut t = Triplets::new(n);
    for i in 0..n {
        for _ in 0..degree {
            let j = (r.next() % n as u64) as usize;
            if i == j {
                continue;
            }
            let size = 10f64.powf(2.0 * r.unit() - 1.0);
            let v = if kind == Kind::SymmetricM || r.unit() < 0.5 { -size } else { size };
            t.map.insert((i as u32, j as u32), v);
            if matches!(kind, Kind::Symmetric | Kind::SymmetricM) {
                t.map.insert((j as u32, i as u32), v);
            }
        }
    }
    let mut sums = vec![0.0; n];
    for ((i, j), v) in &t.map {
        sums[if kind == Kind::Columns { *j } else { *i } as usize] += v.abs();
    }
    for (i, sum) in sums.iter().enumerate() {
        let sign = if matches!(kind, Kind::Rows | Kind::Columns) && r.unit() < 0.3 { -1.0 } else { 1.0 };
        t.add(i, i, sign * (sum.max(0.1) / (1.0 - gap)) * (1.0 + r.unit()));
    }
    t
}

/// What a packer would measure, and b with it.
pub fn claims(t: &Triplets, b: &[f64]) -> Claims {
    let facts = Facts::measure(&t.matrix()).unwrap();
    let columns = facts.by_columns.slack;
    Claims {
        row_slack: facts.by_rows.slack,
        row_gap: facts.by_rows.gap,
        entries: t.map.len() as u64,
        symmetric: facts.is_symmetric(),
        b_most: b.iter().fold(0.0, |m: f64, b| m.max(b.abs())),
        x_sum: (columns > 0.0).then(|| b.iter().map(|b| b.abs()).sum::<f64>() / columns * (1.0 + 1e-9)),
    }
}

/// Runs an estimate over rows that are made when asked for.
pub fn estimate(
    n: u32,
    target: u32,
    claims: Claims,
    options: EntryOptions,
    row: &mut impl FnMut(u32) -> (Vec<u32>, Vec<f64>, f64),
) -> Result<(Estimate, u64), Refusal> {
    let mut local = Local::new(n, false)?;
    let mut entry = Entry::new(target, claims, options)?;
    for _ in 0..10_000_000 {
        let need = entry.step(&mut local)?;
        serve(&mut local, need, row)?;
        if let Some(found) = entry.estimate() {
            return Ok((*found, local.rows_read()));
        }
    }
    panic!("an estimate that does not end");
}

pub fn serve(
    local: &mut Local,
    need: Need,
    row: &mut impl FnMut(u32) -> (Vec<u32>, Vec<f64>, f64),
) -> Result<(), Refusal> {
    for id in local.wanted().to_vec() {
        let (columns, values, b) = row(id);
        match need {
            Need::Nothing => {}
            Need::Lengths => local.take_length(id, 0, columns.len() as u32)?,
            Need::Rows => local.take_row(id, b, &columns, &values)?,
        }
    }
    Ok(())
}
