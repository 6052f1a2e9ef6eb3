//! Weak dominance: rows that are only balanced are fine when every one of them leads to a strict one
//! (weakly chained dominance); parts without any strict row may be singular.

use super::access::{at, put};
use super::csr::{Matrix, slack, zeros};
use super::refusal::{Refusal, Why, fill, reserve};
use crate::lists;
use solver_kernels::local::{NONE, look};
use solver_lists::Vec;

/// Which nodes reach a strictly dominant row.
#[derive(Default)]
pub(crate) struct Chain {
    /// 0: reaches one; else the number of the part, from 1.
    part: Vec<u32>,
    parts: u32,
    /// The first row of a part that reaches none.
    loose: u32,
    /// Two sums for each part.
    sums: Vec<f64>,
}
solver_lists::blank!(Chain { part, parts, loose, sums });

/// Slack beyond rounding of row `row`: strict.
fn is_strict(a: &Matrix, row: u32) -> bool {
    let (columns, values) = a.row(row);
    let sums = look(row, a.columns(), columns, values);
    slack(sums.diagonal, sums.others, columns.len() as f64) > 0.0
}

impl Chain {
    /// For a matrix whose rows are weakly dominant. `back` is its transpose (the matrix itself when
    /// symmetric): from a strict row one goes back to the rows that have an entry in its column.
    #[inline(never)]
    pub(crate) fn find(&mut self, a: &Matrix, back: &Matrix) -> Result<(), Refusal> {
        let n = a.rows();
        let Self { part, parts, loose, .. } = self;
        *parts = 0;
        fill(part, NONE, n as usize)?;
        // Every node enters once: there is room.
        let mut stack = Vec::new();
        reserve(&mut stack, n as usize)?;
        let mut enter = |stack: &mut Vec<u32>, row: u32, number: u32| {
            if at(part, row) == NONE {
                put(part, row, number);
                lists::put(stack, row);
            }
        };
        for row in 0..n {
            if is_strict(a, row) {
                enter(&mut stack, row, 0);
            }
        }
        let mut row = 0;
        loop {
            while let Some(node) = stack.pop() {
                let (columns, values) = back.row(node);
                for (column, value) in columns.iter().zip(values) {
                    if *value != 0.0 {
                        enter(&mut stack, *column, *parts);
                    }
                }
            }
            if row == n {
                return Ok(());
            }
            enter(&mut stack, row, *parts + 1);
            if !stack.is_empty() {
                if *parts == 0 {
                    *loose = row;
                }
                *parts += 1;
            }
            row += 1;
        }
    }

    /// True when every row reaches a strict one: the matrix is regular.
    pub(crate) const fn is_whole(&self) -> bool {
        self.parts == 0
    }

    /// A row of a part that reaches none; there is one unless the chain is whole.
    pub(crate) const fn loose_row(&self) -> u32 {
        self.loose
    }

    /// Forgets the parts.
    pub(crate) fn clear(&mut self) {
        self.parts = 0;
        solver_lists::free(&mut self.part);
    }

    /// Sums by part of the values, and of their sizes or (without `sizes`) their numbers.
    #[inline(never)]
    fn add_up(&mut self, values: &[f64], sizes: bool) -> Result<(), Refusal> {
        zeros(&mut self.sums, 2 * self.parts as usize + 2)?;
        let (sums, _) = self.sums.as_chunks_mut();
        for (part, value) in self.part.iter().zip(values) {
            if let Some([sum, other]) = sums.get_mut(*part as usize) {
                *sum += value;
                *other += if sizes { value.abs() } else { 1.0 };
            }
        }
        Ok(())
    }

    /// For a symmetric matrix, whose parts are connected: refuses a `b` that does not add up to zero over a part.
    pub(crate) fn check(&mut self, b: &[f64]) -> Result<(), Refusal> {
        self.add_up(b, true)?;
        for (row, part) in (0..).zip(&self.part) {
            let [sum, size] = at(self.sums.as_chunks().0, *part);
            // What rounding can leave of a sum that was meant to be zero.
            if *part != 0 && sum.abs() > 1e-12 * size {
                return Err(Why::Inconsistent.row(row));
            }
        }
        Ok(())
    }

    /// Takes the mean off each part: of all solutions, the one that adds up to zero.
    pub(crate) fn center(&mut self, x: &mut [f64]) -> Result<(), Refusal> {
        self.add_up(x, false)?;
        for (part, x) in self.part.iter().zip(x) {
            let [sum, count] = at(self.sums.as_chunks().0, *part);
            if *part != 0 {
                *x -= sum / count;
            }
        }
        Ok(())
    }
}
