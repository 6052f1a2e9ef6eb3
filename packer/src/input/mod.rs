//! Readers for what people have: one file per format, vectors out, a batch at a time.

mod csv;
mod dense;
mod dtype;
mod fvecs;
mod json_line;
mod jsonl;
pub(crate) mod npy;
mod raw;
mod safetensors;
mod stream;

pub use self::csv::{CsvOptions, Header};
pub use self::dtype::Dtype;
pub use self::stream::Stream;

use std::fmt;
use std::path::Path;

use crate::error::{PackError, Result};

/// The kinds of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// NumPy array of two axes.
    Npy,
    /// f32 vectors, each after its dimension as i32.
    Fvecs,
    /// u8 vectors, each after its dimension as i32.
    Bvecs,
    /// Comma-separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// One JSON array or object per line.
    Jsonl,
    /// Tensors behind a JSON header.
    Safetensors,
    /// Nothing but numbers.
    Raw,
}

impl Format {
    /// Every format with its name, which is also its usual extension.
    pub const ALL: [(&'static str, Self); 8] = [
        ("npy", Self::Npy),
        ("fvecs", Self::Fvecs),
        ("bvecs", Self::Bvecs),
        ("csv", Self::Csv),
        ("tsv", Self::Tsv),
        ("jsonl", Self::Jsonl),
        ("safetensors", Self::Safetensors),
        ("raw", Self::Raw),
    ];

    /// The format with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(n, _)| *n == name).map(|(_, format)| *format)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, f)| *f == self).map_or("", |(name, _)| *name)
    }

    /// The format that a path's extension stands for.
    ///
    /// # Errors
    /// When the extension says nothing, or says something that is not vectors; the advice tells what to do.
    pub fn of_path(path: &Path) -> Result<Self> {
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let fix = match extension.as_str() {
            "ndjson" => return Ok(Self::Jsonl),
            "bin" | "f32" | "dat" => "give --format raw with --dtype and --dim".to_owned(),
            "ivecs" => {
                "ivecs files hold neighbour lists, not vectors: pack the fvecs file beside it".to_owned()
            }
            "npz" => "unpack it (unzip FILE) and give the .npy inside; or is it a sparse matrix?".to_owned(),
            "parquet" | "arrow" | "feather" => "convert it once: python -c \"import numpy,pandas; \
                 numpy.save('v.npy', numpy.stack(pandas.read_parquet('FILE')['COLUMN']).astype('f4'))\""
                .to_owned(),
            other => match Self::from_name(other) {
                Some(format) => return Ok(format),
                None => {
                    let names: Vec<_> = Self::ALL.iter().map(|(name, _)| *name).collect();
                    format!(
                        "say which it is with --format {}, or mtx|npz|edges for a matrix",
                        names.join("|")
                    )
                }
            },
        };
        Err(PackError::usage("the input's format cannot be told from its name").at(path.display()).fix(fix))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How to read inputs that do not say everything themselves.
#[derive(Clone, Debug, Default)]
pub struct InputOptions {
    /// The format, when the name does not tell.
    pub format: Option<Format>,
    /// Element type of raw input.
    pub dtype: Option<Dtype>,
    /// Dimension of raw input.
    pub dimension: Option<u16>,
    /// Which tensor of a safetensors file.
    pub tensor: Option<String>,
    /// How to read comma-separated values.
    pub csv: CsvOptions,
}

impl InputOptions {
    /// The format of an input: what was said, else what its name says. An element type together with a
    /// dimension say that it is raw when the name says nothing.
    ///
    /// # Errors
    /// When nothing tells the format.
    pub fn format_of(&self, path: &Path) -> Result<Format> {
        if let Some(format) = self.format {
            return Ok(format);
        }
        let is_raw = self.dtype.is_some() && self.dimension.is_some();
        if path.as_os_str() == "-" {
            return if is_raw {
                Ok(Format::Raw)
            } else {
                Err(PackError::usage("the format of standard input is not known")
                    .fix("say which it is, as in --format npy"))
            };
        }
        match Format::of_path(path) {
            Err(_) if is_raw && !is_other_kind(path) => Ok(Format::Raw),
            told => told,
        }
    }
}

/// How to pack no vectors at all, for inputs that cannot say how long they would be.
pub(crate) const NO_VECTORS: &str = "is it the right file? For a file without vectors, pack a npy of shape (0, N), \
     or an empty input with --format raw --dtype f32 --dim N";

/// True for names of files that certainly are not bare numbers.
fn is_other_kind(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    matches!(extension.as_str(), "ivecs" | "npz" | "parquet" | "arrow" | "feather" | "mtx")
}

/// Vectors on their way from a source to the writer.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Elements, one vector after the other.
    pub rows: Vec<f32>,
    /// Ids, one per vector; empty when the source has none.
    pub ids: Vec<u64>,
    /// Labels, one per vector; empty when the source has none.
    pub labels: Vec<Option<String>>,
}

impl Batch {
    /// Empties the batch and keeps its memory.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.ids.clear();
        self.labels.clear();
    }

    /// Vectors in the batch.
    #[must_use]
    pub fn len(&self, dimension: u16) -> usize {
        self.rows.len() / usize::from(dimension).max(1)
    }

    /// True without vectors.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// Something that gives vectors, all of one dimension and all finite.
pub trait Source: Send {
    /// What to call it in messages.
    fn name(&self) -> &str;
    /// Elements of every vector.
    fn dimension(&self) -> u16;
    /// What a user may not expect of how the input is read.
    fn note(&self) -> Option<String> {
        None
    }
    /// Appends up to `limit` vectors to `batch` and says how many; 0 at the end, and only there.
    ///
    /// # Errors
    /// When the input cannot be read, is malformed, or holds a number that a file cannot.
    fn fill(&mut self, batch: &mut Batch, limit: usize) -> Result<usize>;
    /// Bytes read so far.
    fn bytes_read(&self) -> u64;
    /// Bytes in all, when known.
    fn bytes_total(&self) -> Option<u64>;
}

/// Opens an input: a path, or `-` for standard input.
///
/// # Errors
/// When it cannot be read, its format is not known, or its head is malformed.
pub fn open(path: &Path, options: &InputOptions) -> Result<Box<dyn Source>> {
    let stdin = path.as_os_str() == "-";
    let format = options.format_of(path)?;
    let stream = if stdin { Stream::standard_input() } else { Stream::open(path)? };
    from_stream(stream, format, options)
}

/// Reads `format` from a stream.
///
/// # Errors
/// When its head cannot be read or is malformed.
pub fn from_stream(stream: Stream, format: Format, options: &InputOptions) -> Result<Box<dyn Source>> {
    Ok(match format {
        Format::Npy => Box::new(npy::open(stream)?),
        Format::Fvecs => Box::new(fvecs::Vecs::open(stream, Dtype::F32)?),
        Format::Bvecs => Box::new(fvecs::Vecs::open(stream, Dtype::U8)?),
        Format::Csv => Box::new(self::csv::Csv::open(stream, &options.csv, b',')?),
        Format::Tsv => Box::new(self::csv::Csv::open(stream, &options.csv, b'\t')?),
        Format::Jsonl => Box::new(jsonl::Jsonl::open(stream)?),
        Format::Safetensors => Box::new(safetensors::open(stream, options.tensor.as_deref())?),
        Format::Raw => Box::new(raw::open(stream, options.dtype, options.dimension)?),
    })
}
