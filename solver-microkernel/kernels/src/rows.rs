//! Matrices by compressed sparse rows: products and sweeps. Each row is summed in ascending columns.

use crate::access::{add, at, put};
use solver_lists::Vec;

/// The rows of a matrix: the entries of row i are `offsets[i]..offsets[i + 1]`.
#[derive(Debug, Default, PartialEq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Clone))]
pub struct Rows {
    /// One more than there are rows.
    pub offsets: Vec<u32>,
    /// Columns of the entries.
    pub indices: Vec<u32>,
    /// Values of the entries.
    pub values: Vec<f64>,
}

/// Columns and values of some entries; `None` where there are none such.
pub type Entries<'a> = Option<(&'a [u32], &'a [f64])>;

/// Columns and values of entries `from..to`.
#[inline(always)]
#[must_use]
pub fn entries<'a>(indices: &'a [u32], values: &'a [f64], from: u32, to: u32) -> Entries<'a> {
    let range = from as usize..to as usize;
    Some((indices.get(range.clone())?, values.get(range)?))
}

impl Rows {
    /// First and last-plus-one entry of a row.
    #[inline(always)]
    #[must_use]
    pub fn ends(&self, row: u32) -> (u32, u32) {
        (at(&self.offsets, row), at(&self.offsets, row.wrapping_add(1)))
    }

    /// Columns and values of a row.
    #[inline(always)]
    #[must_use]
    pub fn row(&self, row: u32) -> Entries<'_> {
        let (from, to) = self.ends(row);
        entries(&self.indices, &self.values, from, to)
    }

    /// Number of rows.
    #[inline(always)]
    #[must_use]
    pub fn count(&self) -> u32 {
        (self.offsets.len() as u32).saturating_sub(1)
    }
}

/// Entries between two backward jumps, in the loops that take most of a solve. A compiler of guests looks at
/// each of those jumps whether the guest's time is over, and parks the sum in memory for that, which takes longer
/// than the addition.
pub(crate) const HOT: usize = 4;

/// Adds `factor` times the values to the elements of y.
#[inline(always)]
pub fn scatter<const WAYS_OUT: usize>(factor: f64, entries: Entries<'_>, y: &mut [f64]) {
    let Some((columns, values)) = entries else { return };
    let mut entries = columns.iter().zip(values);
    loop {
        for _ in 0..WAYS_OUT {
            let Some((column, value)) = entries.next() else { return };
            add(y, *column, value * factor);
        }
    }
}

/// Entries of rows one after the other: columns and values, equally many.
struct Cursor<'a> {
    columns: &'a [u32],
    values: &'a [f64],
    /// The next entry.
    entry: usize,
}

impl<'a> Cursor<'a> {
    #[inline(always)]
    fn new(indices: &'a [u32], values: &'a [f64]) -> Self {
        let count = indices.len().min(values.len());
        let (columns, values) = (indices.get(..count), values.get(..count));
        Self { columns: columns.unwrap_or_default(), values: values.unwrap_or_default(), entry: 0 }
    }

    /// `sum` and the products of the values before `end` and elements of x, added in order.
    #[inline(always)]
    fn gather(&mut self, mut sum: f64, end: u32, x: &[f64]) -> f64 {
        let end = (end as usize).min(self.columns.len());
        loop {
            for _ in 0..HOT {
                if self.entry >= end {
                    return sum;
                }
                if let (Some(column), Some(value)) =
                    (self.columns.get(self.entry), self.values.get(self.entry))
                {
                    sum += value * at(x, *column);
                }
                self.entry += 1;
            }
        }
    }
}

/// y = b - A x; without b, y = A x.
#[inline(never)]
pub fn residual(a: &Rows, x: &[f64], b: &[f64], y: &mut [f64]) {
    let mut cursor = Cursor::new(&a.indices, &a.values);
    let ends = a.offsets.get(1..).unwrap_or_default();
    for (row, (end, y)) in ends.iter().zip(y).enumerate() {
        let product = cursor.gather(0.0, *end, x);
        *y = b.get(row).map_or(product, |b| b - product);
    }
}

