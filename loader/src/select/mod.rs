//! The third verb: select. Which module of the file can this host run, and why not the others?

mod candidate;
mod host;
mod verdict;

use core::fmt;
use std::sync::Arc;

use rvf_format::read::wasm::Role;
use rvf_format::{Error, File, SegmentType};

pub use self::host::Host;
pub use self::verdict::{Choice, ModuleVerdict, Reason};
use crate::engine::Features;
use crate::open::Rvf;
use crate::solver::{Origin, Solver};

/// The verdicts on all modules of a file, and which one is chosen.
#[derive(Debug, Clone)]
pub struct Selection {
    /// One verdict per WASM segment, in directory order.
    pub verdicts: Vec<ModuleVerdict>,
    /// Place of the chosen one in `verdicts`.
    pub chosen: Option<usize>,
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
            Self::NoneAcceptable(selection) => match selection.verdicts.as_slice() {
                [only] => write!(f, "this host cannot run the file's module: {}", only.choice),
                many => write!(f, "this host can run none of the file's {} modules", many.len()),
            },
        }
    }
}

impl core::error::Error for SelectError {}

impl<'a> Rvf<'a> {
    /// A verdict for every module of the file.
    ///
    /// # Errors
    /// When the file's structure cannot be read any more.
    pub fn judge(&self, host: &Host) -> Result<Selection, Error> {
        Ok(judge(&self.file()?, host).0)
    }

    /// Picks the module that this host prefers: lower bootstrap priority first, then SIMD
    /// on a server, then the order of the directory.
    ///
    /// # Errors
    /// When the file has no module, or none that this host accepts.
    pub fn select<'r>(&'r self, host: &Host) -> Result<Solver<'r>, SelectError> {
        let file = self.file().map_err(SelectError::Format)?;
        let (selection, accepted) = judge(&file, host);
        if selection.verdicts.is_empty() {
            return Err(SelectError::NoModule);
        }
        match accepted {
            Some((segment, module, features)) => {
                Ok(Solver::new(file, module, features, Origin::Segment(segment), host.engines().to_vec()))
            }
            None => Err(SelectError::NoneAcceptable(Box::new(selection))),
        }
    }
}

type Accepted = (u32, Arc<[u8]>, Features);

fn judge(file: &File<'_>, host: &Host) -> (Selection, Option<Accepted>) {
    let mut verdicts = Vec::new();
    let mut best: Option<(u8, bool, usize, Accepted)> = None;
    for index in 0..file.segment_count() {
        if file.entry(index).is_none_or(|entry| entry.segment_type != SegmentType::WASM) {
            continue;
        }
        let (verdict, runnable) = candidate::judge(file, index, host);
        let place = verdicts.len();
        if let Some((module, features)) = runnable {
            // False sorts first: SIMD is preferred where the host prefers it.
            let plain = !(host.prefers_simd() && features.contains(Features::SIMD));
            let priority = verdict.header.map_or(u8::MAX, |header| header.bootstrap_priority);
            if best.as_ref().is_none_or(|(p, s, ..)| (priority, plain) < (*p, *s)) {
                best = Some((priority, plain, place, (index, module, features)));
            }
        }
        verdicts.push(verdict);
    }
    let chosen = best.as_ref().map(|(_, _, place, _)| *place);
    if let Some(verdict) = chosen.and_then(|place| verdicts.get_mut(place)) {
        verdict.choice = Choice::Chosen;
    }
    (Selection { verdicts, chosen }, best.map(|(.., accepted)| accepted))
}

/// Roles that can answer the solver ABI.
fn is_solver(role: Role) -> bool {
    role == Role::MICROKERNEL || role == Role::COMBINED
}
