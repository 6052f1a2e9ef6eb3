//! What a computed x is worth: the true residual, and a proven bound of the error.

use super::access::at;
use super::csr::{Facts, Matrix, least, most, slack};
use super::limits::ROUNDOFF;

/// What was found of an x.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quality {
    /// |b - Ax| / |b|, Euclidean; 0 when b is zero and the residual too.
    pub relative_residual: f64,
    /// A proven bound of the greatest |x - A^-1 b|; `None` when the matrix is not strictly dominant.
    ///
    /// By rows: max |r_i| / s_i with s_i the row's slack, since at the row where the error e is
    /// greatest |r_i| >= |d_i| |e_i| - sum |a_ij| |e_j| >= s_i |e_i|. By columns: sum |r_i| / min s'.
    /// The rounding of each residual is added, that of each slack taken off, so the bound holds in exact arithmetic.
    pub error_bound: Option<f64>,
}
solver_lists::blank!(Quality { relative_residual, error_bound });

/// Computes b - Ax once more, in f64, row by row.
#[inline(never)]
#[must_use]
pub fn quality(a: &Matrix, facts: &Facts, x: &[f64], b: &[f64]) -> Quality {
    let (mut squares, mut b_squares) = (0.0, 0.0);
    let (mut by_rows, mut total) = (0.0, 0.0);
    // Squares of very large or small residuals must not leave the range.
    let scale = super::scale::unit_of(super::lanes::max_abs(b));
    for row in 0..a.rows() {
        let (columns, values) = a.row(row);
        let (mut sum, mut sizes, mut others, mut diagonal) = (0.0, 0.0, 0.0, 0.0);
        for (column, value) in columns.iter().zip(values) {
            let term = value * at(x, *column);
            sum += term;
            sizes += f64::abs(term);
            if *column == row { diagonal = *value } else { others += value.abs() }
        }
        let b = at(b, row);
        let terms = columns.len() as f64;
        let residual = (b - sum).abs();
        let size = b.abs() + sizes;
        // Underflow adds less than the least normal number per operation.
        let tiny = if size > 0.0 { terms * f64::MIN_POSITIVE } else { 0.0 };
        let error = residual + (terms + 3.0) * ROUNDOFF * 1.01 * size + tiny;
        let slack = slack(diagonal, others, terms);
        by_rows = if slack > 0.0 && error.is_finite() { most(by_rows, error / slack) } else { f64::INFINITY };
        total += error;
        let (r, b) = (residual * scale, b * scale);
        squares += r * r;
        b_squares += b * b;
    }
    let columns = facts.by_columns.slack;
    let by_columns = if columns > 0.0 { total / columns * (1.0 + 1e-9) } else { f64::INFINITY };
    let bound = least(by_columns, by_rows * (1.0 + 1e-12));
    let relative_residual = if b_squares > 0.0 {
        solver_kernels::sqrt64(squares / b_squares)
    } else if squares == 0.0 {
        0.0
    } else {
        f64::INFINITY
    };
    Quality { relative_residual, error_bound: bound.is_finite().then_some(bound) }
}
