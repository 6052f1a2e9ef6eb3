//! The sentences about what is wrong. Their words are in `texts/faults.txt` and the files beside it, in the
//! same order, each behind the digit of its status; a `#` stands for a number.

/// The lines before them: the description and the refusals.
#[cfg(feature = "sparse")]
const BEFORE: u8 = 1 + crate::sparse::Why::Told as u8;
#[cfg(not(feature = "sparse"))]
const BEFORE: u8 = 1;

/// A sentence; the number is its line in [`crate::texts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Sentence {
    /// The memory cannot grow by # bytes; allow more pages.
    Memory = BEFORE,
    /// The memory cannot grow by a copy of the bytes given; allow more pages.
    Copy,
    /// The pointer and length are outside the linear memory.
    Pointer,
    /// Begin comes after open.
    BeginFirst,
    /// Step comes after begin.
    StepFirst,
    /// The segment directory is not a whole number of records.
    Directory,
    /// The segment directory marks two manifests as the one in force.
    Manifests,
    /// The request is shorter or longer than it says.
    RequestLength,
    /// This solver has no operation #.
    Operation,
    /// This operation has no parameter #.
    Parameter,
    /// Parameter # is out of order: parameters ascend, each at most once.
    ParameterOrder,
    /// Parameter # has the wrong type or length.
    ParameterType,
    /// Parameter # is followed by bytes that are not zero.
    ParameterEnd,
    /// The query is required and has no elements.
    NoQuery,
    /// The query holds a value that is not a finite number.
    QueryNumber,
    /// The query has # elements, not a whole number of vectors of the file's dimension #.
    QueryLength,
    /// Parameter # must be 1 to 65536.
    K,
    /// Parameter # must be 0 (l2), 1 (ip) or 2 (cosine).
    Metric,
    /// The host offers no manifest in force.
    NoManifest,
    /// Segment count is #, the limit is #.
    SegmentCount,
    /// The deleted list is longer than the manifest.
    Deleted,
    /// The segment ends before the bytes that it says it has.
    Ends,
    /// The vectors have dimension #, the manifest says #.
    Dimension,
    /// A segment of # bytes holds no vectors of dimension #.
    NoVectors,
    /// Block element type # is not read by this solver, only 32-bit floats (0) are.
    ElementType,
    /// Block dimension is #, the manifest says #.
    BlockDimension,
    /// The block overlaps the one before or the end of its segment.
    BlockPlace,
    /// Id encoding # is not read by this solver.
    IdEncoding,
    /// The block's id map does not have one id for each vector.
    IdCount,
    /// A vector id is cut short or does not fit in 64 bits.
    IdWidth,
    /// The distance to vector # is too large for a 32-bit float; scale the vectors down.
    Distance,
    /// (segment #, offset #).
    Place,
    /// Parameter # holds a value that is not a finite number.
    #[cfg(feature = "sparse")]
    NotFinite,
    /// Parameter # has no such choice.
    #[cfg(feature = "sparse")]
    NoChoice,
    /// Parameter # is out of range.
    #[cfg(feature = "sparse")]
    Range,
    /// The ids are required and there are none.
    #[cfg(feature = "sparse")]
    NoIds,
    /// More ids than one request may name.
    #[cfg(feature = "sparse")]
    ManyIds,
    /// A vector is given twice: by name and by values.
    #[cfg(feature = "sparse")]
    Twice,
    /// Rows and values must be equally many.
    #[cfg(feature = "sparse")]
    RowsAndValues,
    /// Rows must ascend, each at most once.
    #[cfg(feature = "sparse")]
    RowOrder,
    /// The vector x is required: by name or by values.
    #[cfg(feature = "sparse")]
    VectorX,
    /// The vector b is required: by name or by values.
    #[cfg(feature = "sparse")]
    VectorB,
    /// The two bit sets must be equally long.
    #[cfg(feature = "sparse")]
    BitSets,
    /// Is cut short: needs # bytes, # remain.
    #[cfg(feature = "sparse")]
    CutShort,
    /// Is #, expected #.
    #[cfg(feature = "sparse")]
    Mismatch,
    /// Is #, the limit is #.
    #[cfg(feature = "sparse")]
    OverLimit,
    /// # is not read by this solver.
    #[cfg(feature = "sparse")]
    Unread,
    /// # is not valid.
    #[cfg(feature = "sparse")]
    Invalid,
    /// Is missing or wrong.
    #[cfg(feature = "sparse")]
    Wrong,
    /// The ids of this file do not ascend: finding repeated ones takes # bytes of memory, which cannot be had; allow more pages, or pack the file again.
    RepeatedIds,
}
