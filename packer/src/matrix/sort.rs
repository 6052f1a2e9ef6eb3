//! Entries in the order of their rows and columns, however many there are: sorted runs in a temporary
//! file, merged. Entries of the same place keep the order in which they came.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::error::{PackError, Result};
use crate::limits::{MAX_ENTRIES, MAX_LINES, MERGE_BUFFER, RUN_PART};
use crate::scratch::{Scratch, TempFile};

/// An entry: its place, line in the upper half and place in the line in the lower, and its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Placed {
    pub(crate) key: u64,
    pub(crate) value: f64,
}

// Lines fit in 32 bits, so that two of them fit in a key.
const _: () = assert!(MAX_LINES <= u32::MAX as u64);

impl Placed {
    /// Bytes of an entry in a run.
    const LEN: usize = 16;

    /// An entry of a line; both numbers are below [`MAX_LINES`].
    pub(crate) const fn new(line: u64, place: u64, value: f64) -> Self {
        Self { key: line << 32 | (place & u32::MAX as u64), value }
    }

    /// Row or column, whichever comes first in the order.
    pub(crate) const fn line(self) -> u64 {
        self.key >> 32
    }

    /// The other one.
    pub(crate) const fn place(self) -> u64 {
        self.key & u32::MAX as u64
    }
}

/// Takes entries in any order.
pub(crate) struct Sorter {
    scratch: Scratch,
    capacity: usize,
    held: Vec<Placed>,
    file: Option<TempFile>,
    /// Where runs end in the file.
    ends: Vec<u64>,
    pushed: u64,
}

impl Sorter {
    /// For runs that fit their part of `memory` bytes.
    pub(crate) fn new(scratch: &Scratch, memory: u64) -> Self {
        let capacity = usize::try_from(memory / RUN_PART).unwrap_or(usize::MAX).max(1);
        Self { scratch: scratch.clone(), capacity, held: Vec::new(), file: None, ends: Vec::new(), pushed: 0 }
    }

    /// Entries taken.
    pub(crate) const fn pushed(&self) -> u64 {
        self.pushed
    }

    /// Takes an entry.
    ///
    /// # Errors
    /// When there are more than a file can hold, or a run cannot be written.
    pub(crate) fn push(&mut self, entry: Placed) -> Result<()> {
        if self.held.len() == self.capacity {
            self.write_run()?;
        }
        if self.held.len() == self.held.capacity() {
            // Twice as many each time, but never more than a run: the rest would not be used.
            let wanted = (self.held.len() * 2).clamp(64, self.capacity.max(64));
            self.held.reserve_exact(wanted - self.held.len());
        }
        self.held.push(entry);
        self.pushed += 1;
        if self.pushed > MAX_ENTRIES {
            let what = format!("there are more than {MAX_ENTRIES} entries, which no segment can hold");
            return Err(PackError::malformed(what).fix("split the matrix"));
        }
        Ok(())
    }

    fn write_run(&mut self) -> Result<()> {
        self.held.sort_by_key(|entry| entry.key);
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(self.scratch.file()?),
        };
        let mut bytes = Vec::with_capacity(MERGE_BUFFER.1);
        for entries in self.held.chunks(MERGE_BUFFER.1 / Placed::LEN) {
            bytes.clear();
            for entry in entries {
                bytes.extend_from_slice(&entry.key.to_le_bytes());
                bytes.extend_from_slice(&entry.value.to_bits().to_le_bytes());
            }
            file.append(&bytes)?;
        }
        self.ends.push(file.len());
        self.held.clear();
        Ok(())
    }

    /// All entries in order.
    pub(crate) fn finish(mut self) -> Result<Sorted> {
        if self.file.is_none() {
            self.held.sort_by_key(|entry| entry.key);
            return Ok(Sorted::Held(self.held.into_iter()));
        }
        if !self.held.is_empty() {
            self.write_run()?;
        }
        let share = self.capacity * Placed::LEN / self.ends.len().max(1);
        let buffer = share.clamp(MERGE_BUFFER.0, MERGE_BUFFER.1) / Placed::LEN * Placed::LEN;
        drop(self.held);
        let Some(file) = self.file else { return Ok(Sorted::Held(Vec::new().into_iter())) };
        let mut merge = Merge { file, runs: Vec::new(), heads: BinaryHeap::new() };
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        merge.runs = starts
            .zip(&self.ends)
            .map(|(at, end)| Run { at, end: *end, buffer: Vec::new(), used: 0, size: buffer })
            .collect();
        for index in 0..merge.runs.len() {
            merge.advance(index)?;
        }
        Ok(Sorted::Merged(merge))
    }
}

