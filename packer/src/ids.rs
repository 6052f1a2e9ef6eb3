//! Ids: given in a file, and checked to be unique.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use crate::error::{PackError, Result};
use crate::input::{Dtype, Stream, npy};
use crate::limits::{MAX_RECORD, TEXT_BUFFER};

/// A file of ids: npy of whole numbers with one axis (or one column), or text with one id per line.
pub struct IdFile {
    reader: BufReader<Stream>,
    form: Form,
    line: Vec<u8>,
    done: u64,
}

enum Form {
    Text,
    Npy { signed: bool, big: bool, left: u64 },
}

impl IdFile {
    /// Opens the file; `.npy` tells that it is an array.
    ///
    /// # Errors
    /// When it cannot be read, or is an array of anything else.
    pub fn open(path: &Path) -> Result<Self> {
        let mut stream = Stream::open(path)?;
        let is_npy = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("npy"));
        let form = if is_npy { npy_form(&mut stream)? } else { Form::Text };
        let reader = BufReader::with_capacity(TEXT_BUFFER, stream);
        Ok(Self { reader, form, line: Vec::new(), done: 0 })
    }

    /// What to call the file.
    pub(crate) fn name(&self) -> &str {
        self.reader.get_ref().name()
    }

    /// Appends exactly `count` ids.
    ///
    /// # Errors
    /// When there are fewer, or one is not a whole number from 0 to 2^64 - 1.
    pub(crate) fn take(&mut self, count: usize, out: &mut Vec<u64>) -> Result<()> {
        for _ in 0..count {
            let id = self.next()?.ok_or_else(|| {
                PackError::malformed(format!("there are more vectors than ids: {} ids", self.done))
                    .at(self.reader.get_ref().name())
                    .fix("give one id per vector")
            })?;
            out.push(id);
            self.done += 1;
        }
        Ok(())
    }

    /// Refuses ids that are left over.
    pub(crate) fn finish(mut self, vectors: u64) -> Result<()> {
        match self.next()? {
            None => Ok(()),
            Some(_) => {
                Err(PackError::malformed(format!("there are more ids than vectors: {vectors} vectors"))
                    .at(self.reader.get_ref().name())
                    .fix("give one id per vector"))
            }
        }
    }

    fn next(&mut self) -> Result<Option<u64>> {
        match self.form {
            Form::Text => self.next_line(),
            Form::Npy { left: 0, .. } => Ok(None),
            Form::Npy { signed, big, ref mut left } => {
                *left -= 1;
                let mut bytes = [0; 8];
                let name = self.reader.get_ref().name().to_owned();
                let place = || format!("{name}, id {}", self.done);
                self.reader.read_exact(&mut bytes).map_err(|e| match e.kind() {
                    std::io::ErrorKind::UnexpectedEof => {
                        PackError::malformed("the array is cut short").at(place())
                    }
                    _ => PackError::io("cannot read the ids", place(), e),
                })?;
                let id = u64::from_le_bytes(bytes);
                let id = if big { id.swap_bytes() } else { id };
                if signed && id > i64::MAX as u64 {
                    return Err(
                        PackError::malformed(format!("the id {} is negative", id.cast_signed())).at(place())
                    );
                }
                Ok(Some(id))
            }
        }
    }

    fn next_line(&mut self) -> Result<Option<u64>> {
        self.line.clear();
        let read = (&mut self.reader).take(MAX_RECORD).read_until(b'\n', &mut self.line);
        let place = format!("{}, line {}", self.reader.get_ref().name(), self.done + 1);
        if read.map_err(|e| PackError::io("cannot read the ids", &place, e))? == 0 {
            return Ok(None);
        }
        let text = std::str::from_utf8(self.line.trim_ascii()).unwrap_or_default();
        text.parse().map(Some).map_err(|_| {
            PackError::malformed("the line is not a whole number from 0 to 2^64 - 1")
                .at(place)
                .fix("write one id per line")
        })
    }
}

fn npy_form(stream: &mut Stream) -> Result<Form> {
    let header = npy::read_header(stream)?;
    let at = stream.position();
    let (count, signed) = match (header.shape.as_slice(), header.dtype) {
        ([count] | [count, 1], Dtype::U64) => (*count, false),
        ([count] | [count, 1], Dtype::I64) => (*count, true),
        _ => {
            return Err(stream
                .malformed_at(at, "ids are an array of u64 or i64 with one axis, and this is not")
                .fix("numpy.save(file, ids.astype('uint64').ravel())"));
        }
    };
    if stream.remaining().is_some_and(|n| Some(n) != count.checked_mul(8)) {
        return Err(stream
            .malformed_at(at, format!("the bytes that remain are not the {count} ids that are claimed")));
    }
    Ok(Form::Npy { signed, big: header.big, left: count })
}

