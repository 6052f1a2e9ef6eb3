//! Weak dominance: rows that are only balanced are fine when every one of them leads to a strict one
//! (weakly chained dominance); parts without any strict row may be singular.

use super::access::{add, at, put};
use super::csr::{Matrix, Slack};
use super::refusal::{Refusal, Why, fill, reserve};
use crate::lists;
use solver_kernels::local::look;
use solver_lists::Vec;

/// Which nodes reach a strictly dominant row.
#[derive(Default)]
pub(crate) struct Chain {
    /// 0: reaches one; else the number of the part, from 1.
    part: Vec<u32>,
    parts: u32,
}

/// Slack beyond rounding of row `row`: strict.
fn is_strict(a: &Matrix, row: u32) -> bool {
    let (columns, values) = a.row(row);
    let sums = look(row, a.columns(), columns, values);
    Slack::of(sums.diagonal, sums.others, columns.len() as u32).least > 0.0
}

impl Chain {
    /// For a matrix whose rows are weakly dominant. `back` is its transpose (the matrix itself when
    /// symmetric): from a strict row one goes back to the rows that have an entry in its column.
    pub(crate) fn find(&mut self, a: &Matrix, back: &Matrix) -> Result<(), Refusal> {
        let n = a.rows();
        self.parts = 0;
        fill(&mut self.part, u32::MAX, n as usize)?;
        // Every node enters once: there is room.
        let mut stack = Vec::new();
        reserve(&mut stack, n as usize)?;
        for row in 0..n {
            if is_strict(a, row) {
                put(&mut self.part, row, 0);
                lists::put(&mut stack, row);
            }
        }
        self.flood(back, &mut stack, 0);
        for row in 0..n {
            if at(&self.part, row) == u32::MAX {
                self.parts += 1;
                let number = self.parts;
                put(&mut self.part, row, number);
                lists::put(&mut stack, row);
                self.flood(back, &mut stack, number);
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn flood(&mut self, graph: &Matrix, stack: &mut Vec<u32>, number: u32) {
        while let Some(node) = stack.pop() {
            let (columns, values) = graph.row(node);
            for (column, value) in columns.iter().zip(values) {
                if *value != 0.0 && at(&self.part, *column) == u32::MAX {
                    put(&mut self.part, *column, number);
                    lists::put(stack, *column);
                }
            }
        }
    }

    /// True when every row reaches a strict one: the matrix is regular.
    pub(crate) const fn is_whole(&self) -> bool {
        self.parts == 0
    }

    /// The first row of a part of which `wanted` is true; the number of rows when there is none.
    fn first(&self, wanted: impl Fn(u32) -> bool) -> u32 {
        let mut row = 0;
        while self.part.get(row as usize).is_some_and(|part| !wanted(*part)) {
            row += 1;
        }
        row
    }

    /// A row of a part that reaches none; there is one unless the chain is whole.
    pub(crate) fn loose_row(&self) -> u32 {
        self.first(|part| part != 0)
    }

    /// Sums by part of the values, and of their sizes or (without `sizes`) their numbers.
    #[inline(never)]
    fn sums(&self, values: &[f64], sizes: bool, out: &mut [Vec<f64>; 2]) -> Result<(), Refusal> {
        for sums in &mut *out {
            fill(sums, 0.0, self.parts as usize + 1)?;
        }
        let [sums, counts] = out;
        for (part, value) in self.part.iter().zip(values) {
            add(sums, *part, *value);
            add(counts, *part, if sizes { value.abs() } else { 1.0 });
        }
        Ok(())
    }

    /// For a symmetric matrix, whose parts are connected: refuses a `b` that does not add up to zero over a part.
    pub(crate) fn check(&self, b: &[f64]) -> Result<(), Refusal> {
        let mut out = [const { Vec::new() }; 2];
        self.sums(b, true, &mut out)?;
        let [sums, sizes] = &out;
        // What rounding can leave of a sum that was meant to be zero.
        let row = self.first(|part| part != 0 && at(sums, part).abs() > 1e-12 * at(sizes, part));
        if (row as usize) < self.part.len() { Err(Why::Inconsistent.row(row)) } else { Ok(()) }
    }

    /// Takes the mean off each part: of all solutions, the one that adds up to zero.
    pub(crate) fn center(&self, x: &mut [f64]) -> Result<(), Refusal> {
        let mut out = [const { Vec::new() }; 2];
        self.sums(x, false, &mut out)?;
        let [sums, counts] = &out;
        for (part, x) in self.part.iter().zip(x) {
            if *part != 0 {
                *x -= at(sums, *part) / at(counts, *part);
            }
        }
        Ok(())
    }
}
