//! What a module learned: taken from a file, and saved into a copy of it.
//!
//! A file carries a policy for each learner (docs/format.md, POLICY_KERNEL). The learner of `puzzles` is
//! driven through exports of its own; it starts from the policy of the file, and what it knows afterwards is
//! taken from it. The learner of `methods` reads its policy by itself, as data, when an operation
//! chooses its method; the operation `learn` turns what a run observed into the next policy.

use core::fmt;
use std::io::{self, Write};

use rvf_format::read::policy::{Policy, PolicyHead};
use rvf_format::write::{Lesson, Sink, WriteError};
use rvf_format::{BlockChecker, Error, File, HashVerdict, SegmentType};

pub use crate::abi::{Acceptance, Training};
use crate::abi::{ColumnData, Request, Value};
use crate::job::Answer;
use crate::open::Rvf;
use crate::segments::DataError;
use crate::solver::{RunError, Session};

/// The learner of calendar puzzles.
pub const PUZZLES: &str = "puzzles";
/// The form of its state: the layout begins with a mark of its own, by which the module knows it.
const PUZZLES_FORM: u32 = 1;
/// The operation that turns observations into a policy, and the parameter, column and key it uses.
const LEARN: &str = "learn";
const OBSERVATIONS: &str = "observations";
const WORD: &str = "word";
const OBSERVATION: &str = "observation";

/// A policy of a file, checked.
#[derive(Debug, Clone, Copy)]
pub struct SavedPolicy<'a> {
    /// Place of its segment in the directory.
    pub segment: u32,
    /// What it says of itself.
    pub head: PolicyHead,
    /// What was learned, in the module's own layout.
    pub state: &'a [u8],
}

/// What is to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learned {
    /// Which learner.
    pub name: String,
    /// Number of the state's layout.
    pub form: u32,
    /// Runs learned from since the policy of the file.
    pub runs: u64,
    /// What is known now.
    pub state: Vec<u8>,
    /// What the module witnessed: whole entries of 73 bytes.
    pub witness: Vec<u8>,
}

/// What was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// Bytes of the new file.
    pub bytes: u64,
    /// Root of its integrity record: equal digests mean equal files.
    pub digest: [u8; 16],
    /// The policy as it is in force there.
    pub head: PolicyHead,
}

impl<'r> Rvf<'_> {
    /// The policy in force for a learner: the last one of this name. Somebody else's POLICY_KERNEL
    /// segments are passed by.
    ///
    /// # Errors
    /// When a policy is damaged.
    pub fn policy(&'r self, name: &str) -> Result<Option<SavedPolicy<'r>>, DataError> {
        let file = self.file().map_err(|error| DataError::Damaged { segment: 0, error })?;
        let mut found = None;
        for index in 0..file.segment_count() {
            if file.entry(index).is_none_or(|entry| entry.segment_type != SegmentType::POLICY_KERNEL) {
                continue;
            }
            let damaged = |error| DataError::Damaged { segment: index, error };
            let segment = file.segment(index).map_err(damaged)?;
            let at = segment.payload_offset();
            let Some(policy) = Policy::parse(segment.payload, at).map_err(damaged)? else { continue };
            if policy.head.name() == name {
                found = Some((policy, at, index));
            }
        }
        let Some((policy, at, segment)) = found else { return Ok(None) };
        policy.check(at).map_err(|error| DataError::Damaged { segment, error })?;
        Ok(Some(SavedPolicy { segment, head: policy.head, state: policy.state }))
    }

    /// Writes a copy of the file with what was learned in force, and witnessed. The file itself is not
    /// touched. All of it is checked first, because the copy's hashes vouch for every byte of it.
    ///
    /// # Errors
    /// When the file is damaged, signed or torn, its witness chain is broken, or `out` fails.
    pub fn save<W: Write>(&self, learned: &Learned, out: W) -> Result<(Saved, W), SaveError> {
        let file = self.file().map_err(SaveError::Format)?;
        check_whole(&file)?;
        let lesson = Lesson {
            name: &learned.name,
            form: learned.form,
            runs: learned.runs,
            state: &learned.state,
            witness: &learned.witness,
        };
        let (summary, head, Output(out)) =
            rvf_format::write::save(&file, &lesson, Output(out)).map_err(|error| match error {
                WriteError::Format(error) => SaveError::Format(error),
                WriteError::Sink(error) => SaveError::Write(error),
            })?;
        Ok((Saved { bytes: summary.bytes, digest: summary.digest, head }, out))
    }
}

/// Every byte with an integrity record, else the payload of every segment that carries a hash.
fn check_whole(file: &File<'_>) -> Result<(), SaveError> {
    let at = |segment| move |error| SaveError::Damaged(DataError::Damaged { segment, error });
    let own = file.manifest_segment().index;
    if let Some(index) = file.overlapping().first() {
        let offset = file.entry(*index).map_or(0, |entry| entry.offset);
        let rule = "start behind the one before it";
        let kind = rvf_format::ErrorKind::Invalid { rule, got: offset };
        return Err(at(*index)(Error::new(offset, "segment", kind)));
    }
    if let Some(mut blocks) = BlockChecker::new(file).map_err(at(own))? {
        let len = blocks.file_len();
        return blocks.check_range(0, len).map_err(at(own));
    }
    for index in 0..file.segment_count() {
        let segment = file.segment(index).map_err(at(index))?;
        match segment.check_hash() {
            HashVerdict::Match(_) | HashVerdict::Unhashed => {}
            HashVerdict::Mismatch(error) => return Err(at(index)(error)),
            HashVerdict::Unsupported(algorithm) => {
                return Err(SaveError::Damaged(DataError::UnknownHash { segment: index, algorithm }));
            }
        }
    }
    Ok(())
}

/// A writer as the format's sink.
struct Output<W>(W);

impl<W: Write> Sink for Output<W> {
    type Error = io::Error;

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }
}

