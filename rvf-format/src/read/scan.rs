//! Finding the newest manifest, whatever the dialect.
//!
//! Candidates are looked for at every byte, newest first. An aligned scan would be faster and would
//! miss a manifest that unaligned software appended, and then show old data as current.

use crate::error::{Error, ErrorKind, Result};
use crate::forever::{H_TYPE, HEADER_LEN, SEGMENT_MAGIC, SEGMENT_VERSION, SegmentType};
use crate::limits::{MAX_MANIFEST_CANDIDATES, MIN_SCAN_HASH_BUDGET};
use crate::read::file::{HashVerdict, Segment};
use crate::read::manifest::Manifest;

/// The first six bytes of a manifest's header.
const MARK: [u8; H_TYPE + 1] = {
    let [a, b, c, d] = SEGMENT_MAGIC;
    [a, b, c, d, SEGMENT_VERSION, SegmentType::MANIFEST.0]
};

/// The newest manifest of `body` whose extent, hash and structure are right.
///
/// The work is bounded: candidates that hold large payloads share one budget of bytes to hash, so a
/// file full of false candidates costs no more than reading it a few times. When none is right,
/// the error is that of the newest candidate.
pub(crate) fn newest_manifest(body: &[u8]) -> Result<(Segment<'_>, Manifest)> {
    let mut first_error = None;
    let mut budget = MIN_SCAN_HASH_BUDGET.max(body.len() as u64);
    let mut candidates = 0;
    let mut end = body.len();
    while let Some(at) = last_mark(body.get(..end).unwrap_or_default()) {
        match candidate(body, at as u64, &mut budget) {
            Ok(found) => return Ok(found),
            Err(error) => {
                first_error.get_or_insert(error);
            }
        }
        candidates += 1;
        if candidates == MAX_MANIFEST_CANDIDATES || budget == 0 {
            break;
        }
        // An earlier header may overlap this one's mark.
        end = at + MARK.len() - 1;
    }
    Err(first_error.unwrap_or_else(|| explain_absence(body)))
}

/// Offset of the last manifest mark that has a whole header behind it.
fn last_mark(bytes: &[u8]) -> Option<usize> {
    let mut end = bytes.len();
    while let Some(at) = bytes.get(..end)?.iter().rposition(|b| *b == SEGMENT_MAGIC[0]) {
        if bytes.get(at..)?.starts_with(&MARK) {
            return Some(at);
        }
        end = at;
    }
    None
}

fn candidate<'a>(body: &'a [u8], at: u64, budget: &mut u64) -> Result<(Segment<'a>, Manifest)> {
    let segment = Segment::at(body, at, 0)?;
    let cost = segment.header.payload_len;
    if cost > *budget {
        let kind = ErrorKind::TooLarge { limit: core::mem::take(budget), got: cost };
        return Err(Error::new(at, "bytes of manifest candidates", kind));
    }
    *budget -= cost;
    match segment.check_hash() {
        HashVerdict::Match(_) | HashVerdict::Unhashed => {}
        HashVerdict::Mismatch(error) => return Err(error),
        HashVerdict::Unsupported(algo) => {
            let kind = ErrorKind::Unsupported { got: algo.into() };
            return Err(Error::new(at, "checksum algorithm", kind));
        }
    }
    let manifest = Manifest::parse(segment.payload, segment.payload_offset())?;
    Ok((segment, manifest))
}

/// Why a file without any candidate is not one of ours: its first segment says most.
fn explain_absence(body: &[u8]) -> Error {
    if body.len() < HEADER_LEN {
        let kind = ErrorKind::Truncated { needed: HEADER_LEN as u64, available: body.len() as u64 };
        return Error::new(0, "file", kind);
    }
    match crate::SegmentHeader::parse(body, 0) {
        Err(error) => error,
        Ok(_) => Error::new(body.len() as u64, "manifest", ErrorKind::Missing),
    }
}
