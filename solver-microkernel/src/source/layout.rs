//! The heads of manifests and vector segments, read as `rvf-format` reads them (the tests compare
//! the two), in a fraction of the code: a solver keeps four numbers of them.

use crate::directory::{Layout, Segment, Vectors};
use crate::report::{Report, Result};
use crate::sentence::Sentence;
use crate::wire::number;
use rvf_format::Metric;
use rvf_format::forever::{DIRECTORY_ENTRY_LEN, EXPORT_MANIFEST_HEAD_LEN, MANIFEST_HEAD_LEN, VEC_HEAD_LEN};
use rvf_format::limits::{MAX_BLOCKS, MAX_SEGMENTS};
use rvf_format::read::vectors::{BlockEntry, VecLayout};

/// What a solver needs of a manifest.
#[derive(Debug, PartialEq)]
pub(super) struct Manifest {
    pub(super) dimension: usize,
    pub(super) metric: Metric,
    /// Where the deleted list is; the end of the manifest when it has none.
    pub(super) deleted_at: u64,
}

/// Reads the first 22 bytes of a manifest: u32 epoch, u16 dimension, u64 vectors, u32 segments,
/// u8 profile, u8 metric, u16 reserved; exported ones have profile and segments exchanged, and
/// neither metric nor deleted list.
pub(super) fn manifest(bytes: &[u8], segment: &Segment, report: &mut Report) -> Result<Manifest> {
    let dimension = number(bytes, 4, 2) as usize;
    let segments = number(bytes, 14, 4);
    let most = segment.len.saturating_sub(MANIFEST_HEAD_LEN as u64) / DIRECTORY_ENTRY_LEN as u64;
    if segments <= most.min(MAX_SEGMENTS.into()) {
        let metric = Metric::from_byte(number(bytes, 19, 1) as u8);
        let deleted_at = MANIFEST_HEAD_LEN as u64 + segments * DIRECTORY_ENTRY_LEN as u64;
        return Ok(Manifest { dimension, metric, deleted_at });
    }
    let exported = number(bytes, 15, 4);
    let whole = EXPORT_MANIFEST_HEAD_LEN as u64 + exported * DIRECTORY_ENTRY_LEN as u64;
    if segments > most && exported <= MAX_SEGMENTS.into() && whole == segment.len {
        return Ok(Manifest { dimension, metric: Metric::L2, deleted_at: whole });
    }
    let limit = most.min(MAX_SEGMENTS.into());
    Err(report.data(Sentence::SegmentCount, segments, limit, segment.index, 14))
}

