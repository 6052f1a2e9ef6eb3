//! `rvf-pack`: packs vectors, matrices, labels and the programs that search and solve them into one file.
#![forbid(unsafe_code)]

mod build;
mod choice;
mod combine;
mod completions;
mod damage;
mod embed;
mod extract;
mod flags;
mod head;
mod inputs;
mod list;
mod matrices;
mod place;
mod strip;
mod tell;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use rvf_format::forever;
use rvf_packer::{ErrorKind, PackError};
use rvf_terminal::{Exit, MannerArgs, Manners, Report, clean_up_on_interrupt, finish, parse_failed};

/// Pack vectors, matrices, labels and the programs that search and solve them into one .rvf file.
#[derive(Parser)]
#[command(name = "rvf-pack", version, long_version = long_version(), propagate_version = true, after_help = Exit::HELP, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    manners: MannerArgs,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Build(build::Args),
    Embed(embed::Args),
    Combine(combine::Args),
    Extract(extract::Args),
    List(list::Args),
    Strip(strip::Args),
    Completions(completions::Args),
}

/// What this program writes, beside its own version.
fn long_version() -> String {
    format!(
        "{}\nwrites segments of version {}, integrity records of version {}, metadata of version {}\n\
         embeds solvers of ABI version {}",
        env!("CARGO_PKG_VERSION"),
        forever::SEGMENT_VERSION,
        forever::INTEGRITY_VERSION,
        forever::META_VERSION,
        rvf_wasm_inspect::SOLVER_ABI_VERSION,
    )
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return parse_failed(&error, &Cli::command()),
    };
    let mut manners = Manners::from(cli.manners);
    let result = clean_up_on_interrupt().and_then(|()| match cli.verb {
        Verb::Build(args) => build::run(args, &mut manners),
        Verb::Embed(args) => embed::run(&args, &mut manners),
        Verb::Combine(args) => combine::run(&args, &mut manners),
        Verb::Extract(args) => extract::run(&args, &mut manners),
        Verb::List(args) => list::run(&args, &manners),
        Verb::Strip(args) => strip::run(&args, &mut manners),
        Verb::Completions(args) => completions::run(&args),
    });
    finish(result, &manners)
}

/// An error of the library as a report with an exit code.
fn report(error: &PackError) -> Report {
    let exit = match error.kind() {
        ErrorKind::Usage => Exit::Usage,
        ErrorKind::Malformed => Exit::Malformed,
        ErrorKind::Absent => Exit::No,
    };
    let mut report = match (error.io_error(), error.place()) {
        (Some(cause), place) => Report::io(error.what(), place.unwrap_or_default(), cause),
        (None, Some(place)) => Report::new(exit, error.what()).at(place),
        (None, None) => Report::new(exit, error.what()),
    };
    if let Some(fix) = error.advice() {
        report = report.fix(fix);
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_is_explained_and_none_collide() {
        Cli::command().help_expected(true).debug_assert();
    }
}
