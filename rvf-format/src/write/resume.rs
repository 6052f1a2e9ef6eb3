//! Continuing a file that exists: the bytes that are kept go through the writer unchanged.

use super::Sink;
use super::file::{FileWriter, Options, State, WriteError};
use crate::error::{Error, ErrorKind};
use crate::forever::SegmentType;
use crate::hash::Algorithm;
use crate::read::file::{Dialect, File};
use crate::read::manifest::{DirectoryEntry, ManifestKind};
use alloc::vec::Vec;

/// Copies what is kept of `file` into `sink` and returns a writer that goes on behind it.
///
/// A file that ends in an integrity record and a manifest, as files written here do, loses those
/// two and gets new ones: adding a module later gives the same bytes as adding it at once. Of any
/// other file every byte is kept, the old manifest is listed like other software does, and what
/// follows is written in the file's own dialect and with its own hash.
///
/// A signed store is refused, because its signature would no longer hold; so is the export of
/// `rvf_store_export`, whose manifest other software does not read.
pub fn resume<'a, S: Sink>(file: &File<'a>, sink: S) -> Result<FileWriter<S>, WriteError<S::Error>> {
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
    if file.uncommitted_tail() > 0 {
        let kind = ErrorKind::Invalid { rule: "be empty", got: file.uncommitted_tail() };
        return Err(Error::new(own.end(), "tail behind the manifest", kind).into());
    }
    let algorithm = Algorithm::from_byte(own.header.checksum_algo)
        .ok_or_else(|| refuse("adding to this file", "its manifest has a hash of an unknown kind"))?;
    let (keep, directory, dialect) = kept(file);
    let state = State {
        options: Options {
            dimension: manifest.head.dimension,
            metric: manifest.head.metric(),
            algorithm,
            timestamp_ns: own.header.timestamp_ns,
        },
        dialect,
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
    writer.put(keep)?;
    writer.fill()?;
    Ok(writer)
}

/// The bytes that stay, their directory, and the dialect to go on in.
fn kept<'a>(file: &File<'a>) -> (&'a [u8], Vec<DirectoryEntry>, Dialect) {
    let mut directory = file.manifest().directory.clone();
    let dialect = match file.dialect() {
        Dialect::Unpadded => Dialect::Unpadded,
        Dialect::Padded | Dialect::Mixed => Dialect::Padded,
    };
    let cut = |end: u64| usize::try_from(end).ok().and_then(|end| file.bytes().get(..end));
    if let Some(record) = file.integrity_index().and_then(|index| file.entry(index).copied()) {
        directory.pop();
        return (cut(record.offset).unwrap_or_default(), directory, dialect);
    }
    let own = file.manifest_segment();
    directory.push(DirectoryEntry {
        segment_id: own.header.segment_id,
        offset: own.offset,
        payload_len: own.header.payload_len,
        segment_type: SegmentType::MANIFEST,
    });
    (file.bytes(), directory, dialect)
}
