//! The third verb: select. Which module of the file can this host run, and why not the others?

mod candidate;
mod host;
mod verdict;

use core::fmt;

use rvf_format::read::wasm::{Role, WasmSegment};
use rvf_format::{Error, File, SegmentType};

pub use self::host::Host;
pub use self::verdict::{Choice, ModuleVerdict, Reason};
use crate::engine::Features;
use crate::open::Rvf;
use crate::segments::Extent;
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
                [ModuleVerdict { choice: Choice::Rejected(reason), .. }] => {
                    write!(f, "this host cannot run the file's module: {reason}")
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
        let damaged = |verdict: &ModuleVerdict| {
            matches!(verdict.choice, Choice::Rejected(Reason::Damaged(_) | Reason::Malformed(_)))
        };
        match self {
            Self::Format(_) => true,
            Self::NoModule => false,
            Self::NoneAcceptable(selection) => selection.verdicts.iter().any(damaged),
        }
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

    /// Picks the module that this host prefers: lower bootstrap priority first, then SIMD
    /// on a server, then the order of the directory. Modules behind the chosen one are not looked at.
    ///
    /// # Errors
    /// When the file has no module, or none that this host accepts.
    pub fn select<'r>(&'r self, host: &Host) -> Result<Solver<'r>, SelectError> {
        let file = self.file().map_err(SelectError::Format)?;
        let candidates = candidates(&file, host);
        if candidates.is_empty() {
            return Err(SelectError::NoModule);
        }
        let mut looked_at = Extent::of(&file);
        let found = candidates.iter().find_map(|segment| {
            let (_, runnable) = candidate::judge(&file, *segment, host, &mut looked_at);
            runnable.map(|(module, features)| (*segment, module, features))
        });
        match found {
            Some((segment, module, features)) => {
                Ok(Solver::new(file, module, features, Origin::Segment(segment), host.engines().to_vec()))
            }
            None => Err(SelectError::NoneAcceptable(Box::new(judge(&file, host)))),
        }
    }
}

/// The WASM segments in the order in which this host would take them.
fn candidates(file: &File<'_>, host: &Host) -> Vec<u32> {
    let listed =
        |index: &u32| file.entry(*index).is_some_and(|entry| entry.segment_type == SegmentType::WASM);
    let mut candidates: Vec<u32> = (0..file.segment_count()).filter(listed).collect();
    candidates.sort_by_cached_key(|index| {
        let header = file
            .segment(*index)
            .and_then(|segment| WasmSegment::parse(segment.payload, segment.payload_offset()))
            .map(|segment| segment.header);
        match header {
            // False sorts first: SIMD is preferred where the host prefers it.
            Ok(header) => {
                let simd = Features(header.required_features).contains(Features::SIMD);
                (header.bootstrap_priority, !(host.prefers_simd() && simd))
            }
            Err(_) => (u8::MAX, true),
        }
    });
    candidates
}

fn judge(file: &File<'_>, host: &Host) -> Selection {
    let mut looked_at = Extent::of(file);
    let mut verdicts = Vec::new();
    let mut chosen = None;
    for segment in candidates(file, host) {
        let (mut verdict, runnable) = candidate::judge(file, segment, host, &mut looked_at);
        if runnable.is_some() && chosen.is_none() {
            chosen = Some(segment);
            verdict.choice = Choice::Chosen;
        }
        verdicts.push(verdict);
    }
    verdicts.sort_by_key(|verdict| verdict.segment);
    let chosen = chosen.and_then(|segment| verdicts.iter().position(|verdict| verdict.segment == segment));
    Selection { verdicts, chosen }
}

/// Roles that can answer the solver ABI.
fn is_solver(role: Role) -> bool {
    role == Role::MICROKERNEL || role == Role::COMBINED
}
