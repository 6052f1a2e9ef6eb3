//! fvecs and bvecs: every vector comes after its own dimension.

use crate::error::Result;
use crate::input::dense::dimension;
use crate::input::{Batch, Dtype, NO_VECTORS, Source, Stream};

/// Bytes of the dimension in front of each vector.
const HEAD: usize = 4;

/// A source of such vectors.
#[derive(Debug)]
pub(crate) struct Vecs {
    stream: Stream,
    dtype: Dtype,
    dimension: u16,
    done: u64,
    /// Bytes read ahead: the first head, which tells the dimension.
    scratch: Vec<u8>,
    ahead: usize,
}

impl Vecs {
    /// Reads the first dimension.
    pub(crate) fn open(mut stream: Stream, dtype: Dtype) -> Result<Self> {
        if stream.length() == Some(0) {
            return Err(stream.malformed_at(0, "the input has no vectors").fix(NO_VECTORS));
        }
        let mut head = [0; HEAD];
        stream.read_exact(&mut head, "dimension of the first vector")?;
        let claimed = i32::from_le_bytes(head);
        let Ok(claimed) = u64::try_from(claimed) else {
            let what = format!("the first vector has the dimension {claimed}, which is negative");
            return Err(stream.malformed_at(0, what).fix("the file is not what its name says"));
        };
        let dimension = dimension(&stream, 0, claimed)?;
        Ok(Self { stream, dtype, dimension, done: 0, scratch: head.to_vec(), ahead: HEAD })
    }

    fn row_len(&self) -> usize {
        HEAD + usize::from(self.dimension) * self.dtype.size()
    }

    fn offset(&self, row: u64) -> u64 {
        row.saturating_mul(self.row_len() as u64)
    }

    fn take_rows(&self, bytes: &[u8], batch: &mut Batch) -> Result<usize> {
        let width = self.row_len();
        let mut rows = 0;
        for (row, bytes) in (self.done..).zip(bytes.chunks(width)) {
            let (head, body) = bytes.split_first_chunk::<HEAD>().unwrap_or((&[0; HEAD], &[]));
            let claimed = i32::from_le_bytes(*head);
            if bytes.len() >= HEAD && claimed != i32::from(self.dimension) {
                let what =
                    format!("row {row} has dimension {claimed}, the rows before have {}", self.dimension);
                let fix = "all vectors of a file have one dimension";
                return Err(self.stream.malformed_at(self.offset(row), what).fix(fix));
            }
            if bytes.len() < width {
                let what = format!("row {row} is cut short: needs {width} bytes, {} remain", bytes.len());
                let fix = "the file is cut short, or is not what its name says";
                return Err(self.stream.malformed_at(self.offset(row), what).fix(fix));
            }
            self.dtype.decode(false, body, &mut batch.rows).map_err(|(column, fault)| {
                let at = self.offset(row) + (HEAD + column * self.dtype.size()) as u64;
                self.stream.malformed_at(at, format!("row {row}, column {column} {fault}"))
            })?;
            rows += 1;
        }
        Ok(rows)
    }
}

impl Source for Vecs {
    fn name(&self) -> &str {
        self.stream.name()
    }

    fn dimension(&self) -> u16 {
        self.dimension
    }

    fn fill(&mut self, batch: &mut Batch, limit: usize) -> Result<usize> {
        let ahead = std::mem::take(&mut self.ahead);
        let present = self.stream.remaining().map_or(u64::MAX, |n| n.saturating_add(ahead as u64));
        let want = limit.saturating_mul(self.row_len());
        let want = usize::try_from(present).map_or(want, |present| want.min(present));
        let mut bytes = std::mem::take(&mut self.scratch);
        bytes.resize(want.max(ahead), 0);
        let got = ahead + self.stream.read_full(bytes.get_mut(ahead..).unwrap_or_default())?;
        let rows = self.take_rows(bytes.get(..got).unwrap_or_default(), batch)?;
        self.scratch = bytes;
        self.done += rows as u64;
        Ok(rows)
    }

    fn bytes_read(&self) -> u64 {
        self.stream.position()
    }

    fn bytes_total(&self) -> Option<u64> {
        self.stream.length()
    }
}
