//! POLICY_KERNEL.

use crate::error::{Error, ErrorKind, Result};
use crate::forever::{POLICY_HEAD_LEN, POLICY_MAGIC, POLICY_NAME_LEN, POLICY_VERSION};
use crate::hash::shake256_256;
use crate::limits::MAX_POLICY_STATE;
use crate::read::policy::{PolicyHead, is_name};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The payload: head, then the state. A name that readers refuse, generation 0, or a state above the cap is
/// an error.
pub fn encode(name: &str, form: u32, generation: u64, learned: u64, state: &[u8]) -> Result<Vec<u8>> {
    let refuse = |what, rule, got| Err(Error::new(0, what, ErrorKind::Invalid { rule, got }));
    let mut padded = [0; POLICY_NAME_LEN];
    for (place, byte) in padded.iter_mut().zip(name.bytes()) {
        *place = byte;
    }
    if name.len() > POLICY_NAME_LEN || !is_name(&padded) {
        return refuse("name of the policy", "be at most 32 of a-z, 0-9 and -", name.len() as u64);
    }
    if generation == 0 {
        return refuse("generation of the policy", "count from 1", 0);
    }
    if state.len() as u64 > MAX_POLICY_STATE {
        let kind = ErrorKind::TooLarge { limit: MAX_POLICY_STATE, got: state.len() as u64 };
        return Err(Error::new(0, "state of the policy", kind));
    }
    let mut out = Vec::with_capacity(POLICY_HEAD_LEN + state.len());
    out.extend_from_slice(&POLICY_MAGIC);
    out.extend_from_slice(&POLICY_VERSION.to_le_bytes());
    out.extend_from_slice(&[0; 2]);
    out.extend_from_slice(&form.to_le_bytes());
    for number in [generation, learned, state.len() as u64] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(&shake256_256(state));
    out.extend_from_slice(&padded);
    out.resize(POLICY_HEAD_LEN, 0);
    out.extend_from_slice(state);
    Ok(out)
}

/// The action that the witness entry of a save hashes: it binds the policy to the chain. Whoever has the
/// head can make it again.
#[must_use]
pub fn action(head: &PolicyHead) -> String {
    let hash: String = head.state_hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "learn:policy={},form={},generation={},learned={},state={hash}",
        head.name(),
        head.form,
        head.generation,
        head.learned
    )
}
