//! `cargo xtask`: one table of commands.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod bench;
mod demo;
mod guests;
mod process;
mod sources;
mod test;

use std::process::ExitCode;

type Command = fn(&[String]) -> Result<(), String>;

/// Name, function, help.
const COMMANDS: &[(&str, Command, &str)] = &[
    ("demo", demo::run, "pack 10,000 real word vectors, check the file, and ask the program inside it"),
    ("test", test::run, "do all set-up and run every test (further arguments go to `cargo test`)"),
    (
        "guests",
        guests::run,
        "rebuild the modules kept in the folders guests/, or in those named (--check: rebuild elsewhere and compare)",
    ),
    ("bench", bench::run, "measure, and write the tables of docs/benchmarks.md (--print: only print them)"),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        println!("cargo xtask COMMAND\n");
        for (name, _, help) in COMMANDS {
            println!("  {name:8} {help}");
        }
        return ExitCode::SUCCESS;
    };
    let Some((_, command, _)) = COMMANDS.iter().find(|c| c.0 == name) else {
        eprintln!("error: there is no command {name}; `cargo xtask` lists them");
        return ExitCode::from(2);
    };
    match command(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
