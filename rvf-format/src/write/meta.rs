//! META_SEG version 1: one snapshot that holds labels.

use crate::forever::{LABEL_FIELD_ID, LABEL_FIELD_KEY, META_FOOTER_MAGIC, META_MAGIC, META_VERSION};
use alloc::vec::Vec;
use sha2::{Digest, Sha256};

/// The name that published software gives, and expects back, for field 1.
const LABEL_FIELD_NAME: &str = "field.1";
const TYPE_STRING: u8 = 1;
const TAG_STRING: u8 = 1;
const TAG_U64: u8 = 4;

/// Bytes that the label of one vector takes.
#[must_use]
pub const fn record_len(label: &str) -> u64 {
    8 + 1 + 4 + 2 + 1 + 4 + label.len() as u64
}

/// The payload of a snapshot with these labels, which must be ascending by id.
#[must_use]
pub fn encode_labels(labels: &[(u64, &str)]) -> Vec<u8> {
    let records: u64 = labels.iter().map(|(_, label)| record_len(label)).sum();
    let mut out = Vec::with_capacity(records as usize + 128);
    out.extend_from_slice(&META_MAGIC);
    out.extend_from_slice(&META_VERSION.to_le_bytes());
    out.extend_from_slice(&1u16.to_le_bytes());
    out.extend_from_slice(&1u64.to_le_bytes());
    out.extend_from_slice(&u64::MAX.to_le_bytes());
    out.extend_from_slice(&1u32.to_le_bytes());
    out.extend_from_slice(&1u32.to_le_bytes());
    out.extend_from_slice(&(labels.len() as u32).to_le_bytes());

    out.extend_from_slice(&LABEL_FIELD_ID.to_le_bytes());
    out.extend_from_slice(&[TYPE_STRING, 0]);
    text16(&mut out, LABEL_FIELD_NAME);

    text16(&mut out, LABEL_FIELD_KEY);
    out.push(TAG_U64);
    out.extend_from_slice(&u64::from(LABEL_FIELD_ID).to_le_bytes());

    for (id, label) in labels {
        out.extend_from_slice(&id.to_le_bytes());
        out.push(0);
        out.extend_from_slice(&1u32.to_le_bytes());
        out.extend_from_slice(&LABEL_FIELD_ID.to_le_bytes());
        out.push(TAG_STRING);
        out.extend_from_slice(&(label.len() as u32).to_le_bytes());
        out.extend_from_slice(label.as_bytes());
    }
    let digest = Sha256::digest(&out);
    out.extend_from_slice(&META_FOOTER_MAGIC);
    out.extend_from_slice(&digest);
    out
}

fn text16(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(&(text.len() as u16).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}
