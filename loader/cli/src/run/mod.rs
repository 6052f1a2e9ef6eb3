//! `rvf-run FILE OP`: run an operation that the module in the file describes.

mod columns;
mod command;
mod learning;
mod npy;
mod numbers;
mod output;
mod params;
mod plot;
mod queries;
mod save;
mod summary;
mod trace;
mod watch;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rvf_loader::abi::Description;
use rvf_loader::segments::FileSegments;
use rvf_terminal::{Exit, Manners, Report};

use self::plot::Plot;
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
    let chosen = target::choose(&rvf, path, host, learning::is_command(words), manners)?;
    clock.tell(manners, "select");
    let data = FileSegments::of(&file).map_err(|error| report::data(path, &error))?;
    let solver = target::weigh(chosen.solver, &data, host, manners);
    let mut session = solver.start(&target::limits(host)).map_err(|error| report::running(path, &error))?;
    clock.tell(manners, &format!("start in {}", session.engine()));

    let learns = command::Learns {
        puzzles: session.learns_puzzles().map_err(|error| report::running(path, &error))?,
        methods: session.learns_methods(),
    };
    let solver_inputs: Vec<&Path> = std::iter::once(path).chain(host.solver.as_deref()).collect();
    if learns.puzzles && command::names_learning(session.description(), words) {
        let solver = solver_facts(session.description(), &chosen.from);
        let place = learning::Place { path, rvf: &rvf, solver, inputs: &solver_inputs };
        return learning::run(&place, &mut session, words, manners);
    }
    let Some(asked) = command::parse(path, &file, session.description(), learns, words, manners)? else {
        return Ok(Exit::Ok);
    };
    let request = params::request(&asked, &mut session, &file, path)?;
    clock.tell(manners, "prepare the request");
    let (output, traces, files) = (asked.output()?, asked.traces()?, asked.files());
    let save = asked.save(path)?;
    let inputs: Vec<&Path> =
        solver_inputs.iter().copied().chain(files.iter().map(PathBuf::as_path)).collect();
    let mut outputs: Vec<&Path> =
        output::paths(&output).into_iter().chain(traces.iter().map(trace::Target::path)).collect();
    rvf_terminal::refuse_clashes(&inputs, &outputs)?;
    // The copy may take the place of the file itself, but of no other input and of no output.
    outputs.extend(save.as_ref().map(save::Target::path));
    rvf_terminal::refuse_clashes(inputs.get(1..).unwrap_or_default(), &outputs)?;
    if !traces.is_empty() {
        session.set_step_units(TRACED_UNITS);
    }
    let tolerance = params::tolerance(&asked);
    let bytes = Some(data.vector_bytes()).filter(|bytes| *bytes > 0);
    let mut watch = watch::Watch::new(manners, bytes, tolerance, !traces.is_empty());
    let answer = session
        .run_with(&request, &mut |progress| watch.hear(progress))
        .map_err(|error| report::running(path, &error))?;
    let course = watch.finish(&answer.summary);
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
    let saved = match &save {
        Some(target) => {
            let learned = session.methods_learned(&answer).map_err(|error| report::running(path, &error))?;
            let learned = learned.ok_or_else(|| {
                let report =
                    Report::new(Exit::No, "the run observed nothing to learn from, so nothing is saved");
                report.at(path.display()).fix("leave the choice to the policy with --method auto")
            })?;
            Some((target, target.write(&rvf, path, &learned)?))
        }
        None => None,
    };
    let shown = output::Shown {
        path,
        operation: asked.operation(),
        answer: &answer,
        labels: output::labels(&file, asked.operation(), &answer.table, path)?,
        solver: solver_facts(session.description(), &chosen.from),
        engine: session.engine(),
        warnings,
        saved: saved.as_ref().map(|(target, saved)| target.to_json(saved)),
    };
    output::write(&shown, &output, manners)?;
    if let Some((target, saved)) = &saved {
        target.tell(saved, manners);
    }
    if course.is_empty() && !traces.is_empty() {
        manners.warn("there is nothing to trace: the operation tells of no iterations");
    } else {
        let title = format!("{} of {}", asked.operation().name, path.display());
        for target in &traces {
            target.write(&course, &Plot { title: &title, tolerance }, output.force)?;
            manners.note(&format!("wrote {}", target.path().display()));
        }
    }
    clock.tell(manners, "write");
    Ok(summary::exit(&answer.summary, &answer.table, asked.has("require-certified"), manners))
}

/// Work units of a step when every iteration is to be heard of: a step ends after the work that
/// passes this, and one iteration is more.
const TRACED_UNITS: u32 = 1;

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
