//! The segment directory that a host offers.

use crate::fault::{Fault, Result, Status};
use crate::memory::push;
use alloc::vec::Vec;
use rvf_format::SegmentType;

/// Bytes of one record.
pub const RECORD_LEN: usize = 32;
/// Flag of the manifest in force.
pub const IN_FORCE: u8 = 1;

/// A segment that bytes can be asked of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    /// The host's name for it.
    pub(crate) index: u32,
    /// Bytes of payload.
    pub(crate) len: u64,
}

/// The segments that this solver reads; others are passed over.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    pub(crate) manifest: Option<Segment>,
    pub(crate) vectors: Vec<Segment>,
    #[cfg(feature = "sparse")]
    pub(crate) sparse: Vec<Segment>,
}

impl Directory {
    /// Reads the records. Unknown flags and the reserved fields are for later hosts.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self> {
        let (records, rest) = bytes.as_chunks::<RECORD_LEN>();
        if !rest.is_empty() {
            let words = "the segment directory is not a whole number of records";
            return Err(Fault::plain(Status::Request, words));
        }
        let mut directory = Self::default();
        for record in records {
            let [i0, i1, i2, i3, kind, flags, _, _, l0, l1, l2, l3, l4, l5, l6, l7, ..] = *record;
            let index = u32::from_le_bytes([i0, i1, i2, i3]);
            let segment = Segment { index, len: u64::from_le_bytes([l0, l1, l2, l3, l4, l5, l6, l7]) };
            let kind = SegmentType(kind);
            if kind == SegmentType::VEC {
                push(&mut directory.vectors, segment)?;
                continue;
            }
            #[cfg(feature = "sparse")]
            if kind == SegmentType::SPARSE {
                push(&mut directory.sparse, segment)?;
            }
            if kind == SegmentType::MANIFEST
                && flags & IN_FORCE != 0
                && directory.manifest.replace(segment).is_some()
            {
                let words = "the segment directory marks two manifests as the one in force";
                return Err(Fault::plain(Status::Request, words));
            }
        }
        Ok(directory)
    }
}

/// One record of a directory, for hosts written in Rust.
#[must_use]
pub fn record(index: u32, kind: SegmentType, in_force: bool, payload_len: u64, id: u64) -> [u8; RECORD_LEN] {
    let mut bytes = [0; RECORD_LEN];
    let fields = [&index.to_le_bytes()[..], &[kind.0, u8::from(in_force) * IN_FORCE, 0, 0]];
    let wide = [payload_len.to_le_bytes(), id.to_le_bytes()];
    let all = fields.concat().into_iter().chain(wide.concat());
    bytes.iter_mut().zip(all).for_each(|(to, from)| *to = from);
    bytes
}
