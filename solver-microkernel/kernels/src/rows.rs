//! Matrices by compressed sparse rows: products and sweeps. Each row is summed in ascending columns.

use crate::access::{add, at, put};
use crate::factor::Factor;
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
solver_lists::blank!(Rows { offsets, indices, values });

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

/// Writes a block out twice, in the loops that take most of a solve. More is no faster, but where an engine looks at
/// each backward jump whether the guest's time is over.
macro_rules! twice {
    ($block:block) => {
        $block
        $block
    };
}

/// Adds `factor` times the values to the elements of y.
#[inline(always)]
pub fn scatter(factor: f64, entries: Entries<'_>, y: &mut [f64]) {
    let Some((columns, values)) = entries else { return };
    for (column, value) in columns.iter().zip(values) {
        add(y, *column, value * factor);
    }
}

/// What a pass through rows does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// A sweep of Gauss-Seidel: y += (b - A y) * inverse.
    Sweep,
    /// y += A y with the factor's values before the diagonal: a triangular system whose entries have their signs
    /// changed.
    Lower,
    /// The same from the last row to the first one, with the values behind the diagonal, and y *= inverse.
    Upper,
    /// y += L y with the factor's own rows, from the last to the first.
    Back,
}

/// Runs a pass, row by row with the newest y; each row is summed in ascending columns.
#[inline(never)]
pub fn pass(pass: Pass, a: &Rows, factor: &Factor, b: &[f64], y: &mut [f64]) {
    let Factor { inverse, own, middle, .. } = factor;
    let rows = if pass == Pass::Back { own } else { a };
    let values = if pass == Pass::Sweep { &a.values } else { &own.values };
    let (mut starts, mut ends) = (&*rows.offsets, rows.offsets.get(1..).unwrap_or_default());
    let (mut skip, mut scale) = (0, &**inverse);
    match pass {
        Pass::Sweep => {}
        Pass::Upper => (starts, skip) = (middle, 1),
        Pass::Lower => (ends, scale) = (middle, &[]),
        Pass::Back => scale = &[],
    }
    let columns = &*rows.indices;
    let entries = columns.len().min(values.len());
    let (Some(columns), Some(values)) = (columns.get(..entries), values.get(..entries)) else { return };
    let count = starts.len().min(ends.len());
    let (Some(starts), Some(ends)) = (starts.get(..count), ends.get(..count)) else { return };
    for step in 0..count {
        let row = if matches!(pass, Pass::Upper | Pass::Back) { count - 1 - step } else { step };
        let (Some(start), Some(end)) = (starts.get(row), ends.get(row)) else { return };
        let mut entry = *start as usize + skip;
        let end = (*end as usize).min(entries);
        let b = b.get(row);
        let own = at(y, row as u32);
        let mut sum = if b.is_some() { 0.0 } else { own };
        'row: loop {
            twice!({
                if entry >= end {
                    break 'row;
                }
                if let (Some(column), Some(value)) = (columns.get(entry), values.get(entry)) {
                    sum += value * at(y, *column);
                }
                entry += 1;
            });
        }
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
            scatter(own * scale, a.row(row), next);
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
        scatter((1.0 - alpha) * there * inverse, row, r);
        arcs += u64::from(degree) + 1;
    }
    arcs
}

/// y = b - A x; without b, y = A x. Each row is summed in ascending columns.
#[inline(never)]
pub fn residual(a: &Rows, x: &[f64], b: &[f64], y: &mut [f64]) {
    let (columns, values) = (&*a.indices, &*a.values);
    let entries = columns.len().min(values.len());
    let (Some(columns), Some(values)) = (columns.get(..entries), values.get(..entries)) else { return };
    let ends = a.offsets.get(1..).unwrap_or_default();
    let mut entry = 0;
    for (row, (end, y)) in ends.iter().zip(y).enumerate() {
        let end = (*end as usize).min(entries);
        let mut sum = 0.0;
        'row: loop {
            twice!({
                if entry >= end {
                    break 'row;
                }
                if let (Some(column), Some(value)) = (columns.get(entry), values.get(entry)) {
                    sum += value * at(x, *column);
                }
                entry += 1;
            });
        }
        *y = b.get(row).map_or(sum, |b| b - sum);
    }
}
