//! POLICY_KERNEL: what a solver learned, kept in the file that it learned from.
//!
//! Published software names the segment type and gives it no layout. A payload of ours begins with
//! [`POLICY_MAGIC`]; any other is somebody else's, is kept, and is never a fault.

use crate::error::{Error, ErrorKind, Result};
use crate::forever::{POLICY_HEAD_LEN, POLICY_MAGIC, POLICY_NAME_LEN, POLICY_VERSION};
use crate::limits::MAX_POLICY_STATE;
use crate::wire::Cursor;

/// The fixed bytes in front of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyHead {
    /// Number of the state's layout, given by the solver that learns.
    pub form: u32,
    /// Saves so far, from 1: each continues from the one before.
    pub generation: u64,
    /// Runs learned from, over all generations.
    pub learned: u64,
    /// Bytes of the state.
    pub state_len: u64,
    /// SHAKE-256 (32 bytes) of the state.
    pub state_hash: [u8; 32],
    /// Which learner, with zero fill: see [`PolicyHead::name`].
    pub name: [u8; POLICY_NAME_LEN],
}

impl PolicyHead {
    /// Reads the head of a payload of ours that has `payload_len` bytes and starts at `offset`.
    pub fn parse(head: &[u8], payload_len: u64, offset: u64) -> Result<Self> {
        let mut c = Cursor::new(head, offset);
        let start = c;
        if c.array::<8>("policy")? != POLICY_MAGIC {
            return Err(start.error("mark of the policy", ErrorKind::Missing));
        }
        let at = c;
        let version = c.u16("policy version")?;
        if version != POLICY_VERSION {
            return Err(at.error("policy version", ErrorKind::Unsupported { got: version.into() }));
        }
        zero(&mut c, 2)?;
        let form = c.u32("form of the policy")?;
        let at = c;
        let generation = c.u64("generation of the policy")?;
        if generation == 0 {
            let kind = ErrorKind::Invalid { rule: "count from 1", got: 0 };
            return Err(at.error("generation of the policy", kind));
        }
        let learned = c.u64("policy")?;
        let at = c;
        let state_len = c.u64("length of the policy's state")?;
        if state_len > MAX_POLICY_STATE {
            let kind = ErrorKind::TooLarge { limit: MAX_POLICY_STATE, got: state_len };
            return Err(at.error("length of the policy's state", kind));
        }
        let expected = payload_len.saturating_sub(POLICY_HEAD_LEN as u64);
        if state_len != expected {
            let kind = ErrorKind::Mismatch { expected, got: state_len };
            return Err(at.error("length of the policy's state", kind));
        }
        let state_hash = c.array("policy")?;
        let at = c;
        let name = c.array("name of the policy")?;
        if !is_name(&name) {
            let got = Cursor::new(&name, at.offset()).u64("name of the policy")?;
            let kind = ErrorKind::Invalid { rule: "be a-z, 0-9 and -, then zeros", got };
            return Err(at.error("name of the policy", kind));
        }
        zero(&mut c, POLICY_HEAD_LEN - 72 - POLICY_NAME_LEN)?;
        Ok(Self { form, generation, learned, state_len, state_hash, name })
    }

    /// Which of a solver's learners this belongs to. The last segment of a name is in force.
    #[must_use]
    pub fn name(&self) -> &str {
        let len = self.name.iter().take_while(|byte| **byte != 0).count();
        self.name.get(..len).and_then(|name| core::str::from_utf8(name).ok()).unwrap_or_default()
    }
}

/// A policy of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy<'a> {
    /// What it says of itself.
    pub head: PolicyHead,
    /// What was learned, as the solver lays it out.
    pub state: &'a [u8],
}

impl<'a> Policy<'a> {
    /// Reads a payload; `None` when it is not ours. The hash of the state is not looked at.
    pub fn parse(payload: &'a [u8], offset: u64) -> Result<Option<Self>> {
        if !payload.starts_with(&POLICY_MAGIC) {
            return Ok(None);
        }
        let Some((head, state)) = payload.split_at_checked(POLICY_HEAD_LEN) else {
            let (needed, available) = (POLICY_HEAD_LEN as u64, payload.len() as u64);
            return Err(Error::new(offset, "policy", ErrorKind::Truncated { needed, available }));
        };
        Ok(Some(Self { head: PolicyHead::parse(head, payload.len() as u64, offset)?, state }))
    }

    /// The state is the one that was saved; `offset` is that of the payload.
    #[cfg(feature = "hash")]
    pub fn check(&self, offset: u64) -> Result<()> {
        let computed = crate::hash::shake256_256(self.state);
        if computed == self.head.state_hash {
            return Ok(());
        }
        let at = offset.saturating_add(40);
        Err(crate::read::file::hash_error(at, "hash of the policy's state", &self.head.state_hash, &computed))
    }
}

/// A letter, then letters, digits and hyphens, then zeros.
pub(crate) fn is_name(name: &[u8; POLICY_NAME_LEN]) -> bool {
    let used = name.iter().take_while(|byte| **byte != 0).count();
    let (text, fill) = name.split_at(used);
    text.first().is_some_and(u8::is_ascii_lowercase)
        && text.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && fill.iter().all(|byte| *byte == 0)
}

fn zero(c: &mut Cursor<'_>, len: usize) -> Result<()> {
    let at = *c;
    match c.bytes(len, "policy")?.iter().find(|byte| **byte != 0) {
        None => Ok(()),
        Some(byte) => {
            let kind = ErrorKind::Mismatch { expected: 0, got: (*byte).into() };
            Err(at.error("reserved field of the policy", kind))
        }
    }
}
