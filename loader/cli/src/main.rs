//! `rvf-run`: open any `.rvf` file and run the program inside it.

mod args;
mod call;
mod inspect;
mod report;
mod run;
mod select;
mod target;
mod verify;
mod witness;

use std::process::ExitCode;

use args::Invocation;
use rvf_terminal::{Exit, Manners, Report};

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    let json = words.iter().take_while(|word| *word != "--").any(|word| word == "--json");
    let invocation = match Invocation::parse(words) {
        Ok(invocation) => invocation,
        Err(parting) => return parting.say(json),
    };
    let manners = invocation.manners();
    rvf_terminal::finish(act(&invocation, &manners), &manners)
}

fn act(invocation: &Invocation, manners: &Manners) -> Result<Exit, Report> {
    rvf_terminal::clean_up_on_interrupt()?;
    match invocation {
        Invocation::Inspect { file, host } => inspect::run(file, host, manners),
        Invocation::Verify { file, host, how } => verify::run(file, host, *how, manners),
        Invocation::Select { file, host, explain } => select::run(file, host, *explain, manners),
        Invocation::Witness { file, host, ask } => witness::run(file, host, *ask, manners),
        Invocation::Call { file, host, calls } => call::run(file, host, calls, manners),
        Invocation::Completions { shell } => args::completions(*shell),
        Invocation::Run { file, host, operation } => run::run(file, host, operation, manners),
    }
}
