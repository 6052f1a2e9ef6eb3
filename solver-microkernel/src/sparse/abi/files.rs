//! The matrices of a file: their heads, and which of them a request means.

use super::request::{self, Request};
use crate::directory::Segment;
use crate::report::Report;
use crate::sentence::Sentence;
use crate::sparse::refusal::push;
use crate::sparse::{Refusal, Why};
use rvf_format::ErrorKind;
use rvf_format::forever::SPARSE_HEAD_LEN;
use rvf_format::read::sparse::{Kind, SparseHead};
use solver_lists::Vec;

/// A matrix or a dense array in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File {
    pub(crate) segment: Segment,
    pub(crate) head: SparseHead,
}

/// What can be loaded as a whole: places in [`Files`], in the order of loading.
pub(crate) const B: usize = 0;
/// The matrix itself.
pub(crate) const MATRIX: usize = 1;
/// See [`B`].
pub(crate) const X: usize = 2;

/// Parameter with the name of each, and what is said when there is none.
static NAMES: [(u16, Why); 3] =
    [(request::B, Why::NoB), (request::MATRIX, Why::NoMatrix), (request::X, Why::NoX)];

/// What a request names.
pub(crate) struct Files {
    list: Vec<File>,
    /// Which of them each is, plus one; zero for none.
    places: [usize; 3],
}
solver_lists::blank!(Files { list, places });

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
        for (place, &(id, _)) in self.places.iter_mut().zip(&NAMES) {
            let is_matrix = id == request::MATRIX;
            let named = if request.has(id) { request.bytes(id) == name } else { is_matrix };
            if named && (head.kind == Kind::Csr) == is_matrix && *place == 0 {
                push(&mut self.list, File { segment, head })?;
                *place = self.list.len();
            }
        }
        Ok(())
    }

    /// Everything that the request names is there, and nothing else.
    pub(crate) fn check(&mut self, request: &Request) -> Result<(), Refusal> {
        for (place, &(id, why)) in self.places.iter_mut().zip(&NAMES) {
            let wanted =
                if id == request::MATRIX { request.operation.needs_matrix() } else { request.has(id) };
            if !wanted {
                *place = 0;
            } else if *place == 0 {
                return Err(why.plain());
            }
        }
        Ok(())
    }

    /// One of them.
    pub(crate) fn of(&self, place: usize) -> Option<&File> {
        self.list.get(self.places.get(place)?.checked_sub(1)?)
    }

    /// The matrix; there is one once [`Files::check`] has passed for an operation that needs one.
    pub(crate) fn matrix(&self) -> Option<&File> {
        self.of(MATRIX)
    }
}

impl File {
    /// Bytes of an index and of a value.
    pub(crate) fn widths(&self) -> (u64, u64) {
        (self.head.index_width.bytes(), self.head.value_type.width())
    }
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
