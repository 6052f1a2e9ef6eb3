//! Sparse matrices, graphs and dense arrays: readers for what people have, and the way into a file.
//!
//! A reader hands entries over one by one, in any order; they are sorted in bounded memory
//! (`sort`), put into arrays and measured (`assemble`), and written as one segment (`store`).
//! Memory is [`MatrixOptions::memory`] bytes and 24 bytes per column for the measurement; names of
//! nodes are labels, which are held.

pub(crate) mod array;
pub(crate) mod assemble;
pub(crate) mod edges;
pub(crate) mod extract;
pub(crate) mod gather;
pub(crate) mod graph;
mod lines;
mod mtx;
mod npz;
mod numbers;
pub(crate) mod sort;
pub(crate) mod store;
mod text;
mod zip;

pub use self::edges::Edges;
pub use self::extract::write_matrix_market;
pub use self::graph::{KnnGraph, Weights};
pub use self::store::BuiltMatrix;

use std::path::Path;
use std::sync::Arc;

use rvf_format::limits::MAX_MATRIX_NAME;

use crate::error::{PackError, Result};
use crate::input::Stream;
use crate::limits::{DEFAULT_MEMORY, MAX_PIPED_NPZ};
use crate::mapped::Mapped;
use crate::matrix::gather::{Facts, Gather};
use crate::matrix::zip::Bytes;

/// The kinds of input that are matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatrixFormat {
    /// Matrix Market, coordinate or array.
    Mtx,
    /// A sparse matrix of SciPy: csr, csc or coo.
    Npz,
    /// Lines of two nodes and perhaps a weight.
    Edges,
    /// A NumPy array, as a dense array.
    Array,
}

impl MatrixFormat {
    /// Every format with its name.
    pub const ALL: [(&'static str, Self); 4] =
        [("mtx", Self::Mtx), ("npz", Self::Npz), ("edges", Self::Edges), ("array", Self::Array)];

    /// The format with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(n, _)| *n == name).map(|(_, format)| *format)
    }

    /// The format of a path whose extension stands for nothing but a matrix.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "mtx" | "mm" => Some(Self::Mtx),
            "npz" => Some(Self::Npz),
            "edges" | "edgelist" | "el" => Some(Self::Edges),
            _ => None,
        }
    }

    /// The format of a path that is known to be a matrix: text is an edge list, npy an array.
    #[must_use]
    pub fn of_named_path(path: &Path) -> Option<Self> {
        let extension = path.extension().unwrap_or_default().to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "tsv" | "csv" | "txt" => Some(Self::Edges),
            "npy" => Some(Self::Array),
            _ => Self::of_path(path),
        }
    }
}

/// How values are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// 32-bit floats, rounded to the nearest.
    F32,
    /// 64-bit floats.
    F64,
    /// Not at all: every entry counts as one.
    Pattern,
}

/// What is to become of all matrices of a file.
#[derive(Clone, Copy, Debug)]
pub struct MatrixOptions {
    /// How values are stored; by default f64, and nothing for inputs that have no values.
    pub values: Option<Values>,
    /// Store the transpose of matrices that are not symmetric.
    pub transpose: bool,
    /// Leave out entries that are zero.
    pub drop_zeros: bool,
    /// How to read edge lists.
    pub edges: Edges,
    /// Bytes for sorting; larger inputs go through temporary files.
    pub memory: u64,
}

impl Default for MatrixOptions {
    fn default() -> Self {
        Self {
            values: None,
            transpose: true,
            drop_zeros: false,
            edges: Edges::default(),
            memory: DEFAULT_MEMORY,
        }
    }
}

/// An input that is a matrix, opened.
pub struct MatrixInput {
    /// What the matrix is called in the file.
    pub name: String,
    content: Content,
    format: MatrixFormat,
}

enum Content {
    Stream(Stream),
    Archive(String, Arc<Bytes>),
}

impl MatrixInput {
    /// Opens a path, or `-` for standard input.
    ///
    /// # Errors
    /// When it cannot be opened or the name is no name.
    pub fn open(name: impl Into<String>, path: &Path, format: MatrixFormat) -> Result<Self> {
        let stdin = path.as_os_str() == "-";
        if format != MatrixFormat::Npz {
            return Self::from_stream(
                name,
                if stdin { Stream::standard_input() } else { Stream::open(path)? },
                format,
            );
        }
        if stdin {
            return Self::from_stream(name, Stream::standard_input(), format);
        }
        let content =
            Content::Archive(path.display().to_string(), Arc::new(Bytes::Mapped(Mapped::open(path)?)));
        Ok(Self { name: fit_name(name.into())?, content, format })
    }

    /// From any stream. An npz is read whole.
    ///
    /// # Errors
    /// When the name is no name, or an npz cannot be read or has more than 1 GiB.
    pub fn from_stream(name: impl Into<String>, mut stream: Stream, format: MatrixFormat) -> Result<Self> {
        let name = fit_name(name.into())?;
        let content = if format == MatrixFormat::Npz {
            let bytes = stream.read_rest(MAX_PIPED_NPZ, "the npz")?;
            Content::Archive(stream.name().to_owned(), Arc::new(Bytes::Held(bytes)))
        } else {
            Content::Stream(stream)
        };
        Ok(Self { name, content, format })
    }

    /// Bytes of the input, when known.
    #[must_use]
    pub fn bytes_total(&self) -> Option<u64> {
        match &self.content {
            Content::Stream(stream) => stream.length(),
            Content::Archive(_, bytes) => Some(bytes.len() as u64),
        }
    }

    /// Where it comes from, for messages.
    #[must_use]
    pub fn origin(&self) -> &str {
        match &self.content {
            Content::Stream(stream) => stream.name(),
            Content::Archive(name, _) => name,
        }
    }

    /// Hands all entries over.
    pub(crate) fn read(self, options: &MatrixOptions, gather: &mut Gather<'_>) -> Result<Facts> {
        match (self.content, self.format) {
            (Content::Archive(name, bytes), _) => npz::read(&name, bytes, gather),
            (Content::Stream(stream), MatrixFormat::Edges) => edges::read(stream, options.edges, gather),
            (Content::Stream(stream), MatrixFormat::Array) => array::read(stream, gather),
            (Content::Stream(stream), _) => mtx::read(stream, gather),
        }
    }
}

/// A name is what a user types to choose a matrix.
fn fit_name(name: String) -> Result<String> {
    let fix = "name the matrix, as in NAME=FILE";
    if name.is_empty() || name.len() > MAX_MATRIX_NAME as usize {
        let what = format!("a matrix cannot have a name of {} bytes, at most {MAX_MATRIX_NAME}", name.len());
        return Err(PackError::usage(what).fix(fix));
    }
    if name.chars().any(char::is_control) {
        return Err(PackError::usage("the name of a matrix has a control character").fix(fix));
    }
    Ok(name)
}

/// The name of a matrix that was given none: its file's, without what tells the format.
///
/// # Errors
/// When the file's name is not text.
pub fn default_name(path: &Path) -> Result<String> {
    if path.as_os_str() == "-" {
        return Ok("matrix".to_owned());
    }
    path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned).ok_or_else(|| {
        PackError::usage("the file's name is not UTF-8")
            .at(path.display())
            .fix("name the matrix, as in NAME=FILE")
    })
}
