//! Flags that say nothing about what was given are refused: who gave them expects something of them.

use rvf_packer::input::Format;
use rvf_packer::matrix::MatrixFormat;
use rvf_terminal::Report;

use crate::inputs::Inputs;

/// Kinds of inputs a flag is about.
#[derive(Clone, Copy)]
pub(crate) enum About {
    /// csv and tsv.
    Csv,
    /// csv, tsv and edge lists.
    Delimited,
    /// Edge lists.
    Edges,
    /// safetensors.
    Safetensors,
    /// raw.
    Raw,
}

impl About {
    const fn text(self) -> &'static str {
        match self {
            Self::Csv => "csv and tsv",
            Self::Delimited => "csv, tsv and edge lists",
            Self::Edges => "edge lists",
            Self::Safetensors => "safetensors",
            Self::Raw => "raw input",
        }
    }

    fn holds(self, vectors: Option<Format>, matrix: Option<MatrixFormat>) -> bool {
        let is_csv = matches!(vectors, Some(Format::Csv | Format::Tsv));
        let is_edges = matches!(matrix, Some(MatrixFormat::Edges));
        match self {
            Self::Csv => is_csv,
            Self::Delimited => is_csv || is_edges,
            Self::Edges => is_edges,
            Self::Safetensors => vectors == Some(Format::Safetensors),
            Self::Raw => vectors == Some(Format::Raw),
        }
    }
}

/// Refuses the first flag that was given and concerns none of the inputs. `formats` are those of the
/// vectors.
pub(crate) fn refuse_idle(
    inputs: &Inputs,
    formats: &[Format],
    flags: &[(bool, &str, About)],
) -> Result<(), Report> {
    for (_, flag, about) in flags.iter().filter(|(given, ..)| *given) {
        let concerned = formats.iter().any(|format| about.holds(Some(*format), None))
            || inputs.matrices.iter().any(|(_, _, format)| about.holds(None, Some(*format)));
        if !concerned {
            return Err(Report::usage(format!("{flag} is about {}, and no input is that", about.text()))
                .fix(format!("leave {flag} out, or say what the input is with --format")));
        }
    }
    Ok(())
}
