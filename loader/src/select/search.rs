//! The order in which a file's modules are looked at, and where that ends.

use rvf_format::read::wasm::{Role, WasmHeader, WasmSegment};
use rvf_format::{File, SegmentType};

use super::Host;
use super::candidate::{self, Allowance, Runnable, speaks};
use super::speaks::Speaks;
use super::verdict::{Choice, ModuleVerdict, Reason};
use crate::engine::{Features, InFile};

/// A WASM segment, before anything of its module is believed.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    pub(super) segment: u32,
    header: Option<WasmHeader>,
}

impl Candidate {
    fn is(&self, role: Role) -> bool {
        self.header.is_some_and(|header| header.role == role)
    }

    /// Smaller comes first. What cannot be read comes last.
    fn rank(&self, host: &Host) -> (u8, bool, bool, bool) {
        let Some(header) = self.header else { return (u8::MAX, true, true, true) };
        let simd = Features(header.required_features).contains(Features::SIMD);
        let tile = speaks(&header) == Ok(Speaks::Tile);
        (header.bootstrap_priority, self.is(Role::COMBINED), tile, !(host.prefers_simd() && simd))
    }
}

/// What is going to run.
pub(crate) struct Picked {
    pub(crate) segment: u32,
    pub(crate) runnable: Runnable,
    /// The module holds an interpreter as well.
    pub(crate) combined: bool,
    /// What runs it, when that is from the file too.
    pub(crate) interpreter: Option<(u32, Runnable)>,
}

/// A look at the modules of one file; each is judged at most once.
pub(super) struct Search<'s, 'f> {
    file: &'s File<'f>,
    host: &'s Host,
    allowance: Allowance,
    /// In the order in which this host would take them.
    pub(super) candidates: Vec<Candidate>,
    pub(super) verdicts: Vec<ModuleVerdict>,
}

impl<'s, 'f> Search<'s, 'f> {
    pub(super) fn of(file: &'s File<'f>, host: &'s Host) -> Self {
        let listed =
            |index: &u32| file.entry(*index).is_some_and(|entry| entry.segment_type == SegmentType::WASM);
        let header = |index: u32| {
            let segment = file.segment(index).ok()?;
            Some(WasmSegment::parse(segment.payload, segment.payload_offset()).ok()?.header)
        };
        let mut candidates: Vec<Candidate> = (0..file.segment_count())
            .filter(listed)
            .map(|segment| Candidate { segment, header: header(segment) })
            .collect();
        candidates.sort_by_cached_key(|candidate| candidate.rank(host));
        Self { file, host, allowance: Allowance::of(file, host), candidates, verdicts: Vec::new() }
    }

    /// Judges a module, and notes the verdict.
    pub(super) fn judge(&mut self, segment: u32) -> Option<Runnable> {
        let (verdict, runnable) = candidate::judge(self.file, segment, self.host, &mut self.allowance);
        self.verdicts.push(verdict);
        runnable
    }

    /// Judges what was not looked at.
    pub(super) fn judge_rest(&mut self) {
        for candidate in self.candidates.clone() {
            if self.verdicts.iter().all(|verdict| verdict.segment != candidate.segment) {
                self.judge(candidate.segment);
            }
        }
    }

    /// What runs here; `None` when nothing does, and then every module has its verdict but interpreters
    /// that were not asked for.
    pub(super) fn resolve(&mut self) -> Option<Picked> {
        if self.host.is_in_file() {
            if let Some(picked) = self.first(|candidate| candidate.is(Role::COMBINED), None) {
                return Some(picked);
            }
            let interpreters: Vec<u32> =
                self.candidates.iter().filter(|c| c.is(Role::INTERPRETER)).map(|c| c.segment).collect();
            for segment in interpreters {
                if let Some(interpreter) = self.judge(segment) {
                    let guests = InFile::guest_features(interpreter.features);
                    let mut picked = self.first(answers_alone, Some(guests))?;
                    picked.interpreter = Some((segment, interpreter));
                    return Some(picked);
                }
            }
            return self.first(answers_alone, None);
        }
        self.first(|candidate| !candidate.is(Role::INTERPRETER), None)
    }

    /// The first of these that may run, with these features when they are not the host's.
    fn first(&mut self, wanted: impl Fn(&Candidate) -> bool, guests: Option<Features>) -> Option<Picked> {
        for candidate in self.candidates.clone().iter().filter(|candidate| wanted(candidate)) {
            let Some(runnable) = self.judge(candidate.segment) else { continue };
            let lacking = guests.map_or(Features::default(), |guests| runnable.features.without(guests));
            if lacking != Features::default() {
                if let Some(verdict) = self.verdicts.last_mut() {
                    verdict.choice = Choice::Rejected(Reason::InterpreterLacks(lacking));
                }
                continue;
            }
            let (segment, combined) = (candidate.segment, candidate.is(Role::COMBINED));
            return Some(Picked { segment, runnable, combined, interpreter: None });
        }
        None
    }
}

/// Neither an interpreter nor around one.
fn answers_alone(candidate: &Candidate) -> bool {
    !candidate.is(Role::COMBINED) && !candidate.is(Role::INTERPRETER)
}
