//! Attestations: count u32, an offset u64 into the records for each, the chain, the records.

use crate::forever::WITNESS_ENTRY_LEN;
use crate::hash::shake256_256;
use crate::wire::Cursor;

/// Bytes in front of the report and the quote of a record.
const RECORD_HEAD_LEN: u64 = 112;

/// The chain of a payload of attestations.
pub(super) struct Entries<'a> {
    /// The 73-byte entries.
    pub(super) chain: &'a [u8],
    /// Bytes from the first entry to the end of the payload.
    pub(super) behind: usize,
}

/// The chain, when everything fits together: links, hashes of the records, lengths in their heads. Bytes
/// that merely look like it are something else.
pub(super) fn entries(payload: &[u8]) -> Option<Entries<'_>> {
    let mut c = Cursor::new(payload, 0);
    let count = u64::from(c.u32("count").ok()?);
    if count == 0 {
        return None;
    }
    let mut offsets = Cursor::new(c.sized(count.checked_mul(8)?, "offsets").ok()?, 0);
    let behind = c.remaining();
    let chain = c.sized(count.checked_mul(WITNESS_ENTRY_LEN as u64)?, "chain").ok()?;
    let records = c.rest();
    let mut start = offsets.u64("offset").ok()?;
    let mut last = [0; 32];
    // Records do not overlap, so that all of them together are hashed once.
    if start != 0 {
        return None;
    }
    for bytes in chain.chunks_exact(WITNESS_ENTRY_LEN) {
        let end = if offsets.remaining() == 0 { records.len() as u64 } else { offsets.u64("offset").ok()? };
        let range = usize::try_from(start).ok()?..usize::try_from(end).ok()?;
        let record = records.get(range)?;
        let entry = super::WitnessEntry::parse(bytes, 0).ok()?;
        if entry.previous != last || entry.action != shake256_256(record) || !is_record(record) {
            return None;
        }
        last = shake256_256(bytes);
        start = end;
    }
    Some(Entries { chain, behind })
}

/// The lengths of the report and of the quote fit in.
fn is_record(record: &[u8]) -> bool {
    let field = |at: usize| Cursor::new(record.get(at..).unwrap_or_default(), 0);
    let (Ok(quote), Ok(report)) = (field(2).u16("quote"), field(0x68).u64("report")) else { return false };
    let needed = report.saturating_add(u64::from(quote)).saturating_add(RECORD_HEAD_LEN);
    record.len() as u64 >= needed
}
