//! The commands that a module's description makes: operations, their flags, their help.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Command};
use rvf_loader::abi::{Description, Operation, Param, ParamKind, Unit};
use rvf_loader::matrices::matrices;
use rvf_loader::rvf_format::File;
use rvf_loader::rvf_format::read::sparse::Kind;
use rvf_terminal::serde_json::{Map, json};
use rvf_terminal::{Manners, Report, escape};

use super::output::{Output, Target};
use super::trace;
use super::{learning, save};
use crate::args;

/// An operation and what was given for it.
pub(super) struct Asked {
    operation: Operation,
    matches: ArgMatches,
}

impl Asked {
    pub(super) fn operation(&self) -> &Operation {
        &self.operation
    }

    /// The values given for a flag, each with its place in the command line.
    pub(super) fn placed(&self, flag: &str) -> Vec<(usize, String)> {
        let places = self.matches.indices_of(flag).into_iter().flatten();
        places.zip(self.values(flag)).collect()
    }

    /// The files that values are read from: those of `@FILE`.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let lists = self
            .operation
            .params
            .iter()
            .filter(|param| matches!(param.kind, ParamKind::F32s | ParamKind::F64s | ParamKind::U64s));
        lists
            .flat_map(|param| self.values(&flag_name(param)))
            .filter_map(|value| value.strip_prefix('@').map(PathBuf::from))
            .collect()
    }

    /// The values given for a flag, in order.
    pub(super) fn values(&self, flag: &str) -> Vec<String> {
        self.matches.get_many::<String>(flag).into_iter().flatten().cloned().collect()
    }

    /// A switch was given.
    pub(super) fn has(&self, flag: &str) -> bool {
        self.matches.try_get_one::<bool>(flag).ok().flatten().copied().unwrap_or(false)
    }

    /// Where the course of the iterations goes.
    pub(super) fn traces(&self) -> Result<Vec<trace::Target>, Report> {
        self.matches
            .get_many::<PathBuf>("trace")
            .into_iter()
            .flatten()
            .map(|path| trace::Target::parse(path))
            .collect()
    }

    /// Where a copy of `file` with what the run teaches goes.
    pub(super) fn save(&self, file: &Path) -> Result<Option<save::Target>, Report> {
        let path = self.matches.try_get_one::<PathBuf>("save").ok().flatten();
        let Some(path) = path else { return Ok(None) };
        let method = self.operation.params.iter().find(|param| param.name == METHOD);
        let given = method.and_then(|param| self.values(&flag_name(param)).pop().or(param.default.clone()));
        if given.is_some_and(|given| given != AUTO) {
            return Err(Report::usage("--learn learns how to choose a method, and the method is given")
                .fix("leave the choice to the policy with --method auto"));
        }
        save::Target::of(path, self.has("force"), file).map(Some)
    }

    /// Where the answer goes.
    pub(super) fn output(&self) -> Result<Output, Report> {
        let targets: Vec<PathBuf> =
            self.matches.get_many::<PathBuf>("out").into_iter().flatten().cloned().collect();
        let targets = targets
            .into_iter()
            .map(|target| Target::parse(&target, &self.operation))
            .collect::<Result<_, _>>()?;
        Ok(Output { csv: self.has("csv"), force: self.has("force"), targets })
    }
}

/// The parameter by which an operation is told how to go about it, and the choice that leaves it open.
const METHOD: &str = "method";
const AUTO: &str = "auto";

/// What a module can learn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Learns {
    /// By puzzles of its own.
    pub(super) puzzles: bool,
    /// From its runs, which method to choose.
    pub(super) methods: bool,
}

/// The words name a command of [`learning`] that is no operation of the module.
pub(super) fn names_learning(description: &Description, words: &[OsString]) -> bool {
    let name = words.first().and_then(|word| word.to_str());
    learning::is_command(words) && name.is_some_and(|name| description.operation(name).is_none())
}