/// Tells the layout of a segment from its first bytes and its length.
///
/// Row layouts are told by their exact length; both fit only when the counts say the same, and
/// then the file's dimension decides.
#[inline(never)]
pub(super) fn detect(
    vectors: &mut Vectors,
    head: &[u8],
    dimension: usize,
    report: &mut Report,
) -> Result<()> {
    let segment = vectors.segment;
    let (len, wanted) = (segment.len, dimension as u64);
    let (first, second) = (number(head, 0, 2), number(head, 2, 4));
    let body = len.wrapping_sub(VEC_HEAD_LEN as u64);
    let mut got = None;
    if len >= VEC_HEAD_LEN as u64 {
        let row_len = 8 + 4 * second;
        // An exporter keeps its count modulo 65,536: the length tells the rest.
        let rows = body.checked_div(row_len).unwrap_or_default();
        let swapped = if rows >> 32 == 0 && rows & 0xffff == first { rows } else { first };
        for (elements, count) in [(second, swapped), (first, second)] {
            if (8 + 4 * elements) * count == body {
                got = Some(elements);
                if elements == wanted || count == 0 {
                    (vectors.layout, vectors.count) = (Layout::Rows, count as u32);
                    return Ok(());
                }
            }
        }
        let count = number(head, 0, 4);
        let start = (4 + count * BlockEntry::LEN as u64).next_multiple_of(64);
        if (1..=MAX_BLOCKS.into()).contains(&count)
            && start < len
            && len >= VecLayout::HEAD_LEN as u64
            && number(head, 4, 4) == start
        {
            (vectors.layout, vectors.count) = (Layout::Blocks, count as u32);
            return Ok(());
        }
    }
    Err(match got {
        Some(got) => report.data(Sentence::Dimension, got, wanted, segment.index, 0),
        None => report.data(Sentence::NoVectors, len, wanted, segment.index, 0),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]
    use super::*;
    use rvf_format::ManifestHead;
    use rvf_format::read::manifest::ManifestKind;

    /// SplitMix64, with many small numbers and zeros among the bytes.
    fn random(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z ^ (z >> 27)
    }

    fn segment(len: u64) -> Segment {
        Segment { index: 0, len }
    }

    #[test]
    fn manifests_are_read_as_the_format_says() {
        let mut state = 1;
        let mut native = [0; 3];
        for round in 0..200_000u64 {
            let mut bytes = [0u8; 22];
            let segments = random(&mut state) % 5;
            let at = [14, 15][(round % 2) as usize];
            if let Some(to) = bytes.get_mut(at) {
                *to = segments as u8;
            }
            for _ in 0..random(&mut state) % 3 {
                let at = random(&mut state) as usize % 22;
                if let Some(to) = bytes.get_mut(at) {
                    *to = random(&mut state) as u8;
                }
            }
            let len = [22, 19][(round % 2) as usize]
                + 25 * segments
                + [0, 0, 4, 12][(random(&mut state) % 4) as usize];
            if len < 22 {
                continue;
            }
            let theirs = ManifestHead::parse(&bytes, len, 0).ok().map(|h| Manifest {
                dimension: h.dimension.into(),
                metric: h.metric(),
                deleted_at: if h.kind == ManifestKind::Export { len } else { h.deleted_offset() },
            });
            let ours = manifest(&bytes, &segment(len), &mut Report::new()).ok();
            assert_eq!(ours, theirs, "{bytes:?} {len}");
            let kind = ours.map_or(2, |m| usize::from(m.deleted_at == len));
            if let Some(count) = native.get_mut(kind) {
                *count += 1;
            }
        }
        assert!(native.iter().all(|n| *n > 1000), "{native:?}");
    }

    #[test]
    fn layouts_are_told_as_the_format_says() {
        let mut state = 2;
        let mut seen = [0; 3];
        for round in 0..300_000u64 {
            let (a, b) = (random(&mut state) % 6, random(&mut state) % 6);
            let mut bytes = [0u8; 18];
            let mut len = 6 + (8 + 4 * a) * b;
            match round % 3 {
                0 => (bytes[0], bytes[2]) = (a as u8, b as u8),
                1 => (bytes[0], bytes[2]) = (b as u8, a as u8),
                _ => {
                    let start = (4 + 12 * a).next_multiple_of(64);
                    (bytes[0], bytes[4]) = (a as u8, start as u8);
                    len = start + random(&mut state) % 40;
                }
            }
            if random(&mut state).is_multiple_of(3) {
                let at = random(&mut state) as usize % 18;
                if let Some(to) = bytes.get_mut(at) {
                    *to = random(&mut state) as u8;
                }
            }
            len = (len + [0, 0, 0, 1, 8, 65_536 * 12][(random(&mut state) % 6) as usize]).min(1 << 40);
            let dimension = [a, b, 3][(random(&mut state) % 3) as usize];
            let head = bytes.get(..bytes.len().min(len as usize)).unwrap_or_default();
            let theirs = VecLayout::detect(head, len, dimension as u16, 0).ok().map(|layout| match layout {
                VecLayout::Rows(rows) => (Layout::Rows, rows.count),
                VecLayout::Blocks { count } => (Layout::Blocks, count),
            });
            let mut ours = Vectors { segment: segment(len), layout: Layout::Rows, count: 0 };
            let found = detect(&mut ours, head, dimension as usize, &mut Report::new());
            let ours = found.ok().map(|()| (ours.layout, ours.count));
            assert_eq!(ours, theirs, "{bytes:?} {len} {dimension}");
            seen[ours.map_or(2, |o| usize::from(o.0 == Layout::Blocks))] += 1;
        }
        assert!(seen.iter().all(|n| *n > 1000), "{seen:?}");
    }
}
