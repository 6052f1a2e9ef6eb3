//! The matrices of a file: their heads, and which of them a request means.

use super::request::Request;
use crate::directory::Segment;
use crate::fault::{Fault, Result, Status};
use rvf_format::read::sparse::{Kind, SparseHead};

/// A matrix or a dense array in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File {
    pub(crate) segment: Segment,
    pub(crate) head: SparseHead,
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
    pub(crate) fn offer(&mut self, request: &Request, segment: Segment, bytes: &[u8]) -> Result<()> {
        let head = SparseHead::parse(bytes, segment.len, 0).map_err(|e| Fault::format(&e, segment.index))?;
        let name = bytes.get(rvf_format::forever::SPARSE_HEAD_LEN..).unwrap_or_default();
        let name = name.get(..head.name_len as usize).unwrap_or_default();
        let file = File { segment, head };
        let named = |wanted: &Option<alloc::vec::Vec<u8>>| wanted.as_deref() == Some(name);
        match head.kind {
            Kind::Csr => {
                if self.matrix.is_none() && (request.matrix.is_none() || named(&request.matrix)) {
                    self.matrix = Some(file);
                }
            }
            Kind::Dense => {
                if self.b.is_none() && named(&request.b) {
                    self.b = Some(file);
                }
                if self.x.is_none() && named(&request.x) {
                    self.x = Some(file);
                }
            }
        }
        Ok(())
    }

    /// Everything that the request names is there.
    pub(crate) fn check(&self, request: &Request, needs_matrix: bool) -> Result<()> {
        let missing = |words| Err(Fault::plain(Status::Request, words));
        if needs_matrix && self.matrix.is_none() {
            return missing("the file has no sparse matrix of this name");
        }
        if request.b.is_some() && self.b.is_none() {
            return missing("the file has no dense array of the name given as b");
        }
        if request.x.is_some() && self.x.is_none() {
            return missing("the file has no dense array of the name given as x");
        }
        Ok(())
    }

    /// The matrix; there is one once [`Files::check`] has passed.
    pub(crate) fn matrix(&self) -> Result<&File> {
        self.matrix.as_ref().ok_or_else(|| Fault::plain(Status::Request, "this needs a matrix"))
    }
}

impl File {
    /// Rows, when they fit in memory's numbers.
    pub(crate) fn rows(&self) -> Result<u32> {
        narrow(self.head.rows)
    }

    /// Columns.
    pub(crate) fn columns(&self) -> Result<u32> {
        narrow(self.head.columns)
    }
}

fn narrow(count: u64) -> Result<u32> {
    u32::try_from(count).ok().filter(|count| *count < u32::MAX).ok_or_else(|| {
        let words = "the matrix has # rows or columns, more than this solver counts to";
        Fault::new(Status::Unsupported, words, [count, 0])
    })
}
