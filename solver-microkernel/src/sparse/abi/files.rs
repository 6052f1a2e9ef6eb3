//! The matrices of a file: their heads, and which of them a request means.

use super::request::{B, MATRIX, Request, X};
use crate::directory::Segment;
use crate::report::Report;
use crate::sentence::Sentence;
use crate::sparse::{Refusal, Why};
use rvf_format::ErrorKind;
use rvf_format::forever::SPARSE_HEAD_LEN;
use rvf_format::read::sparse::{Kind, SparseHead};

/// A matrix or a dense array in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File {
    pub(crate) segment: Segment,
    pub(crate) head: SparseHead,
}

/// What can be loaded as a whole; the numbers are bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Array {
    B = 1,
    Matrix = 2,
    X = 4,
}

/// What a request names.
#[derive(Default)]
pub(crate) struct Files {
    pub(crate) matrix: Option<File>,
    pub(crate) b: Option<File>,
    pub(crate) x: Option<File>,
}

impl Files {
    /// Looks at one head with its name. The first that fits a name is taken.
    #[inline(never)]
    pub(crate) fn offer(
        &mut self,
        request: &Request,
        segment: Segment,
        bytes: &[u8],
        report: &mut Report,
    ) -> Result<(), Refusal> {
        let head = match SparseHead::parse(bytes, segment.len, 0) {
            Ok(head) => head,
            Err(error) => return Err(describe(&error, segment.index, report)),
        };
        let name = bytes.get(SPARSE_HEAD_LEN..).unwrap_or_default();
        let name = name.get(..head.name_len as usize).unwrap_or_default();
        for id in [MATRIX, B, X] {
            let (kind, file) = match id {
                MATRIX => (Kind::Csr, &mut self.matrix),
                B => (Kind::Dense, &mut self.b),
                _ => (Kind::Dense, &mut self.x),
            };
            let named = if request.has(id) { request.bytes(id) == name } else { id == MATRIX };
            if head.kind == kind && named && file.is_none() {
                *file = Some(File { segment, head });
            }
        }
        Ok(())
    }

    /// Everything that the request names is there.
    pub(crate) fn check(&mut self, request: &Request) -> Result<(), Refusal> {
        if !request.operation.needs_matrix() {
            self.matrix = None;
        } else if self.matrix.is_none() {
            return Err(Why::NoMatrix.plain());
        }
        if request.has(B) && self.b.is_none() {
            return Err(Why::NoB.plain());
        }
        if request.has(X) && self.x.is_none() {
            return Err(Why::NoX.plain());
        }
        Ok(())
    }

    /// One of them.
    pub(crate) const fn of(&self, array: Array) -> Option<&File> {
        match array {
            Array::Matrix => self.matrix.as_ref(),
            Array::B => self.b.as_ref(),
            Array::X => self.x.as_ref(),
        }
    }

    /// The matrix; there is one once [`Files::check`] has passed.
    pub(crate) fn matrix(&self) -> Result<&File, Refusal> {
        self.matrix.as_ref().ok_or(Why::NoMatrix.plain())
    }
}

impl File {
    /// Rows, when they fit in memory's numbers.
    pub(crate) fn rows(&self) -> Result<u32, Refusal> {
        narrow(self.head.rows)
    }

    /// Columns.
    pub(crate) fn columns(&self) -> Result<u32, Refusal> {
        narrow(self.head.columns)
    }

    /// Bytes of an index and of a value.
    pub(crate) fn widths(&self) -> (u64, u64) {
        (self.head.index_width.bytes(), self.head.value_type.width())
    }
}

#[inline(never)]
fn narrow(count: u64) -> Result<u32, Refusal> {
    if count < u32::MAX.into() { Ok(count as u32) } else { Err(Why::TooLarge.at(count)) }
}

/// A fault of the format's readers, whose offsets count from the payload of `segment`.
#[cold]
#[inline(never)]
fn describe(error: &rvf_format::Error, segment: u32, report: &mut Report) -> Refusal {
    let (sentence, a, b) = match error.kind() {
        ErrorKind::Truncated { needed, available } => (Sentence::CutShort, needed, available),
        ErrorKind::Mismatch { expected, got } => (Sentence::Mismatch, got, expected),
        ErrorKind::TooLarge { limit, got } => (Sentence::OverLimit, got, limit),
        ErrorKind::Unsupported { got } => (Sentence::Unread, got, 0),
        ErrorKind::Invalid { got, .. } => (Sentence::Invalid, got, 0),
        _ => (Sentence::Wrong, 0, 0),
    };
    report.fail_line(error.what(), sentence as u8, a, b);
    report.place(segment, error.offset());
    Why::Told.plain()
}
