//! `train`, `acceptance` and `policy`: a module that learns from puzzles of its own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use rvf_loader::learning::{Acceptance, PUZZLES, SavedPolicy, Training};
use rvf_loader::{Rvf, Session};
use rvf_terminal::serde_json::{Map, Value, json};
use rvf_terminal::{Align, Exit, Manners, Progress, Report, Table, escape};

use super::output::SolverFacts;
use super::save::{self, Target};
use crate::{args, report};

/// The commands and what they do, for the list of operations.
pub(super) const COMMANDS: [(&str, &str); 3] = [
    ("train", "Solve calendar puzzles and learn from them; --save keeps what was learned"),
    (
        "acceptance",
        "Test what was learned on puzzles that nothing is learned from; exit code 1: it does not help",
    ),
    ("policy", "Show what is known of each context and method"),
];

/// The words name one of them, unless the module has an operation of that name.
pub(super) fn is_command(words: &[OsString]) -> bool {
    words.first().is_some_and(|word| COMMANDS.iter().any(|(known, _)| word == known))
}

/// What a command works on.
pub(super) struct Place<'a, 'r> {
    pub(super) path: &'a Path,
    pub(super) rvf: &'r Rvf<'r>,
    pub(super) solver: SolverFacts,
    pub(super) inputs: &'a [&'a Path],
}

/// Runs the command that the words name.
pub(super) fn run(
    place: &Place<'_, '_>,
    session: &mut Session<'_>,
    words: &[OsString],
    manners: &Manners,
) -> Result<Exit, Report> {
    let file = escape(&place.path.display().to_string()).into_owned();
    let name = format!("rvf-run {file}");
    let parsed = command(&name).try_get_matches_from([OsString::from(&name)].iter().chain(words));
    let matches = match parsed {
        Ok(matches) => matches,
        Err(error) if error.use_stderr() => {
            let text = error.render().to_string();
            let what = text.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
            let words: Vec<&str> = what.split_whitespace().collect();
            return Err(Report::usage(words.join(" ")).fix("see --help behind the operation"));
        }
        Err(help) => {
            rvf_terminal::print(&help.render().to_string())?;
            return Ok(Exit::Ok);
        }
    };
    let Some((command, matches)) = matches.subcommand() else {
        return Err(Report::usage("no operation is named"));
    };
    act(place, session, command, matches, manners)
}

fn act(
    place: &Place<'_, '_>,
    session: &mut Session<'_>,
    command: &str,
    matches: &ArgMatches,
    manners: &Manners,
) -> Result<Exit, Report> {
    let failed = |error| report::running(place.path, &error);
    let target = match matches.try_get_one::<PathBuf>("save").ok().flatten() {
        Some(path) => {
            let others: Vec<&Path> =
                place.inputs.iter().filter(|input| **input != place.path).copied().collect();
            rvf_terminal::refuse_clashes(&others, &[path])?;
            Some(Target::of(path, matches.get_flag("force"), place.path)?)
        }
        None => None,
    };
    let before = place.rvf.policy(PUZZLES).map_err(|error| report::data(place.path, &error))?;
    if let Some(policy) = &before {
        session.resume_puzzles(policy).map_err(failed)?;
    }
    let number = |name: &str| matches.get_one::<i32>(name).copied().unwrap_or_default();
    let generation = before.as_ref().map_or(0, |policy| policy.head.generation);
    let seed = matches.try_get_one::<u64>("seed").ok().flatten().copied();
    // Without a seed of the user's, a file that was saved goes on to puzzles that it has not seen.
    let seed = seed.unwrap_or(generation.saturating_add(1));
    let (result, passed, runs) = match command {
        "train" => {
            let training = Training {
                count: number("count"),
                least: number("min-difficulty"),
                most: number("max-difficulty"),
                seed,
            };
            // One call of the module, which cannot say how far it is.
            let result =
                Progress::during(manners, "training", || session.train(&training)).map_err(failed)?;
            (result, None, number("count"))
        }
        "acceptance" => {
            let test = Acceptance {
                hold_out: number("holdout"),
                training: number("training"),
                cycles: number("cycles"),
                budget: number("budget"),
                seed,
            };
            let tested = Progress::during(manners, "testing", || session.acceptance(&test));
            let (passed, result) = tested.map_err(failed)?;
            (result, Some(passed), test.training.saturating_mul(test.cycles))
        }
        _ => (session.puzzle_policy().map_err(failed)?, None, 0),
    };
    let saved = match &target {
        Some(target) => {
            let runs = u64::try_from(runs).unwrap_or(0);
            let learned = session.puzzles_learned(runs).map_err(failed)?;
            Some((target, target.write(place.rvf, place.path, &learned)?))
        }
        None => None,
    };
    let body = json!({
        "file": place.path.to_string_lossy(),
        "operation": command,
        "solver": place.solver.to_json(),
        "engine": session.engine(),
        "seed": if command == "policy" { Value::Null } else { json!(seed) },
        "started_from": before.as_ref().map(started),
        "passed": passed,
        "result": result,
        "saved": saved.as_ref().map(|(target, saved)| target.to_json(saved)),
    });
    if manners.json {
        let Value::Object(body) = body else { return Ok(Exit::Ok) };
        rvf_terminal::print(&rvf_terminal::document("rvf-learning/1", body))?;
    } else {
        let text = match command {
            "train" => trained(&result),
            "acceptance" => accepted(&result, manners),
            _ => contexts(&result, manners),
        };
        rvf_terminal::print(&(text + &origin(before.as_ref())))?;
    }
    match saved {
        Some((target, saved)) => target.tell(&saved, manners),
        None if command == "train" => {
            manners.note("nothing was saved; --save FILE.rvf keeps what was learned")
        }
        None => {}
    }
    Ok(if passed == Some(false) { Exit::No } else { Exit::Ok })
}