/// Why nothing was saved.
#[derive(Debug)]
pub enum SaveError {
    /// The file is damaged.
    Damaged(DataError),
    /// The file cannot be added to.
    Format(Error),
    /// Writing failed.
    Write(io::Error),
}

impl fmt::Display for SaveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(error) => error.fmt(f),
            Self::Format(error) => error.fmt(f),
            Self::Write(error) => write!(f, "cannot write the copy: {error}"),
        }
    }
}

impl core::error::Error for SaveError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Damaged(error) => Some(error),
            Self::Format(error) => Some(error),
            Self::Write(error) => Some(error),
        }
    }
}

impl Session<'_> {
    /// The module has a learner of puzzles.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn learns_puzzles(&mut self) -> Result<bool, RunError> {
        // A tile has no such exports.
        self.fresh().map_or(Ok(false), |client| Ok(client.learns()?))
    }

    /// The module turns what runs observed into a policy.
    #[must_use]
    pub fn learns_methods(&self) -> bool {
        let Some(learn) = self.description().operation(LEARN) else { return false };
        learn.params.iter().any(|param| param.name == OBSERVATIONS)
            && learn.columns.iter().any(|column| column.name == WORD)
    }

    /// Goes on from the policy of a file.
    ///
    /// # Errors
    /// When it is no state of this module.
    pub fn resume_puzzles(&mut self, policy: &SavedPolicy<'_>) -> Result<(), RunError> {
        Ok(self.fresh()?.load(policy.state)?)
    }

    /// Solves puzzles and learns from them; the module's JSON: `trained`, `correct`, `accuracy`,
    /// `patterns_learned`.
    ///
    /// # Errors
    /// The guest's own; that its host knows the module ([`Host::known`](crate::Host::known)).
    pub fn train(&mut self, training: &Training) -> Result<serde_json::Value, RunError> {
        Ok(self.fresh_for_long()?.train(training)?)
    }

    /// Runs the acceptance test: whether it passed, and the module's JSON.
    ///
    /// # Errors
    /// The guest's own; that its host knows the module ([`Host::known`](crate::Host::known)).
    pub fn acceptance(&mut self, test: &Acceptance) -> Result<(bool, serde_json::Value), RunError> {
        Ok(self.fresh_for_long()?.acceptance(test)?)
    }

    /// The policy of puzzles as the module's JSON.
    ///
    /// # Errors
    /// The guest's own.
    pub fn puzzle_policy(&mut self) -> Result<serde_json::Value, RunError> {
        Ok(self.fresh()?.policy()?)
    }

    /// What was learned from `runs` puzzles, to be saved.
    ///
    /// # Errors
    /// The guest's own.
    pub fn puzzles_learned(&mut self, runs: u64) -> Result<Learned, RunError> {
        let client = self.fresh()?;
        let (state, witness) = (client.state()?, client.witness()?);
        Ok(Learned { name: PUZZLES.to_owned(), form: PUZZLES_FORM, runs, state, witness })
    }

    /// What the run that gave `answer` teaches, to be saved; `None` when it observed nothing: its method was
    /// not left to the policy.
    ///
    /// # Errors
    /// When the module has no operation `learn`, or it fails.
    pub fn methods_learned(&mut self, answer: &Answer) -> Result<Option<Learned>, RunError> {
        let Some(observed) = observation(&answer.summary) else { return Ok(None) };
        let lesson = self.run(&Request::new(LEARN).with(OBSERVATIONS, Value::U64s(observed)))?;
        let text = |key: &str| lesson.summary.get(key).and_then(|value| value.as_str());
        let number = |key: &str| lesson.summary.get(key).and_then(serde_json::Value::as_u64);
        let words = match lesson.table.column(WORD).map(|column| &column.data) {
            Some(ColumnData::U64(words)) => words.as_slice(),
            _ => &[],
        };
        Ok(Some(Learned {
            name: text("policy").unwrap_or("methods").to_owned(),
            form: number("form").and_then(|form| u32::try_from(form).ok()).unwrap_or(1),
            runs: 1,
            state: words.iter().flat_map(|word| word.to_le_bytes()).collect(),
            witness: Vec::new(),
        }))
    }
}

/// The numbers that a run observed.
fn observation(summary: &serde_json::Value) -> Option<Vec<u64>> {
    let list = summary.get(OBSERVATION)?.as_array()?;
    list.iter().map(serde_json::Value::as_u64).collect::<Option<Vec<u64>>>().filter(|list| !list.is_empty())
}
