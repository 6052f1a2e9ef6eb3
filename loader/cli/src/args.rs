//! The command line that does not depend on a file.
//!
//! `rvf-run FILE OP ...` has flags that only the file knows. So the host's own flags
//! are taken out first, wherever they stand; what remains is the verb or the file, and
//! then the words for the operation.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use rvf_loader::limits;
use rvf_terminal::{Exit, MannerArgs, Manners, Report};

/// Open any .rvf file and run the program inside it
#[derive(Debug, Parser)]
#[command(name = "rvf-run", version, long_version = long_version(), propagate_version = true, disable_help_subcommand = true, after_help = EXAMPLES,
    override_usage = "rvf-run [OPTIONS] FILE [OPERATION] [PARAMETERS]\n       rvf-run inspect|verify|select FILE\n       rvf-run witness verify|list FILE")]
struct Cli {
    #[command(flatten)]
    host: HostArgs,
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "Examples:
  rvf-run words.rvf                             what can the program in this file do?
  rvf-run words.rvf knn --help                  its parameters
  rvf-run words.rvf knn --query-label king --k 10
  rvf-run words.rvf knn --query @q.npy --json
  rvf-run verify words.rvf
  rvf-run grid.rvf train --save taught.rvf      learn, and carry what was learned
  rvf-run ./inspect knn --query 0.1,0.2         a file that is named like a verb

Exit codes: 0 done; 1 the answer is no; 2 wrong use, or reading or writing failed;
3 a file was refused as malformed; 4 a guest trapped or hit a limit; 130 interrupted";

const CALL_HELP: &str = "Examples:
  rvf-run call stores.rvf --segment 2                       its functions
  rvf-run call stores.rvf --segment 2 rvf_store_create 8 1
  rvf-run call words.rvf --segment 3 rvf_solver_create + rvf_solver_destroy 1";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show what is in a file: segments, vectors, labels, modules
    Inspect {
        /// The file
        file: PathBuf,
    },
    /// Check every byte; exit code 0 verified, 1 not, 3 not an .rvf file
    Verify {
        /// The file
        file: PathBuf,
        /// Pass also when segments carry no hash; they stay unverified
        #[arg(long, conflicts_with = "every_byte")]
        allow_unhashed: bool,
        /// Pass only when every byte is covered, headers and padding included
        #[arg(long)]
        every_byte: bool,
    },
    /// Show which module of a file would run here
    Select {
        /// The file
        file: PathBuf,
        /// Show every module, with the exact reason why it would not run
        #[arg(long)]
        explain: bool,
    },
    /// Follow the chain of what was done to a file
    #[command(subcommand_required = true, disable_help_subcommand = true)]
    Witness {
        #[command(subcommand)]
        ask: WitnessVerb,
    },
    /// Call an exported function of any module of a file, by name
    #[command(after_help = CALL_HELP)]
    Call {
        /// The file
        file: PathBuf,
        /// The function, then its arguments: whole numbers (also 0x...) and floats, as its types ask; a lone + and
        /// the next call of the same instance may follow. Nothing: list the functions
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "EXPORT ARGS")]
        calls: Vec<OsString>,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Run an operation; the verb may be left out
    Run {
        /// The file
        file: PathBuf,
        /// The operation and its parameters, as the file's module describes them; none: list them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        operation: Vec<OsString>,
    },
}

#[derive(Debug, Subcommand)]
enum WitnessVerb {
    /// Check every link; exit code 0 all hold, 1 broken, cannot be verified or none, 3 not an .rvf file
    ///
    /// Each entry of the chain holds the SHAKE-256 of the one before. Checked are all witness segments of the
    /// file, or the one of --segment N, whose first entry must still continue what comes before it.
    Verify {
        /// The file
        file: PathBuf,
    },
    /// Show every entry
    List {
        /// The file
        file: PathBuf,
    },
}

