//! `--trace`: the residual of every iteration, as CSV or as a picture.

use std::io::Write;
use std::path::{Path, PathBuf};

use rvf_loader::abi::Iteration;
use rvf_terminal::{OutputFile, Overwrite, Report};

use super::columns::f64_text;
use super::plot::{self, Plot};

/// Where a trace goes, and in which form.
pub(super) struct Target {
    path: PathBuf,
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Csv,
    Svg,
}

impl Target {
    /// The form follows from the name's ending.
    pub(super) fn parse(path: &Path) -> Result<Self, Report> {
        let form = match path.extension().and_then(|ending| ending.to_str()) {
            Some("csv") => Form::Csv,
            Some("svg") => Form::Svg,
            _ => {
                return Err(Report::usage("--trace writes CSV or SVG files")
                    .at(path.display())
                    .fix("give FILE.csv or FILE.svg"));
            }
        };
        Ok(Self { path: path.to_owned(), form })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the file, whole or not at all.
    pub(super) fn write(&self, trace: &[Iteration], plot: &Plot<'_>, force: bool) -> Result<(), Report> {
        let overwrite = if force { Overwrite::Replace } else { Overwrite::Refuse };
        let text = match self.form {
            Form::Csv => csv(trace),
            Form::Svg => plot::svg(trace, plot),
        };
        let mut out = OutputFile::create(&self.path, overwrite)?;
        out.write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .map_err(|error| Report::io("cannot write the file", self.path.display(), &error))?;
        out.commit()
    }
}

fn csv(trace: &[Iteration]) -> String {
    let rows = trace.iter().map(|point| format!("{},{}\n", point.number, f64_text(point.residual)));
    rows.fold("iteration,residual\n".to_owned(), |text, row| text + &row)
}
