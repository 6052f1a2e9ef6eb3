//! The live vectors of a file in the order of their ids, so that of equal distances the smaller ids stay.

use std::collections::BTreeSet;

use rvf_format::read::vectors::{VecLayout, for_each_vector};
use rvf_format::{Error, File, SegmentType};

use crate::segments::{DataError, FileSegments};

/// One vector.
pub(super) struct Row<'a> {
    pub(super) id: u64,
    elements: Elements<'a>,
}

/// Where its elements are: in the file, or copied when they do not lie in a row there.
#[derive(Clone, Copy)]
enum Elements<'a> {
    InFile(&'a [u8]),
    Copied(&'a [f32]),
}

impl Row<'_> {
    /// Appends the elements, little-endian.
    pub(super) fn append_to(&self, bytes: &mut Vec<u8>) {
        match self.elements {
            Elements::InFile(elements) => bytes.extend_from_slice(elements),
            Elements::Copied(elements) => bytes.extend(elements.iter().flat_map(|x| x.to_le_bytes())),
        }
    }
}

/// Rows of one segment.
enum Part<'a> {
    /// In the file, one after the other: id, elements.
    InFile { rows: &'a [u8], row_bytes: usize },
    /// Copied out of blocks of columns.
    Copied { ids: Vec<u64>, elements: Vec<f32>, dimension: usize },
}

impl Part<'_> {
    fn len(&self) -> usize {
        match self {
            Self::InFile { rows, row_bytes } => rows.len().checked_div(*row_bytes).unwrap_or(0),
            Self::Copied { ids, .. } => ids.len(),
        }
    }

    fn row(&self, number: usize) -> Option<Row<'_>> {
        match self {
            Self::InFile { rows, row_bytes } => {
                let row = rows.get(number.checked_mul(*row_bytes)?..)?.get(..*row_bytes)?;
                let (id, elements) = row.split_first_chunk::<8>()?;
                Some(Row { id: u64::from_le_bytes(*id), elements: Elements::InFile(elements) })
            }
            Self::Copied { ids, elements, dimension } => {
                let row = elements.get(number.checked_mul(*dimension)?..)?.get(..*dimension)?;
                Some(Row { id: *ids.get(number)?, elements: Elements::Copied(row) })
            }
        }
    }
}

impl Row<'_> {
    fn is_finite(&self) -> bool {
        match self.elements {
            Elements::InFile(elements) => {
                elements.as_chunks::<4>().0.iter().all(|x| f32::from_le_bytes(*x).is_finite())
            }
            Elements::Copied(elements) => elements.iter().all(|x| x.is_finite()),
        }
    }
}

/// The live vectors of a file: neither deleted, excluded, superseded nor with values that are not finite.
pub(super) struct Live<'a> {
    parts: Vec<Part<'a>>,
    /// Id, part and number of each row, by id; `None` when the rows of the file ascend by themselves.
    order: Option<Vec<(u64, u32, u32)>>,
    left_out: BTreeSet<u64>,
    rows: u64,
    /// Rows with values that are not finite.
    pub(super) skipped: u64,
    /// Rows whose id comes again later.
    pub(super) superseded: u64,
    /// Rows that were asked to be left out.
    pub(super) excluded: u64,
}

impl<'a> Live<'a> {
    /// Checks all vector data and finds the live rows. Rows whose ids ascend take no memory, others 16 bytes
    /// each; those in blocks of columns are copied.
    ///
    /// # Errors
    /// When vector data is damaged.
    pub(super) fn of(
        file: &File<'a>,
        segments: &mut FileSegments<'_>,
        exclude: &[u64],
    ) -> Result<Self, DataError> {
        let dimension = file.manifest().head.dimension;
        segments.for_each_checked(SegmentType::VEC, |_| Ok(()))?;
        let mut parts = Vec::new();
        for index in 0..file.segment_count() {
            if file.entry(index).is_none_or(|entry| entry.segment_type != SegmentType::VEC) {
                continue;
            }
            let damaged = |error| DataError::Damaged { segment: index, error };
            let segment = file.segment(index).map_err(damaged)?;
            parts.push(part(segment.payload, dimension, segment.payload_offset()).map_err(damaged)?);
        }
        let manifest = file.manifest();
        let mut live = Self {
            parts,
            order: None,
            left_out: exclude.iter().copied().collect(),
            rows: 0,
            skipped: 0,
            superseded: 0,
            excluded: 0,
        };
        let ids = || live.parts.iter().flat_map(|part| (0..part.len()).filter_map(|row| part.row(row)));
        if !ids().map(|row| row.id).is_sorted_by(|a, b| a < b) {
            live.order = Some(live.ordered());
            live.superseded = ids().count() as u64 - live.order.as_ref().map_or(0, Vec::len) as u64;
        }
        let mut counts = (0_u64, 0_u64, 0_u64);
        for row in live.in_order().filter(|row| !manifest.deleted.contains(&row.id)) {
            if live.left_out.contains(&row.id) {
                counts.0 += 1;
            } else if row.is_finite() {
                counts.2 += 1;
            } else {
                counts.1 += 1;
            }
        }
        (live.excluded, live.skipped, live.rows) = counts;
        live.left_out.extend(manifest.deleted.iter());
        Ok(live)
    }

    /// The last row of every id, by id.
    fn ordered(&self) -> Vec<(u64, u32, u32)> {
        let mut all: Vec<(u64, u32, u32)> = Vec::new();
        for (place, part) in (0_u32..).zip(&self.parts) {
            let rows = (0..part.len()).filter_map(|number| part.row(number));
            all.extend((0_u32..).zip(rows).map(|(number, row)| (row.id, place, number)));
        }
        all.sort_unstable();
        // Of equal ids the last stays.
        all.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                *kept = *later;
            }
            same
        });
        all
    }

    fn in_order(&self) -> Box<dyn Iterator<Item = Row<'_>> + '_> {
        match &self.order {
            None => Box::new(self.parts.iter().flat_map(|p| (0..p.len()).filter_map(|number| p.row(number)))),
            Some(order) => Box::new(
                order
                    .iter()
                    .filter_map(|(_, place, number)| self.parts.get(*place as usize)?.row(*number as usize)),
            ),
        }
    }

    /// The live rows, ids ascending.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.in_order().filter(|row| !self.left_out.contains(&row.id) && row.is_finite())
    }

    /// How many they are.
    pub(super) fn used(&self) -> u64 {
        self.rows
    }
}

fn part(payload: &[u8], dimension: u16, at: u64) -> Result<Part<'_>, Error> {
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    match VecLayout::detect(payload, payload.len() as u64, dimension, at)? {
        VecLayout::Rows(layout) => Ok(Part::InFile {
            rows: payload.get(size(layout.row_offset(0))..).unwrap_or_default(),
            row_bytes: size(layout.row_len()),
        }),
        VecLayout::Blocks { .. } => {
            let (mut ids, mut elements) = (Vec::new(), Vec::new());
            for_each_vector(payload, dimension, at, |id, row| {
                ids.push(id);
                elements.extend_from_slice(row);
                true
            })?;
            Ok(Part::Copied { ids, elements, dimension: usize::from(dimension) })
        }
    }
}
