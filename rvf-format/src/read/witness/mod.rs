//! WITNESS_SEG: a chain of hashed actions.
//!
//! Three forms are in the world. Entries of 73 bytes that each hold the SHAKE-256 of the one before, in
//! one chain through all segments of a file; the record of older writers, whose hash proves nothing and
//! behind which the chain starts anew; and attestations, a chain of its own in each segment, together
//! with the records that its entries hash.

mod attestation;
mod found;

pub(crate) use found::tail;
pub use found::{Found, segments};

use crate::error::{Error, ErrorKind, Result};
use crate::forever::WITNESS_ENTRY_LEN;
use crate::hash::shake256_256;
use crate::read::file::hash_error;
use crate::wire::Cursor;

/// One link of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WitnessEntry {
    /// SHAKE-256 (32 bytes) of the entry before; zero for the first.
    pub previous: [u8; 32],
    /// SHAKE-256 (32 bytes) of the action's text.
    pub action: [u8; 32],
    /// When, or a sequence number.
    pub timestamp_ns: u64,
    /// What kind of action.
    pub kind: u8,
}

impl WitnessEntry {
    /// Reads the 73 bytes of an entry.
    pub fn parse(bytes: &[u8], offset: u64) -> Result<Self> {
        let mut c = Cursor::new(bytes, offset);
        Ok(Self {
            previous: c.array("witness entry")?,
            action: c.array("witness entry")?,
            timestamp_ns: c.u64("witness entry")?,
            kind: c.u8("witness entry")?,
        })
    }

    /// The 73 bytes of this entry.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; WITNESS_ENTRY_LEN] {
        let mut out = [0; WITNESS_ENTRY_LEN];
        let parts: [&[u8]; 4] = [
            &self.previous,
            &self.action,
            &self.timestamp_ns.to_le_bytes(),
            core::slice::from_ref(&self.kind),
        ];
        for (place, byte) in out.iter_mut().zip(parts.into_iter().flatten()) {
            *place = *byte;
        }
        out
    }

    /// A word for the kind, as the published software numbers them; it uses 1 and 2 for the same.
    #[must_use]
    pub const fn kind_name(&self) -> Option<&'static str> {
        match self.kind {
            0 => Some("provenance"),
            1 | 2 => Some("computation"),
            5 => Some("platform attestation"),
            6 => Some("key binding"),
            7 => Some("computation proof"),
            8 => Some("data provenance"),
            _ => None,
        }
    }
}

/// The form of a witness payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WitnessForm {
    /// Whole 73-byte entries of the file's chain.
    Chain,
    /// One record of older writers, with the action in clear and a fold that cannot be verified.
    Legacy,
    /// A chain of its own, with the records that it hashes.
    Attestation,
}

impl WitnessForm {
    /// `chain`, `legacy` or `attestation`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::Legacy => "legacy",
            Self::Attestation => "attestation",
        }
    }
}

/// An entry as it was met.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// Absolute offset of the entry.
    pub offset: u64,
    /// What it says.
    pub entry: WitnessEntry,
    /// Why it does not continue the chain: it was changed, or the one before it was.
    pub fault: Option<Error>,
}

/// A chain that runs over several segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// Hash of the last entry; zero before the first.
    pub last: [u8; 32],
    /// Entries so far.
    pub entries: u64,
}

impl Chain {
    /// Follows one payload and shows `visit` each entry. An entry that does not continue the chain is
    /// shown with its fault, and the chain goes on from it, so that one change is one fault or two.
    ///
    /// A payload of no known form is an error.
    pub fn follow(
        &mut self,
        payload: &[u8],
        offset: u64,
        visit: &mut dyn FnMut(Link),
    ) -> Result<WitnessForm> {
        let whole = payload.len().is_multiple_of(WITNESS_ENTRY_LEN);
        // A record of 28 characters is as long as an entry: what continues the chain belongs to it.
        let goes_on = whole && payload.starts_with(&self.last);
        if !goes_on && is_legacy(payload) {
            *self = Self { last: [0; 32], entries: self.entries };
            return Ok(WitnessForm::Legacy);
        }
        if !goes_on && let Some(entries) = attestation::entries(payload) {
            let mut own = Self::default();
            let at = offset + (payload.len() - entries.behind) as u64;
            own.entries(entries.chain, at, visit)?;
            return Ok(WitnessForm::Attestation);
        }
        if !whole {
            let kind = ErrorKind::Invalid {
                rule: "be a whole number of 73-byte entries",
                got: payload.len() as u64,
            };
            return Err(Error::new(offset, "length of the witness segment", kind));
        }
        self.entries(payload, offset, visit)?;
        Ok(WitnessForm::Chain)
    }

    fn entries(&mut self, entries: &[u8], offset: u64, visit: &mut dyn FnMut(Link)) -> Result<()> {
        let mut at = offset;
        for bytes in entries.chunks_exact(WITNESS_ENTRY_LEN) {
            let entry = WitnessEntry::parse(bytes, at)?;
            let fault = (entry.previous != self.last)
                .then(|| hash_error(at, "link of the witness chain", &entry.previous, &self.last));
            self.last = shake256_256(bytes);
            self.entries += 1;
            visit(Link { offset: at, entry, fault });
            at += WITNESS_ENTRY_LEN as u64;
        }
        Ok(())
    }
}