/// Flags of the host, the same for every file.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Host options")]
pub(crate) struct HostArgs {
    /// What runs the module; auto weighs the work ahead against the time to compile
    #[arg(long, global = true, value_enum, default_value = "auto", env = "RVF_ENGINE")]
    pub(crate) engine: EngineChoice,
    /// What kind of host this is: caps and preferences
    #[arg(long, global = true, value_enum, default_value = "server", env = "RVF_PROFILE")]
    pub(crate) profile: ProfileChoice,
    /// Wall-clock limit, such as 10, 0.5s, 2m; `none` leaves only the fuel
    #[arg(long, global = true, value_name = "TIME", default_value = "60s", value_parser = timeout, env = "RVF_TIMEOUT")]
    pub(crate) timeout: Timeout,
    /// CPU budget: about one unit per simple instruction
    #[arg(long, global = true, value_name = "N", default_value_t = limits::DEFAULT_FUEL, env = "RVF_FUEL")]
    pub(crate) fuel: u64,
    /// Memory cap of the guest in pages of 64 KiB [default: 1024 server, 64 embedded]
    #[arg(long, global = true, value_name = "PAGES", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub(crate) max_memory: Option<u32>,
    /// Most bytes of result columns
    #[arg(long, global = true, value_name = "BYTES", default_value_t = limits::DEFAULT_RESULT_BYTES)]
    pub(crate) max_result: u64,
    /// Consider this segment of the directory only
    #[arg(long, global = true, value_name = "N", conflicts_with = "solver")]
    pub(crate) segment: Option<u32>,
    /// Use another module than the file's own: `built-in`, or a .wasm file
    #[arg(long, global = true, value_name = "built-in|PATH")]
    pub(crate) solver: Option<PathBuf>,
    /// Run a module whose header carries a byte sum for a hash, or says what is not so
    #[arg(long, global = true)]
    pub(crate) allow_unverified_code: bool,
    /// Neither use nor fill the cache of compiled code
    #[arg(long, global = true)]
    pub(crate) no_cache: bool,
    /// Read the file as a whole instead of mapping it
    #[arg(long, global = true)]
    pub(crate) no_mmap: bool,
    #[command(flatten)]
    manners: MannerArgs,
}

/// An engine, or a way to choose one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineChoice {
    /// By the work ahead.
    Auto,
    /// Compile to machine code.
    Jit,
    /// Interpret.
    Wasmi,
    /// Interpret with this project's own interpreter, which has no dependencies.
    Tiny,
    /// Let the file bring its own interpreter, and run that in the fastest engine of this host.
    InFile,
}

/// A kind of host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileChoice {
    /// 64 MiB for the guest, SIMD, a compiler.
    Server,
    /// 4 MiB for the guest, the scalar module, the interpreter.
    Embedded,
}

/// A wall-clock limit; `None` when switched off by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timeout(pub(crate) Option<Duration>);

fn timeout(text: &str) -> Result<Timeout, String> {
    if text == "none" {
        return Ok(Timeout(None));
    }
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let (number, unit) = units
        .iter()
        .find_map(|(name, seconds)| Some((text.strip_suffix(name)?, *seconds)))
        .unwrap_or((text, 1.0));
    let seconds = number
        .parse::<f64>()
        .map_err(|_| "give a number of seconds, or a number with ms, s, m or h".to_owned())?;
    match Duration::try_from_secs_f64(seconds * unit) {
        Ok(limit) if !limit.is_zero() => Ok(Timeout(Some(limit))),
        _ => Err("the limit must be above zero; `none` switches it off".to_owned()),
    }
}

/// What is to be done.
pub(crate) enum Invocation {
    Inspect { file: PathBuf, host: HostArgs },
    Verify { file: PathBuf, host: HostArgs, how: crate::verify::How },
    Select { file: PathBuf, host: HostArgs, explain: bool },
    Witness { file: PathBuf, host: HostArgs, ask: crate::witness::Ask },
    Completions { shell: clap_complete::Shell },
    Call { file: PathBuf, host: HostArgs, calls: Vec<OsString> },
    Run { file: PathBuf, host: HostArgs, operation: Vec<OsString> },
}

/// What this program reads, beside its own version.
fn long_version() -> String {
    format!(
        "{}\nreads segments of version {}, runs solvers of ABI version {}",
        env!("CARGO_PKG_VERSION"),
        rvf_loader::rvf_format::forever::SEGMENT_VERSION,
        rvf_loader::abi::ABI_VERSION,
    )
}

/// The run is over before it began: help, a version, or wrong use.
pub(crate) struct Parting(clap::Error);

impl Parting {
    /// Prints it; an error as a JSON document when `json`.
    pub(crate) fn say(self, json: bool) -> ExitCode {
        if json && self.0.use_stderr() {
            let text = self.0.render().to_string();
            let what = text.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
            let words: Vec<&str> = what.split_whitespace().collect();
            let report = Report::usage(words.join(" ")).fix("see rvf-run --help");
            return rvf_terminal::finish(Err(report), &Manners { json, ..Manners::default() });
        }
        // Nobody is left to tell when the stream is gone.
        let _ = self.0.print();
        if self.0.use_stderr() { Exit::Usage.into() } else { Exit::Ok.into() }
    }
}

impl Invocation {
    /// Parses the words after the program's name.
    pub(crate) fn parse(words: Vec<OsString>) -> Result<Self, Parting> {
        let (host_words, rest) = split(&words);
        if rest.first().is_some_and(|word| word == "help") {
            return Self::parse_static(&asking_for_help(rest));
        }
        let verb = rest.first().and_then(|word| word.to_str());
        // Arguments such as -1 are numbers, not flags.
        if let (Some("call"), Some(file)) = (verb, rest.get(1).filter(|word| is_file(word))) {
            let host = parse_host(&host_words)?;
            let calls = rest.get(2..).unwrap_or_default().to_vec();
            return Ok(Self::Call { file: file.into(), host, calls });
        }
        let named = Cli::command().get_subcommands().any(|known| Some(known.get_name()) == verb);
        let free = if verb == Some("run") { rest.get(1..).unwrap_or_default() } else { &rest };
        match free.split_first() {
            Some((file, operation)) if (!named || verb == Some("run")) && is_file(file) => {
                let host = parse_host(&host_words)?;
                Ok(Self::Run { file: file.into(), host, operation: operation.to_vec() })
            }
            _ => Self::parse_static(&words),
        }
    }

