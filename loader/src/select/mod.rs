//! The third verb: select. Which module of the file can this host run, and why not the others?

mod bootstrap;
mod candidate;
mod host;
mod search;
mod speaks;
mod verdict;

use core::fmt;

use rvf_format::read::wasm::Role;
use rvf_format::{Error, File};

pub use self::bootstrap::Bootstrap;
pub(crate) use self::candidate::{examined, invalid};
pub use self::host::Host;
pub(crate) use self::search::Picked;
use self::search::Search;
pub use self::speaks::Speaks;
pub use self::verdict::{Choice, ModuleVerdict, Reason};
use crate::open::Rvf;
use crate::solver::Solver;

/// The verdicts on all modules of a file, and which one is chosen.
#[derive(Debug, Clone)]
pub struct Selection {
    /// One verdict per WASM segment, in directory order.
    pub verdicts: Vec<ModuleVerdict>,
    /// Place of the chosen one in `verdicts`.
    pub chosen: Option<usize>,
}

impl Selection {
    /// The verdicts in directory order.
    fn of(mut verdicts: Vec<ModuleVerdict>, chosen: Option<u32>) -> Self {
        verdicts.sort_by_key(|verdict| verdict.segment);
        let place = |segment| verdicts.iter().position(|verdict| verdict.segment == segment);
        let chosen = chosen.and_then(place);
        Self { verdicts, chosen }
    }

    /// The first rejection for a reason like this.
    fn rejected(&self, like: impl Fn(&Reason) -> bool) -> Option<(&ModuleVerdict, &Reason)> {
        self.verdicts.iter().find_map(|verdict| match &verdict.choice {
            Choice::Rejected(reason) if like(reason) => Some((verdict, reason)),
            _ => None,
        })
    }

    fn damage(&self) -> Option<(&ModuleVerdict, &Reason)> {
        self.rejected(|reason| matches!(reason, Reason::Damaged(_) | Reason::Malformed(_)))
    }

    fn out_of_time(&self) -> bool {
        self.rejected(|reason| matches!(reason, Reason::OutOfTime)).is_some()
    }
}

/// No module of a file can be run here.
#[derive(Debug, Clone)]
pub enum SelectError {
    /// The file's structure cannot be read any more.
    Format(Error),
    /// The file carries no module at all.
    NoModule,
    /// It carries some, and none is acceptable.
    NoneAcceptable(Box<Selection>),
}

impl fmt::Display for SelectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(error) => error.fmt(f),
            Self::NoModule => f.write_str("the file carries no WebAssembly module"),
            Self::NoneAcceptable(selection) if selection.out_of_time() => {
                f.write_str("no module of the file could be chosen in time (--timeout)")
            }
            Self::NoneAcceptable(selection) => match selection.verdicts.as_slice() {
                [ModuleVerdict { choice: Choice::Rejected(reason), .. }] => {
                    write!(f, "this host cannot run the file's module: {reason}")
                }
                many if let Some((verdict, reason)) = selection.damage() => {
                    let many = many.len();
                    write!(
                        f,
                        "this host can run none of the file's {many} modules: the one in segment {} is {reason}",
                        verdict.segment
                    )
                }
                many => write!(f, "this host can run none of the file's {} modules", many.len()),
            },
        }
    }
}

impl core::error::Error for SelectError {}

impl SelectError {
    /// A module is not what was packed: the file is damaged, rather than made for other hosts.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Format(_) => true,
            Self::NoModule => false,
            Self::NoneAcceptable(selection) => selection.damage().is_some(),
        }
    }

    /// The time ended the search before a module was found: a limit, no statement about the file.
    #[must_use]
    pub fn is_out_of_time(&self) -> bool {
        matches!(self, Self::NoneAcceptable(selection) if selection.out_of_time())
    }
}

impl<'a> Rvf<'a> {
    /// A verdict for every module of the file.
    ///
    /// # Errors
    /// When the file's structure cannot be read any more.
    pub fn judge(&self, host: &Host) -> Result<Selection, Error> {
        Ok(judge(&self.file()?, host))
    }

    /// Picks the module that this host prefers: lower bootstrap priority first, then programs before those with an
    /// interpreter around them, then solvers before tiles, then SIMD on a server, then the order of the directory.
    /// Modules behind the chosen one are not looked at. A host with [`Host::in_file`] resolves as said there.
    ///
    /// # Errors
    /// When the file has no module, or none that this host accepts.
    pub fn select<'r>(&'r self, host: &Host) -> Result<Solver<'r>, SelectError> {
        let file = self.file().map_err(SelectError::Format)?;
        let mut search = Search::of(&file, host);
        if search.candidates.is_empty() {
            return Err(SelectError::NoModule);
        }
        match search.resolve() {
            Some(picked) => Ok(Solver::picked(file, picked, host)),
            None => {
                search.judge_rest();
                Err(SelectError::NoneAcceptable(Box::new(Selection::of(search.verdicts, None))))
            }
        }
    }
}

fn judge(file: &File<'_>, host: &Host) -> Selection {
    let mut search = Search::of(file, host);
    let picked = search.resolve();
    search.judge_rest();
    let runs = picked.as_ref().map(|picked| picked.segment);
    let interprets =
        picked.as_ref().and_then(|picked| picked.interpreter.as_ref()).map(|(segment, _)| *segment);
    for verdict in &mut search.verdicts {
        let role = verdict.header.map(|header| header.role);
        match verdict.choice {
            Choice::Acceptable if Some(verdict.segment) == runs => verdict.choice = Choice::Chosen,
            Choice::Acceptable if Some(verdict.segment) == interprets => verdict.choice = Choice::Interprets,
            Choice::Acceptable if role == Some(Role::INTERPRETER) => verdict.choice = Choice::NotNeeded,
            _ => {}
        }
    }
    Selection::of(search.verdicts, runs)
}
