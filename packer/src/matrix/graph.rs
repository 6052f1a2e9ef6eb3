//! The graph of nearest neighbours of the vectors in the same file, found by comparing all pairs with
//! the sums that the solver in the file uses. Node i is the i-th vector.

use std::collections::BinaryHeap;
use std::thread;

use rvf_format::Metric;
use rvf_format::read::sparse::Kind;
use solver_kernels::{dot, square_distance};

use crate::error::{PackError, Result};
use crate::limits::{GRAPH_BLOCK, MAX_GRAPH_THREADS, MAX_LINES, MAX_NEIGHBOURS};
use crate::matrix::gather::Facts;
use crate::matrix::sort::{Placed, Sorter};
use crate::scratch::{Scratch, Spool};

/// What an entry of the graph is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// The cosine, the inner product, or 1 / (1 + squared distance), as the file's metric says. Neighbours
    /// whose similarity is not positive are left out: a weight below zero makes no sense in a graph.
    Similarity,
    /// One.
    Pattern,
}

/// A graph to be made.
#[derive(Clone, Debug)]
pub struct KnnGraph {
    /// What the matrix is called in the file.
    pub name: String,
    /// Neighbours of each vector.
    pub neighbours: u32,
    /// Keep an edge in both directions when either has it.
    pub symmetric: bool,
    /// What an entry is.
    pub weights: Weights,
}

impl KnnGraph {
    /// Refuses numbers of neighbours that make no graph.
    pub(crate) fn check(&self) -> Result<()> {
        if (1..=MAX_NEIGHBOURS).contains(&self.neighbours) {
            return Ok(());
        }
        let what = format!("a graph of {} neighbours is not possible", self.neighbours);
        Err(PackError::usage(what).fix(format!("give --knn-graph a number from 1 to {MAX_NEIGHBOURS}")))
    }
}

/// Bytes in front of a row's elements: its norm as f64.
const NORM_LEN: usize = 8;

/// The vectors of a file, kept for the graph.
pub(crate) struct Rows {
    spool: Spool,
    dimension: u16,
    count: u64,
}

impl Rows {
    pub(crate) fn new(scratch: &Scratch, memory: u64, dimension: u16) -> Self {
        Self { spool: Spool::new(scratch, memory / 4), dimension, count: 0 }
    }

    /// Keeps more vectors.
    pub(crate) fn push(&mut self, elements: &[f32]) -> Result<()> {
        let mut bytes = Vec::with_capacity(self.stride());
        for row in elements.chunks_exact(usize::from(self.dimension).max(1)) {
            bytes.clear();
            let squares = row.iter().map(|x| f64::from(*x) * f64::from(*x));
            bytes.extend_from_slice(&squares.sum::<f64>().sqrt().to_le_bytes());
            bytes.extend(row.iter().flat_map(|x| x.to_le_bytes()));
            self.spool.push(&bytes)?;
            self.count += 1;
        }
        Ok(())
    }

    fn stride(&self) -> usize {
        NORM_LEN + 4 * usize::from(self.dimension)
    }

    /// Reads `count` rows from one on.
    fn read(&self, first: u64, count: u64, into: &mut Vec<u8>) -> Result<()> {
        into.resize(usize::try_from(count).unwrap_or(usize::MAX) * self.stride(), 0);
        self.spool.read_at(first * self.stride() as u64, into)
    }

