//! Where the witness segments of a file are.

use crate::forever::{ALIGNMENT, HEADER_LEN, SegmentType};
use crate::limits::MAX_TAIL_SEGMENTS;
use crate::read::file::{File, Segment};
use crate::wire::align_up;
use alloc::vec::Vec;

/// A witness segment.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The manifest in force lists it.
    pub listed: bool,
    /// The segment; its place in the directory counts only when it is listed.
    pub segment: Segment<'a>,
}

/// The witness segments in the order of the file. Published software also leaves some that no manifest
/// lists, behind the last one and between others, and its chain runs through those.
///
/// A segment that starts inside another one is left out, so that no byte is met twice.
#[must_use]
pub fn segments<'a>(file: &File<'a>) -> Vec<Found<'a>> {
    let mut listed: Vec<Segment<'a>> = file.segments().flatten().chain([*file.manifest_segment()]).collect();
    listed.sort_by_key(|segment| segment.offset);
    let mut found = Vec::new();
    let mut end = 0;
    for segment in listed {
        if segment.offset < end {
            continue;
        }
        unlisted(file, end, segment.offset, &mut found);
        end = segment.end();
        let entry = file.entry(segment.index).map(|entry| entry.segment_type);
        if [entry, Some(segment.header.segment_type)].contains(&Some(SegmentType::WITNESS)) {
            found.push(Found { listed: true, segment });
        }
    }
    unlisted(file, end, file.body().len() as u64, &mut found);
    found
}

/// The witness segments behind the manifest, when there is nothing else.
pub(crate) fn tail<'a>(file: &File<'a>) -> Option<Vec<Segment<'a>>> {
    let mut found = Vec::new();
    let mut at = file.manifest_segment().end();
    let end = file.body().len() as u64;
    unlisted(file, at, end, &mut found);
    let segments: Vec<_> = found.into_iter().map(|found| found.segment).collect();
    for segment in &segments {
        if segment.offset != at && align_up(at) != Some(segment.offset) {
            return None;
        }
        at = segment.end();
    }
    let rest = usize::try_from(at).ok().and_then(|at| file.body().get(at..))?;
    let fill = rest.len() < ALIGNMENT as usize && rest.iter().all(|byte| *byte == 0);
    (fill && !segments.is_empty()).then_some(segments)
}

/// Whole segments between two places of the file, as far as they follow one another.
fn unlisted<'a>(file: &File<'a>, from: u64, to: u64, found: &mut Vec<Found<'a>>) {
    let mut at = from;
    for _ in 0..MAX_TAIL_SEGMENTS {
        if at.saturating_add(HEADER_LEN as u64) > to {
            return;
        }
        let aligned = align_up(at).unwrap_or(at);
        let next = [at, aligned]
            .into_iter()
            .find_map(|at| Segment::at(file.body(), at, u32::MAX).ok().filter(|segment| segment.end() <= to));
        let Some(segment) = next else { return };
        if segment.header.segment_type == SegmentType::WITNESS {
            found.push(Found { listed: false, segment });
        }
        at = segment.end();
    }
}