/// Parses the words after the file. `None`: help or a list was printed instead.
pub(super) fn parse(
    path: &Path,
    file: &File<'_>,
    description: &Description,
    learns: Learns,
    words: &[OsString],
    manners: &Manners,
) -> Result<Option<Asked>, Report> {
    if words.is_empty() {
        let list =
            if manners.json { list_json(path, description, learns) } else { list(path, description, learns) };
        rvf_terminal::print(&list)?;
        return Ok(None);
    }
    let name = OsString::from(format!("rvf-run {}", path.display()));
    let command = command(path, &Names::of(file), description, learns);
    let matches = match command.try_get_matches_from(std::iter::once(&name).chain(words)) {
        Ok(matches) => matches,
        Err(error) if error.use_stderr() => return Err(usage(&error, description)),
        Err(help) => {
            rvf_terminal::print(&help.render().to_string())?;
            return Ok(None);
        }
    };
    let asked = matches.subcommand().and_then(|(name, matches)| {
        let operation = description.operation(name)?.clone();
        Some(Asked { operation, matches: matches.clone() })
    });
    asked.map(Some).ok_or_else(|| Report::usage("no operation is named"))
}

/// Clap's own message without its prefix, and its tip if it has one.
fn usage(error: &clap::Error, description: &Description) -> Report {
    let text = error.render().to_string();
    let what = text.trim().split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = what.trim_start_matches("error: ").split_whitespace().collect();
    let tip = text.lines().find_map(|line| line.trim_start().strip_prefix("tip: "));
    if error.kind() == clap::error::ErrorKind::InvalidSubcommand {
        let known: Vec<&str> = description.operations.iter().map(|known| known.name.as_str()).collect();
        let named = error.get(clap::error::ContextKind::InvalidSubcommand);
        let named = named.map_or_else(String::new, ToString::to_string);
        let report = Report::usage(format!("this file's module has no operation `{named}`"));
        if learning::COMMANDS.iter().any(|(name, _)| *name == named) {
            return report.fix("--solver built-in runs the solver of this command instead, which learns");
        }
        return report.fix(format!("it has: {}", shown(&known)));
    }
    Report::usage(words.join(" ")).fix(tip.unwrap_or("see --help behind the operation"))
}

fn list(path: &Path, description: &Description, learns: Learns) -> String {
    let name = escape(&description.name).into_owned();
    let mut text = format!("{name} {} can:\n\n", escape(&description.version));
    for operation in &description.operations {
        text.push_str(&format!("  {:<14}{}\n", operation.name, escape(&operation.doc)));
    }
    if learns.puzzles {
        text.push_str("\nand learns from puzzles of its own:\n\n");
        for (name, doc) in learning::COMMANDS {
            text.push_str(&format!("  {name:<14}{doc}\n"));
        }
    }
    let file = path.display().to_string();
    text.push_str(&format!("\nParameters: rvf-run {} OPERATION --help\n", escape(&file)));
    text
}

/// What the module describes, as one JSON document.
fn list_json(path: &Path, description: &Description, learns: Learns) -> String {
    let param = |param: &Param| {
        json!({
            "name": param.name, "flag": format!("--{}", flag_name(param)), "type": param.kind.type_name(),
            "required": param.required, "default": param.default, "doc": param.doc,
        })
    };
    let operation = |operation: &Operation| {
        let columns = operation
            .columns
            .iter()
            .map(|column| json!({ "name": column.name, "type": column.kind.name(), "doc": column.doc }));
        json!({
            "name": operation.name, "doc": operation.doc,
            "params": operation.params.iter().map(param).collect::<Vec<_>>(),
            "columns": columns.collect::<Vec<_>>(),
        })
    };
    let mut body = Map::new();
    body.insert("file".to_owned(), path.to_string_lossy().into());
    body.insert("solver".to_owned(), json!({ "name": description.name, "version": description.version }));
    body.insert("operations".to_owned(), description.operations.iter().map(operation).collect());
    if learns.puzzles {
        let command = |(name, doc)| json!({ "name": name, "doc": doc });
        body.insert("learning".to_owned(), learning::COMMANDS.map(command).into_iter().collect());
    }
    rvf_terminal::document("rvf-operations/1", body)
}

/// What strings of a request can name, for the help.
struct Names {
    matrices: Vec<String>,
    arrays: Vec<String>,
}

impl Names {
    fn of(file: &File<'_>) -> Self {
        let of = |kind| names(file, kind).iter().map(|name| escape(name).into_owned()).collect();
        Self { matrices: of(Kind::Csr), arrays: of(Kind::Dense) }
    }

