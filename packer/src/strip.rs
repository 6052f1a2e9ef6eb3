//! Removing modules from a file.

use std::collections::BTreeSet;
use std::io::Write;

use rvf_format::hash::Algorithm;
use rvf_format::read::manifest::ManifestKind;
use rvf_format::write::{FileWriter, Options, Summary};
use rvf_format::{File, SegmentType};

use crate::build::write_error;
use crate::checked::{Checked, Damage};
use crate::embed::open;
use crate::error::{PackError, Result};
use crate::sink::Output;

/// Writes the file in `bytes` without the modules at the places `remove` of its directory, or without
/// any module when `remove` is empty. The result is in the canonical form, whatever the file was in.
/// Says how many modules went. What is copied gets new hashes, so it is checked against the old ones first.
///
/// # Errors
/// When the bytes are not a file or are damaged and `damage` does not allow that, a place is not that of a module, the file cannot be rewritten
/// without breaking it, or `out` fails.
pub fn strip<W: Write>(
    bytes: &[u8],
    name: &str,
    remove: &[u32],
    damage: Damage,
    out: W,
) -> Result<(Summary, u32, W)> {
    let file = open(bytes, name)?;
    check_rewritable(&file, name)?;
    let remove = chosen(&file, name, remove)?;
    let mut checked = Checked::of(&file, name, damage)?;
    let manifest = file.manifest();
    let own = file.manifest_segment();
    let algorithm = Algorithm::from_byte(own.header.checksum_algo).unwrap_or_default();
    let options = Options {
        dimension: manifest.head.dimension,
        metric: manifest.head.metric(),
        algorithm,
        timestamp_ns: own.header.timestamp_ns,
    };
    let mut writer = FileWriter::new(Output::new(out), options);
    writer.carry_over(manifest);
    for segment in file.segments() {
        let segment = segment.map_err(|e| PackError::malformed(e.to_string()).at(name))?;
        let made_anew = matches!(segment.header.segment_type, SegmentType::MANIFEST | SegmentType::INTEGRITY);
        if !made_anew && !remove.contains(&segment.index) {
            checked.segment(&segment)?;
            copy(&mut writer, segment.header.segment_type, segment.payload, algorithm)?;
        }
    }
    let (summary, output) = writer.finish().map_err(write_error)?;
    Ok((summary, remove.len() as u32, output.into_inner()))
}

/// Copies a segment; a matrix may be larger than what other software reads.
fn copy<W: Write>(
    writer: &mut FileWriter<Output<W>>,
    segment_type: SegmentType,
    payload: &[u8],
    algorithm: Algorithm,
) -> Result<()> {
    if segment_type != SegmentType::SPARSE {
        return writer.segment(segment_type, payload).map_err(write_error);
    }
    writer.begin(segment_type, payload.len() as u64, algorithm.hash(payload)).map_err(write_error)?;
    writer.push(payload).map_err(write_error)
}

/// Refuses files whose segments refer to their own place, or that other software reads in another way.
fn check_rewritable(file: &File<'_>, name: &str) -> Result<()> {
    let refuse = |what: &str| Err(PackError::malformed(format!("{what} cannot be rewritten")).at(name));
    if file.root_page().is_some() || file.manifest().segment_hashes.is_some() {
        return refuse("a signed store, whose signature would no longer hold,");
    }
    if file.manifest().head.kind == ManifestKind::Export {
        return refuse("a store exported by rvf_store_export");
    }
    let types = file.manifest().directory.iter().map(|entry| entry.segment_type);
    for segment_type in types {
        if matches!(segment_type, SegmentType::COW_MAP | SegmentType::MEMBERSHIP | SegmentType::DELTA) {
            return refuse("a branch, which refers to offsets of its own,");
        }
    }
    Ok(())
}

fn chosen(file: &File<'_>, name: &str, remove: &[u32]) -> Result<BTreeSet<u32>> {
    let modules: BTreeSet<u32> = (0..)
        .zip(&file.manifest().directory)
        .filter(|(_, entry)| entry.segment_type == SegmentType::WASM)
        .map(|(index, _)| index)
        .collect();
    if modules.is_empty() {
        return Err(PackError::absent("the file carries no module").at(name));
    }
    if remove.is_empty() {
        return Ok(modules);
    }
    match remove.iter().find(|index| !modules.contains(*index)) {
        None => Ok(remove.iter().copied().collect()),
        Some(index) => {
            let places: Vec<String> = modules.iter().map(u32::to_string).collect();
            Err(PackError::usage(format!("segment {index} is no module"))
                .at(name)
                .fix(format!("modules are in segments {}", places.join(", "))))
        }
    }
}
