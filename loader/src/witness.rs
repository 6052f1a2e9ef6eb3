//! The witness chain of a file: every entry, every link.

use rvf_format::read::policy::{Policy, PolicyHead};
use rvf_format::read::witness::{Chain, Found, Link, WitnessEntry, WitnessForm, segments};
use rvf_format::{Error, File, HashVerdict, SegmentType};

use crate::open::Rvf;

/// What was found of a file's witness.
#[derive(Debug, Clone, Default)]
pub struct Witness {
    /// The segments, in the order of the file.
    pub segments: Vec<WitnessSegment>,
    /// The entries, in the order of the file.
    pub entries: Vec<Entry>,
    /// The policies in force, and by which entry each is witnessed.
    pub policies: Vec<Witnessed>,
}

/// A witness segment.
#[derive(Debug, Clone)]
pub struct WitnessSegment {
    /// Its place in the directory; `None` when no manifest lists it.
    pub place: Option<u32>,
    /// Absolute offset of its header.
    pub offset: u64,
    /// What it holds, or why that cannot be told.
    pub form: Result<WitnessForm, Error>,
    /// Its entries; none for a record of older writers.
    pub entries: u64,
    /// What its own hash says: of the last entry of a chain nothing else speaks.
    pub hash: HashVerdict,
}

/// An entry of a chain.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Which of [`Witness::segments`] it is in.
    pub segment: usize,
    /// Absolute offset.
    pub offset: u64,
    /// What it says.
    pub entry: WitnessEntry,
    /// Why it does not continue the chain.
    pub fault: Option<Error>,
}

/// A policy in force.
#[derive(Debug, Clone, Copy)]
pub struct Witnessed {
    /// Place of its segment in the directory.
    pub place: u32,
    /// What it says of itself.
    pub head: PolicyHead,
    /// Number of the entry whose action is the saving of this policy.
    pub entry: Option<usize>,
}

/// What a chain proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WitnessVerdict {
    /// Every link holds.
    Holds,
    /// There is no entry.
    Nothing,
    /// Nothing is broken, but some records are of the form that proves nothing.
    Unprovable,
    /// A link, or a segment that holds entries, is damaged.
    Broken,
}

impl Witness {
    /// The first fault: where, in which segment, and what.
    #[must_use]
    pub fn first_fault(&self) -> Option<(&WitnessSegment, Error)> {
        self.segments.iter().enumerate().find_map(|(number, segment)| {
            let link = || self.entries.iter().filter(|e| e.segment == number).find_map(|e| e.fault);
            let hash = || match segment.hash {
                HashVerdict::Mismatch(error) => Some(error),
                _ => None,
            };
            segment.form.err().or_else(link).or_else(hash).map(|error| (segment, error))
        })
    }

    /// What all of it proves.
    #[must_use]
    pub fn verdict(&self) -> WitnessVerdict {
        if self.first_fault().is_some() {
            return WitnessVerdict::Broken;
        }
        if self.segments.iter().any(|segment| segment.form == Ok(WitnessForm::Legacy)) {
            return WitnessVerdict::Unprovable;
        }
        if self.entries.is_empty() { WitnessVerdict::Nothing } else { WitnessVerdict::Holds }
    }

    /// The same of one segment: its place in the directory. Its first entry must still continue what
    /// comes before. `None` when there is no witness segment at this place.
    #[must_use]
    pub fn only(&self, place: u32) -> Option<Self> {
        let number = self.segments.iter().position(|segment| segment.place == Some(place))?;
        let segments = self.segments.get(number).cloned().into_iter().collect();
        let entries = self.entries.iter().filter(|entry| entry.segment == number);
        let entries = entries.map(|entry| Entry { segment: 0, ..*entry }).collect();
        Some(Self { segments, entries, policies: Vec::new() })
    }
}

impl Rvf<'_> {
    /// Follows the witness chain through the file. Cost: the bytes of the chain, twice.
    ///
    /// # Errors
    /// When the file has been changed since it was opened, and no longer can be understood.
    pub fn witness(&self) -> Result<Witness, Error> {
        let file = self.file()?;
        let mut witness = Witness::default();
        let mut chain = Chain::default();
        for (number, found) in segments(&file).iter().enumerate() {
            witness.follow(&mut chain, number, found);
        }
        witness.policies = in_force(&file);
        for policy in &mut witness.policies {
            let action =
                rvf_format::hash::shake256_256(rvf_format::write::policy::action(&policy.head).as_bytes());
            policy.entry = witness.entries.iter().rposition(|entry| entry.entry.action == action);
        }
        Ok(witness)
    }
}

impl Witness {
    fn follow(&mut self, chain: &mut Chain, number: usize, found: &Found<'_>) {
        let segment = found.segment;
        let before = self.entries.len();
        let mut visit = |Link { offset, entry, fault }: Link| {
            self.entries.push(Entry { segment: number, offset, entry, fault });
        };
        let form = chain.follow(segment.payload, segment.payload_offset(), &mut visit);
        self.segments.push(WitnessSegment {
            place: found.listed.then_some(segment.index),
            offset: segment.offset,
            form,
            entries: (self.entries.len() - before) as u64,
            hash: segment.check_hash(),
        });
    }
}

/// The policies of ours that are in force: the last one of each name. Unreadable ones are left out:
/// `verify` tells of them.
pub(crate) fn in_force(file: &File<'_>) -> Vec<Witnessed> {
    let mut policies: Vec<Witnessed> = Vec::new();
    for segment in file.segments_of(SegmentType::POLICY_KERNEL).flatten() {
        if let Ok(Some(Policy { head, .. })) = Policy::parse(segment.payload, segment.payload_offset()) {
            policies.retain(|earlier| earlier.head.name != head.name);
            policies.push(Witnessed { place: segment.index, head, entry: None });
        }
    }
    policies
}