    /// The names that this parameter takes, as a part of its help.
    fn help(&self, param: &Param) -> String {
        let names = match param.unit {
            Some(Unit::Matrix) => &self.matrices,
            Some(Unit::Array) => &self.arrays,
            _ => return String::new(),
        };
        if names.is_empty() {
            " [this file: none]".to_owned()
        } else {
            format!(" [this file: {}]", shown(names))
        }
    }
}

/// Names that a help text or an error shows.
const SHOWN_NAMES: usize = 20;

/// The first of these names.
pub(super) fn shown<T: AsRef<str>>(names: &[T]) -> String {
    let first: Vec<&str> = names.iter().take(SHOWN_NAMES).map(AsRef::as_ref).collect();
    let more = if names.len() > SHOWN_NAMES { ", ..." } else { "" };
    first.join(", ") + more
}

/// Names of the matrices of one kind that can be read.
pub(super) fn names<'a>(file: &File<'a>, kind: Kind) -> Vec<&'a str> {
    let of_kind = matrices(file).flatten().filter(|matrix| matrix.head.kind == kind);
    of_kind.map(|matrix| matrix.name).filter(|name| !name.is_empty()).collect()
}

fn command(path: &Path, names: &Names, description: &Description, learns: Learns) -> Command {
    let file = escape(&path.display().to_string()).into_owned();
    Command::new(format!("rvf-run {file}"))
        .bin_name(format!("rvf-run {file}"))
        .about(format!("{} {}", escape(&description.name), escape(&description.version)))
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .subcommands(
            description.operations.iter().map(|described| operation(described, names, learns.methods)),
        )
}

fn operation(operation: &Operation, names: &Names, learns: bool) -> Command {
    let columns: Vec<String> = operation
        .columns
        .iter()
        .map(|column| format!("  {:<12}{:<5}{}", column.name, column.kind.name(), escape(&column.doc)))
        .collect();
    let host = args::host_command("rvf-run");
    let mut command = Command::new(operation.name.clone())
        .about(escape(&operation.doc).into_owned())
        .after_help(format!("Result columns:\n{}", columns.join("\n")))
        .args(operation.params.iter().flat_map(|param| flags(param, names)))
        .next_help_heading("Output")
        .arg(
            Arg::new("csv").long("csv").action(ArgAction::SetTrue).conflicts_with("json").help("Print rows as CSV"),
        )
        .arg(
            Arg::new("out")
                .long("out")
                .value_name("[COLUMN=]FILE.npy")
                .value_parser(clap::value_parser!(PathBuf))
                .action(ArgAction::Append)
                .help("Write a NumPy file: one column by name, or all columns as a structured array; repeatable"),
        )
        .arg(
            Arg::new("trace")
                .long("trace")
                .value_name("FILE.csv|FILE.svg")
                .value_parser(clap::value_parser!(PathBuf))
                .action(ArgAction::Append)
                .help("Write the residual of every iteration, as a table or as a picture; repeatable"),
        )
        .arg(
            Arg::new("require-certified")
                .long("require-certified")
                .action(ArgAction::SetTrue)
                .help("Exit with 1 unless the answer says that it is certified"),
        )
        .arg(Arg::new("force").long("force").action(ArgAction::SetTrue).help("Replace files that exist"));
    if learns && chooses(operation) {
        let learn = Arg::new("learn")
            .long("learn")
            .action(ArgAction::SetTrue)
            .requires("save")
            .help("Learn from this run which method to choose; needs --save");
        command = command.args([learn, save::flag().requires("learn")]);
    }
    if names_vectors(operation) {
        command = command.arg(
            Arg::new("without-self")
                .long("without-self")
                .action(ArgAction::SetTrue)
                .help("Leave the vectors named with a label or an id out of the answer"),
        );
    }
    // The host's flags are parsed before these, and shown here for their help.
    command
        .next_help_heading("Host options")
        .args(host.get_arguments().cloned().map(|flag| flag.global(false).env(None::<&str>)))
}

/// The method can be left to the module's policy.
fn chooses(operation: &Operation) -> bool {
    operation.params.iter().any(|param| {
        let open =
            matches!(&param.kind, ParamKind::Enum(choices) if choices.iter().any(|choice| choice == AUTO));
        param.name == METHOD && open
    })
}

