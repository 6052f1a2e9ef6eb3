//! The third verb: select. Which module of the file can this host run, and why not the others?

mod candidate;
mod host;
mod verdict;

use core::fmt;

use rvf_format::read::wasm::{Role, WasmSegment};
use rvf_format::{Error, File, SegmentType};

use self::candidate::Allowance;
pub(crate) use self::candidate::invalid;
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
        let mut allowance = Allowance::of(&file, host);
        let mut verdicts = Vec::new();
        for segment in candidates {
            let (verdict, runnable) = candidate::judge(&file, segment, host, &mut allowance);
            if let Some((module, features)) = runnable {
                let origin = Origin::Segment(segment);
                return Ok(Solver::new(file, module, features, origin, host.engines().to_vec()));
            }
            verdicts.push(verdict);
        }
        Err(SelectError::NoneAcceptable(Box::new(Selection::of(verdicts, None))))
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
    let mut allowance = Allowance::of(file, host);
    let mut verdicts = Vec::new();
    let mut chosen = None;
    for segment in candidates(file, host) {
        let (mut verdict, runnable) = candidate::judge(file, segment, host, &mut allowance);
        if runnable.is_some() && chosen.is_none() {
            chosen = Some(segment);
            verdict.choice = Choice::Chosen;
        }
        verdicts.push(verdict);
    }
    Selection::of(verdicts, chosen)
}

/// Roles that can answer the solver ABI.
fn is_solver(role: Role) -> bool {
    role == Role::MICROKERNEL || role == Role::COMBINED
}
