//! `rvf-run FILE OP`: run an operation that the module in the file describes.

mod columns;
mod command;
mod npy;
mod numbers;
mod output;
mod params;
mod queries;

use std::ffi::OsString;
use std::path::Path;
use std::time::Instant;

use rvf_loader::abi::Description;
use rvf_loader::segments::FileSegments;
use rvf_terminal::{Exit, Manners, Progress, Report};

use crate::args::HostArgs;
use crate::{report, target};

pub(crate) fn run(
    path: &Path,
    host: &HostArgs,
    words: &[OsString],
    manners: &Manners,
) -> Result<Exit, Report> {
    let mut clock = Clock(Instant::now());
    let rvf = target::open(path, host)?;
    let file = rvf.file().map_err(|error| report::format(path, &error))?;
    clock.tell(manners, "open");
    let chosen = target::choose(&rvf, path, host, manners)?;
    clock.tell(manners, "select");
    let vector_bytes = FileSegments::of(&file).map_err(|error| report::data(path, &error))?.vector_bytes();
    let solver = target::weigh(chosen.solver, vector_bytes, host, manners);
    let mut session = solver.start(&target::limits(host)).map_err(|error| report::running(path, &error))?;
    clock.tell(manners, &format!("start in {}", session.engine()));

    let Some(asked) = command::parse(path, session.description(), words, manners)? else {
        return Ok(Exit::Ok);
    };
    let request = params::request(&asked, &file, path)?;
    clock.tell(manners, "prepare the request");
    let mut bar = Progress::bytes(manners, asked.operation_doing(), Some(vector_bytes));
    let answer = session
        .run_with(&request, &mut |progress| bar.set(progress.bytes_read))
        .map_err(|error| report::running(path, &error))?;
    drop(bar);
    clock.tell(manners, "run");
    manners.detail(
        1,
        &format!(
            "{} steps, {} reads, {} read, {} of guest memory",
            answer.stats.steps,
            answer.stats.reads,
            rvf_terminal::bytes_text(answer.stats.bytes_read),
            rvf_terminal::bytes_text(answer.stats.memory_bytes)
        ),
    );

    let warnings: Vec<String> = session
        .unhashed()
        .iter()
        .map(|segment| format!("segment {segment} is not hashed: its data cannot be verified"))
        .collect();
    for warning in &warnings {
        manners.warn(warning);
    }
    let shown = output::Shown {
        path,
        operation: asked.operation(),
        answer: &answer,
        labels: output::labels(&file, asked.operation(), &answer.table, path)?,
        solver: solver_facts(session.description(), &chosen.from),
        engine: session.engine(),
        warnings,
    };
    output::write(&shown, &asked.output()?, manners)?;
    clock.tell(manners, "write");
    Ok(Exit::Ok)
}

fn solver_facts(description: &Description, from: &target::From) -> output::SolverFacts {
    let (origin, segment) = match from {
        target::From::File(segment) => ("file".to_owned(), Some(*segment)),
        target::From::BuiltIn => ("built-in, not from the file".to_owned(), None),
        target::From::Path(path) => (format!("{}, not from the file", path.display()), None),
    };
    output::SolverFacts {
        name: description.name.clone(),
        version: description.version.clone(),
        origin,
        segment,
    }
}

/// Tells how long each part took, with `-v`.
struct Clock(Instant);

impl Clock {
    fn tell(&mut self, manners: &Manners, part: &str) {
        let took = self.0.elapsed();
        manners.detail(1, &format!("{part}: {:.3} ms", took.as_secs_f64() * 1000.0));
        self.0 = Instant::now();
    }
}
