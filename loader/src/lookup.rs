//! Labels and single vectors, for hosts that let people name a vector instead of typing it.

use std::collections::BTreeMap;

use rvf_format::read::meta::{self, Labels, Metadata};
use rvf_format::read::vectors::{VecLayout, for_each_vector};
use rvf_format::{BlockChecker, Error, File, HashVerdict, Segment, SegmentType};

use crate::segments::{DataError, Extent, FileSegments};

/// The labels of a file, checked before they are read.
///
/// # Errors
/// When the metadata is damaged.
pub fn labels<'a>(file: &File<'a>) -> Result<Metadata<'a>, DataError> {
    checked_metadata(file)?;
    Metadata::read(file).map_err(|error| damaged_metadata(file, error))
}

/// The labels of some vectors. Far cheaper than [`labels`] when they are few.
///
/// # Errors
/// When the metadata is damaged.
pub fn labels_of<'a>(file: &File<'a>, ids: &[u64]) -> Result<Labels<'a>, DataError> {
    checked_metadata(file)?;
    meta::labels_of(file, ids).map_err(|error| damaged_metadata(file, error))
}

/// For every label the lowest id that has it.
///
/// # Errors
/// When the metadata is damaged.
pub fn ids_of_labels(file: &File<'_>, labels: &[&str]) -> Result<Vec<Option<u64>>, DataError> {
    checked_metadata(file)?;
    meta::ids_of_labels(file, labels).map_err(|error| damaged_metadata(file, error))
}

fn checked_metadata(file: &File<'_>) -> Result<(), DataError> {
    let mut check = Checked::of(file)?;
    for_each_of(file, SegmentType::META, |segment| check.segment(segment))
}

fn damaged_metadata(file: &File<'_>, error: Error) -> DataError {
    DataError::Damaged { segment: file.manifest_segment().index, error }
}

/// The live vector with this id: the last row written for it, unless it is deleted.
///
/// # Errors
/// When vector data is damaged.
pub fn vector(file: &File<'_>, id: u64) -> Result<Option<Vec<f32>>, DataError> {
    let found = vectors_in(file, &mut FileSegments::of(file)?, &[id])?;
    Ok(found.into_iter().next().flatten())
}

/// The same for several ids, in one pass over `segments` of this file.
pub(crate) fn vectors_in(
    file: &File<'_>,
    segments: &mut FileSegments<'_>,
    ids: &[u64],
) -> Result<Vec<Option<Vec<f32>>>, DataError> {
    let manifest = file.manifest();
    let mut found: BTreeMap<u64, Option<Vec<f32>>> = ids.iter().map(|id| (*id, None)).collect();
    segments.with_ahead(|segments| {
        segments.for_each_checked(SegmentType::VEC, |segment| {
            for_each_row(segment, manifest.head.dimension, |id, row| {
                if let Some(place) = found.get_mut(&id) {
                    *place = Some(row());
                }
            })
        })
    })?;
    let live = |id: &u64| if manifest.deleted.contains(id) { None } else { found.get(id).cloned().flatten() };
    Ok(ids.iter().map(live).collect())
}

/// Visits ids and, for whom it concerns, elements. Rows that lie one by one are not decoded unless
/// they are asked for.
fn for_each_row(
    segment: &Segment<'_>,
    dimension: u16,
    mut visit: impl FnMut(u64, &dyn Fn() -> Vec<f32>),
) -> Result<(), Error> {
    let (payload, at) = (segment.payload, segment.payload_offset());
    let layout = VecLayout::detect(payload, payload.len() as u64, dimension, at)?;
    let VecLayout::Rows(layout) = layout else {
        return for_each_vector(payload, dimension, at, |id, row| {
            visit(id, &|| row.to_vec());
            true
        });
    };
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    let rows = payload.get(size(layout.row_offset(0))..).unwrap_or_default();
    for row in rows.chunks_exact(size(layout.row_len())) {
        if let Some((id, elements)) = row.split_first_chunk::<8>() {
            let elements = || elements.as_chunks::<4>().0.iter().map(|x| f32::from_le_bytes(*x)).collect();
            visit(u64::from_le_bytes(*id), &elements);
        }
    }
    Ok(())
}

fn for_each_of<'a>(
    file: &File<'a>,
    kind: SegmentType,
    mut visit: impl FnMut(&Segment<'a>) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let mut extent = Extent::of(file);
    for index in 0..file.segment_count() {
        if file.entry(index).is_some_and(|entry| entry.segment_type == kind) {
            let damaged = |error| DataError::Damaged { segment: index, error };
            let segment = file.segment(index).map_err(damaged)?;
            extent.take(&segment).map_err(damaged)?;
            visit(&segment)?;
        }
    }
    Ok(())
}

/// Checks whole segments, by blocks where the file has an integrity record.
struct Checked<'a>(Option<BlockChecker<'a>>);

impl<'a> Checked<'a> {
    fn of(file: &File<'a>) -> Result<Self, DataError> {
        let damaged = |error: Error| DataError::Damaged { segment: file.manifest_segment().index, error };
        BlockChecker::new(file).map(Self).map_err(damaged)
    }

    fn segment(&mut self, segment: &Segment<'a>) -> Result<(), DataError> {
        let damaged = |error| DataError::Damaged { segment: segment.index, error };
        match &mut self.0 {
            Some(blocks) => {
                let len = segment.end().saturating_sub(segment.offset);
                blocks.check_range(segment.offset, len).map_err(damaged)
            }
            None => match segment.check_hash() {
                HashVerdict::Mismatch(error) => Err(damaged(error)),
                HashVerdict::Unsupported(algorithm) => {
                    Err(DataError::UnknownHash { segment: segment.index, algorithm })
                }
                HashVerdict::Match(_) | HashVerdict::Unhashed => Ok(()),
            },
        }
    }
}
