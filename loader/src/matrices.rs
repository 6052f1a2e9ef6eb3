//! The matrices of a file: what their heads say.

use rvf_format::read::sparse::{Kind, Sparse, SparseHead};
use rvf_format::{Error, File, SegmentType};

/// A matrix or a dense array. Its head was checked against itself; its arrays were not looked at, and
/// its properties are what the packer measured.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    /// Place of its segment in the directory.
    pub segment: u32,
    /// Its name, not escaped; may be empty.
    pub name: &'a str,
    /// Shape, layout and properties.
    pub head: SparseHead,
}

impl Matrix<'_> {
    /// `sparse` or `dense`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.head.kind {
            Kind::Csr => "sparse",
            Kind::Dense => "dense",
        }
    }
}

/// The matrices of a file in directory order; for a head that cannot be read its segment and the fault.
pub fn matrices<'a>(file: &File<'a>) -> impl Iterator<Item = Result<Matrix<'a>, (u32, Error)>> {
    let listed =
        |index: &u32| file.entry(*index).is_some_and(|entry| entry.segment_type == SegmentType::SPARSE);
    (0..file.segment_count()).filter(listed).map(|index| {
        file.segment(index)
            .and_then(|segment| Sparse::parse(segment.payload, segment.payload_offset()))
            .map(|sparse| Matrix { segment: index, name: sparse.name(), head: *sparse.head() })
            .map_err(|error| (index, error))
    })
}
