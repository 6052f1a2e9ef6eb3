//! The second verb: verify. Reads every byte and says how much of the file is vouched for.

use core::fmt;

use rvf_format::verify::{Problem, Report, Warning, verify};
use rvf_format::{Error, HashVerdict};

use crate::open::Rvf;

/// What a file must show to pass.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    allow_unhashed: bool,
    require_every_byte: bool,
}

impl Policy {
    /// Lets segments pass that carry no hash, or one of an unknown kind. They stay unverified.
    #[must_use]
    pub fn allow_unhashed(mut self) -> Self {
        self.allow_unhashed = true;
        self
    }

    /// Wants every byte covered, headers and padding included: files without an
    /// integrity record do not pass.
    #[must_use]
    pub fn require_every_byte(mut self) -> Self {
        self.require_every_byte = true;
        self
    }
}

/// How much of a file is vouched for by hashes that match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coverage {
    /// Some segments carry no usable hash.
    Partial,
    /// Every segment's payload; headers and padding are covered by nothing.
    Payloads,
    /// Every byte.
    EveryByte,
}

impl Coverage {
    /// In words; the weaker kinds never say "verified" alone.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Partial => "NOT verified: some segments carry no hash that can be checked",
            Self::Payloads => "payloads verified; headers and padding are covered by no hash",
            Self::EveryByte => "verified: every byte is as packed",
        }
    }
}

/// A file that passed a policy.
#[derive(Debug)]
pub struct Verified {
    /// How much was vouched for.
    pub coverage: Coverage,
    /// All that was found.
    pub report: Report,
}

/// A file that did not pass.
#[derive(Debug)]
pub enum VerifyError {
    /// The file's structure cannot be read any more.
    Format(Error),
    /// Faults were found.
    Faults(Box<Report>),
    /// No fault, but less is covered than the policy asks for.
    Coverage {
        /// What is covered.
        coverage: Coverage,
        /// All that was found.
        report: Box<Report>,
    },
}

impl VerifyError {
    /// The faults found.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Faults(report) | Self::Coverage { report, .. } => &report.problems,
            Self::Format(_) => &[],
        }
    }

    /// What was found, when the file could be read at all.
    #[must_use]
    pub fn report(&self) -> Option<&Report> {
        match self {
            Self::Faults(report) | Self::Coverage { report, .. } => Some(report),
            Self::Format(_) => None,
        }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(error) => error.fmt(f),
            Self::Faults(report) => match report.problems.as_slice() {
                [only] => write!(f, "the file is damaged: {}", only.error),
                [first, others @ ..] => {
                    write!(f, "the file is damaged: {}, and {} more faults", first.error, others.len())
                }
                [] => f.write_str("the file is damaged"),
            },
            Self::Coverage { coverage, .. } => f.write_str(coverage.words()),
        }
    }
}

impl core::error::Error for VerifyError {}

impl Rvf<'_> {
    /// Checks every byte that a hash covers, and the structure of the rest.
    ///
    /// # Errors
    /// When a fault is found, or less is covered than `policy` asks for.
    pub fn verify(&self, policy: &Policy) -> Result<Verified, VerifyError> {
        self.verify_with(policy, &mut |_, _| {})
    }

    /// The same; `progress` hears the bytes done and all bytes.
    ///
    /// # Errors
    /// When a fault is found, or less is covered than `policy` asks for.
    pub fn verify_with(
        &self,
        policy: &Policy,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Verified, VerifyError> {
        let file = self.file().map_err(VerifyError::Format)?;
        let report = verify(&file, progress);
        if !report.is_ok() {
            return Err(VerifyError::Faults(Box::new(report)));
        }
        let coverage = coverage(&report);
        let least = match policy {
            Policy { require_every_byte: true, .. } => Coverage::EveryByte,
            Policy { allow_unhashed: true, .. } => Coverage::Partial,
            Policy { .. } => Coverage::Payloads,
        };
        if coverage < least {
            return Err(VerifyError::Coverage { coverage, report: Box::new(report) });
        }
        Ok(Verified { coverage, report })
    }
}

fn coverage(report: &Report) -> Coverage {
    if report.is_complete() {
        return Coverage::EveryByte;
    }
    let vouched = report.segments.iter().all(|segment| matches!(segment.hash, HashVerdict::Match(_)));
    if vouched { Coverage::Payloads } else { Coverage::Partial }
}

/// A warning as a clause.
#[must_use]
pub fn warning_text(warning: &Warning) -> String {
    match warning {
        Warning::Unhashed { segment } => {
            format!("segment {segment} carries no hash: damage to it cannot be seen")
        }
        Warning::NoIntegrityRecord => "no integrity record: headers and padding cannot be checked".to_owned(),
        Warning::StaleIntegrityRecord => {
            "the integrity record is stale: other software has appended to the file since".to_owned()
        }
        Warning::SignatureNotChecked => "the file is signed; the signature was not checked".to_owned(),
        Warning::UnlistedSegments { offset, len } => {
            format!("{len} bytes of segments at 0x{offset:x} lie behind the manifest and are not in force")
        }
        Warning::Unlisted { offset } => format!("the segment at 0x{offset:x} is listed by no manifest"),
        Warning::MetadataDamaged(error) => format!("a change of the metadata is left out: {error}"),
        Warning::LegacyWitness { segment } => {
            format!("the witness entries of segment {segment} are of the form that proves nothing")
        }
        Warning::ManifestTrailer { len } => {
            format!("the manifest ends in {len} bytes that are not understood")
        }
        Warning::MixedDialects => "padded and unpadded segments are mixed".to_owned(),
        other => format!("{other:?}"),
    }
}
