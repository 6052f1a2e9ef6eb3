//! The segment directory that a host offers.

use crate::lists::push;
use crate::report::{Report, Result};
use crate::sentence::Sentence;
use crate::wire::{number, number32};
use rvf_format::SegmentType;
use solver_lists::Vec;

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

/// A segment of vectors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vectors {
    pub(crate) segment: Segment,
    /// How they lie, once its head is read.
    pub(crate) layout: Layout,
    /// Rows, or blocks.
    pub(crate) count: u32,
}

/// How the vectors of a segment lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Rows of {id u64, f32 x dimension} behind a head.
    Rows,
    /// Blocks listed in a directory, columns first.
    Blocks,
}

/// The segments that this solver reads; others are passed over.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) manifest: Option<Segment>,
    pub(crate) vectors: Vec<Vectors>,
    #[cfg(feature = "sparse")]
    pub(crate) sparse: Vec<Segment>,
    /// What solvers learned, the newest last.
    #[cfg(feature = "policy")]
    policies: Vec<Segment>,
}

impl Directory {
    /// What solvers learned, as far as this one makes use of it.
    #[cfg(feature = "sparse")]
    pub(crate) fn policies(&self) -> &[Segment] {
        #[cfg(feature = "policy")]
        return &self.policies;
        #[cfg(not(feature = "policy"))]
        &[]
    }

    /// Reads the records. Unknown flags and the reserved fields are for later hosts.
    #[inline(never)]
    pub(crate) fn parse(bytes: &[u8], report: &mut Report) -> Result<Self> {
        let mut directory = Self {
            manifest: None,
            vectors: Vec::new(),
            #[cfg(feature = "sparse")]
            sparse: Vec::new(),
            #[cfg(feature = "policy")]
            policies: Vec::new(),
        };
        let (records, rest) = bytes.as_chunks::<RECORD_LEN>();
        let mut wrong = if rest.is_empty() { None } else { Some(Sentence::Directory) };
        for record in records {
            let segment = Segment { index: number32(record, 0, 4), len: number(record, 8, 8) };
            let [_, _, _, _, kind, flags, ..] = *record;
            #[cfg(feature = "sparse")]
            if kind == SegmentType::SPARSE.0 {
                push(&mut directory.sparse, segment, report)?;
            }
            #[cfg(feature = "policy")]
            if kind == SegmentType::POLICY_KERNEL.0 {
                push(&mut directory.policies, segment, report)?;
            }
            if kind == SegmentType::VEC.0 {
                let vectors = Vectors { segment, layout: Layout::Rows, count: 0 };
                push(&mut directory.vectors, vectors, report)?;
            } else if kind == SegmentType::MANIFEST.0 && flags & IN_FORCE != 0 {
                if directory.manifest.is_some() {
                    wrong = Some(Sentence::Manifests);
                }
                directory.manifest = Some(segment);
            }
        }
        match wrong {
            None => Ok(directory),
            Some(wrong) => Err(report.plain(wrong)),
        }
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