/// Finds ids that come twice. Remembers runs of consecutive ids, 16 bytes each.
#[derive(Debug, Default)]
pub(crate) struct IdCheck {
    runs: Vec<Run>,
    next_row: u64,
}

/// Ids `start..=start + more`, the first of them in row `row`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    start: u64,
    /// Row in the upper 48 bits, `more` in the lower 16.
    row_and_more: u64,
}

impl Run {
    const MORE: u64 = 0xffff;

    fn new(start: u64, row: u64) -> Self {
        Self { start, row_and_more: row << 16 }
    }

    fn more(self) -> u64 {
        self.row_and_more & Self::MORE
    }

    fn row(self) -> u64 {
        self.row_and_more >> 16
    }

    fn last(self) -> u64 {
        self.start.saturating_add(self.more())
    }
}

impl IdCheck {
    /// Takes the ids of the next rows.
    pub(crate) fn push(&mut self, ids: &[u64]) {
        for id in ids {
            match self.runs.last_mut() {
                Some(run) if run.more() < Run::MORE && run.last().checked_add(1) == Some(*id) => {
                    run.row_and_more += 1;
                }
                _ => self.runs.push(Run::new(*id, self.next_row)),
            }
            self.next_row += 1;
        }
    }

    /// Ends the list; the error is an id that comes twice, with both rows.
    pub(crate) fn finish(mut self) -> std::result::Result<IdSet, (u64, u64, u64)> {
        self.runs.sort_unstable_by_key(|run| (run.start, run.row()));
        for pair in self.runs.windows(2) {
            if let [a, b] = pair
                && b.start <= a.last()
            {
                let rows = (a.row() + (b.start - a.start), b.row());
                return Err((b.start, rows.0.min(rows.1), rows.0.max(rows.1)));
            }
        }
        Ok(IdSet::Runs(self.runs))
    }
}

/// The ids of a file.
#[derive(Debug)]
pub(crate) enum IdSet {
    /// `0..count`.
    Counted(u64),
    /// Runs of ids, ascending.
    Runs(Vec<Run>),
}

impl IdSet {
    pub(crate) fn contains(&self, id: u64) -> bool {
        match self {
            Self::Counted(count) => id < *count,
            Self::Runs(runs) => {
                let after = runs.partition_point(|run| run.start <= id);
                after.checked_sub(1).and_then(|i| runs.get(i)).is_some_and(|run| id <= run.last())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn check(ids: &[u64]) -> std::result::Result<IdSet, (u64, u64, u64)> {
        let mut check = IdCheck::default();
        for part in ids.chunks(3) {
            check.push(part);
        }
        check.finish()
    }

    #[test]
    fn an_id_that_comes_twice_is_found_with_both_rows() {
        assert_eq!(check(&[5, 6, 7, 100, 6]).unwrap_err(), (6, 1, 4));
        assert_eq!(check(&[9, 3, 9]).unwrap_err(), (9, 0, 2));
        assert_eq!(check(&[7, 5, 6, 7]).unwrap_err(), (7, 0, 3));
        assert_eq!(check(&[u64::MAX, 0, u64::MAX]).unwrap_err(), (u64::MAX, 0, 2));
    }

    #[test]
    fn ids_in_any_order_are_fine_and_known() {
        let set = check(&[10, 11, 12, 3, 2, 1, u64::MAX, 0]).unwrap();
        for id in [0, 1, 2, 3, 10, 11, 12, u64::MAX] {
            assert!(set.contains(id), "{id}");
        }
        for id in [4, 9, 13, u64::MAX - 1] {
            assert!(!set.contains(id), "{id}");
        }
        assert!(IdSet::Counted(3).contains(2) && !IdSet::Counted(3).contains(3));
    }

    #[test]
    fn a_long_run_takes_little_memory() {
        let ids: Vec<u64> = (1000..301_000).collect();
        let mut check = IdCheck::default();
        check.push(&ids);
        assert_eq!(check.runs.len(), 5);
        let set = check.finish().unwrap();
        assert!(set.contains(1000) && set.contains(300_999) && !set.contains(301_000));
    }
}
