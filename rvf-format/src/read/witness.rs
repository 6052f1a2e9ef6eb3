//! WITNESS_SEG: a chain of hashed actions.

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

/// The form of a witness payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WitnessForm {
    /// Whole 73-byte entries.
    Chain {
        /// How many.
        entries: u64,
    },
    /// One entry of older writers, with the action in clear and a fold that cannot be verified.
    Legacy,
}

/// Tells the form of a payload.
pub fn form(payload: &[u8], offset: u64) -> Result<WitnessForm> {
    if let Some(action_len) = payload.get(9..13) {
        let len = Cursor::new(action_len, offset).u32("witness action length")?;
        if payload.len() as u64 == 13 + u64::from(len) + 32 {
            return Ok(WitnessForm::Legacy);
        }
    }
    let len = payload.len() as u64;
    if len.is_multiple_of(WITNESS_ENTRY_LEN as u64) {
        return Ok(WitnessForm::Chain { entries: len / WITNESS_ENTRY_LEN as u64 });
    }
    let kind = ErrorKind::Invalid { rule: "be a whole number of 73-byte entries", got: len };
    Err(Error::new(offset, "length of the witness segment", kind))
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
    /// Follows the entries of one payload; the first that does not continue the chain is an error.
    pub fn follow(&mut self, payload: &[u8], offset: u64) -> Result<()> {
        let mut at = offset;
        for bytes in payload.chunks_exact(WITNESS_ENTRY_LEN) {
            let mut c = Cursor::new(bytes, at);
            let entry = WitnessEntry {
                previous: c.array("witness entry")?,
                action: c.array("witness entry")?,
                timestamp_ns: c.u64("witness entry")?,
                kind: c.u8("witness entry")?,
            };
            if entry.previous != self.last {
                return Err(hash_error(at, "link of the witness chain", &entry.previous, &self.last));
            }
            self.last = shake256_256(bytes);
            self.entries += 1;
            at += WITNESS_ENTRY_LEN as u64;
        }
        Ok(())
    }
}