/// Kind u8, time u64, length of the action u32, the action, 32 bytes of a fold; nothing else.
fn is_legacy(payload: &[u8]) -> bool {
    let action_len = payload.get(9..13).and_then(|len| Cursor::new(len, 0).u32("action").ok());
    action_len.is_some_and(|len| payload.len() as u64 == 13 + u64::from(len) + 32)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::write::witness::entry;
    use alloc::vec::Vec;

    fn chain(n: u64) -> Vec<u8> {
        let mut last = [0; 32];
        let mut out = Vec::new();
        for number in 0..n {
            let bytes = entry(&last, &number.to_le_bytes(), number, 2);
            last = shake256_256(&bytes);
            out.extend_from_slice(&bytes);
        }
        out
    }

    fn faults(payload: &[u8]) -> Vec<u64> {
        let mut faults = Vec::new();
        let mut chain = Chain::default();
        chain.follow(payload, 1000, &mut |link| faults.extend(link.fault.map(|e| e.offset()))).unwrap();
        faults
    }

    #[test]
    fn every_bit_but_those_of_the_last_entry_breaks_the_chain_where_it_is() {
        let whole = chain(4);
        assert_eq!(faults(&whole), []);
        for bit in 0..whole.len() * 8 {
            let mut changed = whole.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let number = bit / 8 / 73;
            let at = |n: usize| 1000 + 73 * n as u64;
            let mut expected = Vec::new();
            if bit / 8 % 73 < 32 {
                expected.push(at(number));
            }
            if number < 3 {
                expected.push(at(number + 1));
            }
            assert_eq!(faults(&changed), expected, "bit {bit}");
        }
    }

    #[test]
    fn a_chain_runs_over_segments_and_starts_anew_behind_a_legacy_record() {
        let whole = chain(5);
        let mut follower = Chain::default();
        let mut broken = 0;
        let mut visit = |link: Link| broken += u32::from(link.fault.is_some());
        for part in [&whole[..73], &whole[73..219], &whole[219..219], &whole[219..]] {
            assert_eq!(follower.follow(part, 0, &mut visit), Ok(WitnessForm::Chain));
        }
        let legacy = |action: &[u8]| {
            let len = (action.len() as u32).to_le_bytes();
            [&[1][..], &[7; 8], &len, action, &[9; 32]].concat()
        };
        for action in [&b"ingest:count=3"[..], &[b'x'; 28]] {
            assert_eq!(follower.follow(&legacy(action), 0, &mut visit), Ok(WitnessForm::Legacy));
            assert_eq!(follower.follow(&chain(2), 0, &mut visit), Ok(WitnessForm::Chain));
        }
        assert_eq!((broken, follower.entries), (0, 9));
        let cut = Chain::default().follow(&whole[..100], 50, &mut |_| ()).map_err(|e| e.offset());
        assert_eq!(cut, Err(50));
    }

    /// The record of an attestation: head of 112 bytes, report, quote.
    fn record(report: &[u8], quote: &[u8]) -> Vec<u8> {
        let mut out = [3; 112].to_vec();
        out[2..4].copy_from_slice(&(quote.len() as u16).to_le_bytes());
        out[0x68..0x70].copy_from_slice(&(report.len() as u64).to_le_bytes());
        [&out, report, quote].concat()
    }

    #[test]
    fn attestations_are_a_chain_of_their_own_and_bind_their_records() {
        let records = [record(b"one", b"quote"), record(b"", b"")];
        let (mut entries, mut last) = (Vec::new(), [0; 32]);
        for bytes in &records {
            let bytes = entry(&last, bytes, 0, 5);
            last = shake256_256(&bytes);
            entries.extend_from_slice(&bytes);
        }
        let offsets = [0u64.to_le_bytes(), (records[0].len() as u64).to_le_bytes()].concat();
        let payload = [&2u32.to_le_bytes()[..], &offsets, &entries, &records.concat()].concat();
        let mut chain = Chain { last: [5; 32], entries: 3 };
        let mut seen = Vec::new();
        let form = chain.follow(&payload, 100, &mut |link| seen.push((link.offset, link.fault)));
        assert_eq!(form, Ok(WitnessForm::Attestation));
        assert_eq!(seen, [(120, None), (193, None)]);
        assert_eq!(chain, Chain { last: [5; 32], entries: 3 }, "the file's chain goes on as it was");
        // Nothing hashes the time and the kind of the last entry but the segment's own hash.
        let unbound = 20 + 2 * 73 - 9..20 + 2 * 73;
        for byte in (0..payload.len()).filter(|byte| !unbound.contains(byte)) {
            let mut changed = payload.clone();
            changed[byte] ^= 1;
            let form = chain.follow(&changed, 100, &mut |_| ());
            assert_ne!(form, Ok(WitnessForm::Attestation), "byte {byte}");
        }
    }
}
