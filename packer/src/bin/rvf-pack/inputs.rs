//! Which inputs are vectors and which are matrices, and how each is read.

use std::path::{Path, PathBuf};

use rvf_packer::input::{self, Format, InputOptions, Source};
use rvf_packer::matrix::{MatrixFormat, MatrixInput, default_name};
use rvf_terminal::{Manners, Report};

use crate::matrices::MatrixArgs;
use crate::report;

/// A format of either kind.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AnyFormat {
    Vectors(Format),
    Matrix(MatrixFormat),
}

impl AnyFormat {
    /// The format with this name.
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        let vectors = Format::from_name(name).map(Self::Vectors);
        vectors.or_else(|| MatrixFormat::from_name(name).map(Self::Matrix)).ok_or_else(|| {
            let names = Format::ALL.iter().map(|(name, _)| *name);
            let names: Vec<_> = names.chain(MatrixFormat::ALL.iter().map(|(name, _)| *name)).collect();
            format!("expected one of {}", names.join(", "))
        })
    }
}

/// The inputs, sorted by kind.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    pub(crate) vectors: Vec<(PathBuf, Option<Format>)>,
    pub(crate) matrices: Vec<(String, PathBuf, MatrixFormat)>,
}

/// The same, opened.
pub(crate) struct Opened {
    pub(crate) sources: Vec<Box<dyn Source>>,
    pub(crate) matrices: Vec<MatrixInput>,
}

impl Inputs {
    /// Tells from names, extensions and flags what each input is.
    pub(crate) fn of(
        paths: &[PathBuf],
        format: Option<AnyFormat>,
        args: &MatrixArgs,
    ) -> Result<Self, Report> {
        let mut inputs = Self::default();
        for path in paths {
            match named(path) {
                Some((name, path)) => inputs.named(name, path, format)?,
                None => inputs.plain(path, format, args)?,
            }
        }
        for text in &args.name {
            let Some((name, path)) = text.split_once('=').filter(|(name, _)| !name.is_empty()) else {
                return Err(Report::usage(format!("--name {text} is not of the form NAME=FILE")));
            };
            inputs.named(name, Path::new(path), format)?;
        }
        let paths = inputs
            .vectors
            .iter()
            .map(|(path, _)| path)
            .chain(inputs.matrices.iter().map(|(_, path, _)| path));
        if paths.filter(|path| path.as_os_str() == "-").count() > 1 {
            return Err(Report::usage("standard input is named twice").fix("name - once"));
        }
        Ok(inputs)
    }

    /// An input that was given a name is a matrix.
    fn named(&mut self, name: &str, path: &Path, format: Option<AnyFormat>) -> Result<(), Report> {
        let by_extension = MatrixFormat::of_named_path(path);
        let format = match format {
            Some(AnyFormat::Matrix(format)) => {
                Some(by_extension.filter(|_| path.as_os_str() != "-").map_or(format, |own| {
                    // An extension that says one thing only is believed; text may be anything.
                    if MatrixFormat::of_path(path).is_some() { own } else { format }
                }))
            }
            _ => by_extension,
        };
        let format = format.ok_or_else(|| {
            Report::usage("the matrix's format cannot be told from its file's name")
                .at(path.display())
                .fix("say which it is with --format mtx, npz, edges or array")
        })?;
        self.matrices.push((name.to_owned(), path.to_owned(), format));
        Ok(())
    }

    fn plain(&mut self, path: &Path, format: Option<AnyFormat>, args: &MatrixArgs) -> Result<(), Report> {
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let as_matrix = match (MatrixFormat::of_path(path), format) {
            (Some(own), _) => Some(own),
            (None, Some(AnyFormat::Matrix(format))) if is_vague(&extension) => Some(format),
            (None, None) if args.says_graph() && matches!(extension.as_str(), "tsv" | "txt") => {
                Some(MatrixFormat::Edges)
            }
            (None, _) if args.as_array && extension == "npy" => Some(MatrixFormat::Array),
            _ => None,
        };
        if let Some(format) = as_matrix {
            let name = default_name(path).map_err(|e| report(&e))?;
            self.matrices.push((name, path.to_owned(), format));
            return Ok(());
        }
        let format = match format {
            Some(AnyFormat::Vectors(format)) => Some(format),
            _ => None,
        };
        self.vectors.push((path.to_owned(), format));
        Ok(())
    }

    /// The files.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        let vectors = self.vectors.iter().map(|(path, _)| path.as_path());
        vectors.chain(self.matrices.iter().map(|(_, path, _)| path.as_path()))
    }

    /// Opens all of them.
    pub(crate) fn open(self, options: &InputOptions, manners: &Manners) -> Result<Opened, Report> {
        let mut sources = Vec::new();
        for (path, format) in &self.vectors {
            let options = InputOptions { format: *format, ..options.clone() };
            let source = input::open(path, &options).map_err(|e| report(&e))?;
            if let Some(note) = source.note() {
                manners.note(&format!("{}: {note}", path.display()));
            }
            let is_tsv = format.is_none() && path.extension().is_some_and(|e| e.eq_ignore_ascii_case("tsv"));
            if is_tsv && source.dimension() <= 3 {
                manners.note(&format!(
                    "{} is read as vectors of {}; name it as in NAME=FILE if it is an edge list",
                    path.display(),
                    source.dimension()
                ));
            }
            sources.push(source);
        }
        let matrices =
            self.matrices.into_iter().map(|(name, path, format)| MatrixInput::open(name, &path, format));
        let matrices = matrices.collect::<Result<_, _>>().map_err(|e| report(&e))?;
        Ok(Opened { sources, matrices })
    }
}

/// NAME=FILE, unless a file has that very name.
fn named(path: &Path) -> Option<(&str, &Path)> {
    let (name, file) = path.to_str()?.split_once('=')?;
    let is_name = !name.is_empty() && !name.contains(['/', '\\']) && !file.is_empty() && !path.exists();
    is_name.then(|| (name, Path::new(file)))
}

/// True for extensions that do not say "vectors", or that edge lists have too.
fn is_vague(extension: &str) -> bool {
    matches!(extension, "tsv" | "csv") || Format::from_name(extension).is_none_or(|f| f == Format::Npy)
}