    /// Finds the neighbours. Memory: `memory` bytes at most for vectors and neighbours; every pass over
    /// the vectors serves as many queries as fit. `progress` is told comparisons done and in all.
    pub(crate) fn graph(
        &self,
        graph: &KnnGraph,
        metric: Metric,
        scratch: &Scratch,
        memory: u64,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(Sorter, Facts)> {
        if self.count < 2 || self.count > MAX_LINES {
            let what = format!("a graph of the neighbours of {} vectors is not possible", self.count);
            return Err(PackError::usage(what).fix(format!("it needs 2 to {MAX_LINES} vectors")));
        }
        let k = usize::try_from(graph.neighbours).unwrap_or(usize::MAX);
        let per_query = self.stride() as u64 + 16 * u64::from(graph.neighbours) + 64;
        let at_once = (memory / 2 / per_query).max(1);
        let block_rows = (GRAPH_BLOCK / self.stride()).max(1) as u64;
        let threads = thread::available_parallelism().map_or(1, |n| n.get().min(MAX_GRAPH_THREADS));
        let mut sorter = Sorter::new(scratch, memory / 2);
        let (mut queries, mut block) = (Vec::new(), Vec::new());
        let mut left_out = 0;
        let mut first = 0;
        while first < self.count {
            let count = at_once.min(self.count - first);
            self.read(first, count, &mut queries)?;
            let mut found: Vec<BinaryHeap<u64>> = vec![BinaryHeap::new(); queries.len() / self.stride()];
            let mut other = 0;
            while other < self.count {
                let others = block_rows.min(self.count - other);
                self.read(other, others, &mut block)?;
                let search = Search { metric, stride: self.stride(), k, block: &block, other };
                search.all(&queries, &mut found, first, threads);
                other += others;
                progress(first * self.count + count * other, self.count * self.count);
            }
            for (row, heap) in (first..).zip(found) {
                for packed in heap.into_sorted_vec() {
                    let (distance, column) = unpacked(packed);
                    let weight = weight(graph.weights, metric, distance);
                    if weight > 0.0 {
                        sorter.push(Placed::new(row, column, weight))?;
                        if graph.symmetric {
                            sorter.push(Placed::new(column, row, weight))?;
                        }
                    } else {
                        left_out += 1;
                    }
                }
            }
            first += count;
        }
        let note = (left_out > 0)
            .then(|| format!("{left_out} neighbours whose similarity is not positive are left out"));
        let facts = Facts {
            kind: Kind::Csr,
            rows: self.count,
            columns: self.count,
            pattern: graph.weights == Weights::Pattern,
            names: None,
            note,
        };
        Ok((sorter, facts))
    }
}

/// How far two rows are apart; of vectors without direction the cosine counts as zero.
fn distance(metric: Metric, a: &[u8], b: &[u8]) -> f32 {
    let parts = a.split_first_chunk::<NORM_LEN>().zip(b.split_first_chunk::<NORM_LEN>());
    let Some(((norm_a, a), (norm_b, b))) = parts else { return f32::NAN };
    match metric {
        Metric::L2 => square_distance(a, b),
        Metric::InnerProduct => 0.0 - dot(a, b),
        Metric::Cosine => {
            let norms = f64::from_le_bytes(*norm_a) * f64::from_le_bytes(*norm_b);
            if norms == 0.0 {
                return 1.0;
            }
            // Products of elements far from one leave f32, and their quotient would be wrong or none.
            let product = if SAFE.contains(&norms) { f64::from(dot(a, b)) } else { wide_dot(a, b) };
            (1.0 - product / norms) as f32
        }
    }
}

/// Norms whose products neither overflow f32 nor lose digits of it.
const SAFE: std::ops::Range<f64> = 1e-20..1e30;

/// The sum of the products in f64, from the first to the last.
fn wide_dot(a: &[u8], b: &[u8]) -> f64 {
    let wide = |bytes: &[u8; 4]| f64::from(f32::from_le_bytes(*bytes));
    a.as_chunks::<4>().0.iter().zip(b.as_chunks::<4>().0).map(|(x, y)| wide(x) * wide(y)).sum()
}

fn weight(weights: Weights, metric: Metric, distance: f32) -> f64 {
    let distance = f64::from(distance);
    match (weights, metric) {
        (Weights::Pattern, _) => 1.0,
        (Weights::Similarity, Metric::Cosine) => 1.0 - distance,
        (Weights::Similarity, Metric::InnerProduct) => -distance,
        (Weights::Similarity, Metric::L2) => 1.0 / (1.0 + distance),
    }
}

/// Distance and number in one word that orders by distance, then number.
fn packed(distance: f32, number: u64) -> u64 {
    let bits = distance.to_bits();
    let ordered = if bits >> 31 == 0 { bits | 1 << 31 } else { !bits };
    u64::from(ordered) << 32 | number
}

fn unpacked(word: u64) -> (f32, u64) {
    let ordered = (word >> 32) as u32;
    let bits = if ordered >> 31 == 1 { ordered & !(1 << 31) } else { !ordered };
    (f32::from_bits(bits), word & u64::from(u32::MAX))
}

/// Queries against one block of vectors.
struct Search<'a> {
    metric: Metric,
    stride: usize,
    k: usize,
    block: &'a [u8],
    /// Number of the block's first vector.
    other: u64,
}

impl Search<'_> {
    /// Splits the queries, the first of which has the number `first`, over threads. Each query has its
    /// own list, so the result does not depend on the split.
    fn all(&self, queries: &[u8], found: &mut [BinaryHeap<u64>], first: u64, threads: usize) {
        let share = found.len().div_ceil(threads).max(1);
        thread::scope(|scope| {
            let parts = queries.chunks(share * self.stride).zip(found.chunks_mut(share));
            for (number, (queries, found)) in (0u64..).zip(parts) {
                let start = first + number * share as u64;
                scope.spawn(move || self.some(queries, found, start));
            }
        });
    }

    fn some(&self, queries: &[u8], found: &mut [BinaryHeap<u64>], first: u64) {
        for ((row, query), heap) in (first..).zip(queries.chunks_exact(self.stride)).zip(found) {
            for (number, other) in (self.other..).zip(self.block.chunks_exact(self.stride)) {
                let distance = distance(self.metric, query, other);
                // Sums that overflow are no distance, as in the solver.
                if !distance.is_finite() || number == row {
                    continue;
                }
                let word = packed(distance, number);
                if heap.len() < self.k {
                    heap.push(word);
                } else if let Some(mut worst) = heap.peek_mut().filter(|worst| word < **worst) {
                    *worst = word;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_words_order_like_distance_then_number() {
        let pairs = [(-1.5f32, 3u64), (-0.0, 2), (0.0, 1), (0.0, 7), (1e-40, 0), (2.0, 0), (f32::MAX, 0)];
        let words: Vec<u64> = pairs.iter().map(|(d, n)| packed(*d, *n)).collect();
        assert!(words.is_sorted());
        pairs.iter().zip(words).for_each(|(pair, word)| {
            let (distance, number) = unpacked(word);
            assert_eq!((distance.to_bits(), number), (pair.0.to_bits(), pair.1));
        });
    }
}