/// A pass through the rows of a matrix that changes a vector in place.
#[derive(Clone, Copy)]
pub struct Pass<'a> {
    /// Where the entries are.
    pub rows: &'a Rows,
    /// Their values.
    pub values: &'a [f64],
    /// The places of the diagonal entries, if only what is before them counts, or (`down`) behind them; or none.
    pub middle: &'a [u32],
    /// From the last row to the first one.
    pub down: bool,
    /// The right-hand side of a sweep, or none.
    pub b: &'a [f64],
    /// A factor for each row, or none.
    pub scale: &'a [f64],
}

/// Row by row with the newest y: y = (y + A y) * scale, which solves a triangular system whose entries have their
/// signs changed; with b a sweep of Gauss-Seidel, y += (b - A y) * scale.
#[inline(never)]
pub fn pass(pass: &Pass<'_>, y: &mut [f64]) {
    let Pass { rows, values, middle, down, b, scale } = *pass;
    let (mut starts, mut ends) = (&*rows.offsets, rows.offsets.get(1..).unwrap_or_default());
    let mut skip = 0;
    if !middle.is_empty() {
        if down {
            (starts, skip) = (middle, 1);
        } else {
            ends = middle;
        }
    }
    let mut cursor = Cursor::new(&rows.indices, values);
    let count = starts.len().min(ends.len()).min(y.len());
    let (Some(starts), Some(ends)) = (starts.get(..count), ends.get(..count)) else { return };
    for step in 0..count {
        let row = if down { count - 1 - step } else { step };
        let (Some(start), Some(end), Some(own)) = (starts.get(row), ends.get(row), y.get(row)) else {
            return;
        };
        let own = *own;
        let b = b.get(row);
        cursor.entry = (*start as usize) + skip;
        let first = if b.is_some() { 0.0 } else { own };
        let mut sum = cursor.gather(first, *end, y);
        if let Some(b) = b {
            sum = b - sum;
        }
        if let Some(scale) = scale.get(row) {
            sum *= scale;
        }
        if b.is_some() {
            sum += own;
        }
        put(y, row as u32, sum);
    }
}

/// One step of all walks in a graph: adds to `next` what moves along the rows out of `mass`. `inverse` is
/// one over the weight of each row; walks stay where it is zero.
#[inline(never)]
pub fn walk(a: &Rows, inverse: &[f64], mass: &[f64], next: &mut [f64]) {
    for (row, (own, scale)) in (0..).zip(mass.iter().zip(inverse)) {
        if *own == 0.0 {
            continue;
        }
        if *scale == 0.0 {
            add(next, row, *own);
        } else {
            scatter::<1>(own * scale, a.row(row), next);
        }
    }
}

/// One sweep of pushes through a whole graph by rows, in place. `p` and `r` hold what is settled and what is
/// not, `inverse` one over the weight of each row, 0 where walks stay. Rows where no more lies than `least`
/// per entry are passed over. Returns the entries passed.
#[inline(never)]
pub fn sweep(alpha: f64, least: f64, a: &Rows, inverse: &[f64], p: &mut [f64], r: &mut [f64]) -> u64 {
    let mut arcs = 0;
    for (row, (inverse, p)) in (0..).zip(inverse.iter().zip(p)) {
        let there = at(r, row);
        if *inverse == 0.0 {
            *p += there;
            put(r, row, 0.0);
            continue;
        }
        let (from, to) = a.ends(row);
        let degree = to.wrapping_sub(from);
        if there <= least * f64::from(degree) {
            continue;
        }
        *p += alpha * there;
        put(r, row, 0.0);
        let row = entries(&a.indices, &a.values, from, to);
        scatter::<1>((1.0 - alpha) * there * inverse, row, r);
        arcs += u64::from(degree) + 1;
    }
    arcs
}