/// A query can be named by label or id, and the operation can leave ids out.
fn names_vectors(operation: &Operation) -> bool {
    exclusion(operation).is_some() && operation.params.iter().any(|param| param.unit == Some(Unit::Vectors))
}

/// The parameter that leaves ids out of the answer.
pub(super) fn exclusion(operation: &Operation) -> Option<&Param> {
    operation.params.iter().find(|param| {
        param.name == "exclude" && param.unit == Some(Unit::Id) && param.kind == ParamKind::U64s
    })
}

/// The name of a parameter's flag: its own, unless the host has a flag of that name.
pub(super) fn flag_name(param: &Param) -> String {
    let taken = args::is_host_flag(&param.name)
        || matches!(
            param.name.as_str(),
            "csv" | "out" | "force" | "trace" | "require-certified" | "without-self" | "learn" | "save"
        );
    if taken { format!("param-{}", param.name) } else { param.name.clone() }
}

fn flags(param: &Param, names: &Names) -> Vec<Arg> {
    let name = flag_name(param);
    let mut help = escape(&param.doc).into_owned() + &names.help(param);
    if let Some(default) = &param.default {
        help.push_str(&format!(" [default: {}]", escape(default)));
    }
    let plain = Arg::new(name.clone()).long(name.clone()).allow_hyphen_values(true);
    let (label, id) = (format!("{name}-label"), format!("{name}-id"));
    match (&param.kind, param.unit) {
        (ParamKind::F32s, Some(Unit::Vectors)) => {
            let one_of = [label.clone(), id.clone()];
            let mut plain = plain.value_name("NUMBERS|@FILE").action(ArgAction::Append).help(format!(
                "{help}. As 0.1,0.2,... or from @FILE (.npy, .fvecs, text; @- is standard input); repeatable"
            ));
            if param.required {
                plain = plain.required_unless_present_any(one_of);
            }
            vec![
                plain,
                named(label, "TEXT", format!("The vector with this label, for --{name}; repeatable")),
                named(id, "ID", format!("The vector with this id, for --{name}; repeatable")),
            ]
        }
        (ParamKind::U64s, Some(Unit::Id)) => {
            let plain = plain
                .value_name("IDS|@FILE")
                .action(ArgAction::Append)
                .help(format!("{help}. As 1,2,3 or from @FILE (.npy, text)"));
            let plain = if param.required { plain.required_unless_present(label.clone()) } else { plain };
            vec![plain, named(label, "TEXT", format!("The id with this label, for --{name}; repeatable"))]
        }
        (ParamKind::U64s | ParamKind::F64s | ParamKind::F32s, _) => {
            let help = format!("{help}. As 1,2,3 or from @FILE (.npy, text)");
            vec![
                plain
                    .value_name("NUMBERS|@FILE")
                    .action(ArgAction::Append)
                    .required(param.required)
                    .help(help),
            ]
        }
        (ParamKind::Enum(choices), _) => {
            vec![
                plain
                    .value_parser(clap::builder::PossibleValuesParser::new(choices.clone()))
                    .required(param.required)
                    .help(help),
            ]
        }
        (ParamKind::U64 { .. }, Some(Unit::Id)) => {
            let plain = plain.value_name("ID").conflicts_with(label.clone()).help(help);
            let plain = if param.required { plain.required_unless_present(label.clone()) } else { plain };
            let text = format!("The id with this label, for --{name}");
            vec![plain, Arg::new(label.clone()).long(label).value_name("TEXT").help(text)]
        }
        (ParamKind::U64 { min, max }, _) => {
            let range =
                if *max == u64::MAX { format!(" [from {min}]") } else { format!(" [{min} to {max}]") };
            vec![plain.value_name("N").required(param.required).help(help + &range)]
        }
        (ParamKind::F64 { .. }, _) => vec![plain.value_name("X").required(param.required).help(help)],
        (ParamKind::Text, Some(Unit::Matrix | Unit::Array)) => {
            vec![plain.value_name("NAME").required(param.required).help(help)]
        }
        (ParamKind::Text, _) => vec![plain.value_name("TEXT").required(param.required).help(help)],
    }
}

fn named(name: String, value: &'static str, help: String) -> Arg {
    Arg::new(name.clone()).long(name).value_name(value).action(ArgAction::Append).help(help)
}
