//! Continuing a file that exists: the bytes that are kept go through the writer unchanged.

use super::Sink;
use super::file::{FileWriter, Options, State, WriteError};
use crate::error::{Error, ErrorKind};
use crate::forever::{HEADER_LEN, SegmentType};
use crate::hash::Algorithm;
use crate::read::file::{Dialect, File, Segment};
use crate::read::manifest::{DirectoryEntry, ManifestKind};
use crate::read::witness;
use crate::wire::align_up;
use alloc::vec::Vec;

/// Copies what is kept of `file` into `sink` and returns a writer that goes on behind it.
///
/// A file that ends in an integrity record and a manifest, as files written here do, loses those
/// two and gets new ones: adding a module later gives the same bytes as adding it at once. Of any
/// other file every byte is kept, the old manifest is listed like other software does, and what
/// follows is written in the file's own dialect and with its own hash. Witness segments behind the
/// manifest, as the published runtime leaves them, are listed from now on.
///
/// A signed store is refused, because its signature would no longer hold; so is the export of
/// `rvf_store_export`, whose manifest other software does not read.
pub fn resume<'a, S: Sink>(file: &File<'a>, sink: S) -> Result<FileWriter<S>, WriteError<S::Error>> {
    resume_without(file, &[], sink)
}

/// The same without the segments at the places `leave_out` of the directory, ascending: those of them
/// behind which only plain segments follow. Where every byte is kept, nothing is left out.
pub(super) fn resume_without<'a, S: Sink>(
    file: &File<'a>,
    leave_out: &[u32],
    sink: S,
) -> Result<FileWriter<S>, WriteError<S::Error>> {
    let manifest = file.manifest();
    let own = file.manifest_segment();
    let refuse = |what, why| Error::new(own.offset, what, ErrorKind::Refused { why });
    if file.root_page().is_some() || manifest.segment_hashes.is_some() {
        return Err(refuse("adding to a signed store", "its signature would no longer hold").into());
    }
    if manifest.head.kind == ManifestKind::Export {
        let why = "other software does not read its manifest; pack its vectors anew";
        return Err(refuse("adding to an export of the wasm package", why).into());
    }
    let tail = witness::tail(file);
    if file.uncommitted_tail() > 0 && tail.is_none() {
        let kind = ErrorKind::Invalid { rule: "be empty", got: file.uncommitted_tail() };
        return Err(Error::new(own.end(), "tail behind the manifest", kind).into());
    }
    let algorithm = Algorithm::from_byte(own.header.checksum_algo)
        .ok_or_else(|| refuse("adding to this file", "its manifest has a hash of an unknown kind"))?;
    let Kept { bytes, directory, again } = kept(file, leave_out, &tail.unwrap_or_default());
    let state = State {
        options: Options {
            dimension: manifest.head.dimension,
            metric: manifest.head.metric(),
            algorithm,
            timestamp_ns: own.header.timestamp_ns,
        },
        dialect: match file.dialect() {
            Dialect::Unpadded => Dialect::Unpadded,
            Dialect::Padded | Dialect::Mixed => Dialect::Padded,
        },
        epoch: if file.integrity_index().is_some() {
            manifest.head.epoch
        } else {
            manifest.head.epoch.saturating_add(1)
        },
        profile: manifest.head.profile,
        next_id: directory.iter().map(|e| e.segment_id).max().unwrap_or(0).saturating_add(1),
        total_vectors: manifest.head.total_vectors,
        deleted: manifest.deleted.clone(),
        identity: manifest.identity,
        labelled: true,
        witness: false,
        directory,
    };
    let mut writer = FileWriter::with_state(sink, state);
    writer.put(bytes)?;
    writer.fill()?;
    for index in again {
        let segment = file.segment(index)?;
        let hash = algorithm.hash(segment.payload);
        writer.begin(segment.header.segment_type, segment.payload.len() as u64, hash)?;
        writer.push(segment.payload)?;
    }
    Ok(writer)
}

/// What stays of a file.
struct Kept<'a> {
    /// Bytes from the start that are copied as they are.
    bytes: &'a [u8],
    /// What they hold.
    directory: Vec<DirectoryEntry>,
    /// Places of the segments that are written again behind them.
    again: Vec<u32>,
}

fn kept<'a>(file: &File<'a>, leave_out: &[u32], tail: &[Segment<'_>]) -> Kept<'a> {
    let mut directory = file.manifest().directory.clone();
    let cut = |end: u64| usize::try_from(end).ok().and_then(|end| file.bytes().get(..end));
    let own_record = file.integrity_index().filter(|_| tail.is_empty());
    if let Some((index, record)) = own_record.and_then(|index| Some((index, *file.entry(index)?))) {
        let plain = plain_from(&directory, record.offset);
        let first = leave_out.iter().copied().find(|place| *place >= plain).unwrap_or(index);
        let end = directory.get(first as usize).map_or(record.offset, |entry| entry.offset);
        directory.truncate(first as usize);
        let again = (first..index).filter(|place| !leave_out.contains(place)).collect();
        return Kept { bytes: cut(end).unwrap_or_default(), directory, again };
    }
    let own = file.manifest_segment();
    for segment in [own].into_iter().chain(tail) {
        directory.push(DirectoryEntry {
            segment_id: segment.header.segment_id,
            offset: segment.offset,
            payload_len: segment.header.payload_len,
            segment_type: segment.header.segment_type,
        });
    }
    Kept { bytes: file.bytes(), directory, again: Vec::new() }
}

/// The first place from which on segments follow one another without a gap up to `end` and none of
/// them refers to a place in the file: those can be moved.
fn plain_from(directory: &[DirectoryEntry], end: u64) -> u32 {
    let mut next = end;
    let mut plain = directory.len().saturating_sub(1);
    for entry in directory.iter().rev().skip(1) {
        let behind = entry.offset.saturating_add(HEADER_LEN as u64).saturating_add(entry.payload_len);
        let meets = behind == next || align_up(behind) == Some(next);
        if !meets || !is_plain(entry.segment_type) {
            break;
        }
        next = entry.offset;
        plain -= 1;
    }
    plain as u32
}

fn is_plain(segment_type: SegmentType) -> bool {
    matches!(
        segment_type,
        SegmentType::VEC
            | SegmentType::INDEX
            | SegmentType::JOURNAL
            | SegmentType::META
            | SegmentType::WITNESS
            | SegmentType::WASM
            | SegmentType::POLICY_KERNEL
            | SegmentType::SPARSE
    )
}
