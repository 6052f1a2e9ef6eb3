//! Saving what a solver learned into a copy of the file it learned from.

use super::file::WriteError;
use super::resume::resume_without;
use super::witness::KIND_COMPUTATION;
use super::{Sink, Summary, policy};
use crate::error::{Error, ErrorKind};
use crate::forever::{SegmentType, WITNESS_ENTRY_LEN};
use crate::hash::shake256_256;
use crate::read::file::File;
use crate::read::policy::{Policy, PolicyHead};
use crate::read::witness::{self, Chain, WitnessEntry};
use alloc::vec::Vec;

/// What is to be saved.
#[derive(Clone, Copy, Debug)]
pub struct Lesson<'a> {
    /// Which learner: see [`PolicyHead::name`].
    pub name: &'a str,
    /// Number of the state's layout.
    pub form: u32,
    /// Runs learned from since the policy that is in the file.
    pub runs: u64,
    /// What is known now.
    pub state: &'a [u8],
    /// What the solver witnessed of it: whole entries of 73 bytes, in a chain of their own. They go on
    /// with the file's chain, which leaves their actions, times and kinds as they are.
    pub witness: &'a [u8],
}

/// Writes a copy of `file` with the lesson in force and witnessed; what else it holds stays.
///
/// The generation is one more than that of the policy in the file. Where the file's own integrity record
/// is in force, earlier policies of the name are left out if nothing but plain segments follows
/// them; of another writer's file every byte is kept.
///
/// Refused are the files that [`resume`](super::resume) refuses, and those whose witness chain is broken.
pub fn save<S: Sink>(
    file: &File<'_>,
    lesson: &Lesson<'_>,
    sink: S,
) -> Result<(Summary, PolicyHead, S), WriteError<S::Error>> {
    if !lesson.witness.len().is_multiple_of(WITNESS_ENTRY_LEN) {
        let rule = "be a whole number of 73-byte entries";
        let kind = ErrorKind::Invalid { rule, got: lesson.witness.len() as u64 };
        return Err(Error::new(0, "witness of the lesson", kind).into());
    }
    let earlier = earlier(file, lesson.name)?;
    let before = earlier.last().map(|(_, head)| *head);
    let generation = before.map_or(0, |head| head.generation).saturating_add(1);
    let learned = before.map_or(0, |head| head.learned).saturating_add(lesson.runs);
    let payload = policy::encode(lesson.name, lesson.form, generation, learned, lesson.state)?;
    let head = PolicyHead::parse(&payload, payload.len() as u64, 0)?;
    let chain = chain(file)?;

    let superseded: Vec<u32> = earlier.iter().map(|(index, _)| *index).collect();
    let mut writer = resume_without(file, &superseded, sink)?;
    writer.segment(SegmentType::POLICY_KERNEL, &payload)?;
    let time = file.manifest_segment().header.timestamp_ns;
    writer.segment(SegmentType::WITNESS, &entries(chain.last, lesson.witness, &head, time)?)?;
    let (summary, sink) = writer.finish()?;
    Ok((summary, head, sink))
}

/// The policies of ours with this name, with their places in the directory.
fn earlier(file: &File<'_>, name: &str) -> crate::Result<Vec<(u32, PolicyHead)>> {
    let mut found = Vec::new();
    for index in 0..file.segment_count() {
        if file.entry(index).is_some_and(|entry| entry.segment_type == SegmentType::POLICY_KERNEL) {
            let segment = file.segment(index)?;
            if let Some(policy) = Policy::parse(segment.payload, segment.payload_offset())?
                && policy.head.name() == name
            {
                found.push((index, policy.head));
            }
        }
    }
    Ok(found)
}

/// The file's chain up to now, which must hold.
fn chain(file: &File<'_>) -> crate::Result<Chain> {
    let mut chain = Chain::default();
    for found in witness::segments(file) {
        let mut fault = None;
        let segment = found.segment;
        chain.follow(segment.payload, segment.payload_offset(), &mut |link| fault = fault.or(link.fault))?;
        if let Some(fault) = fault {
            return Err(fault);
        }
    }
    Ok(chain)
}

/// The solver's entries, and the one that binds the policy, linked behind `last`.
fn entries(mut last: [u8; 32], witness: &[u8], head: &PolicyHead, time: u64) -> crate::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(witness.len() + WITNESS_ENTRY_LEN);
    let binding = super::witness::entry(&last, policy::action(head).as_bytes(), time, KIND_COMPUTATION);
    for bytes in witness.chunks_exact(WITNESS_ENTRY_LEN).chain([&binding[..]]) {
        let entry = WitnessEntry { previous: last, ..WitnessEntry::parse(bytes, 0)? }.to_bytes();
        last = shake256_256(&entry);
        out.extend_from_slice(&entry);
    }
    Ok(out)
}
