//! Files and segments, by the reader.

use super::Target;
use rvf_fixtures::golden::golden;
use rvf_fixtures::hostile::raw;
use rvf_fixtures::hostile::seal_metadata;
use rvf_fixtures::{foreign, hostile_files};
use rvf_format::read::journal::Journal;
use rvf_format::read::meta::Metadata;
use rvf_format::read::vectors::{for_each_vector, vector_count};
use rvf_format::read::wasm::WasmSegment;
use rvf_format::read::witness;
use rvf_format::verify::verify;
use rvf_format::{BlockChecker, File, Manifest, SegmentType};

pub(super) const OPEN_FILE: Target =
    Target { name: "open_file", run: open_file, seeds: small_files, bytes_per_byte: 4, bytes_at_rest: 4096 };

pub(super) const VERIFY_FILE: Target = Target {
    name: "verify_file",
    run: verify_file,
    seeds: small_files,
    bytes_per_byte: 24,
    bytes_at_rest: 16_384,
};

pub(super) const READ_FILE: Target = Target {
    name: "read_file",
    run: read_file,
    seeds: small_files,
    bytes_per_byte: 24,
    bytes_at_rest: 16_384,
};

pub(super) const MANIFEST: Target =
    Target { name: "manifest", run: manifest, seeds: manifests, bytes_per_byte: 4, bytes_at_rest: 1024 };

pub(super) const VECTORS: Target =
    Target { name: "vectors", run: vectors, seeds: vector_payloads, bytes_per_byte: 4, bytes_at_rest: 1024 };

pub(super) const META: Target =
    Target { name: "meta", run: meta, seeds: meta_payloads, bytes_per_byte: 24, bytes_at_rest: 8192 };

pub(super) const WASM_HEADER: Target = Target {
    name: "wasm_header",
    run: wasm_header,
    seeds: || payloads(SegmentType::WASM),
    bytes_per_byte: 1,
    bytes_at_rest: 1024,
};

/// Golden and foreign files, and the small hostile ones.
pub(super) fn small_files() -> Vec<Vec<u8>> {
    let golden: Vec<_> = golden().iter().map(rvf_fixtures::Golden::bytes).collect();
    let hostile = hostile_files(&golden[0]).into_iter().map(|f| f.bytes).filter(|b| b.len() < 4096);
    let hostile: Vec<_> = hostile.collect();
    golden.into_iter().chain(foreign().iter().map(|f| f.bytes.to_vec())).chain(hostile).collect()
}

/// Payloads of one type in all small files.
pub(super) fn payloads(wanted: SegmentType) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for bytes in small_files() {
        if let Ok(file) = File::open(&bytes) {
            found.extend(file.segments_of(wanted).flatten().map(|s| s.payload.to_vec()));
        }
    }
    found.sort();
    found.dedup();
    found
}

fn open_file(bytes: &[u8]) -> u64 {
    let Ok(file) = File::open(bytes) else { return 0 };
    let checkable = file.integrity().is_ok_and(|record| record.is_some());
    u64::from(file.segment_count()) + file.uncommitted_tail() + u64::from(checkable) + file.dialect() as u64
}

fn verify_file(bytes: &[u8]) -> u64 {
    let Ok(file) = File::open(bytes) else { return 0 };
    let report = verify(&file, &mut |done, total| assert!(done <= total));
    assert_eq!(report.is_ok(), report.problems.is_empty());
    report.problems.iter().for_each(|p| assert!(p.error.to_string().contains("offset 0x")));
    report.vectors
}

fn read_file(bytes: &[u8]) -> u64 {
    let Ok(file) = File::open(bytes) else { return 0 };
    let mut sum = 0u64;
    let mut rows = 0;
    let mut checker = BlockChecker::new(&file).ok().flatten();
    for segment in file.segments().flatten() {
        let at = segment.payload_offset();
        if let Some(checker) = &mut checker {
            let _ = checker.check_range(segment.offset, segment.payload.len() as u64 + 64);
        }
        match segment.header.segment_type {
            SegmentType::VEC => {
                let dimension = file.manifest().head.dimension;
                let _ = for_each_vector(segment.payload, dimension, at, |id, row| {
                    sum = sum.wrapping_add(id).wrapping_add(row.len() as u64);
                    rows += 1;
                    rows < 1 << 20
                });
            }
            SegmentType::WASM => {
                if let Ok(module) = WasmSegment::parse(segment.payload, at) {
                    sum = sum.wrapping_add(module.hash_kind() as u64);
                }
            }
            SegmentType::JOURNAL => {
                sum += Journal::parse(segment.payload, at).map_or(0, |j| j.deleted.len() as u64)
            }
            SegmentType::WITNESS => {
                let mut chain = witness::Chain::default();
                let _ = chain.follow(segment.payload, at, &mut |link| sum += u64::from(link.entry.kind));
                sum += chain.entries;
            }
            _ => {}
        }
    }
    if let Ok(metadata) = Metadata::read(&file) {
        sum += metadata.label_count() + metadata.id_of_label("one").unwrap_or(0);
    }
    sum
}

fn manifests() -> Vec<Vec<u8>> {
    let own = |bytes: &[u8]| File::open(bytes).ok().map(|f| f.manifest_segment().payload.to_vec());
    small_files().iter().filter_map(|bytes| own(bytes)).collect()
}

fn manifest(bytes: &[u8]) -> u64 {
    Manifest::parse(bytes, 64).map_or(0, |m| m.directory.len() as u64 + m.deleted.len() as u64)
}

/// The dimension in two bytes, then the payload.
fn vector_payloads() -> Vec<Vec<u8>> {
    let four = payloads(SegmentType::VEC).into_iter().filter(|p| p.len() < 4096);
    four.map(|payload| [&4u16.to_le_bytes(), payload.as_slice()].concat()).collect()
}

fn vectors(bytes: &[u8]) -> u64 {
    let Some((head, payload)) = bytes.split_first_chunk::<2>() else { return 0 };
    let dimension = u16::from_le_bytes(*head);
    let mut rows = 0u64;
    let read = for_each_vector(payload, dimension, 64, |_, row| {
        assert_eq!(row.len(), usize::from(dimension));
        rows += 1;
        // A row of n elements takes 4n bytes and at least one for its id.
        assert!(rows * (4 * u64::from(dimension) + 1) <= payload.len() as u64, "vectors out of nothing");
        true
    });
    if read.is_ok() {
        assert_eq!(vector_count(payload, dimension, 64).unwrap(), rows);
    }
    rows
}

fn meta_payloads() -> Vec<Vec<u8>> {
    // Without the footer, which the target adds: a mutated body then gets past it.
    payloads(SegmentType::META)
        .into_iter()
        .filter(|p| p.len() > 40)
        .map(|p| p[..p.len() - 40].to_vec())
        .collect()
}

fn meta(bytes: &[u8]) -> u64 {
    let segment = raw::Segment::new(raw::kind::META, seal_metadata(bytes.to_vec()));
    let bytes = raw::file(&[raw::good_vectors(), segment]);
    let file = File::open(&bytes).unwrap();
    let Ok(metadata) = Metadata::read(&file) else { return 0 };
    metadata.label_count() + metadata.records.len() as u64 + u64::from(metadata.label_field())
}

fn wasm_header(bytes: &[u8]) -> u64 {
    WasmSegment::parse(bytes, 64).map_or(0, |s| s.hash_kind() as u64 + s.bytecode.len() as u64)
}
