//! What a file holds, segment by segment.

use rvf_format::read::sparse::{Sparse, SparseHead};
use rvf_format::read::wasm::{HashKind, WasmHeader, WasmSegment};
use rvf_format::{Dialect, HashVerdict, Metric, SegmentType};
use rvf_wasm_inspect::{Lie, inspect};

use crate::embed::open;
use crate::error::{PackError, Result};

/// The list of a file.
#[derive(Clone, Debug)]
pub struct Listing {
    /// How segments lie behind one another.
    pub dialect: Dialect,
    /// Elements of each vector.
    pub dimension: u16,
    /// How distances are measured.
    pub metric: Metric,
    /// Vectors that the manifest counts.
    pub vectors: u64,
    /// Ids that are deleted.
    pub deleted: u64,
    /// Segments in directory order, then the manifest in force.
    pub segments: Vec<Entry>,
}

/// One segment.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Place in the directory; the manifest in force has the number after the last.
    pub index: u32,
    /// Absolute offset of the header.
    pub offset: u64,
    /// What it holds.
    pub segment_type: SegmentType,
    /// Its id.
    pub segment_id: u64,
    /// Bytes of payload.
    pub payload_len: u64,
    /// What its own hash says.
    pub hash: HashVerdict,
    /// The module, for a WASM_SEG.
    pub module: Option<ModuleEntry>,
    /// The matrix, for a SPARSE_SEG; the error tells why it cannot be read.
    pub matrix: Option<std::result::Result<MatrixEntry, String>>,
}

/// A matrix in a file.
#[derive(Clone, Debug)]
pub struct MatrixEntry {
    /// Its name.
    pub name: String,
    /// Its head as stored.
    pub head: SparseHead,
}

/// A module in a file.
#[derive(Clone, Debug)]
pub enum ModuleEntry {
    /// Its header could be read.
    Read {
        /// The header as stored.
        header: WasmHeader,
        /// What the header's hash is.
        hash: HashKind,
        /// Where the header disagrees with the module; the error tells why the module is none.
        lies: std::result::Result<Vec<Lie>, String>,
    },
    /// It could not.
    Unreadable(String),
}

/// Lists a file. Reads all of it: every segment's hash is checked.
///
/// # Errors
/// When the bytes are not a file, or a listed segment is not where the manifest says.
pub fn list(bytes: &[u8], name: &str) -> Result<Listing> {
    let file = open(bytes, name)?;
    let head = &file.manifest().head;
    let mut segments = Vec::new();
    for segment in file.segments().chain([Ok(*file.manifest_segment())]) {
        let segment = segment.map_err(|e| PackError::malformed(e.to_string()).at(name))?;
        let module = (segment.header.segment_type == SegmentType::WASM)
            .then(|| module(segment.payload, segment.payload_offset()));
        let matrix = (segment.header.segment_type == SegmentType::SPARSE).then(|| {
            Sparse::parse(segment.payload, segment.payload_offset())
                .map(|m| MatrixEntry { name: m.name().to_owned(), head: *m.head() })
                .map_err(|e| e.to_string())
        });
        segments.push(Entry {
            index: segment.index,
            offset: segment.offset,
            segment_type: segment.header.segment_type,
            segment_id: segment.header.segment_id,
            payload_len: segment.header.payload_len,
            hash: segment.check_hash(),
            module,
            matrix,
        });
    }
    Ok(Listing {
        dialect: file.dialect(),
        dimension: head.dimension,
        metric: head.metric(),
        vectors: head.total_vectors,
        deleted: file.manifest().deleted.len() as u64,
        segments,
    })
}

fn module(payload: &[u8], offset: u64) -> ModuleEntry {
    match WasmSegment::parse(payload, offset) {
        Ok(segment) => ModuleEntry::Read {
            header: segment.header,
            hash: segment.hash_kind(),
            lies: inspect(segment.bytecode)
                .map(|facts| facts.lies(&segment.header, segment.bytecode))
                .map_err(|e| e.to_string()),
        },
        Err(e) => ModuleEntry::Unreadable(e.to_string()),
    }
}