    fn parse_static(words: &[OsString]) -> Result<Self, Parting> {
        let program = [OsString::from("rvf-run")];
        let matches = without_empty_variables(Cli::command())
            .try_get_matches_from(program.iter().chain(words))
            .map_err(Parting)?;
        let Cli { host, verb } = Cli::from_arg_matches(&matches).map_err(Parting)?;
        Ok(match verb {
            Verb::Inspect { file } => Self::Inspect { file, host },
            Verb::Verify { file, allow_unhashed, every_byte } => {
                Self::Verify { file, host, how: crate::verify::How { allow_unhashed, every_byte } }
            }
            Verb::Select { file, explain } => Self::Select { file, host, explain },
            Verb::Witness { ask: WitnessVerb::Verify { file } } => {
                Self::Witness { file, host, ask: crate::witness::Ask::Verify }
            }
            Verb::Witness { ask: WitnessVerb::List { file } } => {
                Self::Witness { file, host, ask: crate::witness::Ask::List }
            }
            Verb::Call { file, calls } => Self::Call { file, host, calls },
            Verb::Completions { shell } => Self::Completions { shell },
            Verb::Run { file, operation } => Self::Run { file, host, operation },
        })
    }

    pub(crate) fn manners(&self) -> Manners {
        match self {
            Self::Inspect { host, .. }
            | Self::Verify { host, .. }
            | Self::Select { host, .. }
            | Self::Call { host, .. }
            | Self::Witness { host, .. }
            | Self::Run { host, .. } => host.manners.into(),
            Self::Completions { .. } => Manners::default(),
        }
    }
}

pub(crate) fn completions(shell: clap_complete::Shell) -> Result<Exit, Report> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "rvf-run", &mut script);
    rvf_terminal::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Ok)
}

/// A command that knows the host's flags only; shown in the help of operations too.
pub(crate) fn host_command(name: &'static str) -> clap::Command {
    without_empty_variables(HostArgs::augment_args(clap::Command::new(name)))
}

/// A variable that is set to nothing is as one that is not set.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty =
        |flag: &clap::Arg| flag.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
    command.mut_args(|flag| if is_empty(&flag) { flag.env(None::<&str>) } else { flag })
}

fn is_file(word: &OsString) -> bool {
    !word.to_string_lossy().starts_with('-')
}

/// `help VERB` as `VERB --help`.
fn asking_for_help(words: Vec<OsString>) -> Vec<OsString> {
    words.into_iter().skip(1).take(1).chain(std::iter::once(OsString::from("--help"))).collect()
}

fn parse_host(words: &[OsString]) -> Result<HostArgs, Parting> {
    let program = [OsString::from("rvf-run")];
    let matches =
        host_command("rvf-run").try_get_matches_from(program.iter().chain(words)).map_err(Parting)?;
    HostArgs::from_arg_matches(&matches).map_err(Parting)
}

/// Takes the host's flags and their values out of `words`, up to a `--`.
fn split(words: &[OsString]) -> (Vec<OsString>, Vec<OsString>) {
    let command = host_command("rvf-run");
    let (mut host, mut rest) = (Vec::new(), Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            rest.push(word.clone());
            rest.extend(words.by_ref().cloned());
            break;
        }
        match takes_value(&command, word) {
            None => rest.push(word.clone()),
            Some(false) => host.push(word.clone()),
            Some(true) => {
                host.push(word.clone());
                host.extend(words.next().cloned());
            }
        }
    }
    (host, rest)
}

/// Whether `word` is a flag of the host, and if so, whether the next word is its value.
fn takes_value(command: &clap::Command, word: &OsStr) -> Option<bool> {
    let word = word.to_str()?;
    if let Some(long) = word.strip_prefix("--") {
        let (name, joined) = long.split_once('=').map_or((long, false), |(name, _)| (name, true));
        let flag = command.get_arguments().find(|flag| flag.get_long() == Some(name))?;
        let wants = matches!(flag.get_action(), ArgAction::Set | ArgAction::Append);
        return Some(wants && !joined);
    }
    let letters = word.strip_prefix('-').filter(|letters| !letters.is_empty())?;
    let known = |letter| command.get_arguments().any(|flag| flag.get_short() == Some(letter));
    letters.chars().all(known).then_some(false)
}

/// A flag of this name belongs to the host, so that no parameter can take it.
pub(crate) fn is_host_flag(name: &str) -> bool {
    host_command("rvf-run").get_arguments().any(|flag| flag.get_long() == Some(name))
        || matches!(name, "help" | "version")
}
