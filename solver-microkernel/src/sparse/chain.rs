//! Weak dominance: rows that are only balanced are fine when every one of them leads to a strict one
//! (weakly chained dominance); parts without any strict row may be singular.

use super::access::{add, at, put};
use super::csr::{Matrix, Slack};
use super::refusal::{Refusal, filled};
use crate::lists;
use alloc::vec::Vec;

/// Which nodes reach a strictly dominant row.
pub(crate) struct Chain {
    /// 0: reaches one; else the number of the part, from 1.
    part: Vec<u32>,
    parts: u32,
}

/// Slack beyond rounding of row `row`: strict.
fn is_strict(a: &Matrix, row: u32) -> bool {
    let (columns, values) = a.row(row);
    let (mut diagonal, mut others) = (0.0, 0.0);
    for (column, value) in columns.iter().zip(values) {
        if *column == row { diagonal = *value } else { others += value.abs() }
    }
    Slack::of(diagonal, others, columns.len() as u32).least > 0.0
}

impl Chain {
    /// For a matrix whose rows are weakly dominant. `back` is its transpose (the matrix itself when
    /// symmetric): from a strict row one goes back to the rows that have an entry in its column.
    pub(crate) fn find(a: &Matrix, back: &Matrix) -> Result<Self, Refusal> {
        let n = a.rows();
        let mut chain = Self { part: filled(u32::MAX, n as usize)?, parts: 0 };
        // Every node enters once: there is room.
        let mut stack = Vec::new();
        super::refusal::reserve(&mut stack, n as usize)?;
        for row in 0..n {
            if is_strict(a, row) {
                put(&mut chain.part, row, 0);
                lists::put(&mut stack, row);
            }
        }
        chain.flood(back, &mut stack, 0);
        for row in 0..n {
            if at(&chain.part, row) == u32::MAX {
                chain.parts += 1;
                let number = chain.parts;
                put(&mut chain.part, row, number);
                lists::put(&mut stack, row);
                chain.flood(back, &mut stack, number);
            }
        }
        Ok(chain)
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

    /// A row of a part that reaches none.
    pub(crate) fn loose_row(&self) -> Option<u32> {
        (0..).zip(&self.part).find(|(_, part)| **part != 0).map(|(row, _)| row)
    }

    /// Sums by part of the values, and of their sizes or (without `sizes`) their numbers.
    #[inline(never)]
    fn sums(&self, values: &[f64], sizes: bool) -> Result<(Vec<f64>, Vec<f64>), Refusal> {
        let parts = self.parts as usize + 1;
        let (mut sums, mut counts) = (filled(0.0, parts)?, filled(0.0, parts)?);
        for (part, value) in self.part.iter().zip(values) {
            add(&mut sums, *part, *value);
            add(&mut counts, *part, if sizes { value.abs() } else { 1.0 });
        }
        Ok((sums, counts))
    }

    /// For a symmetric matrix, whose parts are connected: a row of a part over which `b` does not add up to zero.
    pub(crate) fn inconsistent_row(&self, b: &[f64]) -> Result<Option<u32>, Refusal> {
        let (sums, sizes) = self.sums(b, true)?;
        // What rounding can leave of a sum that was meant to be zero.
        let bad = |part: u32| part != 0 && at(&sums, part).abs() > 1e-12 * at(&sizes, part);
        Ok((0..).zip(&self.part).find(|(_, part)| bad(**part)).map(|(row, _)| row))
    }

    /// Takes the mean off each part: of all solutions, the one that adds up to zero.
    pub(crate) fn center(&self, x: &mut [f64]) -> Result<(), Refusal> {
        let (sums, counts) = self.sums(x, false)?;
        for (part, x) in self.part.iter().zip(x) {
            if *part != 0 {
                *x -= at(&sums, *part) / at(&counts, *part);
            }
        }
        Ok(())
    }
}
