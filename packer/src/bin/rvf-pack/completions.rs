//! `rvf-pack completions`.

use clap::CommandFactory;
use clap_complete::Shell;
use rvf_terminal::{Exit, Report};

use crate::Cli;

/// Print completions for a shell
///
/// For bash: rvf-pack completions bash > ~/.local/share/bash-completion/completions/rvf-pack
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Report> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "rvf-pack", &mut text);
    rvf_terminal::print(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Ok)
}
