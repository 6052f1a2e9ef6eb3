//! Elements of NumPy arrays as f64 and as indices.

use crate::error::Result;
use crate::input::{Dtype, Stream, npy};
use crate::limits::TEXT_BUFFER;

/// An array of numbers, read element by element.
pub(crate) struct Array {
    stream: Stream,
    dtype: Dtype,
    big: bool,
    /// Elements in all, and taken.
    len: u64,
    taken: u64,
    start: u64,
    buffer: Vec<u8>,
    used: usize,
}

impl Array {
    /// Reads the header; the shape is for the caller to judge.
    pub(crate) fn open(mut stream: Stream) -> Result<(Self, Vec<u64>)> {
        let header = npy::read_header(&mut stream)?;
        let start = stream.position();
        let len = header.shape.iter().try_fold(1u64, |all, n| all.checked_mul(*n));
        let bytes = len.and_then(|n| n.checked_mul(header.dtype.size() as u64));
        if bytes.is_none() || stream.remaining().is_some_and(|n| Some(n) != bytes) {
            let what = format!(
                "the array claims a shape of {:?}, which is not the {} bytes that follow",
                header.shape,
                stream.remaining().unwrap_or_default()
            );
            return Err(stream.malformed_at(start, what).fix("the file is cut short or its head is wrong"));
        }
        let (dtype, big, len) = (header.dtype, header.big, len.unwrap_or_default());
        Ok((Self { stream, dtype, big, len, taken: 0, start, buffer: Vec::new(), used: 0 }, header.shape))
    }

    /// Elements in all.
    pub(crate) const fn len(&self) -> u64 {
        self.len
    }

    /// Bytes of the file read.
    pub(crate) const fn position(&self) -> u64 {
        self.stream.position()
    }

    /// True when the elements are whole numbers.
    pub(crate) const fn is_whole(&self) -> bool {
        !matches!(self.dtype, Dtype::F16 | Dtype::Bf16 | Dtype::F32 | Dtype::F64)
    }

    /// The array is malformed at its head.
    pub(crate) fn refuse(&self, what: impl Into<String>) -> crate::PackError {
        self.stream.malformed_at(self.start, what)
    }

    /// The array is malformed at the element taken last.
    pub(crate) fn refuse_last(&self, what: impl Into<String>) -> crate::PackError {
        let at = self.start + self.taken.saturating_sub(1) * self.dtype.size() as u64;
        self.stream.malformed_at(at, what)
    }

    /// The bytes of the next element, lowest first, in the lower end of eight.
    fn take(&mut self) -> Result<[u8; 8]> {
        let size = self.dtype.size();
        if self.used == self.buffer.len() {
            let left = usize::try_from(self.len - self.taken).unwrap_or(usize::MAX);
            self.buffer.resize((TEXT_BUFFER / 8).min(left.max(1)) * size, 0);
            self.stream.read_exact(&mut self.buffer, "the array")?;
            self.used = 0;
        }
        let mut element = [0; 8];
        let bytes = self.buffer.get(self.used..).unwrap_or_default();
        element.iter_mut().zip(bytes.iter().take(size)).for_each(|(to, from)| *to = *from);
        if self.big {
            element.get_mut(..size).unwrap_or_default().reverse();
        }
        self.used += size;
        self.taken += 1;
        Ok(element)
    }

    /// The next element as f64; what f64 cannot hold exactly or is not finite is refused.
    pub(crate) fn number(&mut self) -> Result<f64> {
        let bytes = self.take()?;
        let [a, b, c, d, ..] = bytes;
        let value = match self.dtype {
            Dtype::F64 => Some(f64::from_le_bytes(bytes)),
            Dtype::F32 => Some(f32::from_le_bytes([a, b, c, d]).into()),
            Dtype::F16 | Dtype::Bf16 => {
                let mut one = Vec::with_capacity(1);
                let done = self.dtype.decode(false, &[a, b], &mut one);
                done.ok().and_then(|()| one.first().copied()).map(f64::from)
            }
            _ => {
                let whole = self.whole_of(bytes);
                let near = whole as f64;
                if near as i128 != whole {
                    return Err(self.refuse_last(format!(
                        "the element {whole} is a whole number that f64 cannot hold exactly"
                    )));
                }
                Some(near)
            }
        };
        match value.filter(|v| v.is_finite()) {
            Some(value) => Ok(value),
            None => Err(self.refuse_last(format!("element {} is not a finite number", self.taken - 1))),
        }
    }

    /// The next element as an index below `limit`.
    pub(crate) fn index(&mut self, limit: u64, what: &str) -> Result<u64> {
        let bytes = self.take()?;
        let index = self.whole_of(bytes);
        match u64::try_from(index) {
            Ok(index) if index < limit => Ok(index),
            _ => Err(self.refuse_last(format!("the {what} {index} is not a number from 0 to below {limit}"))),
        }
    }

    fn whole_of(&self, bytes: [u8; 8]) -> i128 {
        let [a, b, c, d, ..] = bytes;
        match self.dtype {
            Dtype::I8 => i8::from_le_bytes([a]).into(),
            Dtype::I16 => i16::from_le_bytes([a, b]).into(),
            Dtype::I32 => i32::from_le_bytes([a, b, c, d]).into(),
            Dtype::I64 => i64::from_le_bytes(bytes).into(),
            _ => u64::from_le_bytes(bytes).into(),
        }
    }
}