/// Entries by line and place.
pub(crate) enum Sorted {
    /// All in memory.
    Held(std::vec::IntoIter<Placed>),
    /// In runs.
    Merged(Merge),
}

impl Sorted {
    /// The next entry.
    pub(crate) fn next(&mut self) -> Result<Option<Placed>> {
        match self {
            Self::Held(entries) => Ok(entries.next()),
            Self::Merged(merge) => merge.next(),
        }
    }

    /// The next entry if it has this key.
    pub(crate) fn next_at(&mut self, key: u64) -> Result<Option<Placed>> {
        let next = match self {
            Self::Held(entries) => entries.as_slice().first().map(|entry| entry.key),
            Self::Merged(merge) => merge.heads.peek().map(|Reverse((key, _, _))| *key),
        };
        if next == Some(key) { self.next() } else { Ok(None) }
    }
}

/// Runs being merged.
pub(crate) struct Merge {
    file: TempFile,
    runs: Vec<Run>,
    /// The next entry of each run: key, run, value. Of equal keys the earlier run comes first.
    heads: BinaryHeap<Reverse<(u64, usize, u64)>>,
}

struct Run {
    at: u64,
    end: u64,
    buffer: Vec<u8>,
    used: usize,
    size: usize,
}

impl Merge {
    fn next(&mut self) -> Result<Option<Placed>> {
        let Some(Reverse((key, run, value))) = self.heads.pop() else { return Ok(None) };
        self.advance(run)?;
        Ok(Some(Placed { key, value: f64::from_bits(value) }))
    }

    /// Puts the next entry of a run among the heads.
    fn advance(&mut self, index: usize) -> Result<()> {
        let Some(run) = self.runs.get_mut(index) else { return Ok(()) };
        if run.used == run.buffer.len() {
            let left = usize::try_from(run.end - run.at).unwrap_or(usize::MAX);
            run.buffer.resize(left.min(run.size), 0);
            self.file.read_at(run.at, &mut run.buffer)?;
            run.at += run.buffer.len() as u64;
            run.used = 0;
        }
        let entry = run.buffer.get(run.used..).and_then(|rest| rest.first_chunk::<{ Placed::LEN }>());
        let Some([k0, k1, k2, k3, k4, k5, k6, k7, value @ ..]) = entry else { return Ok(()) };
        run.used += Placed::LEN;
        let key = u64::from_le_bytes([*k0, *k1, *k2, *k3, *k4, *k5, *k6, *k7]);
        self.heads.push(Reverse((key, index, u64::from_le_bytes(*value))));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn runs_are_merged_in_order_and_equal_places_keep_theirs() {
        let directory = tempfile::tempdir().unwrap();
        let scratch = Scratch::in_directory(directory.path());
        let mut state = 1u64;
        let entries: Vec<Placed> = (0..5000)
            .map(|i| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                Placed::new(state >> 60, (state >> 50) & 7, f64::from(i))
            })
            .collect();
        let mut expected = entries.clone();
        expected.sort_by_key(|e| e.key);
        for memory in [RUN_PART, RUN_PART * 7, RUN_PART * 4999, RUN_PART * 5000] {
            let mut sorter = Sorter::new(&scratch, memory);
            entries.iter().for_each(|e| sorter.push(*e).unwrap());
            let mut sorted = sorter.finish().unwrap();
            let mut got = Vec::new();
            while let Some(entry) = sorted.next().unwrap() {
                got.push(entry);
            }
            assert_eq!(got, expected);
        }
    }
}