fn started(policy: &SavedPolicy<'_>) -> Value {
    json!({ "segment": policy.segment, "generation": policy.head.generation, "learned": policy.head.learned })
}

fn origin(before: Option<&SavedPolicy<'_>>) -> String {
    match before {
        Some(policy) => format!(
            "started from generation {} in segment {} ({} learned from)\n",
            policy.head.generation, policy.segment, policy.head.learned
        ),
        None => "started from nothing: the file carries no policy of puzzles\n".to_owned(),
    }
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).map_or_else(|| "?".to_owned(), ToString::to_string)
}

fn trained(result: &Value) -> String {
    format!(
        "solved {} of {} puzzles; {} patterns are known\n",
        text(result, "correct"),
        text(result, "trained"),
        text(result, "patterns_learned")
    )
}

fn accepted(result: &Value, manners: &Manners) -> String {
    let mut table = Table::new(&[
        ("mode", Align::Left),
        ("cycle", Align::Right),
        ("accuracy", Align::Right),
        ("cost per puzzle", Align::Right),
        ("accuracy with noise", Align::Right),
        ("violations", Align::Right),
        ("passed", Align::Left),
    ]);
    for (key, name) in [("mode_a", "A fixed"), ("mode_b", "B compiled"), ("mode_c", "C learned")] {
        let Some(mode) = result.get(key) else { continue };
        for cycle in mode.get("cycles").and_then(Value::as_array).into_iter().flatten() {
            table.row([
                name.to_owned(),
                text(cycle, "cycle"),
                text(cycle, "accuracy"),
                text(cycle, "cost_per_solve"),
                text(cycle, "noise_accuracy"),
                text(cycle, "violations"),
                text(mode, "passed"),
            ]);
        }
    }
    table.to_text(manners.colour.stdout)
}

fn contexts(policy: &Value, manners: &Manners) -> String {
    let mut table = Table::new(&[
        ("context", Align::Left),
        ("method", Align::Left),
        ("attempts", Align::Right),
        ("solved", Align::Right),
        ("steps", Align::Right),
    ]);
    let empty = Map::new();
    let stats = policy.get("context_stats").and_then(Value::as_object).unwrap_or(&empty);
    for (context, arms) in stats {
        for (arm, known) in arms.as_object().into_iter().flatten() {
            let [attempts, solved, steps] =
                ["attempts", "successes", "total_steps"].map(|key| text(known, key));
            table.row([context.clone(), arm.clone(), attempts, solved, steps]);
        }
    }
    if table.is_empty() { "nothing is known yet\n".to_owned() } else { table.to_text(manners.colour.stdout) }
}

fn command(name: &str) -> Command {
    let [train, acceptance, policy] = COMMANDS.map(|(name, about)| Command::new(name).about(about));
    let number = |name: &'static str, default: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("N")
            .allow_negative_numbers(true)
            .value_parser(value_parser!(i32).range(0..))
            .default_value(default)
            .help(help)
    };
    let seed = Arg::new("seed").long("seed").value_name("N").value_parser(value_parser!(u64));
    let force = Arg::new("force").long("force").action(ArgAction::SetTrue).help("Replace the file of --save");
    let saving = |command: Command| {
        let host = args::host_command("rvf-run");
        command
            .next_help_heading("Output")
            .args([save::flag(), force.clone()])
            .next_help_heading("Host options")
            .args(host.get_arguments().cloned().map(|flag| flag.global(false).env(None::<&str>)))
    };
    let known = "Names the puzzles [default: one more than the saves so far, so that they are new ones]";
    let train = train.args([
        number("count", "1000", "Puzzles"),
        number("min-difficulty", "1", "Least difficulty, 1 to 10"),
        number("max-difficulty", "10", "Greatest difficulty, 1 to 10"),
        seed.clone().help(known),
    ]);
    let acceptance = acceptance.args([
        number("holdout", "50", "Puzzles that nothing is learned from"),
        number("training", "200", "Puzzles learned from in each cycle"),
        number("cycles", "5", "Cycles"),
        number("budget", "500", "Steps that one puzzle may take"),
        seed.help(known),
    ]);
    let host = args::host_command("rvf-run");
    let policy = policy
        .next_help_heading("Host options")
        .args(host.get_arguments().cloned().map(|flag| flag.global(false).env(None::<&str>)));
    Command::new(name.to_owned())
        .bin_name(name.to_owned())
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .subcommands([saving(train), saving(acceptance), policy])
}
