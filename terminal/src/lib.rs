//! The manners that the command-line tools share, so that both behave alike.
//!
//! Results go to standard output; progress, warnings and errors to standard error. Text that comes
//! from a file is escaped ([`escape`]). Output files appear whole or not at all ([`OutputFile`]).
//! Every run ends with one of the codes of [`Exit`].
#![forbid(unsafe_code)]

#[cfg(feature = "clap")]
mod arguments;
mod clash;
mod colour;
mod escape;
mod exit;
mod hex;
mod interrupt;
mod json;
pub mod limits;
mod manners;
mod output;
mod progress;
mod report;
mod size;
mod stdout;
mod table;

#[cfg(feature = "clap")]
pub use arguments::parse_failed;
pub use clash::refuse_clashes;
pub use colour::{Colour, ColourChoice, Environment};
pub use escape::{escape, is_harmless};
pub use exit::Exit;
pub use hex::hex;
pub use interrupt::clean_up_on_interrupt;
pub use json::{document, f32_value, f64_value, json_text};
#[cfg(feature = "clap")]
pub use manners::MannerArgs;
pub use manners::Manners;
pub use output::{OutputFile, Overwrite};
pub use progress::Progress;
pub use report::{Report, finish};
pub use serde_json;
pub use size::{bytes_text, count_text, counted};
pub use stdout::{is_terminal, print, refuse_binary_to_terminal};
pub use table::{Align, Table};
